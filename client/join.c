// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * join.c - read a room and talk in it, from a script
 *
 * Standard input goes to the room, the room to standard output. It ends at the
 * end of input, once everything was sent and what is due was delivered.
 *
 * What is due is what the room has up to our own last message, which we read
 * back as everybody's. No need to recognise it: a message can be read as soon
 * as its write has returned, so when the last write has returned everything
 * due is there, and when a read then finds nothing it was all delivered. If
 * others talk faster than we read, that moment never comes; but a room holds
 * no more than KCHAT_CAPACITY_MAX bytes, and what comes after so many was
 * said after our last message.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "ear.h"
#include "kchat.h"
#include "out.h"

enum { INPUT, ROOM, OUTPUT, NR_FILES };

struct join {
	struct room *room;
	struct ear *ear;
	struct lines lines;
	/* Bytes read since everything was sent. */
	size_t delivered;
};

static bool all_sent(const struct join *join)
{
	return join->lines.ended && !lines_left(&join->lines);
}

/*
 * Wait until there is something to do, and say where. Reading goes on in any
 * case: what fills the room may be what we have not read ourselves.
 */
static void wait_for_work(struct join *join, struct pollfd *files)
{
	const char *message;
	bool blocked = lines_next(&join->lines, &message) > 0;
	int timeout = -1;

	files[INPUT].fd = join->lines.ended || blocked ? -1 : STDIN_FILENO;
	files[ROOM].fd = join->room->fd;
	files[ROOM].events = blocked ? POLLIN | POLLOUT : POLLIN;
	if (all_sent(join) || kchat_room_pending(join->room->kchat))
		timeout = 0;
	while (poll(files, NR_FILES, timeout) < 0)
		;
}

/* Returns whether to go on, or -errno after the failure was reported. */
static int hear(struct join *join, short revents)
{
	size_t len;
	int n, err;

	n = ear_hear(join->ear, revents, &len);
	if (n > 0) {
		if (all_sent(join))
			join->delivered += n;
		err = out_write(join->ear->text, len);
		return err ? err : join->delivered < KCHAT_CAPACITY_MAX;
	}
	if (n == -EAGAIN || (!all_sent(join) && ear_await(join->ear, n)))
		return !all_sent(join);
	complain_room(join->room, n);
	/* An end before that of the input: what is still to come is lost. */
	return n ? n : all_sent(join) ? 0 : -ENODEV;
}

/*
 * Say what can be said without waiting. A room that takes nothing any more may
 * have something to read yet: that it has ended is for hear() to find, at the end.
 */
static int speak(struct join *join)
{
	int err = send_lines(join->room, &join->lines);

	if (!err || err == -EAGAIN || err == -ENODEV ||
	    ear_await(join->ear, err))
		return 0;
	complain_room(join->room, err);
	return err;
}

static int hear_input(struct join *join)
{
	int err = lines_read(&join->lines, STDIN_FILENO);

	if (err)
		complain("standard input: %s", strerror(-err));
	return err;
}

static int join_room(struct join *join)
{
	struct pollfd files[NR_FILES] = {
		[INPUT] = { .events = POLLIN },
		[ROOM] = { .fd = -1 },
		/* Only to learn that nobody reads it any more. */
		[OUTPUT] = { .fd = STDOUT_FILENO },
	};
	int more = true, err;

	while (more > 0) {
		err = speak(join);
		if (err)
			return err;
		wait_for_work(join, files);
		if (files[OUTPUT].revents)
			return out_gone();
		if (files[INPUT].revents) {
			err = hear_input(join);
			if (err)
				return err;
		}
		more = hear(join, files[ROOM].revents);
	}
	return more;
}

int command_join(const struct settings *settings, char **words)
{
	static struct ear ear;
	struct room room;
	struct join join = { .room = &room, .ear = &ear };
	int status, err;

	status = ear_open(&ear, &room, words[0] ? words[0] : KCHAT_LOBBY,
			  O_RDWR | O_NONBLOCK, settings);
	if (status)
		return status;
	if (isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) {
		status = chat(&ear);
		goto out_close;
	}

	join.lines = LINES_EMPTY;
	err = join_room(&join);
	if (!err)
		err = out_write(ear.text, ear_end(&ear));
	complain_unsent(&join.lines);
	lines_deinit(&join.lines);
	status = err ? EXIT_FAILURE : ear.lost ? EXIT_LOST : EXIT_SUCCESS;
out_close:
	room_close(&room);
	return status;
}
