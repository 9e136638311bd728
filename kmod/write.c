// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * write.c - writing: be admitted, copy in, publish
 *
 * A message is copied straight into the ring, under the room's lock, with page
 * faults disabled: its memory was brought in before. Where that falls short
 * (the page went again, or never was), where a failed copy would cost a reader
 * messages, or where the writer must wait, the bytes are first gathered into a
 * buffer of our own, without the lock and before a place in line is taken. So a
 * stalled page stops its own writer only, a fault publishes nothing (M6), and a
 * message in line is put into the ring by whoever makes room for it (W1).
 */
#include "kmod.h"
#include "kchat_trace.h"

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/timekeeping.h>
#include <linux/uaccess.h>
#include <linux/uio.h>

/* The message in a buffer of its own: kvfree(). All of it or -EFAULT. */
static void *kchat_gather(struct iov_iter *from, u32 len)
{
	void *bytes = kchat_kvmalloc(len);

	if (!bytes)
		return ERR_PTR(-ENOMEM);
	if (copy_from_iter(bytes, len, from) != len) {
		kvfree(bytes);
		return ERR_PTR(-EFAULT);
	}
	return bytes;
}

/*
 * Copy an admitted message into the ring. True if all of it came; if that cannot be
 * expected, nothing that is kept is given up for it.
 */
static bool kchat_copy_in(struct kc_room *room, struct iov_iter *from, u32 len,
			  bool readable)
{
	struct iov_iter start = *from;
	struct kc_span span[2];
	size_t n;

	if (!readable || kc_room_would_lap(room, len))
		return false;

	kc_room_spans(room, len, span);
	pagefault_disable();
	n = copy_from_iter(span[0].mem, span[0].len, from);
	if (n == span[0].len)
		n += copy_from_iter(span[1].mem, span[1].len, from);
	pagefault_enable();
	if (n == len)
		return true;
	*from = start;
	return false;
}

/* A message was accepted, or the last of @bytes of frames. */
static void kchat_trace_written(const struct kchat_file *file, u32 bytes)
{
	trace_kchat_write(file->room->place.spec.name, file->member.id, bytes,
			  file->room->engine.next_seq - 1);
}

/*
 * Accept what was gathered, if that can be now: a message, or the first of many
 * (O7). As kc_room_admit() or kc_batch_accept() says, and bytes accepted.
 */
static int kchat_turn_accept(struct kchat_turn *wait)
{
	struct kchat_file *file = wait->file;
	struct kc_room *room = &file->room->engine;
	struct kc_span span[2];
	int done;

	if (wait->batch) {
		done = kc_batch_accept(&file->member, wait->bytes, wait->size,
				       &wait->turn, ktime_get_real_ns(),
				       ktime_get_ns());
	} else {
		done = kc_room_admit(room, &file->member, wait->size,
				     &wait->turn);
		if (!done) {
			kc_room_spans(room, wait->size, span);
			memcpy(span[0].mem, wait->bytes, span[0].len);
			memcpy(span[1].mem, wait->bytes + span[0].len,
			       span[1].len);
			kc_room_publish(room, &file->member, wait->size,
					ktime_get_real_ns(), ktime_get_ns());
			kc_turn_served(&wait->turn);
			done = wait->size;
		}
	}
	if (done > 0)
		kchat_trace_written(file, done);
	return done;
}

/**
 * kchat_turn_serve() - the first in line is called: its message goes into the ring,
 * or it is told why it never will
 * @room: the room, locked
 *
 * Whoever made room does this, for a writer that may be long in coming: it sleeps,
 * and perhaps has no processor. So nobody is kept waiting by that (W1).
 *
 * Context: process; does not sleep.
 */
void kchat_turn_serve(struct kchat_room *room)
{
	struct kc_turn *turn = kc_room_first_turn(&room->engine);
	struct kchat_turn *wait;
	int done;

	if (!turn)
		return;
	wait = container_of(turn, struct kchat_turn, turn);
	done = kchat_turn_accept(wait);
	if (done == -EAGAIN)
		return;
	kc_turn_leave(turn);
	wait->done = done;
	/* It lives until its writer has looked, for which he takes the lock. */
	complete(&wait->served);
}

/*
 * Wait in line until served; what the write holds is charged to its user meanwhile.
 * As kchat_turn_accept() says, or -errno and nothing has happened.
 */
static int kchat_turn_wait(struct kchat_turn *wait)
{
	struct kchat_file *file = wait->file;
	struct kchat_room *room = file->room;
	int err;

	err = kchat_user_park(file->user, wait->size);
	if (err)
		return err;
	wait->done = -EAGAIN;
	init_completion(&wait->served);
	kc_turn_join(&wait->turn, &room->engine);
	trace_kchat_wait(room->place.spec.name, file->member.id, true);
	kchat_room_unlock(room);
	err = wait_for_completion_interruptible(&wait->served);
	kchat_room_lock(room);
	/* One that was served before the signal came is accepted (W6). */
	if (wait->done != -EAGAIN)
		err = wait->done;
	kc_turn_leave(&wait->turn);
	kchat_user_unpark(file->user, wait->size);
	return err;
}

/*
 * Gather @size bytes and write them, as kchat_write_iter() says: a message that must
 * wait, or whose memory does not come when it is copied, or many (O7). A fault in the
 * midst of these must not find a half of them accepted.
 */
static ssize_t kchat_write_gathered(struct kiocb *iocb, struct iov_iter *from,
				    u32 size, bool batch)
{
	struct kchat_file *file = iocb->ki_filp->private_data;
	struct kchat_room *room = file->room;
	struct kchat_turn wait = {
		.file = file,
		.size = size,
		.batch = batch,
	};
	int done;
	u32 len;

	wait.bytes = kchat_gather(from, size);
	if (IS_ERR(wait.bytes))
		return PTR_ERR(wait.bytes);
	len = batch ? kc_frame_len(wait.bytes, size) : size;
	kc_turn_init(&wait.turn, len);

	kchat_room_lock(room);
	done = kchat_turn_accept(&wait);
	if (done == -EAGAIN && kchat_may_wait(iocb))
		done = kchat_turn_wait(&wait);
	else if (done == -EAGAIN)
		kc_room_refuse(&room->engine, &file->member, len);
	kchat_room_unlock(room);
	kvfree(wait.bytes);
	return done;
}

/**
 * kchat_write_iter() - write(2) (M1 to M6, O7, W1)
 * @iocb: the call
 * @from: the bytes; at most KCHAT_MSG_MAX of them are accepted, of a batch
 *	KCHAT_BATCH_MAX
 *
 * Context: process; may sleep.
 * Return: bytes accepted as one message, or as the frames of a batch; or -errno
 * and nothing has happened.
 */
ssize_t kchat_write_iter(struct kiocb *iocb, struct iov_iter *from)
{
	struct kchat_file *file = iocb->ki_filp->private_data;
	u32 len = min_t(size_t, iov_iter_count(from), KCHAT_MSG_MAX);
	struct kchat_room *room = file->room;
	bool readable;
	int err;

	if (!len)
		return 0;
	/* A hint: what goes again meanwhile shows when it is copied. */
	readable = !kchat_fault_in_readable(from, len);

	kchat_room_lock(room);
	if (file->member.batch) {
		kchat_room_unlock(room);
		return kchat_write_gathered(iocb, from,
					    min_t(size_t, iov_iter_count(from),
						  KCHAT_BATCH_MAX), true);
	}
	err = kc_room_admit(&room->engine, &file->member, len, NULL);
	if (!err && kchat_copy_in(&room->engine, from, len, readable)) {
		kc_room_publish(&room->engine, &file->member, len,
				ktime_get_real_ns(), ktime_get_ns());
		kchat_trace_written(file, len);
		kchat_room_unlock(room);
		return len;
	}
	if (err == -EAGAIN && !kchat_may_wait(iocb))
		kc_room_refuse(&room->engine, &file->member, len);
	kchat_room_unlock(room);
	if (err && (err != -EAGAIN || !kchat_may_wait(iocb)))
		return err;
	return kchat_write_gathered(iocb, from, len, false);
}
