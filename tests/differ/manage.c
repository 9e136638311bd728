// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Operations on the control node: rooms are made, changed, removed and listed, and
 * patience ends.
 */
#include "config.h"

#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>

#include "step.h"
#include "tap.h"

/* An hour: longer than any case, so that only we say when patience ends */
#define PATIENCE_LONG	3600000u

static void manage(unsigned long request, void *arg[], struct outcome o[SIDES])
{
	int i;

	for (i = 0; i < SIDES; i++)
		begin(&o[i], ioctl(sides[i].control, request, arg[i]));
}

static const uint32_t patiences[] = { KCHAT_PATIENCE_FOREVER, PATIENCE_LONG, 0,
				      PATIENCE_LONG };

enum did do_create(const struct op *op)
{
	static const uint32_t capacities[] = { KCHAT_CAPACITY_MIN,
					       KCHAT_CAPACITY_MIN, 0,
					       256 << 10 };
	struct kchat_spec spec = { .mode = 0666, .uid = KCHAT_SELF,
				   .gid = KCHAT_SELF };
	void *arg[SIDES] = { &spec, &spec };
	unsigned int name = op->a % NAMES;
	struct outcome o[SIDES];

	if (!names[0] && op->a & 16)
		name = 0;
	room_name(spec.name, case_number, name);
	spec.capacity = CHOOSE(capacities, op->b);
	spec.patience_ms = CHOOSE(patiences, op->b >> 4);
	spec.flags = op->b >> 8 & 1 ? KCHAT_ROOM_HISTORY : 0;
	switch (op->c % 24) {
	case 0:
		spec.capacity = 1000;
		break;
	case 1:
		spec.capacity = 2 * KCHAT_CAPACITY_MAX;
		break;
	case 2:
		spec.flags |= 1u << 20;
		break;
	case 3:
		spec.mode = 01777;
		break;
	case 4:
		spec.reserved[2] = 1;
		break;
	case 5:
		memset(spec.name, 0, sizeof(spec.name));
		strcpy(spec.name, ".hidden");
		break;
	case 6:
		spec.name[KCHAT_NAME_MAX] = 'x';
		break;
	case 7:
		memset(spec.name, 0, sizeof(spec.name));
		strcpy(spec.name, KCHAT_CONTROL);
		break;
	case 8:
		memset(spec.name, 0, sizeof(spec.name));
		strcpy(spec.name, KCHAT_LOBBY);
		break;
	case 9:
		spec.id = 3;
		break;
	case 10:
		spec.change = KCHAT_CHANGE_PATIENCE;
		break;
	}
	manage(KCHAT_CREATE, arg, o);
	if (!o[0].ret && !o[1].ret)
		names[name] = room_new(spec.patience_ms);
	return finish((enum row)op->code, "create", o, 0);
}

/*
 * A room that is worth removing: somebody waits there for messages, or has yet
 * to be told of a loss, or waits at all.
 */
static const struct room *busy_room(unsigned int a)
{
	struct call *call = pick_call(a);
	unsigned int i;

	for (i = 0; a & 1 && i < CALLS; i++)
		if (calls[i].used && calls[i].slot->room->live &&
		    (calls[i].kind == READ ||
		     (calls[i].kind == AWAIT &&
		      calls[i].helper[0]->events == POLLIN)))
			return calls[i].slot->room;
	for (i = 0; a & 2 && i < SLOTS; i++)
		if (slots[i].open && slots[i].room->live &&
		    slot_ready(&slots[i], POLLPRI) & POLLPRI)
			return slots[i].room;
	return call ? call->slot->room : NULL;
}

enum did do_remove(const struct op *op)
{
	struct kchat_spec spec = { .mode = 0 };
	void *arg[SIDES] = { &spec, &spec };
	unsigned int name = op->b % 6 ? 1 + op->a % (NAMES - 1) : 0, i;
	const struct room *room = op->b % 6 < 3 ? busy_room(op->a) : NULL;
	struct outcome o[SIDES];

	for (i = 0; room && i < NAMES; i++)
		if (room == names[i])
			name = i;
	if ((op->b >> 4) % 10 == 0)
		strcpy(spec.name, KCHAT_LOBBY);
	else
		room_name(spec.name, case_number, name);
	manage(KCHAT_REMOVE, arg, o);
	if (!o[0].ret && !o[1].ret && names[name]) {
		names[name]->live = false;
		names[name] = NULL;
	}
	return finish((enum row)op->code, "remove", o, 0);
}

enum did do_change(const struct op *op)
{
	struct kchat_spec spec = { .mode = 0 };
	void *arg[SIDES] = { &spec, &spec };
	unsigned int name = op->b % 4 ? 0 : op->a % NAMES;
	struct outcome o[SIDES];

	room_name(spec.name, case_number, name);
	spec.change = op->c & (KCHAT_CHANGE_PATIENCE | KCHAT_CHANGE_HISTORY);
	if (op->c % 16 == 15)
		spec.change |= 1u << 9;
	if (spec.change & KCHAT_CHANGE_PATIENCE)
		spec.patience_ms = CHOOSE(patiences, op->b >> 4);
	if (spec.change & KCHAT_CHANGE_HISTORY)
		spec.flags = op->b >> 8 & 1 ? KCHAT_ROOM_HISTORY : 0;
	/* Without patience nobody claims anything against those who wait */
	if (spec.change & KCHAT_CHANGE_PATIENCE && !spec.patience_ms &&
	    names[name] &&
	    !loss_is_sure(names[name], calls_in(names[name], READ)))
		return NOTHING;
	manage(KCHAT_CHANGE, arg, o);
	if (!o[0].ret && !o[1].ret && names[name] &&
	    spec.change & KCHAT_CHANGE_PATIENCE)
		names[name]->patience = spec.patience_ms;
	return finish((enum row)op->code, "change", o, 0);
}

/* Of the list only our rooms count, and their order */
static size_t list_ours(int side, struct kchat_spec *ours, struct outcome *o)
{
	struct kchat_list page;
	char prefix[KCHAT_NAME_MAX + 1];
	unsigned int i, n = 0;

	room_name(prefix, case_number, 0);
	prefix[strlen(prefix) - 1] = '\0';
	memset(&page, 0, sizeof(page));
	do {
		begin(o, ioctl(sides[side].control, KCHAT_LIST, &page));
		if (o->ret < 0)
			return 0;
		for (i = 0; i < page.n && i < KCHAT_LIST_PAGE; i++) {
			page.after = page.room[i].id;
			if (strncmp(page.room[i].name, prefix, strlen(prefix)))
				continue;
			if (n == 2 * NAMES)
				break;
			ours[n] = page.room[i];
			ours[n++].id = 0;
		}
	} while (page.n == KCHAT_LIST_PAGE);
	return n * sizeof(*ours);
}

enum did do_list(const struct op *op)
{
	struct kchat_spec ours[SIDES][2 * NAMES];
	struct outcome o[SIDES];
	size_t len;
	int i;

	for (i = 0; i < SIDES; i++) {
		len = list_ours(i, ours[i], &o[i]);
		o[i].data = len ? ours[i] : NULL;
		o[i].len = len;
	}
	return finish((enum row)op->code, "list", o, 0);
}

/*
 * Patience ends: for all who wait now, and for each of them anew, since the
 * clock starts again when the next in line finds no room.
 */
enum did do_expire(const struct op *op)
{
	unsigned int name = op->b % 4 ? 0 : op->a % NAMES;
	struct kchat_spec spec = { .change = KCHAT_CHANGE_PATIENCE };
	void *arg[SIDES] = { &spec, &spec };
	struct room *room = names[name];
	unsigned int ms = 10 * tap_slow();
	struct outcome o[SIDES];
	unsigned int waiting, i;

	if (!room)
		return NOTHING;
	waiting = calls_in(room, WRITE);
	room_name(spec.name, case_number, name);
	spec.patience_ms = ms;
	manage(KCHAT_CHANGE, arg, o);
	if (differs("change", o))
		return DIFFERENT;
	/* (A daemon has looked at its clock when it is at rest again.) */
	for (i = 0; i <= waiting; i++) {
		tap_sleep(ms + 5 * tap_slow());
		quiesce();
	}
	tap_sleep(10 * tap_slow());
	if (!settle())
		return DIFFERENT;
	cell_count((enum row)op->code, waiting ? "while writers wait" :
		   "nobody waits");
	spec.patience_ms = room->patience;
	manage(KCHAT_CHANGE, arg, o);
	if (differs("change", o))
		return DIFFERENT;
	return settle() ? DONE : DIFFERENT;
}
