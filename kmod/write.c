// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * write.c - writing: be admitted, copy in, publish
 *
 * A message is copied straight into the ring, under the room's lock, with page
 * faults disabled: its memory was brought in before. Where that falls short
 * (the page went again, or never was), where a failed copy would cost a reader
 * messages, or where the writer must wait, the bytes are first gathered into a
 * buffer of our own, without the lock and before a place in line is taken. So a
 * stalled page stops its own writer only, a fault publishes nothing (M6), and who
 * has a place in line keeps it until its message is in the ring (W1).
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
static bool kchat_copy_in(struct kc_room *room, struct iov_iter *from,
			  const void *gathered, u32 len, bool readable)
{
	struct iov_iter start = *from;
	struct kc_span span[2];
	size_t n;

	if (gathered) {
		kc_room_spans(room, len, span);
		memcpy(span[0].mem, gathered, span[0].len);
		memcpy(span[1].mem, gathered + span[0].len, span[1].len);
		return true;
	}
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

static void kchat_turn_init(struct kchat_turn *wait, u32 len)
{
	kc_turn_init(&wait->turn, len);
	init_completion(&wait->called);
	wait->parked = 0;
}

/*
 * Wait in line until called. The line is joined once; a call that came to
 * nothing is forgotten under the lock, so that the next one counts. What the write
 * holds, @bytes, is charged to its user for as long as the call lasts.
 */
static int kchat_wait_turn(struct kchat_file *file, struct kchat_turn *wait,
			   u32 bytes)
{
	struct kchat_room *room = file->room;
	int err;

	if (!wait->parked) {
		err = kchat_user_park(file->user, bytes);
		if (err)
			return err;
		wait->parked = bytes;
	}
	if (list_empty(&wait->turn.link))
		kc_turn_join(&wait->turn, &room->engine);
	reinit_completion(&wait->called);
	trace_kchat_wait(room->place.spec.name, file->member.id, true);
	kchat_room_unlock(room);
	err = wait_for_completion_interruptible(&wait->called);
	kchat_room_lock(room);
	return err;
}

/* A message was accepted, or the last of @bytes of frames. */
static void kchat_trace_written(const struct kchat_file *file, u32 bytes)
{
	trace_kchat_write(file->room->place.spec.name, file->member.id, bytes,
			  file->room->engine.next_seq - 1);
}

/*
 * Many messages in one write (O7). All of it is gathered first: a fault in its
 * midst must not find a half of it accepted.
 */
static ssize_t kchat_write_batch(struct kiocb *iocb, struct iov_iter *from)
{
	u32 size = min_t(size_t, iov_iter_count(from), KCHAT_BATCH_MAX);
	struct kchat_file *file = iocb->ki_filp->private_data;
	struct kchat_room *room = file->room;
	void *batch = kchat_gather(from, size);
	struct kchat_turn wait;
	int done;
	u32 len;

	if (IS_ERR(batch))
		return PTR_ERR(batch);
	len = kc_frame_len(batch, size);
	kchat_turn_init(&wait, len);

	kchat_room_lock(room);
	for (;;) {
		done = kc_batch_accept(&file->member, batch, size, &wait.turn,
				       ktime_get_real_ns(), ktime_get_ns());
		if (done != -EAGAIN || !kchat_may_wait(iocb))
			break;
		done = kchat_wait_turn(file, &wait, size);
		if (done)
			break;
	}
	if (done > 0)
		kchat_trace_written(file, done);
	if (done == -EAGAIN)
		kc_room_refuse(&room->engine, &file->member, len);
	kc_turn_leave(&wait.turn);
	kchat_room_unlock(room);
	kchat_user_unpark(file->user, wait.parked);
	kvfree(batch);
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
	struct kchat_turn wait;
	void *gathered = NULL;
	bool readable;
	int err;

	if (!len)
		return 0;
	kchat_turn_init(&wait, len);
	/* A hint: what goes again meanwhile shows when it is copied. */
	readable = !kchat_fault_in_readable(from, len);

	kchat_room_lock(room);
	if (file->member.batch) {
		kchat_room_unlock(room);
		return kchat_write_batch(iocb, from);
	}
	for (;;) {
		err = kc_room_admit(&room->engine, &file->member, len,
				    &wait.turn);
		if (!err &&
		    kchat_copy_in(&room->engine, from, gathered, len,
				  readable)) {
			kc_room_publish(&room->engine, &file->member, len,
					ktime_get_real_ns(), ktime_get_ns());
			kchat_trace_written(file, len);
			kc_turn_served(&wait.turn);
			break;
		}
		if (err && (err != -EAGAIN || !kchat_may_wait(iocb))) {
			if (err == -EAGAIN)
				kc_room_refuse(&room->engine, &file->member,
					       len);
			break;
		}
		if (gathered) {
			err = kchat_wait_turn(file, &wait, len);
			if (err)
				break;
			continue;
		}
		kchat_room_unlock(room);
		gathered = kchat_gather(from, len);
		if (IS_ERR(gathered))
			return PTR_ERR(gathered);
		kchat_room_lock(room);
	}
	kc_turn_leave(&wait.turn);
	kchat_room_unlock(room);
	kchat_user_unpark(file->user, wait.parked);
	kvfree(gathered);
	return err ? err : (ssize_t)len;
}
