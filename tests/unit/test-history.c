// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * O3: readers go back; what they go back to they do not claim.
 */
#include "config.h"

#include <string.h>

#include "unit.h"

static struct kc_member *w, *r;

static void history(u64 start, u32 patience)
{
	unit_room(start, patience);
	room.flags = KCHAT_ROOM_HISTORY;
	w = unit_open(KC_WRITES);
}

static int back(struct kc_member *member, u64 messages)
{
	struct kchat_history history = { .messages = messages };
	int ret = kc_member_history(member, &history);

	unit_check();
	return ret ? ret : (int)history.messages;
}

static void some_and_all(u64 start)
{
	u32 i;

	history(start, KCHAT_PATIENCE_FOREVER);
	for (i = 1; i <= 10; i++)
		CHECK_EQ(unit_write(w, i), 0);
	r = unit_open(KC_READS);
	CHECK_EQ(back(r, 0), 0);
	CHECK_EQ(unit_poll(r) & KC_POLL_IN, 0);
	CHECK_EQ(back(r, 3), 3);
	CHECK(unit_poll(r) & KC_POLL_IN);
	CHECK_EQ(unit_settle() & KC_WAKE_READERS, KC_WAKE_READERS);
	CHECK_EQ(kc_member_unread(r).messages, 3);
	CHECK_EQ(kc_member_unread(r).bytes, 8 + 9 + 10);
	unit_expect(r, 8, 0, 8);
	/* From where it stands now, and again */
	CHECK_EQ(back(r, 2), 2);
	CHECK_EQ(back(r, 1), 1);
	unit_expect(r, 6, 0, 6);
	CHECK_EQ(back(r, 6), 6);
	CHECK_EQ(back(r, 1), 0);
	unit_expect(r, 1, 0, 1);
	CHECK_EQ(back(r, KCHAT_HISTORY_ALL), 1);
	for (i = 1; i <= 10; i++)
		unit_expect(r, i, 0, i);
	CHECK_EQ(back(r, KCHAT_HISTORY_ALL - 1), 10);
	unit_drain(r);
	unit_end();
}
UNIT_TEST(some_and_all)

/* As far as the ring goes, also over its end */
static void round_the_ring(u64 start)
{
	u32 i, n;

	history(start, KCHAT_PATIENCE_FOREVER);
	r = unit_open(KC_READS);
	CHECK_EQ(unit_write(w, 7000), 0);
	for (i = 0; i < 50; i++) {
		CHECK_EQ(unit_write(w, 7000 + i), 0);
		unit_drain(r);
		n = (u32)(room.next_seq - room.tail_seq);
		CHECK_EQ(back(r, n - 1), n - 1);
		unit_expect(r, room.tail_seq + 1, 0, 1);
		CHECK_EQ(back(r, 1), -EBUSY);
		unit_drain(r);
		CHECK_EQ(back(r, n), n);
		CHECK_EQ(r->pos, room.ring.tail);
		unit_drain(r);
	}
	CHECK(n > 10);
	unit_end();
}
UNIT_TEST(round_the_ring)

/* It claims from where it was, and holds nobody back with what is before */
static void claims_from_home(u64 start)
{
	history(start, KCHAT_PATIENCE_FOREVER);
	CHECK_EQ(unit_write(w, MAX), 0);
	r = unit_open(KC_READS);
	CHECK_EQ(back(r, 1), 1);
	CHECK(r->claimed);
	CHECK_EQ(room.n_unclaimed, 1);
	/* Up to here nothing goes; from here on it does, and a fault must not */
	CHECK_EQ(unit_admit(w, 8), 0);
	CHECK(!kc_room_would_lap(&room, 8));
	CHECK_EQ(unit_admit(w, MAX), 0);
	CHECK(kc_room_would_lap(&room, MAX));
	CHECK_EQ(unit_write(w, MAX), 0);
	CHECK(kc_member_lapped(r));
	CHECK(r->claimed);
	/* What it had not read when it went back is claimed as ever */
	CHECK_EQ(unit_admit(w, MAX), -EAGAIN);
	CHECK_EQ(back(r, 5), 0);
	CHECK_EQ(kc_member_unread(r).messages, 2);
	kc_member_told(r);
	CHECK_EQ(r->lost_messages, 1);
	CHECK_EQ(r->lost_bytes, MAX);
	CHECK_EQ(room.n_unclaimed, 0);
	unit_expect(r, 2, 0, MAX);
	CHECK_EQ(unit_write(w, MAX), 0);
	unit_expect(r, 3, 0, MAX);
	unit_end();
}
UNIT_TEST(claims_from_home)

/* A part of what it asked for is overwritten, in the middle of a message */
static void lost_on_the_way(u64 start)
{
	history(start, KCHAT_PATIENCE_FOREVER);
	CHECK_EQ(unit_write(w, 30000), 0);
	CHECK_EQ(unit_write(w, 30000), 0);
	CHECK_EQ(unit_write(w, 30000), 0);
	r = unit_open(KC_READS);
	CHECK_EQ(back(r, 3), 3);
	unit_expect(r, 1, 0, 100);
	CHECK_EQ(unit_write(w, 50000), 0);
	CHECK(kc_member_lapped(r));
	kc_member_told(r);
	CHECK_EQ(r->lost_messages, 1);
	CHECK_EQ(r->lost_bytes, 29900);
	unit_expect(r, 2, 0, 30000);
	CHECK_EQ(r->home, r->pos + kc_record_size(30000));
	unit_expect(r, 3, 0, 30000);
	CHECK_EQ(r->home, r->pos);
	unit_expect(r, 4, 0, 50000);
	unit_end();
}
UNIT_TEST(lost_on_the_way)

/* Patience takes the claim at home, and not before it is in the way */
static void patience(u64 start)
{
	history(start, 0);
	CHECK_EQ(unit_write(w, 100), 0);
	r = unit_open(KC_READS);
	CHECK_EQ(back(r, 1), 1);
	CHECK_EQ(unit_write(w, MAX), 0);
	CHECK(r->claimed && !kc_member_lapped(r));
	CHECK_EQ(unit_write(w, MAX), 0);
	CHECK(!r->claimed && kc_member_lapped(r));
	kc_member_told(r);
	CHECK_EQ(r->lost_messages, 2);
	unit_drain(r);
	CHECK(r->claimed);
	unit_end();
}
UNIT_TEST(patience)

/* One's own without echo are not counted, wherever they stand */
static void without_echo(u64 start)
{
	struct kc_member *q;

	history(start, KCHAT_PATIENCE_FOREVER);
	q = unit_open(KC_READS | KC_WRITES);
	unit_options(q, KCHAT_OPTION_NO_ECHO);
	CHECK_EQ(unit_write(q, 1), 0);
	CHECK_EQ(unit_write(w, 2), 0);
	CHECK_EQ(unit_write(q, 3), 0);
	CHECK_EQ(unit_write(q, 4), 0);
	CHECK_EQ(unit_write(w, 5), 0);
	CHECK_EQ(unit_write(q, 6), 0);
	unit_drain(q);
	CHECK_EQ(back(q, 1), 1);
	unit_expect(q, 5, 0, 5);
	CHECK_EQ(back(q, 2), 2);
	CHECK_EQ(kc_member_unread(q).messages, 2);
	CHECK_EQ(kc_member_unread(q).bytes, 7);
	unit_expect(q, 2, 0, 2);
	CHECK_EQ(q->seq, 5);
	CHECK_EQ(back(q, KCHAT_HISTORY_ALL), 1);
	CHECK_EQ(q->seq, 2);
	unit_drain(q);
	CHECK_EQ(back(q, 4), 2);
	CHECK_EQ(kc_member_unread(q).messages, 2);
	unit_end();
}
UNIT_TEST(without_echo)

static void refused(void)
{
	struct kchat_history history_ = { .messages = 1 };
	unsigned int i;

	history(KC_RING_START, KCHAT_PATIENCE_FOREVER);
	r = unit_open(KC_READS);
	CHECK_EQ(back(w, 1), -EBADF);
	for (i = 0; i < KC_ARRAY_SIZE(history_.reserved); i++) {
		history_.reserved[i] = 1;
		CHECK_EQ(kc_member_history(r, &history_), -EINVAL);
		history_.reserved[i] = 0;
	}
	room.flags = 0;
	CHECK_EQ(back(r, 1), -EPERM);
	unit_end();
}

static const struct tap_test tests[] = {
	UNIT_ROWS("O3 back by some messages, and by all", some_and_all),
	UNIT_ROWS("O3 back round the ring", round_the_ring),
	UNIT_ROWS("O3 a claim stays where the cursor was", claims_from_home),
	UNIT_ROWS("O3 history overwritten is a loss", lost_on_the_way),
	UNIT_ROWS("O3 and patience", patience),
	UNIT_ROWS("O3 and no echo", without_echo),
	{ "O3 refused", refused, 0 },
	UNIT_END
};

int main(int argc, char **argv)
{
	return tap_main(argc, argv, tests);
}
