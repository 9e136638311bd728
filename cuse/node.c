// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * node.c - device nodes: made so that they are never too open, and cleaned up
 *
 * A node that was put in place by rename(2) is not devtmpfs's own, so it stays
 * when its device goes with a killed daemon.
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "kchat.h"
#include "node.h"

#define DEVICES	"/sys/dev/char"

/* Without /sys none is known to be gone. */
static bool device_is_gone(dev_t device)
{
	char path[64];

	snprintf(path, sizeof(path), DEVICES "/%u:%u", major(device),
		 minor(device));
	return access(path, F_OK) && !access(DEVICES, F_OK);
}

/* What a killed daemon left: a node whose device is gone. */
static bool node_is_stale(int directory, const char *name)
{
	struct stat status;

	return !fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) &&
	       S_ISCHR(status.st_mode) && device_is_gone(status.st_rdev);
}

/*
 * Remove every stale node in a directory. Its names may be those of rooms, or of
 * nodes that were not yet in their place; nobody else has dead devices here.
 */
static void clear_stale(const char *path)
{
	DIR *directory = opendir(path);
	struct dirent *entry;

	if (!directory)
		return;
	while ((entry = readdir(directory)))
		if (node_is_stale(dirfd(directory), entry->d_name))
			unlinkat(dirfd(directory), entry->d_name, 0);
	closedir(directory);
}

/**
 * nodes_clear() - remove the nodes of devices that are gone
 * @site: a site whose lock is ours
 * @ret_why: on failure, what else it is
 *
 * Return: 0 if there is no lobby any more; -1 if one is in the way.
 */
int nodes_clear(const struct site *site, struct reason *ret_why)
{
	struct stat status;

	clear_stale(site->directory);
	if (lstat(site->node, &status)) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 0;
		because(ret_why, "cannot look at %s: %s", site->node,
			strerror(errno));
		return -1;
	}
	if (!S_ISCHR(status.st_mode))
		because(ret_why, "%s is there already, and no daemon we know of serves it",
			site->node);
	else if (device_is_gone(status.st_rdev))
		because(ret_why, "cannot remove %s, whose device is gone",
			site->node);
	else if (access(DEVICES, F_OK))
		because(ret_why, "%s is there already, and without /sys nobody can tell whether it is served",
			site->node);
	else
		because(ret_why, "%s is already served, by the kernel module or by another daemon",
			site->node);
	return -1;
}

/*
 * Give owner and mode to the node that was made at @made, even if others may write in
 * the directory: never to what a link there leads to. Return: 0, or -1 and errno.
 */
static int node_dress(const struct node *node, const char *made, dev_t device)
{
	int error, fd = open(made, O_PATH | O_NOFOLLOW | O_CLOEXEC);
	struct stat status;
	char self[64];

	if (fd < 0)
		return -1;
	error = fstat(fd, &status);
	if (!error && (!S_ISCHR(status.st_mode) || status.st_rdev != device)) {
		errno = EEXIST;
		error = -1;
	}
	snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
	/* The mode of what is another's takes a right that we gave up. */
	if (!error)
		error = fchownat(fd, "", -1, node->gid, AT_EMPTY_PATH);
	if (!error)
		error = chmod(self, node->mode);
	if (!error)
		error = fchownat(fd, "", node->uid, -1, AT_EMPTY_PATH);
	close(fd);
	return error;
}

/**
 * node_make() - put a device's node in its place
 * @node: where, and whose
 * @device: the device
 * @ret_why: on failure, why
 *
 * Nobody can open it before owner and mode are final, and whatever stood in
 * its place, as devtmpfs's node does, is there until then.
 *
 * Return: 0 or -1.
 */
int node_make(const struct node *node, dev_t device, struct reason *ret_why)
{
	char path[4096], made[4096];
	struct statvfs status;

	if (!statvfs(node->directory, &status) && (status.f_flag & ST_NODEV)) {
		because(ret_why, "devices in %s cannot be opened: it is mounted nodev",
			node->directory);
		return -1;
	}
	if ((size_t)snprintf(made, sizeof(made), "%s/.%s.%ld", node->directory,
			     node->name, (long)getpid()) >= sizeof(made)) {
		because(ret_why, "the path %s is too long", node->directory);
		return -1;
	}
	snprintf(path, sizeof(path), "%s/%s", node->directory, node->name);
	unlink(made);
	if (mknod(made, S_IFCHR, device)) {
		because(ret_why, "cannot make a device node in %s: %s",
			node->directory, strerror(errno));
		return -1;
	}
	if (node_dress(node, made, device) || rename(made, path)) {
		because(ret_why, "cannot put the node at %s: %s", path,
			strerror(errno));
		unlink(made);
		return -1;
	}
	return 0;
}
