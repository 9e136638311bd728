// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The room under test and what is written into it.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <unistd.h>

#include "conform.h"

/* No room is larger; who has written this much was not held back */
#define LARGEST_ROOM (64u << 20)

/**
 * room_open() - open the room under test
 * @flags: as for open(); O_CLOEXEC is added
 *
 * Return: the file descriptor.
 */
int room_open(int flags)
{
	return CHECK_OK(open(room_path, flags | O_CLOEXEC));
}

/**
 * set_nonblock() - switch O_NONBLOCK
 * @fd: open file
 * @on: whether its calls shall not wait
 */
void set_nonblock(int fd, bool on)
{
	int flags = CHECK_OK(fcntl(fd, F_GETFL));

	flags = on ? flags | O_NONBLOCK : flags & ~O_NONBLOCK;
	CHECK_OK(fcntl(fd, F_SETFL, flags));
}

/**
 * set_options() - ask something of an open file
 * @fd: open file
 * @flags: all KCHAT_OPTION_* that shall be on
 */
void set_options(int fd, uint32_t flags)
{
	struct kchat_options options = { .flags = flags };

	CHECK_OK(ioctl(fd, KCHAT_SET_OPTIONS, &options));
}

/**
 * get_options() - what was asked of an open file
 * @fd: open file
 *
 * Return: all KCHAT_OPTION_* that are on.
 */
uint32_t get_options(int fd)
{
	struct kchat_options options;
	unsigned int i;

	memset(&options, 0xff, sizeof(options));
	CHECK_OK(ioctl(fd, KCHAT_GET_OPTIONS, &options));
	for (i = 0; i < LENGTH(options.reserved); i++)
		CHECK_EQ(options.reserved[i], 0);
	return options.flags;
}

/**
 * share() - memory shared with the processes of this test
 * @len: bytes
 *
 * Return: zeroed memory that needs no freeing.
 */
void *share(size_t len)
{
	void *mem = mmap(NULL, len, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	CHECK(mem != MAP_FAILED);
	return mem;
}

/**
 * message() - make a message unlike every other of this test
 * @len: its length
 *
 * Return: memory that needs no freeing.
 */
char *message(size_t len)
{
	static uint64_t state = 88172645463325252ull;
	char *mem = share(len ? len : 1);
	size_t i;

	for (i = 0; i < len; i++)
		mem[i] = dice(&state) >> 11;
	return mem;
}

/**
 * edge() - memory that ends
 * @valid: bytes that can be accessed; the next one faults
 *
 * Return: the first of the valid bytes.
 */
char *edge(size_t valid)
{
	size_t page = sysconf(_SC_PAGESIZE);
	size_t len = (valid + page - 1) / page * page;
	char *mem = mmap(NULL, len + 32 * page, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(mem != MAP_FAILED);
	CHECK_OK(mprotect(mem + len, 32 * page, PROT_NONE));
	return mem + len - valid;
}

/**
 * keep_only() - close the open files a new process has inherited
 * @fd: the one it needs; -1 for none
 *
 * A room counts an opener until the last copy of its descriptor is gone.
 */
void keep_only(int fd)
{
	int i;

	for (i = 3; i < 256; i++)
		if (i != fd)
			close(i);
}

/**
 * put() - write one message
 * @fd: open file
 * @buf: the message
 * @len: its length
 */
void put(int fd, const void *buf, size_t len)
{
	CHECK_EQ(CHECK_OK(write(fd, buf, len)), len);
}

/* Read once; wait for something to read, but not for ever */
static size_t read_some(int fd, void *buf, size_t len)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	ssize_t n;

	while ((n = read(fd, buf, len)) < 0 && errno == EAGAIN)
		if (!poll(&pfd, 1, TAP_SOON * tap_slow()))
			tap_fail("nothing to read, %zu bytes missing", len);
	CHECK_OK(n);
	if (!n)
		tap_fail("end of file, %zu bytes missing", len);
	return n;
}

/**
 * get() - read exactly so much
 * @fd: open file, blocking or not
 * @buf: where to
 * @len: bytes
 */
void get(int fd, void *buf, size_t len)
{
	size_t n;

	for (; len; len -= n, buf = (char *)buf + n)
		n = read_some(fd, buf, len);
}

/**
 * nothing() - there is nothing to read, and poll says so
 * @fd: open file
 */
void nothing(int fd)
{
	int flags = CHECK_OK(fcntl(fd, F_GETFL));
	char byte;

	CHECK_EQ(ready(fd) & POLLIN, 0);
	set_nonblock(fd, true);
	CHECK_ERRNO(read(fd, &byte, 1), EAGAIN);
	CHECK_OK(fcntl(fd, F_SETFL, flags));
}

/**
 * ready() - what poll says, without waiting
 * @fd: open file
 *
 * Return: all that is true of POLLIN, POLLOUT, POLLPRI, POLLERR, POLLHUP.
 */
short ready(int fd)
{
	struct pollfd pfd = { .fd = fd, .events = POLLIN | POLLOUT | POLLPRI };

	CHECK_OK(poll(&pfd, 1, 0));
	return pfd.revents;
}

/**
 * stream_add() - a message was accepted
 * @s: what a reader should see
 * @buf: the message
 * @len: its length
 */
void stream_add(struct stream *s, const void *buf, size_t len)
{
	if (s->len + len > s->size) {
		s->size = 2 * (s->len + len);
		s->data = realloc(s->data, s->size);
		CHECK(s->data != NULL);
	}
	memcpy(s->data + s->len, buf, len);
	s->len += len;
}

/* The next message: bytes that tell where in the stream they belong */
static const char *stream_next(const struct stream *s, size_t len)
{
	static char buf[1 << 20];
	uint64_t state = s->len + 0x9e3779b97f4a7c15ull;
	size_t i;

	CHECK(len <= sizeof(buf));
	for (i = 0; i < len; i++)
		buf[i] = dice(&state) >> 7;
	return buf;
}

/**
 * stream_put() - write a new message, waiting if need be
 * @s: what a reader should see
 * @fd: open file
 * @len: length of the message
 */
void stream_put(struct stream *s, int fd, size_t len)
{
	const char *buf = stream_next(s, len);

	put(fd, buf, len);
	stream_add(s, buf, len);
}

/**
 * stream_try() - write a new message if that needs no waiting
 * @s: what a reader should see
 * @fd: open file with O_NONBLOCK
 * @len: length of the message
 *
 * Return: whether it was accepted. Any failure but EAGAIN ends the test.
 */
bool stream_try(struct stream *s, int fd, size_t len)
{
	const char *buf = stream_next(s, len);
	ssize_t n = write(fd, buf, len);

	if (n < 0 && errno == EAGAIN)
		return false;
	CHECK_EQ(CHECK_OK(n), len);
	stream_add(s, buf, len);
	return true;
}

/**
 * stream_fill() - write messages of one length until the room is full
 * @s: what a reader should see
 * @fd: open file with O_NONBLOCK
 * @len: length of each message
 *
 * Return: how many were accepted.
 */
unsigned int stream_fill(struct stream *s, int fd, size_t len)
{
	unsigned int n = 0;

	while (stream_try(s, fd, len)) {
		n++;
		if (s->len - s->read > LARGEST_ROOM)
			tap_fail("no reader ever held the writer back");
	}
	return n;
}

/**
 * stream_brim() - fill a room until not even a byte fits
 * @s: what a reader should see
 * @fd: open file with O_NONBLOCK
 * @len: length of the messages, as long as such fit
 */
void stream_brim(struct stream *s, int fd, size_t len)
{
	CHECK(stream_fill(s, fd, len) > 0);
	stream_fill(s, fd, 1);
}

/**
 * stream_get() - read the next bytes and compare them
 * @s: what this reader should see
 * @fd: open file
 * @len: bytes
 */
void stream_get(struct stream *s, int fd, size_t len)
{
	static char buf[1 << 16];
	size_t n;

	CHECK(s->read + len <= s->len);
	for (; len; len -= n) {
		n = len < sizeof(buf) ? len : sizeof(buf);
		get(fd, buf, n);
		CHECK_MEM(buf, s->data + s->read, n);
		s->read += n;
	}
}

/**
 * stream_rest() - read the rest and compare it; nothing may follow
 * @s: what this reader should see
 * @fd: open file
 */
void stream_rest(struct stream *s, int fd)
{
	stream_get(s, fd, s->len - s->read);
	nothing(fd);
}
