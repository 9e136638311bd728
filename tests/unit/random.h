/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * random.h - the naive model of a room, for the random walk
 *
 * A list of all messages there ever were and, for each person, an index into it. It
 * knows no positions, counts no claims at records, and adds up whatever it wants to
 * know anew each time.
 */
#ifndef KCHAT_TESTS_RANDOM_H
#define KCHAT_TESTS_RANDOM_H

#include "roll.h"
#include "unit.h"

#define PEOPLE	8
#define LAST	100000	/* more than are ever refused */

struct person {
	struct kc_member *m;	/* NULL: not here */
	bool claims, lossy;
	unsigned int id;	/* of this one visit */
	size_t joined, at;	/* indices of messages */
	size_t home;		/* where its claim begins */
	bool released;		/* its claim was ended by hand */
	u64 own_bytes;		/* its own that it passed over */
	u64 again_bytes;	/* that it went back to */
	u32 off, want;
	u64 got_bytes, lost_bytes, lost_messages;
	bool armed;		/* was told that there is no room for @want */
	bool in_line, called;
	u64 first_since;	/* ns: first in line and it does not fit; 0 */
	struct kc_turn turn;
	u32 water, water_ms;
	bool dozes;		/* found too little, and relies on a call */
	bool records, events;
	size_t event;		/* index of the next one */
	size_t plan_event;
	bool plan_events;
	unsigned int items;
	struct {
		bool event;
		size_t index;
	} item[KC_PLAN_RECORDS];
	bool planned;
	size_t plan_at, plan_len;
	u32 plan_off;
	struct kc_plan plan;
};

struct event {
	size_t after;		/* how many messages there were */
	u64 member;
	u32 access;
	u16 type;
};

extern struct person people[PEOPLE];
extern struct person *line[PEOPLE];
extern unsigned int in_line;
extern u32 *lens;		/* of all messages ever */
extern u64 *before;		/* bytes before each, and before the next one */
extern u64 *stamp;		/* ns when each was accepted */
extern unsigned int *quiet_for;	/* whose visit does not read it; 0 */
extern size_t n, kept;		/* how many; the oldest that is still there */
extern struct event *events;	/* all ever, while somebody listened */
extern size_t n_events;
extern u32 refused[LAST];	/* lengths refused that did not fit since */
extern unsigned int n_refused;
extern u32 withheld;		/* the least refused since writers were called */
extern bool published;
extern u8 noise[2 * MAX];
extern size_t calls;		/* of lazy readers */

/* ---- the model: random-model.c ---- */

u32 some_len(void);
const u8 *content(size_t message);
u32 takes(u32 len);
u64 space_from(size_t message);
bool here(const struct person *p, unsigned int access);
bool in_the_way(const struct person *p, u32 len);
void pass(struct person *p);
bool fits(u32 len);
u32 tight_len(void);
bool may_poll_out(const struct person *p);
u32 longest_wanted(void);
u64 unread_bytes(const struct person *p);
u64 due(const struct person *p);
bool readable(const struct person *p);
void withhold(u32 len);
void tell(u64 member, unsigned int access, u16 type);

/* ---- what people do: random-people.c ---- */

void people_step(void);
void people_end(void);

/* ---- both, step by step: random-walk.c ---- */

void walk_begin(u64 start, u32 patience, size_t steps);
void walk_step(void);
void walk_end(void);

#endif /* KCHAT_TESTS_RANDOM_H */
