// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * kchat-regress: what was wrong once. A test for each fault that was found
 * otherwise than by a test of its rule, as short as it could be made.
 */
#include "config.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>

#include "conform.h"

const char *room_path;
enum backend backend;

/*
 * Found by kchat-differ. POLLOUT is withheld because writers wait in line. Then
 * there is space for it, too, but the first in line takes it. The poller was
 * forgotten by the room's clock, and waited for ever.
 */
static void poller_behind_a_writer(void)
{
	struct kchat_spec spec = room_spec();
	struct call line, poller;
	const char *path;
	char *text = message(65536);
	int r, w, p;

	spec.patience_ms = 1500;
	spec.capacity = KCHAT_CAPACITY_MIN;
	path = room_create(spec);
	r = path_open(path, O_RDONLY);
	w = path_open(path, O_WRONLY);
	p = path_open(path, O_WRONLY);
	put(w, text, 20000);
	put(w, text, 65536);
	put(w, text, 20000);
	call_write(&line, w, text, 45000);
	call_waits(&line);
	call_poll(&poller, p, POLLOUT);
	call_waits(&poller);
	get(r, text, 20000);
	CHECK_EQ(call_ends(&line), 45000);
	CHECK_EQ(call_ends(&poller), POLLOUT);
	CHECK_EQ(ready(r) & (POLLIN | POLLPRI), POLLIN);
}

static const struct tap_test tests[] = {
	{ "W2 W7 a poller behind a writer in line starts the clock",
	  poller_behind_a_writer, 0 },
	{ NULL, NULL, 0 },
};

int main(int argc, char **argv)
{
	const struct tap_test *const tables[] = { tests, NULL };
	static char path[PATH_MAX];

	if (argc == 2 || argc == 3)
		room_path = realpath(argv[1], path);
	if (room_path)
		backend = backend_of(room_path);
	if (!backend) {
		fprintf(stderr, "usage: kchat-regress ROOM [PATTERN]\n");
		return 2;
	}
	return tap_run(tables, argv[2]);
}
