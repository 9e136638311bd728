// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * kchatd.c - the daemon's command line
 *
 * Exit status: 0: done as asked; 1: it was not possible, one line says why;
 * 2: the command line makes no sense.
 */
#include "config.h"

#include <getopt.h>
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kchat.h"
#include "service.h"

#define EXIT_USAGE	2
#define GROUP		"kchat"

static void usage(FILE *to)
{
	fputs("usage: kchatd [OPTION]...\n"
	      "       kchatd --stop [--directory DIR]\n"
	      "Serve the room DIR/" KCHAT_LOBBY " over CUSE or FUSE.\n"
	      "\n"
	      "  --transport auto|cuse|fuse  how; auto: CUSE if possible, else FUSE [auto]\n"
	      "  --directory DIR             where [/dev/kchat for root, else\n"
	      "                              $XDG_RUNTIME_DIR/kchat]\n"
	      "  --mode OCTAL                permissions of the room [660]\n"
	      "  --group NAME                its group [kchat if there is one]\n"
	      "  --foreground                stay in the foreground\n"
	      "  --stop                      end the daemon that serves DIR\n"
	      "  --help, --version           say so and exit\n",
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

static int parse_mode(const char *text, struct options *options)
{
	char *end;
	unsigned long mode = strtoul(text, &end, 8);

	if (text[0] >= '0' && text[0] <= '7' && !*end && mode <= 0777) {
		options->mode = (mode_t)mode;
		return 0;
	}
	say("'%s' is no mode; give permissions in octal, as 660", text);
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
	enum { TRANSPORT = 1, DIRECTORY, MODE, GROUP_NAME, FOREGROUND, STOP,
	       HELP, VERSION_ONLY };
	static const struct option known[] = {
		{ "transport", required_argument, NULL, TRANSPORT },
		{ "directory", required_argument, NULL, DIRECTORY },
		{ "mode", required_argument, NULL, MODE },
		{ "group", required_argument, NULL, GROUP_NAME },
		{ "foreground", no_argument, NULL, FOREGROUND },
		{ "stop", no_argument, NULL, STOP },
		{ "help", no_argument, NULL, HELP },
		{ "version", no_argument, NULL, VERSION_ONLY },
		{ NULL, 0, NULL, 0 },
	};
	const struct group *group = getgrnam(GROUP);
	struct options options = {
		.cuse = true,
		.fuse = true,
		.mode = 0660,
		.gid = group ? group->gr_gid : getegid(),
	};
	bool stop = false;
	int option, error = 0;

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
			error = parse_mode(optarg, &options);
			break;
		case GROUP_NAME:
			error = parse_group(optarg, &options);
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
