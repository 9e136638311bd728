// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * host.c - a room and all who have it open; host.h says what belongs here
 *
 * Every request ends in host_settle(), which acts upon what the engine says is
 * to be woken until nothing is. There is one thread, so that is all the
 * locking there is.
 */
#include "config.h"

#include <poll.h>

#include "clock.h"
#include "host.h"
#include "identity.h"
#include "kchat_fuse.h"
#include "opener.h"
#include "rooms.h"

static struct opener *opener_of(const struct fuse_file_info *fi)
{
	return (struct opener *)(uintptr_t)fi->fh;
}

static struct host *host_of(const struct opener *opener)
{
	return container_of(opener->member.room, struct host, room);
}

/* --- acting upon what the engine says ----------------------------------- */

/* Those who poll for input: the usual ones, the lazy ones if it is enough. */
static void host_notify_readers(struct host *host, unsigned int wake)
{
	u64 now_ns = clock_ns(CLOCK_MONOTONIC);
	struct opener *opener, *next;

	list_for_each_entry_safe(opener, next, &host->armed, armed) {
		if (!(opener->events & (POLLIN | POLLRDNORM | POLLPRI)))
			continue;
		if (opener->member.lazy ?
			    kc_member_readable(&opener->member, now_ns) :
			    wake & KC_WAKE_READERS)
			opener_notify(opener);
	}
}

static void host_notify(struct host *host, unsigned int events)
{
	struct opener *opener, *next;

	list_for_each_entry_safe(opener, next, &host->armed, armed)
		if (opener->events & events)
			opener_notify(opener);
}

static void host_retry_reads(struct host *host)
{
	u64 now_ns = clock_ns(CLOCK_MONOTONIC);
	struct waiter *waiter, *next;

	list_for_each_entry_safe(waiter, next, &host->park.reads, link) {
		struct opener *opener = waiter->opener;
		size_t size = waiter->size;

		if (kc_member_readable(&opener->member, now_ns))
			opener_read(opener, park_leave(waiter), size, false);
	}
}

/* The first in line is called: its message, or why it never will be one. */
static void host_serve_turn(struct host *host)
{
	struct kc_turn *turn = kc_room_first_turn(&host->room);
	struct waiter *waiter;
	int done;

	if (!turn)
		return;
	waiter = container_of(turn, struct waiter, turn);
	done = opener_write(waiter->opener, waiter->data, waiter->size,
			    waiter->batch, turn);
	if (done == -EAGAIN)
		return;
	if (done < 0)
		fuse_reply_err(park_leave(waiter), -done);
	else
		fuse_reply_write(park_leave(waiter), (size_t)done);
}

/*
 * When time matters next: patience may end, and who was held too long must be
 * sent home.
 */
static void host_schedule(struct host *host)
{
	u64 hold_ns = host->rooms->hold_ns;
	struct waiter *waiter = hold_ns ? park_oldest(&host->park) : NULL;
	u64 at_ns = kc_room_deadline(&host->room);

	if (waiter && (!at_ns || waiter->since_ns + hold_ns < at_ns))
		at_ns = waiter->since_ns + hold_ns;
	host->deadline_ns = at_ns;
	if (!at_ns)
		list_del_init(&host->ticking);
	else if (list_empty(&host->ticking))
		list_add_tail(&host->ticking, &host->rooms->ticking);
}

/**
 * host_settle() - after whatever was done to the room: act upon it
 * @host: the host
 */
void host_settle(struct host *host)
{
	unsigned int wake;

	while ((wake = kc_room_settle(&host->room, clock_ns(CLOCK_MONOTONIC)))) {
		if (wake & (KC_WAKE_READERS | KC_WAKE_LAZY | KC_WAKE_ALL))
			host_retry_reads(host);
		if (wake & KC_WAKE_TURN)
			host_serve_turn(host);
		if (wake & KC_WAKE_ALL)
			while (kc_room_first_turn(&host->room))
				host_serve_turn(host);
		if (wake & KC_WAKE_ALL)
			host_notify(host, ~0U);
		else if (wake & (KC_WAKE_READERS | KC_WAKE_LAZY))
			host_notify_readers(host, wake);
		if (wake & KC_WAKE_WRITERS)
			host_notify(host, POLLOUT | POLLWRNORM);
	}
	opener_free_gone(&host->room);
	host_schedule(host);
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
 * host_new() - an empty room, which cannot be opened yet
 * @rooms: those among which it will be
 * @capacity: bytes of ring, passed by kc_ring_size_check()
 *
 * Return: the host or NULL.
 */
struct host *host_new(struct rooms *rooms, u32 capacity)
{
	struct host *host = calloc(1, sizeof(*host));

	if (!host)
		return NULL;
	host->memory = malloc(kc_ring_memory(capacity));
	if (!host->memory) {
		free(host);
		return NULL;
	}
	kc_room_init(&host->room, host->memory, capacity, KC_RING_START);
	host->room.max_members = rooms->limits.room_openers;
	host->rooms = rooms;
	park_init(&host->park, host_interrupted, host,
		  &rooms->limits.user_parked);
	INIT_LIST_HEAD(&host->armed);
	INIT_LIST_HEAD(&host->ticking);
	return host;
}

/**
 * host_free() - give up a room
 * @host: the host, without requests that wait: host_end() answered them
 */
void host_free(struct host *host)
{
	struct kc_member *member, *next;

	list_for_each_entry_safe(member, next, &host->room.members, link)
		opener_free(container_of(member, struct opener, member));
	kc_room_deinit(&host->room);
	opener_free_gone(&host->room);
	list_del_init(&host->ticking);
	free(host->memory);
	free(host);
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
 * host_tick() - time has passed
 * @host: the host
 *
 * Patience may have ended, and who was held too long is sent home with EINTR.
 */
void host_tick(struct host *host)
{
	u64 now_ns = clock_ns(CLOCK_MONOTONIC);
	u64 hold_ns = host->rooms->hold_ns;
	struct waiter *waiter;

	while (hold_ns && (waiter = park_oldest(&host->park)) &&
	       now_ns - waiter->since_ns >= hold_ns)
		fuse_reply_err(park_leave(waiter), EINTR);
	host_settle(host);
}

/* --- requests ----------------------------------------------------------- */

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
	struct rooms *rooms = host->rooms;
	struct opener *opener;
	int error;

	error = opener_new(&host->room, &rooms->users,
			   rooms->limits.user_openers, fuse_req_ctx(req),
			   fi->flags, &opener);
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
	struct host *host = host_of(opener);
	struct waiter *waiter;

	/* A file in use is not released; a lost request would hang for ever. */
	while ((waiter = park_find_opener(&host->park, opener)))
		fuse_reply_err(park_leave(waiter), EINTR);
	opener_free(opener);
	fuse_reply_err(req, 0);
	host_settle(host);
	host->rooms->reap |= host->room.ended;
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
	u64 now_ns = clock_ns(CLOCK_MONOTONIC);
	struct host *host = host_of(opener);
	bool wait = !(fi->flags & O_NONBLOCK);
	int error;

	if (!size) {
		fuse_reply_buf(req, NULL, 0);
	} else if ((wait && !off &&
		    kc_member_holds_off(&opener->member, now_ns)) ||
		   !opener_read(opener, req, size, off > 0)) {
		error = -EAGAIN;
		if (wait)
			error = park_read(&host->park, req, opener, size,
					  now_ns);
		if (error)
			fuse_reply_err(req, -error);
	}
	host_settle(host);
}

/**
 * host_write() - answer a write, now or later
 * @req: the request
 * @buf: the message, or a batch of them (O7)
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
	struct host *host = host_of(opener);
	bool batch = opener->member.batch;
	size_t most = batch ? KCHAT_BATCH_MAX : KCHAT_MSG_MAX;
	int done;

	if (size > most)
		size = most;
	if (off > 0) {
		fuse_reply_err(req, EINVAL);
		return;
	}
	if (!size) {
		fuse_reply_write(req, 0);
		return;
	}
	done = opener_write(opener, buf, size, batch, NULL);
	if (done > 0)
		fuse_reply_write(req, (size_t)done);
	else if (done == -EAGAIN && !(fi->flags & O_NONBLOCK))
		done = park_write(&host->park, req, opener, buf, size, batch,
				  &host->room, clock_ns(CLOCK_MONOTONIC));
	else if (done == -EAGAIN)
		kc_room_refuse(&host->room, &opener->member,
			       batch ? kc_frame_len(buf, size) : (u32)size);
	if (done < 0)
		fuse_reply_err(req, -done);
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
	struct host *host = host_of(opener);
	unsigned int found = opener_poll(opener, fi->poll_events);

	if (handle)
		opener_arm(opener, handle, fi->poll_events, &host->armed);
	fuse_reply_poll(req, found);
	host_settle(host);
}

/* Answer an ioctl: its structure as it is now, or none, or what is wrong. */
static void reply_ioctl(fuse_req_t req, int error, const void *out, size_t size)
{
	if (error)
		fuse_reply_err(req, -error);
	else
		fuse_reply_ioctl(req, 0, out, size);
}

static void opener_set_options(struct opener *opener, fuse_req_t req,
			       const void *in)
{
	struct kchat_options options;

	memcpy(&options, in, sizeof(options));
	reply_ioctl(req, kc_member_set_options(&opener->member, &options),
		    NULL, 0);
}

static void opener_history(struct opener *opener, fuse_req_t req,
			   const void *in)
{
	struct kchat_history history;
	int error;

	memcpy(&history, in, sizeof(history));
	error = kc_member_history(&opener->member, &history);
	reply_ioctl(req, error, &history, sizeof(history));
}

static void opener_members(struct opener *opener, fuse_req_t req,
			   const void *in)
{
	struct kc_sender *sender[KCHAT_MEMBERS_PAGE];
	struct kchat_members page;
	unsigned int i;
	int error;

	memcpy(&page, in, sizeof(page));
	error = kc_room_members(opener->member.room, &page, sender);
	for (i = 0; !error && i < page.n; i++)
		identity_name(container_of(sender[i], struct identity, sender),
			      &page.member[i].pid, &page.member[i].uid,
			      &page.member[i].gid);
	reply_ioctl(req, error, &page, sizeof(page));
}

static void opener_lap(struct opener *opener, fuse_req_t req, const void *in)
{
	const struct identity *asker = container_of(opener->member.sender,
						    struct identity, sender);
	struct kchat_lap lap;

	memcpy(&lap, in, sizeof(lap));
	reply_ioctl(req, kc_room_lap_member(opener->member.room, asker->uid,
					    &lap), NULL, 0);
}

/**
 * host_ioctl() - answer an ioctl (O1 to O8, W4)
 * @req: the request
 * @cmd: a request to a room, KCHAT_*
 * @arg: the caller's pointer, which only the kernel may follow
 * @fi: the open file
 * @flags: FUSE_IOCTL_*; whether the caller has 32 bits makes no difference
 * @in: the structure, of a request that has one to look at
 * @in_size: its size in bytes: the request's number tells it
 * @out_size: bytes the answer may have, likewise
 */
void host_ioctl(fuse_req_t req, int cmd, void *arg, struct fuse_file_info *fi,
		unsigned int flags, const void *in, size_t in_size,
		size_t out_size)
{
	struct opener *opener = opener_of(fi);
	struct host *host = host_of(opener);
	struct kchat_options options;
	struct kchat_info info;
	unsigned int request = (unsigned int)cmd;

	(void)arg;
	(void)flags;
	(void)out_size;
	if ((_IOC_DIR(request) & _IOC_WRITE) && in_size < _IOC_SIZE(request))
		request = 0;
	switch (request) {
	case KCHAT_INFO:
		kc_member_info(&opener->member, &info);
		memcpy(info.name, host->place.spec.name, sizeof(info.name));
		fuse_reply_ioctl(req, 0, &info, sizeof(info));
		break;
	case KCHAT_GET_OPTIONS:
		kc_member_get_options(&opener->member, &options);
		fuse_reply_ioctl(req, 0, &options, sizeof(options));
		break;
	case KCHAT_SET_OPTIONS:
		opener_set_options(opener, req, in);
		break;
	case KCHAT_HISTORY:
		opener_history(opener, req, in);
		break;
	case KCHAT_MEMBERS:
		opener_members(opener, req, in);
		break;
	case KCHAT_LAP:
		opener_lap(opener, req, in);
		break;
	default:
		fuse_reply_err(req, ENOTTY);
	}
	host_settle(host);
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
