// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * doctor.c - which backend runs or could run here, why not, what to type next
 *
 * It looks and changes nothing; the one thing it opens that could notice is the
 * lobby itself, since only that proves that one can talk there. All it asks the
 * kernel for is in files, so that tests can show it machines they do not have:
 * KCHAT_SYSROOT is the directory to take for the root. Users, groups, programs
 * and rooms are always the real ones.
 */
#include "config.h"
#include "doctor.h"

#include <errno.h>
#include <linux/capability.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "commands.h"
#include "out.h"
#include "show.h"

#define LINE_MAX_BYTES (2 * PATH_MAX)

/*
 * What comes from files and the environment is seen and does nothing, wherever
 * the output goes; and a line stays one line.
 */
static void print_shown(const char *text)
{
	char shown[SHOW_SIZE(LINE_MAX_BYTES)];
	struct show show;
	size_t len;

	show_init(&show, terminal_has_utf8());
	while (*text) {
		len = show_bytes(&show, text, strcspn(text, "\n\t"), shown);
		len += show_end(&show, shown + len);
		fwrite(shown, 1, len, stdout);
		text += strcspn(text, "\n\t");
		if (*text)
			printf("^%c", *text++ ^ 0x40);
	}
}

void finding(struct doctor *doctor, const char *group, const char *mark,
	     const char *format, ...)
{
	bool again = doctor->group && !strcmp(doctor->group, group);
	char line[LINE_MAX_BYTES];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	printf("%-8s%s  ", again ? "" : group, mark);
	print_shown(line);
	putchar('\n');
	doctor->group = group;
}

void prescribe(struct doctor *doctor, enum cure cure, const char *aim,
	       const char *format, ...)
{
	struct prescription *prescription = &doctor->cures[cure];
	va_list args;

	if (*prescription->command)
		return;
	snprintf(prescription->aim, sizeof(prescription->aim), "%s", aim);
	va_start(args, format);
	vsnprintf(prescription->command, sizeof(prescription->command), format,
		  args);
	va_end(args);
}

const char *quote(struct word *ret_word, const char *text)
{
	static const char plain[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
		"%+,-./:=@_";
	const char *last = ret_word->text + sizeof(ret_word->text) - 6;
	char *end = ret_word->text;

	if (*text && !text[strspn(text, plain)]) {
		snprintf(ret_word->text, sizeof(ret_word->text), "%s", text);
		return ret_word->text;
	}
	*end++ = '\'';
	for (; *text && end < last; text++) {
		if (*text == '\'')
			end = stpcpy(end, "'\\'");
		*end++ = *text;
	}
	strcpy(end, "'");
	return ret_word->text;
}

const char *as_root(void)
{
	return geteuid() ? "sudo " : "";
}

/* Is it in one of the directories of @path, "A:B"? */
static bool find_in(const char *path, const char *name, char *ret_path)
{
	size_t len;

	for (;;) {
		len = strcspn(path, ":");
		if (len && snprintf(ret_path, PATH_MAX, "%.*s/%s", (int)len,
				    path, name) < PATH_MAX &&
		    !access(ret_path, X_OK))
			return true;
		if (!path[len])
			return false;
		path += len + 1;
	}
}

bool find_program(const char *name, char *ret_command)
{
	const char *path = getenv("PATH");

	if (path && find_in(path, name, ret_command)) {
		strcpy(ret_command, name);
		return true;
	}
	return find_in("/usr/local/sbin:/usr/sbin:/sbin", name, ret_command);
}

/*
 * In a container even root may not do everything. Others are given the benefit
 * of the doubt: what sudo(8) could do is not ours to know.
 */
static bool could(int capability)
{
	return geteuid() || prctl(PR_CAPBSET_READ, capability, 0, 0, 0) == 1;
}

/* Root of a user namespace may mount, but make no device and load no module. */
static bool is_whole_machine(void)
{
	const struct facts here = { .root = "" };
	unsigned int first, host, nr;
	char map[64];

	return !fact_line(&here, map, sizeof(map), "/proc/self/uid_map") ||
		sscanf(map, "%u %u %u", &first, &host, &nr) != 3 ||
		nr == UINT_MAX;
}

/* Returns the exit status. */
static int give_verdict(const struct doctor *doctor, bool usable)
{
	const struct prescription *cure = doctor->cures;
	const struct prescription *end = doctor->cures + NR_CURES;

	if (usable) {
		puts("\nA room can be used now. To talk there, type\n\n    kchat");
		return EXIT_SUCCESS;
	}
	while (cure < end && !*cure->command)
		cure++;
	if (cure == end) {
		puts("\nNo room can be used here: it takes a kernel that loads modules, or kchatd and\n"
		     "/dev/cuse or /dev/fuse.");
		return EXIT_FAILURE;
	}
	fputs("\nNo room can be used now. To ", stdout);
	print_shown(cure->aim);
	fputs(", type\n\n    ", stdout);
	print_shown(cure->command);
	putchar('\n');
	return EXIT_FAILURE;
}

int command_doctor(const struct settings *settings, char **words)
{
	const char *root = getenv("KCHAT_SYSROOT");
	static struct doctor doctor;
	bool usable;
	int status;

	(void)settings;
	(void)words;
	facts_init(&doctor.facts, root ? root : "");
	if (*doctor.facts.root)
		finding(&doctor, "root", NOTE,
			"KCHAT_SYSROOT is set: this is about the machine in %s",
			root);
	doctor.may_load = could(CAP_SYS_MODULE) && is_whole_machine();
	doctor.may_make = could(CAP_MKNOD) && is_whole_machine();
	doctor.may_mount = could(CAP_SYS_ADMIN);

	examine_kernel(&doctor);
	examine_module(&doctor);
	examine_daemon(&doctor);
	usable = examine_rooms(&doctor);
	examine_user(&doctor);
	status = give_verdict(&doctor, usable);
	if (fflush(stdout) || ferror(stdout)) {
		complain("standard output: %s", strerror(errno));
		return EXIT_FAILURE;
	}
	return status;
}
