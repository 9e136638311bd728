// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * node.c - is this file a room?
 *
 * The name of a file proves nothing: a room of the module may have been made
 * anywhere by mknod(1), and kchatd serves any directory. What stands behind the
 * name does. For a device it is the number, which the kernel lists in sysfs
 * under the class of its driver, the same for every node with that number. For
 * a file it is the type of the filesystem it lies on.
 */
#include "config.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "libkchat.h"

/* The last component of where a symbolic link points to; false without one. */
static bool link_base(const char *path, char *ret_base, size_t size)
{
	char target[PATH_MAX];
	const char *base;
	ssize_t len;

	len = readlink(path, target, sizeof(target) - 1);
	if (len < 0)
		return false;
	target[len] = '\0';
	base = strrchr(target, '/');
	base = base ? base + 1 : target;
	if (strlen(base) >= size)
		return false;
	strcpy(ret_base, base);
	return true;
}

static const char *judge_device(dev_t number)
{
	char path[64], class[64], name[256];

	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u", major(number),
		 minor(number));
	if (!link_base(path, name, sizeof(name))) {
		if (access("/sys/dev/char", F_OK))
			return "a device nobody can identify without /sys";
		return "a device without a driver, perhaps left by a backend that has died";
	}
	strcat(path, "/subsystem");
	if (!link_base(path, class, sizeof(class)))
		return "a device of no class";
	if (!strcmp(class, "kchat"))
		return NULL;
	/* CUSE serves other things too; kchatd has its name in the device's. */
	if (!strcmp(class, "cuse") && strstr(name, "kchat"))
		return NULL;
	return "a device of something else";
}

/* Is the filesystem numbered @dev of type fuse.kchat? */
static bool is_fuse_kchat(dev_t dev)
{
	FILE *table = fopen("/proc/self/mountinfo", "re");
	unsigned int maj, min;
	char *line = NULL, *rest;
	bool found = false;
	size_t size = 0;

	if (!table)
		return false;
	while (!found && getline(&line, &size, table) > 0) {
		/* The type comes first behind the lone dash. */
		rest = strstr(line, " - ");
		found = rest && !strncmp(rest, " - fuse.kchat ", 14) &&
			sscanf(line, "%*d %*d %u:%u", &maj, &min) == 2 &&
			makedev(maj, min) == dev;
	}
	free(line);
	fclose(table);
	return found;
}

const char *kchat_node_judge(const struct stat *st)
{
	switch (st->st_mode & S_IFMT) {
	case S_IFCHR:
		return judge_device(st->st_rdev);
	case S_IFREG:
		return is_fuse_kchat(st->st_dev) ? NULL : "a plain file";
	case S_IFDIR:
		return "a directory";
	case S_IFIFO:
		return "a FIFO";
	case S_IFSOCK:
		return "a socket";
	case S_IFBLK:
		return "a block device";
	}
	return "something else";
}
