/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * park.h - requests that wait
 *
 * The daemon never blocks: a read that finds nothing and a write that does not
 * fit are parked and answered later. Every parked request can be interrupted;
 * whoever parks says who is told.
 *
 * A waiter lives from park_*() to park_leave(). libfuse calls the interrupt
 * function with the request's own lock held: it must find the waiter by
 * park_find(), not trust a pointer, and may answer the request.
 */
#ifndef KCHATD_PARK_H
#define KCHATD_PARK_H

#include "fuse-api.h"
#include "room.h"

struct opener;

/**
 * struct park - all requests that wait
 * @reads: waiting reads, first come first
 * @writes: waiting writes, first come first
 * @interrupted: called with a parked request that shall end at once
 * @context: passed to @interrupted
 * @user_limit: bytes that may wait in one user's writes
 */
struct park {
	struct list_head reads;
	struct list_head writes;
	fuse_interrupt_func_t interrupted;
	void *context;
	const unsigned int *user_limit;
};

/**
 * struct waiter - a request that waits
 * @link: in the park's reads or writes
 * @req: the request
 * @opener: the open file it came through
 * @since_ns: when it was parked, on the monotonic clock
 * @size: bytes asked for, or bytes of @data
 * @parked: bytes its user is charged for
 * @batch: a write of frames
 * @turn: a write's place in line
 * @data: a write's own copy of the message, or the frames
 */
struct waiter {
	struct list_head link;
	fuse_req_t req;
	struct opener *opener;
	u64 since_ns;
	size_t size;
	u32 parked;
	bool batch;
	struct kc_turn turn;
	char data[];
};

void park_init(struct park *park, fuse_interrupt_func_t interrupted,
	       void *context, const unsigned int *user_limit);
int park_read(struct park *park, fuse_req_t req, struct opener *opener,
	      size_t size, u64 now_ns);
int park_write(struct park *park, fuse_req_t req, struct opener *opener,
	       const char *data, size_t size, bool batch, struct kc_room *room,
	       u64 now_ns);
fuse_req_t park_leave(struct waiter *waiter);
struct waiter *park_find(struct park *park, fuse_req_t req);
struct waiter *park_find_opener(struct park *park,
				const struct opener *opener);
struct waiter *park_oldest(struct park *park);

#endif /* KCHATD_PARK_H */
