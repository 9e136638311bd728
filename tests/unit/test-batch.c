// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * O7: many messages in one write.
 */
#include "config.h"

#include <string.h>

#include "unit.h"

static struct kc_member *w, *r;

/* A batch that is put together, with rubbish where nobody looks */
static u8 batch[4 * MAX];
static size_t size;

static struct kchat_record *frame(u32 len, u8 fill)
{
	struct kchat_record head;
	u8 *at = batch + size;

	memset(&head, 0xee, sizeof(head));
	head.size = (u32)kc_wire_size(len);
	head.len = len;
	head.type = KCHAT_RECORD_MESSAGE;
	head.flags = 0;
	memset(at, 0xee, head.size);
	memcpy(at, &head, sizeof(head));
	memset(at + sizeof(head), fill, len);
	size += head.size;
	return (void *)at;
}

static void make(u64 start, u32 patience)
{
	unit_room(start, patience);
	w = unit_open(KC_WRITES);
	r = unit_open(KC_READS);
	size = 0;
}

static int write_batch(struct kc_turn *turn)
{
	int ret = kc_batch_accept(w, batch, size, turn, 1, 1);

	unit_check();
	return ret;
}

static void expect(u32 len, u8 fill)
{
	static u8 buf[MAX], want[MAX];

	memset(want, fill, len);
	CHECK_EQ(unit_read(r, len, buf), len);
	CHECK_MEM(buf, want, len);
	CHECK_EQ(r->off, 0);
}

static void each_is_a_message(u64 start)
{
	u32 i, k;

	make(start, KCHAT_PATIENCE_FOREVER);
	for (k = 0; k < 30; k++) {
		size = 0;
		for (i = 1; i < 20; i++)
			frame(i * 37, (u8)(k + i));
		CHECK_EQ(write_batch(NULL), size);
		CHECK_EQ(room.next_seq, 1 + 19 * (k + 1));
		for (i = 1; i < 20; i++)
			expect(i * 37, (u8)(k + i));
		CHECK(r->pos == room.ring.head);
	}
	size = 0;
	frame(MAX, 'x');
	CHECK_EQ(size, KCHAT_BATCH_MAX);
	CHECK_EQ(write_batch(NULL), KCHAT_BATCH_MAX);
	expect(MAX, 'x');
	unit_end();
}
UNIT_TEST(each_is_a_message)

/* A frame that is none: nothing if it is the first, else those before it */
static void malformed(void)
{
	struct kchat_record *head;
	unsigned int bad, at;
	u32 len;

	make(KC_RING_START, KCHAT_PATIENCE_FOREVER);
	for (at = 0; at < 2; at++)
		for (bad = 0; bad < 10; bad++) {
			size = 0;
			if (at)
				frame(9, 'a');
			head = frame(100, 'b');
			len = (u32)size;
			if (bad == 0)
				head->size--;
			else if (bad == 1)
				head->size += 8;
			else if (bad == 2)
				head->len = 0;
			else if (bad == 3)
				head->len = 105;
			else if (bad == 4)
				head->type = KCHAT_RECORD_JOIN;
			else if (bad == 5)
				head->flags = 1;
			else if (bad == 6)
				head->len = MAX + 1;
			else if (bad == 7)
				head->size = 0;
			else if (bad == 8)
				len--;
			else
				len -= head->size - (u32)sizeof(*head) + 1;
			frame(5, 'c');
			if (bad > 7)
				size = len;
			CHECK_EQ(write_batch(NULL), at ? 56 : -EINVAL);
			if (at)
				expect(9, 'a');
			CHECK(r->pos == room.ring.head);
		}
	/* Too long for a message, and yet whole */
	size = 0;
	frame(MAX + 8, 'd');
	CHECK_EQ(kc_frame_len(batch, size), 0);
	/* Not aligned */
	memmove(batch + 1, batch, 2000);
	size = 0;
	frame(11, 'e');
	memmove(batch + 3, batch, size);
	CHECK_EQ(kc_frame_len(batch + 3, size), 11);
	CHECK_EQ(kc_frame_len(batch + 3, size - 1), 0);
	unit_end();
}

static void as_many_as_fit(u64 start)
{
	u32 i;

	make(start, KCHAT_PATIENCE_FOREVER);
	CHECK_EQ(unit_write(w, MAX), 0);
	for (i = 0; i < 8; i++)
		frame(10000, (u8)i);
	/* Six fit beside the first; what did not counts as no refusal */
	CHECK_EQ(write_batch(NULL), 6 * kc_wire_size(10000));
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	CHECK_EQ(room.refused, 0);
	CHECK_EQ(write_batch(NULL), -EAGAIN);
	unit_expect(r, 1, 0, MAX);
	for (i = 0; i < 6; i++)
		expect(10000, (u8)i);
	unit_end();
}
UNIT_TEST(as_many_as_fit)

/* The first takes its turn; the second does not go before others in line */
static void in_line(u64 start)
{
	struct kc_turn mine, other;

	make(start, KCHAT_PATIENCE_FOREVER);
	CHECK_EQ(unit_write(w, MAX), 0);
	CHECK_EQ(unit_write(w, unit_rest()), 0);
	frame(10, 'a');
	frame(20, 'b');
	CHECK_EQ(write_batch(NULL), -EAGAIN);
	kc_turn_init(&mine, 10);
	kc_turn_join(&mine, &room);
	kc_turn_init(&other, 30);
	kc_turn_join(&other, &room);
	CHECK_EQ(write_batch(&mine), -EAGAIN);
	CHECK(room.turns.next == &mine.link);
	unit_drain(r);
	CHECK_EQ(unit_settle() & KC_WAKE_TURN, KC_WAKE_TURN);
	CHECK_EQ(write_batch(&mine), kc_wire_size(10));
	CHECK(room.turns.next == &other.link);
	CHECK(list_empty(&mine.link));
	expect(10, 'a');
	kc_turn_leave(&other);
	unit_end();
}
UNIT_TEST(in_line)

static void who_may(void)
{
	struct kchat_options options = { .flags = KCHAT_OPTION_BATCH };

	make(KC_RING_START, KCHAT_PATIENCE_FOREVER);
	unit_options(w, KCHAT_OPTION_BATCH);
	CHECK(w->batch);
	unit_options(w, 0);
	CHECK(!w->batch);
	CHECK_EQ(kc_member_set_options(r, &options), -EBADF);
	frame(1, 'a');
	kc_room_end(&room);
	CHECK_EQ(write_batch(NULL), -ENODEV);
	unit_end();
}

static const struct tap_test tests[] = {
	UNIT_ROWS("O7 each frame is a message", each_is_a_message),
	{ "O7 frames that are none", malformed, 0 },
	UNIT_ROWS("O7 as many as are admitted", as_many_as_fit),
	UNIT_ROWS("O7 a batch in line", in_line),
	{ "O7 who may", who_may, 0 },
	UNIT_END
};

int main(int argc, char **argv)
{
	return tap_main(argc, argv, tests);
}
