// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * W7: what poll, select and epoll say, and when. That they say it in time is
 * for wakeups.c.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include "conform.h"

/* ---- POLLIN ---- */

static void pollin_with_data(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY), i;
	char buf[3];

	CHECK_EQ(ready(r), 0);
	put(w, "abc", 3);
	for (i = 0; i < 3; i++) {
		/* Level triggered: as often as one asks */
		CHECK_EQ(ready(r), POLLIN);
		CHECK_EQ(ready(r), POLLIN);
		get(r, buf, 1);
	}
	CHECK_EQ(ready(r), 0);
	/* Of a room that is full as well */
	set_nonblock(w, true);
	while (write(w, "xyz", 3) == 3)
		;
	CHECK_EQ(ready(r), POLLIN);
}

static void pollin_wakes(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY), i;
	struct call c;
	char buf[3];

	for (i = 0; i < 5; i++) {
		call_poll(&c, r, POLLIN);
		call_waits(&c);
		put(w, "abc", 3);
		CHECK_EQ(call_ends(&c), POLLIN);
		get(r, buf, 3);
	}
}

/* Each side hears only what its file was opened for */
static void by_access_mode(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	int both = room_open(O_RDWR);
	struct call reads, writes;
	char *buf = message(KCHAT_MSG_MAX);

	CHECK_EQ(ready(r), 0);
	CHECK_EQ(ready(w), POLLOUT);
	CHECK_EQ(ready(both), POLLOUT);
	/* No writer is ever told of data, no reader of room */
	call_poll(&reads, w, POLLIN);
	call_poll(&writes, r, POLLOUT);
	call_waits(&reads);
	call_waits(&writes);
	put(w, "x", 1);
	CHECK_EQ(ready(r), POLLIN);
	CHECK_EQ(ready(w), POLLOUT);
	CHECK_EQ(ready(both), POLLIN | POLLOUT);
	set_nonblock(w, true);
	while (write(w, buf, KCHAT_MSG_MAX) > 0)
		;
	while (write(w, buf, 1) > 0)
		;
	CHECK_EQ(ready(r), POLLIN);
	CHECK_EQ(ready(w), 0);
	CHECK_EQ(ready(both), POLLIN);
	set_nonblock(r, true);
	set_nonblock(both, true);
	while (read(r, buf, KCHAT_MSG_MAX) > 0 ||
	       read(both, buf, KCHAT_MSG_MAX) > 0)
		;
	CHECK_EQ(ready(r), 0);
	CHECK_EQ(ready(w), POLLOUT);
	call_waits(&reads);
	call_waits(&writes);
}

/* ---- POLLOUT: exactly when a message of 4,096 bytes would be accepted ---- */

static void pollout_is_4096(void)
{
	static const size_t sizes[] = { 4096, 1000, 100, 4095, 5000, 65536 };
	static struct stream s;
	int r = room_open(O_RDONLY), w, asker, i;

	for (i = 0; i < 6; i++) {
		asker = room_open(O_WRONLY);
		w = room_open(O_WRONLY | O_NONBLOCK);
		/* Filling up: what it says comes true */
		stream_fill(&s, w, sizes[i]);
		while (ready(asker) & POLLOUT)
			CHECK(stream_try(&s, w, 4096));
		CHECK(!stream_try(&s, w, 4096));
		stream_fill(&s, w, 1);
		CHECK_EQ(ready(asker), 0);
		/* And emptying */
		while (s.read < s.len && !(ready(asker) & POLLOUT)) {
			CHECK(!stream_try(&s, w, 4096));
			stream_get(&s, r, s.len - s.read < 500 ?
					   s.len - s.read : 500);
		}
		CHECK(stream_try(&s, w, 4096));
		stream_rest(&s, r);
		CHECK_EQ(ready(asker), POLLOUT);
		close(w);
		close(asker);
	}
}

/* After EAGAIN for n bytes: exactly when one of n would be accepted */
static void pollout_after_eagain(size_t n, size_t step)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	int asker = room_open(O_WRONLY | O_NONBLOCK);
	int other = room_open(O_WRONLY);

	stream_brim(&s, w, step);
	CHECK(!stream_try(&s, asker, n));
	CHECK_EQ(ready(asker), 0);
	do {
		/* Not even a byte fits by somebody else's trying */
		CHECK(s.read + step <= s.len);
		CHECK(!stream_try(&s, w, n));
		CHECK_EQ(ready(asker) & POLLOUT, 0);
		stream_get(&s, r, step);
	} while (!(ready(asker) & POLLOUT));
	CHECK(stream_try(&s, asker, n));
	/* A file that was never refused still means 4,096 bytes */
	if (ready(other) & POLLOUT)
		CHECK(stream_try(&s, w, 4096));
	else
		CHECK(!stream_try(&s, w, 4096));
	stream_rest(&s, r);
	close(r);
	close(w);
	close(asker);
	close(other);
}

static void pollout_large(void)
{
	pollout_after_eagain(60000, 1000);
	pollout_after_eagain(KCHAT_MSG_MAX, 4096);
	pollout_after_eagain(5000, 3000);
}

static void pollout_small(void)
{
	static struct stream s;
	int r, w, asker, other;

	pollout_after_eagain(1, 1000);
	pollout_after_eagain(100, 300);
	r = room_open(O_RDONLY);
	w = room_open(O_WRONLY | O_NONBLOCK);
	asker = room_open(O_WRONLY | O_NONBLOCK);
	other = room_open(O_WRONLY);
	stream_brim(&s, w, 1000);
	CHECK(!stream_try(&s, asker, 1));
	CHECK_EQ(ready(asker), 0);
	stream_get(&s, r, 1000);
	CHECK_EQ(ready(asker), POLLOUT);
	CHECK_EQ(ready(other), 0);
	CHECK(stream_try(&s, asker, 1));
	/* It has got what it wanted: 4,096 bytes again */
	CHECK_EQ(ready(asker), 0);
	stream_rest(&s, r);
}

static void pollout_wakes(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	struct call never_refused, refused;

	stream_brim(&s, w, 1000);
	CHECK(!stream_try(&s, w, 60000));
	call_poll(&refused, w, POLLOUT);
	call_poll(&never_refused, room_open(O_WRONLY), POLLOUT);
	call_waits(&refused);
	call_waits(&never_refused);
	stream_get(&s, r, 1000);
	call_waits(&never_refused);
	stream_get(&s, r, 10000);
	CHECK_EQ(call_ends(&never_refused), POLLOUT);
	/* No poller spins: there is room, but not for what was refused */
	call_waits(&refused);
	CHECK(!stream_try(&s, w, 60000));
	stream_rest(&s, r);
	CHECK_EQ(call_ends(&refused), POLLOUT);
	CHECK(stream_try(&s, w, 60000));
	stream_rest(&s, r);
}

/* While somebody waits in the queue nobody else would be accepted */
static void pollout_behind_queue(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	int asker = room_open(O_WRONLY);
	char *buf = message(60000);
	struct call waiting, polling;

	stream_fill(&s, w, 1000);
	call_write(&waiting, room_open(O_WRONLY), buf, 60000);
	call_waits(&waiting);
	call_poll(&polling, asker, POLLOUT);
	call_waits(&polling);
	stream_get(&s, r, 20000);
	CHECK_EQ(ready(asker), 0);
	call_waits(&polling);
	CHECK(!stream_try(&s, w, 1));
	stream_add(&s, buf, 60000);
	stream_rest(&s, r);
	CHECK_EQ(call_ends(&waiting), 60000);
	CHECK_EQ(call_ends(&polling), POLLOUT);
}

/* And once he has gone without writing, somebody would */
static void pollout_after_interrupt(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	struct call waiting, polling;

	on_signal(SIGUSR1, 0);
	stream_fill(&s, w, 1000);
	call_write(&waiting, room_open(O_WRONLY), message(60000), 60000);
	call_waits(&waiting);
	call_poll(&polling, room_open(O_WRONLY), POLLOUT);
	stream_get(&s, r, 20000);
	call_waits(&polling);
	call_signal(&waiting, SIGUSR1);
	call_fails(&waiting, EINTR);
	CHECK_EQ(call_ends(&polling), POLLOUT);
}

/* ---- select ---- */

static int selects(int fd, bool *in, bool *out)
{
	struct timeval none = { 0, 0 };
	fd_set r, w;
	int n;

	FD_ZERO(&r);
	FD_ZERO(&w);
	FD_SET(fd, &r);
	FD_SET(fd, &w);
	n = CHECK_OK(select(fd + 1, &r, &w, NULL, &none));
	*in = FD_ISSET(fd, &r);
	*out = FD_ISSET(fd, &w);
	return n;
}

static void select_says(void)
{
	static struct stream s;
	int fd = room_open(O_RDWR | O_NONBLOCK);
	bool in, out;

	CHECK_EQ(selects(fd, &in, &out), 1);
	CHECK(!in && out);
	stream_put(&s, fd, 10);
	CHECK_EQ(selects(fd, &in, &out), 2);
	stream_brim(&s, fd, 4096);
	CHECK_EQ(selects(fd, &in, &out), 1);
	CHECK(in && !out);
	stream_rest(&s, fd);
	CHECK_EQ(selects(fd, &in, &out), 1);
	CHECK(!in && out);
}

/* ---- epoll ---- */

static int watch(int fd, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };
	int ep = CHECK_OK(epoll_create1(EPOLL_CLOEXEC));

	CHECK_OK(epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event));
	return ep;
}

/* What epoll says within @ms */
static uint32_t seen(int ep, int ms)
{
	struct epoll_event event;

	return CHECK_OK(epoll_wait(ep, &event, 1, ms)) ? event.events : 0;
}

static void epoll_level(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	int ep = watch(r, EPOLLIN), i;
	char buf[4];

	CHECK_EQ(seen(ep, 0), 0);
	for (i = 0; i < 20; i++) {
		put(w, "data", 4);
		CHECK_EQ(seen(ep, TAP_SOON), EPOLLIN);
		CHECK_EQ(seen(ep, 0), EPOLLIN);
		get(r, buf, 3);
		CHECK_EQ(seen(ep, 0), EPOLLIN);
		get(r, buf, 1);
		CHECK_EQ(seen(ep, 0), 0);
	}
}

/* An edge for what came, none for what is merely still there */
static void epoll_edge_in(void)
{
	int r = room_open(O_RDONLY | O_NONBLOCK), w = room_open(O_WRONLY);
	int ep = watch(r, EPOLLIN | EPOLLET), i;
	char buf[8];

	for (i = 0; i < 20; i++) {
		put(w, "data", 4);
		CHECK_EQ(seen(ep, TAP_SOON), EPOLLIN);
		CHECK_EQ(seen(ep, 10), 0);
		/* More came while it had not read all: an edge again */
		put(w, "more", 4);
		CHECK_EQ(seen(ep, TAP_SOON), EPOLLIN);
		CHECK_EQ(seen(ep, 10), 0);
		get(r, buf, 8);
		CHECK_ERRNO(read(r, buf, 8), EAGAIN);
	}
}

/* Data that was there before one began to watch is an edge too */
static void epoll_edge_late(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);

	put(w, "data", 4);
	CHECK_EQ(seen(watch(r, EPOLLIN | EPOLLET), TAP_SOON), EPOLLIN);
	/* And to a second watcher */
	CHECK_EQ(seen(watch(r, EPOLLIN | EPOLLET), TAP_SOON), EPOLLIN);
}

static void epoll_edge_out(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	int ep = watch(w, EPOLLOUT | EPOLLET), i;

	CHECK_EQ(seen(ep, TAP_SOON), EPOLLOUT);
	for (i = 0; i < 10; i++) {
		stream_fill(&s, w, 4096);
		while (seen(ep, 0))
			;
		CHECK(!stream_try(&s, w, 4096));
		CHECK_EQ(seen(ep, 20), 0);
		stream_rest(&s, r);
		CHECK_EQ(seen(ep, TAP_SOON), EPOLLOUT);
	}
}

static void epoll_two_watchers(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY), i;
	int one = watch(r, EPOLLIN), two = watch(r, EPOLLIN | EPOLLET);
	struct call c;
	char buf[4];

	for (i = 0; i < 10; i++) {
		call_poll(&c, r, POLLIN);
		call_waits(&c);
		put(w, "data", 4);
		CHECK_EQ(seen(one, TAP_SOON), EPOLLIN);
		CHECK_EQ(seen(two, TAP_SOON), EPOLLIN);
		CHECK_EQ(call_ends(&c), POLLIN);
		get(r, buf, 4);
	}
}

/*
 * EPOLLEXCLUSIVE is for many who wait for one file. Who waits for a file of his own,
 * if of the same room, is not among them: what wakes one wakes all.
 */
static void epoll_exclusive(void)
{
	static struct stream s;
	struct call in[3], out[3];
	int i, w;

	room_path = room_create(room_spec());
	w = room_open(O_WRONLY | O_NONBLOCK);
	for (i = 0; i < 3; i++) {
		call_epoll_wait(&in[i], watch(room_open(O_RDONLY),
					      EPOLLIN | EPOLLEXCLUSIVE));
		call_waits(&in[i]);
	}
	put(w, "data", 4);
	for (i = 0; i < 3; i++)
		CHECK_EQ(call_ends(&in[i]), EPOLLIN);

	stream_brim(&s, w, 4096);
	for (i = 0; i < 3; i++) {
		call_epoll_wait(&out[i], watch(room_open(O_WRONLY),
					       EPOLLOUT | EPOLLEXCLUSIVE));
		call_waits(&out[i]);
		call_epoll_wait(&in[i], watch(room_open(O_RDONLY),
					      EPOLLIN | EPOLLEXCLUSIVE));
		call_waits(&in[i]);
	}
	room_remove(room_path);
	for (i = 0; i < 3; i++) {
		CHECK(call_ends(&out[i]) & EPOLLHUP);
		CHECK(call_ends(&in[i]) & EPOLLHUP);
	}
}

/* ---- a promise is kept ---- */

/* One writer, alone: what POLLOUT says after EAGAIN is never untrue */
static void pollout_keeps_word(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	uint64_t state = 31;
	size_t len, part;
	int i, refused = 0;

	for (i = 0; i < 1500 / (int)tap_slow(); i++) {
		len = 1 + dice(&state) % (i % 4 ? 3000 : KCHAT_MSG_MAX);
		if (stream_try(&s, w, len))
			continue;
		refused++;
		while (!(ready(w) & POLLOUT)) {
			part = 1 + dice(&state) % 3000;
			if (part > s.len - s.read)
				part = s.len - s.read;
			CHECK(part > 0);
			stream_get(&s, r, part);
		}
		CHECK(stream_try(&s, w, len));
	}
	stream_rest(&s, r);
	printf("%d refused\n", refused);
}

const struct tap_test tests_polling[] = {
	{ "W7 POLLIN when there is data, and only then", pollin_with_data, 0 },
	{ "W7 POLLIN wakes a poller", pollin_wakes, 0 },
	{ "W7 each only for the access mode of the file", by_access_mode, 0 },
	{ "W7 POLLOUT means 4,096 bytes", pollout_is_4096, 0 },
	{ "W7 POLLOUT after EAGAIN for n means n", pollout_large, 0 },
	{ "W7 POLLOUT after EAGAIN for a few means these few", pollout_small,
	  0 },
	{ "W7 POLLOUT wakes a poller, and not too early", pollout_wakes, 0 },
	{ "W7 no POLLOUT while a writer waits", pollout_behind_queue, 0 },
	{ "W7 POLLOUT once the waiting writer has gone",
	  pollout_after_interrupt, 0 },
	{ "W7 POLLOUT keeps its word", pollout_keeps_word, 0 },
	{ "W7 select says the same", select_says, 0 },
	{ "W7 epoll, level triggered", epoll_level, 0 },
	{ "W7 epoll, edge triggered, for data", epoll_edge_in, 0 },
	{ "W7 epoll, edge triggered, for data already there", epoll_edge_late,
	  0 },
	{ "W7 epoll, edge triggered, for room", epoll_edge_out, 0 },
	{ "W7 several watch the same file", epoll_two_watchers, 0 },
	{ "W7 epoll, exclusive", epoll_exclusive, 0 },
	{ NULL, NULL, 0 },
};
