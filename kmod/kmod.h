/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * kmod.h - the module's objects and who calls whom
 *
 * main.c loads and unloads. room.c owns a room: its device, its memory, its
 * lock, and whom to wake. file.c opens, polls and closes; read.c and write.c
 * copy and wait; ioctl.c tells and sets. What a room does is the engine's
 * (common/room.h).
 */
#ifndef KCHAT_KMOD_H
#define KCHAT_KMOD_H

#include <linux/cdev.h>
#include <linux/completion.h>
#include <linux/device.h>
#include <linux/fs.h>
#include <linux/mutex.h>
#include <linux/types.h>
#include <linux/uidgid.h>
#include <linux/wait.h>

#include "kchat_compat.h"
#include "room.h"

#ifdef pr_fmt
#undef pr_fmt
#endif
#define pr_fmt(fmt) KBUILD_MODNAME ": " fmt

/**
 * struct kchat_opener - who opened a file
 * @sender: counted by the engine: the file, and its messages in the ring
 * @pid: the process, so that a recycled number is not taken for it
 * @uid: its file-system uid
 * @gid: its file-system gid
 */
struct kchat_opener {
	struct kc_sender sender;
	struct pid *pid;
	kuid_t uid;
	kgid_t gid;
};

/**
 * struct kchat_room - a room and its device
 * @lock: protects @engine and every member and turn in it. A leaf: no other
 *	lock is taken under it but those of the wait queues. Whoever holds it
 *	may sleep, but never for user memory. Only kchat_room_unlock() drops it.
 * @engine: what a room does
 * @memory: the ring's
 * @readers: waiting reads, and pollers for input
 * @lazy: those of files with a low-water mark
 * @strays: files with one that may be polled among the readers still
 * @writers: pollers for output; waiting writes have their turns
 * @uid: the node's first owner
 * @gid: the node's first group
 * @mode: the node's first permissions
 * @dev: the device; its last reference frees the room
 * @cdev: the character device; open files hold it, and it holds @dev
 */
struct kchat_room {
	struct mutex lock;	/* a leaf; protects engine */
	struct kc_room engine;
	void *memory;
	wait_queue_head_t readers;
	wait_queue_head_t lazy;
	unsigned int strays;
	wait_queue_head_t writers;
	kuid_t uid;
	kgid_t gid;
	umode_t mode;
	struct device dev;
	struct cdev cdev;
};

/**
 * struct kchat_file - an open file
 * @member: its part in the room, under the room's lock
 * @room: the room
 * @polled: somebody polled it among the readers, and may do so still
 * @stray: and then it became lazy: counted in the room's strays
 */
struct kchat_file {
	struct kc_member member;
	struct kchat_room *room;
	bool polled;
	bool stray;
};

/**
 * struct kchat_turn - a waiting write
 * @turn: its place in line, under the room's lock
 * @called: completed, under the room's lock, when its turn may have come
 */
struct kchat_turn {
	struct kc_turn turn;
	struct completion called;
};

extern struct class kchat_class;
extern const struct file_operations kchat_fops;

struct kchat_room *kchat_room_create(const char *directory, const char *name,
				     dev_t devt, umode_t mode, kuid_t uid,
				     kgid_t gid);
void kchat_room_remove(struct kchat_room *room);
void kchat_room_lock(struct kchat_room *room);
void kchat_room_unlock(struct kchat_room *room);

struct kchat_opener *kchat_opener_new(void);
void kchat_opener_free(struct kchat_opener *opener);
void kchat_opener_name(const struct kchat_opener *opener, u32 *ret_pid,
		       u32 *ret_uid, u32 *ret_gid);

wait_queue_head_t *kchat_readers(struct kchat_file *file);
void kchat_file_stray(struct kchat_file *file);
bool kchat_may_wait(const struct kiocb *iocb);
ssize_t kchat_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t kchat_write_iter(struct kiocb *iocb, struct iov_iter *from);
long kchat_ioctl(struct file *filp, unsigned int request, unsigned long arg);
long kchat_compat_ioctl(struct file *filp, unsigned int request,
			unsigned long arg);

#endif /* KCHAT_KMOD_H */
