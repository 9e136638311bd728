// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * kchat-hostile: may one program harm the others of a room, or of another? Each
 * test lets some do their worst, while honest ones go on beside them.
 */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "hostile.h"

const char *room_path;
enum backend backend;

int main(int argc, char **argv)
{
	const struct tap_test *const tables[] = {
		tests_stalls, tests_lengths, tests_crowds, tests_closing,
		tests_memory, NULL,
	};
	static char path[PATH_MAX];

	if (argc == 2 || argc == 3)
		room_path = realpath(argv[1], path);
	if (room_path)
		backend = backend_of(room_path);
	if (!backend) {
		fprintf(stderr, "usage: kchat-hostile ROOM [PATTERN]\n");
		return 2;
	}
	return tap_run(tables, argv[2]);
}
