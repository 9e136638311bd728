// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Traffic that can be checked without knowing where a message begins.
 *
 * A message of 1 to 15 bytes is that many copies of one byte: its length and,
 * above it, its writer's id. A longer one begins with 0x80 + id, three bytes
 * of length and four of its number among all its writer's messages; the rest
 * follows from these. So a reader of the plain stream finds every boundary,
 * and one wrong, missing, doubled or foreign byte does not go unseen.
 */
#include "config.h"

#include <string.h>

#include "conform.h"

/**
 * dice() - a random number
 * @state: not 0; the same state, the same numbers
 *
 * Return: 32 random bits.
 */
uint32_t dice(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state >> 16;
}

/**
 * traffic_init() - a writer before its first message
 * @t: the writer
 * @id: 0 to TRAFFIC_WRITERS - 1
 * @max: its longest message
 */
void traffic_init(struct traffic *t, unsigned int id, uint32_t max)
{
	t->id = id;
	t->max = max;
	t->seq = 0;
	t->dice = 0x2545f4914f6cdd1dull + id * 7919;
}

/* Many small ones, some large ones, now and then the largest */
static uint32_t traffic_len(struct traffic *t)
{
	static const uint32_t upto[] = { 15, 15, 120, 120, 4200, 4200, 70000 };
	uint32_t most = upto[dice(&t->dice) % 7];
	uint32_t len = 1 + dice(&t->dice) % most;

	return len < t->max ? len : t->max;
}

static unsigned char traffic_byte(unsigned int id, uint32_t seq, uint32_t i)
{
	return id * 31 + seq * 7 + i + (i >> 8);
}

/**
 * traffic_make() - a writer's next message, of a given length
 * @t: the writer
 * @buf: where to; NULL: nowhere
 * @len: 1 to KCHAT_MSG_MAX
 *
 * Return: @len.
 */
size_t traffic_make(struct traffic *t, void *buf, uint32_t len)
{
	uint32_t seq = t->seq++, i;
	unsigned char *p = buf;

	if (!buf)
		return len;
	if (len < 16) {
		memset(p, t->id << 4 | len, len);
		return len;
	}
	p[0] = 0x80 + t->id;
	for (i = 0; i < 3; i++)
		p[1 + i] = len >> (8 * i);
	for (i = 0; i < 4; i++)
		p[4 + i] = seq >> (8 * i);
	for (i = 8; i < len; i++)
		p[i] = traffic_byte(t->id, seq, i);
	return len;
}

/**
 * traffic_next() - a writer's next message
 * @t: the writer
 * @buf: where to, KCHAT_MSG_MAX bytes at most; NULL: only its length
 *
 * Return: its length.
 */
size_t traffic_next(struct traffic *t, void *buf)
{
	return traffic_make(t, buf, traffic_len(t));
}

/**
 * traffic_total() - how much several writers write
 * @writers: how many, with ids from 0
 * @messages: how many each
 * @max: the longest message of each
 *
 * Return: bytes.
 */
uint64_t traffic_total(unsigned int writers, unsigned int messages,
		       uint32_t max)
{
	struct traffic t;
	uint64_t total = 0;
	unsigned int i, k;

	for (i = 0; i < writers; i++) {
		traffic_init(&t, i, max);
		for (k = 0; k < messages; k++)
			total += traffic_next(&t, NULL);
	}
	return total;
}

/* The header of a long message is complete */
static void traffic_head(struct traffic_reader *r)
{
	uint32_t seq;

	r->len = r->head[1] | r->head[2] << 8 | r->head[3] << 16;
	seq = r->head[4] | r->head[5] << 8 | r->head[6] << 16 |
	      (uint32_t)r->head[7] << 24;
	if (r->len < 16 || r->len > KCHAT_MSG_MAX)
		FAIL("byte %llu: a message of %u bytes: torn or interleaved",
		     (unsigned long long)r->bytes, r->len);
	if (seq != r->seq[r->writer])
		FAIL("byte %llu: message %u of writer %u, expected %u",
		     (unsigned long long)r->bytes, seq, r->writer,
		     r->seq[r->writer]);
	r->left = r->len - 8;
}

static void traffic_first(struct traffic_reader *r, unsigned char byte)
{
	r->writer = byte & 0x80 ? byte & 0x7f : byte >> 4;
	if (r->writer >= TRAFFIC_WRITERS || !(byte & 0x8f))
		FAIL("byte %llu: no message begins with %02x",
		     (unsigned long long)r->bytes, byte);
	r->head[0] = byte;
	r->got = 1;
	r->len = byte & 0x80 ? 0 : byte & 0xf;
	r->left = r->len ? r->len - 1 : 0;
}

/**
 * traffic_feed() - check what was read
 * @r: the reader, at first all zeroes
 * @buf: the next bytes of the stream
 * @len: how many
 */
void traffic_feed(struct traffic_reader *r, const void *buf, size_t len)
{
	const unsigned char *p = buf;
	unsigned char want;

	for (; len; len--, p++, r->bytes++) {
		r->hash = (r->hash ^ *p) * 0x100000001b3ull;
		if (!r->got) {
			traffic_first(r, *p);
		} else if (!r->len) {
			r->head[r->got++] = *p;
			if (r->got == 8)
				traffic_head(r);
		} else {
			want = r->head[0];
			if (want & 0x80)
				want = traffic_byte(r->writer,
						    r->seq[r->writer],
						    r->len - r->left);
			if (*p != want)
				FAIL("byte %llu: %02x, expected %02x: byte %u of %u of message %u of writer %u",
				     (unsigned long long)r->bytes, *p, want,
				     r->len - r->left, r->len,
				     r->seq[r->writer], r->writer);
			r->left--;
		}
		if (r->len && !r->left) {
			r->seq[r->writer]++;
			r->got = 0;
			r->len = 0;
		}
	}
}

/**
 * traffic_end() - the stream may end here: no message is cut off
 * @r: the reader
 */
void traffic_end(const struct traffic_reader *r)
{
	CHECK_EQ(r->got, 0);
}
