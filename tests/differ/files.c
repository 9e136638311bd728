// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Operations on open files as such: opened, closed, polled, and the calls that
 * wait on them broken off by signals.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "step.h"
#include "tap.h"

enum did do_open(const struct op *op)
{
	static const int modes[] = { O_RDWR, O_RDONLY, O_RDWR, O_WRONLY,
				     O_RDONLY };
	struct slot *slot = &slots[op->a % SLOTS];
	unsigned int name = op->b % 8 < 6 ? 0 : op->b % NAMES, stranger;
	struct room *room;
	struct outcome o[SIDES];
	char path[PATH_MAX + 40];
	struct kchat_info info;
	int i, flags;

	if (slot->open || call_of(slot, READ) || call_of(slot, WRITE))
		return NOTHING;
	/* Mostly where there is a room */
	for (i = 0; i < NAMES && !names[name] && op->c >> 11 & 3; i++)
		name = (name + 1) % NAMES;
	room = names[name];
	memset(slot, 0, sizeof(*slot));
	slot->access = CHOOSE(modes, op->c);
	slot->nonblock = (op->c >> 4) % 8 < 5;
	stranger = (op->c >> 8) % 8 ? 0 : STRANGER;
	flags = slot->access | (slot->nonblock ? O_NONBLOCK : 0) | O_CLOEXEC;
	slot->room = room;
	for (i = 0; i < SIDES; i++) {
		room_path(path, &sides[i], name);
		if (features & HAS_CONTROL)
			setfsuid(stranger);
		slot->fd[i] = open(path, flags);
		begin(&o[i], slot->fd[i]);
		setfsuid(0);
		if (o[i].ret >= 0)
			o[i].ret = 0;
	}
	slot->open = !o[0].ret && !o[1].ret && room;
	for (i = 0; slot->open && i < SIDES; i++) {
		if (ioctl(slot->fd[i], KCHAT_INFO, &info) < 0)
			return DIFFERENT;
		slot->member[i] = info.member;
		if (!room->known) {
			room->member[i] = info.member;
			room->seq[i] = info.messages_in;
		}
	}
	if (slot->open)
		room->known = true;
	return finish((enum row)op->code, "open", o, 0);
}

enum did do_close(const struct op *op)
{
	struct slot *slot = pick(op->a, op->b & 1 ? LEFT_OVER : ANY);
	struct outcome o[SIDES];
	bool pending;
	int i;

	/* A descriptor that is polled stands for another file, once reused */
	if (!slot || call_of(slot, AWAIT))
		return NOTHING;
	pending = call_of(slot, READ) || call_of(slot, WRITE);
	if (pending && !close_is_sure(slot))
		return NOTHING;
	for (i = 0; i < SIDES; i++)
		begin(&o[i], close(slot->fd[i]));
	slot->open = false;
	if (pending)
		cell_count((enum row)op->code, "while a call waits");
	return finish((enum row)op->code, "close", o, 0);
}

/* O_NONBLOCK on and off; not under a call that looks at it later */
enum did do_mode(const struct op *op)
{
	struct slot *slot = pick(op->a, ANY);
	struct outcome o[SIDES];
	int i;

	if (!slot || call_of(slot, READ) || call_of(slot, WRITE))
		return NOTHING;
	slot->nonblock = !slot->nonblock;
	for (i = 0; i < SIDES; i++)
		begin(&o[i], fcntl(slot->fd[i], F_SETFL,
				   slot->nonblock ? O_NONBLOCK : 0));
	return finish((enum row)op->code,
		      slot->nonblock ? "O_NONBLOCK" : "no O_NONBLOCK", o, 0);
}

enum did do_poll(const struct op *op)
{
	struct slot *slot = pick(op->a, op->c % 4 ? ANY : LEFT_OVER);
	struct outcome o[SIDES];
	struct pollfd pfd;
	int i;

	if (op->c % 8 == 1 && pick_unlucky(op->a))
		slot = pick_unlucky(op->a);
	if (!slot)
		return NOTHING;
	for (i = 0; i < SIDES; i++) {
		pfd.fd = slot->fd[i];
		pfd.events = op->b % 8 ? POLLIN | POLLOUT | POLLPRI :
			     op->b & 8 ? POLLIN : POLLOUT;
		begin(&o[i], poll(&pfd, 1, 0));
		if (o[i].ret > 0)
			o[i].ret = pfd.revents;
	}
	return finish((enum row)op->code, "poll", o, 0);
}

/* Wait for one event: of several the first is a matter of luck */
enum did do_await(const struct op *op)
{
	static const short events[] = { POLLIN, POLLOUT, POLLPRI, POLLIN };
	short event = CHOOSE(events, op->b);
	struct slot *slot = pick(op->a, op->c % 8 == 0 ? LEFT_OVER :
				 event == POLLOUT ? WRITER : READER);

	if (event == POLLIN && op->c % 8 == 3 && pick_idle(op->a))
		slot = pick_idle(op->a);
	if (op->c % 4 == 0 && pick_unlucky(op->a)) {
		slot = pick_unlucky(op->a);
		event = POLLPRI;
	}
	if (!slot || call_of(slot, AWAIT) ||
	    call_of(slot, event == POLLOUT ? WRITE : READ))
		return NOTHING;
	if (!call_begin(slot, AWAIT, NULL, 0, event))
		return NOTHING;
	return settle() ? DONE : DIFFERENT;
}

enum did do_signal(const struct op *op)
{
	bool restart = op->code == OP_RESTART;
	struct call *call = pick_call(op->a);
	struct helper *h;
	bool restarted;
	int kmod;

	/* Polls would hardly end otherwise */
	if (!call || (call->kind == AWAIT && op->b % 3))
		return NOTHING;
	/* Begun anew it would find another file by its number, or none */
	if (restart && (!call->slot->open || !restart_is_sure(call)))
		return NOTHING;
	if (restart && call->kind == WRITE)
		call->slot->room->restarted = true;
	if (!call_signal(call, restart ? SIG_RESTART : SIG_PLAIN))
		return DIFFERENT;
	if (restart && call->kind != AWAIT && kmod_and_another(&kmod)) {
		/* Begun anew, it may end at once: an option has changed, say */
		h = call->helper[kmod];
		restarted = !h->done || h->ret >= 0 || h->err != EINTR;
		h = call->helper[!kmod];
		if (restarted && h->done && h->ret < 0 && h->err == EINTR) {
			known_seen(KNOWN_RESTART);
			call_again(call, !kmod);
		}
	}
	cell_count((enum row)op->code, call->kind == READ ? "read" :
		   call->kind == WRITE ? "write" : "poll");
	return settle() ? DONE : DIFFERENT;
}
