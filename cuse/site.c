// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * site.c - where rooms appear; site.h has the picture
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kchat.h"
#include "node.h"
#include "site.h"

#define DIRECTORY_OF_ROOT	"/dev/kchat"

/**
 * because() - say why not
 * @why: set to the formatted line; may be NULL
 */
void because(struct reason *why, const char *format, ...)
{
	va_list args;

	if (!why)
		return;
	va_start(args, format);
	vsnprintf(why->text, sizeof(why->text), format, args);
	va_end(args);
}

/* The absolute path of what is there, whoever serves it not being asked; or NULL. */
static char *path_of(const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);
	char self[64], whole[PATH_MAX];
	ssize_t len;

	if (fd < 0)
		return NULL;
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	len = readlink(self, whole, sizeof(whole));
	close(fd);
	return len > 0 ? strndup(whole, (size_t)len) : NULL;
}

/*
 * The absolute path of a directory that need not be there: it may be still to
 * be made, or be the mount of a daemon that is stopped or died, which no one can
 * look into.
 */
static char *absolute_path(const char *path, struct reason *ret_why)
{
	char *copy = strdup(path), *parent = NULL, *slash, *whole = NULL;
	size_t len;

	if (!copy)
		goto out;
	if (!*path) {
		errno = ENOENT;
		goto out;
	}
	whole = path_of(path);
	if (whole)
		goto out;
	for (len = strlen(copy); len > 1 && copy[len - 1] == '/'; len--)
		copy[len - 1] = '\0';
	slash = strrchr(copy, '/');
	if (slash)
		*slash = '\0';
	parent = realpath(!slash ? "." : slash == copy ? "/" : copy, NULL);
	if (parent && asprintf(&whole, "%s/%s",
			       strcmp(parent, "/") ? parent : "",
			       slash ? slash + 1 : copy) < 0)
		whole = NULL;
out:
	if (!whole)
		because(ret_why, "cannot use the directory '%s': %s",
			path, strerror(errno));
	free(parent);
	free(copy);
	return whole;
}

/*
 * Nodes without a device are what a killed daemon left, and are removed. In /dev
 * itself they are those of modules that are not loaded yet. (Whoever serves the
 * directory is not asked: he may be stopped.)
 */
static bool is_dev(const char *directory)
{
	const int flags = AT_STATX_DONT_SYNC;
	struct statx it, dev;

	return !statx(AT_FDCWD, directory, flags, STATX_INO, &it) &&
	       !statx(AT_FDCWD, "/dev", flags, STATX_INO, &dev) &&
	       it.stx_dev_major == dev.stx_dev_major &&
	       it.stx_dev_minor == dev.stx_dev_minor &&
	       it.stx_ino == dev.stx_ino;
}

/**
 * site_init() - name a site, without touching it
 * @site: set to the site
 * @directory: its directory; NULL: the usual one
 * @ret_why: on failure, why
 *
 * Return: 0 or -1.
 */
int site_init(struct site *site, const char *directory, struct reason *ret_why)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	char *usual = NULL;

	memset(site, 0, sizeof(*site));
	if (!directory && geteuid() == 0) {
		directory = DIRECTORY_OF_ROOT;
	} else if (!directory && runtime && *runtime) {
		if (asprintf(&usual, "%s/kchat", runtime) < 0)
			usual = NULL;
		directory = usual;
	} else if (!directory) {
		because(ret_why, "XDG_RUNTIME_DIR is not set; set it to a directory of your own");
		return -1;
	}
	site->uid = geteuid();
	site->directory = directory ? absolute_path(directory, ret_why) : NULL;
	free(usual);
	if (!site->directory)
		return -1;
	if (is_dev(site->directory)) {
		because(ret_why, "rooms cannot be in /dev itself, where the nodes of others are; give a directory for them alone, as /dev/kchat");
		goto error;
	}
	if (asprintf(&site->node, "%s/" KCHAT_LOBBY, site->directory) < 0) {
		because(ret_why, "no memory");
		goto error;
	}
	return 0;
error:
	free(site->directory);
	return -1;
}

/**
 * site_deinit() - forget a site
 * @site: the site
 */
void site_deinit(struct site *site)
{
	free(site->directory);
	free(site->node);
}

/* --- what a killed predecessor left ------------------------------------- */

/* Nobody answers for what is mounted here. */
static bool mount_is_dead(const struct site *site)
{
	struct stat status;

	return stat(site->directory, &status) &&
	       (errno == ENOTCONN || errno == ECONNABORTED);
}

static int unmount(const struct site *site)
{
	char program[] = "fusermount3", u[] = "-u", z[] = "-z", q[] = "-q",
	     end[] = "--";
	char *argv[] = { program, u, z, q, end, site->directory, NULL };
	int status;
	pid_t pid;

	if (geteuid() == 0)
		return umount2(site->directory, MNT_DETACH | UMOUNT_NOFOLLOW);
	if (posix_spawnp(&pid, program, NULL, NULL, argv, environ))
		return -1;
	while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
		;
	return status ? -1 : 0;
}

/**
 * site_clear() - remove what a killed daemon left: its mount, its nodes
 * @site: a site whose lock is ours
 * @ret_why: on failure, why
 *
 * Return: 0, or -1 if something is in the way.
 */
int site_clear(const struct site *site, struct reason *ret_why)
{
	while (mount_is_dead(site)) {
		if (unmount(site) && mount_is_dead(site)) {
			because(ret_why, "%s is the mount of a daemon that died and cannot be unmounted; try umount -l %s as root",
				site->directory, site->directory);
			return -1;
		}
	}
	return nodes_clear(site, ret_why);
}

/**
 * site_prepare() - make the directory ready for a room
 * @site: a site whose lock is ours
 * @ret_why: on failure, why
 *
 * Return: 0 or -1.
 */
int site_prepare(struct site *site, struct reason *ret_why)
{
	struct stat status;

	if (site_clear(site, ret_why))
		return -1;
	site->made = !mkdir(site->directory, 0755);
	if (!site->made && errno != EEXIST) {
		because(ret_why, "cannot make the directory %s: %s",
			site->directory, strerror(errno));
		return -1;
	}
	if (stat(site->directory, &status) || !S_ISDIR(status.st_mode)) {
		because(ret_why, "%s is not a directory", site->directory);
		return -1;
	}
	return 0;
}

/**
 * site_leave() - leave the directory as it was found
 * @site: a prepared site, the room gone
 */
void site_leave(struct site *site)
{
	if (site->made)
		rmdir(site->directory);
}
