// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * read.c - reading: wait, copy out, move on
 *
 * Bytes are copied straight from the ring without the room's lock: while the
 * cursor stands, its claim keeps them from being overwritten. A cursor can
 * lose its claim, and threads can share one; so the cursor moves only
 * after the copy and only if it still stands where the copy began. If it does
 * not, what was copied is discarded. The ring's memory is there as long as the
 * file is. A reader overtaken once copies its next bytes under the lock, with
 * page faults disabled, and so can be overtaken no more; if the page is not
 * there it copies the former way once more. Each round either delivers, or
 * waits for the caller's own memory, which a signal ends: a stalled page stops
 * nobody else.
 *
 * Bytes read without the lock can be torn only by a writer who gave up their
 * record under the lock before; taking the lock again afterwards shows it.
 */
#include "kmod.h"
#include "kchat_trace.h"

#include <linux/uaccess.h>
#include <linux/uio.h>

/*
 * Wait until a read would not wait. -ERESTARTSYS lets the kernel restart the
 * call where the program asked for that (W6, D1).
 */
static int kchat_wait_readable(struct kchat_file *file)
{
	wait_queue_head_t *queue = kchat_readers(file);
	struct kchat_room *room = file->room;
	DEFINE_WAIT_FUNC(wait, woken_wake_function);
	bool readable;
	int err = 0;

	add_wait_queue(queue, &wait);
	for (;;) {
		kchat_room_lock(room);
		readable = kc_member_readable(&file->member, ktime_get_ns());
		kchat_room_unlock(room);
		if (readable)
			break;
		trace_kchat_wait(room->place.spec.name, file->member.id, false);
		if (signal_pending(current)) {
			err = -ERESTARTSYS;
			break;
		}
		if (queue == kchat_readers(file)) {
			wait_woken(&wait, TASK_INTERRUPTIBLE,
				   MAX_SCHEDULE_TIMEOUT);
			continue;
		}
		/* It became lazy meanwhile: wait where such are woken. */
		remove_wait_queue(queue, &wait);
		queue = kchat_readers(file);
		add_wait_queue(queue, &wait);
	}
	remove_wait_queue(queue, &wait);
	return err;
}

/* Who sent each record of a plan, as the reader may see it (S1, S2). */
static void kchat_plan_name(struct kc_plan *plan)
{
	struct kchat_record *header;
	unsigned int i;

	for (i = 0; plan->records && i < plan->n; i++) {
		header = &plan->head[i].record;
		kchat_opener_name(container_of(plan->sender[i],
					       struct kchat_opener, sender),
				  &header->pid, &header->uid, &header->gid);
	}
}

/* Copy one piece of a plan out; a short count: the caller's memory failed. */
static size_t kchat_piece_copy(const struct kc_ring *ring,
			       struct kc_plan *plan, unsigned int i,
			       struct iov_iter *to)
{
	u32 len = plan->piece[i].len;
	struct kc_span span[2];
	size_t done = 0, n, head;
	unsigned int j;

	if (plan->records) {
		head = kc_head_size(&plan->head[i]);
		done = copy_to_iter(&plan->head[i], head, to);
		if (done < head)
			return done;
	}
	kc_ring_spans(ring, plan->piece[i].pos, len, span);
	for (j = 0; j < 2; j++) {
		n = copy_to_iter(span[j].mem, span[j].len, to);
		done += n;
		if (n < span[j].len)
			return done;
	}
	if (plan->records)
		done += iov_iter_zero(plan->head[i].record.size - done, to);
	return done;
}

/* Copy a plan out; a short count means that the caller's memory failed. */
static size_t kchat_plan_copy(const struct kc_ring *ring, struct kc_plan *plan,
			      struct iov_iter *to)
{
	size_t done = 0, n, whole;
	unsigned int i;

	for (i = 0; i < plan->n; i++) {
		whole = plan->records ? plan->head[i].record.size :
					plan->piece[i].len;
		n = kchat_piece_copy(ring, plan, i, to);
		done += n;
		if (n < whole)
			break;
	}
	return done;
}

/**
 * kchat_read_some() - one round of reading
 * @file: the file
 * @to: where to copy; advanced by what was delivered
 * @held: copy under the lock, without page faults
 * @tell: -EPIPE will reach the caller: the loss has been told
 * @wait: the caller may wait for more than there is (O8)
 *
 * Return: bytes delivered; 0: end of the room; -EAGAIN: nothing there; -EPIPE:
 * messages were lost; -EMSGSIZE: the next record does not fit; -EFAULT: no byte,
 * or no whole record, could be copied; -ESTALE: overtaken.
 */
static ssize_t kchat_read_some(struct kchat_file *file, struct iov_iter *to,
			       bool held, bool tell, bool wait)
{
	struct kchat_room *room = file->room;
	struct iov_iter start = *to;
	struct kc_plan plan;
	size_t done = 0;
	int err;

	kchat_room_lock(room);
	err = -EAGAIN;
	if (wait && kc_member_holds_off(&file->member, ktime_get_ns()))
		goto unlock;
	err = kc_member_plan(&file->member, iov_iter_count(to), &plan);
	if (err == -EPIPE && tell) {
		kc_member_told(&file->member);
		trace_kchat_lap(room->place.spec.name, file->member.id,
				file->member.lost_messages,
				file->member.lost_bytes);
	}
	if (err <= 0)
		goto unlock;

	kchat_plan_name(&plan);
	if (held) {
		pagefault_disable();
		done = kchat_plan_copy(&room->engine.ring, &plan, to);
		pagefault_enable();
	} else {
		kchat_room_unlock(room);
		done = kchat_plan_copy(&room->engine.ring, &plan, to);
		kchat_room_lock(room);
	}
	done = kc_plan_whole(&plan, done);
	err = done ? kc_member_commit(&file->member, &plan, done) : -EFAULT;
	*to = start;
	if (!err) {
		iov_iter_advance(to, done);
		trace_kchat_read(room->place.spec.name, file->member.id, done,
				 file->member.seq);
	}
unlock:
	kchat_room_unlock(room);
	return err ? err : (ssize_t)done;
}

/**
 * kchat_read_iter() - read(2) (R2 to R6)
 * @iocb: the call
 * @to: where the bytes go
 *
 * Context: process; may sleep.
 * Return: bytes delivered, 0 at the end of a removed room, or -errno.
 */
ssize_t kchat_read_iter(struct kiocb *iocb, struct iov_iter *to)
{
	struct kchat_file *file = iocb->ki_filp->private_data;
	bool held = false;
	ssize_t done = 0;
	ssize_t n = 0;

	while (iov_iter_count(to)) {
		n = kchat_read_some(file, to, held, !done,
				    !done && kchat_file_waits(iocb));
		if (n > 0) {
			done += n;
			held = false;
		} else if (n == -ESTALE) {
			held = true;
		} else if (n == -EFAULT && held) {
			if (signal_pending(current)) {
				n = -ERESTARTSYS;
				break;
			}
			held = false;
		} else if (n == -EAGAIN && !done && kchat_may_wait(iocb)) {
			n = kchat_wait_readable(file);
			if (n)
				break;
		} else {
			break;
		}
	}
	return done ? done : n;
}
