// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * transport-fuse.c - rooms as files in a small filesystem, which mount.c mounts
 *
 * The filesystem has a root directory, the control node and a file for each
 * room. While a write waits, the kernel keeps the inode locked against other
 * writers; so every lookup hands out a node id of its own, with the file's number
 * in its low bits, and each open file has its own inode and lock. All those inodes
 * show the same number and attributes, and nothing is remembered of them:
 * forgetting is free.
 */
#include "config.h"

#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include "asker.h"
#include "clock.h"
#include "control.h"
#include "kchat_fuse.h"
#include "mount.h"
#include "transport.h"

/* Low bits of a node id: the file's number, its st_ino. One lookup further. */
#define NUMBERS		0x10000U
#define NUMBER_CONTROL	2U
#define NUMBER_FIRST	3U
#define ROOMS_MAX	(NUMBERS - NUMBER_FIRST)

/* One write, of any alignment, comes in one request: 256 pages at most. */
#define MAX_WRITE	(1U << 20)

#define OPEN_FLAGS	(FOPEN_DIRECT_IO | FOPEN_STREAM | FOPEN_NOFLUSH)

/**
 * struct tree - the filesystem
 * @door: where its requests come in
 * @rooms: the rooms in it
 * @root: attributes of the directory
 * @control: attributes of the control node
 * @next_number: number for the next file
 * @next_node: node id for the next lookup, but for the number
 * @ready: the kernel has shaken hands
 */
static struct tree {
	struct door door;
	struct rooms *rooms;
	struct stat root;
	struct stat control;
	ino_t next_number;
	fuse_ino_t next_node;
	bool ready;
} tree;

static struct host *host_by_number(ino_t number)
{
	struct host *host;
	u64 after = 0;

	for (; (host = rooms_next(tree.rooms, after));
	     after = host->place.spec.id)
		if (host->file.st_ino == number)
			return host;
	return NULL;
}

/*
 * The room of a node; it may have been removed, but somebody has it open. A node
 * that is older than the room was that of another, whose number it has now.
 */
static struct host *host_of(fuse_ino_t node)
{
	struct host *host = host_by_number(node % NUMBERS);

	return host && node >= host->born ? host : NULL;
}

/* NULL: there is nothing any more. */
static struct stat *attributes(fuse_ino_t node)
{
	struct host *host;

	if (node == FUSE_ROOT_ID)
		return &tree.root;
	if (node % NUMBERS == NUMBER_CONTROL)
		return &tree.control;
	host = host_of(node);
	return host ? &host->file : NULL;
}

static bool is_room(fuse_ino_t node)
{
	return node % NUMBERS >= NUMBER_FIRST;
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
	struct host *host = rooms_by_name(tree.rooms, name);
	struct fuse_entry_param entry = { 0 };

	if (parent == FUSE_ROOT_ID && host)
		entry.attr = host->file;
	else if (parent == FUSE_ROOT_ID && !strcmp(name, KCHAT_CONTROL))
		entry.attr = tree.control;
	if (!entry.attr.st_ino) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	entry.ino = tree.next_node + entry.attr.st_ino;
	tree.next_node += NUMBERS;
	fuse_reply_entry(req, &entry);
}

static void tree_getattr(fuse_req_t req, fuse_ino_t node,
			 struct fuse_file_info *fi)
{
	const struct stat *attr = attributes(node);

	(void)fi;
	if (attr)
		fuse_reply_attr(req, attr, 0);
	else
		fuse_reply_err(req, ENOENT);
}

static void set_time(struct timespec *time, const struct timespec *value,
		     bool now)
{
	if (now)
		clock_gettime(CLOCK_REALTIME, time);
	else
		*time = *value;
}

/* Does a change of mode only take away set-id bits, as the kernel does by itself? */
static bool only_clears_set_id(mode_t from, mode_t to)
{
	return !((from ^ to) & 07777 & ~(S_ISUID | S_ISGID)) &&
	       !(to & ~from & 07777);
}

/*
 * May he change owner, group and mode? The kernel has asked so too, but of the
 * inode of his own lookup, whose owner may have been another since.
 * Return: 0 or an errno.
 */
static int check_change(const struct fuse_ctx *ctx, const struct stat *from,
			const struct stat *to, int set)
{
	struct kc_asker rights;
	struct asker *asker;

	if ((set & FUSE_SET_ATTR_MODE) &&
	    only_clears_set_id(from->st_mode, to->st_mode))
		set &= ~FUSE_SET_ATTR_MODE;
	if (!(set & (FUSE_SET_ATTR_MODE | FUSE_SET_ATTR_UID |
		     FUSE_SET_ATTR_GID)) ||
	    !ctx->uid || ctx->uid == from->st_uid)
		return 0;
	asker = asker_new(ctx, 0);
	if (!asker)
		return ENOMEM;
	asker_rights(asker, from->st_gid, &rights);
	asker_free(asker);
	if ((set & FUSE_SET_ATTR_MODE) && !rights.root)
		return EPERM;
	if ((set & (FUSE_SET_ATTR_UID | FUSE_SET_ATTR_GID)) && !rights.chown)
		return EPERM;
	return 0;
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
	int error;

	if (!to) {
		fuse_reply_err(req, ENOENT);
		return;
	}
	if ((set & FUSE_SET_ATTR_SIZE) &&
	    (!is_room(node) || fi || attr->st_size)) {
		fuse_reply_err(req, EINVAL);
		return;
	}
	error = check_change(fuse_req_ctx(req), to, attr, set);
	if (error) {
		fuse_reply_err(req, error);
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

/* The entry behind offset @off, and the offset behind it; false at the end. */
static bool next_entry(off_t *off, const char **ret_name, struct stat *ret_attr)
{
	static const char *const fixed[] = { ".", "..", KCHAT_CONTROL };
	static const struct stat *const attr[] = {
		&tree.root, &tree.root, &tree.control,
	};
	const off_t n = sizeof(fixed) / sizeof(fixed[0]);
	struct host *host;

	if (*off >= 0 && *off < n) {
		*ret_name = fixed[*off];
		*ret_attr = *attr[*off];
		++*off;
		return true;
	}
	do {
		host = rooms_next(tree.rooms, (u64)(*off - n));
		if (!host)
			return false;
		*off = n + (off_t)host->place.spec.id;
	} while (host->place.removed);
	*ret_name = host->place.spec.name;
	*ret_attr = host->file;
	return true;
}

static void tree_readdir(fuse_req_t req, fuse_ino_t node, size_t size,
			 off_t off, struct fuse_file_info *fi)
{
	const char *name;
	struct stat attr;
	char buf[4096];
	size_t used = 0;

	(void)node;
	(void)fi;
	if (size > sizeof(buf))
		size = sizeof(buf);
	while (next_entry(&off, &name, &attr)) {
		size_t needs = fuse_add_direntry(req, buf + used, size - used,
						 name, &attr, off);

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

/* --- the rooms and the control node ------------------------------------- */

/*
 * STREAM: without it a read that waits keeps a write on the same file out
 * (R6). NOFLUSH: closing has nothing to wait for.
 */
static void tree_open(fuse_req_t req, fuse_ino_t node,
		      struct fuse_file_info *fi)
{
	struct host *host = host_of(node);

	if (host)
		host_open(host, req, OPEN_FLAGS, fi);
	else if (node % NUMBERS == NUMBER_CONTROL)
		control_open(tree.rooms, req, OPEN_FLAGS, fi);
	else
		fuse_reply_err(req, ENODEV);
}

static void tree_release(fuse_req_t req, fuse_ino_t node,
			 struct fuse_file_info *fi)
{
	if (is_room(node))
		host_release(req, fi);
	else
		control_release(req, fi);
}

static void tree_read(fuse_req_t req, fuse_ino_t node, size_t size, off_t off,
		      struct fuse_file_info *fi)
{
	if (is_room(node))
		host_read(req, size, off, fi);
	else
		fuse_reply_err(req, EINVAL);
}

/* Under O_APPEND the kernel counts from a size of its own invention. */
static void tree_write(fuse_req_t req, fuse_ino_t node, const char *buf,
		       size_t size, off_t off, struct fuse_file_info *fi)
{
	if (is_room(node))
		host_write(req, buf, size, fi->flags & O_APPEND ? 0 : off, fi);
	else
		fuse_reply_err(req, EINVAL);
}

static void tree_poll(fuse_req_t req, fuse_ino_t node,
		      struct fuse_file_info *fi, struct fuse_pollhandle *handle)
{
	if (is_room(node)) {
		host_poll(req, fi, handle);
		return;
	}
	if (handle)
		fuse_pollhandle_destroy(handle);
	fuse_reply_poll(req, POLLIN | POLLOUT);
}

static void tree_ioctl(fuse_req_t req, fuse_ino_t node, int cmd, void *arg,
		       struct fuse_file_info *fi, unsigned int flags,
		       const void *in, size_t in_size, size_t out_size)
{
	if (is_room(node))
		host_ioctl(req, cmd, arg, fi, flags, in, in_size, out_size);
	else
		control_ioctl(tree.rooms, req, cmd, fi, in, in_size);
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

/* --- coming and going --------------------------------------------------- */

/* A new file, or the root, as it was made. */
static void plant(struct stat *file, ino_t number, mode_t mode, uid_t uid,
		  gid_t gid)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	memset(file, 0, sizeof(*file));
	file->st_ino = number;
	file->st_mode = mode;
	file->st_nlink = S_ISDIR(mode) ? 2 : 1;
	file->st_uid = uid;
	file->st_gid = gid;
	file->st_atim = now;
	file->st_mtim = now;
	file->st_ctim = now;
}

static void plant_tree(struct rooms *rooms)
{
	const struct site *site = rooms->site;

	memset(&tree, 0, sizeof(tree));
	tree.rooms = rooms;
	tree.next_number = NUMBER_FIRST;
	tree.next_node = NUMBERS;
	plant(&tree.root, FUSE_ROOT_ID, S_IFDIR | 0755, site->uid, site->gid);
	plant(&tree.control, NUMBER_CONTROL, S_IFREG | site->control_mode,
	      site->uid, site->gid);
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

static bool tree_is_ready(void *context)
{
	(void)context;
	return tree.ready;
}

static void uproot(void)
{
	site_unmount(tree.rooms->site, tree.door.session);
	door_close(&tree.door);
}

static int fuse_start(struct rooms *rooms, struct reason *ret_why)
{
	char name[] = "kchatd", dash_o[] = "-o";
	char options[] = "fsname=kchat,subtype=kchat,default_permissions,noexec";
	char *argv[] = { name, dash_o, options, NULL };
	bool root = geteuid() == 0;
	struct fuse_args args = FUSE_ARGS_INIT(root ? 1 : 3, argv);
	struct fuse_session *session;

	if (rooms->limits.rooms > ROOMS_MAX) {
		because(ret_why, "over FUSE the limit of rooms is %u at most",
			ROOMS_MAX);
		return -1;
	}
	plant_tree(rooms);
	session = fuse_session_new(&args, &tree_ops, sizeof(tree_ops), NULL);
	fuse_opt_free_args(&args);
	if (!session) {
		because(ret_why, "libfuse made no session");
		return -1;
	}
	if (site_mount(rooms->site, session, ret_why)) {
		fuse_session_destroy(session);
		return -1;
	}
	if (door_open(&tree.door, session, ret_why) ||
	    door_await(&tree.door, tree_is_ready, NULL, ret_why)) {
		uproot();
		return -1;
	}
	rooms->hold_ns = longest_hold_ns();
	return 0;
}

/*
 * Numbers go round, and there is one for each room; who has a file of a number
 * open keeps it. Who only knows a node of it may still do so when it is another's.
 */
static int fuse_add(struct host *host, struct reason *ret_why)
{
	const struct kchat_spec *spec = &host->place.spec;
	ino_t number;

	(void)ret_why;
	do {
		number = tree.next_number++;
		if (tree.next_number == NUMBERS)
			tree.next_number = NUMBER_FIRST;
	} while (host_by_number(number));
	host->born = tree.next_node;
	plant(&host->file, number, S_IFREG | spec->mode, spec->uid, spec->gid);
	return 0;
}

/* The control node is there with the tree. */
static int fuse_manage(struct rooms *rooms, struct reason *ret_why)
{
	(void)rooms;
	(void)ret_why;
	return 0;
}

/* Who looks for the room does not find it any more; that is all. */
static void fuse_hide(struct host *host)
{
	(void)host;
}

static void fuse_drop(struct host *host)
{
	(void)host;
}

static void fuse_stop(struct rooms *rooms)
{
	(void)rooms;
	uproot();
}

const struct transport transport_fuse = {
	.title = "FUSE",
	.start = fuse_start,
	.add = fuse_add,
	.manage = fuse_manage,
	.hide = fuse_hide,
	.drop = fuse_drop,
	.stop = fuse_stop,
};
