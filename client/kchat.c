// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * kchat.c - talk in a room, from a terminal or a script
 *
 * The command line: which command, which room. The commands are in files of
 * their names.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "kchat.h"

enum { EXIT_USAGE = 2 };

/*
 * Whoever reads opens without waiting, and asks poll(2): it has more than the
 * room to look after. Who only sends opens for writing alone, so that it has
 * no cursor and never holds the room back, and waits in write(2).
 */
static const struct command {
	const char *name;
	int flags;
	enum { NO_ROOM, ROOM_OR_LOBBY, ROOM } room;
	bool takes_words;
	int (*run)(struct room *room, char **words);
} commands[] = {
	{ "join", O_RDWR | O_NONBLOCK, ROOM_OR_LOBBY, false, command_join },
	{ "send", O_WRONLY, ROOM, true, command_send },
	{ "listen", O_RDONLY | O_NONBLOCK, ROOM, false, command_listen },
	{ "doctor", 0, NO_ROOM, false, command_doctor },
};

static const char help[] =
	"Usage: kchat [join] [ROOM]\n"
	"       kchat send ROOM [TEXT...]\n"
	"       kchat listen ROOM\n"
	"       kchat doctor\n"
	"\n"
	"Talk in a room: everybody who has it open reads what anybody writes.\n"
	"\n"
	"  join     read the room and say what you type, or what standard input has\n"
	"  send     say TEXT, or every line of standard input\n"
	"  listen   print what is said until interrupted\n"
	"  doctor   say which backend runs or could run here, why not, and what to do\n"
	"\n"
	"ROOM is a name, or a path if there is a slash in it; join without one takes\n"
	"'" KCHAT_LOBBY "'. Names are looked up in $KCHAT_DIR if that is set, else in\n"
	"/dev/kchat, else in $XDG_RUNTIME_DIR/kchat.\n"
	"\n"
	"  -h, --help      this text\n"
	"  -V, --version   the version\n"
	"\n"
	"Exit status: 0 all well, 1 something failed, 2 wrong usage.\n";

void complain(const char *format, ...)
{
	va_list args;

	va_start(args, format);
	fputs("kchat: ", stderr);
	vfprintf(stderr, format, args);
	fputc('\n', stderr);
	va_end(args);
}

void complain_room(const struct room *room, int err)
{
	struct reason reason;

	room_explain(room, err, &reason);
	complain("%s", reason.text);
}

static void print_and_exit(const char *text)
{
	if (fputs(text, stdout) < 0 || fflush(stdout)) {
		complain("standard output: %s", strerror(errno));
		exit(EXIT_FAILURE);
	}
	exit(EXIT_SUCCESS);
}

static void usage_exit(void)
{
	fputs("Try 'kchat --help'.\n", stderr);
	exit(EXIT_USAGE);
}

/* Options end at the first other word: what is said may begin with a dash. */
static void parse_options(int argc, char **argv)
{
	static const struct option options[] = {
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'V' },
		{ NULL, 0, NULL, 0 },
	};

	switch (getopt_long(argc, argv, "+hV", options, NULL)) {
	case -1:
		return;
	case 'h':
		print_and_exit(help);
		return;
	case 'V':
		print_and_exit(PACKAGE_STRING "\n");
		return;
	}
	usage_exit();
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(name, commands[i].name))
			return &commands[i];
	return NULL;
}

/*
 * A standard stream that was closed would be given to the next file opened, and
 * the room would talk to itself. Put something there that fails when used.
 */
static void occupy_standard_streams(void)
{
	int fd;

	for (fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		if (fcntl(fd, F_GETFD) < 0 &&
		    open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) != fd)
			_exit(EXIT_FAILURE);
}

int main(int argc, char **argv)
{
	const struct command *command = &commands[0];
	const char *name = KCHAT_LOBBY;
	struct reason reason;
	struct room room;
	int err, status;

	occupy_standard_streams();
	argv[0] = program_invocation_short_name;
	setlocale(LC_ALL, "");
	parse_options(argc, argv);
	if (optind < argc && find_command(argv[optind])) {
		command = find_command(argv[optind]);
		/* The command's place is that of the program's name. */
		argc -= optind;
		argv += optind;
		argv[0] = program_invocation_short_name;
		optind = 0;
		parse_options(argc, argv);
	}
	argv += optind;
	if (*argv && command->room != NO_ROOM) {
		name = *argv++;
	} else if (command->room == ROOM) {
		complain("%s: which room?", command->name);
		usage_exit();
	}
	if (*argv && !command->takes_words) {
		complain("%s takes %s, so what is '%s'?", command->name,
			 command->room == NO_ROOM ? "no room" : "one room",
			 *argv);
		usage_exit();
	}
	if (command->room == NO_ROOM)
		return command->run(NULL, argv);

	err = room_open(&room, name, command->flags, &reason);
	if (err) {
		complain("%s", reason.text);
		return err == -EINVAL ? EXIT_USAGE : EXIT_FAILURE;
	}
	status = command->run(&room, argv);
	room_close(&room);
	return status;
}
