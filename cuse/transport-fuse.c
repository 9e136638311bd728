// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * transport-fuse.c - the room as a file in a small filesystem
 *
 * The filesystem has a root directory and one file. While a write waits, the
 * kernel keeps the inode locked against other writers; so every lookup hands
 * out a node id of its own, with the room's number in its low bits, and each
 * open file has its own inode and lock. All those inodes show the same number
 * and attributes, and nothing is remembered of them: forgetting is free.
 */
#include "config.h"

#include <dirent.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#include "clock.h"
#include "kchat_fuse.h"
#include "transport.h"

#define NODE_ROOM	2U	/* low bits of the lobby's node ids, its st_ino */
#define NODE_ROOM_MASK	0xffU
#define NODE_SERIAL	0x100U	/* one lookup further */

/* One write, of any alignment, comes in one request: 256 pages at most. */
#define MAX_WRITE	(1U << 20)

/**
 * struct tree - the filesystem
 * @host: the room in it
 * @root: attributes of the directory
 * @room: attributes of the room; chmod and chown change them
 * @next_node: node id for the next lookup
 * @mounted_by_us: mounted without the help of fusermount3
 * @ready: the kernel has shaken hands
 */
static struct tree {
	struct host *host;
	struct stat root;
	struct stat room;
	fuse_ino_t next_node;
	bool mounted_by_us;
	bool ready;
} tree;

static bool is_room(fuse_ino_t node)
{
	return (node & NODE_ROOM_MASK) == NODE_ROOM;
}

static struct stat *attributes(fuse_ino_t node)
{
	return is_room(node) ? &tree.room : &tree.root;
}

/* --- names and attributes ----------------------------------------------- */

static void tree_init(void *context, struct fuse_conn_info *conn)
{
	(void)context;
	conn->want = conn->capable &
		     (FUSE_CAP_ATOMIC_O_TRUNC | FUSE_CAP_PARALLEL_DIROPS);
	conn->max_write = MAX_WRITE;
	conn->max_background = 65535;
	tree.ready = true;
}

static void tree_lookup(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	struct fuse_entry_param entry = { .attr = tree.room };

	if (parent != FUSE_ROOT_ID || strcmp(name, KCHAT_LOBBY)) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	entry.ino = tree.next_node;
	tree.next_node += NODE_SERIAL;
	fuse_reply_entry(req, &entry);
}

static void tree_getattr(fuse_req_t req, fuse_ino_t node,
			 struct fuse_file_info *fi)
{
	(void)fi;
	fuse_reply_attr(req, attributes(node), 0);
}

static void set_time(struct timespec *time, const struct timespec *value,
		     bool now)
{
	if (now)
		clock_gettime(CLOCK_REALTIME, time);
	else
		*time = *value;
}

/*
 * A room has no size: to make it 0 changes nothing, and some programs do so
 * before they write. ftruncate(2) fails as on every backend (R5); O_TRUNC comes
 * with the open.
 */
static void tree_setattr(fuse_req_t req, fuse_ino_t node, struct stat *attr,
			 int set, struct fuse_file_info *fi)
{
	struct stat *to = attributes(node);

	if ((set & FUSE_SET_ATTR_SIZE) &&
	    (!is_room(node) || fi || attr->st_size)) {
		fuse_reply_err(req, EINVAL);
		return;
	}
	if (set & FUSE_SET_ATTR_MODE)
		to->st_mode = (to->st_mode & S_IFMT) | (attr->st_mode & 07777);
	if (set & FUSE_SET_ATTR_UID)
		to->st_uid = attr->st_uid;
	if (set & FUSE_SET_ATTR_GID)
		to->st_gid = attr->st_gid;
	if (set & FUSE_SET_ATTR_ATIME)
		set_time(&to->st_atim, &attr->st_atim,
			 set & FUSE_SET_ATTR_ATIME_NOW);
	if (set & FUSE_SET_ATTR_MTIME)
		set_time(&to->st_mtim, &attr->st_mtim,
			 set & FUSE_SET_ATTR_MTIME_NOW);
	clock_gettime(CLOCK_REALTIME, &to->st_ctim);
	fuse_reply_attr(req, to, 0);
}

static void tree_readdir(fuse_req_t req, fuse_ino_t node, size_t size,
			 off_t off, struct fuse_file_info *fi)
{
	static const struct {
		const char *name;
		ino_t ino;
		mode_t mode;
	} entry[] = {
		{ ".", FUSE_ROOT_ID, S_IFDIR },
		{ "..", FUSE_ROOT_ID, S_IFDIR },
		{ KCHAT_LOBBY, NODE_ROOM, S_IFREG },
	};
	const off_t entries = sizeof(entry) / sizeof(entry[0]);
	char buf[512];
	size_t used = 0;

	(void)node;
	(void)fi;
	if (size > sizeof(buf))
		size = sizeof(buf);
	for (; off >= 0 && off < entries; off++) {
		struct stat attr = {
			.st_ino = entry[off].ino,
			.st_mode = entry[off].mode,
		};
		size_t needs = fuse_add_direntry(req, buf + used, size - used,
						 entry[off].name, &attr,
						 off + 1);

		if (needs > size - used)
			break;
		used += needs;
	}
	fuse_reply_buf(req, buf, used);
}

/* --- what the directory refuses ----------------------------------------- */

static void tree_mknod(fuse_req_t req, fuse_ino_t parent, const char *name,
		       mode_t mode, dev_t dev)
{
	(void)parent;
	(void)name;
	(void)mode;
	(void)dev;
	fuse_reply_err(req, EPERM);
}

static void tree_mkdir(fuse_req_t req, fuse_ino_t parent, const char *name,
		       mode_t mode)
{
	tree_mknod(req, parent, name, mode, 0);
}

static void tree_unlink(fuse_req_t req, fuse_ino_t parent, const char *name)
{
	tree_mknod(req, parent, name, 0, 0);
}

static void tree_symlink(fuse_req_t req, const char *target, fuse_ino_t parent,
			 const char *name)
{
	(void)target;
	tree_mknod(req, parent, name, 0, 0);
}

static void tree_link(fuse_req_t req, fuse_ino_t node, fuse_ino_t parent,
		      const char *name)
{
	(void)node;
	tree_mknod(req, parent, name, 0, 0);
}

static void tree_rename(fuse_req_t req, fuse_ino_t parent, const char *name,
			fuse_ino_t to_parent, const char *to_name,
			unsigned int flags)
{
	(void)to_parent;
	(void)to_name;
	(void)flags;
	tree_mknod(req, parent, name, 0, 0);
}

/* --- the room ----------------------------------------------------------- */

/*
 * STREAM: without it a read that waits keeps a write on the same file out
 * (R6). NOFLUSH: closing has nothing to wait for.
 */
static void tree_open(fuse_req_t req, fuse_ino_t node,
		      struct fuse_file_info *fi)
{
	(void)node;
	host_open(tree.host, req,
		  FOPEN_DIRECT_IO | FOPEN_STREAM | FOPEN_NOFLUSH, fi);
}

static void tree_release(fuse_req_t req, fuse_ino_t node,
			 struct fuse_file_info *fi)
{
	(void)node;
	host_release(req, fi);
}

static void tree_read(fuse_req_t req, fuse_ino_t node, size_t size, off_t off,
		      struct fuse_file_info *fi)
{
	(void)node;
	host_read(req, size, off, fi);
}

/* Under O_APPEND the kernel counts from a size of its own invention. */
static void tree_write(fuse_req_t req, fuse_ino_t node, const char *buf,
		       size_t size, off_t off, struct fuse_file_info *fi)
{
	(void)node;
	host_write(req, buf, size, fi->flags & O_APPEND ? 0 : off, fi);
}

static void tree_poll(fuse_req_t req, fuse_ino_t node,
		      struct fuse_file_info *fi, struct fuse_pollhandle *handle)
{
	(void)node;
	host_poll(req, fi, handle);
}

static void tree_ioctl(fuse_req_t req, fuse_ino_t node, int cmd, void *arg,
		       struct fuse_file_info *fi, unsigned int flags,
		       const void *in, size_t in_size, size_t out_size)
{
	(void)node;
	host_ioctl(req, cmd, arg, fi, flags, in, in_size, out_size);
}

static void tree_fsync(fuse_req_t req, fuse_ino_t node, int datasync,
		       struct fuse_file_info *fi)
{
	(void)node;
	host_fsync(req, datasync, fi);
}

static const struct fuse_lowlevel_ops tree_ops = {
	.init = tree_init,
	.lookup = tree_lookup,
	.getattr = tree_getattr,
	.setattr = tree_setattr,
	.readdir = tree_readdir,
	.mknod = tree_mknod,
	.mkdir = tree_mkdir,
	.unlink = tree_unlink,
	.rmdir = tree_unlink,
	.symlink = tree_symlink,
	.link = tree_link,
	.rename = tree_rename,
	.open = tree_open,
	.release = tree_release,
	.read = tree_read,
	.write = tree_write,
	.poll = tree_poll,
	.ioctl = tree_ioctl,
	.fsync = tree_fsync,
};

/* --- mounting ----------------------------------------------------------- */

static void tree_plant(struct host *host, const struct site *site)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	memset(&tree, 0, sizeof(tree));
	tree.host = host;
	tree.next_node = NODE_SERIAL | NODE_ROOM;
	tree.root.st_ino = FUSE_ROOT_ID;
	tree.root.st_mode = S_IFDIR | 0755;
	tree.root.st_nlink = 2;
	tree.room.st_ino = NODE_ROOM;
	tree.room.st_mode = S_IFREG | site->mode;
	tree.room.st_nlink = 1;
	tree.root.st_uid = tree.room.st_uid = site->uid;
	tree.root.st_gid = tree.room.st_gid = site->gid;
	tree.root.st_atim = tree.room.st_atim = now;
	tree.root.st_mtim = tree.room.st_mtim = now;
	tree.root.st_ctim = tree.room.st_ctim = now;
}

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
	tree.mounted_by_us = true;
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

static u64 read_number(const char *path)
{
	FILE *file = fopen(path, "re");
	unsigned long long number = 0;

	if (!file)
		return 0;
	if (fscanf(file, "%llu", &number) != 1)
		number = 0;
	fclose(file);
	return number;
}

/*
 * Some kernels abort a mount that keeps a request for too long; half of that
 * is long enough for us.
 */
static u64 longest_hold_ns(void)
{
	u64 max = read_number("/proc/sys/fs/fuse/max_request_timeout");
	u64 seconds = read_number("/proc/sys/fs/fuse/default_request_timeout");

	if (!seconds || (max && max < seconds))
		seconds = max;
	return seconds * NS_PER_S / 2;
}

static struct fuse_session *fuse_start(struct host *host,
				       const struct site *site,
				       struct reason *ret_why)
{
	char name[] = "kchatd", dash_o[] = "-o";
	char options[] = "fsname=kchat,subtype=kchat,default_permissions,noexec";
	char *argv[] = { name, dash_o, options, NULL };
	bool root = geteuid() == 0;
	struct fuse_args args = FUSE_ARGS_INIT(root ? 1 : 3, argv);
	struct fuse_session *session;

	tree_plant(host, site);
	session = fuse_session_new(&args, &tree_ops, sizeof(tree_ops), NULL);
	fuse_opt_free_args(&args);
	if (!session) {
		because(ret_why, "libfuse made no session");
		return NULL;
	}
	if (root ? mount_as_root(session, site, ret_why) :
		   mount_as_user(session, site, ret_why)) {
		fuse_session_destroy(session);
		return NULL;
	}
	host->hold_ns = longest_hold_ns();
	return session;
}

static int fuse_show(const struct site *site, struct reason *ret_why)
{
	(void)site;
	(void)ret_why;
	return tree.ready;
}

static void fuse_stop(struct fuse_session *session, const struct site *site)
{
	if (tree.mounted_by_us)
		umount2(site->directory, MNT_DETACH);
	else
		fuse_session_unmount(session);
	fuse_session_destroy(session);
}

const struct transport transport_fuse = {
	.title = "FUSE",
	.start = fuse_start,
	.show = fuse_show,
	.stop = fuse_stop,
};
