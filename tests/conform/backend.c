// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Who serves a room, as far as it can be seen from outside.
 */
#include "config.h"

#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "backend.h"

#define FUSE_MAGIC 0x65735546

static const struct {
	const char *name;
	enum backend backend;
} backends[] = {
	{ "kmod", KMOD },
	{ "cuse", CUSE },
	{ "fuse", FUSE },
};

/**
 * backend_by_name() - which backend is called so
 * @name: kmod, cuse or fuse
 *
 * Return: the backend, 0 if there is none of that name.
 */
enum backend backend_by_name(const char *name)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		if (!strcmp(name, backends[i].name))
			return backends[i].backend;
	return 0;
}

/**
 * backend_name() - what a backend is called
 * @backend: the backend
 *
 * Return: its name.
 */
const char *backend_name(enum backend backend)
{
	unsigned int i;

	for (i = 0; i < 3; i++)
		if (backend == backends[i].backend)
			return backends[i].name;
	return "?";
}

/**
 * backend_of() - who serves a room
 * @path: its path
 *
 * A device's class says who made it; a regular file is FUSE's or no room.
 *
 * Return: the backend, 0 if that cannot be told.
 */
enum backend backend_of(const char *path)
{
	char link[80], class[PATH_MAX];
	struct statfs fs;
	struct stat st;
	ssize_t n;

	if (stat(path, &st) < 0)
		return 0;
	if (S_ISREG(st.st_mode))
		return !statfs(path, &fs) && fs.f_type == FUSE_MAGIC ? FUSE : 0;
	if (!S_ISCHR(st.st_mode))
		return 0;
	snprintf(link, sizeof(link), "/sys/dev/char/%u:%u/subsystem",
		 major(st.st_rdev), minor(st.st_rdev));
	n = readlink(link, class, sizeof(class) - 1);
	if (n < 0)
		return 0;
	class[n] = '\0';
	if (!strcmp(basename(class), "kchat"))
		return KMOD;
	return !strcmp(basename(class), "cuse") ? CUSE : 0;
}
