// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * kchat-conform: does a room behave as the contract says?
 *
 * Takes the path of any room, served by any backend. Every test names the
 * rule it proves.
 */
#include "config.h"

#include <getopt.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "conform.h"

const char *room_path;
enum backend backend;

static const struct tap_test *const tables[] = {
	tests_names,   tests_messages, tests_faults,  tests_reading,
	tests_records, tests_options,  tests_echo,    tests_history,
	tests_members, tests_batch,    tests_events,  tests_water,
	tests_sharing, tests_queue,    tests_signals, tests_polling,
	tests_wakeups, tests_lifetime,
	tests_rooms,   tests_removal,  tests_limits,  tests_patience,
	tests_losses,  tests_senders,
	NULL,
};

static void usage(FILE *out)
{
	fprintf(out,
		"usage: kchat-conform [--list] [--only PATTERN] [--backend kmod|cuse|fuse] ROOM\n"
		"Proves on the room at path ROOM what every room must do; prints TAP.\n");
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{ "list", no_argument, NULL, 'l' },
		{ "only", required_argument, NULL, 'o' },
		{ "backend", required_argument, NULL, 'b' },
		{ "help", no_argument, NULL, 'h' },
		{ NULL, 0, NULL, 0 },
	};
	static char path[PATH_MAX];
	const char *only = NULL;
	bool list = false;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		switch (c) {
		case 'l':
			list = true;
			break;
		case 'o':
			only = optarg;
			break;
		case 'b':
			backend = backend_by_name(optarg);
			if (!backend) {
				usage(stderr);
				return 2;
			}
			break;
		case 'h':
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (list)
		return tap_list(tables, only);
	if (optind != argc - 1) {
		usage(stderr);
		return 2;
	}
	room_path = realpath(argv[optind], path);
	if (!room_path) {
		fprintf(stderr, "kchat-conform: %s: %s\n", argv[optind],
			strerror(errno));
		return 2;
	}
	if (!backend)
		backend = backend_of(room_path);
	if (!backend) {
		fprintf(stderr,
			"kchat-conform: %s: not a room, as far as one can tell (--backend would say)\n",
			argv[optind]);
		return 2;
	}
	tap_after_failure = rooms_sweep;
	return tap_run(tables, only);
}
