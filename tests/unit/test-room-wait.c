// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The room: turns, refusals, polls, and who is woken.
 */
#include "config.h"

#include "unit.h"

static struct kc_member *w, *reader;

/* A room filled to the last byte by messages 1 (the longest) and 2 */
static void full_room(u64 start)
{
	unit_room(start, KCHAT_PATIENCE_FOREVER);
	w = unit_open(KC_READS | KC_WRITES);
	reader = unit_open(KC_READS);
	CHECK_EQ(unit_write(w, MAX), 0);
	CHECK_EQ(unit_write(w, unit_rest()), 0);
	unit_drain(w);
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

/* --- turns -------------------------------------------------------------- */

static void fifo(u64 start)
{
	struct kc_turn first, second, third;

	full_room(start);
	CHECK(!kc_room_first_turn(&room));
	queue(&first, MAX);
	queue(&second, 1);
	queue(&third, 1);
	CHECK_EQ(unit_settle(), 0);
	CHECK(kc_room_first_turn(&room) == &first);

	/* Room for the short ones, not for the long one: nobody overtakes */
	unit_close(reader);
	reader = unit_open(KC_READS);
	unit_drain(w);
	CHECK_EQ(unit_settle(), KC_WAKE_TURN);
	CHECK_EQ(kc_room_admit(&room, w, 1, &second), -EAGAIN);
	CHECK_EQ(kc_room_admit(&room, w, 1, &third), -EAGAIN);
	CHECK_EQ(unit_admit(w, 1), -EAGAIN);
	CHECK_EQ(unit_settle(), 0);
	serve(&first);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS | KC_WAKE_TURN);
	CHECK(kc_room_first_turn(&room) == &second);
	CHECK_EQ(kc_room_admit(&room, w, 1, &third), -EAGAIN);
	serve(&second);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS | KC_WAKE_TURN);
	serve(&third);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	CHECK(!kc_room_first_turn(&room));
	CHECK_EQ(unit_write(w, 1), 0);
	unit_end();
}
UNIT_TEST(fifo)

static void short_behind_long(u64 start)
{
	struct kc_turn first, second;

	full_room(start);
	queue(&first, MAX);
	queue(&second, 1);
	CHECK_EQ(unit_settle(), 0);
	/* Only the first message goes: MAX bytes fit exactly, no byte more */
	unit_expect(reader, 1, 0, MAX - 1);
	CHECK_EQ(unit_settle(), 0);
	CHECK_EQ(kc_room_admit(&room, w, 1, &second), -EAGAIN);
	unit_expect(reader, 1, MAX - 1, 1);
	CHECK_EQ(unit_settle(), KC_WAKE_TURN);
	serve(&first);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	CHECK_EQ(kc_room_admit(&room, w, 1, &second), -EAGAIN);
	unit_drain(w);
	CHECK_EQ(unit_settle(), 0);
	unit_expect(reader, 2, 0, unit_rest());
	CHECK_EQ(unit_settle(), KC_WAKE_TURN);
	serve(&second);
	unit_settle();
	unit_end();
}
UNIT_TEST(short_behind_long)

static void called_once(u64 start)
{
	struct kc_turn turn;
	u8 *buf = malloc(MAX);

	CHECK(buf);
	full_room(start);
	queue(&turn, 1000);
	CHECK_EQ(unit_settle(), 0);
	CHECK_EQ(unit_read(reader, MAX, buf), MAX);
	CHECK_EQ(unit_settle(), KC_WAKE_TURN);
	/* It is on its way: more space is no news */
	CHECK_EQ(unit_read(reader, MAX, buf), unit_rest());
	CHECK_EQ(unit_settle(), 0);
	unit_poll(w);
	CHECK_EQ(unit_settle(), 0);
	serve(&turn);
	unit_settle();
	free(buf);
	unit_end();
}
UNIT_TEST(called_once)

/* Called, but the space is gone when it comes: it is called again */
static void called_again(u64 start)
{
	struct kc_turn turn;

	full_room(start);
	queue(&turn, MAX);
	unit_expect(reader, 1, 0, MAX);
	CHECK_EQ(unit_settle(), KC_WAKE_TURN);
	CHECK(turn.called);
	/* An ended wait begins anew, now for more than there is */
	kc_turn_leave(&turn);
	CHECK_EQ(unit_write(w, 10), 0);
	queue(&turn, MAX);
	CHECK(!turn.called);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	CHECK_EQ(kc_room_admit(&room, w, MAX, &turn), -EAGAIN);
	CHECK_EQ(unit_settle(), 0);
	unit_expect(reader, 2, 0, unit_rest());
	unit_drain(w);
	CHECK_EQ(unit_settle(), KC_WAKE_TURN);
	serve(&turn);
	unit_settle();
	unit_end();
}
UNIT_TEST(called_again)

/* Called, and before it comes a reader that claimed nothing claims again */
static void claimed_again(u64 start)
{
	struct kc_turn turn;

	full_room(start);
	reader->lossy = true;
	unit_expect(reader, 1, 0, MAX);
	reader->lossy = false;
	CHECK_EQ(unit_write(w, MAX), 0);
	unit_drain(w);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	kc_turn_init(&turn, MAX);
	kc_turn_join(&turn, &room);
	CHECK_EQ(unit_settle(), KC_WAKE_TURN);
	unit_expect(reader, 2, 0, unit_rest());
	CHECK_EQ(unit_settle(), 0);
	CHECK_EQ(kc_room_admit(&room, w, MAX, &turn), -EAGAIN);
	unit_expect(reader, 3, 0, MAX);
	CHECK_EQ(unit_settle(), KC_WAKE_TURN);
	serve(&turn);
	unit_settle();
	unit_end();
}
UNIT_TEST(claimed_again)

static void interrupted(u64 start)
{
	struct kc_turn first, second, third;

	full_room(start);
	queue(&first, MAX);
	queue(&second, 10);
	queue(&third, 10);
	CHECK_EQ(unit_settle(), 0);
	/* One in the middle goes: nothing changes for the others */
	kc_turn_leave(&second);
	CHECK_EQ(unit_settle(), 0);
	CHECK(kc_room_first_turn(&room) == &first);
	unit_expect(reader, 1, 0, MAX);
	CHECK_EQ(unit_settle(), KC_WAKE_TURN);
	/* The first was called and does not come */
	kc_turn_leave(&first);
	CHECK_EQ(unit_settle(), KC_WAKE_TURN);
	CHECK(kc_room_first_turn(&room) == &third);
	CHECK(third.called);
	/* Who left and comes back stands behind, and is to be called again */
	first.len = 10;
	kc_turn_join(&first, &room);
	CHECK_EQ(kc_room_admit(&room, w, 10, &first), -EAGAIN);
	CHECK_EQ(unit_settle(), 0);
	serve(&third);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS | KC_WAKE_TURN);
	serve(&first);
	unit_settle();
	kc_turn_served(&first);		/* twice does no harm */
	kc_turn_leave(&first);
	CHECK_EQ(unit_settle(), 0);
	unit_end();
}
UNIT_TEST(interrupted)

/* The first in line wants too much, gives up, and the next would fit */
static void first_gives_up(u64 start)
{
	struct kc_turn first, second;

	unit_room(start, KCHAT_PATIENCE_FOREVER);
	w = unit_open(KC_WRITES);
	reader = unit_open(KC_READS);
	CHECK_EQ(unit_write(w, MAX), 0);
	unit_settle();
	queue(&first, MAX);
	queue(&second, 100);
	CHECK_EQ(unit_settle(), 0);
	kc_turn_leave(&first);
	CHECK_EQ(unit_settle(), KC_WAKE_TURN);
	serve(&second);
	unit_settle();
	unit_end();
}
UNIT_TEST(first_gives_up)

/* --- refusals and polls ------------------------------------------------- */

static void poll_input(u64 start)
{
	unit_room(start, KCHAT_PATIENCE_FOREVER);
	w = unit_open(KC_READS | KC_WRITES);
	reader = unit_open(KC_READS);
	CHECK_EQ(unit_poll(reader), 0);
	CHECK_EQ(unit_poll(w), KC_POLL_OUT);
	CHECK_EQ(unit_settle(), 0);
	CHECK_EQ(unit_write(w, 2), 0);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	CHECK_EQ(unit_poll(reader), KC_POLL_IN);
	CHECK_EQ(unit_poll(w), KC_POLL_IN | KC_POLL_OUT);
	unit_expect(reader, 1, 0, 1);
	CHECK_EQ(unit_poll(reader), KC_POLL_IN);
	unit_expect(reader, 1, 1, 1);
	CHECK_EQ(unit_poll(reader), 0);
	CHECK_EQ(unit_settle(), 0);
	unit_end();
}
UNIT_TEST(poll_input)

/* POLLOUT: exactly when 4,096 bytes fit */
static void poll_output(u64 start)
{
	u32 need = kc_record_size(KCHAT_POLLOUT_LEN);
	u32 head = (u32)sizeof(struct kc_record);

	unit_room(start, KCHAT_PATIENCE_FOREVER);
	w = unit_open(KC_WRITES);
	reader = unit_open(KC_READS);
	CHECK_EQ(unit_write(w, 16), 0);
	CHECK_EQ(unit_write(w, MAX), 0);
	CHECK_EQ(unit_write(w, SIZE - need - kc_record_size(16) -
				kc_record_size(MAX) - head), 0);
	CHECK_EQ(SIZE - (room.ring.head - reader->pos), need);
	CHECK_EQ(unit_poll(w), KC_POLL_OUT);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	CHECK_EQ(unit_write(w, 1), 0);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	CHECK_EQ(unit_poll(w), 0);
	CHECK_EQ(unit_settle(), 0);
	CHECK_EQ(unit_poll(w), 0);
	CHECK_EQ(unit_settle(), 0);
	unit_expect(reader, 1, 0, 15);
	CHECK_EQ(unit_settle(), 0);
	unit_expect(reader, 1, 15, 1);
	CHECK_EQ(unit_settle(), KC_WAKE_WRITERS);
	CHECK_EQ(unit_poll(w), KC_POLL_OUT);
	/* Once: nobody has been turned away since */
	unit_expect(reader, 2, 0, MAX);
	CHECK_EQ(unit_settle(), 0);
	unit_end();
}
UNIT_TEST(poll_output)

/* Who does not ask for output is not called for it */
static void not_asked(u64 start)
{
	full_room(start);
	CHECK_EQ(kc_member_poll(w, 0, 1), 0);
	CHECK_EQ(kc_member_poll(w, KC_POLL_IN, 1), 0);
	unit_drain(reader);
	CHECK_EQ(unit_settle(), 0);
	CHECK_EQ(kc_member_poll(w, 0, 1), KC_POLL_OUT);
	unit_end();
}
UNIT_TEST(not_asked)

/* After EAGAIN for n bytes POLLOUT speaks of n */
static void refused(u64 start)
{
	unit_room(start, KCHAT_PATIENCE_FOREVER);
	w = unit_open(KC_WRITES);
	reader = unit_open(KC_READS);
	CHECK_EQ(unit_write(w, 10000), 0);
	CHECK_EQ(unit_write(w, MAX), 0);
	CHECK_EQ(unit_admit(w, 60000), -EAGAIN);
	CHECK_EQ(unit_poll(w), KC_POLL_OUT);
	kc_room_refuse(&room, w, 60000);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	CHECK_EQ(unit_poll(w), 0);
	CHECK_EQ(unit_settle(), 0);
	unit_expect(reader, 1, 0, 10000);
	CHECK_EQ(unit_settle(), KC_WAKE_WRITERS);
	CHECK_EQ(unit_poll(w), KC_POLL_OUT);
	/* An accepted message: back to 4,096 */
	CHECK_EQ(unit_write(w, 30000), 0);
	CHECK_EQ(unit_admit(w, 60000), -EAGAIN);
	CHECK_EQ(unit_poll(w), KC_POLL_OUT);
	CHECK(unit_settle() & KC_WAKE_READERS);

	/* Fewer than 4,096: POLLOUT as soon as so few fit */
	CHECK_EQ(unit_write(w, SIZE - (u32)(room.ring.head - reader->pos) -
				(u32)sizeof(struct kc_record)), 0);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	CHECK_EQ(unit_admit(w, 1), -EAGAIN);
	kc_room_refuse(&room, w, 1);
	CHECK_EQ(unit_settle(), 0);
	unit_expect(reader, 2, 0, MAX);
	CHECK_EQ(unit_settle(), KC_WAKE_WRITERS);
	unit_end();
}
UNIT_TEST(refused)

/* Who never wanted more than 4,096 bytes changes nothing for who does */
static void modest(u64 start)
{
	struct kc_member *other;

	unit_room(start, KCHAT_PATIENCE_FOREVER);
	w = unit_open(KC_WRITES);
	other = unit_open(KC_WRITES);
	reader = unit_open(KC_READS);
	CHECK_EQ(unit_write(w, 10000), 0);
	CHECK_EQ(unit_write(w, MAX), 0);
	CHECK_EQ(unit_admit(w, 60000), -EAGAIN);
	kc_room_refuse(&room, w, 60000);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	CHECK_EQ(unit_write(other, 1000), 0);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	unit_expect(reader, 1, 0, 10000);
	CHECK_EQ(unit_settle(), KC_WAKE_WRITERS);
	unit_end();
}
UNIT_TEST(modest)

/* The shortest of those turned away decides when to call them all */
static void shortest(u64 start)
{
	struct kc_member *other;

	full_room(start);
	other = unit_open(KC_WRITES);
	CHECK_EQ(unit_admit(w, MAX), -EAGAIN);
	kc_room_refuse(&room, w, MAX);
	CHECK_EQ(unit_admit(other, 8), -EAGAIN);
	kc_room_refuse(&room, other, 8);
	CHECK_EQ(unit_settle(), 0);
	unit_expect(reader, 1, 0, MAX);
	unit_expect(reader, 2, 0, 1);
	CHECK_EQ(unit_write(other, 30000), 0);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS | KC_WAKE_WRITERS);
	CHECK_EQ(unit_poll(w) & KC_POLL_OUT, 0);
	CHECK_EQ(unit_poll(other), KC_POLL_OUT);
	CHECK_EQ(unit_settle(), 0);
	unit_expect(reader, 2, 1, unit_rest() - 1);
	CHECK_EQ(unit_settle(), KC_WAKE_WRITERS);
	CHECK_EQ(unit_poll(w), KC_POLL_OUT | KC_POLL_IN);
	unit_end();
}
UNIT_TEST(shortest)

/*
 * A short message through a file whose long one was refused: POLLOUT speaks
 * of 4,096 bytes again, which fit, and somebody may be asleep in poll.
 */
static void want_shrinks(u64 start)
{
	unit_room(start, KCHAT_PATIENCE_FOREVER);
	w = unit_open(KC_WRITES);
	reader = unit_open(KC_READS);
	CHECK_EQ(unit_write(w, MAX), 0);
	CHECK_EQ(unit_admit(w, MAX), -EAGAIN);
	kc_room_refuse(&room, w, MAX);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	CHECK_EQ(unit_poll(w), 0);
	CHECK_EQ(unit_settle(), 0);
	CHECK_EQ(unit_write(w, 10), 0);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS | KC_WAKE_WRITERS);
	CHECK_EQ(unit_poll(w), KC_POLL_OUT);
	unit_end();
}
UNIT_TEST(want_shrinks)

/* While somebody is in line nobody else may write, whatever fits */
static void poll_in_line(u64 start)
{
	struct kc_turn turn;

	full_room(start);
	queue(&turn, MAX);
	unit_close(reader);
	CHECK_EQ(unit_settle(), KC_WAKE_TURN);
	CHECK_EQ(unit_poll(w), 0);
	CHECK_EQ(unit_settle(), 0);
	CHECK_EQ(unit_write(w, 1), -EAGAIN);
	kc_turn_leave(&turn);
	CHECK_EQ(unit_settle(), KC_WAKE_WRITERS);
	CHECK_EQ(unit_poll(w), KC_POLL_OUT);
	CHECK_EQ(unit_write(w, 1), 0);
	unit_end();
}
UNIT_TEST(poll_in_line)

/* Readers: once for each settle in which something was accepted */
static void wake_readers(u64 start)
{
	unit_room(start, KCHAT_PATIENCE_FOREVER);
	w = unit_open(KC_WRITES);
	reader = unit_open(KC_READS);
	CHECK_EQ(unit_settle(), 0);
	CHECK_EQ(unit_admit(w, 1), 0);
	CHECK_EQ(unit_settle(), 0);
	CHECK_EQ(unit_write(w, 1), 0);
	CHECK_EQ(unit_write(w, 1), 0);
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	unit_drain(reader);
	CHECK_EQ(unit_settle(), 0);
	CHECK_EQ(kc_room_deadline(&room), 0);
	unit_end();
}
UNIT_TEST(wake_readers)

static const struct tap_test tests[] = {
	UNIT_ROWS("W1 writers are served as they came", fifo),
	UNIT_ROWS("W1 a short message waits behind a long one",
		  short_behind_long),
	UNIT_ROWS("W1 the first in line is called once", called_once),
	UNIT_ROWS("W1 called in vain, called again", called_again),
	UNIT_ROWS("W1 called, and called again when a claim came between",
		  claimed_again),
	UNIT_ROWS("W6 an interrupted first turn calls the next", interrupted),
	UNIT_ROWS("W6 a first turn that gives up calls the next",
		  first_gives_up),
	UNIT_ROWS("W7 POLLIN", poll_input),
	UNIT_ROWS("W7 POLLOUT at 4,096 bytes, called once", poll_output),
	UNIT_ROWS("W7 who does not ask for POLLOUT is not called", not_asked),
	UNIT_ROWS("W7 POLLOUT for n bytes after EAGAIN for n", refused),
	UNIT_ROWS("W7 another's small message calls nobody who waits for more",
		  modest),
	UNIT_ROWS("W7 the shortest message refused calls", shortest),
	UNIT_ROWS("W7 no wake-up is lost when POLLOUT asks for less again",
		  want_shrinks),
	UNIT_ROWS("W7 no POLLOUT while writers wait", poll_in_line),
	UNIT_ROWS("W7 readers are called for what was accepted", wake_readers),
	UNIT_END
};

int main(int argc, char **argv)
{
	return tap_main(argc, argv, tests);
}
