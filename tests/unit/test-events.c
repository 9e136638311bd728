// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * O4: joining and leaving, told to those who listen.
 */
#include "config.h"

#include <string.h>

#include "unit.h"

#define LISTEN	(KCHAT_OPTION_RECORDS | KCHAT_OPTION_EVENTS)

static struct kc_member *w, *r;

static void listening(u64 start)
{
	unit_room(start, KCHAT_PATIENCE_FOREVER);
	w = unit_open(KC_WRITES);
	r = unit_open(KC_READS);
	unit_options(r, LISTEN);
}

/* What the plan has at @i is an event */
static void event_at(const struct kc_plan *plan, unsigned int i, u16 type,
		     u64 member, u64 seq, u32 missed)
{
	CHECK(i < plan->n);
	CHECK_EQ(plan->head[i].record.type, type);
	CHECK_EQ(plan->head[i].record.size, 56);
	CHECK_EQ(plan->head[i].record.len, 16);
	CHECK_EQ(plan->head[i].record.seq, seq);
	CHECK_EQ(plan->head[i].event.member, member);
	CHECK_EQ(plan->head[i].event.missed, missed);
	CHECK_EQ(kc_head_size(&plan->head[i]), 56);
	CHECK_EQ(plan->piece[i].len, 0);
}

static void message_at(const struct kc_plan *plan, unsigned int i, u64 seq)
{
	CHECK(i < plan->n);
	CHECK_EQ(plan->head[i].record.type, KCHAT_RECORD_MESSAGE);
	CHECK_EQ(plan->head[i].record.seq, seq);
	CHECK_EQ(kc_head_size(&plan->head[i]), 40);
}

static void told(u64 start)
{
	struct kc_member *both;
	struct kchat_info info;
	struct kc_plan plan;
	u64 id;

	listening(start);
	CHECK_EQ(unit_settle(), 0);
	CHECK_EQ(kc_member_plan(r, 1000, &plan), -EAGAIN);
	both = unit_open(KC_READS | KC_WRITES);
	id = both->id;
	CHECK_EQ(unit_settle(), KC_WAKE_READERS);
	CHECK(unit_poll(r) & KC_POLL_IN);
	kc_member_info(r, &info);
	CHECK_EQ(info.unread_messages, 0);
	/* Too little room for it: it stays, like any record */
	CHECK_EQ(kc_member_plan(r, 55, &plan), -EMSGSIZE);
	CHECK_EQ(kc_member_plan(r, 56, &plan), 1);
	event_at(&plan, 0, KCHAT_RECORD_JOIN, id, 0, 0);
	CHECK_EQ(plan.head[0].event.access,
		 KCHAT_ACCESS_READ | KCHAT_ACCESS_WRITE);
	CHECK(plan.sender[0] == both->sender);
	CHECK_EQ(plan.bytes, 56);
	CHECK_EQ(kc_member_commit(r, &plan, 0), 0);
	CHECK_EQ(kc_member_commit(r, &plan, 56), 0);
	CHECK_EQ(kc_member_commit(r, &plan, 56), -ESTALE);
	CHECK_EQ(kc_member_plan(r, 1000, &plan), -EAGAIN);
	CHECK_EQ(room.out_messages, 0);
	unit_close(both);
	/* Its name is kept for as long as it may be asked for */
	unit_collect();
	CHECK_EQ(unit_senders, 3);
	CHECK_EQ(kc_member_plan(r, 1000, &plan), 1);
	event_at(&plan, 0, KCHAT_RECORD_LEAVE, id, 0, 0);
	CHECK_EQ(kc_member_commit(r, &plan, 56), 0);
	unit_options(r, KCHAT_OPTION_RECORDS);
	unit_collect();
	CHECK_EQ(unit_senders, 2);
	unit_end();
}
UNIT_TEST(told)

/* Each between the messages where it belongs, also half delivered */
static void among_messages(u64 start)
{
	struct kc_plan plan;
	u64 a, b, c;

	listening(start);
	a = unit_open(0)->id;
	CHECK_EQ(unit_write(w, 1), 0);
	CHECK_EQ(unit_write(w, 2), 0);
	b = unit_open(0)->id;
	c = unit_open(0)->id;
	CHECK_EQ(unit_write(w, 3), 0);
	CHECK_EQ(kc_member_plan(r, 3 * 56 + 3 * 48, &plan), 1);
	CHECK_EQ(plan.n, 6);
	event_at(&plan, 0, KCHAT_RECORD_JOIN, a, 0, 0);
	message_at(&plan, 1, 1);
	message_at(&plan, 2, 2);
	event_at(&plan, 3, KCHAT_RECORD_JOIN, b, 2, 0);
	event_at(&plan, 4, KCHAT_RECORD_JOIN, c, 2, 0);
	message_at(&plan, 5, 3);
	CHECK_EQ(plan.bytes, 3 * 56 + 3 * 48);
	CHECK_EQ(kc_plan_whole(&plan, 56 + 48 + 48 + 55), 56 + 48 + 48);
	/* More comes while it is copied; what was delivered is what was planned */
	unit_open(0);
	CHECK_EQ(unit_write(w, 4), 0);
	CHECK_EQ(kc_member_commit(r, &plan, 56 + 48 + 48 + 56), 0);
	CHECK_EQ(r->seq, 3);
	CHECK_EQ(kc_member_plan(r, 1000, &plan), 1);
	event_at(&plan, 0, KCHAT_RECORD_JOIN, c, 2, 0);
	message_at(&plan, 1, 3);
	event_at(&plan, 2, KCHAT_RECORD_JOIN, c + 1, 3, 0);
	message_at(&plan, 3, 4);
	CHECK_EQ(plan.n, 4);
	CHECK_EQ(kc_member_commit(r, &plan, plan.bytes), 0);
	CHECK_EQ(room.out_messages, 4);
	CHECK_EQ(room.out_bytes, 1 + 2 + 3 + 4);
	unit_end();
}
UNIT_TEST(among_messages)

/* More than are kept, by a loop that opens and closes: the rest is counted */
static void missed(u64 start)
{
	struct kc_member *other, *quick;
	struct kc_plan plan;
	unsigned int i;
	u64 id = 0;

	listening(start);
	quick = unit_open(KC_READS);
	unit_options(quick, LISTEN);
	for (i = 0; i < 1000; i++) {
		other = unit_open(KC_WRITES);
		id = other->id;
		CHECK_EQ(kc_member_plan(quick, 56, &plan), 1);
		event_at(&plan, 0, KCHAT_RECORD_JOIN, id, 0, 0);
		CHECK_EQ(kc_member_commit(quick, &plan, 56), 0);
		unit_close(other);
		CHECK_EQ(kc_member_plan(quick, 56, &plan), 1);
		event_at(&plan, 0, KCHAT_RECORD_LEAVE, id, 0, 0);
		CHECK_EQ(kc_member_commit(quick, &plan, 56), 0);
		unit_collect();
		CHECK(unit_senders <= (int)KC_EVENTS + 3);
	}
	/* With the one that came first that was 2,001 */
	CHECK_EQ(kc_member_plan(r, 10000, &plan), 1);
	CHECK_EQ(plan.n, KC_PLAN_RECORDS);
	event_at(&plan, 0, KCHAT_RECORD_JOIN, id - 31, 0, 2001 - KC_EVENTS);
	event_at(&plan, 1, KCHAT_RECORD_LEAVE, id - 31, 0, 0);
	/* Two of these are overwritten while the first is copied */
	unit_close(unit_open(0));
	CHECK_EQ(kc_member_commit(r, &plan, 56), 0);
	CHECK_EQ(kc_member_plan(r, 10000, &plan), 1);
	event_at(&plan, 0, KCHAT_RECORD_JOIN, id - 30, 0, 1);
	CHECK(kc_plan_more(&room, 10000 - plan.bytes, &plan));
	event_at(&plan, 0, KCHAT_RECORD_JOIN, id - 26, 0, 0);
	while (kc_plan_more(&room, 10000 - plan.bytes, &plan))
		;
	CHECK_EQ(plan.bytes, KC_EVENTS * 56);
	CHECK_EQ(kc_member_commit(r, &plan, plan.bytes), 0);
	CHECK_EQ(kc_member_plan(r, 10000, &plan), -EAGAIN);
	unit_end();
}
UNIT_TEST(missed)

/* Nothing is kept, and nobody woken, while nobody listens */
static void nobody_listens(void)
{
	struct kc_plan plan;

	unit_room(KC_RING_START, KCHAT_PATIENCE_FOREVER);
	r = unit_open(KC_READS);
	unit_close(unit_open(KC_READS));
	CHECK_EQ(unit_settle(), 0);
	unit_collect();
	CHECK_EQ(unit_senders, 1);
	unit_options(r, LISTEN);
	CHECK_EQ(kc_member_plan(r, 1000, &plan), -EAGAIN);
	unit_close(unit_open(KC_READS));
	CHECK_EQ(kc_member_plan(r, 1000, &plan), 1);
	unit_options(r, KCHAT_OPTION_RECORDS);
	CHECK_EQ(kc_member_commit(r, &plan, plan.bytes), -ESTALE);
	unit_options(r, LISTEN);
	CHECK_EQ(kc_member_plan(r, 1000, &plan), -EAGAIN);
	/* Asking again is no new beginning */
	unit_close(unit_open(KC_READS));
	unit_options(r, LISTEN);
	CHECK_EQ(kc_member_plan(r, 1000, &plan), 1);
	CHECK_EQ(plan.n, 2);
	/* An end is told to the end, and then nothing more */
	kc_room_end(&room);
	CHECK_EQ(kc_member_commit(r, &plan, 56), 0);
	CHECK_EQ(kc_member_plan(r, 1000, &plan), 1);
	CHECK_EQ(kc_member_commit(r, &plan, 56), 0);
	CHECK_EQ(kc_member_plan(r, 1000, &plan), 0);
	unit_end();
}

/* They push no message out, and a loss is told first */
static void losses(u64 start)
{
	struct kc_plan plan;
	u64 id;

	listening(start);
	unit_options(r, LISTEN | KCHAT_OPTION_LOSSY);
	CHECK_EQ(unit_write(w, MAX), 0);
	id = unit_open(0)->id;
	CHECK_EQ(unit_write(w, MAX), 0);
	unit_open(0);
	CHECK_EQ(kc_member_plan(r, 1000, &plan), -EPIPE);
	kc_member_told(r);
	CHECK_EQ(kc_member_plan(r, 100000, &plan), 1);
	event_at(&plan, 0, KCHAT_RECORD_JOIN, id, 1, 0);
	message_at(&plan, 1, 2);
	event_at(&plan, 2, KCHAT_RECORD_JOIN, id + 1, 2, 0);
	CHECK_EQ(plan.n, 3);
	unit_end();
}
UNIT_TEST(losses)

static void who_may(void)
{
	struct kchat_options options = { .flags = KCHAT_OPTION_EVENTS };

	listening(KC_RING_START);
	CHECK_EQ(kc_member_set_options(r, &options), -EINVAL);
	options.flags = LISTEN;
	CHECK_EQ(kc_member_set_options(w, &options), -EBADF);
	unit_end();
}

static const struct tap_test tests[] = {
	UNIT_ROWS("O4 who joins and leaves is told", told),
	UNIT_ROWS("O4 events among messages", among_messages),
	UNIT_ROWS("O4 missed events are counted", missed),
	{ "O4 only while somebody listens", nobody_listens, 0 },
	UNIT_ROWS("O4 events and losses", losses),
	{ "O4 who may", who_may, 0 },
	UNIT_END
};

int main(int argc, char **argv)
{
	return tap_main(argc, argv, tests);
}
