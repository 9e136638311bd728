// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * park.c - requests that wait; park.h tells their life
 */
#include "config.h"

#include "opener.h"
#include "park.h"

/**
 * park_init() - an empty park
 * @park: the park
 * @interrupted: what to do about a parked request that is interrupted
 * @context: passed to it
 * @user_limit: bytes that may wait in one user's writes; may change
 */
void park_init(struct park *park, fuse_interrupt_func_t interrupted,
	       void *context, const unsigned int *user_limit)
{
	INIT_LIST_HEAD(&park->reads);
	INIT_LIST_HEAD(&park->writes);
	park->interrupted = interrupted;
	park->context = context;
	park->user_limit = user_limit;
}

/*
 * The callback is registered first and the waiter enlisted after: a request
 * that was interrupted before it came is called back from within
 * fuse_req_interrupt_func(), which goes on to use the request. The callback
 * then finds no waiter, and the request is refused here.
 */
static int park_enlist(struct park *park, struct list_head *line,
		       struct waiter *waiter)
{
	fuse_req_interrupt_func(waiter->req, park->interrupted, park->context);
	if (fuse_req_interrupted(waiter->req)) {
		free(waiter);
		return -EINTR;
	}
	list_add_tail(&waiter->link, line);
	return 0;
}

static struct waiter *waiter_new(fuse_req_t req, struct opener *opener,
				 size_t size, const char *data, u64 now_ns)
{
	struct waiter *waiter = malloc(sizeof(*waiter) + (data ? size : 0));

	if (!waiter)
		return NULL;
	if (data)
		memcpy(waiter->data, data, size);
	waiter->req = req;
	waiter->opener = opener;
	waiter->since_ns = now_ns;
	waiter->size = size;
	waiter->parked = 0;
	waiter->batch = false;
	kc_turn_init(&waiter->turn, (u32)size);
	return waiter;
}

/**
 * park_read() - let a read wait
 * @park: the park
 * @req: its request
 * @opener: its open file
 * @size: bytes asked for
 * @now_ns: the monotonic clock
 *
 * Return: 0; or -EINTR or -ENOMEM, to be answered.
 */
int park_read(struct park *park, fuse_req_t req, struct opener *opener,
	      size_t size, u64 now_ns)
{
	struct waiter *waiter = waiter_new(req, opener, size, NULL, now_ns);

	return waiter ? park_enlist(park, &park->reads, waiter) : -ENOMEM;
}

/**
 * park_write() - let a write wait in line
 * @park: the park
 * @req: its request
 * @opener: its open file
 * @data: the message or the batch, of which a copy is taken
 * @size: its length in bytes
 * @batch: it is a batch; its first frame is whole
 * @room: the room in whose line it takes a turn
 * @now_ns: the monotonic clock
 *
 * Return: 0; or -EINTR, -ENOMEM, or -ENOBUFS if so much of his waits already that
 * the user may not have more; to be answered.
 */
int park_write(struct park *park, fuse_req_t req, struct opener *opener,
	       const char *data, size_t size, bool batch, struct kc_room *room,
	       u64 now_ns)
{
	struct waiter *waiter;
	int error;

	error = kc_user_park(opener->user, (u32)size, *park->user_limit);
	if (error)
		return error;
	waiter = waiter_new(req, opener, size, data, now_ns);
	error = -ENOMEM;
	if (!waiter)
		goto unpark;
	waiter->parked = (u32)size;
	waiter->batch = batch;
	if (batch)
		waiter->turn.len = kc_frame_len(data, size);
	error = park_enlist(park, &park->writes, waiter);
	if (error)
		goto unpark;
	kc_turn_join(&waiter->turn, room);
	return 0;

unpark:
	kc_user_unpark(opener->user, (u32)size);
	return error;
}

/**
 * park_leave() - a request waits no longer
 * @waiter: the waiter; it is gone afterwards
 *
 * The callback need not be cleared: answering does that, and nothing can come
 * between in a daemon of one thread.
 *
 * Return: the request, which must be answered now.
 */
fuse_req_t park_leave(struct waiter *waiter)
{
	fuse_req_t req = waiter->req;

	kc_turn_leave(&waiter->turn);
	kc_user_unpark(waiter->opener->user, waiter->parked);
	list_del_init(&waiter->link);
	free(waiter);
	return req;
}

static struct waiter *line_find(struct list_head *line, fuse_req_t req,
				const struct opener *opener)
{
	struct waiter *waiter;

	list_for_each_entry(waiter, line, link)
		if (waiter->req == req || waiter->opener == opener)
			return waiter;
	return NULL;
}

static struct waiter *park_search(struct park *park, fuse_req_t req,
				  const struct opener *opener)
{
	struct waiter *waiter = line_find(&park->reads, req, opener);

	return waiter ? waiter : line_find(&park->writes, req, opener);
}

/**
 * park_find() - who waits with this request?
 * @park: the park
 * @req: a request, perhaps not parked at all
 *
 * Return: the waiter or NULL.
 */
struct waiter *park_find(struct park *park, fuse_req_t req)
{
	return park_search(park, req, NULL);
}

/**
 * park_find_opener() - does anybody wait on this open file?
 * @park: the park
 * @opener: the open file
 *
 * Return: the first such waiter or NULL.
 */
struct waiter *park_find_opener(struct park *park, const struct opener *opener)
{
	return park_search(park, NULL, opener);
}

/**
 * park_oldest() - who has waited longest?
 * @park: the park
 *
 * Return: the waiter, NULL if nobody waits.
 */
struct waiter *park_oldest(struct park *park)
{
	struct waiter *read = NULL, *write = NULL;

	if (!list_empty(&park->reads))
		read = list_first_entry(&park->reads, struct waiter, link);
	if (!list_empty(&park->writes))
		write = list_first_entry(&park->writes, struct waiter, link);
	if (!read || (write && write->since_ns < read->since_ns))
		return write;
	return read;
}
