// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * O4: records of who joins and who leaves.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "conform.h"

#define LISTEN	(KCHAT_OPTION_RECORDS | KCHAT_OPTION_EVENTS)

/* What was read last: one record */
static struct {
	struct kchat_record record;
	union {
		struct kchat_event event;
		char text[1 << 16];
	} payload;
} in;

static uint64_t id_of(int fd)
{
	struct kchat_info info;

	CHECK_OK(ioctl(fd, KCHAT_INFO, &info));
	return info.member;
}

static unsigned int openers(int fd)
{
	struct kchat_info info;

	CHECK_OK(ioctl(fd, KCHAT_INFO, &info));
	return info.openers;
}

/*
 * A reader that listens. Who left before may be noticed a moment late (D5): it
 * begins when there is nobody else but the @others of this test.
 */
static int open_listening(unsigned int others)
{
	int fd = room_open(O_RDONLY);

	CHECK_SOON(openers(fd) == others + 1);
	set_options(fd, LISTEN);
	return fd;
}

/* The next record alone; it may take a moment until it is there */
static void next(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };

	CHECK_EQ(CHECK_OK(poll(&pfd, 1, TAP_SOON * tap_slow())), 1);
	CHECK_EQ(CHECK_OK(read(fd, &in, 56)), 56);
}

static void next_event(int fd, uint16_t type, uint64_t id)
{
	next(fd);
	CHECK_EQ(in.record.type, type);
	CHECK_EQ(in.record.size, 56);
	CHECK_EQ(in.record.len, sizeof(struct kchat_event));
	CHECK_EQ(in.record.flags, 0);
	CHECK_EQ(in.payload.event.member, id);
}

/* @text has 9 to 16 bytes, so that its record is as long as an event */
static void next_message(int fd, const char *text)
{
	next(fd);
	CHECK_EQ(in.record.type, KCHAT_RECORD_MESSAGE);
	CHECK_EQ(in.record.len, strlen(text));
	CHECK_MEM(in.payload.text, text, strlen(text));
}

static void joins_and_leaves(void)
{
	struct timespec now;
	int r = open_listening(0), other;
	uint64_t id;

	CHECK_EQ(get_options(r), LISTEN);
	nothing(r);
	other = room_open(O_RDWR);
	id = id_of(other);
	next_event(r, KCHAT_RECORD_JOIN, id);
	CHECK_EQ(in.record.pid, getpid());
	CHECK_EQ(in.record.uid, geteuid());
	CHECK_EQ(in.record.gid, getegid());
	CHECK_EQ(in.payload.event.access,
		 KCHAT_ACCESS_READ | KCHAT_ACCESS_WRITE);
	CHECK_EQ(in.payload.event.missed, 0);
	CHECK_OK(clock_gettime(CLOCK_REALTIME, &now));
	CHECK(in.record.time_ns / 1000000000 + 60 > (uint64_t)now.tv_sec);
	nothing(r);
	close(other);
	next_event(r, KCHAT_RECORD_LEAVE, id);
	CHECK_EQ(in.record.pid, getpid());
	nothing(r);
	other = room_open(O_WRONLY);
	next_event(r, KCHAT_RECORD_JOIN, id_of(other));
	CHECK_EQ(in.payload.event.access, KCHAT_ACCESS_WRITE);
	CHECK(in.payload.event.member > id);
}

static void among_messages(void)
{
	int w = room_open(O_WRONLY), r = open_listening(1), a, b;
	struct kchat_info info;
	uint64_t seq;

	put(w, "message one", 11);
	a = room_open(O_RDONLY);
	put(w, "message two", 11);
	put(w, "message three", 13);
	b = room_open(O_RDONLY);
	/* Only messages count as unread */
	CHECK_OK(ioctl(r, KCHAT_INFO, &info));
	CHECK_EQ(info.unread_messages, 3);
	CHECK_EQ(info.unread_bytes, 35);
	next_message(r, "message one");
	seq = in.record.seq;
	/* It repeats the number of the last message */
	next_event(r, KCHAT_RECORD_JOIN, id_of(a));
	CHECK_EQ(in.record.seq, seq);
	next_message(r, "message two");
	CHECK_EQ(in.record.seq, seq + 1);
	next_message(r, "message three");
	next_event(r, KCHAT_RECORD_JOIN, id_of(b));
	CHECK_EQ(in.record.seq, seq + 2);
	put(w, "message four", 12);
	next_message(r, "message four");
	CHECK_EQ(in.record.seq, seq + 3);
	nothing(r);
}

static void many_at_once(void)
{
	static union {
		struct kchat_record first;
		char bytes[1 << 16];
	} all;
	int r = open_listening(0), w = room_open(O_WRONLY), fd[20];
	const struct kchat_record *rec;
	unsigned int i, joins = 0, messages = 0;
	ssize_t n, at;

	for (i = 0; i < LENGTH(fd); i++) {
		fd[i] = room_open(O_RDONLY);
		put(w, &fd[i], sizeof(fd[i]));
	}
	n = CHECK_OK(read(r, &all, sizeof(all)));
	CHECK_EQ(n, 21 * 56 + 20 * 48);
	for (at = 0; at < n; at += rec->size) {
		rec = (const void *)(all.bytes + at);
		if (rec->type == KCHAT_RECORD_MESSAGE)
			CHECK_MEM(rec + 1, &fd[messages++], sizeof(fd[0]));
		else
			joins++;
	}
	CHECK_EQ(joins, 21);
	CHECK_EQ(messages, 20);
	nothing(r);
}

static void who_waits_is_told(void)
{
	int r = open_listening(0), other;
	struct call c;

	call_read(&c, r, &in, sizeof(in));
	call_waits(&c);
	other = room_open(O_RDONLY);
	CHECK_EQ(call_ends(&c), 56);
	CHECK_EQ(in.payload.event.member, id_of(other));
	call_poll(&c, r, POLLIN);
	call_waits(&c);
	close(other);
	CHECK_EQ(call_ends(&c), 1);
	next_event(r, KCHAT_RECORD_LEAVE, in.payload.event.member);
}

/* A room full of messages takes events all the same, and nobody waits */
static void never_in_the_way(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	int listener = open_listening(2), i;
	static struct stream s;

	stream_brim(&s, w, 4096);
	for (i = 0; i < 300; i++)
		close(room_open(O_RDONLY));
	/* Unread events make no room full */
	stream_rest(&s, r);
	set_options(listener, LISTEN | KCHAT_OPTION_LOSSY);
	CHECK_EQ(ready(w) & POLLOUT, POLLOUT);
	CHECK(stream_fill(&s, w, 4096) > 0);
	CHECK_ERRNO(read(listener, &in, sizeof(in)), EPIPE);
	stream_rest(&s, r);
}

static void missed_are_counted(void)
{
	int r = open_listening(0), i;
	uint64_t told = 0, missed = 0, last = 0;

	for (i = 0; i < 500; i++)
		close(room_open(O_RDONLY));
	CHECK_SOON(openers(r) == 1);
	while (told + missed < 1000) {
		next(r);
		CHECK(in.record.type != KCHAT_RECORD_MESSAGE);
		/* Only before the first of what is there can any be missing */
		if (told)
			CHECK_EQ(in.payload.event.missed, 0);
		missed += in.payload.event.missed;
		told++;
		last = in.payload.event.member;
	}
	CHECK_EQ(told + missed, 1000);
	CHECK(missed > 0 && told >= 16);
	CHECK(last > id_of(r));
	nothing(r);
}

static void only_with_records(void)
{
	struct kchat_options options = { .flags = KCHAT_OPTION_EVENTS };
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);

	CHECK_ERRNO(ioctl(r, KCHAT_SET_OPTIONS, &options), EINVAL);
	options.flags = LISTEN;
	CHECK_ERRNO(ioctl(w, KCHAT_SET_OPTIONS, &options), EBADF);
	/* Who does not listen is told nothing */
	set_options(r, KCHAT_OPTION_RECORDS);
	open_listening(2);
	nothing(r);
	/* What came while it did not listen is not told later */
	set_options(r, LISTEN);
	nothing(r);
	open_listening(3);
	CHECK_EQ(ready(r) & POLLIN, POLLIN);
	set_options(r, KCHAT_OPTION_RECORDS);
	nothing(r);
}

const struct tap_test tests_events[] = {
	{ "O4 who joins and leaves is told", joins_and_leaves, 0 },
	{ "O4 events stand among the messages where they came",
	  among_messages, 0 },
	{ "O4 many events in one read", many_at_once, 0 },
	{ "O4 who waits is told of events", who_waits_is_told, 0 },
	{ "O4 events are in nobody's way", never_in_the_way, 0 },
	{ "O4 missed events are counted", missed_are_counted, 0 },
	{ "O4 events only as records, and while one listens",
	  only_with_records, 0 },
	{ NULL, NULL, 0 },
};
