// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * O2: who asked for no echo does not read what it writes itself.
 */
#include "config.h"

#include <string.h>

#include "unit.h"

static struct kc_member *w, *r, *q;

/* @q reads and writes without echo, @r reads, @w writes */
static void quiet(u64 start, u32 patience)
{
	unit_room(start, patience);
	w = unit_open(KC_WRITES);
	r = unit_open(KC_READS);
	q = unit_open(KC_READS | KC_WRITES);
	unit_options(q, KCHAT_OPTION_NO_ECHO);
}

static void unread(u64 messages, u64 bytes)
{
	struct kchat_info info;

	kc_member_info(q, &info);
	CHECK_EQ(info.unread_messages, messages);
	CHECK_EQ(info.unread_bytes, bytes);
}

static void alone(u64 start)
{
	quiet(start, KCHAT_PATIENCE_FOREVER);
	CHECK_EQ(unit_write(q, 10), 0);
	unread(0, 0);
	CHECK_EQ(unit_poll(q) & KC_POLL_IN, 0);
	CHECK_EQ(unit_read(q, 10, &(u8 [10]){ 0 }), -EAGAIN);
	unit_expect(r, 1, 0, 10);
	unit_end();
}
UNIT_TEST(alone)

/* One's own among others: before, between, behind, at the end of a read */
static void among_others(u64 start)
{
	static u8 buf[100];
	u32 i, at = 0;

	quiet(start, KCHAT_PATIENCE_FOREVER);
	CHECK_EQ(unit_write(q, 3), 0);
	CHECK_EQ(unit_write(w, 5), 0);
	CHECK_EQ(unit_write(q, 7), 0);
	CHECK_EQ(unit_write(q, 9), 0);
	CHECK_EQ(unit_write(w, 11), 0);
	CHECK_EQ(unit_write(q, 13), 0);
	unread(2, 16);
	CHECK_EQ(unit_read(q, sizeof(buf), buf), 16);
	for (i = 0; i < 5; i++)
		CHECK_EQ(buf[at++], unit_byte(2, i));
	for (i = 0; i < 11; i++)
		CHECK_EQ(buf[at++], unit_byte(5, i));
	unread(0, 0);
	CHECK_EQ(room.out_messages, 2);
	CHECK_EQ(room.out_bytes, 16);
	/* A part of one, then the rest of it, and the own passed over */
	CHECK_EQ(unit_write(w, 5), 0);
	CHECK_EQ(unit_write(q, 6), 0);
	CHECK_EQ(unit_write(w, 7), 0);
	unit_expect(q, 7, 0, 2);
	unread(2, 10);
	unit_expect(q, 7, 2, 3);
	CHECK_EQ(q->seq, 9);
	unit_expect(q, 9, 0, 7);
	unit_drain(r);
	unit_end();
}
UNIT_TEST(among_others)

/* It is decided when a message is accepted, and of another file means nothing */
static void when_accepted(u64 start)
{
	quiet(start, KCHAT_PATIENCE_FOREVER);
	unit_options(q, 0);
	CHECK_EQ(unit_write(q, 4), 0);
	unit_options(q, KCHAT_OPTION_NO_ECHO);
	CHECK_EQ(unit_write(q, 5), 0);
	unit_options(q, 0);
	unread(1, 4);
	unit_expect(q, 1, 0, 4);
	CHECK_EQ(unit_poll(q) & KC_POLL_IN, 0);
	CHECK_EQ(unit_write(q, 6), 0);
	unit_expect(q, 3, 0, 6);
	unit_end();
}
UNIT_TEST(when_accepted)

/* Messages of its own never hold the own room back */
static void holds_nobody_back(u64 start)
{
	unsigned int i;

	quiet(start, KCHAT_PATIENCE_FOREVER);
	unit_close(r);
	for (i = 0; i < 20; i++) {
		CHECK_EQ(unit_write(q, MAX), 0);
		unit_check();
	}
	CHECK(q->claimed);
	unread(0, 0);
	CHECK_EQ(unit_write(w, 8), 0);
	unit_expect(q, 21, 0, 8);
	unit_end();
}
UNIT_TEST(holds_nobody_back)

/* Nor when it went back, and has yet to come to them */
static void gone_back(u64 start)
{
	struct kchat_history history = { .messages = 1 };
	unsigned int i;

	quiet(start, KCHAT_PATIENCE_FOREVER);
	unit_close(r);
	room.flags = KCHAT_ROOM_HISTORY;
	CHECK_EQ(unit_write(w, 1), 0);
	unit_expect(q, 1, 0, 1);
	CHECK_EQ(kc_member_history(q, &history), 0);
	for (i = 0; i < 20; i++) {
		CHECK_EQ(unit_write(q, MAX), 0);
		unit_check();
	}
	CHECK(q->claimed);
	kc_member_told(q);
	unread(0, 0);
	/* What another writes it claims as ever */
	CHECK_EQ(unit_write(w, 8), 0);
	CHECK_EQ(unit_write(w, MAX), 0);
	CHECK_EQ(unit_write(w, MAX), -EAGAIN);
	unit_expect(q, 22, 0, 8);
	unit_end();
}
UNIT_TEST(gone_back)

/* Nor when its claim was ended by hand, and it reads on */
static void lapped_by_hand(u64 start)
{
	quiet(start, KCHAT_PATIENCE_FOREVER);
	unit_close(r);
	CHECK_EQ(unit_write(w, 1), 0);
	CHECK_EQ(unit_write(w, 2), 0);
	kc_member_release(q);
	CHECK_EQ(unit_write(q, MAX), 0);
	unit_expect(q, 1, 0, 1);
	CHECK(q->claimed);
	CHECK_EQ(unit_write(w, 1000), 0);
	CHECK_EQ(unit_write(w, MAX), 0);
	unit_check();
	unit_end();
}
UNIT_TEST(lapped_by_hand)

/* Lost is what others wrote, to the byte, wherever the own stand */
static void losses(u64 start)
{
	unsigned int i;

	quiet(start, 0);
	unit_close(r);
	CHECK_EQ(unit_write(w, 100), 0);
	unit_expect(q, 1, 0, 30);
	for (i = 0; i < 12; i++) {
		CHECK_EQ(unit_write(q, 20000), 0);
		CHECK_EQ(unit_write(w, 1000), 0);
		unit_check();
	}
	CHECK(kc_member_lapped(q));
	/* Six of its own are there still and seven others, one of them first */
	CHECK_EQ(room.tail_seq, 13);
	unread(7, 7000);
	CHECK_EQ(kc_member_unread(q).messages, 13);
	CHECK_EQ(kc_member_unread(q).bytes, 70 + 12000);
	kc_member_told(q);
	CHECK_EQ(q->lost_messages, 6);
	CHECK_EQ(q->lost_bytes, 70 + 5000);
	CHECK_EQ(q->seq, 13);
	unread(7, 7000);
	/* Once more, and now what comes first is its own */
	for (i = 0; i < 5; i++)
		CHECK_EQ(unit_write(q, 20000), 0);
	CHECK_EQ(unit_write(q, 9000), 0);
	CHECK_EQ(room.tail_seq, 24);
	kc_member_told(q);
	CHECK_EQ(q->lost_messages, 12);
	CHECK_EQ(q->lost_bytes, 70 + 11000);
	CHECK_EQ(q->seq, 25);
	unread(1, 1000);
	unit_drain(q);
	unread(0, 0);
	unit_end();
}
UNIT_TEST(losses)

static const struct tap_test tests[] = {
	UNIT_ROWS("O2 alone it reads nothing", alone),
	UNIT_ROWS("O2 among others it reads theirs", among_others),
	UNIT_ROWS("O2 decided when a message is accepted", when_accepted),
	UNIT_ROWS("O2 one's own hold nobody back", holds_nobody_back),
	UNIT_ROWS("O2 nor who went back", gone_back),
	UNIT_ROWS("O2 nor whose claim was ended", lapped_by_hand),
	UNIT_ROWS("O2 one's own are no loss", losses),
	UNIT_END
};

int main(int argc, char **argv)
{
	return tap_main(argc, argv, tests);
}
