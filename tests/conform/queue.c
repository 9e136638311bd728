// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * W1, W5: who waits, who comes first, and who would rather not wait.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "conform.h"
#include "kchat_kernel.h"

/* ---- W1: writers wait for readers, in the order they came ---- */

static void waits_for_reader(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	char *buf = message(5000);
	struct call c;

	stream_fill(&s, w, 5000);
	set_nonblock(w, false);
	call_write(&c, w, buf, 5000);
	call_waits(&c);
	stream_add(&s, buf, 5000);
	stream_get(&s, r, 5000);
	CHECK_EQ(call_ends(&c), 5000);
	stream_rest(&s, r);
}

/* However often a room is filled, what was unread is never overwritten */
static void nothing_overwritten(void)
{
	static const size_t sizes[] = { 1, 100, 4096, 10000, 65536 };
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	int i;

	for (i = 0; i < 15; i++) {
		stream_fill(&s, w, i < 5 ? sizes[i] : 777u * i);
		stream_fill(&s, w, 1);
		stream_get(&s, r, (s.len - s.read) * (i % 4 + 1) / 4);
	}
	stream_rest(&s, r);
}

static void partly_read_is_claimed(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	char *buf = message(KCHAT_MSG_MAX);
	struct call c;

	stream_brim(&s, w, KCHAT_MSG_MAX);
	stream_get(&s, r, KCHAT_MSG_MAX - 1);
	CHECK(!stream_try(&s, w, 1));
	CHECK(!stream_try(&s, w, KCHAT_MSG_MAX));
	set_nonblock(w, false);
	call_write(&c, w, buf, KCHAT_MSG_MAX);
	call_waits(&c);
	stream_add(&s, buf, KCHAT_MSG_MAX);
	stream_get(&s, r, 1);
	CHECK_EQ(call_ends(&c), KCHAT_MSG_MAX);
	stream_rest(&s, r);
}

static void slowest_decides(void)
{
	static struct stream s, t;
	int slow = room_open(O_RDONLY), fast = room_open(O_RDONLY);
	int w = room_open(O_WRONLY | O_NONBLOCK);
	char *buf = message(4000);
	struct call c;

	stream_fill(&s, w, 4000);
	stream_add(&t, s.data, s.len);
	stream_rest(&t, fast);
	CHECK(!stream_try(&s, w, 4000));
	set_nonblock(w, false);
	call_write(&c, w, buf, 4000);
	call_waits(&c);
	stream_add(&s, buf, 4000);
	stream_add(&t, buf, 4000);
	stream_get(&s, slow, 4000);
	CHECK_EQ(call_ends(&c), 4000);
	stream_rest(&t, fast);
	stream_rest(&s, slow);
}

/* Who came later claims nothing of what was there before */
static void newcomer_claims_nothing(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	int newcomer;

	stream_brim(&s, w, 1000);
	newcomer = room_open(O_RDONLY);
	stream_rest(&s, r);
	CHECK(stream_fill(&s, w, 1000) > 0);
	stream_rest(&s, r);
	CHECK(ready(newcomer) & POLLIN);
}

static void served_in_order(void)
{
	static struct stream s;
	static const size_t sizes[] = { 60000, 10, 30000, 1, 5000, 65536 };
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	struct call c[6];
	char *buf[6];
	int i;

	stream_brim(&s, w, 1000);
	for (i = 0; i < 6; i++) {
		buf[i] = message(sizes[i]);
		call_write(&c[i], room_open(O_WRONLY), buf[i], sizes[i]);
		call_waits(&c[i]);
	}
	for (i = 0; i < 6; i++)
		stream_add(&s, buf[i], sizes[i]);
	stream_rest(&s, r);
	for (i = 0; i < 6; i++)
		CHECK_EQ(call_ends(&c[i]), sizes[i]);
}

/* There is room for the small one, but a large one came first */
static void nobody_overtakes(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	int third = room_open(O_WRONLY | O_NONBLOCK);
	char *large = message(60000), *small = message(10);
	struct call first, second;

	stream_fill(&s, w, 1000);
	call_write(&first, room_open(O_WRONLY), large, 60000);
	call_waits(&first);
	call_write(&second, room_open(O_WRONLY), small, 10);
	call_waits(&second);
	stream_get(&s, r, 5000);
	call_waits(&first);
	call_waits(&second);
	CHECK(!stream_try(&s, third, 1));
	CHECK(!stream_try(&s, w, 100));
	stream_add(&s, large, 60000);
	stream_add(&s, small, 10);
	stream_rest(&s, r);
	CHECK_EQ(call_ends(&first), 60000);
	CHECK_EQ(call_ends(&second), 10);
	CHECK(stream_try(&s, third, 1));
	stream_rest(&s, r);
}

static void interrupted_queues_anew(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	int one = room_open(O_WRONLY), two = room_open(O_WRONLY);
	char *a = message(50000), *b = message(50000);
	struct call first, second, again;

	on_signal(SIGUSR1, 0);
	stream_fill(&s, w, 1000);
	call_write(&first, one, a, 50000);
	call_waits(&first);
	call_write(&second, two, b, 50000);
	call_waits(&second);
	call_signal(&first, SIGUSR1);
	call_fails(&first, EINTR);
	call_write(&again, one, a, 50000);
	call_waits(&again);
	stream_add(&s, b, 50000);
	stream_add(&s, a, 50000);
	stream_rest(&s, r);
	CHECK_EQ(call_ends(&second), 50000);
	CHECK_EQ(call_ends(&again), 50000);
}

/* A partly read message of many: each byte read frees nothing until it ends */
static void room_comes_by_messages(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	int i;

	stream_brim(&s, w, 4096);
	for (i = 0; i < 4095; i += 273) {
		stream_get(&s, r, 273);
		CHECK(!stream_try(&s, w, 1));
	}
	stream_get(&s, r, 1);
	CHECK(stream_try(&s, w, 4096));
	stream_rest(&s, r);
}

/* ---- W5: O_NONBLOCK, call by call ---- */

static void by_ioctl(int fd, bool on)
{
	int value = on;

	CHECK_OK(ioctl(fd, FIONBIO, &value));
}

static void read_wont_wait(void (*set)(int fd, bool on))
{
	int fd = room_open(O_RDONLY), w = room_open(O_WRONLY), i;
	struct call c;
	char buf[8];

	for (i = 0; i < 3; i++) {
		set(fd, true);
		CHECK_ERRNO(read(fd, buf, 8), EAGAIN);
		CHECK_ERRNO(read(fd, buf, 1), EAGAIN);
		put(w, "there", 5);
		CHECK_EQ(CHECK_OK(read(fd, buf, 8)), 5);
		CHECK_ERRNO(read(fd, buf, 8), EAGAIN);
		set(fd, false);
		call_read(&c, fd, buf, 8);
		call_waits(&c);
		put(w, "there", 5);
		CHECK_EQ(call_ends(&c), 5);
	}
}

static void read_fcntl(void)
{
	read_wont_wait(set_nonblock);
}

static void read_fionbio(void)
{
	read_wont_wait(by_ioctl);
}

static void read_open(void)
{
	int fd = room_open(O_RDWR | O_NONBLOCK);
	char buf[8];

	CHECK_ERRNO(read(fd, buf, 8), EAGAIN);
	put(fd, "x", 1);
	CHECK_EQ(CHECK_OK(read(fd, buf, 8)), 1);
	CHECK_ERRNO(read(fd, buf, 8), EAGAIN);
}

static void write_wont_wait(void (*set)(int fd, bool on))
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY), i;
	char *buf = message(8000);
	struct call c;

	for (i = 0; i < 3; i++) {
		set(w, true);
		CHECK(stream_fill(&s, w, 8000) > 0);
		CHECK_ERRNO(write(w, buf, 8000), EAGAIN);
		set(w, false);
		call_write(&c, w, buf, 8000);
		call_waits(&c);
		stream_add(&s, buf, 8000);
		stream_get(&s, r, 8000);
		CHECK_EQ(call_ends(&c), 8000);
		stream_get(&s, r, 80000);
	}
	stream_rest(&s, r);
}

static void write_fcntl(void)
{
	write_wont_wait(set_nonblock);
}

static void write_fionbio(void)
{
	write_wont_wait(by_ioctl);
}

/* EAGAIN a thousand times, and the stream is as if none had been tried */
static void eagain_changes_nothing(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY | O_NONBLOCK);
	int w = room_open(O_WRONLY | O_NONBLOCK);
	char *buf = message(KCHAT_MSG_MAX), byte;
	int i;

	for (i = 0; i < 100; i++)
		CHECK_ERRNO(read(r, &byte, 1), EAGAIN);
	stream_brim(&s, w, 2000);
	for (i = 0; i < 1000 / (int)tap_slow(); i++)
		CHECK_ERRNO(write(w, buf, 1 + i * 60), EAGAIN);
	stream_get(&s, r, 2000);
	CHECK(stream_try(&s, w, 2000));
	stream_rest(&s, r);
	/* Nor was any of its space lost */
	CHECK(stream_try(&s, w, KCHAT_MSG_MAX));
	stream_rest(&s, r);
}

/* The flag is read when a call starts: one that waits goes on waiting */
static void waiting_call_goes_on(void)
{
	int fd = room_open(O_RDONLY), w = room_open(O_WRONLY);
	struct call c;
	char buf[8], byte;

	call_read(&c, fd, buf, 8);
	call_waits(&c);
	set_nonblock(fd, true);
	CHECK_ERRNO(read(fd, &byte, 1), EAGAIN);
	call_waits(&c);
	put(w, "late", 4);
	CHECK_EQ(call_ends(&c), 4);
}

/* Shared by dup, as the flag always was; not by two opens */
static void flag_of_the_file(void)
{
	int fd = room_open(O_RDONLY), copy = CHECK_OK(dup(fd));
	int other = room_open(O_RDONLY), w = room_open(O_WRONLY);
	struct call c;
	char buf[8];

	set_nonblock(copy, true);
	CHECK_ERRNO(read(fd, buf, 8), EAGAIN);
	call_read(&c, other, buf, 8);
	call_waits(&c);
	put(w, "x", 1);
	CHECK_EQ(call_ends(&c), 1);
}

/* One call that would rather not wait, on a file that waits (D4) */
static void nowait_call(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	char *buf = message(8000), got[8];
	struct iovec out = { buf, 8000 }, in = { got, 8 };

	if (backend != KMOD) {
		CHECK_ERRNO(preadv2(r, &in, 1, -1, RWF_NOWAIT), EOPNOTSUPP);
		CHECK_ERRNO(pwritev2(w, &out, 1, -1, RWF_NOWAIT), EOPNOTSUPP);
		stream_rest(&s, r);
		return;
	}
	if (!kchat_knows_rwf_nowait())
		SKIP("kernels before 4.14 do not know RWF_NOWAIT");
	CHECK_ERRNO(preadv2(r, &in, 1, -1, RWF_NOWAIT), EAGAIN);
	stream_fill(&s, w, 8000);
	set_nonblock(w, false);
	CHECK_ERRNO(pwritev2(w, &out, 1, -1, RWF_NOWAIT), EAGAIN);
	CHECK_EQ(CHECK_OK(preadv2(r, &in, 1, -1, RWF_NOWAIT)), 8);
	CHECK_MEM(got, s.data, 8);
	s.read += 8;
	stream_get(&s, r, 7992);
	CHECK_EQ(CHECK_OK(pwritev2(w, &out, 1, -1, RWF_NOWAIT)), 8000);
	stream_add(&s, buf, 8000);
	stream_rest(&s, r);
}

const struct tap_test tests_queue[] = {
	{ "W1 a writer waits until the reader has read", waits_for_reader, 0 },
	{ "W1 what is unread is never overwritten", nothing_overwritten, 60 },
	{ "W1 a partly read message is claimed whole", partly_read_is_claimed,
	  0 },
	{ "W1 room comes by whole messages", room_comes_by_messages, 0 },
	{ "W1 the slowest reader decides", slowest_decides, 0 },
	{ "W1 a newcomer claims nothing older", newcomer_claims_nothing, 0 },
	{ "W1 waiting writers are served in order", served_in_order, 0 },
	{ "W1 nobody overtakes, not even without waiting", nobody_overtakes,
	  0 },
	{ "W1 an interrupted write queues anew", interrupted_queues_anew, 0 },
	{ "W5 O_NONBLOCK at open", read_open, 0 },
	{ "W5 O_NONBLOCK changed by fcntl, for reads", read_fcntl, 0 },
	{ "W5 O_NONBLOCK changed by FIONBIO, for reads", read_fionbio, 0 },
	{ "W5 O_NONBLOCK changed by fcntl, for writes", write_fcntl, 0 },
	{ "W5 O_NONBLOCK changed by FIONBIO, for writes", write_fionbio, 0 },
	{ "W5 EAGAIN changes nothing", eagain_changes_nothing, 0 },
	{ "W5 a waiting call goes on waiting", waiting_call_goes_on, 0 },
	{ "W5 the flag is the open file's", flag_of_the_file, 0 },
	{ "W5 RWF_NOWAIT for one call (D4: the module's)", nowait_call, 0 },
	{ NULL, NULL, 0 },
};
