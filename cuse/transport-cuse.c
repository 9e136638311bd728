// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * transport-cuse.c - the room as a character device
 *
 * The device's name says where devtmpfs puts its node, as root's own with mode
 * 0600; ours, with owner and mode, is renamed over it. The kernel makes the
 * device when it has read our answer to its handshake, and does not tell
 * whether it could: only sysfs shows that.
 */
#include "config.h"

#include "fuse-api.h"

#include <cuse_lowlevel.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "node.h"
#include "transport.h"

/* One write of any alignment comes in one request: 32 pages are the limit. */
#define MAX_WRITE	(128U << 10)

/**
 * struct device - the device
 * @host: the room behind it
 * @name: "kchat!lobby": its name in sysfs, its node below /dev
 */
static struct device {
	struct host *host;
	char name[256];
} device;

static void device_init(void *context, struct fuse_conn_info *conn)
{
	(void)context;
	conn->max_write = MAX_WRITE;
}

static void device_open(fuse_req_t req, struct fuse_file_info *fi)
{
	host_open(device.host, req, 0, fi);
}

static const struct cuse_lowlevel_ops device_ops = {
	.init = device_init,
	.open = device_open,
	.release = host_release,
	.read = host_read,
	.write = host_write,
	.poll = host_poll,
	.ioctl = host_ioctl,
	.fsync = host_fsync,
};

/* Below /dev the device's own node is the room's; else it is out of the way. */
static void device_name(const struct site *site)
{
	size_t i;

	if (strncmp(site->directory, "/dev/", 5))
		snprintf(device.name, sizeof(device.name),
			 "kchat-%ld!" KCHAT_LOBBY, (long)getpid());
	else
		snprintf(device.name, sizeof(device.name), "%s!" KCHAT_LOBBY,
			 site->directory + 5);
	for (i = 0; device.name[i]; i++)
		if (device.name[i] == '/')
			device.name[i] = '!';
}

/* Return: 1 and the number if there is a device of this name; else 0. */
static int device_number(dev_t *ret_number)
{
	char path[512];
	unsigned int major, minor;
	FILE *file;
	int n;

	snprintf(path, sizeof(path), "/sys/class/cuse/%s/dev", device.name);
	file = fopen(path, "re");
	if (!file)
		return 0;
	n = fscanf(file, "%u:%u", &major, &minor);
	fclose(file);
	if (n != 2)
		return 0;
	*ret_number = makedev(major, minor);
	return 1;
}

static int open_dev_cuse(struct reason *ret_why)
{
	int fd;

	if (geteuid()) {
		because(ret_why, "it takes root");
		return -1;
	}
	fd = open("/dev/cuse", O_RDWR | O_CLOEXEC);
	if (fd >= 0)
		return fd;
	if (errno == ENOENT || errno == ENXIO || errno == ENODEV)
		because(ret_why, "no /dev/cuse; load the cuse module (modprobe cuse)");
	else
		because(ret_why, "cannot open /dev/cuse: %s",
			strerror(errno));
	return -1;
}

static struct fuse_session *cuse_start(struct host *host,
				       const struct site *site,
				       struct reason *ret_why)
{
	char name[] = "kchatd", *argv[] = { name, NULL };
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	char devname[sizeof(device.name) + sizeof("DEVNAME=")];
	const char *info[] = { devname };
	struct cuse_info cuse_info = {
		.dev_info_argc = 1,
		.dev_info_argv = info,
	};
	struct fuse_session *session;
	char fd_path[32];
	dev_t number;
	int fd;

	device.host = host;
	device_name(site);
	if (device_number(&number)) {
		because(ret_why, "there is a device of the name %s already",
			device.name);
		return NULL;
	}
	fd = open_dev_cuse(ret_why);
	if (fd < 0)
		return NULL;
	snprintf(devname, sizeof(devname), "DEVNAME=%s", device.name);
	snprintf(fd_path, sizeof(fd_path), "/dev/fd/%d", fd);
	session = cuse_lowlevel_new(&args, &cuse_info, &device_ops, NULL);
	fuse_opt_free_args(&args);
	if (!session || fuse_session_mount(session, fd_path)) {
		because(ret_why, "libfuse made no session");
		if (session)
			fuse_session_destroy(session);
		close(fd);
		return NULL;
	}
	return session;
}

static int cuse_show(const struct site *site, struct reason *ret_why)
{
	dev_t number;

	if (!device_number(&number))
		return 0;
	return node_make(site, number, ret_why) ? -1 : 1;
}

/* Closing the session takes the device away. */
static void cuse_stop(struct fuse_session *session, const struct site *site)
{
	struct stat status;
	dev_t number;

	if (device_number(&number) && !stat(site->node, &status) &&
	    S_ISCHR(status.st_mode) && status.st_rdev == number)
		unlink(site->node);
	fuse_session_destroy(session);
}

const struct transport transport_cuse = {
	.title = "CUSE",
	.start = cuse_start,
	.show = cuse_show,
	.stop = cuse_stop,
};
