// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * listen.c - print what is said until interrupted
 *
 * Signals do what they always do: what was read has been written by then, as
 * nothing is buffered, and the shell sees which signal it was.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "commands.h"
#include "ear.h"
#include "json.h"
#include "out.h"

static int listen_on(struct ear *ear)
{
	struct pollfd files[] = {
		{ .fd = ear->room->fd, .events = POLLIN },
		/* Only to learn that nobody reads it: a listener who cannot
		 * tell anybody leaves, and does not hold the room back. */
		{ .fd = STDOUT_FILENO },
	};
	size_t len;
	int n, err;

	for (;;) {
		if (poll(files, 2, -1) < 0)
			continue;
		if (files[1].revents)
			return out_gone();
		do {
			n = ear_hear(ear, files[0].revents, &len);
			err = out_write(ear->text, len);
			if (err)
				return err;
		} while (n > 0 && kchat_room_pending(ear->room->kchat));
		if (n > 0 || n == -EAGAIN)
			continue;
		err = out_write(ear->text, ear_end(ear));
		if (err || !ear_await(ear, n))
			break;
		files[0].fd = ear->room->fd;
	}
	complain_room(ear->room, n);
	return n ? n : err;
}

int command_listen(const struct settings *settings, char **words)
{
	static struct ear ear;
	struct room room;
	int status, err;

	if (settings->form == FORM_JSON && !json_there()) {
		complain("--json: this kchat was built without jansson");
		return EXIT_FAILURE;
	}
	if (settings->form == FORM_RECORDS && isatty(STDOUT_FILENO)) {
		complain("--records are for programs, not for a terminal");
		return EXIT_USAGE;
	}
	status = ear_open(&ear, &room, words[0], O_RDONLY | O_NONBLOCK,
			  settings);
	if (status)
		return status;
	err = listen_on(&ear);
	room_close(&room);
	return err ? EXIT_FAILURE : ear.lost ? EXIT_LOST : EXIT_SUCCESS;
}
