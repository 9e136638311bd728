// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * mount.c - where the filesystem of rooms is mounted, and by whom
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "mount.h"

/* Without the help of fusermount3 */
static bool mounted_by_us;

static int open_dev_fuse(struct reason *ret_why)
{
	int fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);

	if (fd >= 0)
		return fd;
	if (errno == ENOENT || errno == ENXIO || errno == ENODEV)
		because(ret_why, "no /dev/fuse; load the fuse module (modprobe fuse), or in a container give it the device /dev/fuse");
	else
		because(ret_why, "cannot open /dev/fuse: %s; be root, or ask for access to it",
			strerror(errno));
	return -1;
}

/* As root: our own mount(2), which says what is wrong. */
static int mount_as_root(struct fuse_session *session, const struct site *site,
			 struct reason *ret_why)
{
	char options[128], fd_path[32];
	int fd = open_dev_fuse(ret_why);

	if (fd < 0)
		return -1;
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=40000,user_id=%u,group_id=%u,default_permissions,allow_other",
		 fd, (unsigned int)geteuid(), (unsigned int)getegid());
	if (mount("kchat", site->directory, "fuse.kchat",
		  MS_NODEV | MS_NOSUID | MS_NOEXEC, options)) {
		if (errno == ENODEV)
			because(ret_why, "this kernel has no FUSE filesystem; load the fuse module (modprobe fuse)");
		else if (errno == EPERM)
			because(ret_why, "mounting on %s is forbidden; it takes CAP_SYS_ADMIN",
				site->directory);
		else
			because(ret_why, "cannot mount on %s: %s",
				site->directory, strerror(errno));
		close(fd);
		return -1;
	}
	mounted_by_us = true;
	snprintf(fd_path, sizeof(fd_path), "/dev/fd/%d", fd);
	if (fuse_session_mount(session, fd_path)) {
		because(ret_why, "libfuse refused the mount");
		umount2(site->directory, MNT_DETACH);
		close(fd);
		return -1;
	}
	return 0;
}

static bool have_fusermount(void)
{
	const char *path = getenv("PATH");
	char name[4096];

	if (!access("/usr/bin/fusermount3", X_OK) ||
	    !access("/bin/fusermount3", X_OK))
		return true;
	while (path && *path) {
		int len = (int)strcspn(path, ":");

		snprintf(name, sizeof(name), "%.*s/fusermount3", len, path);
		if (!access(name, X_OK))
			return true;
		path += len + (path[len] == ':');
	}
	return false;
}

static int mount_as_user(struct fuse_session *session, const struct site *site,
			 struct reason *ret_why)
{
	int fd = open_dev_fuse(ret_why);

	if (fd < 0)
		return -1;
	close(fd);
	if (!have_fusermount()) {
		because(ret_why, "fusermount3 is not installed, which mounts for those who are not root (Debian: fuse3)");
		return -1;
	}
	if (fuse_session_mount(session, site->directory)) {
		because(ret_why, "mounting on %s was refused",
			site->directory);
		return -1;
	}
	return 0;
}

/**
 * site_mount() - mount the filesystem on the site's directory
 * @site: the site
 * @session: the filesystem
 * @ret_why: what is said if it cannot be
 *
 * Return: 0 or -1, and nothing is mounted.
 */
int site_mount(const struct site *site, struct fuse_session *session,
	       struct reason *ret_why)
{
	mounted_by_us = false;
	if (geteuid())
		return mount_as_user(session, site, ret_why);
	return mount_as_root(session, site, ret_why);
}

/**
 * site_unmount() - take it away; who has a file of it open keeps it
 * @site: the site
 * @session: the filesystem
 */
void site_unmount(const struct site *site, struct fuse_session *session)
{
	if (mounted_by_us)
		umount2(site->directory, MNT_DETACH);
	else
		fuse_session_unmount(session);
}
