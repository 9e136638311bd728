// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A life: what one open file reads, and the log of it.
 *
 * It stands in the scene, not in the process: another process that gets the
 * descriptor goes on with the same life.
 */
#include "config.h"

#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "torture.h"

#define BUFFER (2 * KCHAT_MSG_MAX)

static void life_log(struct life *l, enum what what, uint32_t author,
		     uint32_t n, uint64_t seq)
{
	unsigned int i = atomic_fetch_add(&l->n, 1);

	CHECK(i < LOG_MAX);
	l->log[i].author = author;
	l->log[i].n = n;
	l->log[i].seq = seq;
	atomic_store(&l->log[i].what, what);
	atomic_fetch_add(&scene->progress, 1);
}

/*
 * A life begins behind what was accepted when it was opened. That is known but
 * for what came since, if some of it was lost again.
 */
static void life_start(struct life *l, uint64_t before, int fd)
{
	struct kchat_info info = info_of(fd);
	uint64_t unread = info.messages_in - info.unread_messages;

	if (unread < before)
		FAIL("an opener may read %llu messages, of %llu since it opened",
		     (unsigned long long)info.unread_messages,
		     (unsigned long long)(info.messages_in - before));
	l->actor = me;
	l->member = info.member;
	l->self = -1;
	l->before = before;
	l->after = unread;
	/* Who was lapped already has what lapped it to read */
	if (!info.unread_messages || scene->plan.lossless)
		l->before = unread;
	l->open = true;
	COUNT(LIVES);
}

/**
 * life_open() - open the room for a life
 * @ret_life: set to the life
 * @flags: as for open()
 *
 * Return: the descriptor; -1 if the room was removed.
 */
int life_open(struct life **ret_life, int flags)
{
	uint64_t before = info_of(scene->watch).messages_in;
	unsigned int i;
	int fd = scene_open(flags);

	if (fd < 0)
		return -1;
	i = atomic_fetch_add(&scene->n_lives, 1);
	CHECK(i < LIVES_MAX);
	*ret_life = &scene->life[i];
	life_start(*ret_life, before, fd);
	return fd;
}

/**
 * life_ask() - ask for options
 * @l: the life
 * @fd: its file
 * @flags: all KCHAT_OPTION_* that shall be on
 *
 * Between bytes and records there is no switching within a message, unless the
 * rest of that is lost.
 */
void life_ask(struct life *l, int fd, uint32_t flags)
{
	struct kchat_options options = {
		.flags = flags,
		.low_water = l->options.low_water,
		.low_water_ms = l->options.low_water_ms,
	};
	bool other = (flags ^ l->options.flags) & KCHAT_OPTION_RECORDS;

	l->frail |= flags & KCHAT_OPTION_LOSSY;
	if (ioctl(fd, KCHAT_SET_OPTIONS, &options) < 0) {
		if (errno != EBUSY || !other || !l->parse.got || l->owes)
			FAIL("options %x: %s, %u bytes of a message read",
			     flags, strerror(errno), l->parse.got);
		COUNT(BUSY);
		return;
	}
	l->owes |= other && l->parse.got;
	l->options = options;
	COUNT(SWITCHED);
}

/* Change this or that while it goes on */
static void life_change(struct life *l, int fd)
{
	uint32_t flags = l->options.flags;

	switch (draw(4)) {
	case 0:
		flags ^= KCHAT_OPTION_RECORDS;
		if (!(flags & KCHAT_OPTION_RECORDS))
			flags &= ~KCHAT_OPTION_EVENTS;
		break;
	case 1:
		flags ^= KCHAT_OPTION_LOSSY;
		break;
	case 2:
		l->options.low_water = one_in(2) ? 0 : draw(20000);
		l->options.low_water_ms = one_in(2) ? 0 : 1 + draw(9);
		break;
	default:
		if (flags & KCHAT_OPTION_RECORDS)
			flags ^= KCHAT_OPTION_EVENTS;
	}
	life_ask(l, fd, flags);
}

/* Go back, where that is possible */
static void life_back(struct life *l, int fd)
{
	struct kchat_history history = {
		.messages = one_in(3) ? KCHAT_HISTORY_ALL : draw(40),
	};
	uint64_t asked = history.messages;

	if (ioctl(fd, KCHAT_HISTORY, &history) < 0) {
		if (errno == EBUSY && l->parse.got) {
			COUNT(BUSY);
			return;
		}
		/* Whether there is a history is the hand's to change. */
		CHECK_EQ(errno, EPERM);
		return;
	}
	CHECK(history.messages <= asked);
	CHECK(!history.messages || !l->parse.got);
	if (history.messages) {
		COUNT(BACK);
		l->frail = true;
		l->backs++;
		life_log(l, WENT_BACK, 0, history.messages, 0);
	}
}

/* The read has failed with EPIPE: how much was it? */
static void life_lost(struct life *l, int fd)
{
	struct kchat_info info = info_of(fd);
	uint64_t more = info.lost_messages - l->lost;

	COUNT(LOSSES);
	if (l->shared)
		return;
	if (!more && l->self < 0)
		FAIL("a loss of no messages was told");
	if (more && scene->plan.lossless && !l->frail)
		FAIL("%llu messages were lost by one who claimed them",
		     (unsigned long long)more);
	l->lost = info.lost_messages;
	l->lost_bytes = info.lost_bytes;
	l->parse.got = 0;
	l->owes = false;
	life_log(l, LOST, 0, more, 0);
}

static void life_end(struct life *l, int fd)
{
	struct kchat_info info = info_of(fd);

	COUNT(ENDS);
	if (!scene->removing)
		FAIL("end of file in a room that was not removed");
	CHECK(info.flags & KCHAT_ROOM_REMOVED);
	CHECK_EQ(info.unread_messages, 0);
	CHECK_EQ(l->parse.got, 0);
	l->lost = info.lost_messages;
	l->lost_bytes = info.lost_bytes;
	life_log(l, END, 0, 0, 0);
}

static void life_bytes(struct life *l, const unsigned char *buf, size_t len)
{
	while (len) {
		if (!parse_feed(&l->parse, &buf, &len))
			continue;
		COUNT(READ);
		l->parse.got = 0;
		life_log(l, MESSAGE, l->parse.author, l->parse.number, 0);
	}
}

static void life_record(struct life *l, const struct kchat_record *record,
			const unsigned char *payload)
{
	struct parse parse = { .got = 0 };
	size_t len = record->len;

	CHECK_EQ(record->uid, geteuid());
	if (!parse_feed(&parse, &payload, &len) || len)
		FAIL("record %llu of %u bytes is not its message, of %u",
		     (unsigned long long)record->seq, record->len, parse.len);
	COUNT(READ);
	life_log(l, MESSAGE, parse.author, parse.number, record->seq);
}

static size_t life_records(struct life *l, const unsigned char *buf, size_t len)
{
	struct kchat_record record;
	size_t bytes = 0;

	for (; len; buf += record.size, len -= record.size) {
		CHECK(len >= sizeof(record));
		memcpy(&record, buf, sizeof(record));
		CHECK(record.size >= sizeof(record) + record.len);
		CHECK(record.size <= len);
		if (record.type != KCHAT_RECORD_MESSAGE) {
			CHECK(l->options.flags & KCHAT_OPTION_EVENTS);
			CHECK_EQ(record.len, sizeof(struct kchat_event));
			continue;
		}
		life_record(l, &record, buf + sizeof(record));
		bytes += record.len;
	}
	return bytes;
}

static void life_take(struct life *l, const unsigned char *buf, size_t len)
{
	if (l->owes)
		FAIL("options were switched within a message whose rest was not lost");
	if (l->options.flags & KCHAT_OPTION_RECORDS) {
		CHECK_EQ(l->parse.got, 0);
		len = life_records(l, buf, len);
	} else {
		life_bytes(l, buf, len);
	}
	atomic_fetch_add(&l->bytes, len);
}

static ssize_t read_once(int fd, unsigned char *buf, size_t len)
{
	size_t cut = draw(len + 1);
	struct iovec iov[2] = { { buf, cut }, { buf + cut, len - cut } };

	return one_in(3) ? readv(fd, iov, 2) : read(fd, buf, len);
}

/* poll has promised that a read would not wait, and nobody else reads */
static bool promised(const struct life *l, short revents)
{
	return revents & POLLIN && !l->shared && l->options.low_water <= 1 &&
	       !(l->options.flags & KCHAT_OPTION_EVENTS);
}

/**
 * life_read() - read once, after waiting for it
 * @l: the life
 * @w: how to wait
 *
 * Return: false at the end of the room.
 */
bool life_read(struct life *l, const struct waiter *w)
{
	static const unsigned int upto[] = { 1, 50, 300, 5000, BUFFER };
	static unsigned char buf[BUFFER];
	size_t len = 1 + draw(upto[draw(LENGTH(upto))]);
	short revents = 0;
	ssize_t n;

	while ((n = read_once(w->fd, buf, len)) < 0) {
		switch (errno) {
		case EAGAIN:
			CHECK(w->style != BLOCK);
			COUNT(READ_AGAIN);
			if (promised(l, revents))
				FAIL("poll says %x, read says EAGAIN", revents);
			/* Who wants to write as well has more to wait for */
			if (w->events & POLLOUT)
				return true;
			revents = waiter_wait(w);
			break;
		case EINTR:
			interrupted("read", READ_EINTR);
			break;
		case EPIPE:
			life_lost(l, w->fd);
			revents = 0;
			break;
		case EMSGSIZE:
			CHECK(l->options.flags & KCHAT_OPTION_RECORDS);
			CHECK(len < BUFFER);
			COUNT(TOO_SMALL);
			len = BUFFER;
			break;
		default:
			FAIL("read: %s", strerror(errno));
		}
	}
	if (!n) {
		life_end(l, w->fd);
		return false;
	}
	life_take(l, buf, n);
	return true;
}

/**
 * life_on() - go on with a life
 * @l: the life
 * @fd: its file
 * @style: how to wait
 * @messages: until its log has so many lines; 0: to the end
 */
void life_on(struct life *l, int fd, enum style style, unsigned int messages)
{
	bool changes = !l->shared && l->self < 0;
	struct waiter w;

	waiter_init(&w, fd, style, POLLIN);
	while (life_read(l, &w)) {
		if (messages && l->n >= messages)
			break;
		if (changes && one_in(10))
			life_change(l, fd);
		if (changes && l->backs < 4 && one_in(12))
			life_back(l, fd);
		dawdle();
	}
	waiter_close(&w);
}
