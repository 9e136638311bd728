// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * path.c - where a room is, and how it is opened
 *
 * A node is opened in two steps. The first takes hold of the file without
 * opening it (O_PATH), so that it can be judged; the second opens what was
 * judged, by way of /proc/self/fd, and not what has the name by then.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "internal.h"
#include "libkchat.h"

/* By hand, as isalnum() takes more than these in some languages. */
#define LETTERS_AND_DIGITS						\
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

bool kchat_name_ok(const char *name)
{
	size_t len = strspn(name, LETTERS_AND_DIGITS "._-");

	return len <= KCHAT_NAME_MAX && !name[len] &&
		strspn(name, LETTERS_AND_DIGITS) &&
		strcmp(name, KCHAT_CONTROL);
}

static bool is_missing(int err)
{
	return err == -ENOENT || err == -ENOTDIR;
}

/* Take hold of the file @dir@subdir@name without opening it. */
static int hold_in(const char *dir, const char *subdir, const char *name,
		   char *ret_path)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s%s%s", dir, subdir, name) >=
	    PATH_MAX)
		return -ENAMETOOLONG;
	strcpy(ret_path, path);
	fd = open(path, O_PATH | O_CLOEXEC);
	return fd < 0 ? -errno : fd;
}

static int hold(const char *name, char *ret_path)
{
	const char *run = secure_getenv("XDG_RUNTIME_DIR");
	const char *dir = secure_getenv("KCHAT_DIR");
	int fd;

	if (strchr(name, '/'))
		return hold_in(name, "", "", ret_path);
	if (dir && *dir)
		return hold_in(dir, "/", name, ret_path);
	fd = hold_in("/dev/kchat", "/", name, ret_path);
	if (is_missing(fd) && run && *run) {
		fd = hold_in(run, "/kchat/", name, ret_path);
		/* If it is in neither, the first is the one to speak of. */
		if (is_missing(fd))
			fd = hold_in("/dev/kchat", "/", name, ret_path);
	}
	return fd;
}

int kchat_path_find(const char *name, char *ret_path)
{
	int fd;

	if (!strchr(name, '/') && strcmp(name, KCHAT_CONTROL) &&
	    !kchat_name_ok(name))
		return -EINVAL;
	fd = hold(name, ret_path);
	if (fd < 0)
		return fd;
	close(fd);
	return 0;
}

int kchat__open(const char *name, int flags, char *ret_path)
{
	char self[sizeof("/proc/self/fd/") + 12];
	int held, fd, err;
	struct stat st;

	held = hold(name, ret_path);
	if (held < 0)
		return held;
	if (fstat(held, &st)) {
		err = -errno;
	} else if (access("/proc/self/fd", F_OK)) {
		err = -ENOSYS;
	} else if (kchat_node_judge(&st)) {
		err = -ENOTTY;
	} else {
		snprintf(self, sizeof(self), "/proc/self/fd/%d", held);
		fd = open(self, flags | O_CLOEXEC);
		err = fd < 0 ? -errno : fd;
	}
	close(held);
	return err;
}
