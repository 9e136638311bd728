// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * opener.c - an open file of a room; opener.h tells its life
 */
#include "config.h"

#include <poll.h>
#include <sys/uio.h>

#include "clock.h"
#include "opener.h"

/* Pieces of one reply: writev(2) takes 1,024 and libfuse's header is one. */
#define PIECES_MAX	1023

/**
 * struct identity - who opened a file
 * @sender: the engine's part; it says when all this may go
 * @uid: file-system user id
 * @gid: file-system group id
 * @pid: the thread that called open(2): requests name no process
 */
struct identity {
	struct kc_sender sender;
	uid_t uid;
	gid_t gid;
	pid_t pid;
};

/* --- life --------------------------------------------------------------- */

/**
 * opener_new() - somebody opens a file
 * @room: the room
 * @ctx: who
 * @flags: O_*
 * @ret_opener: set to the new opener
 *
 * Return: 0; -ENOMEM, or what kc_member_join() says.
 */
int opener_new(struct kc_room *room, const struct fuse_ctx *ctx, int flags,
	       struct opener **ret_opener)
{
	static const unsigned int access[O_ACCMODE + 1] = {
		[O_RDONLY] = KC_READS,
		[O_WRONLY] = KC_WRITES,
		[O_RDWR] = KC_READS | KC_WRITES,
	};
	struct identity *identity = malloc(sizeof(*identity));
	struct opener *opener = malloc(sizeof(*opener));
	int error = -ENOMEM;

	if (!identity || !opener)
		goto free_both;
	kc_sender_init(&identity->sender);
	identity->uid = ctx->uid;
	identity->gid = ctx->gid;
	identity->pid = ctx->pid;
	error = kc_member_join(&opener->member, room, &identity->sender,
			       access[flags & O_ACCMODE]);
	if (error)
		goto free_both;
	INIT_LIST_HEAD(&opener->armed);
	opener->handle = NULL;
	opener->events = 0;
	*ret_opener = opener;
	return 0;

free_both:
	free(identity);
	free(opener);
	return error;
}

static void opener_disarm(struct opener *opener)
{
	if (!opener->handle)
		return;
	fuse_pollhandle_destroy(opener->handle);
	opener->handle = NULL;
	opener->events = 0;
	list_del_init(&opener->armed);
}

/**
 * opener_free() - an open file is gone, or its room
 * @opener: the opener
 */
void opener_free(struct opener *opener)
{
	opener_disarm(opener);
	kc_member_leave(&opener->member);
	free(opener);
}

/**
 * opener_free_gone() - forget those of whom the room keeps nothing any more
 * @room: the room
 */
void opener_free_gone(struct kc_room *room)
{
	struct kc_sender *sender, *next;
	struct list_head gone;

	INIT_LIST_HEAD(&gone);
	kc_room_gone(room, &gone);
	list_for_each_entry_safe(sender, next, &gone, link)
		free(container_of(sender, struct identity, sender));
}

/* --- reads and writes --------------------------------------------------- */

static int plan_pieces(const struct kc_ring *ring, const struct kc_plan *plan,
		       struct iovec *iov)
{
	struct kc_span span[2];
	unsigned int i;
	int n = 0;

	for (i = 0; i < plan->n; i++) {
		kc_ring_spans(ring, plan->piece[i].pos, plan->piece[i].len,
			      span);
		iov[n].iov_base = span[0].mem;
		iov[n++].iov_len = span[0].len;
		if (!span[1].len)
			continue;
		iov[n].iov_base = span[1].mem;
		iov[n++].iov_len = span[1].len;
	}
	return n;
}

/*
 * Answer a read with what @plan and its continuations give, straight from the
 * ring. Only what reached the reader is consumed: the reply fails if its
 * request was aborted meanwhile.
 */
static void opener_deliver(struct opener *opener, fuse_req_t req, size_t size,
			   struct kc_plan *plan)
{
	static struct iovec iov[PIECES_MAX];
	const struct kc_room *room = opener->member.room;
	int n = 0;

	do {
		n += plan_pieces(&room->ring, plan, iov + n);
	} while (n + KC_PLAN_MAX + 1 <= PIECES_MAX &&
		 kc_plan_more(room, size - plan->bytes, plan));

	if (!fuse_reply_iov(req, iov, n))
		kc_member_commit(&opener->member, plan, plan->bytes);
}

/**
 * opener_read() - answer a read if it need not wait
 * @opener: the open file
 * @req: the request
 * @size: bytes asked for
 * @goes_on: it goes on with a read that was answered in full
 *
 * The kernel lets a read that was answered in full be followed by another for
 * the rest of the caller's buffer. An empty answer ends it, and a loss is told
 * by the next read: here the kernel would drop the error.
 *
 * Return: true if it was answered; false if it must wait.
 */
bool opener_read(struct opener *opener, fuse_req_t req, size_t size,
		 bool goes_on)
{
	struct kc_plan plan;
	int found = kc_member_plan(&opener->member, size, &plan);

	if (found == 1)
		opener_deliver(opener, req, size, &plan);
	else if (!found || goes_on)
		fuse_reply_buf(req, NULL, 0);
	else if (found == -EAGAIN)
		return false;
	else if (!fuse_reply_err(req, -found) && found == -EPIPE)
		kc_member_told(&opener->member);
	return true;
}

/**
 * opener_publish() - make an admitted message
 * @opener: the open file it came through
 * @data: the message
 * @len: its length in bytes
 */
void opener_publish(struct opener *opener, const char *data, u32 len)
{
	struct kc_room *room = opener->member.room;
	struct kc_span span[2];

	kc_room_spans(room, len, span);
	memcpy(span[0].mem, data, span[0].len);
	memcpy(span[1].mem, data + span[0].len, span[1].len);
	kc_room_publish(room, &opener->member, len, clock_ns(CLOCK_REALTIME));
}

/* --- polls -------------------------------------------------------------- */

/**
 * opener_poll() - what would not wait?
 * @opener: the open file
 * @events: POLL* the poller asks for
 *
 * Return: POLL* found, asked for or not.
 */
unsigned int opener_poll(struct opener *opener, unsigned int events)
{
	unsigned int asked = events & (POLLOUT | POLLWRNORM) ? KC_POLL_OUT : 0;
	unsigned int found = kc_member_poll(&opener->member, asked);

	events = 0;
	if (found & KC_POLL_IN)
		events |= POLLIN | POLLRDNORM;
	if (found & KC_POLL_OUT)
		events |= POLLOUT | POLLWRNORM;
	if (found & KC_POLL_PRI)
		events |= POLLPRI;
	if (found & KC_POLL_HUP)
		events |= POLLHUP;
	return events;
}

/**
 * opener_arm() - somebody waits for events
 * @opener: the open file
 * @handle: whom to notify; it is the opener's now
 * @events: POLL* asked for
 * @armed: list of those to notify
 *
 * All who poll one file share one handle, so their wishes add up.
 */
void opener_arm(struct opener *opener, struct fuse_pollhandle *handle,
		unsigned int events, struct list_head *armed)
{
	events |= opener->events;
	opener_disarm(opener);
	opener->handle = handle;
	opener->events = events;
	list_add_tail(&opener->armed, armed);
}

/**
 * opener_notify() - have those who wait poll again
 * @opener: an armed opener; it is armed no longer
 */
void opener_notify(struct opener *opener)
{
	fuse_lowlevel_notify_poll(opener->handle);
	opener_disarm(opener);
}
