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
#include <grp.h>
#include <locale.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "kchat.h"
#include "out.h"
#include "show.h"

/*
 * The options, each by a letter. Those that have no short form have a letter all
 * the same, as a command lists what it takes by letters: one name may mean
 * something to several commands, and something else to each.
 */
static const struct option options[] = {
	{ "help", no_argument, NULL, 'h' },
	{ "version", no_argument, NULL, 'V' },
	{ "history", required_argument, NULL, 'n' },
	{ "text", no_argument, NULL, 'T' },
	{ "json", no_argument, NULL, 'J' },
	{ "records", no_argument, NULL, 'R' },
	{ "events", no_argument, NULL, 'E' },
	{ "reconnect", no_argument, NULL, 'r' },
	{ "capacity", required_argument, NULL, 'c' },
	{ "patience", required_argument, NULL, 'p' },
	{ "history", no_argument, NULL, 'k' },
	{ "history", required_argument, NULL, 'K' },
	{ "mode", required_argument, NULL, 'm' },
	{ "owner", required_argument, NULL, 'o' },
	{ "group", required_argument, NULL, 'g' },
};
#define NR_OPTIONS (sizeof(options) / sizeof(options[0]))
#define SHORT_FORMS "hVn"

/* No command takes more words, but for send, which takes them all. */
#define WORDS_MAX 2

static const struct command {
	const char *name;
	const char *options;
	const char *words[WORDS_MAX + 1];
	size_t needed;
	bool takes_text;
	int (*run)(const struct settings *settings, char **words);
} commands[] = {
	{ "join", "nTEr", { "room" }, 0, false, command_join },
	{ "send", "", { "room" }, 1, true, command_send },
	{ "listen", "nTJREr", { "room" }, 1, false, command_listen },
	{ "rooms", "", { NULL }, 0, false, command_rooms },
	{ "create", "cpkmog", { "room" }, 1, false, command_create },
	{ "remove", "", { "room" }, 1, false, command_remove },
	{ "set", "pK", { "room" }, 1, false, command_set },
	{ "info", "", { "room" }, 1, false, command_info },
	{ "who", "", { "room" }, 1, false, command_who },
	{ "lap", "", { "room", "member" }, 2, false, command_lap },
	{ "doctor", "", { NULL }, 0, false, command_doctor },
};

static const char help[] =
	"Usage: kchat [join] [ROOM] [OPTION...]\n"
	"       kchat send ROOM [TEXT...]\n"
	"       kchat listen ROOM [OPTION...]\n"
	"       kchat rooms | info ROOM | who ROOM | lap ROOM ID\n"
	"       kchat create ROOM [OPTION...] | set ROOM OPTION... | remove ROOM\n"
	"       kchat doctor\n"
	"\n"
	"Talk in a room: everybody who has it open reads what anybody writes.\n"
	"\n"
	"  join     read the room and say what you type, or what standard input has\n"
	"  send     say TEXT, or every line of standard input\n"
	"  listen   print what is said until interrupted\n"
	"  rooms    list the rooms there are\n"
	"  info     tell of a room: its size, patience, traffic\n"
	"  who      list who has a room open, and who is behind\n"
	"  lap      have a reader that is behind hold nobody back\n"
	"  create   make a room\n"
	"  set      change a room\n"
	"  remove   end a room\n"
	"  doctor   say which backend runs or could run here, why not, and what to do\n"
	"\n"
	"ROOM is a name, or a path if there is a slash in it; join without one takes\n"
	"'" KCHAT_LOBBY "'. Names are looked up in $KCHAT_DIR if that is set, else in\n"
	"/dev/kchat, else in $XDG_RUNTIME_DIR/kchat.\n"
	"\n"
	"Of join and listen:\n"
	"  -n, --history N|all      begin with what was said before, if the room lets you\n"
	"      --text               with sender and time, as on a terminal\n"
	"      --json, --records    for programs (listen only)\n"
	"      --events             tell who comes and leaves (not of plain bytes)\n"
	"      --reconnect          when the room is gone, wait for it to come back\n"
	"Of create:\n"
	"      --capacity SIZE      128K to 64M [256K]\n"
	"      --patience MS        wait so long for slow readers, or forever [forever]\n"
	"      --history            let readers go back\n"
	"      --mode MODE          permissions, octal [600]\n"
	"      --owner USER, --group GROUP\n"
	"Of set:\n"
	"      --patience MS|forever, --history on|off\n"
	"\n"
	"  -h, --help      this text\n"
	"  -V, --version   the version\n"
	"\n"
	"Exit status: 0 all well, 1 something failed, 2 wrong usage, 3 messages were lost.\n";

void complain(const char *format, ...)
{
	char shown[SHOW_SIZE(sizeof(struct reason))];
	struct reason reason;
	va_list args;

	va_start(args, format);
	vsnprintf(reason.text, sizeof(reason.text), format, args);
	va_end(args);
	/* Paths and words are not always those of who sees them. */
	show_line(reason.text, terminal_has_utf8(), shown);
	fprintf(stderr, "kchat: %s\n", shown);
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

/* ---- Arguments ---- */

__attribute__((noreturn))
static void refuse(const char *option, const char *arg, const char *wanted)
{
	complain("--%s takes %s, not '%s'", option, wanted, arg);
	usage_exit();
	abort();
}

/* A whole number up to @max, in decimal or octal. */
static bool parse_number(const char *arg, int base, uint64_t max,
			 uint64_t *ret_number)
{
	uint64_t number;
	char *end;

	if (*arg < '0' || *arg > '9')
		return false;
	errno = 0;
	number = strtoull(arg, &end, base);
	if (*end || errno || number > max)
		return false;
	*ret_number = number;
	return true;
}

static uint64_t parse_history(const char *arg)
{
	uint64_t n;

	if (!strcmp(arg, "all"))
		return KCHAT_HISTORY_ALL;
	if (!parse_number(arg, 10, KCHAT_HISTORY_ALL - 1, &n))
		refuse("history", arg, "a number of messages or 'all'");
	return n;
}

static uint32_t parse_capacity(const char *arg)
{
	char digits[16];
	size_t len = strspn(arg, "0123456789");
	uint64_t n = 0, unit = 1;

	if (!strcmp(arg + len, "K"))
		unit = 1 << 10;
	else if (!strcmp(arg + len, "M"))
		unit = 1 << 20;
	else if (arg[len])
		len = 0;
	if (len < sizeof(digits)) {
		memcpy(digits, arg, len);
		digits[len] = '\0';
		if (!parse_number(digits, 10, KCHAT_CAPACITY_MAX, &n))
			n = 0;
	}
	n *= unit;
	if (n < KCHAT_CAPACITY_MIN || n > KCHAT_CAPACITY_MAX || n & (n - 1))
		refuse("capacity", arg, "a power of two from 128K to 64M");
	return n;
}

static uint32_t parse_patience(const char *arg)
{
	uint64_t n;

	if (!strcmp(arg, "forever"))
		return KCHAT_PATIENCE_FOREVER;
	if (!parse_number(arg, 10, KCHAT_PATIENCE_FOREVER - 1, &n))
		refuse("patience", arg, "milliseconds or 'forever'");
	return n;
}

static uint32_t parse_switch(const char *arg)
{
	if (!strcmp(arg, "on"))
		return KCHAT_ROOM_HISTORY;
	if (strcmp(arg, "off"))
		refuse("history", arg, "'on' or 'off'");
	return 0;
}

static uint32_t parse_mode(const char *arg)
{
	uint64_t n;

	if (!parse_number(arg, 8, 0777, &n))
		refuse("mode", arg, "permissions in octal, at most 777");
	return n;
}

static uint32_t parse_owner(const char *arg)
{
	struct passwd *user = getpwnam(arg);
	uint64_t n;

	if (user)
		return user->pw_uid;
	if (!parse_number(arg, 10, KCHAT_SELF - 1, &n))
		refuse("owner", arg, "a user that there is");
	return n;
}

static uint32_t parse_group(const char *arg)
{
	struct group *group = getgrnam(arg);
	uint64_t n;

	if (group)
		return group->gr_gid;
	if (!parse_number(arg, 10, KCHAT_SELF - 1, &n))
		refuse("group", arg, "a group that there is");
	return n;
}

/* ---- Options ---- */

static void set_form(struct settings *settings, enum form form)
{
	if (settings->form && settings->form != form) {
		complain("one of --text, --json and --records is enough");
		usage_exit();
	}
	settings->form = form;
}

static void take_option(struct settings *settings, int letter, const char *arg)
{
	struct kchat_spec *spec = &settings->spec;

	switch (letter) {
	case 'h':
		print_and_exit(help);
		return;
	case 'V':
		print_and_exit(PACKAGE_STRING "\n");
		return;
	case 'n':
		settings->history = parse_history(arg);
		return;
	case 'T':
		set_form(settings, FORM_TEXT);
		return;
	case 'J':
		set_form(settings, FORM_JSON);
		return;
	case 'R':
		set_form(settings, FORM_RECORDS);
		return;
	case 'E':
		settings->events = true;
		return;
	case 'r':
		settings->reconnect = true;
		return;
	case 'c':
		spec->capacity = parse_capacity(arg);
		return;
	case 'p':
		spec->patience_ms = parse_patience(arg);
		spec->change |= KCHAT_CHANGE_PATIENCE;
		return;
	case 'k':
		spec->flags = KCHAT_ROOM_HISTORY;
		return;
	case 'K':
		spec->flags = parse_switch(arg);
		spec->change |= KCHAT_CHANGE_HISTORY;
		return;
	case 'm':
		spec->mode = parse_mode(arg);
		return;
	case 'o':
		spec->uid = parse_owner(arg);
		return;
	case 'g':
		spec->gid = parse_group(arg);
		return;
	}
	usage_exit();
}

/*
 * parse_options - take options, and collect words up to WORDS_MAX + 1
 * @order: of getopt(3): '+' ends at the first word, as what is said may begin
 *	with a dash; '-' takes options anywhere
 * @letters: the options there are, beside those that always are
 */
static void parse_options(int argc, char **argv, char order,
			  const char *letters, struct settings *settings,
			  char **words)
{
	struct option taken[NR_OPTIONS + 1] = { { NULL, 0, NULL, 0 } };
	char shorts[2 * sizeof(SHORT_FORMS) + 3] = { order, ':' };
	size_t i, n = 0, nr_words = 0;
	int letter, at = optind;

	for (i = 0; i < NR_OPTIONS; i++) {
		letter = options[i].val;
		if (!strchr("hV", letter) && !strchr(letters, letter))
			continue;
		taken[n++] = options[i];
		if (!strchr(SHORT_FORMS, letter))
			continue;
		shorts[strlen(shorts)] = letter;
		if (options[i].has_arg)
			shorts[strlen(shorts)] = ':';
	}
	while ((letter = getopt_long(argc, argv, shorts, taken, NULL)) != -1) {
		if (letter == '?')
			complain("there is no option '%s' here", argv[at]);
		else if (letter == ':')
			complain("'%s' needs a value", argv[at]);
		if (letter != 1)
			take_option(settings, letter, optarg);
		else if (nr_words <= WORDS_MAX)
			words[nr_words++] = optarg;
		at = optind;
	}
	if (order == '-')
		for (; optind < argc && nr_words <= WORDS_MAX; optind++)
			words[nr_words++] = argv[optind];
}

static const struct command *find_command(const char *name)
{
	size_t i;

	for (i = 0; i < sizeof(commands) / sizeof(commands[0]); i++)
		if (!strcmp(name, commands[i].name))
			return &commands[i];
	return NULL;
}

/* The words must be those the command takes. */
static void check_words(const struct command *command, char **words)
{
	size_t n = 0, most = 0;

	while (words[n])
		n++;
	while (command->words[most])
		most++;
	if (n < command->needed) {
		complain("%s: which %s?", command->name, command->words[n]);
		usage_exit();
	}
	if (n > most && !command->takes_text) {
		complain("%s takes %s, so what is '%s'?", command->name,
			 most == 0 ? "no room" : most == 1 ? "one room" :
			 "a room and a member", words[most]);
		usage_exit();
	}
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
	struct settings settings = { .spec = KCHAT_SPEC_INIT };
	const struct command *command = &commands[0];
	char *found[WORDS_MAX + 2] = { NULL };
	char **words = found;

	occupy_standard_streams();
	argv[0] = program_invocation_short_name;
	setlocale(LC_ALL, "");
	if (argc > 1 && find_command(argv[1])) {
		command = find_command(argv[1]);
		/* The command's place is that of the program's name. */
		argc--;
		argv++;
		argv[0] = program_invocation_short_name;
	}
	parse_options(argc, argv, command->takes_text ? '+' : '-',
		      command->options, &settings, found);
	if (command->takes_text)
		words = argv + optind;
	check_words(command, words);
	return command->run(&settings, words);
}
