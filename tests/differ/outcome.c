// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What an operation did, made comparable.
 *
 * Numbers that only mean something on their own side are made relative: the
 * numbers of messages and the ids of members to the first of the case, the
 * process to ours. Times must be times of this test, and are then all the same.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "differ.h"

bool verbose;

static const char *errno_name(int err)
{
	static const struct {
		int err;
		const char *name;
	} table[] = {
		{ EAGAIN, "EAGAIN" },	{ EBADF, "EBADF" },
		{ EBUSY, "EBUSY" },	{ EEXIST, "EEXIST" },
		{ EFAULT, "EFAULT" },	{ EINTR, "EINTR" },
		{ EINVAL, "EINVAL" },	{ EMSGSIZE, "EMSGSIZE" },
		{ ENODEV, "ENODEV" },	{ ENOENT, "ENOENT" },
		{ ENOSPC, "ENOSPC" },	{ ENOTTY, "ENOTTY" },
		{ EPERM, "EPERM" },	{ EPIPE, "EPIPE" },
		{ ESRCH, "ESRCH" },	{ EACCES, "EACCES" },
		{ ENXIO, "ENXIO" },	{ EUSERS, "EUSERS" },
	};
	static char number[20];
	unsigned int i;

	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].err == err)
			return table[i].name;
	snprintf(number, sizeof(number), "errno %d", err);
	return number;
}

/* poll's bits, in words */
static const char *events_name(long events)
{
	static const struct {
		short bit;
		const char *name;
	} table[] = {
		{ POLLIN, "in" },   { POLLPRI, "pri" },	  { POLLOUT, "out" },
		{ POLLERR, "err" }, { POLLHUP, "hup" },	  { POLLNVAL, "nval" },
	};
	static char text[40];
	unsigned int i;

	text[0] = '\0';
	for (i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
		if (!(events & table[i].bit))
			continue;
		if (text[0])
			strcat(text, "|");
		strcat(text, table[i].name);
	}
	return text[0] ? text : "none";
}

/**
 * outcome_name() - what the table calls an outcome
 * @row: of what
 * @o: the outcome
 * @asked: bytes that were asked for
 *
 * Return: a word, until the next call.
 */
const char *outcome_name(enum row row, const struct outcome *o, size_t asked)
{
	if (o->ret < 0)
		return errno_name(o->err);
	switch ((int)row) {
	case OP_READ:
	case OP_FAULT_READ:
	case ROW_READ_WAITED:
		return o->ret ? "data" : asked ? "end" : "nothing asked";
	case OP_WRITE:
	case OP_FAULT_WRITE:
	case ROW_WRITE_WAITED:
		if (!o->ret)
			return "nothing asked";
		return (size_t)o->ret == asked ? "whole" : "short";
	case OP_POLL:
	case OP_AWAIT:
	case ROW_AWAIT_WAITED:
		return events_name(o->ret);
	default:
		return "ok";
	}
}

static uint32_t hash(const void *data, size_t len)
{
	const unsigned char *p = data;
	uint32_t h = 2166136261u;

	for (; len; len--)
		h = (h ^ *p++) * 16777619u;
	return h;
}

static int describe(char *text, size_t size, const struct outcome *o)
{
	if (o->ret < 0)
		return snprintf(text, size, "%s", errno_name(o->err));
	if (!o->data)
		return snprintf(text, size, "%ld", o->ret);
	return snprintf(text, size, "%ld with %zu bytes %08x", o->ret, o->len,
			hash(o->data, o->len));
}

/**
 * tell() - if one wants to know it all
 * @what: was done
 * @o: on each side
 */
void tell(const char *what, const struct outcome o[SIDES])
{
	char a[100], b[100];

	if (!verbose)
		return;
	describe(a, sizeof(a), &o[0]);
	describe(b, sizeof(b), &o[1]);
	printf("#     %s: %s%s%s\n", what, a, strcmp(a, b) ? " / " : "",
	       strcmp(a, b) ? b : "");
}

/**
 * differs() - did the sides do different things?
 * @what: was done
 * @o: on each side
 *
 * Return: whether they did; the reason is then in the report.
 */
bool differs(const char *what, const struct outcome o[SIDES])
{
	const unsigned char *x = o[0].data, *y = o[1].data;
	size_t size = sizeof(report->why), i;
	char *why = report->why;
	int n;

	if (o[0].ret == o[1].ret && o[0].err == o[1].err &&
	    o[0].len == o[1].len && !memcmp(x ? x : (void *)"",
					    y ? y : (void *)"", o[0].len))
		return false;
	n = snprintf(why, size, "%s: A: ", what);
	n += describe(why + n, size - n, &o[0]);
	n += snprintf(why + n, size - n, "; B: ");
	n += describe(why + n, size - n, &o[1]);
	if (x && y)
		for (i = 0; i < o[0].len && i < o[1].len; i++) {
			if (x[i] == y[i])
				continue;
			snprintf(why + n, size - n,
				 "; the first of them to differ is byte %zu: %02x, %02x",
				 i, x[i], y[i]);
			break;
		}
	return true;
}

/**
 * level_pid() - a process made comparable
 * @pid: as a backend gave it
 *
 * Return: 1 for this one; the others as they are.
 */
uint32_t level_pid(uint32_t pid)
{
	return pid == (uint32_t)getpid() ? 1 : pid;
}

/**
 * level_member() - a member's id made comparable
 * @room: its room
 * @side: 0 or 1
 * @id: as a backend gave it
 */
uint64_t level_member(const struct room *room, int side, uint64_t id)
{
	return id - room->member[side];
}

static uint64_t level_time(uint64_t ns)
{
	static uint64_t first;
	struct timespec ts;
	uint64_t now;

	clock_gettime(CLOCK_REALTIME, &ts);
	now = ts.tv_sec * 1000000000ull + ts.tv_nsec;
	if (!first)
		first = now - 3600ull * 1000000000;
	return ns >= first && ns <= now ? 0 : ns;
}

/**
 * level_records() - what was read, made comparable
 * @slot: through which file
 * @side: 0 or 1
 * @buf: what was read; bytes stay as they are, records are made comparable
 * @len: bytes of that
 */
void level_records(const struct slot *slot, int side, void *buf, size_t len)
{
	struct kchat_record rec;
	struct kchat_event event;
	unsigned char *p = buf;
	size_t at;

	if (!(slot->options & KCHAT_OPTION_RECORDS))
		return;
	for (at = 0; at + sizeof(rec) <= len; at += rec.size) {
		memcpy(&rec, p + at, sizeof(rec));
		if (rec.size < sizeof(rec) || at + rec.size > len)
			return;
		rec.pid = level_pid(rec.pid);
		rec.seq -= slot->room->seq[side];
		rec.time_ns = level_time(rec.time_ns);
		memcpy(p + at, &rec, sizeof(rec));
		if (rec.type != KCHAT_RECORD_JOIN &&
		    rec.type != KCHAT_RECORD_LEAVE)
			continue;
		if (rec.size < sizeof(rec) + sizeof(event))
			continue;
		memcpy(&event, p + at + sizeof(rec), sizeof(event));
		event.member = level_member(slot->room, side, event.member);
		memcpy(p + at + sizeof(rec), &event, sizeof(event));
	}
}
