// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * opener.c - an open file of a room; opener.h tells its life
 */
#include "config.h"

#include <poll.h>
#include <sys/uio.h>

#include "clock.h"
#include "identity.h"
#include "opener.h"

/* Pieces of one reply: writev(2) takes 1,024 and libfuse's header is one. */
#define PIECES_MAX	1023

/* And of one plan: a record's header, its payload and padding; one more wraps. */
#define PLAN_PIECES	(3 * KC_PLAN_RECORDS + 1)

/* --- life --------------------------------------------------------------- */

/**
 * user_close() - one file less of a user's; with his last he is forgotten
 * @user: the user
 */
void user_close(struct kc_user *user)
{
	if (kc_user_close(user))
		free(user);
}

/**
 * user_open() - charge a user for one more open file
 * @users: among whom he is
 * @uid: who
 * @limit: open files he may have
 * @ret_user: set to him
 *
 * Return: 0; -ENOMEM, or what kc_user_open() says.
 */
int user_open(struct kc_users *users, uid_t uid, u32 limit,
	      struct kc_user **ret_user)
{
	struct kc_user *fresh = malloc(sizeof(*fresh));
	int error;

	if (!fresh)
		return -ENOMEM;
	error = kc_user_open(users, uid, limit, fresh, ret_user);
	if (error || *ret_user != fresh)
		free(fresh);
	return error;
}

/**
 * opener_new() - somebody opens a file
 * @room: the room
 * @users: among whom he is
 * @user_limit: open files each of them may have
 * @ctx: who
 * @flags: O_*
 * @ret_opener: set to the new opener
 *
 * Return: 0; -ENOMEM, or what kc_user_open() or kc_member_join() says.
 */
int opener_new(struct kc_room *room, struct kc_users *users, u32 user_limit,
	       const struct fuse_ctx *ctx, int flags,
	       struct opener **ret_opener)
{
	static const unsigned int access[O_ACCMODE + 1] = {
		[O_RDONLY] = KC_READS,
		[O_WRONLY] = KC_WRITES,
		[O_RDWR] = KC_READS | KC_WRITES,
	};
	struct identity *identity = identity_new(ctx);
	struct opener *opener = malloc(sizeof(*opener));
	int error = -ENOMEM;

	if (!identity || !opener)
		goto free_both;
	error = user_open(users, ctx->uid, user_limit, &opener->user);
	if (error)
		goto free_both;
	error = kc_member_join(&opener->member, room, &identity->sender,
			       access[flags & O_ACCMODE],
			       clock_ns(CLOCK_REALTIME));
	if (error)
		goto close_user;
	INIT_LIST_HEAD(&opener->armed);
	opener->handle = NULL;
	opener->events = 0;
	*ret_opener = opener;
	return 0;

close_user:
	user_close(opener->user);
free_both:
	identity_free(identity);
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
	kc_member_leave(&opener->member, clock_ns(CLOCK_REALTIME));
	user_close(opener->user);
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
		identity_free(container_of(sender, struct identity, sender));
}

/* --- reads and writes --------------------------------------------------- */

/* One more piece of a reply, unless it is empty. */
static int add_piece(struct iovec *iov, int n, const void *mem, size_t len)
{
	if (!len)
		return n;
	iov[n].iov_base = (void *)(uintptr_t)mem;
	iov[n].iov_len = len;
	return n + 1;
}

/* Who sent each record of a plan. Asking for one sender once will do. */
static void name_records(struct kc_plan *plan)
{
	unsigned int i;

	for (i = 0; plan->records && i < plan->n; i++) {
		struct kchat_record *header = &plan->head[i].record;

		if (i && plan->sender[i] == plan->sender[i - 1]) {
			header->pid = plan->head[i - 1].record.pid;
			header->uid = plan->head[i - 1].record.uid;
			header->gid = plan->head[i - 1].record.gid;
			continue;
		}
		identity_name(container_of(plan->sender[i], struct identity,
					   sender),
			      &header->pid, &header->uid, &header->gid);
	}
}

/* @heads: of the plan's records, where they stay until the reply */
static int plan_pieces(const struct kc_ring *ring, const struct kc_plan *plan,
		       const struct kc_head *heads, struct iovec *iov)
{
	static const char zero[8];
	struct kc_span span[2];
	unsigned int i;
	int n = 0;

	for (i = 0; i < plan->n; i++) {
		size_t len = plan->piece[i].len, head = 0;

		kc_ring_spans(ring, plan->piece[i].pos, (u32)len, span);
		if (plan->records)
			head = kc_head_size(&heads[i]);
		n = add_piece(iov, n, &heads[i], head);
		n = add_piece(iov, n, span[0].mem, span[0].len);
		n = add_piece(iov, n, span[1].mem, span[1].len);
		if (plan->records)
			n = add_piece(iov, n, zero,
				      heads[i].record.size - len - head);
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
	static struct kc_head heads[PIECES_MAX + 1];
	static struct iovec iov[PIECES_MAX];
	const struct kc_room *room = opener->member.room;
	unsigned int records = 0;
	int n = 0;

	do {
		name_records(plan);
		if (plan->records)
			memcpy(heads + records, plan->head,
			       plan->n * sizeof(*heads));
		n += plan_pieces(&room->ring, plan, heads + records, iov + n);
		records += plan->records ? plan->n : 0;
	} while (n + PLAN_PIECES <= PIECES_MAX &&
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
 * the rest of the caller's buffer. An empty answer ends it; a loss, or a record
 * that does not fit, is told by the next read: here the kernel would drop the error.
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
 * opener_write() - accept what was written if it need not wait
 * @opener: the open file it came through
 * @data: the message, or a batch of them
 * @size: its length in bytes
 * @batch: which of the two it is
 * @turn: its turn if it is in line, else NULL; served if anything was accepted
 *
 * Return: bytes accepted; or what kc_room_admit() or kc_batch_accept() say.
 */
int opener_write(struct opener *opener, const char *data, size_t size,
		 bool batch, struct kc_turn *turn)
{
	struct kc_room *room = opener->member.room;
	u64 time_ns = clock_ns(CLOCK_REALTIME);
	u64 now_ns = clock_ns(CLOCK_MONOTONIC);
	struct kc_span span[2];
	int error;

	if (batch)
		return kc_batch_accept(&opener->member, data, size, turn,
				       time_ns, now_ns);
	error = kc_room_admit(room, &opener->member, (u32)size, turn);
	if (error)
		return error;
	kc_room_spans(room, (u32)size, span);
	memcpy(span[0].mem, data, span[0].len);
	memcpy(span[1].mem, data + span[0].len, span[1].len);
	kc_room_publish(room, &opener->member, (u32)size, time_ns,
			now_ns);
	if (turn)
		kc_turn_served(turn);
	return (int)size;
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
	unsigned int found;

	if (events & POLLPRI)
		asked |= KC_POLL_PRI;
	found = kc_member_poll(&opener->member, asked,
			       clock_ns(CLOCK_MONOTONIC));
	events = 0;
	if (found & KC_POLL_IN)
		events |= POLLIN | POLLRDNORM;
	if (found & KC_POLL_OUT)
		events |= POLLOUT | POLLWRNORM;
	if (found & KC_POLL_PRI)
		events |= POLLPRI;
	if (found & KC_POLL_HUP)
		events |= POLLHUP;
	if (found & KC_POLL_ERR)
		events |= POLLERR;
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
