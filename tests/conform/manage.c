// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Rooms of a test's own, made through the control node beside the room under
 * test and removed when the test ends.
 */
#include "config.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conform.h"

#define ROOMS_MAX 400

/* What this process has made and not removed */
static struct {
	char name[KCHAT_NAME_MAX + 1];
	char path[PATH_MAX];
} rooms[ROOMS_MAX];
static unsigned int n_rooms;
static pid_t maker;

/**
 * beside() - the path of a node beside the room under test
 * @name: its name
 *
 * Return: memory that is good until the next call.
 */
const char *beside(const char *name)
{
	static char path[PATH_MAX];
	char room[PATH_MAX];

	snprintf(room, sizeof(room), "%s", room_path);
	snprintf(path, sizeof(path), "%s/%s", dirname(room), name);
	return path;
}

/**
 * control_open() - open the control node
 * @flags: as for open(); O_CLOEXEC is added
 *
 * Ends the test as skipped where there is none.
 *
 * Return: the file descriptor.
 */
int control_open(int flags)
{
	const char *path = beside(KCHAT_CONTROL);
	struct stat st;

	if (stat(path, &st) < 0 && errno == ENOENT)
		SKIP("there is no control node beside the room");
	return CHECK_OK(open(path, flags | O_CLOEXEC));
}

/**
 * rooms_remove() - remove all this process has made
 *
 * That is done when the test's first process ends; others do it themselves.
 */
void rooms_remove(void)
{
	struct kchat_spec spec;
	int fd;

	if (getpid() != maker)
		return;
	fd = open(beside(KCHAT_CONTROL), O_RDWR | O_CLOEXEC);
	while (fd >= 0 && n_rooms) {
		memset(&spec, 0, sizeof(spec));
		memcpy(spec.name, rooms[--n_rooms].name, sizeof(spec.name));
		ioctl(fd, KCHAT_REMOVE, &spec);
	}
	if (fd >= 0)
		close(fd);
}

/**
 * rooms_sweep() - remove what tests that failed have left behind
 */
void rooms_sweep(void)
{
	int fd = open(beside(KCHAT_CONTROL), O_RDWR | O_CLOEXEC);
	struct kchat_list list;
	unsigned int i;

	if (fd < 0)
		return;
	memset(&list, 0, sizeof(list));
	do {
		if (ioctl(fd, KCHAT_LIST, &list))
			break;
		for (i = 0; i < list.n; i++) {
			list.after = list.room[i].id;
			if (fnmatch("t[0-9]*-[0-9]*", list.room[i].name, 0))
				continue;
			ioctl(fd, KCHAT_REMOVE, &list.room[i]);
		}
	} while (list.n == KCHAT_LIST_PAGE);
	close(fd);
}

/**
 * room_spec() - a usual room, of a name nobody else has
 */
struct kchat_spec room_spec(void)
{
	static unsigned int serial;
	struct kchat_spec spec;

	memset(&spec, 0, sizeof(spec));
	snprintf(spec.name, sizeof(spec.name), "t%d-%u", (int)getpid(),
		 ++serial);
	spec.patience_ms = KCHAT_PATIENCE_FOREVER;
	spec.mode = 0600;
	spec.uid = KCHAT_SELF;
	spec.gid = KCHAT_SELF;
	return spec;
}

/**
 * room_create() - make a room; it is removed when the test ends
 * @spec: what it shall be
 *
 * Return: its path, in memory that needs no freeing.
 */
char *room_create(struct kchat_spec spec)
{
	int fd = control_open(O_RDWR);

	CHECK(n_rooms < ROOMS_MAX);
	CHECK_OK(ioctl(fd, KCHAT_CREATE, &spec));
	close(fd);
	if (maker != getpid()) {
		maker = getpid();
		n_rooms = 0;
		atexit(rooms_remove);
	}
	memcpy(rooms[n_rooms].name, spec.name, sizeof(spec.name));
	snprintf(rooms[n_rooms].path, sizeof(rooms[n_rooms].path), "%s",
		 beside(spec.name));
	return rooms[n_rooms++].path;
}

/**
 * room_remove() - remove a room
 * @path: from room_create()
 */
void room_remove(const char *path)
{
	int fd = control_open(O_RDWR);
	struct kchat_spec spec;

	memset(&spec, 0, sizeof(spec));
	snprintf(spec.name, sizeof(spec.name), "%s", strrchr(path, '/') + 1);
	CHECK_OK(ioctl(fd, KCHAT_REMOVE, &spec));
	close(fd);
}

/**
 * path_open() - open a room of one's own
 * @path: from room_create()
 * @flags: as for open(); O_CLOEXEC is added
 *
 * Return: the file descriptor.
 */
int path_open(const char *path, int flags)
{
	return CHECK_OK(open(path, flags | O_CLOEXEC));
}

/**
 * limit_of() - a limit the backend was started with
 * @name: as kchatd knows it
 *
 * KCHAT_LIMITS, set by whoever started the backend, has NAME=NUMBER for each.
 * Ends the test as skipped where it has not.
 *
 * Return: the limit.
 */
unsigned int limit_of(const char *name)
{
	const char *limits = getenv("KCHAT_LIMITS");
	size_t len = strlen(name);

	for (; limits && *limits; limits += strspn(limits, " ")) {
		if (!strncmp(limits, name, len) && limits[len] == '=')
			return strtoul(limits + len + 1, NULL, 10);
		limits += strcspn(limits, " ");
	}
	SKIP("nobody told the limit '%s' of this backend (KCHAT_LIMITS)", name);
}

/**
 * need_root() - the rest of the test wants other users
 */
void need_root(void)
{
	if (geteuid())
		SKIP("it takes root to be somebody else");
}

/**
 * become() - be another user from now on, without any right of root's
 * @uid: who, and the group of the same number
 */
void become(uid_t uid)
{
	CHECK_OK(setgroups(0, NULL));
	CHECK_OK(setresgid(uid, uid, uid));
	CHECK_OK(setresuid(uid, uid, uid));
	/* Or /proc would not tell it what its threads do, for asleep() */
	CHECK_OK(prctl(PR_SET_DUMPABLE, 1));
}

static mode_t control_mode;
static pid_t opened_up_by;

static void close_again(void)
{
	if (getpid() == opened_up_by)
		chmod(beside(KCHAT_CONTROL), control_mode);
}

/**
 * control_for_all() - let everybody open the control node until the test ends
 */
void control_for_all(void)
{
	struct stat st;

	need_root();
	close(control_open(O_RDONLY));
	CHECK_OK(stat(beside(KCHAT_CONTROL), &st));
	control_mode = st.st_mode & 07777;
	opened_up_by = getpid();
	atexit(close_again);
	CHECK_OK(chmod(beside(KCHAT_CONTROL), 0666));
}
