/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * unit.h - a room on a bench
 *
 * One room per process, which is one per test, with memory of exactly the size
 * the engine asked for, so that AddressSanitizer sees a byte too many. A
 * message's bytes follow from its number, so that every read can be checked.
 */
#ifndef KCHAT_TESTS_UNIT_H
#define KCHAT_TESTS_UNIT_H

#include "room.h"
#include "tap.h"

#define SIZE	KCHAT_CAPACITY_MIN
#define MAX	KCHAT_MSG_MAX
#define MS	1000000ULL

/* Where rings start: as shipped, at 0, and where the sign or all bits flip */
#define UNIT_STARTS(X, test)			\
	X(test, shipped, KC_RING_START)		\
	X(test, zero, 0)			\
	X(test, sign, ((u64)1 << 63) - 8)	\
	X(test, overflow, (u64)0 - 8)

#define UNIT_RUN_FROM(test, name, start)	\
	static void test##_from_##name(void)	\
	{					\
		test(start);			\
	}

/* A test is a function of the start; UNIT_TEST() makes one for each start */
#define UNIT_TEST(test) UNIT_STARTS(UNIT_RUN_FROM, test)
/* ... and UNIT_ROWS() their rows in the table */
#define UNIT_ROWS(title, test)						\
	{ title ", from the shipped start", test##_from_shipped, 0 },	\
	{ title ", from 0", test##_from_zero, 0 },			\
	{ title ", from 2^63 - 8", test##_from_sign, 0 },		\
	{ title ", from 2^64 - 8", test##_from_overflow, 0 }
#define UNIT_END { NULL, NULL, 0 }

extern struct kc_room room;
extern u64 unit_now;		/* ns, given to every settle */
extern int unit_senders;	/* senders that are not back yet */

void unit_room(u64 start, u32 patience);
void unit_end(void);
void unit_check(void);

struct kc_member *unit_open(unsigned int access);
void unit_close(struct kc_member *member);
void unit_collect(void);

u8 unit_byte(u64 seq, u32 at);
int unit_admit(struct kc_member *member, u32 len);
void unit_publish(struct kc_member *member, u32 len);
int unit_write(struct kc_member *member, u32 len);
int unit_read(struct kc_member *member, size_t len, void *buf);
void unit_expect(struct kc_member *member, u64 seq, u32 off, u32 len);
void unit_drain(struct kc_member *member);
void unit_options(struct kc_member *member, u32 flags);
unsigned int unit_poll(struct kc_member *member);
unsigned int unit_settle(void);
u32 unit_rest(void);

#endif /* KCHAT_TESTS_UNIT_H */
