// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * W2: how long a room waits for its slowest readers.
 *
 * Times are the rooms' own and not stretched for slow machines; what is checked
 * is that nothing happens before, and that it happens at all.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "conform.h"

#define PATIENCE 400

static char *room_with(uint32_t patience_ms)
{
	struct kchat_spec spec = room_spec();

	spec.patience_ms = patience_ms;
	spec.capacity = KCHAT_CAPACITY_MIN;
	return room_create(spec);
}

static void change(const char *path, uint32_t patience_ms)
{
	int control = control_open(O_RDWR);
	struct kchat_spec spec;

	memset(&spec, 0, sizeof(spec));
	strcpy(spec.name, strrchr(path, '/') + 1);
	spec.change = KCHAT_CHANGE_PATIENCE;
	spec.patience_ms = patience_ms;
	CHECK_OK(ioctl(control, KCHAT_CHANGE, &spec));
	close(control);
}

static struct kchat_info info_of(int fd)
{
	struct kchat_info info;

	CHECK_OK(ioctl(fd, KCHAT_INFO, &info));
	return info;
}

/* Until it took so long, a room with patience @ms has not lost it */
static void took_at_least(long long since, unsigned int ms)
{
	long long took = tap_now() - since;

	if (took < (long long)ms - 1)
		FAIL("patience of %u ms ended after %lld ms", ms, took);
}

/* The clock of a room that waits for ever begins when it is made to wait less. */
static void writers_wait_so_long(void)
{
	static struct stream s;
	char *path = room_with(KCHAT_PATIENCE_FOREVER), *text = message(4096);
	char buf[4096];
	int slow = path_open(path, O_RDONLY), w, wn;
	struct call call;
	long long start;

	wn = path_open(path, O_WRONLY | O_NONBLOCK);
	w = path_open(path, O_WRONLY);
	stream_fill(&s, wn, 4096);
	call_write(&call, w, text, 4096);
	call_waits(&call);
	start = tap_now();
	change(path, PATIENCE);
	CHECK_EQ(call_ends(&call), 4096);
	took_at_least(start, PATIENCE);
	stream_add(&s, text, 4096);
	/* Exactly it is told, once */
	CHECK_EQ(ready(slow) & (POLLIN | POLLPRI), POLLIN | POLLPRI);
	CHECK_ERRNO(read(slow, buf, sizeof(buf)), EPIPE);
	CHECK(info_of(slow).lost_messages > 0);
	s.read = info_of(slow).lost_bytes;
	stream_rest(&s, slow);
}

static void only_who_is_in_the_way(void)
{
	static struct stream s;
	char *path = room_with(PATIENCE);
	int slow = path_open(path, O_RDONLY), quick, w;

	w = path_open(path, O_WRONLY | O_NONBLOCK);
	stream_fill(&s, w, 4096);
	/* This one has nothing to read yet, and is in nobody's way */
	quick = path_open(path, O_RDONLY);
	s.read = s.len;
	set_nonblock(w, false);
	stream_put(&s, w, 4096);
	stream_rest(&s, quick);
	CHECK_EQ(info_of(quick).lost_messages, 0);
	CHECK_EQ(ready(slow) & POLLPRI, POLLPRI);
}

static void a_refusal_starts_the_clock(void)
{
	static struct stream s;
	char *path = room_with(PATIENCE);
	struct pollfd pfd;
	long long start;
	int r, w;

	r = path_open(path, O_RDONLY);
	pfd.fd = w = path_open(path, O_WRONLY | O_NONBLOCK);
	pfd.events = POLLOUT;
	start = tap_now();
	/* One refusal: to fill the last bytes may take longer than that patience */
	CHECK(stream_fill(&s, w, 4096) > 0);
	/* Nobody touches the room meanwhile: its clock wakes who polls */
	CHECK_EQ(CHECK_OK(poll(&pfd, 1, PATIENCE + TAP_SOON * tap_slow())), 1);
	CHECK_EQ(pfd.revents, POLLOUT);
	took_at_least(start, PATIENCE);
	CHECK(stream_try(&s, w, 4096));
	CHECK_EQ(ready(r) & POLLPRI, POLLPRI);
}

/* Who was refused and has written waits no more; the clock starts with the next */
static void the_clock_stands_again(void)
{
	static struct stream s;
	char *path = room_with(KCHAT_PATIENCE_FOREVER), *text = message(5000);
	int r = path_open(path, O_RDONLY), w;

	w = path_open(path, O_WRONLY | O_NONBLOCK);
	stream_fill(&s, w, 5000);
	stream_get(&s, r, 5000);
	stream_put(&s, w, 5000);
	change(path, PATIENCE);
	tap_sleep(2 * PATIENCE);
	CHECK_ERRNO(write(w, text, 5000), EAGAIN);
	CHECK_EQ(ready(r) & POLLPRI, 0);
}

static void so_does_poll(void)
{
	static struct stream s;
	char *path = room_with(PATIENCE);
	struct pollfd pfd;
	int r, w;

	r = path_open(path, O_RDONLY);
	w = path_open(path, O_WRONLY | O_NONBLOCK);
	/* No write is refused: 4,096 bytes are left, and then 1,000 */
	while (ready(w) & POLLOUT)
		stream_put(&s, w, 2000);
	pfd.fd = w;
	pfd.events = POLLOUT;
	CHECK_EQ(CHECK_OK(poll(&pfd, 1, PATIENCE + TAP_SOON * tap_slow())), 1);
	CHECK(stream_try(&s, w, 4096));
	CHECK_EQ(ready(r) & POLLPRI, POLLPRI);
}

static void by_bytes_nobody_buys_time(void)
{
	static struct stream s;
	char *path = room_with(KCHAT_PATIENCE_FOREVER);
	struct call call;
	int r, w, wn, n;
	char byte;

	r = path_open(path, O_RDONLY);
	wn = path_open(path, O_WRONLY | O_NONBLOCK);
	w = path_open(path, O_WRONLY);
	/* A refusal starts the clock, and to fill a room may take longer */
	stream_brim(&s, wn, 60000);
	change(path, PATIENCE);
	call_write(&call, w, "x", 1);
	/* It reads all the time, but never a message to its end */
	for (n = 0; n < 59999 && read(r, &byte, 1) == 1; n++)
		tap_sleep(1);
	CHECK_EQ(errno, EPIPE);
	CHECK(n < 59999);
	CHECK_EQ(call_ends(&call), 1);
}

static void who_reads_keeps_its_claim(void)
{
	static struct stream s;
	char *path = room_with(PATIENCE);
	int r, w, i;

	r = path_open(path, O_RDONLY);
	w = path_open(path, O_WRONLY | O_NONBLOCK);
	/* Slow, but there is space for the next whenever it is asked for */
	for (i = 0; i < 4; i++) {
		stream_fill(&s, w, 4096);
		tap_sleep(PATIENCE / 3);
		stream_get(&s, r, 3 * 4096);
	}
	stream_rest(&s, r);
	CHECK_EQ(info_of(r).lost_messages, 0);
}

static void zero_is_none(void)
{
	char *path = room_with(0), *text = message(1000);
	int r, w, n, i;
	struct kchat_info info;

	r = path_open(path, O_RDONLY);
	w = path_open(path, O_WRONLY | O_NONBLOCK);
	n = 2 * info_of(r).capacity / 1000;
	for (i = 0; i < n; i++) {
		CHECK_EQ(ready(w) & POLLOUT, POLLOUT);
		put(w, text, 1000);
	}
	info = info_of(r);
	CHECK(info.unread_messages > 0);
	CHECK_ERRNO(read(r, text, 1000), EPIPE);
	CHECK_EQ(info_of(r).lost_messages, n - info.unread_messages);
}

static void forever_is_forever(void)
{
	static struct stream s;
	char *path = room_with(KCHAT_PATIENCE_FOREVER);
	struct call call;
	int r, w, wn;

	r = path_open(path, O_RDONLY);
	wn = path_open(path, O_WRONLY | O_NONBLOCK);
	w = path_open(path, O_WRONLY);
	stream_brim(&s, wn, 4096);
	call_write(&call, w, "x", 1);
	call_waits(&call);
	tap_sleep(3 * PATIENCE);
	CHECK(!call.done);
	stream_add(&s, "x", 1);
	stream_rest(&s, r);
	CHECK_EQ(call_ends(&call), 1);
	CHECK_EQ(info_of(r).lost_messages, 0);
}

/* A room's patience is changed while somebody waits */
static void may_be_shortened(void)
{
	static const uint32_t shorter[] = { PATIENCE, 0 };
	unsigned int i;

	for (i = 0; i < 2; i++) {
		static struct stream streams[2];
		char *path = room_with(KCHAT_PATIENCE_FOREVER);
		struct call call, out;
		int r, w, wn;

		r = path_open(path, O_RDONLY);
		wn = path_open(path, O_WRONLY | O_NONBLOCK);
		w = path_open(path, O_WRONLY);
		stream_brim(&streams[i], wn, 4096);
		call_write(&call, w, "x", 1);
		call_poll(&out, wn, POLLOUT);
		call_waits(&call);
		call_waits(&out);
		change(path, shorter[i]);
		CHECK_EQ(call_ends(&call), 1);
		CHECK_EQ(call_ends(&out), POLLOUT);
		CHECK_EQ(ready(r) & POLLPRI, POLLPRI);
	}
}

static void may_be_lengthened(void)
{
	enum { TRIES = 10 };
	static struct stream streams[TRIES];
	/* They end with their rooms, when nothing of this is left */
	static struct call calls[TRIES];
	long long start;
	int r, w, wn, i = -1;

	/* A machine that has much to do may let it end before it is lengthened */
	do {
		char *path = room_with(KCHAT_PATIENCE_FOREVER);

		CHECK(++i < TRIES);
		r = path_open(path, O_RDONLY);
		wn = path_open(path, O_WRONLY | O_NONBLOCK);
		w = path_open(path, O_WRONLY);
		stream_fill(&streams[i], wn, 4096);
		call_write(&calls[i], w, message(5000), 5000);
		call_waits(&calls[i]);
		start = tap_now();
		change(path, PATIENCE);
		change(path, KCHAT_PATIENCE_FOREVER);
	} while (tap_now() - start >= PATIENCE);
	tap_sleep(2 * PATIENCE);
	CHECK(!calls[i].done);
	CHECK_EQ(ready(r) & POLLPRI, 0);
}

const struct tap_test tests_patience[] = {
	{ "W2 a writer waits as long as the room's patience",
	  writers_wait_so_long, 0 },
	{ "W2 only who is in the way is lapped", only_who_is_in_the_way, 0 },
	{ "W2 a refusal starts the clock, which wakes pollers",
	  a_refusal_starts_the_clock, 0 },
	{ "W2 withheld POLLOUT starts it too", so_does_poll, 0 },
	{ "W2 the clock stands once who was refused has written",
	  the_clock_stands_again, 0 },
	{ "W2 reading byte by byte buys no time", by_bytes_nobody_buys_time, 0 },
	{ "W2 who makes room in time is not lapped", who_reads_keeps_its_claim,
	  0 },
	{ "W2 patience 0 never waits", zero_is_none, 0 },
	{ "W2 patience forever loses nothing", forever_is_forever, 0 },
	{ "W2 shortened patience counts for who waits", may_be_shortened, 0 },
	{ "W2 and so does lengthened", may_be_lengthened, 0 },
	{ NULL, NULL, 0 },
};
