// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * batch.c - many messages in one write (O7)
 *
 * A batch is a row of frames: struct kchat_record, payload, padding to 8 bytes,
 * just as records are read. Each is accepted as a message of its own; only for
 * the first of them a writer waits. The bytes of a batch are in the caller's
 * own memory: nothing here can fault.
 */
#include "room.h"

/**
 * kc_frame_len() - the frame that a batch begins with
 * @batch: the bytes, aligned or not
 * @size: how many
 *
 * Return: bytes of the frame's payload, which is kc_wire_size() long as a
 * whole; 0 if it is cut or is no frame.
 */
u32 kc_frame_len(const void *batch, size_t size)
{
	struct kchat_record head;

	if (size < sizeof(head))
		return 0;
	memcpy(&head, batch, sizeof(head));
	if (!head.len || head.len > KCHAT_MSG_MAX ||
	    head.size != kc_wire_size(head.len) || head.size > size ||
	    head.type != KCHAT_RECORD_MESSAGE || head.flags)
		return 0;
	return head.len;
}

/**
 * kc_batch_accept() - accept as many messages as are admitted now
 * @member: whose messages
 * @batch: the frames
 * @size: bytes of them, at most KCHAT_BATCH_MAX
 * @turn: the first one's turn if it is in line, else NULL; it is served
 * @time_ns: the time of day, ns since the epoch
 * @now_ns: the monotonic clock
 *
 * Whoever waits in line goes before the second message.
 *
 * Return: bytes of the frames accepted; -EINVAL if the first is none; or what
 * kc_room_admit() says of it, and nothing has happened.
 */
int kc_batch_accept(struct kc_member *member, const void *batch, size_t size,
		    struct kc_turn *turn, u64 time_ns, u64 now_ns)
{
	struct kc_room *room = member->room;
	const u8 *at = batch;
	struct kc_span span[2];
	size_t done = 0;
	int err;
	u32 len;

	while (done < size) {
		len = kc_frame_len(at + done, size - done);
		err = len ? kc_room_admit(room, member, len, turn) : -EINVAL;
		if (err)
			return done ? (int)done : err;
		kc_room_spans(room, len, span);
		memcpy(span[0].mem, at + done + sizeof(struct kchat_record),
		       span[0].len);
		memcpy(span[1].mem, at + done + sizeof(struct kchat_record) +
		       span[0].len, span[1].len);
		kc_room_publish(room, member, len, time_ns, now_ns);
		if (turn)
			kc_turn_served(turn);
		turn = NULL;
		done += kc_wire_size(len);
	}
	return (int)done;
}
