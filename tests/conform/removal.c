// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * C2: what becomes of a room that is removed, and of who has it open.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/select.h>
#include <unistd.h>

#include "conform.h"

static void the_rest_then_the_end(void)
{
	char *path = room_create(room_spec()), buf[16];
	int r = path_open(path, O_RDONLY), w = path_open(path, O_WRONLY);

	put(w, "the rest", 8);
	room_remove(path);
	CHECK_EQ(ready(r) & (POLLIN | POLLHUP), POLLIN | POLLHUP);
	CHECK_EQ(CHECK_OK(read(r, buf, 3)), 3);
	CHECK_EQ(CHECK_OK(read(r, buf + 3, 13)), 5);
	CHECK_MEM(buf, "the rest", 8);
	CHECK_EQ(CHECK_OK(read(r, buf, 16)), 0);
	CHECK_EQ(CHECK_OK(read(r, buf, 16)), 0);
	CHECK_EQ(ready(r) & (POLLIN | POLLHUP), POLLIN | POLLHUP);
}

static void writers_are_told(void)
{
	char *path = room_create(room_spec());
	int w = path_open(path, O_WRONLY), both = path_open(path, O_RDWR);

	room_remove(path);
	CHECK_ERRNO(write(w, "x", 1), ENODEV);
	set_nonblock(w, true);
	CHECK_ERRNO(write(w, "x", 1), ENODEV);
	CHECK_ERRNO(write(both, "x", 1), ENODEV);
	CHECK_EQ(ready(w), POLLERR | POLLHUP);
	CHECK_EQ(ready(both), POLLIN | POLLERR | POLLHUP);
}

/* select() for output, so many seconds at most: does it find any? */
static bool selects_output(int fd, unsigned int secs)
{
	struct timeval most = { .tv_sec = secs };
	fd_set set;

	FD_ZERO(&set);
	FD_SET(fd, &set);
	return CHECK_OK(select(fd + 1, NULL, &set, NULL, &most)) == 1;
}

static void select_then_write(void *arg)
{
	int fd = *(int *)arg;

	CHECK(selects_output(fd, 15 * tap_slow()));
	CHECK_ERRNO(write(fd, "x", 1), ENODEV);
}

/*
 * For select() a file is writable by POLLOUT and POLLERR, not by POLLHUP. Who
 * selects sleeps when the room ends, or comes later; the room is full.
 */
static void select_returns(void)
{
	static const int flags[] = { O_WRONLY, O_RDWR };
	static struct stream s;
	unsigned int i;

	for (i = 0; i < LENGTH(flags); i++) {
		char *path = room_create(room_spec());
		int fd = path_open(path, flags[i] | O_NONBLOCK);
		pid_t sleeper;

		/* Somebody is in the way of who only writes */
		path_open(path, O_RDONLY);
		stream_brim(&s, fd, 4096);
		CHECK(!selects_output(fd, 0));
		sleeper = tap_spawn(select_then_write, &fd);
		tap_settle();
		room_remove(path);
		select_then_write(&fd);
		tap_join(sleeper);
	}
}

static void who_waits_is_woken(void)
{
	static struct stream s;
	char *path = room_create(room_spec()), buf[16];
	struct call reading, writing, in, out;
	int r, idle, w, wn;

	idle = path_open(path, O_RDONLY);
	wn = path_open(path, O_WRONLY | O_NONBLOCK);
	w = path_open(path, O_WRONLY);
	stream_brim(&s, wn, 4096);
	r = path_open(path, O_RDONLY);
	call_read(&reading, r, buf, sizeof(buf));
	call_write(&writing, w, "x", 1);
	call_poll(&in, r, POLLIN);
	call_poll(&out, wn, POLLOUT);
	call_waits(&reading);
	call_waits(&writing);
	call_waits(&in);
	call_waits(&out);
	room_remove(path);
	CHECK_EQ(call_ends(&reading), 0);
	call_fails(&writing, ENODEV);
	CHECK_EQ(call_ends(&in) & POLLHUP, POLLHUP);
	CHECK_EQ(call_ends(&out), POLLERR | POLLHUP);
	/* And who did not wait reads what there was */
	stream_get(&s, idle, s.len);
	CHECK_EQ(CHECK_OK(read(idle, buf, sizeof(buf))), 0);
}

static void new_opens_fail(void)
{
	char *path = room_create(room_spec()), again[64];
	int fd = path_open(path, O_RDWR);

	room_remove(path);
	CHECK_ERRNO(open(path, O_RDONLY | O_CLOEXEC), ENOENT);
	/* Nor is there a way round by what is open already */
	snprintf(again, sizeof(again), "/proc/self/fd/%d", fd);
	CHECK(open(again, O_RDONLY | O_CLOEXEC) < 0);
	CHECK(errno == ENODEV || errno == ENXIO || errno == ENOENT);
}

static void the_name_is_busy(void)
{
	struct kchat_spec spec = room_spec();
	char *path = room_create(spec), buf[8];
	int control = control_open(O_RDWR);
	int old = path_open(path, O_RDWR), copy = dup(old), r, w;

	room_remove(path);
	CHECK_ERRNO(ioctl(control, KCHAT_REMOVE, &spec), ENOENT);
	CHECK_ERRNO(ioctl(control, KCHAT_CREATE, &spec), EBUSY);
	close(old);
	CHECK_ERRNO(ioctl(control, KCHAT_CREATE, &spec), EBUSY);
	close(copy);
	CHECK_SOON(!ioctl(control, KCHAT_CREATE, &spec));
	/* It has nothing of the old one */
	r = path_open(path, O_RDONLY);
	w = path_open(path, O_WRONLY);
	put(w, "new", 3);
	get(r, buf, 3);
	CHECK_MEM(buf, "new", 3);
	nothing(r);
}

static void the_lobby_stays(void)
{
	int control = control_open(O_RDWR), fd = room_open(O_RDWR);
	struct kchat_spec spec;
	char byte;

	memset(&spec, 0, sizeof(spec));
	strcpy(spec.name, KCHAT_LOBBY);
	CHECK_ERRNO(ioctl(control, KCHAT_REMOVE, &spec), EPERM);
	put(fd, "x", 1);
	get(fd, &byte, 1);
	memset(&spec, 0, sizeof(spec));
	strcpy(spec.name, "there-is-none");
	CHECK_ERRNO(ioctl(control, KCHAT_REMOVE, &spec), ENOENT);
	spec.reserved[0] = 1;
	CHECK_ERRNO(ioctl(control, KCHAT_REMOVE, &spec), EINVAL);
}

/* ---- under load ---- */

static char busy_path[4096];

/* Open, write, read, poll, close, whatever becomes of the room */
static void use_it(void *arg)
{
	uint64_t state = (uintptr_t)arg;
	char buf[2000];

	memset(buf, 'x', sizeof(buf));
	for (;;) {
		int fd = open(busy_path, O_RDWR | O_NONBLOCK | O_CLOEXEC), i;

		if (fd < 0) {
			/* The last: its device went when it was half open */
			CHECK(errno == ENOENT || errno == ENODEV ||
			      errno == ENXIO ||
			      (backend == CUSE && errno == ECONNABORTED));
			continue;
		}
		for (i = 0; i < 8; i++) {
			size_t len = 1 + dice(&state) % sizeof(buf);

			if (write(fd, buf, len) < 0)
				CHECK(errno == EAGAIN || errno == ENODEV);
			if (read(fd, buf, len) < 0)
				CHECK_EQ(errno, EAGAIN);
			ready(fd);
		}
		close(fd);
	}
}

static void under_load(void)
{
	struct kchat_spec spec = room_spec();
	int control = control_open(O_RDWR), i;
	pid_t users[4];

	strcpy(busy_path, beside(spec.name));
	spec.capacity = KCHAT_CAPACITY_MIN;
	for (i = 0; i < 4; i++)
		users[i] = tap_spawn(use_it, (void *)(uintptr_t)(i + 1));
	for (i = 0; i < 40; i++) {
		/* The name is busy until all have noticed */
		CHECK_SOON(!ioctl(control, KCHAT_CREATE, &spec));
		tap_sleep(3);
		CHECK_OK(ioctl(control, KCHAT_REMOVE, &spec));
	}
	for (i = 0; i < 4; i++) {
		kill(users[i], SIGKILL);
		tap_reap(users[i], SIGKILL);
	}
	CHECK_SOON(!ioctl(control, KCHAT_CREATE, &spec));
	CHECK_OK(ioctl(control, KCHAT_REMOVE, &spec));
}

const struct tap_test tests_removal[] = {
	{ "C2 readers get what is left, then the end", the_rest_then_the_end,
	  0 },
	{ "C2 writers get ENODEV", writers_are_told, 0 },
	{ "C2 W7 select for output returns once the room has ended",
	  select_returns, 60 },
	{ "C2 whoever waits is woken", who_waits_is_woken, 0 },
	{ "C2 new opens fail", new_opens_fail, 0 },
	{ "C2 the name is free once the last opener left", the_name_is_busy, 0 },
	{ "C2 the lobby cannot be removed", the_lobby_stays, 0 },
	{ "C2 rooms come and go under load", under_load, 120 },
	{ NULL, NULL, 0 },
};
