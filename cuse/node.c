// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * node.c - device nodes: made so that they are never too open, and cleaned up
 *
 * A node that was put in place by rename(2) is not devtmpfs's own, so it stays
 * when its device goes with a killed daemon.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "kchat.h"
#include "node.h"

static bool device_is_there(dev_t device)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u", major(device),
		 minor(device));
	return !access(path, F_OK);
}

/**
 * node_clear() - remove the node of a device that is gone
 * @site: a site whose lock is ours
 * @ret_why: on failure, what else it is
 *
 * Return: 0 if there is no node any more; -1 if one is in the way.
 */
int node_clear(const struct site *site, struct reason *ret_why)
{
	struct stat status;

	if (lstat(site->node, &status)) {
		if (errno == ENOENT || errno == ENOTDIR)
			return 0;
		because(ret_why, "cannot look at %s: %s", site->node,
			strerror(errno));
		return -1;
	}
	if (!S_ISCHR(status.st_mode)) {
		because(ret_why, "%s is there already, and no daemon we know of serves it",
			site->node);
		return -1;
	}
	if (device_is_there(status.st_rdev)) {
		because(ret_why, "%s is already served, by the kernel module or by another daemon",
			site->node);
		return -1;
	}
	if (unlink(site->node)) {
		because(ret_why, "cannot remove %s, whose device is gone: %s",
			site->node, strerror(errno));
		return -1;
	}
	return 0;
}

/**
 * node_make() - put a device's node in its place
 * @site: path, mode, owner and group
 * @device: the device
 * @ret_why: on failure, why
 *
 * Nobody can open it before owner and mode are final, and whatever stood in
 * its place, as devtmpfs's node does, is there until then.
 *
 * Return: 0 or -1.
 */
int node_make(const struct site *site, dev_t device, struct reason *ret_why)
{
	struct statvfs status;
	char path[4096];

	if (!statvfs(site->directory, &status) && (status.f_flag & ST_NODEV)) {
		because(ret_why, "devices in %s cannot be opened: it is mounted nodev",
			site->directory);
		return -1;
	}
	if ((size_t)snprintf(path, sizeof(path), "%s/." KCHAT_LOBBY ".%ld",
			     site->directory, (long)getpid()) >= sizeof(path)) {
		because(ret_why, "the path %s is too long", site->directory);
		return -1;
	}
	unlink(path);
	if (mknod(path, S_IFCHR, device)) {
		because(ret_why, "cannot make a device node in %s: %s",
			site->directory, strerror(errno));
		return -1;
	}
	if (chown(path, site->uid, site->gid) || chmod(path, site->mode) ||
	    rename(path, site->node)) {
		because(ret_why, "cannot put the node at %s: %s", site->node,
			strerror(errno));
		unlink(path);
		return -1;
	}
	return 0;
}
