// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * W8, C4: who leaves, however he leaves, holds nobody back; and a backend
 * does not leave while somebody is there. (That the daemon's end ends its
 * rooms, tests/service shows: here one sees a room only.)
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "conform.h"

/* ---- W8: leaving ---- */

static void close_frees_writer(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	struct call c;

	stream_brim(&s, w, 4096);
	set_nonblock(w, false);
	call_write(&c, w, message(KCHAT_MSG_MAX), KCHAT_MSG_MAX);
	call_waits(&c);
	close(r);
	CHECK_EQ(call_ends(&c), KCHAT_MSG_MAX);
}

static void close_frees_all_writers(void)
{
	static struct stream s, t;
	int r = room_open(O_RDONLY), other = room_open(O_RDONLY);
	int w = room_open(O_WRONLY | O_NONBLOCK), i;
	struct call c[3], polling;
	char *buf = message(20000);

	stream_brim(&s, w, 4096);
	stream_add(&t, s.data, s.len);
	for (i = 0; i < 3; i++) {
		call_write(&c[i], room_open(O_WRONLY), buf, 20000);
		call_waits(&c[i]);
		stream_add(&t, buf, 20000);
	}
	call_poll(&polling, w, POLLOUT);
	call_waits(&polling);
	stream_get(&t, other, s.len);
	for (i = 0; i < 3; i++)
		call_waits(&c[i]);
	close(r);
	for (i = 0; i < 3; i++)
		CHECK_EQ(call_ends(&c[i]), 20000);
	CHECK_EQ(call_ends(&polling), POLLOUT);
	stream_rest(&t, other);
}

/* In the middle of a message as well */
static void close_partly_read(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	struct call c;

	stream_brim(&s, w, KCHAT_MSG_MAX);
	stream_get(&s, r, 100);
	set_nonblock(w, false);
	call_write(&c, w, message(100), 100);
	call_waits(&c);
	close(r);
	CHECK_EQ(call_ends(&c), 100);
	/* All of it is free again, and no other reader was in the way */
	set_nonblock(w, true);
	put(w, message(KCHAT_MSG_MAX), KCHAT_MSG_MAX);
	put(w, message(KCHAT_MSG_MAX), KCHAT_MSG_MAX);
}

static void last_copy_counts(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), copy = CHECK_OK(dup(r));
	int w = room_open(O_WRONLY | O_NONBLOCK);
	struct call c;

	stream_brim(&s, w, 4096);
	set_nonblock(w, false);
	call_write(&c, w, message(100), 100);
	call_waits(&c);
	close(r);
	call_waits(&c);
	close(copy);
	CHECK_EQ(call_ends(&c), 100);
}

/* How a slow reader of its own may end */
static struct {
	atomic_bool ready, go;
	int how;
} *slow;

enum { BY_SIGKILL, BY_EXIT, BY_CRASH, BY_EXEC, WHILE_READING };

static void slow_reader(void *arg)
{
	struct rlimit none = { 0, 0 };
	char buf[100];
	int fd;

	(void)arg;
	keep_only(-1);
	fd = room_open(O_RDONLY);
	slow->ready = true;
	if (slow->how == WHILE_READING) {
		for (;;)
			CHECK_OK(read(fd, buf, 1));
	}
	while (!slow->go)
		tap_sleep(1);
	switch (slow->how) {
	case BY_EXIT:
		_exit(0);
	case BY_CRASH:
		setrlimit(RLIMIT_CORE, &none);
		signal(SIGSEGV, SIG_DFL);
		raise(SIGSEGV);
		break;
	case BY_EXEC:
		execlp("sleep", "sleep", "1000", NULL);
		break;
	}
	pause();
}

static void death_frees_writer(int how)
{
	static struct stream s;
	int w = room_open(O_WRONLY | O_NONBLOCK);
	struct call writing, polling;
	pid_t pid;

	slow = share(sizeof(*slow));
	slow->how = how;
	pid = tap_spawn(slow_reader, NULL);
	CHECK_SOON(slow->ready);
	stream_brim(&s, w, 4096);
	call_poll(&polling, w, POLLOUT);
	call_waits(&polling);
	call_write(&writing, room_open(O_WRONLY), message(60000), 60000);
	call_waits(&writing);
	if (how == BY_SIGKILL)
		CHECK_OK(kill(pid, SIGKILL));
	slow->go = true;
	CHECK_EQ(call_ends(&writing), 60000);
	CHECK_EQ(call_ends(&polling), POLLOUT);
	if (how == BY_SIGKILL)
		tap_reap(pid, SIGKILL);
	else if (how == BY_CRASH)
		tap_reap(pid, SIGSEGV);
	else if (how == BY_EXIT)
		tap_join(pid);
}

static void sigkill_frees_writer(void)
{
	death_frees_writer(BY_SIGKILL);
}

static void exit_frees_writer(void)
{
	death_frees_writer(BY_EXIT);
}

static void crash_frees_writer(void)
{
	death_frees_writer(BY_CRASH);
}

static void exec_frees_writer(void)
{
	death_frees_writer(BY_EXEC);
}

/* A waiting writer that is killed lets those behind it pass */
static void write_waiting(void *arg)
{
	int fd;

	keep_only(-1);
	fd = room_open(O_WRONLY);
	put(fd, arg, 60000);
}

static void killed_writer_frees_queue(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	char *large = message(60000), *small = message(10);
	struct call c, polling;
	pid_t pid;

	stream_fill(&s, w, 1000);
	pid = tap_spawn(write_waiting, large);
	waits(pid, SYS_write);
	call_write(&c, room_open(O_WRONLY), small, 10);
	call_waits(&c);
	call_poll(&polling, room_open(O_WRONLY), POLLOUT);
	stream_get(&s, r, 20000);
	call_waits(&c);
	call_waits(&polling);
	CHECK_OK(kill(pid, SIGKILL));
	tap_reap(pid, SIGKILL);
	CHECK_EQ(call_ends(&c), 10);
	CHECK_EQ(call_ends(&polling), POLLOUT);
	stream_add(&s, small, 10);
	stream_rest(&s, r);
}

/* A reader, one after the other, killed in the middle of reading */
static struct {
	uint64_t total;
	unsigned int messages;
	atomic_bool ready, done;
} *steady;

static void steady_write(void *arg)
{
	int fd = room_open(O_WRONLY);
	char *buf = message(KCHAT_MSG_MAX);
	struct traffic t;
	unsigned int i;
	size_t len;

	(void)arg;
	traffic_init(&t, 0, 20000);
	for (i = 0; i < steady->messages; i++) {
		len = traffic_next(&t, buf);
		put(fd, buf, len);
	}
}

static void steady_read(void *arg)
{
	struct traffic_reader r = { .bytes = 0 };
	int fd = room_open(O_RDONLY);
	char *buf = message(20000);
	ssize_t n;

	(void)arg;
	steady->ready = true;
	while (r.bytes < steady->total) {
		n = CHECK_OK(read(fd, buf, 20000));
		CHECK(n > 0);
		traffic_feed(&r, buf, n);
	}
	traffic_end(&r);
	nothing(fd);
	steady->done = true;
}

static void killed_in_the_middle(void)
{
	pid_t reader, writer, victim;
	uint64_t state = 77;
	int killed = 0;

	steady = share(sizeof(*steady));
	steady->messages = 6000 / tap_slow();
	steady->total = traffic_total(1, steady->messages, 20000);
	reader = tap_spawn(steady_read, NULL);
	CHECK_SOON(steady->ready);
	writer = tap_spawn(steady_write, NULL);
	slow = share(sizeof(*slow));
	slow->how = WHILE_READING;
	/* A byte at a time: the victim is always in the way */
	while (!steady->done) {
		slow->ready = false;
		victim = tap_spawn(slow_reader, NULL);
		CHECK_SOON(slow->ready);
		usleep(dice(&state) % 4000);
		CHECK_OK(kill(victim, SIGKILL));
		tap_reap(victim, SIGKILL);
		killed++;
	}
	tap_join(writer);
	tap_join(reader);
	printf("%d readers killed\n", killed);
}

/* A file that is closed while others poll it, or watch it */
static void closed_while_watched(void)
{
	int w = room_open(O_WRONLY), other = room_open(O_RDONLY), ep, r, i;
	int null = CHECK_OK(open("/dev/null", O_RDONLY | O_CLOEXEC));
	struct epoll_event event = { .events = EPOLLIN | EPOLLET };
	struct call c[20];
	char buf[4];

	ep = CHECK_OK(epoll_create1(EPOLL_CLOEXEC));
	for (i = 0; i < 20; i++) {
		r = room_open(O_RDONLY);
		event.data.fd = r;
		CHECK_OK(epoll_ctl(ep, EPOLL_CTL_ADD, r, &event));
		call_poll(&c[i], r, POLLIN);
		CHECK_SOON(c[i].tid && asleep(getpid(), c[i].tid, c[i].nr));
		/* Closes it, and keeps its number from the next one */
		CHECK_OK(dup2(null, r));
		put(w, "here", 4);
		get(other, buf, 4);
		CHECK_MEM(buf, "here", 4);
	}
	/* A poll that is woken looks its file up anew, and finds another */
	for (i = 0; i < 20; i++)
		CHECK_EQ(call_ends(&c[i]), POLLIN);
	CHECK_EQ(CHECK_OK(epoll_wait(ep, &event, 1, 0)), 0);
}

static void many_openers(void)
{
	int fd[200], w, i;
	char buf[5];

	for (i = 0; i < 200; i++)
		fd[i] = room_open(i % 2 ? O_RDONLY : O_RDWR);
	w = room_open(O_WRONLY);
	put(w, "hello", 5);
	for (i = 0; i < 200; i++) {
		get(fd[i], buf, 5);
		CHECK_MEM(buf, "hello", 5);
	}
	/* All but one leave unread */
	put(w, "again", 5);
	for (i = 1; i < 200; i++)
		close(fd[i]);
	get(fd[0], buf, 5);
	CHECK_MEM(buf, "again", 5);
	nothing(fd[0]);
}

static void come_and_go(void)
{
	static const int flags[] = { O_RDONLY, O_WRONLY, O_RDWR };
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY), i;
	char buf[4];

	for (i = 0; i < 3000 / (int)tap_slow(); i++)
		close(room_open(flags[i % 3]));
	put(w, "here", 4);
	get(r, buf, 4);
	CHECK_MEM(buf, "here", 4);
}

/* ---- C4: the module stays while a room is open ---- */

static long module_refs(void)
{
	FILE *f = fopen("/sys/module/kchat/refcnt", "re");
	long n = -1;

	if (!f)
		return -1;
	if (fscanf(f, "%ld", &n) != 1)
		n = -1;
	fclose(f);
	return n;
}

static void module_is_held(void)
{
	int fd[3], i;
	long before;

	if (backend != KMOD)
		SKIP("a daemon may end; tests/service shows how");
	before = module_refs();
	if (before < 0)
		SKIP("/sys does not tell how often the module is in use");
	for (i = 0; i < 3; i++)
		fd[i] = room_open(i);
	/* The VFS counts each of them, and its device once more */
	CHECK(module_refs() >= before + 3);
	for (i = 0; i < 3; i++)
		close(fd[i]);
	CHECK_SOON(module_refs() == before);
}

static void module_not_unloaded(void)
{
	int r, w;
	char buf[5];

	if (backend != KMOD)
		SKIP("a daemon may end; tests/service shows how");
	if (geteuid())
		SKIP("needs root");
	r = room_open(O_RDONLY);
	CHECK_EQ(syscall(SYS_delete_module, "kchat", O_NONBLOCK), -1);
	CHECK(errno == EWOULDBLOCK || errno == EBUSY);
	w = room_open(O_WRONLY);
	put(w, "still", 5);
	get(r, buf, 5);
	CHECK_MEM(buf, "still", 5);
}

const struct tap_test tests_lifetime[] = {
	{ "W8 closing a slow reader frees the waiting writer",
	  close_frees_writer, 0 },
	{ "W8 closing a slow reader frees all writers and pollers",
	  close_frees_all_writers, 0 },
	{ "W8 closing within a message frees the writer", close_partly_read,
	  0 },
	{ "W8 a reader is gone when its last copy is closed",
	  last_copy_counts, 0 },
	{ "W8 SIGKILL of a slow reader frees the writer",
	  sigkill_frees_writer, 0 },
	{ "W8 exit of a slow reader frees the writer", exit_frees_writer, 0 },
	{ "W8 a crash of a slow reader frees the writer", crash_frees_writer,
	  0 },
	{ "W8 exec of a slow reader frees the writer", exec_frees_writer, 0 },
	{ "W8 SIGKILL of a waiting writer frees those behind it",
	  killed_writer_frees_queue, 0 },
	{ "W8 readers killed in the middle disturb nobody",
	  killed_in_the_middle, 60 },
	{ "W8 a file closed while watched", closed_while_watched, 0 },
	{ "W8 two hundred openers", many_openers, 0 },
	{ "W8 openers come and go", come_and_go, 60 },
	{ "C4 every opener holds the module", module_is_held, 0 },
	{ "C4 the module is not unloaded while a room is open",
	  module_not_unloaded, 0 },
	{ NULL, NULL, 0 },
};
