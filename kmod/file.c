// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * file.c - an open file: open, poll, release
 */
#include "kmod.h"

#include <linux/cred.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/pid.h>
#include <linux/poll.h>
#include <linux/rcupdate.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>

/**
 * kchat_opener_new() - the calling process as an opener (S1)
 *
 * Context: process; may sleep.
 * Return: the opener, with no reference counted yet, or NULL.
 */
struct kchat_opener *kchat_opener_new(void)
{
	struct kchat_opener *opener;

	opener = kmalloc(sizeof(*opener), KCHAT_GFP_ACCOUNT);
	if (!opener)
		return NULL;
	kc_sender_init(&opener->sender);
	/* A kernel's thread at work for somebody (io_uring, before 5.12) is not he. */
	opener->pid = current->flags & PF_KTHREAD ?
			      NULL : get_pid(task_tgid(current));
	opener->uid = current_fsuid();
	opener->gid = current_fsgid();
	return opener;
}

/**
 * kchat_opener_free() - nobody refers to an opener any more
 * @opener: the opener
 */
void kchat_opener_free(struct kchat_opener *opener)
{
	put_pid(opener->pid);
	kfree(opener);
}

/**
 * kchat_opener_name() - an opener as the calling process may see it (S1, S2)
 * @opener: the opener
 * @ret_pid: set to the process; 0 if it has ended or cannot be seen
 * @ret_uid: set to its file-system uid, or the overflow uid
 * @ret_gid: set to its file-system gid, likewise
 *
 * Context: any; what @opener is may not go meanwhile.
 */
void kchat_opener_name(const struct kchat_opener *opener, u32 *ret_pid,
		       u32 *ret_uid, u32 *ret_gid)
{
	struct user_namespace *ns = current_user_ns();

	/*
	 * The number of a process that has ended may be somebody else's now, and a
	 * kernel's thread has not the namespace of whom it works for.
	 */
	rcu_read_lock();
	*ret_pid = !(current->flags & PF_KTHREAD) &&
		   pid_task(opener->pid, PIDTYPE_PID) ?
			   pid_vnr(opener->pid) : 0;
	rcu_read_unlock();
	*ret_uid = from_kuid_munged(ns, opener->uid);
	*ret_gid = from_kgid_munged(ns, opener->gid);
}

/**
 * kchat_readers() - where a reader waits (O8)
 * @file: its file
 *
 * It may become lazy at any time, though never the other way: whoever joined
 * the queue looks again under the room's lock.
 *
 * Return: the queue.
 */
wait_queue_head_t *kchat_readers(struct kchat_file *file)
{
	return READ_ONCE(file->member.lazy) ? &file->room->lazy :
					      &file->room->readers;
}

/**
 * kchat_file_stray() - does a lazy reader's poller wait among the others?
 * @file: its file; the room is locked
 *
 * A poller stays in the queue that it joined. From now on all are woken when
 * the lazy ones are.
 */
void kchat_file_stray(struct kchat_file *file)
{
	if (!file->polled || !file->member.lazy || file->stray)
		return;
	file->stray = true;
	file->room->strays++;
}

/**
 * kchat_file_waits() - does this file wait for more than there is? (W5, O8)
 * @iocb: a call on it
 *
 * One call that would rather not wait (RWF_NOWAIT) fails where others wait, and
 * takes no less than they: io_uring begins each read so, of files that wait as well.
 *
 * Return: whether it does.
 */
bool kchat_file_waits(const struct kiocb *iocb)
{
	return !(iocb->ki_filp->f_flags & O_NONBLOCK);
}

/**
 * kchat_may_wait() - may this call wait? (W5)
 * @iocb: the call
 *
 * Return: whether it may.
 */
bool kchat_may_wait(const struct kiocb *iocb)
{
	return kchat_file_waits(iocb) && !kchat_nowait(iocb);
}

static int kchat_open(struct inode *inode, struct file *filp)
{
	struct kchat_room *room = container_of(inode->i_cdev,
					       struct kchat_room, node.cdev);
	struct kchat_opener *opener;
	unsigned int access = 0;
	struct kchat_file *file;
	int err;

	err = kchat_node_open(&room->node, filp);
	if (err)
		return err;
	if (filp->f_mode & FMODE_READ)
		access |= KC_READS;
	if (filp->f_mode & FMODE_WRITE)
		access |= KC_WRITES;

	file = kzalloc(sizeof(*file), KCHAT_GFP_ACCOUNT);
	if (!file)
		return -ENOMEM;
	opener = kchat_opener_new();
	if (!opener) {
		err = -ENOMEM;
		goto free_file;
	}
	file->room = room;
	file->user = kchat_user_open(opener->uid);
	if (IS_ERR(file->user)) {
		err = PTR_ERR(file->user);
		goto free_opener;
	}

	kchat_room_lock(room);
	err = kc_member_join(&file->member, &room->engine, &opener->sender,
			     access, ktime_get_real_ns());
	kchat_room_unlock(room);
	if (err)
		goto close_user;

	filp->private_data = file;
	kchat_file_nowait(filp);
	return 0;

close_user:
	kchat_user_close(file->user);
free_opener:
	kchat_opener_free(opener);
free_file:
	kfree(file);
	return err;
}

static int kchat_release(struct inode *inode, struct file *filp)
{
	struct kchat_file *file = filp->private_data;
	struct kchat_room *room = file->room;
	bool last;

	kchat_room_lock(room);
	if (file->stray)
		room->strays--;
	kc_member_leave(&file->member, ktime_get_real_ns());
	last = room->engine.ended && !room->engine.n_members;
	kchat_room_unlock(room);
	if (last)
		kchat_hub_left(room);
	kchat_user_close(file->user);
	kfree(file);
	return 0;
}

/*
 * The queues are joined before the room is looked at under its lock, and
 * changes are made under that lock before their wake-ups: none is lost,
 * whether or not poll_wait() implies a barrier in this kernel.
 */
static kchat_poll_t kchat_poll(struct file *filp, poll_table *table)
{
	struct kchat_file *file = filp->private_data;
	struct kchat_room *room = file->room;
	wait_queue_head_t *readers = kchat_readers(file);
	unsigned int asked = 0, found;
	kchat_poll_t mask = 0;

	if (!(file->member.access & KC_WRITES) ||
	    (file->member.access & KC_READS))
		poll_wait(filp, readers, table);
	if (file->member.access & KC_WRITES)
		poll_wait(filp, &room->writers, table);

	if (poll_requested_events(table) & KCHAT_POLLOUT)
		asked |= KC_POLL_OUT;
	if (poll_requested_events(table) & KCHAT_POLLPRI)
		asked |= KC_POLL_PRI;

	kchat_room_lock(room);
	if (readers == &room->readers)
		file->polled = true;
	kchat_file_stray(file);
	found = kc_member_poll(&file->member, asked, ktime_get_ns());
	kchat_room_unlock(room);

	if (found & KC_POLL_IN)
		mask |= KCHAT_POLLIN;
	if (found & KC_POLL_OUT)
		mask |= KCHAT_POLLOUT;
	if (found & KC_POLL_PRI)
		mask |= KCHAT_POLLPRI;
	if (found & KC_POLL_HUP)
		mask |= KCHAT_POLLHUP;
	if (found & KC_POLL_ERR)
		mask |= KCHAT_POLLERR;
	return mask;
}

/*
 * Seeking has no effect and offsets mean nothing (R5), as over CUSE, whose
 * files have noop_llseek() too. What is not here fails: mmap, splice, fsync.
 */
const struct file_operations kchat_fops = {
	.owner = THIS_MODULE,
	.llseek = noop_llseek,
	.open = kchat_open,
	.read_iter = kchat_read_iter,
	.write_iter = kchat_write_iter,
	.poll = kchat_poll,
	.unlocked_ioctl = kchat_ioctl,
	.compat_ioctl = kchat_compat_ioctl,
	.release = kchat_release,
};
