// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Edges that no other test comes to: each was found by a mechanical mutant
 * (tests/mutants/mechanical) that nobody had noticed.
 */
#include "config.h"

#include "hub.h"
#include "unit.h"

/* What reaches a program is filled in whole: nothing of before shines through */
static void heads_are_whole(void)
{
	static struct kc_plan plan[2];
	struct kc_member *r, *w;
	unsigned int i;

	unit_room(KC_RING_START, KCHAT_PATIENCE_FOREVER);
	r = unit_open(KC_READS);
	unit_options(r, KCHAT_OPTION_RECORDS | KCHAT_OPTION_EVENTS);
	w = unit_open(KC_WRITES);
	CHECK_EQ(unit_write(w, 100), 0);
	for (i = 0; i < 2; i++) {
		memset(&plan[i], i ? 0xff : 0, sizeof(plan[i]));
		CHECK_EQ(kc_member_plan(r, MAX, &plan[i]), 1);
		CHECK_EQ(plan[i].n, 2);
		CHECK_EQ(plan[i].head[0].record.type, KCHAT_RECORD_JOIN);
		CHECK_EQ(plan[i].head[0].record.time_ns, 10);
		CHECK_EQ(plan[i].head[0].record.flags, 0);
		CHECK_EQ(plan[i].head[1].record.time_ns, 10);
		CHECK_EQ(plan[i].head[1].record.flags, 0);
		CHECK_EQ(plan[i].head[1].record.pid, 0);
	}
	CHECK_MEM(&plan[0].head[0], &plan[1].head[0], sizeof(plan->head[0]));
	CHECK_MEM(&plan[0].head[1].record, &plan[1].head[1].record,
		  sizeof(plan->head[1].record));
	unit_end();
}

static void answers_are_whole(void)
{
	struct kchat_options options[2];
	struct kchat_info info[2];
	struct kc_member *m;
	unsigned int i;

	unit_room(KC_RING_START, KCHAT_PATIENCE_FOREVER);
	room.flags = KCHAT_ROOM_HISTORY;
	unit_open(KC_READS);
	m = unit_open(KC_WRITES);
	CHECK_EQ(unit_write(m, 100), 0);
	for (i = 0; i < 2; i++) {
		memset(&info[i], i ? 0xff : 0, sizeof(info[i]));
		kc_member_info(m, &info[i]);
		CHECK_EQ(info[i].member, m->id);
		CHECK_EQ(info[i].flags, KCHAT_ROOM_HISTORY);
		CHECK_EQ(info[i].version, KCHAT_VERSION);
		CHECK_EQ(info[i].options, KCHAT_OPTIONS);
		CHECK_EQ(info[i].openers, 2);
		CHECK_EQ(info[i].unread_messages, 0);
		CHECK_EQ(info[i].unread_bytes + info[i].reserved[5], 0);
		memset(&options[i], i ? 0xff : 0, sizeof(options[i]));
		kc_member_get_options(m, &options[i]);
		CHECK_EQ(options[i].flags + options[i].reserved[4], 0);
	}
	CHECK_MEM(&info[0], &info[1], sizeof(info[0]));
	CHECK_MEM(&options[0], &options[1], sizeof(options[0]));
	unit_end();
}

/* The clock is looked at as soon as it was set: one settle, and no second */
static void clock_stands(void)
{
	struct kc_member *r, *w;

	unit_room(KC_RING_START, 100);
	r = unit_open(KC_READS);
	w = unit_open(KC_WRITES);
	CHECK_EQ(unit_write(w, MAX), 0);
	CHECK_EQ(unit_admit(w, MAX), -EAGAIN);
	kc_room_refuse(&room, w, MAX);
	kc_room_settle(&room, unit_now);
	CHECK_EQ(kc_room_deadline(&room), unit_now + 100 * MS);
	unit_now += 100 * MS;
	kc_room_settle(&room, unit_now);
	CHECK(!r->claimed);
	CHECK_EQ(kc_room_deadline(&room), 0);
	unit_end();
}

/* Of space that a poller might have had too, the one in line took all */
static void poller_behind_the_line(void)
{
	struct kc_member *r, *w, *first;
	struct kc_turn turn;

	unit_room(KC_RING_START, 100);
	r = unit_open(KC_READS);
	w = unit_open(KC_WRITES);
	first = unit_open(KC_WRITES);
	CHECK_EQ(unit_write(w, MAX), 0);
	CHECK_EQ(unit_write(w, unit_rest()), 0);
	kc_turn_init(&turn, MAX);
	CHECK_EQ(kc_room_admit(&room, first, MAX, &turn), -EAGAIN);
	kc_turn_join(&turn, &room);
	CHECK_EQ(kc_member_poll(w, KC_POLL_OUT, unit_now), 0);
	unit_settle();
	unit_expect(r, 1, 0, MAX);
	unit_settle();
	CHECK_EQ(kc_room_deadline(&room), 0);
	CHECK_EQ(kc_room_admit(&room, first, MAX, &turn), 0);
	unit_publish(first, MAX);
	kc_turn_served(&turn);
	unit_settle();
	CHECK_EQ(kc_room_deadline(&room), unit_now + 100 * MS);
	unit_end();
}

/* A refusal that was made good is not remembered when the room is full again */
static void refusal_is_over(void)
{
	struct kc_member *r, *w, *other;

	unit_room(KC_RING_START, 100);
	r = unit_open(KC_READS);
	w = unit_open(KC_WRITES);
	other = unit_open(KC_WRITES);
	CHECK_EQ(unit_write(other, MAX), 0);
	CHECK_EQ(unit_write(other, unit_rest()), 0);
	CHECK_EQ(unit_admit(w, MAX), -EAGAIN);
	kc_room_refuse(&room, w, MAX);
	unit_settle();
	CHECK_EQ(kc_room_deadline(&room), unit_now + 100 * MS);
	unit_drain(r);
	CHECK_EQ(unit_settle(), KC_WAKE_WRITERS);
	CHECK_EQ(unit_write(other, MAX), 0);
	CHECK_EQ(unit_write(other, unit_rest()), 0);
	unit_settle();
	CHECK_EQ(kc_room_deadline(&room), 0);
	unit_end();
}

/* Or the daemon would look at the room for ever, and at once */
static void clock_ends(void)
{
	struct kc_member *r, *w;
	struct kchat_info info;

	unit_room(KC_RING_START, 100);
	r = unit_open(KC_READS);
	w = unit_open(KC_WRITES);
	CHECK_EQ(unit_write(w, MAX), 0);
	CHECK_EQ(unit_admit(w, MAX), -EAGAIN);
	kc_room_refuse(&room, w, MAX);
	unit_settle();
	CHECK_EQ(kc_room_deadline(&room), unit_now + 100 * MS);
	kc_member_info(r, &info);
	CHECK_EQ(info.flags, 0);
	kc_room_end(&room);
	unit_settle();
	CHECK_EQ(kc_room_deadline(&room), 0);
	kc_member_info(r, &info);
	CHECK_EQ(info.flags, KCHAT_ROOM_REMOVED);
	unit_close(r);
	unit_end();
}

static void beginnings(void)
{
	static u8 memory[SIZE + sizeof(struct kc_record)]
		__attribute__((aligned(8)));
	struct kc_turn turn;

	memset(&room, 0xee, sizeof(room));
	kc_room_init(&room, memory, SIZE, KC_RING_START);
	CHECK_EQ(room.patience, KCHAT_PATIENCE_FOREVER);
	CHECK_EQ(room.max_members, KCHAT_OPENERS_DEFAULT);
	/* In no line, whatever the memory held */
	memset(&turn, 0xee, sizeof(turn));
	kc_turn_init(&turn, 1);
	kc_turn_leave(&turn);
	CHECK_EQ(room.withheld, 0);
}

static void change_is_what_was_named(void)
{
	struct kchat_spec spec = {
		.patience_ms = 9,
		.flags = KCHAT_ROOM_HISTORY,
	};

	unit_room(KC_RING_START, 5);
	spec.change = KCHAT_CHANGE_HISTORY;
	kc_room_change(&room, &spec);
	CHECK_EQ(room.patience, 5);
	CHECK_EQ(room.flags, KCHAT_ROOM_HISTORY);
	spec.change = KCHAT_CHANGE_PATIENCE;
	spec.flags = 0;
	kc_room_change(&room, &spec);
	CHECK_EQ(room.patience, 9);
	CHECK_EQ(room.flags, KCHAT_ROOM_HISTORY);
	unit_end();
}

static void set_water(struct kc_member *m, u32 flags, u32 bytes)
{
	struct kchat_options options = { .flags = flags, .low_water = bytes };

	CHECK_EQ(kc_member_set_options(m, &options), 0);
}

/* An event is due before the message, though what came first was missed */
static void missed_and_lazy(void)
{
	struct kc_member *r, *w;
	unsigned int i;

	unit_room(KC_RING_START, KCHAT_PATIENCE_FOREVER);
	r = unit_open(KC_READS);
	w = unit_open(KC_WRITES);
	set_water(r, KCHAT_OPTION_RECORDS | KCHAT_OPTION_EVENTS, 1000);
	for (i = 0; i < KC_EVENTS; i++)
		unit_open(KC_WRITES);
	CHECK_EQ(unit_write(w, 10), 0);
	unit_open(KC_WRITES);	/* where the first one stood */
	CHECK(kc_member_readable(r, unit_now));
	unit_end();
}

static void water_of_two(void)
{
	struct kc_member *r, *w;

	unit_room(KC_RING_START, KCHAT_PATIENCE_FOREVER);
	r = unit_open(KC_READS);
	w = unit_open(KC_WRITES);
	set_water(r, 0, 2);
	CHECK_EQ(unit_write(w, 1), 0);
	CHECK(!kc_member_readable(r, unit_now));
	CHECK_EQ(unit_write(w, 1), 0);
	CHECK(kc_member_readable(r, unit_now));
	unit_end();
}

/* Who polls for a loss alone has enough to read, and sleeps all the same */
static void loss_is_called(void)
{
	struct kc_member *r, *w;
	unsigned int wake;

	unit_room(KC_RING_START, 0);
	r = unit_open(KC_READS);
	w = unit_open(KC_WRITES);
	set_water(r, 0, 100);
	CHECK_EQ(unit_write(w, 1000), 0);
	unit_settle();
	CHECK_EQ(kc_member_poll(r, KC_POLL_PRI, unit_now), KC_POLL_IN);
	do {
		CHECK_EQ(unit_write(w, 1000), 0);
		wake = unit_settle();
	} while (!kc_member_lapped(r));
	CHECK(wake & KC_WAKE_LAZY);
	unit_end();
}

/* Whoever waits on the same file, or for the next edge, is called as well */
static void next_edge_is_called(void)
{
	struct kc_member *r, *w;
	struct kchat_info info;

	unit_room(KC_RING_START, KCHAT_PATIENCE_FOREVER);
	r = unit_open(KC_READS);
	w = unit_open(KC_WRITES);
	set_water(r, 0, 100);
	unit_settle();
	CHECK(!kc_member_readable(r, unit_now));
	CHECK_EQ(unit_write(w, 150), 0);
	CHECK(unit_settle() & KC_WAKE_LAZY);
	unit_expect(r, 1, 0, 100);
	kc_member_info(r, &info);
	CHECK_EQ(info.bytes_out, 100);
	CHECK_EQ(info.messages_out, 0);
	CHECK(!(unit_settle() & KC_WAKE_LAZY));
	CHECK_EQ(unit_write(w, 60), 0);
	CHECK(unit_settle() & KC_WAKE_LAZY);
	unit_expect(r, 1, 100, 20);
	unit_drain(r);
	kc_member_info(r, &info);
	CHECK_EQ(info.bytes_out, 210);
	CHECK_EQ(info.messages_out, 2);
	unit_end();
}

/* Just as much as there is costs nobody anything */
static void would_lap(void)
{
	struct kc_member *r, *w;

	unit_room(KC_RING_START, KCHAT_PATIENCE_FOREVER);
	r = unit_open(KC_READS);
	w = unit_open(KC_WRITES);
	kc_member_set_lossy(r, true);
	CHECK_EQ(unit_write(w, MAX), 0);
	CHECK(!kc_room_would_lap(&room, unit_rest()));
	CHECK(kc_room_would_lap(&room, unit_rest() + 1));
	unit_end();
}

/* Of two that sleep the one that wants less is called first */
static void least_is_called(void)
{
	struct kc_member *a, *b, *w;

	unit_room(KC_RING_START, KCHAT_PATIENCE_FOREVER);
	a = unit_open(KC_READS);
	b = unit_open(KC_READS);
	w = unit_open(KC_WRITES);
	set_water(a, 0, 1000);
	set_water(b, 0, 100);
	unit_settle();
	CHECK(!kc_member_readable(a, unit_now));
	CHECK(!kc_member_readable(b, unit_now));
	CHECK_EQ(unit_write(w, 99), 0);
	CHECK(!(unit_settle() & KC_WAKE_LAZY));
	CHECK_EQ(unit_write(w, 1), 0);
	CHECK(unit_settle() & KC_WAKE_LAZY);
	unit_end();
}

static const struct tap_test tests[] = {
	{ "R3 O4 the headers of records are filled in whole", heads_are_whole, 0 },
	{ "O5 information and options are filled in whole", answers_are_whole, 0 },
	{ "W1 W2 what a room and a turn begin with", beginnings, 0 },
	{ "W2 the clock stands once it has ended", clock_stands, 0 },
	{ "W2 W7 the clock runs for a poller behind the line",
	  poller_behind_the_line, 0 },
	{ "W2 a refusal that was made good starts no clock", refusal_is_over, 0 },
	{ "C2 the clock of a room that has ended stands, and it says so", clock_ends, 0 },
	{ "C1 what was not named does not change", change_is_what_was_named, 0 },
	{ "O4 O8 a lazy reader hears though it missed events", missed_and_lazy, 0 },
	{ "O8 a low-water mark of two bytes", water_of_two, 0 },
	{ "W7 O8 a lazy reader's poller is called for a loss", loss_is_called, 0 },
	{ "W7 O8 after a part was read the rest calls again", next_edge_is_called, 0 },
	{ "M6 what fits exactly laps nobody", would_lap, 0 },
	{ "O8 the least low-water mark is called first", least_is_called, 0 },
	UNIT_END
};

int main(int argc, char **argv)
{
	return tap_main(argc, argv, tests);
}
