// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The room: patience, lapping, and losses told to the byte.
 */
#include "config.h"

#include "unit.h"

#define PATIENCE 5000

static struct kc_member *w, *a, *b;

/* Three records fill the ring; @a claims all, @b all but the first */
static void full_room(u64 start, u32 patience)
{
	unit_now = 1000 * MS;
	unit_room(start, patience);
	w = unit_open(KC_WRITES);
	a = unit_open(KC_READS);
	b = unit_open(KC_READS);
	CHECK_EQ(unit_write(w, 10000), 0);
	CHECK_EQ(unit_write(w, 20000), 0);
	CHECK_EQ(unit_write(w, MAX), 0);
	unit_expect(b, 1, 0, 10000);
	CHECK_EQ(unit_write(w, SIZE - (u32)(room.ring.head - a->pos) -
				(u32)sizeof(struct kc_record)), 0);
	CHECK_EQ(room.ring.head - a->pos, SIZE);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
}

static void queue(struct kc_turn *turn, u32 len)
{
	CHECK_EQ(unit_admit(w, len), -EAGAIN);
	kc_turn_init(turn, len);
	kc_turn_join(turn, &room);
}

static void serve(struct kc_turn *turn)
{
	CHECK_EQ(kc_room_admit(&room, w, turn->len, turn), 0);
	unit_publish(w, turn->len);
	kc_turn_served(turn);
}

static void told(struct kc_member *member, u64 messages, u64 bytes)
{
	u64 messages_before = member->lost_messages;
	u64 bytes_before = member->lost_bytes;
	u8 byte;

	CHECK_EQ(unit_poll(member) & (KC_POLL_IN | KC_POLL_PRI),
		 KC_POLL_IN | KC_POLL_PRI);
	CHECK_EQ(unit_read(member, 1, &byte), -EPIPE);
	CHECK_EQ(unit_read(member, 1, &byte), -EPIPE);
	kc_member_told(member);
	CHECK_EQ(member->lost_messages - messages_before, messages);
	CHECK_EQ(member->lost_bytes - bytes_before, bytes);
	CHECK(!(unit_poll(member) & KC_POLL_PRI));
	/* Once: another telling has nothing to say */
	kc_member_told(member);
	CHECK_EQ(member->lost_messages - messages_before, messages);
	unit_check();
}

/* --- patience ----------------------------------------------------------- */

static void forever(u64 start)
{
	struct kc_turn turn;

	full_room(start, KCHAT_PATIENCE_FOREVER);
	queue(&turn, 1);
	CHECK_EQ(unit_settle(), 0);
	CHECK_EQ(kc_room_deadline(&room), 0);
	unit_now += 1000000000ULL * MS;
	CHECK_EQ(unit_settle(), 0);
	CHECK(a->claimed && b->claimed);
	kc_turn_leave(&turn);
	unit_settle();
	unit_end();
}
UNIT_TEST(forever)

static void none(u64 start)
{
	full_room(start, 0);
	/* Not even a moment: and only the one in the way */
	CHECK_EQ(unit_poll(w), KC_POLL_OUT);
	CHECK_EQ(unit_admit(w, 10000), 0);
	CHECK(!a->claimed);
	CHECK(b->claimed);
	CHECK(kc_room_would_lap(&room, 10000));
	unit_publish(w, 10000);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	CHECK_EQ(kc_room_deadline(&room), 0);
	told(a, 1, 10000);
	CHECK(a->claimed);
	unit_expect(a, 2, 0, 20000);
	unit_expect(b, 2, 0, 20000);
	/* Both in the way now */
	CHECK_EQ(unit_write(w, MAX), 0);
	unit_settle();
	told(a, 1, MAX);
	told(b, 1, MAX);
	unit_drain(a);
	unit_drain(b);
	CHECK_EQ(a->lost_messages, 2);
	CHECK_EQ(b->lost_messages, 1);
	unit_end();
}
UNIT_TEST(none)

static void by_wait(void)
{
	static struct kc_turn turn;

	queue(&turn, 10000);
}

static void by_eagain(void)
{
	CHECK_EQ(unit_admit(w, 10000), -EAGAIN);
	kc_room_refuse(&room, w, 10000);
}

static void by_poll(void)
{
	CHECK_EQ(unit_poll(w), 0);
}

/* The clock starts with the first that finds no room, however it asked */
static void clock_starts(u64 start, void (*ask)(void), unsigned int wake)
{
	u64 began;

	full_room(start, PATIENCE);
	unit_now += 60000 * MS;		/* full, but nobody asks */
	CHECK_EQ(unit_settle(), 0);
	CHECK_EQ(kc_room_deadline(&room), 0);

	unit_now += 7;
	began = unit_now;
	ask();
	CHECK_EQ(unit_settle(), 0);
	CHECK_EQ(kc_room_deadline(&room), began + PATIENCE * MS);
	/* Later comers, partial reads and settling do not change it */
	unit_now += 2000 * MS;
	CHECK_EQ(unit_admit(w, 500), -EAGAIN);
	kc_room_refuse(&room, w, 500);
	CHECK_EQ(unit_settle(), 0);
	unit_expect(a, 1, 0, 9000);
	CHECK_EQ(unit_settle(), 0);
	unit_now = began + PATIENCE * MS - 1;
	unit_expect(a, 1, 9000, 999);
	CHECK_EQ(unit_settle(), 0);
	CHECK_EQ(kc_room_deadline(&room), began + PATIENCE * MS);
	CHECK(a->claimed && b->claimed);
	unit_now++;
	CHECK_EQ(unit_settle(), wake);
	CHECK(!a->claimed);
	CHECK(b->claimed);
	CHECK_EQ(kc_room_deadline(&room), 0);
	/* Lapped is only what is overwritten: nothing yet */
	unit_expect(a, 1, 9999, 1);
	CHECK_EQ(a->lost_messages, 0);
}

static void clock_wait(u64 start)
{
	struct kc_turn *turn;

	clock_starts(start, by_wait, KC_WAKE_TURN);
	turn = kc_room_first_turn(&room);
	serve(turn);
	CHECK_EQ(unit_settle() & KC_WAKE_READERS, KC_WAKE_READERS);
	unit_end();
}
UNIT_TEST(clock_wait)

static void clock_eagain(u64 start)
{
	clock_starts(start, by_eagain, KC_WAKE_WRITERS);
	CHECK_EQ(unit_write(w, 10000), 0);
	unit_end();
}
UNIT_TEST(clock_eagain)

static void clock_poll(u64 start)
{
	clock_starts(start, by_poll, KC_WAKE_WRITERS);
	CHECK_EQ(unit_write(w, KCHAT_POLLOUT_LEN), 0);
	unit_end();
}
UNIT_TEST(clock_poll)

/* Nobody waits any more when who was refused has written, though no more fits */
static void served(u64 start)
{
	full_room(start, PATIENCE);
	CHECK_EQ(unit_admit(w, 10000), -EAGAIN);
	kc_room_refuse(&room, w, 10000);
	CHECK_EQ(unit_settle(), 0);
	unit_expect(a, 1, 0, 10000);
	CHECK_EQ(unit_settle(), KC_WAKE_WRITERS);
	CHECK_EQ(unit_write(w, 10000), 0);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	CHECK_EQ(unit_admit(w, KCHAT_POLLOUT_LEN), -EAGAIN);
	CHECK_EQ(kc_room_deadline(&room), 0);
	unit_end();
}
UNIT_TEST(served)

/* Space in time stops the clock */
static void in_time(u64 start)
{
	struct kc_turn turn;

	full_room(start, PATIENCE);
	queue(&turn, 10000);
	CHECK_EQ(unit_settle(), 0);
	unit_now += (PATIENCE - 1) * MS;
	unit_expect(a, 1, 0, 10000);
	CHECK_EQ(unit_settle(), KC_WAKE_TURN);
	serve(&turn);
	unit_settle();
	CHECK_EQ(kc_room_deadline(&room), 0);
	unit_now += PATIENCE * MS;
	CHECK_EQ(unit_settle(), 0);
	CHECK(a->claimed && b->claimed);
	/* A new wait has the whole patience */
	queue(&turn, 10000);
	CHECK_EQ(unit_settle(), 0);
	CHECK_EQ(kc_room_deadline(&room), unit_now + PATIENCE * MS);
	kc_turn_leave(&turn);
	unit_settle();
	unit_end();
}
UNIT_TEST(in_time)

/*
 * A reader that outlasted the patience does not get its claim back by reading
 * a byte between the call and the coming of the writer.
 */
static void no_reprieve(u64 start)
{
	struct kc_turn turn;
	int i;

	full_room(start, PATIENCE);
	queue(&turn, 10000);
	CHECK_EQ(unit_settle(), 0);
	unit_now += PATIENCE * MS;
	CHECK_EQ(unit_settle(), KC_WAKE_TURN);
	for (i = 0; i < 3; i++) {
		unit_expect(a, 1, (u32)i, 1);
		unit_settle();
	}
	serve(&turn);
	unit_settle();
	told(a, 1, 10000 - 3);
	unit_end();
}
UNIT_TEST(no_reprieve)

/* ... nor by reading a whole one, when the next is in the way as well */
static void no_reprieve_whole(u64 start)
{
	struct kc_turn turn;

	full_room(start, PATIENCE);
	queue(&turn, MAX);
	CHECK_EQ(unit_settle(), 0);
	unit_now += PATIENCE * MS;
	CHECK_EQ(unit_settle(), KC_WAKE_TURN);
	CHECK(!a->claimed && !b->claimed);
	unit_expect(a, 1, 0, 10000);
	unit_expect(b, 2, 0, 20000);
	unit_settle();
	serve(&turn);
	unit_settle();
	told(a, 2, 20000 + MAX);
	told(b, 1, MAX);
	CHECK(a->claimed && b->claimed);
	unit_end();
}
UNIT_TEST(no_reprieve_whole)

/* Looking for input asks nobody for space */
static void input_only(u64 start)
{
	struct kc_member *both;

	full_room(start, PATIENCE);
	both = unit_open(KC_READS | KC_WRITES);
	CHECK_EQ(kc_member_poll(both, KC_POLL_IN, 1), 0);
	CHECK_EQ(unit_settle(), 0);
	CHECK_EQ(kc_room_deadline(&room), 0);
	unit_now += 2 * PATIENCE * MS;
	CHECK_EQ(unit_settle(), 0);
	CHECK(a->claimed && b->claimed);
	unit_end();
}
UNIT_TEST(input_only)

/* Space for a short message does not stop the clock of a long one */
static void longest(u64 start)
{
	struct kc_member *other;
	u64 began = 0;
	int i;

	full_room(start, PATIENCE);
	other = unit_open(KC_WRITES);
	CHECK_EQ(unit_admit(w, MAX), -EAGAIN);
	kc_room_refuse(&room, w, MAX);
	CHECK_EQ(unit_settle(), 0);
	began = unit_now;
	for (i = 0; i < 4; i++) {
		unit_now += PATIENCE * MS / 5;
		CHECK_EQ(unit_admit(other, 1), i < 3 ? -EAGAIN : 0);
		if (i < 3)
			kc_room_refuse(&room, other, 1);
		else
			unit_publish(other, 1);
		if (i == 2) {
			unit_expect(a, 1, 0, 10000);
			CHECK_EQ(unit_settle(), KC_WAKE_WRITERS);
			CHECK_EQ(unit_poll(w), 0);
		}
		unit_settle();
		CHECK_EQ(kc_room_deadline(&room), began + PATIENCE * MS);
	}
	unit_now = began + PATIENCE * MS;
	unit_settle();
	CHECK_EQ(unit_write(w, MAX), 0);
	unit_end();
}
UNIT_TEST(longest)

/* Waits that are broken off and begun again are one wait to the room */
static void interrupted(u64 start)
{
	struct kc_turn turn;
	int i;

	full_room(start, PATIENCE);
	for (i = 0; i < 5; i++) {
		queue(&turn, 10000);
		CHECK_EQ(unit_settle(), 0);
		unit_now += PATIENCE * MS / 5;
		kc_turn_leave(&turn);
		if (i < 4)
			CHECK_EQ(unit_settle(), 0);
	}
	unit_settle();
	CHECK_EQ(unit_admit(w, 10000), 0);
	unit_end();
}
UNIT_TEST(interrupted)

/* One reader stopped for good costs its patience once, not once a message */
static void stopped(u64 start)
{
	struct kc_turn turn;
	u64 began;
	int i;

	full_room(start, PATIENCE);
	unit_close(b);
	began = unit_now;
	for (i = 0; i < 1000; i++) {
		if (unit_write(w, 5000) == -EAGAIN) {
			queue(&turn, 5000);
			while (!(unit_settle() & KC_WAKE_TURN)) {
				CHECK(kc_room_deadline(&room) > unit_now);
				unit_now = kc_room_deadline(&room);
			}
			serve(&turn);
		}
		unit_settle();
	}
	CHECK_EQ(unit_now - began, PATIENCE * MS);
	told(a, room.tail_seq - 1, room.tail_bytes);
	unit_end();
}
UNIT_TEST(stopped)

/* --- losses ------------------------------------------------------------- */

static void counts(u64 start)
{
	struct kc_plan plan;

	full_room(start, 0);
	unit_expect(a, 1, 0, 10000);
	unit_expect(a, 2, 0, 1234);
	CHECK_EQ(kc_member_plan(a, 5000, &plan), 1);
	unit_expect(b, 2, 0, 20000);
	CHECK_EQ(unit_write(w, 25000), 0);	/* costs 1 and 2 */
	unit_settle();
	/* What is copied meanwhile is worth nothing */
	CHECK_EQ(kc_member_commit(a, &plan, 5000), -ESTALE);
	/* The rest of 2, counted as one message */
	told(a, 1, 20000 - 1234);
	CHECK_EQ(kc_member_commit(a, &plan, 5000), -ESTALE);
	CHECK_EQ(a->seq, 3);
	CHECK_EQ(a->off, 0);
	CHECK_EQ(b->lost_messages, 0);
	unit_expect(a, 3, 0, MAX);
	unit_expect(b, 3, 0, MAX);

	/* Several whole ones */
	while (room.tail_seq < 6)
		CHECK_EQ(unit_write(w, 30000), 0);
	unit_settle();
	CHECK_EQ(room.tail_seq, 6);
	told(a, 2, room.tail_bytes - 10000 - 20000 - MAX);
	told(b, 2, room.tail_bytes - 10000 - 20000 - MAX);
	CHECK_EQ(a->lost_messages, 3);
	unit_drain(a);
	CHECK(a->seq == room.next_seq && a->bytes == room.head_bytes);
	unit_end();
}
UNIT_TEST(counts)

/* A lapped reader holds nobody back until it was told; then it claims again */
static void until_told(u64 start)
{
	struct kc_turn turn;
	int i;

	full_room(start, PATIENCE);
	unit_close(b);
	queue(&turn, 1);
	unit_settle();
	unit_now += PATIENCE * MS;
	CHECK_EQ(unit_settle(), KC_WAKE_TURN);
	serve(&turn);
	unit_settle();
	for (i = 0; i < 10; i++)
		CHECK_EQ(unit_write(w, MAX), 0);
	unit_settle();
	CHECK(!a->claimed);
	told(a, room.tail_seq - 1, room.tail_bytes);
	CHECK(a->claimed);
	CHECK(a->pos == room.ring.tail);
	CHECK_EQ(unit_write(w, MAX), -EAGAIN);
	/* A new wait, and it is lapped and told again */
	queue(&turn, MAX);
	CHECK_EQ(unit_settle(), 0);
	unit_now += PATIENCE * MS;
	CHECK_EQ(unit_settle(), KC_WAKE_TURN);
	serve(&turn);
	unit_settle();
	told(a, room.tail_seq - a->seq, room.tail_bytes - a->bytes);
	unit_end();
}
UNIT_TEST(until_told)

static void lossy(u64 start)
{
	u8 *buf = malloc(MAX);
	int i;

	CHECK(buf);
	full_room(start, KCHAT_PATIENCE_FOREVER);
	a->lossy = true;
	unit_drain(a);			/* from its next move on */
	CHECK(!a->claimed);
	unit_drain(b);
	unit_check();
	for (i = 0; i < 5; i++) {
		CHECK_EQ(unit_write(w, MAX), 0);
		unit_drain(b);
		unit_settle();
	}
	told(a, room.tail_seq - 5, room.tail_bytes - a->bytes);
	CHECK(!a->claimed);
	CHECK_EQ(unit_read(a, 10, buf), 10);
	CHECK_EQ(unit_write(w, MAX), 0);
	told(a, 1, MAX - 10);
	/* Nobody else has become lossy by it */
	CHECK_EQ(unit_write(w, MAX), -EAGAIN);
	CHECK_EQ(b->lost_messages, 0);
	free(buf);
	unit_end();
}
UNIT_TEST(lossy)

/* What is left is read after the end, a loss is told before */
static void lapped_at_end(u64 start)
{
	struct kc_plan plan;

	full_room(start, 0);
	CHECK_EQ(unit_write(w, 10000), 0);
	kc_room_end(&room);
	unit_settle();
	CHECK_EQ(unit_poll(a), KC_POLL_IN | KC_POLL_PRI | KC_POLL_HUP);
	told(a, 1, 10000);
	unit_expect(a, 2, 0, 20000);
	unit_expect(a, 3, 0, MAX);
	while (kc_member_plan(a, MAX, &plan) == 1)
		CHECK_EQ(kc_member_commit(a, &plan, plan.bytes), 0);
	CHECK_EQ(kc_member_plan(a, MAX, &plan), 0);
	unit_end();
}
UNIT_TEST(lapped_at_end)

/* --- work --------------------------------------------------------------- */

/*
 * In a big room of one-byte messages, reading them one by one, and lapping a
 * reader with each message, is quick: no step looks at the whole ring. Were it
 * otherwise these tests would run for hours.
 */
static void big_room(u32 patience, u32 *ret_messages)
{
	const u32 size = 16U << 20;
	u32 i;

	*ret_messages = size / kc_record_size(1);
	kc_room_init(&room, malloc(kc_ring_memory(size)), size, KC_RING_START);
	CHECK(room.ring.buf);
	room.patience = patience;
	w = unit_open(KC_WRITES);
	a = unit_open(KC_READS);
	for (i = 0; i < *ret_messages; i++)
		CHECK_EQ(unit_write(w, 1), 0);
}

static void quick_reading(void)
{
	u32 i, n;
	u8 byte;

	big_room(KCHAT_PATIENCE_FOREVER, &n);
	for (i = 0; i < n; i++)
		CHECK_EQ(unit_read(a, 1, &byte), 1);
	CHECK_EQ(unit_read(a, 1, &byte), -EAGAIN);
}

static void quick_lapping(void)
{
	u32 i, n;

	big_room(0, &n);
	for (i = 0; i < n; i++) {
		CHECK_EQ(unit_write(w, 1), 0);
		kc_room_settle(&room, unit_now);
		kc_member_told(a);
	}
	CHECK(a->lost_messages > n - 2);
}

static const struct tap_test tests[] = {
	UNIT_ROWS("W2 patience forever laps nobody", forever),
	UNIT_ROWS("W2 patience 0 laps at once, exactly who is in the way",
		  none),
	UNIT_ROWS("W2 the clock starts with a wait", clock_wait),
	UNIT_ROWS("W2 the clock starts with EAGAIN", clock_eagain),
	UNIT_ROWS("W2 the clock starts with a withheld POLLOUT", clock_poll),
	UNIT_ROWS("W2 the clock stands once who was refused has written",
		  served),
	UNIT_ROWS("W2 space in time stops the clock", in_time),
	UNIT_ROWS("W2 no reprieve by reading a byte", no_reprieve),
	UNIT_ROWS("W2 no reprieve by reading a message in the way",
		  no_reprieve_whole),
	UNIT_ROWS("W2 polling for input starts no clock", input_only),
	UNIT_ROWS("W2 the clock runs for the longest refused", longest),
	UNIT_ROWS("W2 interrupted waits do not reset the clock", interrupted),
	UNIT_ROWS("W2 a stopped reader costs its patience once", stopped),
	UNIT_ROWS("W3 losses are told once and counted to the byte", counts),
	UNIT_ROWS("W3 a lapped reader holds nobody back until told",
		  until_told),
	UNIT_ROWS("W4 a lossy reader", lossy),
	UNIT_ROWS("C2 a loss is told before the end", lapped_at_end),
	{ "reading takes the same time however much is unread",
	  quick_reading, 60 },
	{ "lapping takes the same time however much is kept",
	  quick_lapping, 60 },
	UNIT_END
};

int main(int argc, char **argv)
{
	return tap_main(argc, argv, tests);
}
