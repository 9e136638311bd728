// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * R6, R7: one open file in many hands, and files that only write.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conform.h"

static struct stream common;
static int common_fd;

/* ---- R6: one open file, one cursor ---- */

static void shared_by_dup(void)
{
	static struct stream s;
	int fd = room_open(O_RDWR), copy = CHECK_OK(dup(fd));
	int i;

	for (i = 0; i < 20; i++) {
		stream_put(&s, i % 2 ? fd : copy, 100);
		stream_get(&s, fd, 30);
		stream_get(&s, copy, 40);
	}
	close(fd);
	stream_rest(&s, copy);
}

static void read_in_child(void *arg)
{
	stream_get(&common, common_fd, *(size_t *)arg);
}

static void shared_by_fork(void)
{
	size_t len = 1000;
	int i;

	common_fd = room_open(O_RDWR);
	for (i = 0; i < 10; i++) {
		stream_put(&common, common_fd, 3000);
		stream_get(&common, common_fd, 500);
		tap_join(tap_spawn(read_in_child, &len));
		common.read += len;
	}
	stream_rest(&common, common_fd);
}

static void receive_fd(void *arg)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	int sock = *(int *)arg, fd;

	keep_only(sock);
	CHECK_EQ(CHECK_OK(recvmsg(sock, &msg, 0)), 1);
	CHECK(CMSG_FIRSTHDR(&msg));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	stream_get(&common, fd, 400);
}

static void shared_by_message(void)
{
	char control[CMSG_SPACE(sizeof(int))] = { 0 };
	struct iovec iov = { (void *)"x", 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	struct cmsghdr *head = CMSG_FIRSTHDR(&msg);
	int sock[2], fd = room_open(O_RDWR);
	pid_t pid;

	CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM, 0, sock));
	stream_put(&common, fd, 1000);
	stream_get(&common, fd, 300);
	pid = tap_spawn(receive_fd, &sock[1]);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(fd));
	memcpy(CMSG_DATA(head), &fd, sizeof(fd));
	CHECK_EQ(CHECK_OK(sendmsg(sock[0], &msg, 0)), 1);
	tap_join(pid);
	common.read += 400;
	stream_rest(&common, fd);
}

/*
 * Notes of one size: each read must return exactly one, undamaged, and every
 * one must be returned exactly once, whoever gets it.
 */
#define NOTES 3000
#define READERS 6

struct note {
	uint32_t number;
	uint32_t fill[15];
};

static struct {
	atomic_uchar seen[NOTES];
	atomic_uint total;
} *notes;

static void *notes_take(void *arg)
{
	struct note note;
	int i;

	for (;;) {
		CHECK_EQ(CHECK_OK(read(common_fd, &note, sizeof(note))),
			 sizeof(note));
		for (i = 0; i < 15; i++)
			CHECK_EQ(note.fill[i], note.number * 17 + i);
		if (note.number >= NOTES)
			return arg;
		CHECK_EQ(atomic_fetch_add(&notes->seen[note.number], 1), 0);
		atomic_fetch_add(&notes->total, 1);
	}
}

static void notes_take_in_child(void *arg)
{
	notes_take(arg);
}

static void notes_give(void *arg)
{
	unsigned int total = NOTES / tap_slow();
	struct note note;
	uint32_t n;
	int i, fd = room_open(O_WRONLY);

	(void)arg;
	/* One last note for every reader */
	for (n = 0; n < total + READERS; n++) {
		note.number = n < total ? n : NOTES;
		for (i = 0; i < 15; i++)
			note.fill[i] = note.number * 17 + i;
		put(fd, &note, sizeof(note));
	}
}

static void concurrent_threads(void)
{
	pthread_t thread[READERS];
	int i;

	notes = share(sizeof(*notes));
	common_fd = room_open(O_RDONLY);
	for (i = 0; i < READERS; i++)
		CHECK_EQ(pthread_create(&thread[i], NULL, notes_take, NULL), 0);
	tap_join(tap_spawn(notes_give, NULL));
	for (i = 0; i < READERS; i++)
		pthread_join(thread[i], NULL);
	CHECK_EQ(notes->total, NOTES / tap_slow());
	nothing(common_fd);
}

static void concurrent_processes(void)
{
	pid_t pid[READERS];
	int i;

	notes = share(sizeof(*notes));
	common_fd = room_open(O_RDONLY);
	for (i = 0; i < READERS; i++)
		pid[i] = tap_spawn(notes_take_in_child, NULL);
	tap_join(tap_spawn(notes_give, NULL));
	for (i = 0; i < READERS; i++)
		tap_join(pid[i]);
	CHECK_EQ(notes->total, NOTES / tap_slow());
	nothing(common_fd);
}

/* Many wait on one file: a message wakes one who gets it, the others wait on */
static void one_message_one_reader(void)
{
	struct call c[4];
	char buf[4][16];
	int fd = room_open(O_RDONLY), w = room_open(O_WRONLY);
	int i, k, ended;

	for (i = 0; i < 4; i++)
		call_read(&c[i], fd, buf[i], 16);
	for (i = 0; i < 4; i++)
		call_waits(&c[i]);
	for (k = 1; k <= 4; k++) {
		put(w, "for one", 7);
		CHECK_SOON(c[0].done + c[1].done + c[2].done + c[3].done >= k);
		tap_settle();
		for (i = 0, ended = 0; i < 4; i++)
			ended += c[i].done;
		CHECK_EQ(ended, k);
	}
	for (i = 0; i < 4; i++) {
		CHECK_EQ(call_ends(&c[i]), 7);
		CHECK_MEM(buf[i], "for one", 7);
	}
}

static void reader_lets_writer_in(void)
{
	int fd = room_open(O_RDWR), copy = CHECK_OK(dup(fd)), i;
	struct call c;
	char buf[8];

	for (i = 0; i < 3; i++) {
		call_read(&c, fd, buf, 8);
		call_waits(&c);
		put(i % 2 ? fd : copy, "own", 3);
		CHECK_EQ(call_ends(&c), 3);
		CHECK_MEM(buf, "own", 3);
	}
}

static void write_in_child(void *arg)
{
	put(common_fd, arg, 5);
}

/*
 * The buffer is shared memory: while a read waits, CUSE and FUSE hold its pages,
 * and when the process forks, older kernels leave it with copies of private
 * ones, where nothing arrives (as open(2) says of O_DIRECT).
 */
static void reader_lets_child_in(void)
{
	char *buf = message(8);
	struct call c;

	common_fd = room_open(O_RDWR);
	call_read(&c, common_fd, buf, 8);
	call_waits(&c);
	tap_join(tap_spawn(write_in_child, "child"));
	CHECK_EQ(call_ends(&c), 5);
	CHECK_MEM(buf, "child", 5);
}

static void writer_lets_reader_in(void)
{
	static struct stream s;
	int fd = room_open(O_RDWR | O_NONBLOCK);
	char *buf = message(50000);
	struct call c;

	/* Its own reader is who it waits for */
	stream_fill(&s, fd, 50000);
	set_nonblock(fd, false);
	call_write(&c, fd, buf, 50000);
	call_waits(&c);
	stream_add(&s, buf, 50000);
	stream_get(&s, fd, 50000);
	CHECK_EQ(call_ends(&c), 50000);
	stream_rest(&s, fd);
}

static void poller_lets_writer_in(void)
{
	int fd = room_open(O_RDWR);
	struct call c;

	call_poll(&c, fd, POLLIN);
	call_waits(&c);
	put(fd, "own", 3);
	CHECK_EQ(call_ends(&c), POLLIN);
}

/* ---- R7: who only writes holds nobody back ---- */

static void write_only_never_full(void)
{
	int idle = room_open(O_WRONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	char *buf = message(KCHAT_MSG_MAX);
	int i;

	for (i = 0; i < 64; i++) {
		put(w, buf, KCHAT_MSG_MAX);
		put(idle, buf, 100);
	}
	CHECK_EQ(ready(w), POLLOUT);
}

/* The others' pace is the readers', as if the writers were not there */
static void write_only_beside_readers(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	int idle[8], i;

	for (i = 0; i < 8; i++)
		idle[i] = room_open(O_WRONLY);
	for (i = 0; i < 1000; i++) {
		CHECK(stream_try(&s, w, 1000));
		CHECK(stream_try(&s, idle[i % 8], 500));
		stream_get(&s, r, 1500);
	}
	nothing(r);
}

static void access_modes(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	char buf[4];

	CHECK_ERRNO(write(r, "no", 2), EBADF);
	CHECK_ERRNO(read(w, buf, 4), EBADF);
	nothing(r);
}

static void touch_and_end(void *arg)
{
	*(volatile char *)arg = 'c';
	tap_sleep(100 * tap_slow());
}

/*
 * While a thread waits in read() its process forks, and writes to the page that
 * the bytes are for. The module copies when they have come. CUSE and FUSE hold
 * the page from the start; older kernels then give the bytes to the copy that the
 * child keeps. Nothing else may happen to them.
 */
static void forks_while_it_reads(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	static _Alignas(4096) char page[4096];
	struct call c;
	pid_t child;

	page[0] = page[100] = '-';
	call_read(&c, r, page + 100, 5);
	call_waits(&c);
	child = tap_spawn(touch_and_end, page);
	page[0] = 'p';
	put(w, "bytes", 5);
	CHECK_EQ(call_ends(&c), 5);
	CHECK_EQ(page[0], 'p');
	if (backend == KMOD || page[100] == 'b')
		CHECK_MEM(page + 100, "bytes", 5);
	else
		CHECK_EQ(page[100], '-');
	tap_join(child);
	nothing(r);
}

const struct tap_test tests_sharing[] = {
	{ "R6 dup shares the cursor", shared_by_dup, 0 },
	{ "R6 fork shares the cursor", shared_by_fork, 0 },
	{ "R6 SCM_RIGHTS shares the cursor", shared_by_message, 0 },
	{ "R6 threads reading one file get distinct messages",
	  concurrent_threads, 60 },
	{ "R6 processes reading one file get distinct messages",
	  concurrent_processes, 60 },
	{ "R6 of many waiting on one file one gets the message",
	  one_message_one_reader, 0 },
	{ "R6 a waiting reader keeps no writer on the same file out",
	  reader_lets_writer_in, 0 },
	{ "R6 a waiting reader keeps no child on the same file out",
	  reader_lets_child_in, 0 },
	{ "R6 a waiting writer keeps no reader on the same file out",
	  writer_lets_reader_in, 0 },
	{ "R6 a poller keeps no writer on the same file out",
	  poller_lets_writer_in, 0 },
	{ "R6 it forks while it reads (D7: its child may get the bytes)",
	  forks_while_it_reads, 0 },
	{ "R7 a write-only opener never holds the room back",
	  write_only_never_full, 0 },
	{ "R7 write-only openers do not count beside readers",
	  write_only_beside_readers, 0 },
	{ "R7 each file does what it was opened for", access_modes, 0 },
	{ NULL, NULL, 0 },
};
