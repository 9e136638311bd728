// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Messages that tell by every byte whose they are.
 *
 * A head names author, length and number, with a sum of these; the body follows
 * from them. So a reader of plain bytes finds every boundary, and one wrong,
 * missing, doubled or foreign byte does not go unseen.
 */
#include "config.h"

#include <string.h>

#include "torture.h"

static uint32_t mix(uint32_t a, uint32_t b, uint32_t c)
{
	uint32_t x = a * 0x9e3779b1u ^ b * 0x85ebca77u ^ c * 0xc2b2ae3du;

	return x ^ x >> 15;
}

/**
 * message_len() - how long a message is
 * @author: whose
 * @number: which
 *
 * Return: bytes; may be more than KCHAT_MSG_MAX, and then so many are it.
 */
uint32_t message_len(unsigned int author, uint32_t number)
{
	static const uint32_t small[] = { 20, 40, 150, 4200, ~0u };
	static const uint32_t large[] = { 40, 4200, ~0u, ~0u, ~0u };
	uint32_t chance = mix(author + 7, number, (uint32_t)scene->plan.seed);
	uint32_t most = scene->plan.most < 10000 ? small[chance % 5] :
						   large[chance % 5];

	if (most > scene->plan.most)
		most = scene->plan.most;
	return HEAD_LEN + (chance >> 8) % most;
}

static uint32_t whole_len(unsigned int author, uint32_t number)
{
	uint32_t len = message_len(author, number);

	return len < KCHAT_MSG_MAX ? len : KCHAT_MSG_MAX;
}

static unsigned char body(uint32_t author, uint32_t number, uint32_t i)
{
	return author * 31 + number * 7 + (number >> 8) + i + (i >> 8);
}

static void head_make(unsigned char *head, uint32_t author, uint32_t number)
{
	uint32_t word[3] = { author << 24 | whole_len(author, number), number };

	word[2] = mix(word[0], word[1], (uint32_t)scene->plan.seed);
	memcpy(head, word, HEAD_LEN);
}

/**
 * message_make() - make a message
 * @buf: where to
 * @author: whose
 * @number: which of his
 *
 * Return: message_len().
 */
size_t message_make(unsigned char *buf, unsigned int author, uint32_t number)
{
	uint32_t len = message_len(author, number), i;

	head_make(buf, author, number);
	for (i = HEAD_LEN; i < len; i++)
		buf[i] = body(author, number, i);
	return len;
}

/* A head is complete */
static void parse_head(struct parse *p)
{
	unsigned char want[HEAD_LEN];
	uint32_t word[3];

	memcpy(word, p->head, HEAD_LEN);
	p->author = word[0] >> 24;
	p->number = word[1];
	if (p->author >= AUTHORS_MAX || p->number >= NUMBERS_MAX)
		FAIL("a message of nobody: %08x %08x %08x", word[0], word[1],
		     word[2]);
	head_make(want, p->author, p->number);
	if (memcmp(want, p->head, HEAD_LEN))
		FAIL("the head of message %u of author %u is damaged: %08x %08x %08x",
		     p->number, p->author, word[0], word[1], word[2]);
	p->len = whole_len(p->author, p->number);
}

/**
 * parse_feed() - check bytes that were read
 * @p: the message they belong to
 * @buf: the bytes; set to what is behind those of this message
 * @len: how many; set to how many are left
 *
 * Return: whether the message is complete; @p is then ready for the next one
 * when its got is set to 0.
 */
bool parse_feed(struct parse *p, const unsigned char **buf, size_t *len)
{
	unsigned char want;

	for (; *len && (p->got < HEAD_LEN || p->got < p->len);
	     (*buf)++, (*len)--, p->got++) {
		if (p->got < HEAD_LEN) {
			p->head[p->got] = **buf;
			if (p->got == HEAD_LEN - 1)
				parse_head(p);
			continue;
		}
		want = body(p->author, p->number, p->got);
		if (**buf != want)
			FAIL("byte %u of %u of message %u of author %u is %02x, not %02x",
			     p->got, p->len, p->number, p->author, **buf, want);
	}
	return p->got >= HEAD_LEN && p->got == p->len;
}
