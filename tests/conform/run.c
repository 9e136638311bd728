// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A program of tests that need a room, and nothing else of the command line.
 */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "conform.h"

const char *room_path;
enum backend backend;

/**
 * run_in_room() - PROGRAM ROOM [PATTERN]
 * @argc: of main()
 * @argv: of main()
 * @tables: the tests
 *
 * Return: the exit status.
 */
int run_in_room(int argc, char **argv, const struct tap_test *const *tables)
{
	static char path[PATH_MAX];

	if (argc == 2 || argc == 3)
		room_path = realpath(argv[1], path);
	if (room_path)
		backend = backend_of(room_path);
	if (!backend) {
		fprintf(stderr, "usage: %s ROOM [PATTERN]\n", argv[0]);
		return 2;
	}
	tap_after_failure = rooms_sweep;
	return tap_run(tables, argv[2]);
}
