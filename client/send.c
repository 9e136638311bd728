// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * send.c - say something and go
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "kchat.h"

int send_lines(struct room *room, struct lines *lines)
{
	const char *message;
	size_t len;
	ssize_t n;

	while ((len = lines_next(lines, &message))) {
		n = kchat_room_write(room->kchat, message, len);
		if (n < 0)
			return n;
		/* After a short write the rest follows as a message. */
		lines_sent(lines, n);
	}
	return 0;
}

void complain_unsent(const struct lines *lines)
{
	if (lines_left(lines))
		complain("the last %zu bytes were not sent", lines_left(lines));
}

/* The words and what goes between them are one message, or nothing is. */
static int add_words(struct lines *lines, char **words)
{
	int err = 0;

	for (; *words && !err; words++) {
		err = lines_add(lines, *words, strlen(*words));
		if (!err)
			err = lines_add(lines, words[1] ? " " : "\n", 1);
	}
	return err;
}

static int send_words(struct room *room, char **words)
{
	struct lines lines = LINES_EMPTY;
	const char *text;
	ssize_t n;
	int err;

	err = add_words(&lines, words);
	if (err) {
		complain("%s", strerror(-err));
	} else if (lines_left(&lines) > KCHAT_MSG_MAX) {
		complain("this text has %zu bytes, a message at most %u; standard input is cut into messages",
			 lines_left(&lines), KCHAT_MSG_MAX);
		err = -EMSGSIZE;
	}
	/* Not by way of send_lines(): the words may have newlines in them. */
	while (!err && lines_left(&lines)) {
		text = lines.text + lines.start;
		n = kchat_room_write(room->kchat, text, lines_left(&lines));
		if (n < 0) {
			err = n;
			complain_room(room, err);
		} else {
			lines_sent(&lines, n);
		}
	}
	lines_deinit(&lines);
	return err;
}

/*
 * Wait for standard input, or for the end of the room: who has nothing to say
 * for an hour should not learn only then that nobody can hear it.
 */
static int wait_for_input(struct room *room)
{
	struct pollfd files[] = {
		{ .fd = STDIN_FILENO, .events = POLLIN },
		{ .fd = room->fd },
	};

	while (poll(files, 2, -1) < 0)
		if (errno != EINTR)
			return -errno;
	if (files[0].revents)
		return 0;
	return files[1].revents & POLLHUP ? -ENODEV : -EIO;
}

static int send_input(struct room *room)
{
	struct lines lines = LINES_EMPTY;
	int err = 0;

	while (!err && !lines.ended) {
		err = wait_for_input(room);
		if (err) {
			complain_room(room, err);
			break;
		}
		err = lines_read(&lines, STDIN_FILENO);
		if (err) {
			complain("standard input: %s", strerror(-err));
			break;
		}
		err = send_lines(room, &lines);
		if (err)
			complain_room(room, err);
	}
	complain_unsent(&lines);
	lines_deinit(&lines);
	return err;
}

int command_send(const struct settings *settings, char **words)
{
	struct reason reason;
	struct room room;
	int err;

	(void)settings;
	/* For writing alone: so it never holds the room back. */
	err = room_open(&room, words[0], O_WRONLY, 0, &reason);
	if (err) {
		complain("%s", reason.text);
		return err == -EINVAL ? EXIT_USAGE : EXIT_FAILURE;
	}
	err = words[1] ? send_words(&room, words + 1) : send_input(&room);
	room_close(&room);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
