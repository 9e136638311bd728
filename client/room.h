/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * room.h - find a room, open it, talk in it, explain what went wrong
 *
 * Nothing in here prints, exits or keeps state of its own: a library in all but
 * name. Whatever fails says why in one line, naming the path and what to do.
 */
#ifndef KCHAT_ROOM_H
#define KCHAT_ROOM_H

#include <limits.h>
#include <stdbool.h>
#include <sys/types.h>

/**
 * struct room - an open room
 * @fd: for poll(2)
 * @path: where it was found
 */
struct room {
	int fd;
	char path[PATH_MAX];
};

/** struct reason - why something failed: one line without a newline */
struct reason {
	char text[PATH_MAX + 256];
};

/**
 * room_name_ok - may a room have this name?
 * @name: the name
 */
bool room_name_ok(const char *name);

/**
 * room_open - open a room
 * @room: set up on success
 * @name: a path if there is a slash in it; else the name of a room, looked up
 *	in $KCHAT_DIR if that is set, else in /dev/kchat, else in
 *	$XDG_RUNTIME_DIR/kchat
 * @flags: of open(2)
 * @ret_reason: why it failed
 *
 * A file that is no room is not opened.
 *
 * Return: 0 or -errno; -EINVAL for a name no room can have
 */
int room_open(struct room *room, const char *name, int flags,
	      struct reason *ret_reason);

/**
 * room_close - leave a room
 * @room: the room
 */
void room_close(struct room *room);

/**
 * room_read - read what was said
 * @room: the room
 * @buf: where to
 * @len: bytes in @buf, not 0
 * @revents: what poll(2) said about the room, 0 if it was not asked
 *
 * Return: bytes read; 0 once the room has ended; -EAGAIN if there is nothing
 * now (O_NONBLOCK); -EPIPE if messages were lost, then reading goes on behind
 * them; another -errno if the room is gone
 */
ssize_t room_read(struct room *room, void *buf, size_t len, short revents);

/**
 * room_write - say something
 * @room: the room
 * @message: what
 * @len: its length; more than KCHAT_MSG_MAX is cut there
 *
 * Return: bytes accepted as one message, or -errno and nothing was said;
 * -EAGAIN if there is no space now (O_NONBLOCK)
 */
ssize_t room_write(struct room *room, const void *message, size_t len);

/**
 * room_explain - say what an error of reading or writing means
 * @room: the room
 * @err: -errno, or 0 for the end of the room
 * @ret_reason: the explanation
 */
void room_explain(const struct room *room, int err, struct reason *ret_reason);

#endif /* KCHAT_ROOM_H */
