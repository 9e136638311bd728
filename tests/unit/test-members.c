// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * O6: who has the room open, and the end of a claim by hand.
 */
#include "config.h"

#include <string.h>

#include "unit.h"

static struct kc_member *w, *r;

static void pages(void)
{
	struct kc_member *m[2 * KCHAT_MEMBERS_PAGE + 1];
	struct kc_sender *sender[KCHAT_MEMBERS_PAGE];
	struct kchat_members page;
	unsigned int i;
	u64 last = 0;

	unit_room(KC_RING_START, KCHAT_PATIENCE_FOREVER);
	for (i = 0; i < KC_ARRAY_SIZE(m); i++) {
		m[i] = unit_open(KC_READS);
		CHECK(m[i]->id > last);
		last = m[i]->id;
	}
	/* A number is never that of another again */
	unit_close(m[3]);
	unit_close(m[16]);
	m[16] = unit_open(KC_WRITES);
	CHECK(m[16]->id > last);

	memset(&page, 0xee, sizeof(page));
	page.after = 0;
	CHECK_EQ(kc_room_members(&room, &page, sender), -EINVAL);
	page.reserved = 0;
	CHECK_EQ(kc_room_members(&room, &page, sender), 0);
	CHECK_EQ(page.n, 8);
	for (i = 0; i < 8; i++) {
		CHECK_EQ(page.member[i].id, m[i < 3 ? i : i + 1]->id);
		CHECK(sender[i] == m[i < 3 ? i : i + 1]->sender);
		CHECK_EQ(page.member[i].access, KCHAT_ACCESS_READ);
		CHECK_EQ(page.member[i].reserved, 0);
	}
	page.after = page.member[7].id;
	CHECK_EQ(kc_room_members(&room, &page, sender), 0);
	CHECK_EQ(page.n, 8);
	CHECK_EQ(page.member[0].id, m[9]->id);
	CHECK_EQ(page.member[7].id, m[16]->id);
	CHECK_EQ(page.member[7].access, KCHAT_ACCESS_WRITE);
	page.after = page.member[7].id;
	CHECK_EQ(kc_room_members(&room, &page, sender), 0);
	CHECK_EQ(page.n, 0);
	CHECK_EQ(page.member[0].id, 0);
	unit_end();
}

static void lags(void)
{
	struct kc_sender *sender[KCHAT_MEMBERS_PAGE];
	struct kchat_members page = { .after = 0 };
	unsigned int i;

	unit_room(KC_RING_START, 0);
	w = unit_open(KC_WRITES);
	r = unit_open(KC_READS | KC_WRITES);
	for (i = 0; i < 5; i++)
		CHECK_EQ(unit_write(w, MAX), 0);
	/* Four are lost, but it was not told so */
	CHECK_EQ(kc_room_members(&room, &page, sender), 0);
	CHECK_EQ(page.n, 2);
	CHECK_EQ(page.member[0].unread_messages, 0);
	CHECK_EQ(page.member[1].access, KCHAT_ACCESS_READ | KCHAT_ACCESS_WRITE);
	CHECK_EQ(page.member[1].unread_messages, 5);
	CHECK_EQ(page.member[1].unread_bytes, 5 * MAX);
	CHECK_EQ(page.member[1].lost_messages, 0);
	kc_member_told(r);
	CHECK_EQ(kc_room_members(&room, &page, sender), 0);
	CHECK_EQ(page.member[1].unread_messages, 1);
	CHECK_EQ(page.member[1].unread_bytes, MAX);
	CHECK_EQ(page.member[1].lost_messages, 4);
	CHECK_EQ(page.member[1].lost_bytes, 4 * MAX);
	unit_end();
}

static int lap(u32 uid, u64 id)
{
	struct kchat_lap lap = { .member = id };

	return kc_room_lap_member(&room, uid, &lap);
}

/* The slow reader claims nothing until it reads on; its neighbour keeps its own */
static void by_hand(u64 start)
{
	struct kc_member *other;
	struct kc_turn turn;

	unit_room(start, KCHAT_PATIENCE_FOREVER);
	room.owner = 5;
	w = unit_open(KC_WRITES);
	r = unit_open(KC_READS);
	other = unit_open(KC_READS);
	CHECK_EQ(unit_write(w, MAX), 0);
	unit_drain(other);
	CHECK_EQ(unit_admit(w, MAX), -EAGAIN);
	kc_turn_init(&turn, MAX);
	kc_turn_join(&turn, &room);
	unit_settle();
	CHECK_EQ(lap(6, r->id), -EPERM);
	CHECK_EQ(lap(5, w->id), -ESRCH);
	CHECK_EQ(lap(5, other->id + 1), -ESRCH);
	CHECK_EQ(unit_settle(), 0);
	CHECK_EQ(lap(5, r->id), 0);
	/* Who waited for it is called */
	CHECK_EQ(unit_settle(), KC_WAKE_TURN);
	kc_turn_leave(&turn);
	CHECK(!kc_member_lapped(r));
	CHECK_EQ(room.n_unclaimed, 1);
	CHECK_EQ(unit_write(w, MAX), 0);
	CHECK(kc_member_lapped(r));
	/* Not by asking for something else either, before it was told */
	unit_options(r, KCHAT_OPTION_RECORDS);
	CHECK(!r->claimed);
	unit_options(r, 0);
	CHECK_EQ(unit_admit(w, MAX), -EAGAIN);
	unit_drain(other);
	CHECK_EQ(unit_write(w, MAX), 0);
	unit_drain(other);
	kc_member_told(r);
	CHECK_EQ(r->lost_messages, 2);
	CHECK(r->claimed);
	CHECK_EQ(unit_admit(w, MAX), -EAGAIN);
	unit_end();
}
UNIT_TEST(by_hand)

/* It was quick enough: it loses nothing, and claims what came after */
static void quick(u64 start)
{
	unit_room(start, KCHAT_PATIENCE_FOREVER);
	w = unit_open(KC_WRITES);
	r = unit_open(KC_READS);
	CHECK_EQ(unit_write(w, 1000), 0);
	CHECK_EQ(unit_write(w, 1000), 0);
	unit_expect(r, 1, 0, 10);
	CHECK_EQ(lap(0, r->id), 0);
	CHECK(!r->claimed);
	unit_expect(r, 1, 10, 990);
	CHECK(r->claimed);
	CHECK(r->home != r->pos);
	CHECK_EQ(room.n_unclaimed, 1);
	unit_expect(r, 2, 0, 1000);
	CHECK(r->home == r->pos);
	CHECK_EQ(room.n_unclaimed, 0);
	/* Of who has read everything nothing is taken */
	CHECK_EQ(lap(0, r->id), 0);
	CHECK(r->claimed);
	unit_end();
}
UNIT_TEST(quick)

static void refused(void)
{
	struct kchat_lap lap;
	unsigned int i;

	unit_room(KC_RING_START, KCHAT_PATIENCE_FOREVER);
	memset(&lap, 0, sizeof(lap));
	for (i = 0; i < KC_ARRAY_SIZE(lap.reserved); i++) {
		lap.reserved[i] = 1;
		CHECK_EQ(kc_room_lap_member(&room, 0, &lap), -EINVAL);
		lap.reserved[i] = 0;
	}
	CHECK_EQ(kc_room_lap_member(&room, 0, &lap), -ESRCH);
	unit_end();
}

static const struct tap_test tests[] = {
	{ "O6 members in pages, by ids that grow", pages, 0 },
	{ "O6 members and how far they are behind", lags, 0 },
	UNIT_ROWS("O6 a claim ended by hand", by_hand),
	UNIT_ROWS("O6 who is quick enough loses nothing", quick),
	{ "O6 refused", refused, 0 },
	UNIT_END
};

int main(int argc, char **argv)
{
	return tap_main(argc, argv, tests);
}
