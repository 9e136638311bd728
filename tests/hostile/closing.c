// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A descriptor that is closed while a call on it waits. The call goes on, as the
 * open file does; what it holds back is released when it ends.
 */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "hostile.h"

static struct kchat_info info_of(int fd)
{
	struct kchat_info info;

	CHECK_OK(ioctl(fd, KCHAT_INFO, &info));
	return info;
}

/* The open file lasts as long as the call, and its number is another's by then */
static void closed_in_read(void)
{
	char *path = small_room(KCHAT_PATIENCE_FOREVER), in[8], other[8];
	int r = path_open(path, O_RDONLY), w = path_open(path, O_WRONLY), next;
	struct call call;

	call_read(&call, r, in, 8);
	call_waits(&call);
	CHECK_OK(close(r));
	next = path_open(path, O_RDONLY);
	CHECK_EQ(next, r);
	call_waits(&call);
	CHECK_EQ(info_of(w).readers, 2);
	put(w, "message", 8);
	CHECK_EQ(call_ends(&call), 8);
	CHECK_MEM(in, "message", 8);
	/* Whoever has the number now missed nothing, and lost nothing */
	get(next, other, 8);
	CHECK_MEM(other, "message", 8);
	CHECK_SOON(info_of(w).readers == 1);
}

static void closed_in_write(void)
{
	static struct stream s;
	char *path = small_room(KCHAT_PATIENCE_FOREVER), *text = message(9000);
	int r = path_open(path, O_RDONLY), w;
	struct call call;

	w = path_open(path, O_WRONLY | O_NONBLOCK);
	stream_brim(&s, w, 4096);
	set_nonblock(w, false);
	call_write(&call, w, text, 9000);
	call_waits(&call);
	CHECK_OK(close(w));
	call_waits(&call);
	CHECK_EQ(info_of(r).writers, 1);
	stream_get(&s, r, s.len - s.read);
	CHECK_EQ(call_ends(&call), 9000);
	stream_add(&s, text, 9000);
	stream_rest(&s, r);
	CHECK_SOON(info_of(r).writers == 0);
}

/* Its last descriptor is closed, and its claim still counts until it is killed */
static void closed_and_killed(void *arg)
{
	struct call call;
	char byte;
	int r = path_open(arg, O_RDONLY);

	call_read(&call, r, &byte, 1);
	call_waits(&call);
	close(r);
	for (;;)
		pause();
}

static void closed_in_read_and_killed(void)
{
	char *path = small_room(KCHAT_PATIENCE_FOREVER);
	int w = path_open(path, O_WRONLY);
	pid_t pid = start(closed_and_killed, path);

	CHECK_SOON(info_of(w).readers == 1);
	tap_settle();
	CHECK_EQ(info_of(w).readers, 1);
	kill_hostile(pid);
	CHECK_SOON(info_of(w).readers == 0);
	put(w, "x", 1);
}

/*
 * One thread closes what the other reads, writes and polls, and opens it anew:
 * every call finds an open file, or none, and is done with it before it goes.
 */
static int churned;

static void *churn(void *arg)
{
	for (;;) {
		int fd = open(arg, O_RDWR | O_NONBLOCK | O_CLOEXEC);

		CHECK_OK(dup2(fd, churned));
		close(fd);
	}
	return NULL;
}

static void use_what_is_closed(void *arg)
{
	struct traffic traffic;
	char *text = message(20000);
	pthread_t thread;

	traffic_init(&traffic, 1, 20000);
	churned = path_open(arg, O_RDWR | O_NONBLOCK);
	CHECK_EQ(pthread_create(&thread, NULL, churn, arg), 0);
	for (;;) {
		size_t len = traffic_next(&traffic, text);
		static char in[65536];

		while (write(churned, text, len) < 0) {
			CHECK(errno == EAGAIN);
			if (read(churned, in, sizeof(in)) < 0)
				CHECK(errno == EAGAIN || errno == EPIPE);
		}
		ready(churned);
	}
}

static void closed_again_and_again(void)
{
	char *path = small_room(KCHAT_PATIENCE_FOREVER);
	struct honest *here = honest_start(path);
	pid_t pid = start(use_what_is_closed, path);
	int i;

	for (i = 0; i < 3; i++)
		honest_goes_on(here);
	kill_hostile(pid);
	honest_goes_on(here);
}

const struct tap_test tests_closing[] = {
	{ "R6 W8 closed while a read waits", closed_in_read, 0 },
	{ "R6 W8 closed while a write waits", closed_in_write, 0 },
	{ "W8 closed while a read waits, and killed", closed_in_read_and_killed,
	  0 },
	{ "W8 closed again and again while others call", closed_again_and_again,
	  0 },
	{ NULL, NULL, 0 },
};
