// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * about.c - what a room tells of itself, and who has it open
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "out.h"
#include "users.h"

/*
 * To ask, one must have it open; for writing, if one may, as that has no cursor.
 * Return: 0 or the exit status
 */
static int ask(struct room *room, const char *name)
{
	struct reason reason;
	int err;

	err = room_open(room, name, O_WRONLY | O_NONBLOCK, 0, &reason);
	if (err == -EACCES)
		err = room_open(room, name, O_RDONLY | O_NONBLOCK, 0, &reason);
	if (!err)
		return 0;
	complain("%s", reason.text);
	return err == -EINVAL ? EXIT_USAGE : EXIT_FAILURE;
}

/* Returns the exit status, after closing the room. */
static int answered(struct room *room, int err)
{
	if (err)
		complain_room(room, err);
	else
		err = out_flush();
	room_close(room);
	return err ? EXIT_FAILURE : EXIT_SUCCESS;
}

/* What a __u64 is made of differs by architecture. */
static unsigned long long count(__u64 n)
{
	return n;
}

/* ---- who ---- */

/* What the process calls itself now. It may say anything. */
static void command_text(uint32_t pid, char *ret_text)
{
	char path[32], name[64] = "";
	FILE *file;

	strcpy(ret_text, "-");
	if (!pid)
		return;
	snprintf(path, sizeof(path), "/proc/%" PRIu32 "/comm", pid);
	file = fopen(path, "re");
	if (!file)
		return;
	if (fgets(name, sizeof(name), file)) {
		name[strcspn(name, "\n")] = '\0';
		plain_text(name, ret_text);
	}
	fclose(file);
}

static void print_member(const struct kchat_member *member)
{
	static const char *const accesses[] = { "-", "r", "w", "rw" };
	char user[TEXT_SIZE], command[TEXT_SIZE], pid[16] = "-";

	user_text(member->uid, user);
	command_text(member->pid, command);
	if (member->pid)
		snprintf(pid, sizeof(pid), "%" PRIu32, member->pid);
	printf("%6llu %8s %-10s %-16s %-6s %10llu %10llu %10llu\n",
	       count(member->id), pid, user, command,
	       accesses[member->access & 3], count(member->unread_messages),
	       count(member->unread_bytes), count(member->lost_messages));
}

int command_who(const struct settings *settings, char **words)
{
	struct kchat_member *members;
	struct kchat_info info;
	struct room room;
	size_t n, i;
	int status, err;

	(void)settings;
	status = ask(&room, words[0]);
	if (status)
		return status;
	err = kchat_room_info(room.kchat, &info);
	if (!err)
		err = kchat_room_members(room.kchat, &members, &n);
	if (err)
		return answered(&room, err);
	printf("%6s %8s %-10s %-16s %-6s %10s %10s %10s\n", "ID", "PID",
	       "USER", "COMMAND", "ACCESS", "UNREAD", "BYTES", "LOST");
	/* Who asks is not meant. */
	for (i = 0; i < n; i++)
		if (members[i].id != info.member)
			print_member(&members[i]);
	free(members);
	return answered(&room, 0);
}

/* ---- lap ---- */

int command_lap(const struct settings *settings, char **words)
{
	unsigned long long member;
	struct room room;
	char *end;
	int status, err;

	(void)settings;
	errno = 0;
	member = strtoull(words[1], &end, 10);
	if (*words[1] < '0' || *words[1] > '9' || *end || errno) {
		complain("lap: '%s' is no id; 'kchat who' tells them",
			 words[1]);
		return EXIT_USAGE;
	}
	status = ask(&room, words[0]);
	if (status)
		return status;
	err = kchat_room_lap(room.kchat, member);
	if (err == -EPERM) {
		complain("%s: that is for the room's owner or root", room.path);
	} else if (err == -ESRCH) {
		complain("%s: %llu is the id of nobody who reads; 'kchat who' tells them",
			 room.path, member);
	} else {
		return answered(&room, err);
	}
	room_close(&room);
	return EXIT_FAILURE;
}

/* ---- info ---- */

static void print_options(uint32_t options)
{
	static const char *const names[] = {
		"records", "lossy", "no-echo", "events", "batch",
	};
	size_t i;

	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++)
		if (options & (1U << i))
			printf(" %s", names[i]);
	putchar('\n');
}

static void print_info(const struct room *room, const struct kchat_info *info,
		       bool writes)
{
	char name[TEXT_SIZE], path[SHOW_SIZE(PATH_MAX)];

	plain_text(info->name, name);
	show_line(room->path, terminal_has_utf8(), path);
	printf("name       %s\n", name);
	printf("path       %s\n", path);
	printf("capacity   %" PRIu32 " bytes\n", info->capacity);
	if (info->patience_ms == KCHAT_PATIENCE_FOREVER)
		printf("patience   forever\n");
	else
		printf("patience   %" PRIu32 " ms\n", info->patience_ms);
	printf("history    %s\n",
	       info->flags & KCHAT_ROOM_HISTORY ? "on" : "off");
	if (info->flags & KCHAT_ROOM_REMOVED)
		printf("removed    yes\n");
	/* Who asks is not meant. */
	printf("readers    %" PRIu32 "\n", info->readers - !writes);
	printf("writers    %" PRIu32 "\n", info->writers - writes);
	printf("openers    %" PRIu32 "\n", info->openers - !!info->openers);
	printf("in         %llu messages, %llu bytes\n",
	       count(info->messages_in), count(info->bytes_in));
	printf("out        %llu messages, %llu bytes\n",
	       count(info->messages_out), count(info->bytes_out));
	printf("losses     %llu\n", count(info->laps));
	printf("version    %" PRIu32 "\n", info->version);
	printf("options   ");
	print_options(info->options);
}

int command_info(const struct settings *settings, char **words)
{
	struct kchat_info info;
	struct room room;
	int status, err;

	(void)settings;
	status = ask(&room, words[0]);
	if (status)
		return status;
	err = kchat_room_info(room.kchat, &info);
	if (!err)
		print_info(&room, &info,
			   (fcntl(room.fd, F_GETFL) & O_ACCMODE) == O_WRONLY);
	return answered(&room, err);
}
