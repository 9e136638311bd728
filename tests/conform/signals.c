// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * W6: a wait ends at once by a signal, and leaves no trace. What D1 makes of
 * SA_RESTART and of stopping.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "conform.h"

static void read_interrupted(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY), i;
	struct call c;
	char buf[8] = "", got[8];

	on_signal(SIGUSR1, 0);
	for (i = 0; i < 3; i++) {
		call_read(&c, r, buf, 8);
		call_waits(&c);
		call_signal(&c, SIGUSR1);
		call_fails(&c, EINTR);
		/* The next reader gets all of the next message */
		put(w, "whole", 5);
		CHECK_EQ(CHECK_OK(read(r, got, 8)), 5);
		CHECK_MEM(got, "whole", 5);
		nothing(r);
	}
	CHECK_MEM(buf, "\0\0\0\0\0\0\0\0", 8);
}

static void write_interrupted(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK), i;
	char *buf = message(20000);
	struct call c;

	on_signal(SIGUSR1, 0);
	stream_fill(&s, w, 20000);
	set_nonblock(w, false);
	for (i = 0; i < 3; i++) {
		call_write(&c, w, buf, 20000);
		call_waits(&c);
		call_signal(&c, SIGUSR1);
		call_fails(&c, EINTR);
	}
	stream_rest(&s, r);
}

static void poll_interrupted(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	struct call c;

	on_signal(SIGUSR1, 0);
	call_poll(&c, r, POLLIN);
	call_waits(&c);
	call_signal(&c, SIGUSR1);
	call_fails(&c, EINTR);
	put(w, "x", 1);
	CHECK_EQ(ready(r), POLLIN);
}

/* Who waited behind an interrupted writer need not wait for the reader */
static void queue_goes_on(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	char *large = message(60000), *small = message(10);
	struct call first, second, third;

	on_signal(SIGUSR1, 0);
	stream_fill(&s, w, 1000);
	call_write(&first, room_open(O_WRONLY), large, 60000);
	call_waits(&first);
	call_write(&second, room_open(O_WRONLY), small, 10);
	call_waits(&second);
	call_write(&third, room_open(O_WRONLY), small, 5);
	call_waits(&third);
	stream_get(&s, r, 5000);
	call_waits(&second);
	call_signal(&first, SIGUSR1);
	call_fails(&first, EINTR);
	CHECK_EQ(call_ends(&second), 10);
	CHECK_EQ(call_ends(&third), 5);
	stream_add(&s, small, 10);
	stream_add(&s, small, 5);
	stream_rest(&s, r);
}

/* One in the middle of the queue goes: the order of the others stays */
static void middle_of_queue(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK), i;
	struct call c[4];
	char *buf[4];

	on_signal(SIGUSR1, 0);
	stream_brim(&s, w, 1000);
	for (i = 0; i < 4; i++) {
		buf[i] = message(1000 + i);
		call_write(&c[i], room_open(O_WRONLY), buf[i], 1000 + i);
		call_waits(&c[i]);
	}
	call_signal(&c[1], SIGUSR1);
	call_fails(&c[1], EINTR);
	for (i = 0; i < 4; i++)
		if (i != 1)
			stream_add(&s, buf[i], 1000 + i);
	stream_rest(&s, r);
	for (i = 0; i < 4; i++)
		if (i != 1)
			CHECK_EQ(call_ends(&c[i]), 1000 + i);
}

/* A read that waits is not ended by SIGUSR1, which the process does not hear */
static void unheard_signal(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	struct call c;
	char buf[8];

	call_read(&c, r, buf, 8);
	call_waits(&c);
	call_signal(&c, SIGUSR1);
	call_waits(&c);
	put(w, "on", 2);
	CHECK_EQ(call_ends(&c), 2);
}

static void blocked_signal(void)
{
	sigset_t set;

	on_signal(SIGUSR1, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	unheard_signal();
}

static void ignored_signal(void)
{
	signal(SIGUSR1, SIG_IGN);
	unheard_signal();
}

/* ---- D1: restarting ---- */

static void read_restarts(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	struct call c;
	char buf[8];

	on_signal(SIGUSR1, SA_RESTART);
	call_read(&c, r, buf, 8);
	call_waits(&c);
	call_signal(&c, SIGUSR1);
	if (backend != KMOD) {
		call_fails(&c, EINTR);
		return;
	}
	call_waits(&c);
	put(w, "again", 5);
	CHECK_EQ(call_ends(&c), 5);
	CHECK_MEM(buf, "again", 5);
	nothing(r);
}

/* A restarted write stands at the end of the queue */
static void write_restarts(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	char *a = message(30000), *b = message(30000);
	struct call first, second;

	on_signal(SIGUSR1, SA_RESTART);
	stream_fill(&s, w, 1000);
	call_write(&first, room_open(O_WRONLY), a, 30000);
	call_waits(&first);
	call_write(&second, room_open(O_WRONLY), b, 30000);
	call_waits(&second);
	call_signal(&first, SIGUSR1);
	if (backend != KMOD)
		call_fails(&first, EINTR);
	else
		call_waits(&first);
	stream_add(&s, b, 30000);
	if (backend == KMOD)
		stream_add(&s, a, 30000);
	stream_rest(&s, r);
	CHECK_EQ(call_ends(&second), 30000);
	if (backend == KMOD)
		CHECK_EQ(call_ends(&first), 30000);
}

/* What a process of its own got from one read */
static struct {
	ssize_t ret;
	int err;
	atomic_bool done;
	char buf[16];
} *outcome;

static void read_once(void *arg)
{
	int fd;

	(void)arg;
	keep_only(-1);
	fd = room_open(O_RDONLY);
	outcome->ret = read(fd, outcome->buf, sizeof(outcome->buf));
	outcome->err = errno;
	outcome->done = true;
}

static void stopped_and_continued(void)
{
	int w = room_open(O_WRONLY);
	pid_t pid;

	outcome = share(sizeof(*outcome));
	pid = tap_spawn(read_once, NULL);
	waits(pid, SYS_read);
	CHECK_OK(kill(pid, SIGSTOP));
	tap_settle();
	CHECK_OK(kill(pid, SIGCONT));
	if (backend == KMOD) {
		waits(pid, SYS_read);
		CHECK(!outcome->done);
		put(w, "again", 5);
		tap_join(pid);
		CHECK_EQ(outcome->ret, 5);
		CHECK_MEM(outcome->buf, "again", 5);
	} else {
		tap_join(pid);
		CHECK_EQ(outcome->ret, -1);
		CHECK_EQ(outcome->err, EINTR);
	}
}

/* A stopped reader is one who does not read: nothing is lost on it */
static void stopped_loses_nothing(void)
{
	int w = room_open(O_WRONLY);
	pid_t pid;

	if (backend != KMOD)
		SKIP("D1: its read ends with EINTR");
	outcome = share(sizeof(*outcome));
	pid = tap_spawn(read_once, NULL);
	waits(pid, SYS_read);
	CHECK_OK(kill(pid, SIGSTOP));
	tap_settle();
	put(w, "kept", 4);
	CHECK_OK(kill(pid, SIGCONT));
	tap_join(pid);
	CHECK_EQ(outcome->ret, 4);
	CHECK_MEM(outcome->buf, "kept", 4);
}

/* ---- killed ---- */

static void read_killed(void)
{
	pid_t pid;

	outcome = share(sizeof(*outcome));
	pid = tap_spawn(read_once, NULL);
	waits(pid, SYS_read);
	CHECK_OK(kill(pid, SIGKILL));
	tap_reap(pid, SIGKILL);
}

static void write_once(void *arg)
{
	int fd;

	keep_only(-1);
	fd = room_open(O_WRONLY);
	put(fd, arg, 30000);
}

static void write_killed(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	pid_t pid;

	stream_fill(&s, w, 30000);
	pid = tap_spawn(write_once, message(30000));
	waits(pid, SYS_write);
	CHECK_OK(kill(pid, SIGKILL));
	tap_reap(pid, SIGKILL);
	stream_rest(&s, r);
}

/* ---- under fire ---- */

#define STORM 2000

/* A signal soon, most likely in the middle of the next call */
static void signal_soon(uint64_t *state)
{
	struct itimerval it = { .it_value.tv_usec =
				1 + dice(state) % (2000 * tap_slow()) };

	CHECK_OK(setitimer(ITIMER_REAL, &it, NULL));
}

static void storm_write(void *arg)
{
	int fd = room_open(O_WRONLY), interrupted = 0;
	char *buf = message(KCHAT_MSG_MAX);
	uint64_t state = 99;
	struct traffic t;
	unsigned int i;
	size_t len;
	ssize_t n;

	on_signal(SIGALRM, 0);
	traffic_init(&t, *(int *)arg, 30000);
	for (i = 0; i < STORM / tap_slow(); i++) {
		len = traffic_next(&t, buf);
		do {
			signal_soon(&state);
			n = write(fd, buf, len);
			interrupted += n < 0;
		} while (n < 0 && errno == EINTR);
		CHECK_EQ(CHECK_OK(n), len);
	}
	printf("writer: %d interrupted\n", interrupted);
}

static struct {
	atomic_bool ready;
} *storm;

/* Slower than the writers, so that these wait */
static void storm_read(void *arg)
{
	uint64_t state = 98, total = *(uint64_t *)arg;
	struct traffic_reader r = { .bytes = 0 };
	int fd = room_open(O_RDONLY), interrupted = 0;
	char buf[20000];
	ssize_t n;

	on_signal(SIGALRM, 0);
	storm->ready = true;
	while (r.bytes < total) {
		signal_soon(&state);
		n = read(fd, buf, 1 + dice(&state) % sizeof(buf));
		if (n < 0 && errno == EINTR) {
			interrupted++;
			continue;
		}
		CHECK(CHECK_OK(n) > 0);
		traffic_feed(&r, buf, n);
		usleep(dice(&state) % 300);
	}
	signal(SIGALRM, SIG_IGN);
	traffic_end(&r);
	nothing(fd);
	printf("reader: %d interrupted\n", interrupted);
}

/* A message was written if write said so, and only then; read likewise */
static void storm_of_signals(void)
{
	static int ids[] = { 0, 1, 2 };
	uint64_t total = traffic_total(3, STORM / tap_slow(), 30000);
	pid_t reader, pid[3];
	int i;

	storm = share(sizeof(*storm));
	reader = tap_spawn(storm_read, &total);
	CHECK_SOON(storm->ready);
	for (i = 0; i < 3; i++)
		pid[i] = tap_spawn(storm_write, &ids[i]);
	for (i = 0; i < 3; i++)
		tap_join(pid[i]);
	tap_join(reader);
}

const struct tap_test tests_signals[] = {
	{ "W6 a signal ends a waiting read, nothing consumed",
	  read_interrupted, 0 },
	{ "W6 a signal ends a waiting write, nothing published",
	  write_interrupted, 0 },
	{ "W6 a signal ends a waiting poll", poll_interrupted, 0 },
	{ "W6 behind an interrupted writer the queue goes on", queue_goes_on,
	  0 },
	{ "W6 an interrupted writer leaves the queue in order",
	  middle_of_queue, 0 },
	{ "W6 a blocked signal ends no wait", blocked_signal, 0 },
	{ "W6 an ignored signal ends no wait", ignored_signal, 0 },
	{ "W6 SA_RESTART restarts a read (D1: EINTR)", read_restarts, 0 },
	{ "W6 SA_RESTART restarts a write, queued anew (D1: EINTR)",
	  write_restarts, 0 },
	{ "W6 SIGSTOP and SIGCONT restart a read (D1: EINTR)",
	  stopped_and_continued, 0 },
	{ "W6 a stopped reader loses nothing", stopped_loses_nothing, 0 },
	{ "W6 SIGKILL ends a waiting read", read_killed, 0 },
	{ "W6 SIGKILL ends a waiting write, nothing published", write_killed,
	  0 },
	{ "W6 under a storm of signals nothing is lost or doubled",
	  storm_of_signals, 60 },
	{ NULL, NULL, 0 },
};
