// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Records: plans of whole ones with their headers, options, and information.
 */
#include "config.h"

#include <string.h>

#include "unit.h"

static struct kc_member *w, *r;

static void set(struct kc_member *member, u32 flags)
{
	struct kchat_options options = { .flags = flags };

	CHECK_EQ(kc_member_set_options(member, &options), 0);
}

static void records(u64 start)
{
	unit_room(start, KCHAT_PATIENCE_FOREVER);
	w = unit_open(KC_WRITES);
	r = unit_open(KC_READS);
	set(r, KCHAT_OPTION_RECORDS);
}

/* One round: the first message has number @seq, @n of @len bytes are planned */
static void deliver(size_t size, u64 seq, unsigned int n, u32 len)
{
	struct kc_plan plan;
	unsigned int i;

	CHECK_EQ(kc_member_plan(r, size, &plan), 1);
	CHECK_EQ(plan.n, n);
	CHECK_EQ(plan.bytes, n * kc_wire_size(len));
	for (i = 0; i < n; i++) {
		CHECK_EQ(plan.head[i].record.seq, seq + i);
		CHECK_EQ(plan.head[i].record.len, len);
		CHECK_EQ(plan.head[i].record.size, kc_wire_size(len));
		CHECK_EQ(plan.piece[i].len, len);
		CHECK(plan.sender[i] == w->sender);
	}
	CHECK_EQ(kc_member_commit(r, &plan, plan.bytes), 0);
}

static void whole_ones(u64 start)
{
	unsigned int i;

	records(start);
	CHECK_EQ(kc_wire_size(1), 48);
	CHECK_EQ(kc_wire_size(8), 48);
	CHECK_EQ(kc_wire_size(9), 56);
	for (i = 0; i < 20; i++)
		CHECK_EQ(unit_write(w, 9), 0);
	deliver(3 * 56 + 55, 1, 3, 9);
	deliver(56, 4, 1, 9);
	/* No more at once than a plan has headers for */
	deliver(100 * 56, 5, KC_PLAN_RECORDS, 9);
	deliver(100 * 56, 13, KC_PLAN_RECORDS, 9);
	unit_end();
}
UNIT_TEST(whole_ones)

/* A plan that goes on is committed as a whole */
static void goes_on(u64 start)
{
	struct kc_plan plan;
	unsigned int i;

	records(start);
	for (i = 0; i < 20; i++)
		CHECK_EQ(unit_write(w, 100), 0);
	CHECK_EQ(kc_member_plan(r, 15 * 144, &plan), 1);
	CHECK(kc_plan_more(&room, 15 * 144 - plan.bytes, &plan));
	CHECK_EQ(plan.n, 15 - KC_PLAN_RECORDS);
	CHECK_EQ(plan.head[0].record.seq, 1 + KC_PLAN_RECORDS);
	CHECK(!kc_plan_more(&room, 15 * 144 - plan.bytes, &plan));
	CHECK_EQ(plan.bytes, 15 * 144);
	CHECK_EQ(kc_member_commit(r, &plan, plan.bytes), 0);
	deliver(144, 16, 1, 100);
	unit_end();
}
UNIT_TEST(goes_on)

static void too_long(u64 start)
{
	struct kc_plan plan;

	records(start);
	CHECK_EQ(kc_member_plan(r, 1, &plan), -EAGAIN);
	CHECK_EQ(unit_write(w, MAX), 0);
	CHECK_EQ(kc_member_plan(r, 1, &plan), -EMSGSIZE);
	CHECK_EQ(kc_member_plan(r, kc_wire_size(MAX) - 1, &plan), -EMSGSIZE);
	CHECK(unit_poll(r) & KC_POLL_IN);
	deliver(kc_wire_size(MAX), 1, 1, MAX);
	unit_end();
}
UNIT_TEST(too_long)

/* Of a copy that failed only whole records count */
static void copied_in_part(u64 start)
{
	struct kc_plan plan;

	records(start);
	CHECK_EQ(unit_write(w, 1), 0);
	CHECK_EQ(unit_write(w, 9), 0);
	CHECK_EQ(kc_member_plan(r, 1000, &plan), 1);
	CHECK_EQ(kc_plan_whole(&plan, 47), 0);
	CHECK_EQ(kc_plan_whole(&plan, 48), 48);
	CHECK_EQ(kc_plan_whole(&plan, 103), 48);
	CHECK_EQ(kc_plan_whole(&plan, 104), 104);
	CHECK_EQ(kc_member_commit(r, &plan, 48), 0);
	deliver(1000, 2, 1, 9);
	unit_end();
}
UNIT_TEST(copied_in_part)

/* Another thread switches while the bytes are copied without the lock */
static void switched_meanwhile(u64 start)
{
	struct kc_plan plan;

	records(start);
	CHECK_EQ(unit_write(w, 48), 0);
	CHECK_EQ(kc_member_plan(r, 1000, &plan), 1);
	set(r, 0);
	CHECK_EQ(kc_member_commit(r, &plan, plan.bytes), -ESTALE);
	unit_expect(r, 1, 0, 48);
	unit_end();
}
UNIT_TEST(switched_meanwhile)

static void options(void)
{
	struct kchat_options options;
	unsigned int i;
	u8 byte;

	records(KC_RING_START);
	memset(&options, 0, sizeof(options));
	options.flags = KCHAT_OPTIONS + 1;
	CHECK_EQ(kc_member_set_options(r, &options), -EINVAL);
	options.flags = 0;
	for (i = 0; i < KC_ARRAY_SIZE(options.reserved); i++) {
		options.reserved[i] = 1;
		CHECK_EQ(kc_member_set_options(r, &options), -EINVAL);
		options.reserved[i] = 0;
	}
	CHECK_EQ(kc_member_set_options(w, &options), 0);
	options.flags = KCHAT_OPTION_RECORDS;
	CHECK_EQ(kc_member_set_options(w, &options), -EBADF);
	kc_member_get_options(r, &options);
	CHECK_EQ(options.flags, KCHAT_OPTION_RECORDS);

	set(r, KCHAT_OPTION_LOSSY);
	CHECK(!r->claimed);
	CHECK_EQ(unit_write(w, 2), 0);
	CHECK_EQ(unit_read(r, 1, &byte), 1);
	options.flags = KCHAT_OPTION_RECORDS;
	CHECK_EQ(kc_member_set_options(r, &options), -EBUSY);
	options.flags = KCHAT_OPTION_NO_ECHO;
	CHECK_EQ(kc_member_set_options(r, &options), -EBADF);
	CHECK_EQ(kc_member_set_options(w, &options), -EBADF);
	kc_member_get_options(r, &options);
	CHECK_EQ(options.flags, KCHAT_OPTION_LOSSY);
	set(r, 0);
	CHECK(r->claimed);
	unit_end();
}

/* Lapped in the middle of a message it may switch: nothing is left of that */
static void lapped_switches(void)
{
	struct kchat_info info;
	struct kc_plan plan;
	unsigned int i;
	u8 byte;

	unit_room(KC_RING_START, KCHAT_PATIENCE_FOREVER);
	w = unit_open(KC_WRITES);
	r = unit_open(KC_READS);
	set(r, KCHAT_OPTION_LOSSY);
	CHECK_EQ(unit_write(w, 2), 0);
	CHECK_EQ(unit_read(r, 1, &byte), 1);
	for (i = 0; i < 3; i++)
		CHECK_EQ(unit_write(w, MAX), 0);
	set(r, KCHAT_OPTION_LOSSY | KCHAT_OPTION_RECORDS);
	kc_member_info(r, &info);
	CHECK_EQ(info.unread_messages, 1);
	CHECK_EQ(info.unread_bytes, MAX);
	CHECK_EQ(info.lost_messages, 0);
	CHECK_EQ(kc_member_plan(r, 1000, &plan), -EPIPE);
	/* Claiming again must wait until it was told */
	set(r, KCHAT_OPTION_RECORDS);
	CHECK(!r->claimed);
	kc_member_told(r);
	CHECK(r->claimed);
	kc_member_info(r, &info);
	CHECK_EQ(info.laps, 1);
	CHECK_EQ(info.lost_messages, 3);
	CHECK_EQ(info.lost_bytes, 1 + 2 * MAX);
	deliver(kc_wire_size(MAX), 4, 1, MAX);
	unit_end();
}

static void information(void)
{
	struct kc_member *both;
	struct kchat_info info;

	records(KC_RING_START);
	both = unit_open(KC_READS | KC_WRITES);
	CHECK_EQ(unit_write(w, 10), 0);
	deliver(1000, 1, 1, 10);
	kc_member_info(w, &info);
	CHECK_EQ(info.version, KCHAT_VERSION);
	CHECK_EQ(info.capacity, SIZE);
	CHECK_EQ(info.readers, 2);
	CHECK_EQ(info.writers, 2);
	unit_close(both);
	kc_member_info(r, &info);
	CHECK_EQ(info.readers, 1);
	CHECK_EQ(info.writers, 1);
	CHECK_EQ(info.messages_in, 1);
	CHECK_EQ(info.bytes_in, 10);
	CHECK_EQ(info.messages_out, 1);
	CHECK_EQ(info.bytes_out, 10);
	CHECK_EQ(info.patience_ms, KCHAT_PATIENCE_FOREVER);
	unit_end();
}

static const struct tap_test tests[] = {
	UNIT_ROWS("whole records as many as fit", whole_ones),
	UNIT_ROWS("a plan of records goes on", goes_on),
	UNIT_ROWS("a record too long for the reader stays", too_long),
	UNIT_ROWS("of a failed copy whole records count", copied_in_part),
	UNIT_ROWS("bytes or records, as it was planned", switched_meanwhile),
	{ "options", options, 0 },
	{ "a lapped reader may switch", lapped_switches, 0 },
	{ "information", information, 0 },
	UNIT_END
};

int main(int argc, char **argv)
{
	return tap_main(argc, argv, tests);
}
