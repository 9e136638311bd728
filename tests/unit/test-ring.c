// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The ring alone: sizes, positions, and records at its end.
 */
#include "config.h"

#include "unit.h"

static struct kc_ring ring;

static void setup(u64 start)
{
	void *buf = malloc(kc_ring_memory(SIZE));

	CHECK(buf);
	kc_ring_init(&ring, buf, SIZE, start);
}

static void sizes(void)
{
	u64 size;

	for (size = KCHAT_CAPACITY_MIN; size <= KCHAT_CAPACITY_MAX; size *= 2) {
		CHECK_EQ(kc_ring_size_check((u32)size), 0);
		CHECK_EQ(kc_ring_size_check((u32)size - 1), -EINVAL);
		CHECK_EQ(kc_ring_size_check((u32)size + 8), -EINVAL);
		CHECK_EQ(kc_ring_size_check((u32)(size + size / 2)), -EINVAL);
	}
	CHECK_EQ(kc_ring_size_check(0), -EINVAL);
	CHECK_EQ(kc_ring_size_check(KCHAT_CAPACITY_MIN / 2), -EINVAL);
	CHECK_EQ(kc_ring_size_check(KCHAT_CAPACITY_MAX * 2), -EINVAL);
	CHECK_EQ(kc_ring_size_check(0x80000000U), -EINVAL);
	CHECK_EQ(kc_ring_size_check(0xffffffffU), -EINVAL);
}

static void records(void)
{
	u32 len;

	for (len = 1; len <= MAX; len++) {
		u32 size = kc_record_size(len);

		CHECK_EQ(size % 8, 0);
		CHECK(size >= sizeof(struct kc_record) + len);
		CHECK(size < sizeof(struct kc_record) + len + 8);
	}
	CHECK(kc_record_size(MAX) <= KCHAT_CAPACITY_MIN);
}

static void order(u64 start)
{
	CHECK(kc_pos_before(start - 8, start));
	CHECK(!kc_pos_before(start, start - 8));
	CHECK(!kc_pos_before(start, start));
	CHECK(kc_pos_before(start, start + 8));
	CHECK(kc_pos_before(start, start + 16));
	CHECK(kc_pos_before(start - KCHAT_CAPACITY_MAX, start));
	CHECK(kc_pos_before(start, start + KCHAT_CAPACITY_MAX));
	CHECK(!kc_pos_before(start + KCHAT_CAPACITY_MAX, start));
}
UNIT_TEST(order)

/*
 * For every place a record can stand at, the whole header can be used, and
 * neither another record's nor the payload's bytes are part of it.
 */
static void slack(u64 start)
{
	u32 at;

	setup(start);
	for (at = SIZE - 64; at < SIZE; at += 8) {
		struct kc_span span[2];
		struct kc_record *rec;
		u64 pos;

		ring.head += at - (ring.head & (SIZE - 1));
		ring.tail = ring.head;
		pos = ring.head;
		CHECK_EQ(pos & (SIZE - 1), at);

		/* Payload first, as a writer does it; then the header */
		kc_ring_spans(&ring, kc_payload_pos(pos), 100, span);
		memset(span[0].mem, 0xaa, span[0].len);
		memset(span[1].mem, 0xaa, span[1].len);
		CHECK(kc_ring_append(&ring, 100) == pos);
		rec = kc_ring_at(&ring, pos);
		CHECK_EQ(rec->len, 100);
		CHECK_EQ((uintptr_t)rec % 8, 0);
		memset(rec, 0x55, sizeof(*rec));
		rec->len = 100;

		kc_ring_spans(&ring, kc_payload_pos(pos), 100, span);
		CHECK_EQ(span[0].len + span[1].len, 100);
		CHECK_EQ(span[0].mem[0], 0xaa);
		CHECK_EQ(span[0].mem[span[0].len - 1], 0xaa);
		if (span[1].len)
			CHECK_EQ(span[1].mem[span[1].len - 1], 0xaa);
		kc_ring_retire(&ring);
		CHECK(ring.tail == ring.head);
	}
	free(ring.buf);
}
UNIT_TEST(slack)

static void pieces(u64 start)
{
	struct kc_span span[2];
	u64 end, pos;

	setup(start);
	end = (start & ~(u64)(SIZE - 1)) + SIZE;
	for (pos = end - 20; pos != end + 20; pos++) {
		u32 before = kc_pos_before(pos, end) ? (u32)(end - pos) : SIZE;
		u32 first = before < 12 ? before : 12;

		kc_ring_spans(&ring, pos, 12, span);
		CHECK(span[0].mem == ring.buf + (pos & (SIZE - 1)));
		CHECK_EQ(span[0].len, first);
		CHECK(span[1].mem == ring.buf);
		CHECK_EQ(span[1].len, 12 - first);
	}
	/* The whole ring at once, from everywhere */
	for (pos = end - 8; pos != end + 16; pos += 8) {
		kc_ring_spans(&ring, pos, SIZE, span);
		CHECK_EQ(span[0].len + span[1].len, SIZE);
		memset(span[0].mem, 0, span[0].len);
		memset(span[1].mem, 0, span[1].len);
	}
	free(ring.buf);
}
UNIT_TEST(pieces)

/* Many records, several times around: each is found where it was put */
static void rounds(u64 start)
{
	u32 lens[64] = { 0 };
	u64 put = 0, got = 0, put_pos = start;

	setup(start);
	while (put < 20000) {
		u32 len = (u32)(put * 7919 % 4000) + 1;
		struct kc_span span[2];
		u64 pos;

		while (ring.head + kc_record_size(len) - ring.tail > SIZE ||
		       put - got == 64) {
			struct kc_record *rec = kc_ring_at(&ring, ring.tail);

			CHECK_EQ(rec->seq, got);
			CHECK_EQ(rec->len, lens[got % 64]);
			kc_ring_retire(&ring);
			got++;
		}
		kc_ring_spans(&ring, kc_payload_pos(ring.head), len, span);
		memset(span[0].mem, 0xff, span[0].len);
		memset(span[1].mem, 0xff, span[1].len);
		pos = kc_ring_append(&ring, len);
		CHECK(pos == put_pos);
		put_pos += kc_record_size(len);
		CHECK(ring.head == put_pos);
		lens[put % 64] = len;
		kc_ring_at(&ring, pos)->seq = put++;
	}
	while (got < put) {
		CHECK(ring.tail != ring.head);
		CHECK_EQ(kc_ring_at(&ring, ring.tail)->seq, got);
		got++;
		kc_ring_retire(&ring);
	}
	CHECK(ring.tail == ring.head);
	free(ring.buf);
}
UNIT_TEST(rounds)

static const struct tap_test tests[] = {
	{ "C3 a ring's size is a power of two within the limits", sizes, 0 },
	{ "M1 a record is its header and payload, padded to 8", records, 0 },
	UNIT_ROWS("a position stands before another", order),
	UNIT_ROWS("a header stands whole in the slack behind the end", slack),
	UNIT_ROWS("a payload lies in two pieces", pieces),
	UNIT_ROWS("records come out as they went in", rounds),
	UNIT_END
};

int main(int argc, char **argv)
{
	return tap_main(argc, argv, tests);
}
