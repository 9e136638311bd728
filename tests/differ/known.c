// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Where two backends may differ, all of it.
 *
 * First, differences that kchat(4) lists, by their names in the contract. What
 * differs is then made up for, so that both sides are alike again.
 *
 * Second, races: what the contract leaves open, and two correct backends may
 * decide either way. Such a step is made sure of its outcome, or not taken.
 *
 * The other differences concern what no operation here does: D2 (a message in
 * more than 8 pieces), D4 (namespaces, RWF_NOWAIT, tracing, accounting), D5 (FUSE
 * is compared with itself only), D6 (nobody kills a daemon).
 */
#include "config.h"

#include <poll.h>
#include <stdio.h>
#include <string.h>

#include "differ.h"

static const struct {
	const char *name, *what;
} table[N_KNOWN] = {
	[KNOWN_RESTART] = {
		"D1", "after a signal with SA_RESTART the module goes on waiting; the other call fails with EINTR and is begun anew" },
	[KNOWN_FRONT_WRITTEN] = {
		"D3", "of a buffer that ends in unmapped memory the front is the message, the module says EFAULT; both then write the front" },
	[KNOWN_FRONT_READ] = {
		"D3", "a record that fits a buffer, but not its mapped front, is EMSGSIZE; the module says EFAULT" },
};

/**
 * kmod_and_another() - may D1 and D3 be seen?
 * @ret_kmod: set to the module's side
 *
 * Return: whether exactly one side is the module.
 */
bool kmod_and_another(int *ret_kmod)
{
	*ret_kmod = sides[0].backend == KMOD ? 0 : 1;
	return (sides[0].backend == KMOD) != (sides[1].backend == KMOD);
}

/**
 * known_seen() - a known difference was met
 * @known: which
 */
void known_seen(enum known known)
{
	report->known[known]++;
	if (verbose)
		printf("#     (%s)\n", table[known].name);
}

/**
 * known_print() - how often each was met
 * @from: the report
 */
void known_print(const struct report *from)
{
	int i;

	for (i = 0; i < N_KNOWN; i++)
		printf("# %s, %lu times: %s\n", table[i].name, from->known[i],
		       table[i].what);
}

/* The length on the wire of as many records as fit, of those there are now */
static size_t records_now(const struct room *room, size_t first, size_t len)
{
	size_t sum = 0, size;

	for (; first < room->n_sizes; first++) {
		size = (sizeof(struct kchat_record) + room->sizes[first] + 7) &
		       ~7u;
		if (sum + size > len)
			break;
		sum += size;
	}
	return sum;
}

/* Does a read wait through a file that lets itself be lapped? */
static bool lossy_read_waits(const struct room *room)
{
	int i;

	for (i = 0; i < CALLS; i++)
		if (calls[i].used && calls[i].kind == READ &&
		    calls[i].slot->room == room &&
		    calls[i].slot->options & KCHAT_OPTION_LOSSY)
			return true;
	return false;
}

/**
 * loss_is_sure() - will it be lapped, or read in time?
 * @room: in this room
 * @claimless: a read waits, or will, that claims nothing
 *
 * Where several writers are let in at once, what the first of them has written can
 * be overwritten before a read that waited for it comes to see it.
 *
 * Return: false if it is better not tried.
 */
bool loss_is_sure(const struct room *room, bool claimless)
{
	return !claimless || calls_in(room, WRITE) < 2;
}

/**
 * read_is_sure() - has a read one outcome only?
 * @slot: the file
 * @len: bytes asked for; may be made fewer
 *
 * A read gives room, so a writer who waits may write at once; and a read that
 * has room left may or may not see that message already. Hence, while writers
 * wait, a read asks for no more than there is. A read that waits itself is woken
 * by the first of several writers, and may see the second: then it asks
 * for one byte. With a low-water mark it is the writer's waiting that ends it.
 *
 * Return: false if it is better not tried.
 */
bool read_is_sure(struct slot *slot, size_t *len)
{
	unsigned int writers = calls_in(slot->room, WRITE);
	struct kchat_info info;
	size_t first, now;

	if (!slot->nonblock &&
	    !loss_is_sure(slot->room, slot->options & KCHAT_OPTION_LOSSY))
		return false;
	if (!writers && (slot->nonblock || slot->low_water <= 1))
		return true;
	if (!*len)
		return true;
	if (!slot_info(slot, &info))
		return false;
	if (slot->options & KCHAT_OPTION_RECORDS) {
		if (slot->skips)
			return false;
		if (info.unread_messages) {
			first = info.messages_in - info.unread_messages -
				slot->room->seq[0];
			now = records_now(slot->room, first, *len);
			if (now)
				*len = now;
			return true;
		}
	} else if (info.unread_bytes) {
		if (*len > info.unread_bytes)
			*len = info.unread_bytes;
		return true;
	}
	if (writers > 1 || slot->low_water > 1)
		*len = 1;
	return !writers || !(slot->options & KCHAT_OPTION_EVENTS);
}

/**
 * write_is_sure() - have a write and what it ends one outcome only?
 * @slot: the file
 * @batch: it may be several messages
 *
 * The other side of the above: no second writer begins to wait while a read
 * does that would see one message or two; nor several messages at once, nor these
 * while a closed file waits to go, whose claim may hold back the second.
 *
 * Return: false if it is better not tried.
 */
bool write_is_sure(const struct slot *slot, bool batch)
{
	bool waiting = calls_in(slot->room, WRITE) && !slot->nonblock;
	int i;

	if (waiting && lossy_read_waits(slot->room))
		return false;
	for (i = 0; i < CALLS; i++) {
		if (!calls[i].used || calls[i].slot->room != slot->room)
			continue;
		if (batch && !calls[i].slot->open)
			return false;
		if (calls[i].kind != READ)
			continue;
		if (calls[i].len > 1 && (waiting || batch))
			return false;
		if (calls[i].slot->options & KCHAT_OPTION_EVENTS &&
		    !slot->nonblock)
			return false;
	}
	return true;
}

/**
 * close_is_sure() - will others see a file go at a certain time?
 * @slot: the file, closed while calls wait on it
 *
 * It goes when the last of them has returned, and that is a moment after what
 * ended it: whether before another such file, or before an event is read that
 * tells of it, or between two messages of a batch, is a matter of luck.
 *
 * Return: false if it is better not tried.
 */
bool close_is_sure(const struct slot *slot)
{
	int i;

	for (i = 0; i < CALLS; i++)
		if (calls[i].used &&
		    (!calls[i].slot->open ||
		     (calls[i].batch && calls[i].slot != slot &&
		      calls[i].slot->room == slot->room)))
			return false;
	for (i = 0; i < SLOTS; i++)
		if (slots[i].open && slots[i].room == slot->room &&
		    slots[i].options & KCHAT_OPTION_EVENTS)
			return false;
	return true;
}

/**
 * events_are_sure() - may events be asked for now?
 * @room: in this room
 *
 * The other side of the above.
 */
bool events_are_sure(const struct room *room)
{
	int i;

	for (i = 0; i < CALLS; i++)
		if (calls[i].used && !calls[i].slot->open &&
		    calls[i].slot->room == room)
			return false;
	return true;
}

/**
 * restart_is_sure() - will nobody see a writer leave the line and come back?
 * @call: the call that is interrupted by a signal with SA_RESTART
 *
 * Between the two whoever polls for output may find that a message would be
 * accepted, or find the writer back in line; and the frames of a batch behind it
 * may all be accepted, or the first only. What the room then remembers of
 * those it refused differs, and shows where readers have a low-water mark: in one
 * room there is the one or the other.
 *
 * Return: false if it is better not tried.
 */
bool restart_is_sure(const struct call *call)
{
	int i;

	if (call->kind != WRITE)
		return true;
	for (i = 0; i < SLOTS; i++)
		if (slots[i].room == call->slot->room && slots[i].low_water > 1)
			return false;
	for (i = 0; i < CALLS; i++) {
		const struct call *other = &calls[i];

		if (!other->used || other == call ||
		    other->slot->room != call->slot->room)
			continue;
		if (other->kind == AWAIT &&
		    other->helper[0]->events == POLLOUT)
			return false;
		if (other->batch)
			return false;
	}
	return true;
}
