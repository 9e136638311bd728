// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * N1, N2: the node of a room. What D5 lets a FUSE room show instead.
 */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "conform.h"

#define NOBODY 65534

static const char *directory(void)
{
	static char path[PATH_MAX];

	snprintf(path, sizeof(path), "%s", room_path);
	return dirname(path);
}

static const char *name(void)
{
	return strrchr(room_path, '/') + 1;
}

static void node_type(void)
{
	struct stat st;

	CHECK_OK(stat(room_path, &st));
	if (backend != FUSE) {
		CHECK(S_ISCHR(st.st_mode));
		return;
	}
	CHECK(S_ISREG(st.st_mode));
	CHECK_EQ(st.st_size, 0);
}

static void node_mode(void)
{
	struct stat st;

	if (strcmp(name(), KCHAT_LOBBY))
		SKIP("%s is not the lobby", name());
	CHECK_OK(stat(room_path, &st));
	CHECK_EQ(st.st_mode & 07777, 0660);
}

static void node_listed(void)
{
	struct dirent *entry;
	bool found = false;
	DIR *dir = opendir(directory());

	CHECK(dir != NULL);
	while ((entry = readdir(dir)))
		found |= !strcmp(entry->d_name, name());
	closedir(dir);
	CHECK(found);
}

static void node_same(void)
{
	struct stat before, after;
	int fd;

	CHECK_OK(stat(room_path, &before));
	fd = room_open(O_RDWR);
	put(fd, "hello", 5);
	CHECK_OK(fstat(fd, &after));
	CHECK_EQ(after.st_mode, before.st_mode);
	CHECK_EQ(after.st_ino, before.st_ino);
	CHECK_EQ(after.st_rdev, before.st_rdev);
	CHECK_EQ(after.st_size, 0);
	CHECK_OK(stat(room_path, &after));
	CHECK_EQ(after.st_ino, before.st_ino);
	CHECK_EQ(after.st_size, 0);
}

static void absent_room(void)
{
	char path[PATH_MAX + 20];
	struct stat st;

	snprintf(path, sizeof(path), "%s/no-such-room", directory());
	CHECK_ERRNO(open(path, O_RDONLY), ENOENT);
	CHECK_ERRNO(open(path, O_WRONLY), ENOENT);
	CHECK_ERRNO(open(path, O_RDWR), ENOENT);
	CHECK_ERRNO(stat(path, &st), ENOENT);
}

static void not_made_by_open(void)
{
	char path[PATH_MAX + 20];
	struct stat st;
	int fd;

	if (backend != FUSE)
		SKIP("/dev is not kchat's file system");
	snprintf(path, sizeof(path), "%s/no-such-room", directory());
	fd = open(path, O_WRONLY | O_CREAT, 0666);
	CHECK_EQ(fd, -1);
	CHECK_ERRNO(stat(path, &st), ENOENT);
}

static void not_removed(void)
{
	char path[PATH_MAX + 20];

	if (backend != FUSE)
		SKIP("a device is a number: its node may go, the room stays");
	snprintf(path, sizeof(path), "%s/other", directory());
	CHECK_EQ(unlink(room_path), -1);
	CHECK_EQ(rename(room_path, path), -1);
	room_open(O_RDWR);
}

/*
 * As another user: the directory may be closed to him, so he gets the node
 * by a descriptor; opening it anew asks the node's mode alone.
 */
static int open_as(uid_t uid, gid_t gid, int flags)
{
	int node = CHECK_OK(open(room_path, O_PATH));
	char path[80];

	snprintf(path, sizeof(path), "/proc/self/fd/%d", node);
	CHECK_OK(setgroups(0, NULL));
	CHECK_OK(setresgid(gid, gid, gid));
	CHECK_OK(setresuid(uid, uid, uid));
	return open(path, flags | O_CLOEXEC);
}

static void stranger(void *arg)
{
	CHECK_ERRNO(open_as(NOBODY, NOBODY, *(int *)arg), EACCES);
}

static void member(void *arg)
{
	struct stat st;

	CHECK_OK(stat(room_path, &st));
	CHECK_OK(open_as(NOBODY, st.st_gid, *(int *)arg));
}

static void mode_enforced(void (*who)(void *arg))
{
	static int flags[] = { O_RDONLY, O_WRONLY, O_RDWR };
	struct stat st;
	int i;

	if (geteuid())
		SKIP("needs root, to become somebody else");
	CHECK_OK(stat(room_path, &st));
	if ((st.st_mode & 0777) != 0660 || st.st_gid == NOBODY)
		SKIP("the room's mode or group was changed");
	for (i = 0; i < 3; i++)
		tap_join(tap_spawn(who, &flags[i]));
}

static void strangers_kept_out(void)
{
	mode_enforced(stranger);
}

static void members_let_in(void)
{
	mode_enforced(member);
}

static void lobby_is_minor_0(void)
{
	struct stat st;

	if (backend != KMOD)
		SKIP("only the module promises the number");
	if (strcmp(name(), KCHAT_LOBBY))
		SKIP("%s is not the lobby", name());
	CHECK_OK(stat(room_path, &st));
	CHECK_EQ(minor(st.st_rdev), 0);
}

/* Make a node of our own; some file systems refuse, some are `nodev` */
static int open_twin(dev_t dev)
{
	const char *const dirs[] = { directory(), "/dev", "/run", "/tmp" };
	char path[PATH_MAX + 40];
	unsigned int i;
	int fd, error;

	for (i = 0; i < 4; i++) {
		snprintf(path, sizeof(path), "%s/kchat-twin-%d", dirs[i],
			 getpid());
		if (mknod(path, S_IFCHR | 0600, dev) < 0)
			continue;
		fd = open(path, O_RDWR | O_CLOEXEC);
		error = errno;
		unlink(path);
		if (fd >= 0)
			return fd;
		errno = error;
		/* A place without devices is no place; else it should open. */
		if (error != EACCES)
			CHECK_OK(fd);
	}
	SKIP("no place to make a device node: %s", strerror(errno));
}

static void number_is_a_room(void)
{
	struct stat st;
	char buf[5];
	int fd, twin;

	if (backend == FUSE)
		SKIP("a regular file has no device number");
	CHECK_OK(stat(room_path, &st));
	fd = room_open(O_RDWR);
	twin = open_twin(st.st_rdev);
	put(twin, "hello", 5);
	get(fd, buf, 5);
	CHECK_MEM(buf, "hello", 5);
	put(fd, "world", 5);
	get(twin, buf, 5);
	CHECK_MEM(buf, "hello", 5);
	get(twin, buf, 5);
	CHECK_MEM(buf, "world", 5);
}

const struct tap_test tests_names[] = {
	{ "N1 a node has the type its backend makes", node_type, 0 },
	{ "N1 the lobby is 0660", node_mode, 0 },
	{ "N1 the directory lists the room", node_listed, 0 },
	{ "N1 a node stays the same, its size 0", node_same, 0 },
	{ "N1 a room that does not exist cannot be opened", absent_room, 0 },
	{ "N1 opening with O_CREAT makes no room", not_made_by_open, 0 },
	{ "N1 a stranger is kept out by the mode", strangers_kept_out, 0 },
	{ "N1 a member of the group is let in", members_let_in, 0 },
	{ "N2 the lobby cannot be removed", not_removed, 0 },
	{ "N2 the lobby is minor 0", lobby_is_minor_0, 0 },
	{ "N2 a device number is a room", number_is_a_room, 0 },
	{ NULL, NULL, 0 },
};
