// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * O8: readers with a low-water mark: when they are woken, and when not.
 */
#include "config.h"

#include <string.h>

#include "unit.h"

static struct kc_member *w, *r;

static int water(struct kc_member *member, u32 flags, u32 bytes, u32 ms)
{
	struct kchat_options options = {
		.flags = flags,
		.low_water = bytes,
		.low_water_ms = ms,
	};

	return kc_member_set_options(member, &options);
}

static void lazy(u64 start, u32 patience, u32 bytes, u32 ms)
{
	unit_room(start, patience);
	unit_now = 1000 * MS;
	w = unit_open(KC_WRITES);
	r = unit_open(KC_READS);
	CHECK_EQ(water(r, 0, bytes, ms), 0);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	CHECK(!kc_member_readable(r, unit_now));
	CHECK_EQ(unit_settle(), 0);
}

static void bytes(u64 start)
{
	unsigned int i, k;

	lazy(start, KCHAT_PATIENCE_FOREVER, 1000, 0);
	for (k = 0; k < 3; k++) {
		for (i = 0; i < 9; i++) {
			CHECK_EQ(unit_write(w, 110), 0);
			CHECK_EQ(unit_settle(), KC_WAKE_READERS);
			CHECK_EQ(unit_poll(r), 0);
			CHECK(kc_member_holds_off(r, unit_now));
		}
		unit_now += 1000000 * MS;
		CHECK_EQ(unit_settle(), 0);
		CHECK_EQ(kc_room_deadline(&room), 0);
		CHECK_EQ(unit_write(w, 10), 0);
		CHECK_EQ(unit_settle(), KC_WAKE_READERS | KC_WAKE_LAZY);
		CHECK_EQ(unit_poll(r), KC_POLL_IN);
		CHECK(!kc_member_holds_off(r, unit_now));
		/* What it leaves is too little again, or still enough */
		unit_expect(r, r->seq, 0, 1);
		CHECK_EQ(unit_poll(r), 0);
		CHECK_EQ(unit_write(w, 500), 0);
		CHECK_EQ(unit_settle(), KC_WAKE_READERS | KC_WAKE_LAZY);
		unit_expect(r, r->seq, 1, 109);
		CHECK_EQ(unit_poll(r), KC_POLL_IN);
		unit_drain(r);
	}
	unit_end();
}
UNIT_TEST(bytes)

/* The time runs from the first unread byte on, whatever comes behind it */
static void age(u64 start)
{
	u64 end;

	lazy(start, KCHAT_PATIENCE_FOREVER, 1000, 50);
	CHECK_EQ(kc_room_deadline(&room), 0);
	unit_now += 500 * MS;
	CHECK_EQ(unit_write(w, 10), 0);
	end = unit_now + 50 * MS;
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	CHECK(kc_room_deadline(&room) >= end);
	CHECK(kc_room_deadline(&room) <= end + 2 * MS);
	unit_now += 49 * MS;
	CHECK_EQ(unit_write(w, 10), 0);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	CHECK_EQ(unit_poll(r), 0);
	end = kc_room_deadline(&room);
	unit_now = end - 1;
	CHECK_EQ(unit_settle(), 0);
	CHECK_EQ(unit_poll(r), 0);
	unit_now = end;
	CHECK_EQ(unit_settle(), KC_WAKE_LAZY);
	CHECK_EQ(kc_room_deadline(&room), 0);
	CHECK_EQ(unit_poll(r), KC_POLL_IN);
	/* Of the second one the time is not up yet */
	unit_expect(r, 1, 0, 10);
	CHECK_EQ(unit_poll(r), 0);
	CHECK(kc_room_deadline(&room) >= end + 48 * MS);
	unit_now = kc_room_deadline(&room);
	CHECK_EQ(unit_settle(), KC_WAKE_LAZY);
	CHECK_EQ(unit_poll(r), KC_POLL_IN);
	unit_end();
}
UNIT_TEST(age)

/* A clock whose low bits wrap, and one beyond 32 bits of ticks */
static void clocks(void)
{
	static const u64 starts[] = { 1, 0xffffffffULL << 20,
				      (0xffffffffULL << 20) + 0xfffff,
				      1ULL << 62 };
	unsigned int i;

	for (i = 0; i < KC_ARRAY_SIZE(starts); i++) {
		lazy(KC_RING_START, KCHAT_PATIENCE_FOREVER, 1000, 5000);
		unit_now = starts[i];
		CHECK_EQ(unit_write(w, 10), 0);
		CHECK_EQ(unit_settle(), KC_WAKE_READERS);
		CHECK(kc_room_deadline(&room) - starts[i] - 5000 * MS < 2 * MS);
		CHECK_EQ(unit_poll(r), 0);
		unit_now += 4999 * MS;
		CHECK_EQ(unit_poll(r), 0);
		unit_now += 3 * MS;
		CHECK_EQ(unit_settle(), KC_WAKE_LAZY);
		CHECK_EQ(unit_poll(r), KC_POLL_IN);
		unit_end();
	}
}

/* Up to the longest there is, 2^32 - 1 ms, after whatever time one looks again */
static void weeks(void)
{
	static const u32 longs[] = { 30U * 86400000U, ~0U };
	unsigned int i;

	for (i = 0; i < KC_ARRAY_SIZE(longs); i++) {
		lazy(KC_RING_START, KCHAT_PATIENCE_FOREVER, 1000, longs[i]);
		unit_now = 77 * MS;
		CHECK_EQ(unit_write(w, 10), 0);
		CHECK_EQ(unit_settle(), KC_WAKE_READERS);
		CHECK_EQ(unit_poll(r), 0);
		unit_now += longs[i] / 10 * 9 * MS;
		CHECK_EQ(unit_settle(), 0);
		CHECK_EQ(unit_poll(r), 0);
		CHECK_EQ(kc_room_deadline(&room) >> 21,
			 (78 + (u64)longs[i]) * MS >> 21);
		unit_now += (longs[i] / 10 + 20) * MS;
		CHECK_EQ(unit_settle(), KC_WAKE_LAZY);
		CHECK_EQ(unit_poll(r), KC_POLL_IN);
		/* One that comes now, of a clock that is a little ahead */
		unit_drain(r);
		unit_now += 2 * MS;
		CHECK_EQ(unit_write(w, 10), 0);
		unit_now -= 2 * MS;
		unit_settle();
		CHECK_EQ(unit_poll(r), 0);
		unit_end();
	}
}

/* Whoever waits for room may wait for it: by a turn, EAGAIN or POLLOUT */
static void writers(u64 start)
{
	struct kc_turn turn;
	unsigned int i;

	lazy(start, KCHAT_PATIENCE_FOREVER, SIZE, 0);
	for (i = 0; i < 3; i++) {
		CHECK_EQ(unit_write(w, MAX), 0);
		CHECK_EQ(unit_write(w, unit_rest()), 0);
		CHECK_EQ(unit_settle(), KC_WAKE_READERS);
		CHECK_EQ(unit_poll(r), 0);
		CHECK_EQ(unit_admit(w, 1), -EAGAIN);
		if (i == 0) {
			kc_turn_init(&turn, 1);
			kc_turn_join(&turn, &room);
		} else if (i == 1) {
			kc_room_refuse(&room, w, 1);
		} else {
			CHECK_EQ(unit_poll(w), 0);
		}
		CHECK_EQ(unit_settle(), KC_WAKE_LAZY);
		CHECK_EQ(unit_poll(r), KC_POLL_IN);
		unit_drain(r);
		/* With nothing to read it is nobody's hope, and not called */
		CHECK_EQ(unit_settle(), i ? KC_WAKE_WRITERS : KC_WAKE_TURN);
		CHECK_EQ(unit_poll(r), 0);
		CHECK_EQ(unit_settle(), 0);
		if (i == 0)
			kc_turn_leave(&turn);
		unit_settle();
	}
	unit_end();
}
UNIT_TEST(writers)

/* Nor need a message come after it fell asleep: there is something unread */
static void writers_of_old(u64 start)
{
	lazy(start, KCHAT_PATIENCE_FOREVER, SIZE, 0);
	CHECK_EQ(unit_write(w, MAX), 0);
	CHECK_EQ(unit_write(w, unit_rest()), 0);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	/* By another mark it looks again, and sleeps anew */
	CHECK_EQ(water(r, 0, SIZE, 60000), 0);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS | KC_WAKE_LAZY);
	CHECK_EQ(unit_poll(r), 0);
	CHECK_EQ(unit_settle(), 0);
	kc_room_refuse(&room, w, 1);
	CHECK_EQ(unit_settle(), KC_WAKE_LAZY);
	CHECK_EQ(unit_poll(r), KC_POLL_IN);
	unit_end();
}
UNIT_TEST(writers_of_old)

/* A reader with nothing to read is not woken for those who wait for room */
static void nobodys_hope(u64 start)
{
	lazy(start, KCHAT_PATIENCE_FOREVER, SIZE, 0);
	unit_open(KC_READS);
	CHECK_EQ(unit_write(w, MAX), 0);
	CHECK_EQ(unit_write(w, unit_rest()), 0);
	unit_settle();
	CHECK_EQ(unit_poll(r), 0);
	unit_drain(r);
	CHECK_EQ(unit_admit(w, 1), -EAGAIN);
	kc_room_refuse(&room, w, 1);
	/* Once perhaps, since it had something when it went to sleep */
	unit_settle();
	CHECK_EQ(unit_poll(r), 0);
	CHECK_EQ(unit_settle(), 0);
	unit_end();
}
UNIT_TEST(nobodys_hope)

static void losses_and_the_end(u64 start)
{
	struct kc_plan plan;

	lazy(start, 0, 1U << 30, 0);
	CHECK_EQ(unit_write(w, MAX), 0);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	CHECK_EQ(unit_poll(r), 0);
	CHECK_EQ(unit_write(w, MAX), 0);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS | KC_WAKE_LAZY);
	CHECK_EQ(unit_poll(r), KC_POLL_IN | KC_POLL_PRI);
	/* The next loss wakes it, though nobody has looked since the last */
	CHECK_EQ(kc_member_plan(r, 1, &plan), -EPIPE);
	kc_member_told(r);
	CHECK_EQ(unit_settle(), 0);
	CHECK_EQ(unit_write(w, MAX), 0);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS | KC_WAKE_LAZY);
	CHECK_EQ(kc_member_plan(r, 1, &plan), -EPIPE);
	kc_member_told(r);
	CHECK_EQ(unit_poll(r), 0);
	CHECK_EQ(unit_settle(), 0);
	kc_room_end(&room);
	CHECK_EQ(unit_settle() & KC_WAKE_ALL, KC_WAKE_ALL);
	CHECK_EQ(unit_poll(r), KC_POLL_IN | KC_POLL_HUP);
	unit_end();
}
UNIT_TEST(losses_and_the_end)

/* Nobody waits in a room that has ended, so no time is left to watch for */
static void no_time_after_the_end(u64 start)
{
	unsigned int i;

	/* The first byte is there, or yet to come: it never does */
	for (i = 0; i < 2; i++) {
		lazy(start, KCHAT_PATIENCE_FOREVER, 1000, 5000);
		if (i == 0) {
			CHECK_EQ(unit_write(w, 1), 0);
			CHECK_EQ(unit_settle(), KC_WAKE_READERS);
			CHECK_EQ(unit_poll(r), 0);
			CHECK(kc_room_deadline(&room));
		}
		kc_room_end(&room);
		CHECK_EQ(unit_settle(), KC_WAKE_ALL);
		CHECK_EQ(kc_room_deadline(&room), 0);
		unit_now += 10000 * MS;
		CHECK_EQ(unit_settle(), 0);
		CHECK_EQ(kc_room_deadline(&room), 0);
		/* Nor for who looks once more, for a loss as well, and reads */
		CHECK_EQ(unit_poll(r), KC_POLL_IN | KC_POLL_HUP);
		CHECK_EQ(kc_member_poll(r, KC_POLL_PRI, unit_now),
			 KC_POLL_IN | KC_POLL_HUP);
		if (i == 0)
			unit_expect(r, 1, 0, 1);
		CHECK_EQ(unit_poll(r), KC_POLL_IN | KC_POLL_HUP);
		unit_settle();
		CHECK(!room.lazy);
		CHECK_EQ(kc_room_deadline(&room), 0);
		unit_end();
	}
}
UNIT_TEST(no_time_after_the_end)

/* Of two the one further behind is lapped first, whoever of them sleeps first */
static void the_hindmost(u64 start)
{
	struct kc_member *other;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		lazy(start, 0, 1U << 30, 0);
		CHECK_EQ(unit_write(w, 100), 0);
		other = unit_open(KC_READS);
		CHECK_EQ(water(other, 0, 1U << 30, 0), 0);
		unit_settle();
		CHECK_EQ(unit_poll(i ? r : other), 0);
		CHECK_EQ(unit_poll(i ? other : r), 0);
		do {
			CHECK_EQ(unit_settle() & KC_WAKE_LAZY, 0);
			CHECK_EQ(unit_write(w, 100), 0);
		} while (!kc_member_lapped(r));
		CHECK(!kc_member_lapped(other));
		CHECK_EQ(unit_settle(), KC_WAKE_READERS | KC_WAKE_LAZY);
		unit_end();
	}
}
UNIT_TEST(the_hindmost)

/* Of two only one minds the time, whoever of them sleeps first */
static void one_in_time(void)
{
	struct kc_member *other;
	unsigned int i;

	for (i = 0; i < 2; i++) {
		lazy(KC_RING_START, KCHAT_PATIENCE_FOREVER, 1000, 0);
		other = unit_open(KC_READS);
		CHECK_EQ(water(other, 0, 1000, 40), 0);
		unit_settle();
		CHECK_EQ(unit_poll(i ? r : other), 0);
		CHECK_EQ(unit_poll(i ? other : r), 0);
		CHECK_EQ(unit_write(w, 1), 0);
		CHECK_EQ(unit_settle(), KC_WAKE_READERS);
		CHECK(kc_room_deadline(&room) >= unit_now + 40 * MS);
		unit_end();
	}
}

/* The room wakes the first of many, and the others sleep anew */
static void several(void)
{
	struct kc_member *other;
	unsigned int i;

	lazy(KC_RING_START, KCHAT_PATIENCE_FOREVER, 100, 0);
	other = unit_open(KC_READS);
	CHECK_EQ(water(other, 0, 300, 40), 0);
	/* Who sleeps looks again when somebody changes his mind */
	CHECK_EQ(unit_settle(), KC_WAKE_READERS | KC_WAKE_LAZY);
	for (i = 0; i < 3; i++) {
		CHECK_EQ(unit_poll(r), 0);
		CHECK_EQ(unit_poll(other), 0);
		CHECK_EQ(unit_write(w, 90), 0);
		CHECK_EQ(unit_settle(), KC_WAKE_READERS);
		CHECK(kc_room_deadline(&room));
		CHECK_EQ(unit_write(w, 10), 0);
		CHECK_EQ(unit_settle(), KC_WAKE_READERS | KC_WAKE_LAZY);
		CHECK_EQ(unit_poll(r), KC_POLL_IN);
		unit_drain(r);
		CHECK_EQ(unit_poll(other), i < 2 ? 0 : KC_POLL_IN);
	}
	unit_drain(other);
	/* Who left is waited for once, and that is that */
	CHECK_EQ(unit_poll(r), 0);
	unit_close(r);
	CHECK_EQ(unit_write(w, 100), 0);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS | KC_WAKE_LAZY);
	CHECK_EQ(unit_write(w, 100), 0);
	CHECK_EQ(unit_poll(other), 0);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	unit_end();
}

/* Two bytes are a mark, one is none */
static void smallest(void)
{
	lazy(KC_RING_START, KCHAT_PATIENCE_FOREVER, 2, 50);
	CHECK_EQ(unit_write(w, 1), 0);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	CHECK_EQ(unit_poll(r), 0);
	CHECK(kc_room_deadline(&room));
	CHECK_EQ(unit_write(w, 1), 0);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS | KC_WAKE_LAZY);
	CHECK_EQ(unit_poll(r), KC_POLL_IN);
	unit_end();

	lazy(KC_RING_START, KCHAT_PATIENCE_FOREVER, 1, 50);
	CHECK_EQ(unit_write(w, 1), 0);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	CHECK_EQ(unit_poll(r), KC_POLL_IN);
	unit_end();
}

/* Once lazy, always called with them: without a mark for every byte */
static void no_more(void)
{
	struct kchat_options options;

	lazy(KC_RING_START, KCHAT_PATIENCE_FOREVER, 100, 70);
	kc_member_get_options(r, &options);
	CHECK_EQ(options.low_water, 100);
	CHECK_EQ(options.low_water_ms, 70);
	CHECK_EQ(unit_write(w, 10), 0);
	unit_settle();
	CHECK_EQ(unit_poll(r), 0);
	CHECK_EQ(water(r, 0, 0, 0), 0);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS | KC_WAKE_LAZY);
	CHECK_EQ(unit_poll(r), KC_POLL_IN);
	unit_drain(r);
	CHECK_EQ(unit_poll(r), 0);
	CHECK_EQ(unit_settle(), 0);
	CHECK_EQ(unit_write(w, 1), 0);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS | KC_WAKE_LAZY);
	CHECK_EQ(unit_poll(r), KC_POLL_IN);
	CHECK_EQ(water(w, 0, 2, 0), -EBADF);
	CHECK_EQ(water(w, 0, 0, 1), -EBADF);
	unit_end();
}

/* One's own quiet messages are not to be read, so they fill nothing up */
static void own_and_events(void)
{
	const u32 flags = KCHAT_OPTION_RECORDS | KCHAT_OPTION_EVENTS |
			  KCHAT_OPTION_NO_ECHO;
	struct kc_member *q;
	struct kc_plan plan;

	lazy(KC_RING_START, KCHAT_PATIENCE_FOREVER, 2, 0);
	q = unit_open(KC_READS | KC_WRITES);
	CHECK_EQ(water(q, flags, 100, 20), 0);
	unit_settle();
	CHECK_EQ(unit_poll(q), KC_POLL_OUT);
	CHECK_EQ(unit_write(q, 1000), 0);
	unit_settle();
	CHECK_EQ(unit_poll(q), KC_POLL_OUT);
	CHECK_EQ(unit_write(w, 60), 0);
	CHECK_EQ(unit_write(q, 1000), 0);
	unit_settle();
	CHECK_EQ(unit_poll(q), KC_POLL_OUT);
	CHECK_EQ(unit_write(w, 40), 0);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS | KC_WAKE_LAZY);
	CHECK_EQ(unit_poll(q), KC_POLL_IN | KC_POLL_OUT);
	unit_end();

	lazy(KC_RING_START, KCHAT_PATIENCE_FOREVER, 2, 0);
	q = unit_open(KC_READS | KC_WRITES);
	CHECK_EQ(water(q, flags, 100, 20), 0);
	unit_settle();
	CHECK_EQ(unit_poll(q), KC_POLL_OUT);
	unit_open(KC_READS);
	/* An event counts at once */
	CHECK_EQ(unit_settle(), KC_WAKE_READERS | KC_WAKE_LAZY);
	CHECK_EQ(unit_poll(q), KC_POLL_IN | KC_POLL_OUT);
	CHECK_EQ(kc_member_plan(q, 56, &plan), 1);
	CHECK_EQ(kc_member_commit(q, &plan, 56), 0);
	/* Also when a message, too little to wake, stood before it until now */
	CHECK_EQ(unit_write(w, 9), 0);
	unit_open(KC_READS);
	unit_settle();
	CHECK_EQ(unit_poll(q), KC_POLL_OUT);
	CHECK_EQ(kc_member_plan(q, 56, &plan), 1);
	CHECK_EQ(kc_member_commit(q, &plan, 56), 0);
	CHECK_EQ(unit_settle(), KC_WAKE_LAZY);
	CHECK_EQ(unit_poll(q), KC_POLL_IN | KC_POLL_OUT);
	unit_end();
}

static const struct tap_test tests[] = {
	UNIT_ROWS("O8 enough bytes", bytes),
	UNIT_ROWS("O8 old enough", age),
	{ "O8 whatever the clock says", clocks, 0 },
	{ "O8 for weeks", weeks, 0 },
	UNIT_ROWS("O8 a writer waits for room", writers),
	UNIT_ROWS("O8 a writer waits for what was there before", writers_of_old),
	UNIT_ROWS("O8 nothing to read while a writer waits", nobodys_hope),
	UNIT_ROWS("O8 a loss, and the end", losses_and_the_end),
	UNIT_ROWS("O8 no time is watched after the end", no_time_after_the_end),
	UNIT_ROWS("O8 the hindmost is lapped", the_hindmost),
	{ "O8 two lazy readers, one of them by time", one_in_time, 0 },
	{ "O8 several lazy readers", several, 0 },
	{ "O8 the smallest mark", smallest, 0 },
	{ "O8 a mark that is taken back", no_more, 0 },
	{ "O8 one's own, and events", own_and_events, 0 },
	UNIT_END
};

int main(int argc, char **argv)
{
	return tap_main(argc, argv, tests);
}
