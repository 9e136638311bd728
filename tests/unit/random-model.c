// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The naive model of a room; random.h says what it knows.
 */
#include "config.h"

#include "random.h"

struct person people[PEOPLE];
struct person *line[PEOPLE];
unsigned int in_line;

u32 *lens;
u64 *before;
u64 *stamp;
unsigned int *quiet_for;
size_t n, kept;

struct event *events;
size_t n_events;

u32 refused[LAST];
unsigned int n_refused;
u32 withheld;
bool published;

u8 noise[2 * MAX];

u32 some_len(void)
{
	switch (roll(8)) {
	case 0:
		return (u32)roll(16) + 1;
	case 1:
	case 2:
		return (u32)roll(300) + 1;
	case 3:
	case 4:
	case 5:
		return (u32)roll(8000) + 1;
	case 6:
		return MAX - (u32)roll(10);
	default:
		return (u32)roll(MAX) + 1;
	}
}

const u8 *content(size_t message)
{
	return noise + message * 40503U % MAX;
}

/* --- the model ---------------------------------------------------------- */

u32 takes(u32 len)
{
	u32 bytes = (u32)sizeof(struct kc_record) + len;

	while (bytes % 8)
		bytes++;
	return bytes;
}

u64 space_from(size_t message)
{
	u64 sum = 0;

	for (; message < n; message++)
		sum += takes(lens[message]);
	return sum;
}

bool here(const struct person *p, unsigned int access)
{
	return p->m && (p->m->access & access) == access;
}

bool in_the_way(const struct person *p, u32 len)
{
	return here(p, KC_READS) && p->claims &&
	       space_from(p->home) + takes(len) > SIZE;
}

/* A cursor never rests on what its reader does not want, being its own */
void pass(struct person *p)
{
	for (; p->at < n && quiet_for[p->at] == p->id; p->at++)
		p->own_bytes += lens[p->at];
	if (p->home < p->at)
		p->home = p->at;
}

bool fits(u32 len)
{
	unsigned int i;

	for (i = 0; i < PEOPLE; i++)
		if (in_the_way(&people[i], len))
			return false;
	return true;
}

/* A message that fits exactly now, or is a little too long: most instructive */
u32 tight_len(void)
{
	size_t oldest = n;
	unsigned int i;
	u64 space;

	for (i = 0; i < PEOPLE; i++)
		if (here(&people[i], KC_READS) && people[i].claims &&
		    people[i].home < oldest)
			oldest = people[i].home;
	space = SIZE - space_from(oldest);
	if (space <= sizeof(struct kc_record) + 1)
		return 1;
	space = space - sizeof(struct kc_record) + roll(10);
	return space > 5 && space - 5 <= MAX ? (u32)space - 5 : MAX;
}

bool may_poll_out(const struct person *p)
{
	return !in_line && (!room.patience || fits(p->want));
}

/* What patience runs for: the first in line, or who was refused more */
u32 longest_wanted(void)
{
	u32 len = in_line ? line[0]->turn.len : 0;
	unsigned int i;

	for (i = 0; i < n_refused; i++)
		if (refused[i] > len)
			len = refused[i];
	return withheld > len ? withheld : len;
}

u64 unread_bytes(const struct person *p)
{
	u64 bytes = 0;
	size_t i;

	for (i = p->at; i < n; i++)
		if (quiet_for[i] != p->id)
			bytes += lens[i];
	return bytes - p->off;
}

/* When the first unread byte is old enough; time in records is coarse */
u64 due(const struct person *p)
{
	return (((stamp[p->at] >> 20) + 1) << 20) + p->water_ms * MS;
}

bool readable(const struct person *p)
{
	if (p->events && p->event < n_events && events[p->event].after <= p->at)
		return true;
	if (p->at == n)
		return false;
	return p->water <= 1 || p->at < kept ||
	       (in_line ? !line[0]->called : withheld) ||
	       unread_bytes(p) >= p->water ||
	       (p->water_ms && unit_now >= due(p));
}

void withhold(u32 len)
{
	CHECK(n_refused < LAST);
	refused[n_refused++] = len;
	if (!withheld || len < withheld)
		withheld = len;
}

void tell(u64 member, unsigned int access, u16 type)
{
	unsigned int i;

	for (i = 0; i < PEOPLE && !(people[i].m && people[i].events); i++)
		;
	if (i == PEOPLE)
		return;
	events[n_events].after = n;
	events[n_events].member = member;
	events[n_events].access = (access & KC_READS ? 1 : 0) +
				  (access & KC_WRITES ? 2 : 0);
	events[n_events++].type = type;
	published = true;
}
