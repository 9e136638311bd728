// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * listen.c - print what is said until interrupted
 *
 * Signals do what they always do: what was read has been written by then, as
 * nothing is buffered, and the shell sees which signal it was.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <unistd.h>

#include "commands.h"
#include "out.h"

int command_listen(struct room *room, char **words)
{
	static char said[OUT_MAX];
	struct out out;
	struct pollfd files[] = {
		{ .fd = room->fd, .events = POLLIN },
		/* Only to learn that nobody reads it: a listener who cannot
		 * tell anybody leaves, and does not hold the room back. */
		{ .fd = STDOUT_FILENO },
	};
	ssize_t n;
	int err = 0;

	(void)words;
	out_init(&out);
	while (!err) {
		if (poll(files, 2, -1) < 0)
			continue;
		if (files[1].revents) {
			err = out_gone();
			break;
		}
		n = room_read(room, said, sizeof(said), files[0].revents);
		if (n > 0) {
			err = out_write(&out, said, n);
		} else if (n == -EPIPE) {
			complain_room(room, n);
		} else if (n != -EAGAIN) {
			err = out_end(&out);
			complain_room(room, n);
			if (n < 0)
				err = n;
			break;
		}
	}
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}
