// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * kchatd.c - the daemon's command line
 *
 * Exit status: 0: done as asked; 1: it was not possible, one line says why;
 * 2: the command line makes no sense.
 */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kchat.h"
#include "rights.h"
#include "say.h"
#include "service.h"

#define EXIT_USAGE	2
#define GROUP		"kchat"

static void usage(FILE *to)
{
	fputs("usage: kchatd [OPTION]...\n"
	      "       kchatd --stop [--directory DIR]\n"
	      "Serve the room DIR/" KCHAT_LOBBY ", and those made through DIR/" KCHAT_CONTROL ",\n"
	      "over CUSE or FUSE.\n"
	      "\n"
	      "  --transport auto|cuse|fuse  how; auto: CUSE if possible, else FUSE [auto]\n"
	      "  --directory DIR             where [/dev/kchat for root, else\n"
	      "                              $XDG_RUNTIME_DIR/kchat]\n"
	      "  --mode OCTAL                permissions of the lobby [660]\n"
	      "  --control-mode OCTAL        of the control node: who may make rooms [660]\n"
	      "  --group NAME                group of both [kchat if there is one]\n"
	      "  --patience MS|forever       how long the lobby waits for slow readers [5000]\n"
	      "  --limit NAME=NUMBER         what there may be at most; NAME is rooms,\n"
	      "                              user-rooms, capacity (bytes), memory (MiB),\n"
	      "                              openers, user-openers, user-parked (bytes)\n"
	      "  --foreground                stay in the foreground\n"
	      "  --stop                      end the daemon that serves DIR\n"
	      "  --help, --version           print this, or the version, and exit\n",
	      to);
}

static int parse_transport(const char *name, struct options *options)
{
	options->cuse = strcmp(name, "fuse");
	options->fuse = strcmp(name, "cuse");
	if ((options->cuse && options->fuse) == !strcmp(name, "auto"))
		return 0;
	say("there is no transport '%s'; there are auto, cuse and fuse", name);
	return -1;
}

static int parse_mode(const char *text, mode_t *ret_mode)
{
	char *end;
	unsigned long mode = strtoul(text, &end, 8);

	if (text[0] >= '0' && text[0] <= '7' && !*end && mode <= 0777) {
		*ret_mode = (mode_t)mode;
		return 0;
	}
	say("'%s' is no mode; give permissions in octal, as 660", text);
	return -1;
}

/* A decimal number below 2^32, and nothing else. */
static int parse_number(const char *text, unsigned int *ret_number)
{
	unsigned long long number;
	char *end;

	if (text[0] < '0' || text[0] > '9')
		return -1;
	errno = 0;
	number = strtoull(text, &end, 10);
	if (*end || errno || number > UINT32_MAX)
		return -1;
	*ret_number = (unsigned int)number;
	return 0;
}

static int parse_patience(const char *text, struct options *options)
{
	if (!strcmp(text, "forever")) {
		options->patience = KCHAT_PATIENCE_FOREVER;
		return 0;
	}
	if (!parse_number(text, &options->patience))
		return 0;
	say("'%s' is no patience; give milliseconds, or forever", text);
	return -1;
}

static int parse_limit(const char *text, struct options *options)
{
	struct kc_limits *limits = &options->limits;
	const struct {
		const char *name;
		unsigned int *limit;
	} known[] = {
		{ "rooms=", &limits->rooms },
		{ "user-rooms=", &limits->user_rooms },
		{ "capacity=", &limits->capacity },
		{ "memory=", &limits->memory },
		{ "openers=", &limits->room_openers },
		{ "user-openers=", &limits->user_openers },
		{ "user-parked=", &limits->user_parked },
	};
	size_t i, len;

	for (i = 0; i < sizeof(known) / sizeof(known[0]); i++) {
		len = strlen(known[i].name);
		if (!strncmp(text, known[i].name, len) &&
		    !parse_number(text + len, known[i].limit))
			return 0;
	}
	say("'%s' is no limit; give NAME=NUMBER, as rooms=100 (kchatd --help names them)",
	    text);
	return -1;
}

static int parse_group(const char *name, struct options *options)
{
	const struct group *group = getgrnam(name);

	if (group) {
		options->gid = group->gr_gid;
		return 0;
	}
	say("there is no group '%s' on this machine", name);
	return -1;
}

int main(int argc, char **argv)
{
	enum { TRANSPORT = 1, DIRECTORY, MODE, CONTROL_MODE, GROUP_NAME,
	       PATIENCE, LIMIT, FOREGROUND, STOP, HELP, VERSION_ONLY };
	static const struct option known[] = {
		{ "transport", required_argument, NULL, TRANSPORT },
		{ "directory", required_argument, NULL, DIRECTORY },
		{ "mode", required_argument, NULL, MODE },
		{ "control-mode", required_argument, NULL, CONTROL_MODE },
		{ "group", required_argument, NULL, GROUP_NAME },
		{ "patience", required_argument, NULL, PATIENCE },
		{ "limit", required_argument, NULL, LIMIT },
		{ "foreground", no_argument, NULL, FOREGROUND },
		{ "stop", no_argument, NULL, STOP },
		{ "help", no_argument, NULL, HELP },
		{ "version", no_argument, NULL, VERSION_ONLY },
		{ NULL, 0, NULL, 0 },
	};
	const struct group *group;
	struct options options = {
		.cuse = true,
		.fuse = true,
		.mode = 0660,
		.control_mode = 0660,
		.patience = KCHAT_PATIENCE_LOBBY,
		.limits = KC_LIMITS_DEFAULT,
	};
	bool stop = false;
	int option, error = 0;

	rights_disinherit();
	group = getgrnam(GROUP);
	options.gid = group ? group->gr_gid : getegid();
	while (!error && (option = getopt_long(argc, argv, "", known,
					       NULL)) != -1) {
		switch (option) {
		case TRANSPORT:
			error = parse_transport(optarg, &options);
			break;
		case DIRECTORY:
			options.directory = optarg;
			break;
		case MODE:
			error = parse_mode(optarg, &options.mode);
			break;
		case CONTROL_MODE:
			error = parse_mode(optarg, &options.control_mode);
			break;
		case GROUP_NAME:
			error = parse_group(optarg, &options);
			break;
		case PATIENCE:
			error = parse_patience(optarg, &options);
			break;
		case LIMIT:
			error = parse_limit(optarg, &options);
			break;
		case FOREGROUND:
			options.foreground = true;
			break;
		case STOP:
			stop = true;
			break;
		case HELP:
			usage(stdout);
			return EXIT_SUCCESS;
		case VERSION_ONLY:
			puts(PACKAGE_STRING);
			return EXIT_SUCCESS;
		default:
			error = -1;
		}
	}
	if (!error && optind < argc) {
		say("'%s' is too much; kchatd takes options only",
		    argv[optind]);
		error = -1;
	}
	if (error) {
		fputs("Try 'kchatd --help'.\n", stderr);
		return EXIT_USAGE;
	}
	error = stop ? service_stop(&options) : service_run(&options);
	return error ? EXIT_FAILURE : EXIT_SUCCESS;
}
