/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * kmod.h - the module's objects and who calls whom
 *
 * main.c loads and unloads. hub.c keeps the rooms there are, control.c is the
 * node they are managed by. room.c owns a room: its memory, its lock, its clock,
 * and whom to wake; node.c its device. file.c opens, polls and closes, and knows
 * who opened; read.c and write.c copy and wait; ioctl.c tells and sets. What a room
 * does is the engine's (common/).
 *
 * Locks, in the order they are taken: the hub's, a room's, the users'.
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
#include <linux/workqueue.h>

#include "hub.h"
#include "kchat_compat.h"
#include "room.h"
#include "user.h"

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

/* Numbers of nodes: two that never change, and the first of all others. */
#define KCHAT_MINOR_LOBBY	0U
#define KCHAT_MINOR_CONTROL	1U
#define KCHAT_MINOR_ANY		2U

/**
 * struct kchat_node - a device and its node
 * @minor: its number; negative: none
 * @uid: the node's first owner
 * @gid: the node's first group
 * @mode: the node's first permissions
 * @dev: the device
 * @cdev: the character device; open files hold it, and it holds @dev
 * @made: completed when it is its owner's, or never will be
 * @failed: and which of these; valid from then on
 * @release: called when the last reference to @dev went
 */
struct kchat_node {
	int minor;
	kuid_t uid;
	kgid_t gid;
	umode_t mode;
	struct device dev;
	struct cdev cdev;
	struct completion made;
	bool failed;
	void (*release)(struct kchat_node *node);
};

/**
 * struct kchat_room - a room and its device
 * @lock: protects @engine and every member and turn in it. Under it are taken
 *	the users' lock and those of the wait queues. Whoever holds it may
 *	sleep, but never for user memory. Only kchat_room_unlock() drops it.
 * @engine: what a room does
 * @memory: the ring's
 * @readers: waiting reads, and pollers for input
 * @lazy: those of files with a low-water mark
 * @strays: files with one that may be polled among the readers still, under
 *	@lock
 * @writers: pollers for output; waiting writes have their turns
 * @clock: ends the room's patience, or that of a lazy reader, when nobody else
 *	does
 * @alarm_ns: when that is, on the clock of ktime_get_ns(); 0: never
 * @place: its entry in the hub, under the hub's lock
 * @nodeless: it was removed and its node is gone, under the hub's lock: the last
 *	opener forgets it
 * @node: its device; the last reference frees the room
 */
struct kchat_room {
	struct mutex lock;	/* protects engine */
	struct kc_room engine;
	void *memory;
	wait_queue_head_t readers;
	wait_queue_head_t lazy;
	unsigned int strays;
	wait_queue_head_t writers;
	struct delayed_work clock;
	u64 alarm_ns;
	struct kc_place place;
	bool nodeless;
	struct kchat_node node;
};

/**
 * struct kchat_file - an open file
 * @member: its part in the room, under the room's lock
 * @room: the room
 * @user: who is charged for it
 * @polled: somebody polled it among the readers, and may do so still
 * @stray: and then it became lazy: counted in the room's strays
 */
struct kchat_file {
	struct kc_member member;
	struct kchat_room *room;
	struct kc_user *user;
	bool polled;
	bool stray;
};

/**
 * struct kchat_turn - a write that was gathered, and may wait
 * @turn: its place in line, under the room's lock
 * @file: what was written to
 * @bytes: the message, or frames of many; the writer's
 * @size: how many bytes
 * @batch: frames (O7)
 * @served: completed when it is in line no longer, under the room's lock
 * @done: bytes accepted or -errno; -EAGAIN: not served yet; under the room's lock
 */
struct kchat_turn {
	struct kc_turn turn;
	struct kchat_file *file;
	void *bytes;
	u32 size;
	bool batch;
	struct completion served;
	int done;
};

extern struct kc_limits kchat_limits;
extern const struct file_operations kchat_fops;
extern const struct file_operations kchat_control_fops;

int kchat_nodes_init(const char *directory);
void kchat_nodes_exit(void);
int kchat_node_create(struct kchat_node *node, const char *name,
		      unsigned int minor, const struct file_operations *fops);
void kchat_node_made(struct kchat_node *node, int err);
int kchat_node_open(struct kchat_node *node, struct file *filp);
void kchat_node_remove(struct kchat_node *node);
void kchat_node_put(struct kchat_node *node);

int kchat_hub_create(const struct kc_asker *asker, struct kchat_spec *spec);
int kchat_hub_remove(const struct kc_asker *asker,
		     const struct kchat_spec *spec);
int kchat_hub_change(const struct kc_asker *asker,
		     const struct kchat_spec *spec);
void kchat_hub_list(struct kchat_list *list);
void kchat_hub_left(struct kchat_room *room);
int kchat_hub_init(const struct kchat_spec *lobby);
void kchat_hub_exit(void);

int kchat_control_init(kuid_t uid, kgid_t gid, umode_t mode);
void kchat_control_open_up(void);
void kchat_control_exit(void);

struct kchat_room *kchat_room_new(void);
int kchat_room_furnish(struct kchat_room *room);
void kchat_room_free(struct kchat_room *room);
void kchat_room_lock(struct kchat_room *room);
void kchat_room_unlock(struct kchat_room *room);

struct kc_user *kchat_user_open(kuid_t uid);
void kchat_user_close(struct kc_user *user);
int kchat_user_park(struct kc_user *user, u32 bytes);
void kchat_user_unpark(struct kc_user *user, u32 bytes);

struct kchat_opener *kchat_opener_new(void);
void kchat_opener_free(struct kchat_opener *opener);
void kchat_opener_name(const struct kchat_opener *opener, u32 *ret_pid,
		       u32 *ret_uid, u32 *ret_gid);

wait_queue_head_t *kchat_readers(struct kchat_file *file);
void kchat_file_stray(struct kchat_file *file);
bool kchat_file_waits(const struct kiocb *iocb);
bool kchat_may_wait(const struct kiocb *iocb);
ssize_t kchat_read_iter(struct kiocb *iocb, struct iov_iter *to);
ssize_t kchat_write_iter(struct kiocb *iocb, struct iov_iter *from);
void kchat_turn_serve(struct kchat_room *room);
long kchat_ioctl(struct file *filp, unsigned int request, unsigned long arg);
long kchat_compat_ioctl(struct file *filp, unsigned int request,
			unsigned long arg);

#endif /* KCHAT_KMOD_H */
