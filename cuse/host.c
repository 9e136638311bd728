// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * host.c - a room and all who have it open; host.h says what belongs here
 *
 * Every request ends in host_settle(), which acts upon what the engine says is
 * to be woken until nothing is. There is one thread, so that is all the
 * locking there is.
 */
#include "config.h"

#include <linux/fuse.h>
#include <poll.h>
#include <sys/uio.h>
#include <time.h>

#include "host.h"

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

/**
 * struct opener - an open file
 * @member: the engine's part
 * @host: the room
 * @armed: in the host's list while @handle is there
 * @handle: whom to notify, once; NULL if nobody polls
 * @events: for what
 */
struct opener {
	struct kc_member member;
	struct host *host;
	struct list_head armed;
	struct fuse_pollhandle *handle;
	unsigned int events;
};

static struct opener *opener_of(const struct fuse_file_info *fi)
{
	return (struct opener *)(uintptr_t)fi->fh;
}

static u64 clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (u64)now.tv_sec * 1000000000ULL + (u64)now.tv_nsec;
}

/**
 * monotonic_ns() - the clock of everything that waits
 *
 * Return: ns, never 0.
 */
u64 monotonic_ns(void)
{
	return clock_ns(CLOCK_MONOTONIC);
}

/* --- polls -------------------------------------------------------------- */

static void opener_disarm(struct opener *opener)
{
	if (!opener->handle)
		return;
	fuse_pollhandle_destroy(opener->handle);
	opener->handle = NULL;
	opener->events = 0;
	list_del_init(&opener->armed);
}

/* Who was notified polls again, and arms anew. */
static void host_notify(struct host *host, unsigned int events)
{
	struct opener *opener, *next;

	list_for_each_entry_safe(opener, next, &host->armed, armed) {
		if (!(opener->events & events))
			continue;
		fuse_lowlevel_notify_poll(opener->handle);
		opener_disarm(opener);
	}
}

static unsigned int poll_events(unsigned int found)
{
	unsigned int events = 0;

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

/* --- reads and writes --------------------------------------------------- */

/*
 * Go on planning where a plan ended, without moving the member: a plan holds a
 * few records, a reply as many as the caller asked for.
 */
static void peek_past(struct kc_member *peek, const struct kc_plan *plan)
{
	const struct kc_ring *ring = &peek->room->ring;
	unsigned int last = plan->n - 1;
	u32 off = last ? 0 : plan->off;
	u64 pos = plan->piece[last].pos - off - kc_payload_pos(0);
	u32 len = kc_ring_at(ring, pos)->len;

	off += plan->piece[last].len;
	peek->pos = off < len ? pos : pos + kc_record_size(len);
	peek->off = off < len ? off : 0;
}

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
 * Answer a read with what @plan and further plans give, straight from the
 * ring. Only what reached the reader is consumed: the reply fails if its
 * request was aborted meanwhile.
 */
static void opener_deliver(struct opener *opener, fuse_req_t req, size_t size,
			   struct kc_plan *plan)
{
	static struct iovec iov[PIECES_MAX];
	struct kc_member peek = opener->member;
	struct kc_plan more = *plan;
	size_t bytes = 0;
	int n = 0;

	do {
		n += plan_pieces(&peek.room->ring, &more, iov + n);
		bytes += more.bytes;
		peek_past(&peek, &more);
	} while (bytes < size && n + KC_PLAN_MAX + 1 <= PIECES_MAX &&
		 kc_member_plan(&peek, size - bytes, &more) == 1);

	plan->bytes = bytes;
	if (!fuse_reply_iov(req, iov, n))
		kc_member_commit(&opener->member, plan, bytes);
}

/*
 * Answer a read if it need not wait. Return: false if it must.
 *
 * The kernel lets a read that was answered in full be followed by another for
 * the rest of the caller's buffer. An empty answer ends it, and a loss is told
 * by the next read: here the kernel would drop the error.
 */
static bool opener_read(struct opener *opener, fuse_req_t req, size_t size,
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

/* Publish an admitted message. */
static void opener_write(struct opener *opener, const char *data, u32 len)
{
	struct kc_room *room = &opener->host->room;
	struct kc_span span[2];

	kc_room_spans(room, len, span);
	memcpy(span[0].mem, data, span[0].len);
	memcpy(span[1].mem, data + span[0].len, span[1].len);
	kc_room_publish(room, &opener->member, len, clock_ns(CLOCK_REALTIME));
}

/* --- acting upon what the engine says ----------------------------------- */

static void host_retry_reads(struct host *host)
{
	struct waiter *waiter, *next;

	list_for_each_entry_safe(waiter, next, &host->park.reads, link) {
		struct opener *opener = waiter->opener;
		size_t size = waiter->size;

		if (kc_member_readable(&opener->member))
			opener_read(opener, park_leave(waiter), size, false);
	}
}

/* The first in line is called: its message, or why it never will be one. */
static void host_serve_turn(struct host *host)
{
	struct kc_turn *turn = kc_room_first_turn(&host->room);
	struct waiter *waiter;
	size_t len;
	int error;

	if (!turn)
		return;
	waiter = container_of(turn, struct waiter, turn);
	len = waiter->size;
	error = kc_room_admit(&host->room, &waiter->opener->member, (u32)len,
			      turn);
	if (error == -EAGAIN)
		return;
	if (error) {
		fuse_reply_err(park_leave(waiter), -error);
		return;
	}
	opener_write(waiter->opener, waiter->data, (u32)len);
	kc_turn_served(turn);
	fuse_reply_write(park_leave(waiter), len);
}

static void host_free_senders(struct host *host)
{
	struct kc_sender *sender, *next;
	struct list_head gone;

	INIT_LIST_HEAD(&gone);
	kc_room_gone(&host->room, &gone);
	list_for_each_entry_safe(sender, next, &gone, link)
		free(container_of(sender, struct identity, sender));
}

static void host_settle(struct host *host)
{
	unsigned int wake;

	while ((wake = kc_room_settle(&host->room, monotonic_ns()))) {
		if (wake & (KC_WAKE_READERS | KC_WAKE_ALL))
			host_retry_reads(host);
		if (wake & KC_WAKE_TURN)
			host_serve_turn(host);
		if (wake & KC_WAKE_ALL)
			while (kc_room_first_turn(&host->room))
				host_serve_turn(host);
		if (wake & KC_WAKE_ALL)
			host_notify(host, ~0U);
		else if (wake & KC_WAKE_READERS)
			host_notify(host, POLLIN | POLLRDNORM | POLLPRI);
		if (wake & KC_WAKE_WRITERS)
			host_notify(host, POLLOUT | POLLWRNORM);
	}
	host_free_senders(host);
}

/* Called by libfuse, which still holds the request's lock. */
static void host_interrupted(fuse_req_t req, void *context)
{
	struct host *host = context;
	struct waiter *waiter = park_find(&host->park, req);

	if (!waiter)
		return;
	fuse_reply_err(park_leave(waiter), EINTR);
	host_settle(host);
}

/* --- the host's life ---------------------------------------------------- */

/**
 * host_init() - an empty room, ready to be opened
 * @host: the host
 * @capacity: bytes of ring, passed by kc_ring_size_check()
 *
 * Return: 0 or -ENOMEM.
 */
int host_init(struct host *host, u32 capacity)
{
	host->memory = malloc(kc_ring_memory(capacity));
	if (!host->memory)
		return -ENOMEM;
	kc_room_init(&host->room, host->memory, capacity, KC_RING_START);
	park_init(&host->park, host_interrupted, host);
	INIT_LIST_HEAD(&host->armed);
	host->hold_ns = 0;
	return 0;
}

/* An open file is gone, or its room: nothing of it is left behind. */
static void opener_free(struct opener *opener)
{
	opener_disarm(opener);
	kc_member_leave(&opener->member);
	free(opener);
}

/**
 * host_deinit() - give up the room
 * @host: the host, without requests that wait: host_end() answered them
 */
void host_deinit(struct host *host)
{
	struct kc_member *member, *next;

	list_for_each_entry_safe(member, next, &host->room.members, link)
		opener_free(container_of(member, struct opener, member));
	kc_room_deinit(&host->room);
	host_free_senders(host);
	free(host->memory);
}

/**
 * host_end() - the room ends (C2)
 * @host: the host
 *
 * Everybody who waits is answered: readers with the rest and then the end of
 * file, writers with ENODEV.
 */
void host_end(struct host *host)
{
	kc_room_end(&host->room);
	host_settle(host);
}

/**
 * host_is_empty() - has nobody the room open?
 * @host: the host
 */
bool host_is_empty(const struct host *host)
{
	return !host->room.n_members;
}

/**
 * host_tick() - time has passed
 * @host: the host
 *
 * Patience may have ended, and who was held too long is sent home with EINTR.
 */
void host_tick(struct host *host)
{
	u64 now_ns = monotonic_ns();
	struct waiter *waiter;

	while (host->hold_ns && (waiter = park_oldest(&host->park)) &&
	       now_ns - waiter->since_ns >= host->hold_ns)
		fuse_reply_err(park_leave(waiter), EINTR);
	host_settle(host);
}

/**
 * host_deadline() - when to call host_tick() though nothing happens
 * @host: the host
 *
 * Return: ns on the monotonic clock; 0: never.
 */
u64 host_deadline(struct host *host)
{
	struct waiter *waiter = host->hold_ns ? park_oldest(&host->park) : NULL;
	u64 patience = kc_room_deadline(&host->room);

	if (!waiter)
		return patience;
	if (!patience || waiter->since_ns + host->hold_ns < patience)
		return waiter->since_ns + host->hold_ns;
	return patience;
}

/* --- requests ----------------------------------------------------------- */

static int opener_new(struct host *host, const struct fuse_ctx *ctx,
		      int flags, struct opener **ret_opener)
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
	error = kc_member_join(&opener->member, &host->room, &identity->sender,
			       access[flags & O_ACCMODE]);
	if (error)
		goto free_both;
	opener->host = host;
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

/**
 * host_open() - answer an open
 * @host: the room
 * @req: the request
 * @open_flags: FOPEN_* for the answer: libfuse knows not all of them
 * @fi: what the caller asked for
 */
void host_open(struct host *host, fuse_req_t req, u32 open_flags,
	       const struct fuse_file_info *fi)
{
	struct fuse_open_out out = { .open_flags = open_flags };
	struct opener *opener;
	int error;

	error = opener_new(host, fuse_req_ctx(req), fi->flags, &opener);
	if (error) {
		fuse_reply_err(req, -error);
		return;
	}
	out.fh = (uintptr_t)opener;
	/* An open that was aborted is never released. */
	if (fuse_reply_buf(req, (const char *)&out, sizeof(out)))
		opener_free(opener);
	host_settle(host);
}

/**
 * host_release() - answer the end of an open file
 * @req: the request
 * @fi: the open file
 */
void host_release(fuse_req_t req, struct fuse_file_info *fi)
{
	struct opener *opener = opener_of(fi);
	struct host *host = opener->host;
	struct waiter *waiter;

	/* A file in use is not released; a lost request would hang for ever. */
	while ((waiter = park_find_opener(&host->park, opener)))
		fuse_reply_err(park_leave(waiter), EINTR);
	opener_free(opener);
	fuse_reply_err(req, 0);
	host_settle(host);
}

/**
 * host_read() - answer a read, now or later
 * @req: the request
 * @size: bytes asked for
 * @off: more than 0 if it goes on with one that was answered in full
 * @fi: the open file, with its flags as they are now
 */
void host_read(fuse_req_t req, size_t size, off_t off,
	       struct fuse_file_info *fi)
{
	struct opener *opener = opener_of(fi);
	struct host *host = opener->host;
	int error;

	if (!size) {
		fuse_reply_buf(req, NULL, 0);
	} else if (!opener_read(opener, req, size, off > 0)) {
		error = -EAGAIN;
		if (!(fi->flags & O_NONBLOCK))
			error = park_read(&host->park, req, opener, size,
					  monotonic_ns());
		if (error)
			fuse_reply_err(req, -error);
	}
	host_settle(host);
}

/**
 * host_write() - answer a write, now or later
 * @req: the request
 * @buf: the message
 * @size: its length in bytes; one too long is cut
 * @off: more than 0 if it goes on with one that was answered in full
 * @fi: the open file, with its flags as they are now
 *
 * To go on with a message is refused with an error: the kernel then reports
 * what was accepted before. An answer of 0 bytes would do for write(2), but
 * sendfile(2) takes it for the end of its work.
 */
void host_write(fuse_req_t req, const char *buf, size_t size, off_t off,
		struct fuse_file_info *fi)
{
	struct opener *opener = opener_of(fi);
	struct host *host = opener->host;
	u32 len = size < KCHAT_MSG_MAX ? (u32)size : KCHAT_MSG_MAX;
	int error;

	if (off > 0) {
		fuse_reply_err(req, EINVAL);
		return;
	}
	if (!len) {
		fuse_reply_write(req, 0);
		return;
	}
	error = kc_room_admit(&host->room, &opener->member, len, NULL);
	if (!error) {
		opener_write(opener, buf, len);
		fuse_reply_write(req, len);
	} else if (error == -EAGAIN && !(fi->flags & O_NONBLOCK)) {
		error = park_write(&host->park, req, opener, buf, len,
				   &host->room, monotonic_ns());
	} else if (error == -EAGAIN) {
		kc_room_refuse(&host->room, &opener->member, len);
	}
	if (error)
		fuse_reply_err(req, -error);
	host_settle(host);
}

/**
 * host_poll() - answer a poll
 * @req: the request
 * @fi: the open file and the events asked for
 * @handle: whom to notify of the next change; NULL if nobody waits
 *
 * The handle is kept also when there is something to report: who polls for
 * edges waits for the next one.
 */
void host_poll(fuse_req_t req, struct fuse_file_info *fi,
	       struct fuse_pollhandle *handle)
{
	struct opener *opener = opener_of(fi);
	struct host *host = opener->host;
	bool output = fi->poll_events & (POLLOUT | POLLWRNORM);
	unsigned int found = kc_member_poll(&opener->member,
					    output ? KC_POLL_OUT : 0);

	if (handle) {
		/* One file, one wait queue: others may wait there for more. */
		unsigned int events = opener->events | fi->poll_events;

		opener_disarm(opener);
		opener->handle = handle;
		opener->events = events;
		list_add_tail(&opener->armed, &host->armed);
	}
	fuse_reply_poll(req, poll_events(found));
	host_settle(host);
}

/**
 * host_ioctl() - answer an ioctl: there is none yet
 */
void host_ioctl(fuse_req_t req, int cmd, void *arg, struct fuse_file_info *fi,
		unsigned int flags, const void *in, size_t in_size,
		size_t out_size)
{
	(void)cmd;
	(void)arg;
	(void)fi;
	(void)flags;
	(void)in;
	(void)in_size;
	(void)out_size;
	fuse_reply_err(req, ENOTTY);
}

/**
 * host_fsync() - answer an fsync: as on a device or a pipe, there is none
 */
void host_fsync(fuse_req_t req, int datasync, struct fuse_file_info *fi)
{
	(void)datasync;
	(void)fi;
	fuse_reply_err(req, EINVAL);
}
