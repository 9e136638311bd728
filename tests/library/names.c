// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Names, where they lead, and what is opened of it.
 */
#include "config.h"

#include <limits.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "library.h"

static void names_ok(void)
{
	CHECK(kchat_name_ok("lobby"));
	CHECK(kchat_name_ok("a"));
	CHECK(kchat_name_ok("0.b_c-D"));
	CHECK(kchat_name_ok("controls"));
	CHECK(kchat_name_ok("a234567890123456789012345678901"));
	CHECK(!kchat_name_ok("a2345678901234567890123456789012"));
	CHECK(!kchat_name_ok(""));
	CHECK(!kchat_name_ok(".a"));
	CHECK(!kchat_name_ok("-a"));
	CHECK(!kchat_name_ok("a/b"));
	CHECK(!kchat_name_ok("a b"));
	CHECK(!kchat_name_ok("\303\244"));
	CHECK(!kchat_name_ok(KCHAT_CONTROL));
}

static char *a_directory(void)
{
	static char dir[] = "/tmp/kchat-library.XXXXXX";

	CHECK(mkdtemp(dir));
	return dir;
}

static void place(const char *dir, const char *name, char *ret_path)
{
	FILE *file;

	snprintf(ret_path, PATH_MAX, "%s/%s", dir, name);
	file = fopen(ret_path, "w");
	CHECK(file);
	fclose(file);
}

static void paths(void)
{
	char path[PATH_MAX], want[PATH_MAX], long_name[2 * PATH_MAX];
	char *dir = a_directory();

	setenv("KCHAT_DIR", dir, 1);
	setenv("XDG_RUNTIME_DIR", "/nonexistent", 1);
	place(dir, "here", want);
	WORKS(kchat_path_find("here", path));
	CHECK_STR(path, want);
	/* It is the only place then */
	REFUSED(kchat_path_find("elsewhere", path), ENOENT);
	CHECK(!strncmp(path, dir, strlen(dir)));

	setenv("KCHAT_DIR", "", 1);
	REFUSED(kchat_path_find("library-none", path), ENOENT);
	CHECK_STR(path, "/dev/kchat/library-none");
	setenv("XDG_RUNTIME_DIR", dir, 1);
	snprintf(want, sizeof(want), "%s/kchat", dir);
	CHECK_OK(mkdir(want, 0700));
	snprintf(long_name, sizeof(long_name), "%s/kchat", dir);
	place(long_name, "library-none", want);
	WORKS(kchat_path_find("library-none", path));
	CHECK_STR(path, want);

	/* A path is a path */
	WORKS(kchat_path_find(dir, path));
	CHECK_STR(path, dir);
	memset(long_name, 'a', sizeof(long_name));
	long_name[0] = '/';
	long_name[PATH_MAX] = '\0';
	REFUSED(kchat_path_find(long_name, path), ENAMETOOLONG);
	REFUSED(kchat_path_find("a!b", path), EINVAL);
}

static void opens(void)
{
	struct kchat_room *room = enter(lobby, O_RDWR | O_NONBLOCK, 0);
	int flags = fcntl(kchat_room_fd(room), F_GETFL);
	char dir[PATH_MAX];

	CHECK_STR(kchat_room_path(room), lobby);
	CHECK_EQ(flags & (O_ACCMODE | O_NONBLOCK), O_RDWR | O_NONBLOCK);
	CHECK_EQ(fcntl(kchat_room_fd(room), F_GETFD), FD_CLOEXEC);
	kchat_room_close(room);

	/* By its name, where the environment says */
	snprintf(dir, sizeof(dir), "%s", lobby_dir());
	setenv("KCHAT_DIR", dir, 1);
	room = enter(strrchr(lobby, '/') + 1, O_RDONLY, 0);
	CHECK_STR(kchat_room_path(room), lobby);
	kchat_room_close(room);
	kchat_room_close(NULL);
}

static void opens_no_others(void)
{
	struct kchat_room *room = NULL;
	char path[PATH_MAX], control_path[PATH_MAX];
	char *dir = a_directory();

	REFUSED(kchat_room_open(&room, "/dev/null", O_RDWR, 0), ENOTTY);
	REFUSED(kchat_room_open(&room, "/tmp/", O_RDONLY, 0), ENOTTY);
	place(dir, "file", path);
	REFUSED(kchat_room_open(&room, path, O_RDWR, 0), ENOTTY);
	CHECK_OK(unlink(path));
	/* Nobody is at its other end: to open it would wait */
	CHECK_OK(mkfifo(path, 0600));
	REFUSED(kchat_room_open(&room, path, O_RDONLY, 0), ENOTTY);
	REFUSED(kchat_room_open(&room, "/nonexistent/x", O_RDONLY, 0), ENOENT);
	REFUSED(kchat_room_open(&room, "a!b", O_RDONLY, 0), EINVAL);
	snprintf(control_path, sizeof(control_path), "%s/%s", lobby_dir(),
		 KCHAT_CONTROL);
	REFUSED(kchat_room_open(&room, control_path, O_RDONLY, 0), EINVAL);
	REFUSED(kchat_control_open("/nonexistent", O_RDONLY), ENOENT);
	snprintf(path, sizeof(path), "%s/%s", dir, KCHAT_CONTROL);
	CHECK_OK(mkfifo(path, 0600));
	REFUSED(kchat_control_open(dir, O_RDONLY), ENOTTY);
	CHECK(!room);
}

/* /proc is away for us alone, and back before anybody else here wants it. */
static void without_proc(void)
{
	struct kchat_room *room = NULL;
	int opened, control, missing;

	if (unshare(CLONE_NEWNS) ||
	    mount(NULL, "/proc", NULL, MS_PRIVATE, NULL) ||
	    mount("none", "/proc", "tmpfs", 0, NULL))
		SKIP("only root can take /proc away");
	opened = kchat_room_open(&room, lobby, O_RDWR, 0);
	control = kchat_control_open(lobby_dir(), O_RDONLY);
	missing = kchat_room_open(&room, "/nonexistent/x", O_RDONLY, 0);
	CHECK_OK(umount("/proc"));
	REFUSED(opened, ENOSYS);
	REFUSED(control, ENOSYS);
	REFUSED(missing, ENOENT);
	CHECK(!room);
}

static void options(void)
{
	struct kchat_options set, got;
	struct kchat_room *room;

	room = enter(lobby, O_RDWR | O_NONBLOCK,
		     KCHAT_OPTION_RECORDS | KCHAT_OPTION_LOSSY);
	WORKS(kchat_room_get_options(room, &got));
	CHECK_EQ(got.flags, KCHAT_OPTION_RECORDS | KCHAT_OPTION_LOSSY);
	memset(&set, 0, sizeof(set));
	WORKS(kchat_room_set_options(room, &set));
	WORKS(kchat_room_get_options(room, &got));
	CHECK_EQ(got.flags, 0);
	set.flags = 1U << 31;
	REFUSED(kchat_room_set_options(room, &set), EINVAL);
	kchat_room_close(room);
	/* For those who read */
	REFUSED(kchat_room_open(&room, lobby, O_WRONLY, KCHAT_OPTION_RECORDS),
		EBADF);
}

static void old_backend(void)
{
	struct kchat_member *members = NULL;
	struct kchat_room *room = NULL;
	struct kchat_info info;
	uint64_t messages, bytes;
	char buf[8];
	size_t n;

	backend_is_old = true;
	REFUSED(kchat_room_open(&room, lobby, O_RDWR, KCHAT_OPTION_RECORDS),
		EOPNOTSUPP);
	CHECK(!room);
	/* What needs nothing of it works as ever */
	room = enter(lobby, O_RDWR, 0);
	says(room, "as ever");
	CHECK_EQ(kchat_room_read(room, buf, 8), 7);
	CHECK_MEM(buf, "as ever", 7);
	REFUSED(kchat_room_info(room, &info), EOPNOTSUPP);
	REFUSED(kchat_room_history(room, 1, NULL), EOPNOTSUPP);
	REFUSED(kchat_room_members(room, &members, &n), EOPNOTSUPP);
	REFUSED(kchat_room_loss(room, &messages, &bytes), EOPNOTSUPP);
	REFUSED(kchat_room_lap(room, 1), EOPNOTSUPP);
	CHECK(!members);
}

const struct tap_test tests_names[] = {
	{ "library: which names are names", names_ok, 0 },
	{ "library: where names lead", paths, 0 },
	{ "library: a room is opened, by path and name", opens, 0 },
	{ "library: nothing else is opened", opens_no_others, 0 },
	{ "library: without /proc no room is opened", without_proc, 0 },
	{ "library: options", options, 0 },
	{ "library: an old backend is said to be one", old_backend, 0 },
	{ NULL, NULL, 0 },
};
