// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Operations that ask a room something, or something of an open file.
 */
#include "config.h"

#include <fcntl.h>
#include <string.h>

#include "step.h"
#include "tap.h"

enum did do_set(const struct op *op)
{
	static const unsigned int marks[] = { 0, 0, 0, 1, 10, 100, 5000,
					      70000 };
	struct kchat_options options[SIDES] = { { .flags = 0 } };
	void *arg[SIDES] = { &options[0], &options[1] };
	struct slot *slot = pick(op->a, ANY);
	uint32_t flags, known = KCHAT_OPTION_RECORDS | KCHAT_OPTION_LOSSY;
	struct outcome o[SIDES];

	if (!slot)
		return NOTHING;
	if (features & HAS_NO_ECHO)
		known |= KCHAT_OPTION_NO_ECHO;
	if (features & HAS_EVENTS)
		known |= KCHAT_OPTION_EVENTS;
	if (features & HAS_BATCH)
		known |= KCHAT_OPTION_BATCH;
	/* Half of the time most are off, or hardly anybody would hold back */
	flags = op->b & known;
	if (op->c & 1)
		flags &= ~KCHAT_OPTION_LOSSY;
	if (op->c & 2)
		flags &= ~(KCHAT_OPTION_EVENTS | KCHAT_OPTION_NO_ECHO);
	if (op->c & 4 && slot->access == O_WRONLY)
		flags &= KCHAT_OPTION_BATCH;
	if (op->c & 4 && slot->access == O_RDONLY)
		flags &= ~(KCHAT_OPTION_BATCH | KCHAT_OPTION_NO_ECHO);
	if (op->c & 8 && !(flags & KCHAT_OPTION_RECORDS))
		flags &= ~(KCHAT_OPTION_EVENTS | KCHAT_OPTION_BATCH);
	options[0].flags = flags;
	if (features & HAS_LOW_WATER)
		options[0].low_water = CHOOSE(marks, op->c >> 8);
	if (op->c >> 4 & 1 && slot->access == O_WRONLY)
		options[0].low_water = 0;
	if ((op->b >> 8) % 16 == 0)
		options[0].flags |= 1u << 31;
	if ((op->b >> 8) % 16 == 1)
		options[0].reserved[op->b >> 12 & 3] = 1;
	/* Under a read that waits these would leave its end to luck: known.c */
	if (call_of(slot, READ)) {
		if (!loss_is_sure(slot->room, true))
			options[0].flags &= ~KCHAT_OPTION_LOSSY;
		options[0].flags &= ~KCHAT_OPTION_EVENTS;
		options[0].low_water = 0;
	}
	if (slot->room->restarted)
		options[0].low_water = 0;
	if (!events_are_sure(slot->room))
		options[0].flags &= ~KCHAT_OPTION_EVENTS;
	options[1] = options[0];
	ask(slot, KCHAT_SET_OPTIONS, arg, 0, o);
	if (!o[0].ret && !o[1].ret) {
		flags = slot->options = options[0].flags;
		slot->low_water = options[0].low_water;
		if (flags & (KCHAT_OPTION_EVENTS | KCHAT_OPTION_NO_ECHO))
			slot->skips = true;
	}
	return finish((enum row)op->code, "set options", o, 0);
}

enum did do_get(const struct op *op)
{
	struct kchat_options options[SIDES];
	void *arg[SIDES] = { &options[0], &options[1] };
	struct slot *slot = pick(op->a, ANY);
	struct outcome o[SIDES];

	if (!slot)
		return NOTHING;
	ask(slot, KCHAT_GET_OPTIONS, arg, sizeof(options[0]), o);
	return finish((enum row)op->code, "get options", o, 0);
}

enum did do_info(const struct op *op)
{
	struct kchat_info info[SIDES];
	void *arg[SIDES] = { &info[0], &info[1] };
	struct slot *slot = pick(op->a, ANY);
	static struct kchat_info first[SIDES];
	struct outcome o[SIDES];
	int i;

	if (!slot)
		return NOTHING;
	ask(slot, KCHAT_INFO, arg, sizeof(info[0]), o);
	for (i = 0; i < SIDES; i++) {
		info[i].member = level_member(slot->room, i, info[i].member);
		info[i].messages_in -= slot->room->seq[i];
		if (features & HAS_CONTROL)
			continue;
		/* A room that was there before has a past */
		if (!first[i].version)
			first[i] = info[i];
		info[i].bytes_in -= first[i].bytes_in;
		info[i].messages_out -= first[i].messages_out;
		info[i].bytes_out -= first[i].bytes_out;
		info[i].laps -= first[i].laps;
	}
	return finish((enum row)op->code, "information", o, 0);
}

enum did do_members(const struct op *op)
{
	struct kchat_members page[SIDES];
	void *arg[SIDES] = { &page[0], &page[1] };
	struct slot *slot = pick(op->a, ANY), *other = pick(op->b, ANY);
	struct outcome o[SIDES];
	unsigned int i, k;

	if (!slot)
		return NOTHING;
	memset(page, 0, sizeof(page));
	for (i = 0; i < SIDES; i++) {
		if (op->c % 4 == 1 && other &&
		    other->room == slot->room)
			page[i].after = other->member[i];
		if (op->c % 16 == 2)
			page[i].reserved = 1;
	}
	ask(slot, KCHAT_MEMBERS, arg, sizeof(page[0]), o);
	for (i = 0; i < SIDES; i++) {
		if (page[i].after)
			page[i].after = level_member(slot->room, i,
						     page[i].after);
		for (k = 0; k < page[i].n && k < KCHAT_MEMBERS_PAGE; k++) {
			struct kchat_member *m = &page[i].member[k];

			m->id = level_member(slot->room, i, m->id);
			m->pid = level_pid(m->pid);
		}
	}
	return finish((enum row)op->code, "members", o, 0);
}

enum did do_lap(const struct op *op)
{
	struct kchat_lap lap[SIDES] = { { .member = 0 } };
	void *arg[SIDES] = { &lap[0], &lap[1] };
	struct slot *slot = pick(op->a, ANY), *other = pick(op->b, READER);
	struct outcome o[SIDES];
	int i;

	if (!slot || !other)
		return NOTHING;
	for (i = 0; i < SIDES; i++) {
		lap[i].member = other->member[i];
		if (other->room != slot->room || op->c % 8 == 1)
			lap[i].member += 1000;
		if (op->c % 16 == 2)
			lap[i].reserved[1] = 1;
	}
	ask(slot, KCHAT_LAP, arg, 0, o);
	return finish((enum row)op->code, "lap", o, 0);
}

enum did do_history(const struct op *op)
{
	static const uint64_t far[] = { 0, 1, 2, 3, 5, 8, KCHAT_HISTORY_ALL };
	struct kchat_history history[SIDES] = { { .messages = 0 } };
	void *arg[SIDES] = { &history[0], &history[1] };
	struct slot *slot = pick(op->a, op->c % 8 == 2 ? ANY : READER);
	struct outcome o[SIDES];

	/* A read that waits would see one message, or several */
	if (!slot || call_of(slot, READ))
		return NOTHING;
	history[0].messages = CHOOSE(far, op->b);
	if (op->c % 16 == 1)
		history[0].reserved[0] = 7;
	history[1] = history[0];
	ask(slot, KCHAT_HISTORY, arg, sizeof(history[0]), o);
	return finish((enum row)op->code, "history", o, 0);
}

enum did do_unknown(const struct op *op)
{
	static const unsigned long requests[] = {
		_IO(KCHAT_IOC, 31),
		_IOR(KCHAT_IOC, 31, struct kchat_info),
		_IOW(KCHAT_IOC, 2, int),
		_IOWR(KCHAT_IOC, 0, struct kchat_info),
		KCHAT_CREATE,
		KCHAT_LIST,
		_IO('T', 1),
	};
	static char arg[SIDES][4096];
	void *args[SIDES] = { arg[0], arg[1] };
	struct slot *slot = pick(op->a, ANY);
	struct outcome o[SIDES];

	if (!slot)
		return NOTHING;
	ask(slot, CHOOSE(requests, op->b), args, 0, o);
	return finish((enum row)op->code, "an unknown request", o, 0);
}
