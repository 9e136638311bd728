// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The two sides, their rooms and files.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "differ.h"

struct side sides[SIDES];
struct slot slots[SLOTS];
struct room *names[NAMES];
unsigned int features;
unsigned int case_number;

static const struct {
	unsigned int bit;
	const char *name;
} feature_names[] = {
	{ HAS_CONTROL, "a control node" },
	{ HAS_NO_ECHO, "KCHAT_OPTION_NO_ECHO" },
	{ HAS_EVENTS, "KCHAT_OPTION_EVENTS" },
	{ HAS_BATCH, "KCHAT_OPTION_BATCH" },
	{ HAS_LOW_WATER, "low_water" },
	{ HAS_HISTORY, "KCHAT_HISTORY" },
	{ HAS_MEMBERS, "KCHAT_MEMBERS" },
	{ HAS_LAP, "KCHAT_LAP" },
};

/* Does a request exist? */
static bool answers(int fd, unsigned long request)
{
	char buf[2048];

	memset(buf, 0, sizeof(buf));
	return !ioctl(fd, request, buf) || errno != ENOTTY;
}

static unsigned int side_features(const struct side *side)
{
	struct kchat_options options = { .flags = 0 };
	int fd = open(side->path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);
	struct kchat_info info;
	unsigned int has = 0;

	if (fd < 0 || ioctl(fd, KCHAT_INFO, &info) < 0) {
		perror(side->path);
		return 0;
	}
	if (side->control >= 0)
		has |= HAS_CONTROL;
	if (info.options & KCHAT_OPTION_NO_ECHO)
		has |= HAS_NO_ECHO;
	if (info.options & KCHAT_OPTION_EVENTS)
		has |= HAS_EVENTS;
	if (info.options & KCHAT_OPTION_BATCH)
		has |= HAS_BATCH;
	options.low_water = 1;
	if (!ioctl(fd, KCHAT_SET_OPTIONS, &options))
		has |= HAS_LOW_WATER;
	if (answers(fd, KCHAT_HISTORY))
		has |= HAS_HISTORY;
	if (answers(fd, KCHAT_MEMBERS))
		has |= HAS_MEMBERS;
	if (answers(fd, KCHAT_LAP))
		has |= HAS_LAP;
	close(fd);
	return has;
}

/**
 * sides_open() - open what a process needs of both sides for itself
 */
void sides_open(void)
{
	char path[PATH_MAX + 40];
	int i;

	for (i = 0; i < SIDES; i++) {
		struct side *side = &sides[i];

		snprintf(path, sizeof(path), "%s/" KCHAT_CONTROL, side->dir);
		side->control = open(path, O_RDWR | O_CLOEXEC);
		side->barrier = open(side->path, O_WRONLY | O_CLOEXEC);
	}
}

/**
 * sides_probe() - find out what the backends have
 *
 * Sets the features both have, and says what is left out.
 *
 * Return: whether they have the same, and something to compare.
 */
bool sides_probe(void)
{
	struct kchat_info info;
	unsigned int i, both;

	sides_open();
	for (i = 0; i < SIDES; i++) {
		sides[i].features = side_features(&sides[i]);
		if (sides[i].barrier < 0 ||
		    ioctl(sides[i].barrier, KCHAT_INFO, &info) < 0)
			return false;
		if (sides[i].control < 0 && info.patience_ms &&
		    info.patience_ms != KCHAT_PATIENCE_FOREVER) {
			printf("# %s has a clock (%u ms of patience), and there is no control node to make another room\n",
			       sides[i].path, info.patience_ms);
			return false;
		}
	}
	both = sides[0].features & sides[1].features;
	for (i = 0; i < sizeof(feature_names) / sizeof(feature_names[0]); i++) {
		unsigned int bit = feature_names[i].bit;

		if (!(both & bit))
			printf("# left out: %s, which %s has\n",
			       feature_names[i].name,
			       sides[0].features & bit ? "only A" :
			       sides[1].features & bit ? "only B" : "neither");
	}
	features = both;
	return sides[0].features == sides[1].features;
}

/**
 * room_name() - what a case calls its rooms
 * @name: set
 * @number: of the case
 * @i: which room of it
 */
void room_name(char *name, unsigned int number, unsigned int i)
{
	snprintf(name, KCHAT_NAME_MAX + 1, "differ%u-%u", number, i);
}

/**
 * room_path() - where a name's node is
 * @path: set; PATH_MAX + 40 bytes
 * @side: on this side
 * @i: which name
 */
void room_path(char *path, const struct side *side, unsigned int i)
{
	char name[KCHAT_NAME_MAX + 1];

	if (!(features & HAS_CONTROL)) {
		snprintf(path, PATH_MAX + 40, "%s", side->path);
		return;
	}
	room_name(name, case_number, i);
	snprintf(path, PATH_MAX + 40, "%s/%s", side->dir, name);
}

/**
 * room_new() - a name leads to a new room
 * @patience: ms
 *
 * Return: the room; cases are short, nothing frees it.
 */
struct room *room_new(uint32_t patience)
{
	struct room *room = calloc(1, sizeof(*room));

	if (!room)
		abort();
	room->live = true;
	room->patience = patience;
	return room;
}

/**
 * rooms_sweep() - remove what a case left behind
 * @number: of the case
 */
void rooms_sweep(unsigned int number)
{
	struct kchat_spec spec;
	unsigned int i, j;

	for (j = 0; j < SIDES; j++)
		for (i = 0; sides[j].control >= 0 && i < NAMES; i++) {
			memset(&spec, 0, sizeof(spec));
			room_name(spec.name, number, i);
			(void)ioctl(sides[j].control, KCHAT_REMOVE, &spec);
		}
}

/**
 * slot_ready() - what a poll finds, on the first side
 * @slot: the slot
 * @events: as for poll()
 *
 * Both are asked: to be asked must not leave them different.
 *
 * Return: the events found.
 */
short slot_ready(const struct slot *slot, short events)
{
	struct pollfd pfd[SIDES];
	int i;

	for (i = 0; i < SIDES; i++) {
		pfd[i].fd = slot->fd[i];
		pfd[i].events = events;
		pfd[i].revents = 0;
		(void)poll(&pfd[i], 1, 0);
	}
	return pfd[0].revents;
}

/**
 * slot_info() - what a file's room is like, on the first side
 * @slot: the slot
 * @ret_info: set
 *
 * Return: whether it says so.
 */
bool slot_info(const struct slot *slot, struct kchat_info *ret_info)
{
	struct kchat_info other;

	return !ioctl(slot->fd[0], KCHAT_INFO, ret_info) &&
	       !ioctl(slot->fd[1], KCHAT_INFO, &other);
}

/**
 * tell_state() - what every open file says of itself, and which calls wait
 */
void tell_state(void)
{
	struct kchat_info info[SIDES];
	int i, j;

	for (i = 0; i < SLOTS; i++) {
		struct slot *slot = &slots[i];

		if (!slot->open)
			continue;
		printf("# slot %d: %s%s options %#x, low water %u\n", i,
		       slot->access == O_RDONLY ? "r" :
		       slot->access == O_WRONLY ? "w" : "rw",
		       slot->nonblock ? "" : ", waits", slot->options,
		       slot->low_water);
		for (j = 0; j < SIDES; j++) {
			if (ioctl(slot->fd[j], KCHAT_INFO, &info[j]) < 0)
				continue;
			printf("#   %c: %s, patience %u, %llu messages of %llu bytes in, unread %llu of %llu, lost %llu of %llu\n",
			       'A' + j, info[j].name, info[j].patience_ms,
			       info[j].messages_in, info[j].bytes_in,
			       info[j].unread_messages, info[j].unread_bytes,
			       info[j].lost_messages, info[j].lost_bytes);
		}
	}
	for (i = 0; i < CALLS; i++)
		if (calls[i].used)
			printf("# slot %d: a call of %zu bytes, %s on A, %s on B\n",
			       (int)(calls[i].slot - slots), calls[i].len,
			       calls[i].helper[0]->done ? "ended" : "waiting",
			       calls[i].helper[1]->done ? "ended" : "waiting");
	fflush(stdout);
}
