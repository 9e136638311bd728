/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * room.h - a room, and what is to be said to people when it fails
 *
 * The library does the work and returns numbers; here they become one line,
 * naming the path and what to do.
 */
#ifndef KCHAT_ROOM_H
#define KCHAT_ROOM_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

#include "libkchat.h"

/**
 * struct room - an open room
 * @kchat: the room as the library knows it
 * @fd: for poll(2)
 * @path: where it was found
 */
struct room {
	struct kchat_room *kchat;
	int fd;
	char path[PATH_MAX];
};

/** struct reason - why something failed: one line without a newline */
struct reason {
	char text[PATH_MAX + 256];
};

/**
 * room_open - open a room
 * @room: set up on success; @room->path also without
 * @name: a name, or a path if there is a slash in it: kchat_path_find()
 * @flags: of open(2)
 * @options: KCHAT_OPTION_*
 * @ret_reason: why it failed
 *
 * Return: 0 or -errno as of kchat_room_open(); -EINVAL for a name no room can
 * have
 */
int room_open(struct room *room, const char *name, int flags,
	      unsigned int options, struct reason *ret_reason);

/**
 * room_close - leave a room
 * @room: the room
 */
void room_close(struct room *room);

/**
 * room_explain - say what an error of reading or writing means
 * @room: the room
 * @err: -errno, or 0 for the end of the room
 * @ret_reason: the explanation
 */
void room_explain(const struct room *room, int err, struct reason *ret_reason);

/**
 * control_open - open the node by which a room is managed
 * @name: the room, which need not be there: a name, or a path
 * @flags: of open(2)
 * @ret_path: set to the path of the room; PATH_MAX bytes
 * @ret_reason: why it failed
 *
 * Return: a descriptor or -errno; -EINVAL for a name no room can have
 */
int control_open(const char *name, int flags, char *ret_path,
		 struct reason *ret_reason);

/**
 * control_explain - say what an error of managing a room means
 * @path: the room
 * @err: -errno
 * @ret_reason: the explanation
 */
void control_explain(const char *path, int err, struct reason *ret_reason);

#endif /* KCHAT_ROOM_H */
