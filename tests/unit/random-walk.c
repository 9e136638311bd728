// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The random walk: a step in the room and in its model, then whom the room wakes,
 * then both are compared. Where the contract leaves the room a choice (when a
 * reader that lost its claim claims again) the model takes the room's word;
 * everything else must be as it says.
 */
#include "config.h"

#include "random.h"

static u64 wanting_since;	/* ns, since when a message has found no room; 0 */
size_t calls;

/* Claims that a settle took: for whom, and was it time? */
static void patience_ended(void)
{
	u32 due = longest_wanted();
	bool lost[PEOPLE], any = false;
	unsigned int i;

	for (i = 0; i < PEOPLE; i++) {
		lost[i] = here(&people[i], KC_READS) && people[i].claims &&
			  !people[i].m->claimed;
		any |= lost[i];
	}
	if (!any)
		return;
	CHECK(room.patience != KCHAT_PATIENCE_FOREVER);
	if (room.patience)
		CHECK(wanting_since &&
		      unit_now - wanting_since >= room.patience * MS);
	CHECK(due);
	/* Exactly those in the way of whom it ended for */
	for (i = 0; i < PEOPLE; i++)
		CHECK_EQ(lost[i], in_the_way(&people[i], due));
	for (i = 0; i < PEOPLE; i++)
		people[i].claims &= !lost[i];
}

static void settle(void)
{
	unsigned int i, wake = kc_room_settle(&room, unit_now);
	struct person *first = in_line ? line[0] : NULL;
	u64 deadline = kc_room_deadline(&room);

	patience_ended();
	CHECK_EQ(!!(wake & KC_WAKE_READERS), published);
	published = false;
	for (i = 0; i < PEOPLE; i++)
		if (wake & (people[i].m && people[i].m->lazy ?
			    KC_WAKE_LAZY : KC_WAKE_READERS))
			people[i].dozes = false;

	if (wake & KC_WAKE_TURN) {
		CHECK(first && !first->called && fits(first->turn.len));
		first->called = true;
	}
	if (first && fits(first->turn.len)) {
		CHECK(first->called);
		first->first_since = 0;
	} else if (first) {
		first->called = false;
		if (!first->first_since)
			first->first_since = unit_now;
		if (room.patience != KCHAT_PATIENCE_FOREVER) {
			CHECK(deadline > unit_now);
			CHECK(deadline <=
			      first->first_since + room.patience * MS);
		}
	}
	if (room.patience == KCHAT_PATIENCE_FOREVER && deadline)
		CHECK(room.lazy && deadline == room.lazy_ns);

	if (wake & KC_WAKE_WRITERS) {
		CHECK(withheld);
		withheld = 0;
		for (i = 0; i < PEOPLE; i++)
			people[i].armed = false;
	}
	/* Nobody who was told "no room" sleeps on while there is room */
	for (i = 0; i < PEOPLE; i++)
		if (here(&people[i], KC_WRITES) && people[i].armed)
			CHECK(!may_poll_out(&people[i]));
	CHECK(!(wake & ~(KC_WAKE_READERS | KC_WAKE_TURN | KC_WAKE_WRITERS |
			 KC_WAKE_LAZY)));
	/* And nobody who was told "too little" while there is enough */
	for (i = 0; i < PEOPLE; i++) {
		const struct person *p = &people[i];

		if (!p->m || !p->dozes)
			continue;
		CHECK(!readable(p));
		if (p->water > 1 && p->water_ms && p->at < n)
			CHECK(deadline && deadline <= due(p));
	}
	calls += !!(wake & KC_WAKE_LAZY);
	CHECK_EQ(kc_room_settle(&room, unit_now), 0);

	for (i = 0; i < n_refused; )
		if (fits(refused[i]))
			refused[i] = refused[--n_refused];
		else
			i++;
	if (!longest_wanted() || fits(longest_wanted()))
		wanting_since = 0;
	else if (!wanting_since)
		wanting_since = unit_now;
}

static void compare(void)
{
	unsigned int i;

	CHECK_EQ(room.next_seq, n + 1);
	CHECK_EQ(room.tail_seq, kept + 1);
	CHECK_EQ(room.head_bytes, before[n]);
	CHECK_EQ(room.tail_bytes, before[kept]);
	CHECK_EQ(room.ring.head - room.ring.tail, space_from(kept));
	for (i = 0; i < PEOPLE; i++) {
		const struct person *p = &people[i];

		if (!here(p, KC_READS))
			continue;
		CHECK_EQ(p->m->claimed, p->claims);
		CHECK_EQ(p->m->seq, p->at + 1);
		CHECK_EQ(p->m->off, p->off);
		CHECK_EQ(p->m->lost_messages, p->lost_messages);
		CHECK_EQ(p->m->lost_bytes, p->lost_bytes);
		/*
		 * Read and lost are what was written since it came, what it
		 * wrote quietly itself left out, and what it went back to
		 */
		CHECK_EQ(p->got_bytes + p->lost_bytes + p->own_bytes,
			 before[p->at] + p->off - before[p->joined] +
				 p->again_bytes);
		if (p->claims)
			CHECK(p->home >= kept);
		if (room.patience == KCHAT_PATIENCE_FOREVER && !p->lossy &&
		    !p->released)
			CHECK(p->claims);
	}
	unit_check();
}

/**
 * walk_begin() - an empty room and its model
 * @start: the room's first position
 * @patience: ms, or KCHAT_PATIENCE_FOREVER
 * @steps: how many there will be at most
 */
void walk_begin(u64 start, u32 patience, size_t steps)
{
	lens = calloc(steps + 1, sizeof(*lens));
	before = calloc(steps + 2, sizeof(*before));
	quiet_for = calloc(steps + 1, sizeof(*quiet_for));
	events = calloc(steps + 1, sizeof(*events));
	stamp = calloc(steps + 1, sizeof(*stamp));
	CHECK(lens && before && quiet_for && events && stamp);
	memset(people, 0, sizeof(people));
	in_line = n_refused = 0;
	n = kept = n_events = calls = 0;
	withheld = 0;
	published = false;
	wanting_since = 0;
	unit_now = 1;
	unit_room(start, patience);
	room.flags = KCHAT_ROOM_HISTORY;
	room.owner = 7;
}

/**
 * walk_step() - one step
 */
void walk_step(void)
{
	people_step();
	settle();
	compare();
}

/**
 * walk_end() - all leave, and nothing is left
 */
void walk_end(void)
{
	people_end();
	unit_end();
	free(lens);
	free(before);
	free(quiet_for);
	free(events);
	free(stamp);
}
