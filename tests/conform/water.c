// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * O8: readers that wait for more than the next byte.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "conform.h"
#include "kchat_kernel.h"

/* More than any room holds: only something else can end that wait */
#define MUCH	(1u << 30)

static void set_water(int fd, uint32_t flags, uint32_t bytes, uint32_t ms)
{
	struct kchat_options options = {
		.flags = flags,
		.low_water = bytes,
		.low_water_ms = ms,
	};

	CHECK_OK(ioctl(fd, KCHAT_SET_OPTIONS, &options));
}

static int open_water(uint32_t bytes, uint32_t ms)
{
	int fd = room_open(O_RDONLY);

	set_water(fd, 0, bytes, ms);
	return fd;
}

static void asked_for(void)
{
	struct kchat_options options;
	int r = open_water(100, 20), w = room_open(O_WRONLY);

	CHECK_OK(ioctl(r, KCHAT_GET_OPTIONS, &options));
	CHECK_EQ(options.flags, 0);
	CHECK_EQ(options.low_water, 100);
	CHECK_EQ(options.low_water_ms, 20);
	memset(&options, 0, sizeof(options));
	CHECK_OK(ioctl(w, KCHAT_SET_OPTIONS, &options));
	options.low_water = 2;
	CHECK_ERRNO(ioctl(w, KCHAT_SET_OPTIONS, &options), EBADF);
	options.low_water = 0;
	options.low_water_ms = 1;
	CHECK_ERRNO(ioctl(w, KCHAT_SET_OPTIONS, &options), EBADF);
}

static void enough_bytes(void)
{
	int r = open_water(10, 0), w = room_open(O_WRONLY);
	struct call c;
	char buf[32];

	call_read(&c, r, buf, sizeof(buf));
	call_waits(&c);
	put(w, "four", 4);
	CHECK_EQ(ready(r) & POLLIN, 0);
	put(w, "five.", 5);
	CHECK_EQ(ready(r) & POLLIN, 0);
	call_waits(&c);
	put(w, ".", 1);
	CHECK_EQ(call_ends(&c), 10);
	CHECK_MEM(buf, "fourfive..", 10);
	call_poll(&c, r, POLLIN);
	call_waits(&c);
	put(w, "nine bytes", 9);
	call_waits(&c);
	put(w, "more", 4);
	CHECK_EQ(call_ends(&c), 1);
	/* So much is there that a part of it leaves enough */
	get(r, buf, 3);
	CHECK_EQ(ready(r) & POLLIN, POLLIN);
	get(r, buf, 10);
	CHECK_MEM(buf, "e bytemore", 10);
	nothing(r);
}

/* Who may not wait takes what there is */
static void without_waiting(void)
{
	int r = open_water(1000, 0), w = room_open(O_WRONLY);
	char buf[8];

	set_nonblock(r, true);
	CHECK_ERRNO(read(r, buf, sizeof(buf)), EAGAIN);
	put(w, "little", 6);
	CHECK_EQ(ready(r) & POLLIN, 0);
	CHECK_EQ(CHECK_OK(read(r, buf, sizeof(buf))), 6);
	CHECK_MEM(buf, "little", 6);
	CHECK_ERRNO(read(r, buf, sizeof(buf)), EAGAIN);
}

/* A file that waits keeps its mark also in a call that would rather not (D4) */
static void nowait_call(void)
{
	int r = open_water(10, 0), w = room_open(O_WRONLY);
	char buf[16];
	struct iovec in = { buf, sizeof(buf) };

	put(w, "little", 6);
	if (backend != KMOD) {
		CHECK_ERRNO(preadv2(r, &in, 1, -1, RWF_NOWAIT), EOPNOTSUPP);
		set_nonblock(r, true);
		get(r, buf, 6);
		return;
	}
	if (!kchat_knows_rwf_nowait())
		SKIP("kernels before 4.14 do not know RWF_NOWAIT");
	CHECK_ERRNO(preadv2(r, &in, 1, -1, RWF_NOWAIT), EAGAIN);
	put(w, "more", 4);
	CHECK_EQ(CHECK_OK(preadv2(r, &in, 1, -1, RWF_NOWAIT)), 10);
	CHECK_MEM(buf, "littlemore", 10);
	put(w, "last", 4);
	set_nonblock(r, true);
	CHECK_EQ(CHECK_OK(preadv2(r, &in, 1, -1, RWF_NOWAIT)), 4);
}

/* A machine that has much to do may hold us up while something grows old */
#define TRIES 10

/* It waited for as long as it may, and no second time. False: we were held up. */
static bool waited(long long start, long long age)
{
	long long ms = tap_now() - start;

	if (ms < age)
		FAIL("waited %lld ms, for %lld", ms, age);
	return ms < 2 * age;
}

/* The time begins with the first byte, not with the second */
static bool first_byte_counts(int r, int w, long long age)
{
	long long start, ms;
	struct call c;
	char buf[8];
	ssize_t n;

	call_read(&c, r, buf, sizeof(buf));
	call_waits(&c);
	start = tap_now();
	put(w, "a", 1);
	tap_settle();
	put(w, "b", 1);
	ms = tap_now() - start;
	n = call_ends(&c);
	if (n == 2)
		return waited(start, age);
	/* The second came when the first was old already */
	CHECK_EQ(n, 1);
	CHECK(ms >= age);
	get(r, buf, 1);
	return false;
}

/* What is too young when one asks grows old while one waits */
static bool grows_old(int r, int w, long long age)
{
	long long start = tap_now();
	struct call c;
	bool young, once;
	char byte;

	put(w, "c", 1);
	young = !(ready(r) & POLLIN);
	CHECK(young || tap_now() - start >= age);
	call_poll(&c, r, POLLIN);
	CHECK_EQ(call_ends(&c), 1);
	once = waited(start, age);
	get(r, &byte, 1);
	nothing(r);
	return young && once;
}

static void old_enough(void)
{
	long long age = 600 * (long long)tap_slow();
	int r = open_water(MUCH, age), w = room_open(O_WRONLY), i;

	for (i = 0; !first_byte_counts(r, w, age); i++)
		CHECK(i < TRIES);
	for (i = 0; !grows_old(r, w, age); i++)
		CHECK(i < TRIES);
}

/* A reader that may not wait reads all there is */
static void empty(struct stream *s, int r)
{
	set_nonblock(r, true);
	stream_rest(s, r);
	set_nonblock(r, false);
}

static void a_writer_waits(void)
{
	int r = open_water(MUCH, 0), w = room_open(O_WRONLY | O_NONBLOCK);
	static struct stream s;
	char *buf = share(1 << 16);
	struct call reader, c;

	/* One that is refused waits */
	call_read(&reader, r, buf, 5000);
	stream_fill(&s, w, 4096);
	CHECK_EQ(call_ends(&reader), 5000);
	CHECK_MEM(buf, s.data, 5000);
	s.read = 5000;
	empty(&s, r);

	/* So does one that polls in vain */
	call_read(&reader, r, buf, 100);
	stream_put(&s, w, 100);
	call_waits(&reader);
	while (ready(w) & POLLOUT)
		stream_put(&s, w, 4096);
	CHECK_EQ(call_ends(&reader), 100);
	CHECK_MEM(buf, s.data + s.read, 100);
	s.read += 100;
	empty(&s, r);

	/* And one in line */
	while (s.len - s.read < KCHAT_CAPACITY_MIN / 2)
		stream_put(&s, w, 4096);
	call_poll(&reader, r, POLLIN);
	call_waits(&reader);
	set_nonblock(w, false);
	for (;;) {
		call_write(&c, w, share(KCHAT_MSG_MAX), KCHAT_MSG_MAX);
		CHECK_SOON(c.done || reader.done);
		if (!c.done)
			break;
		CHECK_EQ(call_ends(&c), KCHAT_MSG_MAX);
		stream_add(&s, share(KCHAT_MSG_MAX), KCHAT_MSG_MAX);
	}
	CHECK_EQ(call_ends(&reader), 1);
	set_nonblock(r, true);
	stream_get(&s, r, s.len - s.read);
	CHECK_EQ(call_ends(&c), KCHAT_MSG_MAX);
}

static void a_loss(void)
{
	int r = open_water(1, 0), w = room_open(O_WRONLY);
	char *text = message(60000), byte;
	struct kchat_info info;
	struct call c;
	unsigned int i;

	set_water(r, KCHAT_OPTION_LOSSY, MUCH, 0);
	CHECK_OK(ioctl(r, KCHAT_INFO, &info));
	call_read(&c, r, &byte, 1);
	call_waits(&c);
	for (i = 0; i <= info.capacity / 60000; i++)
		put(w, text, 60000);
	call_fails(&c, EPIPE);
	CHECK_EQ(ready(r) & POLLIN, 0);
}

static void another_mind(void)
{
	int r = open_water(100, 0), w = room_open(O_WRONLY);
	struct call c, p;
	char buf[8];

	put(w, "five.", 5);
	call_read(&c, r, buf, sizeof(buf));
	call_poll(&p, r, POLLIN);
	call_waits(&c);
	call_waits(&p);
	set_water(r, 0, 6, 0);
	call_waits(&c);
	call_waits(&p);
	set_water(r, 0, 5, 0);
	CHECK_EQ(call_ends(&c), 5);
	/* The poller may have come too late */
	put(w, "again", 5);
	CHECK_EQ(call_ends(&p), 1);
	get(r, buf, 5);
	/* A read that waits for a byte now waits for more */
	set_water(r, 0, 0, 0);
	call_read(&c, r, buf, sizeof(buf));
	call_waits(&c);
	set_water(r, 0, 4, 0);
	put(w, "ab", 2);
	call_waits(&c);
	put(w, "cd", 2);
	CHECK_EQ(call_ends(&c), 4);
	set_water(r, 0, 0, 0);
	call_read(&c, r, buf, sizeof(buf));
	call_waits(&c);
	put(w, "e", 1);
	CHECK_EQ(call_ends(&c), 1);
}

static int watch(int fd, uint32_t how)
{
	struct epoll_event event = { .events = EPOLLIN | how };
	int ep = CHECK_OK(epoll_create1(EPOLL_CLOEXEC));

	CHECK_OK(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event));
	return ep;
}

static int seen(int ep, int ms)
{
	struct epoll_event event;

	return CHECK_OK(epoll_wait(ep, &event, 1, ms));
}

/* Watched before there was a mark, with a mark, and after it */
static void watched(uint32_t how)
{
	int r = room_open(O_RDONLY | O_NONBLOCK), w = room_open(O_WRONLY);
	int soon = TAP_SOON * tap_slow(), early, late, i;
	char buf[4096];

	early = watch(r, how);
	set_water(r, 0, 1000, 0);
	late = watch(r, how);
	for (i = 0; i < 3; i++) {
		CHECK_EQ(seen(early, 0) + seen(late, 0), 0);
		put(w, message(600), 600);
		CHECK_EQ(seen(early, TAP_SETTLE) + seen(late, TAP_SETTLE), 0);
		put(w, message(600), 600);
		CHECK_EQ(seen(early, soon), 1);
		CHECK_EQ(seen(late, soon), 1);
		CHECK_EQ(CHECK_OK(read(r, buf, sizeof(buf))), 1200);
		CHECK_ERRNO(read(r, buf, sizeof(buf)), EAGAIN);
	}
	set_water(r, 0, 0, 0);
	for (i = 0; i < 3; i++) {
		CHECK_EQ(seen(early, 0) + seen(late, 0), 0);
		put(w, "x", 1);
		CHECK_EQ(seen(early, soon), 1);
		CHECK_EQ(seen(late, soon), 1);
		CHECK_EQ(CHECK_OK(read(r, buf, sizeof(buf))), 1);
		CHECK_ERRNO(read(r, buf, sizeof(buf)), EAGAIN);
	}
}

static void watched_for_levels(void)
{
	watched(0);
}

static void watched_for_edges(void)
{
	watched(EPOLLET);
}

static void watched_until_old(void)
{
	int r = room_open(O_RDONLY | O_NONBLOCK), w = room_open(O_WRONLY);
	int soon = TAP_SOON * tap_slow(), early = watch(r, EPOLLET), late, i;
	char buf[8];

	set_water(r, 0, MUCH, 30);
	late = watch(r, EPOLLET);
	for (i = 0; i < 3; i++) {
		put(w, "old", 3);
		CHECK_EQ(seen(early, soon), 1);
		CHECK_EQ(seen(late, soon), 1);
		CHECK_EQ(CHECK_OK(read(r, buf, sizeof(buf))), 3);
		CHECK_ERRNO(read(r, buf, sizeof(buf)), EAGAIN);
	}
}

/* What it is for: few wake-ups, and nothing lost, however writers and time go */
#define MESSAGES 3000

static void write_many(void *arg)
{
	unsigned int i;
	int w;

	(void)arg;
	w = room_open(O_WRONLY);
	for (i = 0; i < MESSAGES; i++)
		put(w, &i, sizeof(i));
}

static void many_at_a_time(void)
{
	static unsigned int got[MESSAGES];
	int r = open_water(1000, 100);
	long long start = tap_now();
	unsigned int i, reads = 0;
	size_t have = 0;
	pid_t pid;

	pid = tap_spawn(write_many, NULL);
	while (have < sizeof(got)) {
		have += CHECK_OK(read(r, (char *)got + have,
				      sizeof(got) - have));
		reads++;
	}
	/* Every read but those that time ended had 1,000 bytes */
	CHECK(reads <= sizeof(got) / 1000 + 1 + (tap_now() - start) / 100);
	tap_join(pid);
	for (i = 0; i < MESSAGES; i++)
		CHECK_EQ(got[i], i);
}

static void events_at_once(void)
{
	int r = room_open(O_RDONLY);
	struct kchat_info info;
	struct call c;
	char buf[64];

	/* Who is late to leave from before would end the wait as well */
	CHECK_SOON(!ioctl(r, KCHAT_INFO, &info) && info.openers == 1);
	set_water(r, KCHAT_OPTION_RECORDS | KCHAT_OPTION_EVENTS, MUCH, 0);
	call_read(&c, r, buf, sizeof(buf));
	call_waits(&c);
	room_open(O_WRONLY);
	CHECK_EQ(call_ends(&c), 56);
}

static void the_end(void)
{
	struct call c;
	char buf[8];
	int r, w;

	room_path = room_create(room_spec());
	r = open_water(MUCH, 0);
	w = room_open(O_WRONLY);
	put(w, "rest", 4);
	call_read(&c, r, buf, sizeof(buf));
	call_waits(&c);
	room_remove(room_path);
	CHECK_EQ(call_ends(&c), 4);
	CHECK_MEM(buf, "rest", 4);
	CHECK_EQ(CHECK_OK(read(r, buf, sizeof(buf))), 0);
}

const struct tap_test tests_water[] = {
	{ "O8 a low-water mark, for who reads", asked_for, 0 },
	{ "O8 a read waits for so many bytes, POLLIN too", enough_bytes, 0 },
	{ "O8 who may not wait takes what there is", without_waiting, 0 },
	{ "O8 RWF_NOWAIT keeps to the mark (D4: the module's)", nowait_call, 0 },
	{ "O8 or until the first byte is old enough", old_enough, 60 },
	{ "O8 or until a writer waits for room", a_writer_waits, 0 },
	{ "O8 or until there is a loss to tell", a_loss, 0 },
	{ "O8 or until somebody comes or goes", events_at_once, 0 },
	{ "O8 or until the room ends", the_end, 0 },
	{ "O8 a mark is changed while one waits", another_mind, 0 },
	{ "O8 no wake-up is lost, for levels", watched_for_levels, 0 },
	{ "O8 no wake-up is lost, for edges", watched_for_edges, 0 },
	{ "O8 no wake-up is lost when time is up", watched_until_old, 0 },
	{ "O8 many messages in few reads", many_at_a_time, 0 },
	{ NULL, NULL, 0 },
};
