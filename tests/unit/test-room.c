// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The room: admission, claims, reading, senders, the end.
 */
#include "config.h"

#include "unit.h"

/* --- admission ---------------------------------------------------------- */

/* Whatever stands behind the claims, and wherever the ring's end is */
static void fits_empty(u64 start)
{
	struct kc_member *m;
	u32 i;

	unit_room(start, KCHAT_PATIENCE_FOREVER);
	m = unit_open(KC_READS | KC_WRITES);
	for (i = 0; i < 200; i++) {
		u32 len = i % 2 ? MAX - i / 2 % 9 : i * 37 % 300 + 1;

		CHECK_EQ(unit_admit(m, MAX), 0);
		CHECK_EQ(unit_write(m, len), 0);
		unit_expect(m, i + 1, 0, len);
		unit_check();
	}
	unit_end();
}
UNIT_TEST(fits_empty)

static void boundary(u64 start)
{
	struct kc_member *reader, *writer;
	u32 len, pad;

	unit_room(start, KCHAT_PATIENCE_FOREVER);
	writer = unit_open(KC_WRITES);
	reader = unit_open(KC_READS);
	/* With the first record at every offset that rounding can make */
	for (pad = 1; pad <= 17; pad++) {
		CHECK_EQ(unit_write(writer, pad), 0);
		unit_drain(reader);

		CHECK_EQ(unit_write(writer, MAX), 0);
		len = unit_rest();
		CHECK_EQ(unit_admit(writer, len + 1), -EAGAIN);
		CHECK_EQ(unit_admit(writer, MAX), -EAGAIN);
		CHECK_EQ(unit_admit(writer, len), 0);
		CHECK_EQ(unit_write(writer, len - 8), 0);
		CHECK_EQ(room.ring.head - reader->pos, SIZE - 8);
		CHECK_EQ(unit_admit(writer, 1), -EAGAIN);
		unit_check();

		/* The longest one goes: a longest one fits, to the byte */
		unit_expect(reader, room.next_seq - 2, 0, MAX);
		CHECK_EQ(unit_write(writer, MAX), 0);
		CHECK_EQ(unit_admit(writer, 1), -EAGAIN);
		unit_check();
		unit_drain(reader);
		CHECK_EQ(unit_write(writer, MAX), 0);
		CHECK_EQ(unit_write(writer, len), 0);
		CHECK_EQ(room.ring.head - reader->pos, SIZE);
		CHECK_EQ(unit_admit(writer, 1), -EAGAIN);
		unit_check();
		unit_drain(reader);
	}
	unit_end();
}
UNIT_TEST(boundary)

/* A refused or abandoned message leaves no trace */
static void abandoned(u64 start)
{
	struct kc_member *a;
	struct kc_span span[2];

	unit_room(start, KCHAT_PATIENCE_FOREVER);
	a = unit_open(KC_READS | KC_WRITES);
	CHECK_EQ(unit_write(a, 100), 0);
	unit_settle();
	CHECK_EQ(unit_admit(a, 100), 0);
	CHECK(!kc_room_would_lap(&room, 100));
	kc_room_spans(&room, 100, span);
	memset(span[0].mem, 0x77, span[0].len);
	CHECK_EQ(unit_settle(), 0);
	CHECK_EQ(room.next_seq, 2);
	CHECK_EQ(room.head_bytes, 100);
	unit_expect(a, 1, 0, 100);
	CHECK_EQ(unit_write(a, 50), 0);
	unit_expect(a, 2, 0, 50);
	unit_end();
}
UNIT_TEST(abandoned)

static void access_mode(u64 start)
{
	struct kc_member *reader, *writer, *neither;
	struct kc_plan plan;

	unit_room(start, KCHAT_PATIENCE_FOREVER);
	reader = unit_open(KC_READS);
	writer = unit_open(KC_WRITES);
	neither = unit_open(0);
	CHECK_EQ(unit_write(reader, 1), -EBADF);
	CHECK_EQ(unit_write(neither, 1), -EBADF);
	CHECK_EQ(unit_write(writer, 1), 0);
	CHECK_EQ(kc_member_plan(writer, 1, &plan), -EBADF);
	CHECK_EQ(kc_member_plan(neither, 1, &plan), -EBADF);
	unit_expect(reader, 1, 0, 1);
	CHECK_EQ(unit_poll(neither), 0);
	CHECK_EQ(unit_poll(writer), KC_POLL_OUT);
	CHECK_EQ(unit_poll(reader), 0);
	unit_end();
}
UNIT_TEST(access_mode)

/* --- claims ------------------------------------------------------------- */

static void write_only(u64 start)
{
	struct kc_member *writer, *neither;
	u32 i;

	unit_room(start, KCHAT_PATIENCE_FOREVER);
	writer = unit_open(KC_WRITES);
	neither = unit_open(0);
	for (i = 0; i < 20; i++)
		CHECK_EQ(unit_write(writer, MAX), 0);
	CHECK_EQ(room.n_readers, 0);
	unit_close(neither);
	unit_check();
	unit_end();
}
UNIT_TEST(write_only)

static void slowest(u64 start)
{
	struct kc_member *w, *fast, *slow, *late;

	unit_room(start, KCHAT_PATIENCE_FOREVER);
	w = unit_open(KC_WRITES);
	fast = unit_open(KC_READS);
	slow = unit_open(KC_READS);
	CHECK_EQ(unit_write(w, MAX), 0);
	late = unit_open(KC_READS);	/* claims nothing of the first */
	CHECK_EQ(unit_write(w, 1000), 0);
	unit_drain(fast);
	unit_check();
	CHECK_EQ(unit_write(w, MAX), -EAGAIN);
	unit_expect(slow, 1, 0, MAX);
	unit_check();
	CHECK_EQ(unit_write(w, MAX), 0);
	unit_expect(late, 2, 0, 1000);
	unit_expect(slow, 2, 0, 1000);
	/* Three readers at the third; the last of them counts */
	unit_expect(late, 3, 0, MAX);
	unit_expect(slow, 3, 0, MAX);
	CHECK_EQ(unit_write(w, MAX), -EAGAIN);
	unit_expect(fast, 3, 0, MAX);
	CHECK_EQ(unit_write(w, MAX), 0);
	unit_end();
}
UNIT_TEST(slowest)

static void partly_read(u64 start)
{
	struct kc_member *w, *reader;

	unit_room(start, KCHAT_PATIENCE_FOREVER);
	w = unit_open(KC_WRITES);
	reader = unit_open(KC_READS);
	CHECK_EQ(unit_write(w, MAX), 0);
	CHECK_EQ(unit_write(w, unit_rest()), 0);
	unit_expect(reader, 1, 0, 40000);
	CHECK_EQ(unit_write(w, 1), -EAGAIN);
	unit_expect(reader, 1, 40000, MAX - 40000 - 1);
	CHECK_EQ(unit_write(w, 1), -EAGAIN);
	CHECK_EQ(reader->off, MAX - 1);
	unit_expect(reader, 1, MAX - 1, 1);
	CHECK_EQ(reader->off, 0);
	CHECK_EQ(unit_write(w, MAX), 0);
	CHECK_EQ(unit_write(w, 1), -EAGAIN);
	unit_end();
}
UNIT_TEST(partly_read)

static void own_message(u64 start)
{
	struct kc_member *m;

	unit_room(start, KCHAT_PATIENCE_FOREVER);
	m = unit_open(KC_READS | KC_WRITES);
	CHECK_EQ(unit_write(m, MAX), 0);
	CHECK_EQ(unit_write(m, unit_rest()), 0);
	CHECK_EQ(unit_write(m, 1), -EAGAIN);
	unit_expect(m, 1, 0, MAX);
	CHECK_EQ(unit_write(m, 1), 0);
	unit_end();
}
UNIT_TEST(own_message)

static void leave_releases(u64 start)
{
	struct kc_member *w, *a, *b;
	struct kc_turn turn;

	unit_room(start, KCHAT_PATIENCE_FOREVER);
	w = unit_open(KC_WRITES);
	a = unit_open(KC_READS);
	b = unit_open(KC_READS);
	CHECK_EQ(unit_write(w, MAX), 0);
	unit_expect(b, 1, 0, MAX);
	CHECK_EQ(unit_write(w, 100), 0);
	unit_settle();
	CHECK_EQ(unit_write(w, MAX), -EAGAIN);
	kc_turn_init(&turn, MAX);
	kc_turn_join(&turn, &room);
	CHECK_EQ(unit_settle(), 0);
	unit_expect(a, 1, 0, 1);
	CHECK_EQ(unit_settle(), 0);
	unit_close(a);
	CHECK_EQ(unit_settle(), KC_WAKE_TURN);
	CHECK_EQ(kc_room_admit(&room, w, MAX, &turn), 0);
	unit_publish(w, MAX);
	kc_turn_served(&turn);
	unit_settle();
	unit_close(b);
	CHECK_EQ(unit_write(w, MAX), 0);
	unit_end();
}
UNIT_TEST(leave_releases)

/* --- reading ------------------------------------------------------------ */

static void starts_at_end(u64 start)
{
	struct kc_member *w, *early, *late;
	struct kc_plan plan;

	unit_room(start, KCHAT_PATIENCE_FOREVER);
	w = unit_open(KC_WRITES);
	early = unit_open(KC_READS);
	CHECK_EQ(unit_write(w, 10), 0);
	late = unit_open(KC_READS);
	CHECK_EQ(kc_member_plan(late, 100, &plan), -EAGAIN);
	CHECK_EQ(unit_write(w, 20), 0);
	unit_expect(late, 2, 0, 20);
	CHECK_EQ(kc_member_plan(late, 100, &plan), -EAGAIN);
	unit_expect(early, 1, 0, 10);
	unit_expect(early, 2, 0, 20);
	CHECK_EQ(kc_member_plan(early, 100, &plan), -EAGAIN);
	unit_end();
}
UNIT_TEST(starts_at_end)

static void plan_across(u64 start)
{
	struct kc_member *m;
	struct kc_plan plan;
	u32 i, bytes = 0;

	unit_room(start, KCHAT_PATIENCE_FOREVER);
	m = unit_open(KC_READS | KC_WRITES);
	for (i = 1; i <= KC_PLAN_MAX + 2; i++)
		CHECK_EQ(unit_write(m, i), 0);

	CHECK_EQ(kc_member_plan(m, 2, &plan), 1);
	CHECK_EQ(plan.n, 2);
	CHECK_EQ(plan.bytes, 2);
	CHECK_EQ(plan.piece[1].len, 1);
	/* Planning consumes nothing */
	CHECK_EQ(kc_member_plan(m, MAX, &plan), 1);
	CHECK_EQ(plan.n, KC_PLAN_MAX);
	for (i = 0; i < plan.n; i++) {
		CHECK_EQ(plan.piece[i].len, i + 1);
		bytes += i + 1;
	}
	CHECK_EQ(plan.bytes, bytes);

	/* 1 and 2 whole, of 3 one byte */
	CHECK_EQ(kc_member_commit(m, &plan, 4), 0);
	CHECK_EQ(m->seq, 3);
	CHECK_EQ(m->off, 1);
	CHECK_EQ(m->bytes, 3);
	unit_check();
	CHECK_EQ(kc_member_plan(m, 6, &plan), 1);
	CHECK_EQ(plan.n, 2);
	CHECK_EQ(plan.piece[0].len, 2);
	CHECK_EQ(plan.piece[1].len, 4);
	/* A fault before the first byte consumes nothing */
	CHECK_EQ(kc_member_commit(m, &plan, 0), 0);
	CHECK_EQ(m->seq, 3);
	CHECK_EQ(m->off, 1);
	CHECK_EQ(kc_member_commit(m, &plan, 1), 0);
	CHECK_EQ(m->off, 2);
	unit_expect(m, 3, 2, 1);
	unit_expect(m, 4, 0, 4);
	/* Ends exactly with a message: the next starts at its first byte */
	CHECK_EQ(kc_member_plan(m, 5, &plan), 1);
	CHECK_EQ(plan.n, 1);
	CHECK_EQ(kc_member_commit(m, &plan, 5), 0);
	CHECK_EQ(m->seq, 6);
	CHECK_EQ(m->off, 0);
	unit_drain(m);
	CHECK_EQ(m->seq, room.next_seq);
	unit_end();
}
UNIT_TEST(plan_across)

static void plan_goes_on(u64 start)
{
	struct kc_member *m;
	struct kc_plan plan;
	u32 i, messages = 2 * KC_PLAN_MAX + 3;

	unit_room(start, KCHAT_PATIENCE_FOREVER);
	m = unit_open(KC_READS | KC_WRITES);
	for (i = 0; i < messages; i++)
		CHECK_EQ(unit_write(m, 10), 0);
	unit_expect(m, 1, 0, 4);

	/* The rest of the first, all between, and 7 of the last */
	CHECK_EQ(kc_member_plan(m, 1000, &plan), 1);
	CHECK_EQ(plan.n, KC_PLAN_MAX);
	CHECK_EQ(plan.piece[0].len, 6);
	CHECK(kc_plan_more(&room, 1000, &plan));
	CHECK_EQ(plan.n, KC_PLAN_MAX);
	CHECK_EQ(plan.piece[0].len, 10);
	CHECK(kc_plan_more(&room, 27, &plan));
	CHECK_EQ(plan.n, 3);
	CHECK_EQ(plan.piece[2].len, 7);
	CHECK_EQ(plan.bytes, 10 * messages - 4 - 3);
	/* Within a message it goes on where it came to */
	CHECK(kc_plan_more(&room, 2, &plan));
	CHECK_EQ(plan.n, 1);
	CHECK_EQ(plan.piece[0].len, 2);
	CHECK(!kc_plan_more(&room, 0, &plan));
	CHECK(kc_plan_more(&room, 1000, &plan));
	CHECK(!kc_plan_more(&room, 1000, &plan));
	CHECK_EQ(plan.bytes, 10 * messages - 4);

	CHECK_EQ(kc_member_commit(m, &plan, plan.bytes - 1), 0);
	unit_check();
	unit_expect(m, messages, 9, 1);
	CHECK_EQ(kc_member_plan(m, 1, &plan), -EAGAIN);
	unit_end();
}
UNIT_TEST(plan_goes_on)

/* Odd lengths written, other odd lengths read, many times around the ring */
static void stream(u64 start)
{
	struct kc_member *m;
	static u8 buf[3001];
	u64 seq = 1, written = 0, seen = 0;
	u32 at = 0, *lens = calloc(3001, sizeof(*lens));
	int i, ret;

	CHECK(lens);
	unit_room(start, KCHAT_PATIENCE_FOREVER);
	m = unit_open(KC_READS | KC_WRITES);
	while (seen < 3000) {
		u32 len = (u32)(written * 379 % 2503) + 1;

		while (written < 3000 && unit_write(m, len) == 0) {
			lens[++written] = len;
			len = (u32)(written * 379 % 2503) + 1;
		}
		ret = unit_read(m, seen * 13 % 3001 + 1, buf);
		CHECK(ret > 0);
		for (i = 0; i < ret; i++) {
			CHECK_EQ(buf[i], unit_byte(seq, at));
			if (++at == lens[seq]) {
				at = 0;
				seq++;
			}
		}
		seen = seq - 1;
	}
	CHECK_EQ(unit_read(m, 1, buf), -EAGAIN);
	free(lens);
	unit_end();
}
UNIT_TEST(stream)

/* Two threads read one file: the second to commit has read nothing (R6) */
static void stale(u64 start)
{
	struct kc_member *m;
	struct kc_plan a, b, c;

	unit_room(start, KCHAT_PATIENCE_FOREVER);
	m = unit_open(KC_READS | KC_WRITES);
	CHECK_EQ(unit_write(m, 100), 0);
	CHECK_EQ(unit_write(m, 100), 0);
	CHECK_EQ(kc_member_plan(m, 50, &a), 1);
	CHECK_EQ(kc_member_plan(m, 50, &b), 1);
	CHECK_EQ(kc_member_plan(m, 200, &c), 1);
	CHECK_EQ(kc_member_commit(m, &a, 50), 0);
	CHECK_EQ(kc_member_commit(m, &b, 50), -ESTALE);
	CHECK_EQ(kc_member_commit(m, &c, 200), -ESTALE);
	CHECK_EQ(m->off, 50);
	CHECK_EQ(kc_member_plan(m, 50, &a), 1);
	CHECK_EQ(kc_member_plan(m, 50, &b), 1);
	CHECK_EQ(kc_member_commit(m, &b, 50), 0);
	CHECK_EQ(kc_member_commit(m, &a, 50), -ESTALE);
	CHECK_EQ(kc_member_commit(m, &c, 200), -ESTALE);
	CHECK_EQ(m->seq, 2);
	CHECK_EQ(m->off, 0);
	unit_expect(m, 2, 0, 100);
	unit_end();
}
UNIT_TEST(stale)

/* --- senders ------------------------------------------------------------ */

static void senders(u64 start)
{
	struct kc_member *a, *b, *reader;
	u32 i;

	unit_room(start, KCHAT_PATIENCE_FOREVER);
	a = unit_open(KC_WRITES);
	b = unit_open(KC_WRITES);
	reader = unit_open(KC_READS);
	CHECK_EQ(unit_senders, 3);
	for (i = 0; i < 3; i++)
		CHECK_EQ(unit_write(a, 10), 0);
	CHECK_EQ(kc_ring_at(&room.ring, room.ring.tail)->time_ns, 10);
	CHECK_EQ(unit_write(b, 10), 0);
	unit_close(a);
	unit_drain(reader);
	unit_collect();
	CHECK_EQ(unit_senders, 3);	/* its messages are still kept */
	unit_close(reader);		/* one without messages */
	unit_collect();
	CHECK_EQ(unit_senders, 2);
	CHECK_EQ(unit_write(b, MAX), 0);
	unit_collect();
	CHECK_EQ(unit_senders, 2);
	CHECK_EQ(unit_write(b, MAX), 0);	/* pushes out the three */
	unit_collect();
	CHECK_EQ(unit_senders, 1);
	unit_collect();
	CHECK_EQ(unit_senders, 1);
	CHECK_EQ(unit_write(b, 10), 0);
	unit_close(b);
	unit_collect();
	CHECK_EQ(unit_senders, 1);
	unit_end();
}
UNIT_TEST(senders)

/* --- limits and the end ------------------------------------------------- */

static void full_house(u64 start)
{
	struct kc_member *m, extra;
	struct kc_sender sender;

	unit_room(start, KCHAT_PATIENCE_FOREVER);
	kc_sender_init(&sender);
	room.max_members = 2;
	m = unit_open(KC_READS);
	unit_open(KC_WRITES);
	CHECK_EQ(kc_member_join(&extra, &room, &sender, KC_READS, 1), -EUSERS);
	CHECK_EQ(sender.refs, 0);
	unit_check();
	unit_close(m);
	unit_open(KC_READS);
	CHECK_EQ(kc_member_join(&extra, &room, &sender, 0, 1), -EUSERS);
	unit_end();
}
UNIT_TEST(full_house)

static void end(u64 start)
{
	struct kc_member *w, *reader, extra;
	struct kc_sender sender;
	struct kc_turn turn;
	struct kc_plan plan;

	unit_room(start, KCHAT_PATIENCE_FOREVER);
	kc_sender_init(&sender);
	w = unit_open(KC_WRITES);
	reader = unit_open(KC_READS);
	CHECK_EQ(unit_write(w, MAX), 0);
	CHECK_EQ(unit_write(w, 100), 0);
	kc_turn_init(&turn, MAX);
	kc_turn_join(&turn, &room);
	unit_settle();
	kc_room_end(&room);
	CHECK(unit_settle() & KC_WAKE_ALL);
	kc_room_end(&room);
	CHECK(!(unit_settle() & KC_WAKE_ALL));
	CHECK_EQ(kc_room_admit(&room, w, MAX, &turn), -ENODEV);
	kc_turn_leave(&turn);
	CHECK_EQ(unit_write(w, 1), -ENODEV);
	CHECK_EQ(kc_member_join(&extra, &room, &sender, KC_READS, 1), -ENODEV);
	CHECK_EQ(sender.refs, 0);
	CHECK_EQ(unit_poll(w), KC_POLL_HUP | KC_POLL_ERR);
	CHECK_EQ(unit_poll(reader), KC_POLL_HUP | KC_POLL_IN);
	unit_expect(reader, 1, 0, MAX);
	unit_expect(reader, 2, 0, 100);
	CHECK_EQ(kc_member_plan(reader, 1, &plan), 0);
	CHECK_EQ(kc_member_plan(reader, 1, &plan), 0);
	CHECK_EQ(unit_poll(reader), KC_POLL_HUP | KC_POLL_IN);
	CHECK_EQ(kc_room_deadline(&room), 0);
	unit_settle();
	unit_end();
}
UNIT_TEST(end)

static const struct tap_test tests[] = {
	UNIT_ROWS("M1 every message fits every empty room", fits_empty),
	UNIT_ROWS("W1 a message is accepted up to the last byte", boundary),
	UNIT_ROWS("M6 an abandoned message leaves no trace", abandoned),
	UNIT_ROWS("R7 access modes", access_mode),
	UNIT_ROWS("R7 who does not read holds nobody back", write_only),
	UNIT_ROWS("W1 the slowest reader's claim counts", slowest),
	UNIT_ROWS("W1 a partly read message is claimed whole", partly_read),
	UNIT_ROWS("M5 a reader's own messages count", own_message),
	UNIT_ROWS("W8 leaving releases", leave_releases),
	UNIT_ROWS("R1 a reader starts at the end", starts_at_end),
	UNIT_ROWS("R2 a read goes across messages", plan_across),
	UNIT_ROWS("R2 a plan goes on where it has come to", plan_goes_on),
	UNIT_ROWS("R2 the stream comes out as it went in", stream),
	UNIT_ROWS("R6 of two reads at once one counts", stale),
	UNIT_ROWS("S1 a sender comes back once, after its last message", senders),
	UNIT_ROWS("C3 a room has so many members and no more", full_house),
	UNIT_ROWS("C2 the end of a room", end),
	UNIT_END
};

int main(int argc, char **argv)
{
	return tap_main(argc, argv, tests);
}
