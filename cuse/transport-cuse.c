// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * transport-cuse.c - rooms as character devices
 *
 * Every device has a door of its own: CUSE knows one device a session. The
 * first one is given a major number; the others share it, as the kernel has some
 * 140 to give. A number that became free is used again as late as possible.
 *
 * The device's name says where devtmpfs puts its node, as root's own with mode
 * 0600; ours, with owner and mode, is renamed over it. The kernel makes the
 * device when it has read our answer to its handshake, and does not tell
 * whether it could: only sysfs shows that.
 */
#include "config.h"

#include "fuse-api.h"

#include <cuse_lowlevel.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "control.h"
#include "node.h"
#include "transport.h"

/* One write of any alignment comes in one request: 32 pages are the limit. */
#define MAX_WRITE	(128U << 10)

/* So many descriptors are left for reading /proc, where it says who asks. */
#define DESCRIPTORS_LEFT	8

/* A device number has 20 bits for the minor. */
#define MINORS		(1U << 20)

/**
 * struct device - a device
 * @door: where its requests come in
 * @rooms: all rooms
 * @host: the room behind it; NULL: it is the control node
 * @name: "kchat!lobby": its name in sysfs, its node below /dev
 * @node: path of its node
 * @number: the device's
 */
struct device {
	struct door door;
	struct rooms *rooms;
	struct host *host;
	char name[256];
	char *node;
	dev_t number;
};

/* The control node's device, and what number was given last. */
static struct device *control;
static dev_t last_number;

/* --- requests ----------------------------------------------------------- */

static struct device *device_of(fuse_req_t req)
{
	return fuse_req_userdata(req);
}

static void device_init(void *context, struct fuse_conn_info *conn)
{
	(void)context;
	conn->max_write = MAX_WRITE;
}

static void device_open(fuse_req_t req, struct fuse_file_info *fi)
{
	host_open(device_of(req)->host, req, 0, fi);
}

static const struct cuse_lowlevel_ops room_ops = {
	.init = device_init,
	.open = device_open,
	.release = host_release,
	.read = host_read,
	.write = host_write,
	.poll = host_poll,
	.ioctl = host_ioctl,
	.fsync = host_fsync,
};

static void manage_open(fuse_req_t req, struct fuse_file_info *fi)
{
	control_open(device_of(req)->rooms, req, 0, fi);
}

static void manage_read(fuse_req_t req, size_t size, off_t off,
			struct fuse_file_info *fi)
{
	(void)size;
	(void)off;
	(void)fi;
	fuse_reply_err(req, EINVAL);
}

static void manage_write(fuse_req_t req, const char *buf, size_t size,
			 off_t off, struct fuse_file_info *fi)
{
	(void)buf;
	manage_read(req, size, off, fi);
}

static void manage_ioctl(fuse_req_t req, int cmd, void *arg,
			 struct fuse_file_info *fi, unsigned int flags,
			 const void *in, size_t in_size, size_t out_size)
{
	(void)arg;
	(void)flags;
	(void)out_size;
	control_ioctl(device_of(req)->rooms, req, cmd, fi, in, in_size);
}

static const struct cuse_lowlevel_ops control_ops = {
	.init = device_init,
	.open = manage_open,
	.release = control_release,
	.read = manage_read,
	.write = manage_write,
	.ioctl = manage_ioctl,
	.fsync = host_fsync,
};

/* --- devices ------------------------------------------------------------ */

/*
 * Below /dev the device's own node is the room's; else it is out of the way. The
 * client takes a device for ours by its name, which has "kchat" in it; and no
 * two rooms may have the same one.
 */
static void device_set_name(struct device *device, const char *directory,
			    const char *name)
{
	const char *below = strncmp(directory, "/dev/", 5) ? "" : directory + 5;
	size_t i;

	if (!strstr(below, "kchat") ||
	    strlen(below) + 1 + KCHAT_NAME_MAX >= sizeof(device->name))
		snprintf(device->name, sizeof(device->name), "kchat-%ld!%s",
			 (long)getpid(), name);
	else
		snprintf(device->name, sizeof(device->name), "%s!%s", below,
			 name);
	for (i = 0; device->name[i]; i++)
		if (device->name[i] == '/')
			device->name[i] = '!';
}

/* Does the kernel have a device of this name? Then its number is noted. */
static bool device_is_there(void *context)
{
	struct device *device = context;
	unsigned int major, minor;
	char path[512];
	FILE *file;
	int n;

	snprintf(path, sizeof(path), "/sys/class/cuse/%s/dev", device->name);
	file = fopen(path, "re");
	if (!file)
		return false;
	n = fscanf(file, "%u:%u", &major, &minor);
	fclose(file);
	if (n != 2)
		return false;
	device->number = makedev(major, minor);
	return true;
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

static struct fuse_session *device_session(struct device *device,
					   dev_t number,
					   struct reason *ret_why)
{
	char name[] = "kchatd", *argv[] = { name, NULL };
	struct fuse_args args = FUSE_ARGS_INIT(1, argv);
	char devname[sizeof(device->name) + sizeof("DEVNAME=")];
	const char *info[] = { devname };
	struct cuse_info cuse_info = {
		.dev_major = major(number),
		.dev_minor = minor(number),
		.dev_info_argc = 1,
		.dev_info_argv = info,
	};
	struct fuse_session *session;
	char fd_path[32];
	int fd = open_dev_cuse(ret_why);

	if (fd < 0)
		return NULL;
	snprintf(devname, sizeof(devname), "DEVNAME=%s", device->name);
	snprintf(fd_path, sizeof(fd_path), "/dev/fd/%d", fd);
	session = cuse_lowlevel_new(&args, &cuse_info,
				    device->host ? &room_ops : &control_ops,
				    device);
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

/* Each room takes a descriptor; the last few are not for rooms. */
static bool descriptors_run_out(struct reason *ret_why)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	struct rlimit limit;
	bool out;

	out = fd < 0 || (!getrlimit(RLIMIT_NOFILE, &limit) &&
			 (rlim_t)fd + DESCRIPTORS_LEFT >= limit.rlim_cur);
	if (fd >= 0)
		close(fd);
	if (out)
		because(ret_why, "too few descriptors are left; raise the limit on open files (ulimit -n)");
	return out;
}

static bool number_is_taken(dev_t number)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/dev/char/%u:%u", major(number),
		 minor(number));
	return !access(path, F_OK);
}

/* The number for the next device; 0: any major the kernel has to give. */
static dev_t next_number(void)
{
	dev_t number = last_number;
	unsigned int i;

	if (!number)
		return 0;
	for (i = 0; i < MINORS; i++) {
		number = makedev(major(number), (minor(number) + 1) % MINORS);
		if (!number_is_taken(number))
			break;
	}
	return number;
}

/* The device goes with its door. */
static void device_free(struct device *device)
{
	door_close(&device->door);
	free(device->node);
	free(device);
}

static int device_start(struct device *device, const struct node *node,
			struct reason *ret_why)
{
	struct fuse_session *session;
	dev_t number = next_number();

	if (device_is_there(device)) {
		because(ret_why, "there is a device of the name %s already",
			device->name);
		return -EEXIST;
	}
	if (descriptors_run_out(ret_why))
		return -ENOSPC;
	session = device_session(device, number, ret_why);
	if (!session || door_open(&device->door, session, ret_why) ||
	    door_await(&device->door, device_is_there, device, ret_why))
		return -EIO;
	last_number = device->number;
	return node_make(node, device->number, ret_why) ? -EIO : 0;
}

/* Return: 0 and the device, whose node is there, or -errno. */
static int device_new(struct rooms *rooms, struct host *host,
		      const struct node *node, struct device **ret_device,
		      struct reason *ret_why)
{
	struct device *device = calloc(1, sizeof(*device));
	const char *directory = rooms->site->directory;
	int error;

	if (!device ||
	    asprintf(&device->node, "%s/%s", directory, node->name) < 0) {
		free(device);
		because(ret_why, "no memory");
		return -ENOMEM;
	}
	device->rooms = rooms;
	device->host = host;
	device_set_name(device, directory, node->name);
	error = device_start(device, node, ret_why);
	if (error)
		device_free(device);
	else
		*ret_device = device;
	return error;
}

/* Take away the node, unless something else stands in its place by now. */
static void device_hide(struct device *device)
{
	struct stat status;

	if (!lstat(device->node, &status) && S_ISCHR(status.st_mode) &&
	    status.st_rdev == device->number)
		unlink(device->node);
}

/* --- the transport ------------------------------------------------------ */

static int cuse_start(struct rooms *rooms, struct reason *ret_why)
{
	(void)rooms;
	(void)ret_why;
	control = NULL;
	last_number = 0;
	return 0;
}

static int cuse_add(struct host *host, struct reason *ret_why)
{
	const struct kchat_spec *spec = &host->place.spec;
	const struct node node = {
		.directory = host->rooms->site->directory,
		.name = spec->name,
		.mode = spec->mode,
		.uid = spec->uid,
		.gid = spec->gid,
	};

	return device_new(host->rooms, host, &node, &host->device, ret_why);
}

static int cuse_manage(struct rooms *rooms, struct reason *ret_why)
{
	const struct site *site = rooms->site;
	const struct node node = {
		.directory = site->directory,
		.name = KCHAT_CONTROL,
		.mode = site->control_mode,
		.uid = site->uid,
		.gid = site->gid,
	};

	return device_new(rooms, NULL, &node, &control, ret_why);
}

static void cuse_hide(struct host *host)
{
	device_hide(host->device);
}

/* Who was about to open it is still told that there is no room any more. */
static void cuse_drop(struct host *host)
{
	if (!host->device)
		return;
	door_drain(&host->device->door);
	device_free(host->device);
	host->device = NULL;
}

static void cuse_stop(struct rooms *rooms)
{
	struct host *host;
	u64 after = 0;

	for (; (host = rooms_next(rooms, after)); after = host->place.spec.id) {
		if (!host->device)
			continue;
		device_hide(host->device);
		cuse_drop(host);
	}
	if (!control)
		return;
	device_hide(control);
	device_free(control);
	control = NULL;
}

const struct transport transport_cuse = {
	.title = "CUSE",
	.start = cuse_start,
	.add = cuse_add,
	.manage = cuse_manage,
	.hide = cuse_hide,
	.drop = cuse_drop,
	.stop = cuse_stop,
};
