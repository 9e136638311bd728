// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * System calls that wait: each in a thread of its own, so that the test can
 * see it asleep and wake it by what it does next.
 */
#include "config.h"

#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "conform.h"

#ifdef SYS_epoll_wait
#define NR_EPOLL SYS_epoll_wait
#else
#define NR_EPOLL SYS_epoll_pwait
#endif

static void *call_thread(void *arg)
{
	struct epoll_event event;
	struct pollfd pfd;
	struct call *c = arg;

	atomic_store(&c->tid, syscall(SYS_gettid));
	switch (c->nr) {
	case SYS_read:
		c->ret = read(c->fd, c->buf, c->len);
		break;
	case SYS_write:
		c->ret = write(c->fd, c->buf, c->len);
		break;
	case NR_EPOLL:
		c->ret = epoll_wait(c->fd, &event, 1, -1);
		if (c->ret > 0)
			c->ret = event.events;
		break;
	default:
		pfd.fd = c->fd;
		pfd.events = c->events;
		c->ret = poll(&pfd, 1, -1);
		if (c->ret > 0)
			c->ret = pfd.revents;
		break;
	}
	c->err = errno;
	atomic_store(&c->done, true);
	return NULL;
}

static void call_start(struct call *c, long nr, int fd)
{
	c->tid = 0;
	c->done = false;
	c->nr = nr;
	c->fd = fd;
	CHECK_EQ(pthread_create(&c->thread, NULL, call_thread, c), 0);
}

/**
 * call_read() - start a read()
 * @c: the call
 * @fd: open file
 * @buf: where to
 * @len: bytes
 */
void call_read(struct call *c, int fd, void *buf, size_t len)
{
	c->buf = buf;
	c->len = len;
	call_start(c, SYS_read, fd);
}

/**
 * call_write() - start a write()
 * @c: the call
 * @fd: open file
 * @buf: the message
 * @len: its length
 */
void call_write(struct call *c, int fd, const void *buf, size_t len)
{
	c->buf = (void *)buf;
	c->len = len;
	call_start(c, SYS_write, fd);
}

/**
 * call_poll() - start a poll() without time-out
 * @c: the call
 * @fd: open file
 * @events: as for poll(); call_ends() returns the revents
 */
void call_poll(struct call *c, int fd, short events)
{
	c->events = events;
#ifdef SYS_poll
	call_start(c, SYS_poll, fd);
#else
	call_start(c, SYS_ppoll, fd);
#endif
}

/**
 * call_epoll_wait() - start an epoll_wait() without time-out
 * @c: the call
 * @ep: the epoll; call_ends() returns the events of its first
 */
void call_epoll_wait(struct call *c, int ep)
{
	call_start(c, NR_EPOLL, ep);
}

/**
 * call_waits() - the call sleeps and goes on sleeping
 * @c: the call
 */
void call_waits(struct call *c)
{
	CHECK_SOON(c->done || (c->tid && asleep(getpid(), c->tid, c->nr)));
	tap_settle();
	if (c->done)
		tap_fail("system call %ld did not wait: it returned %zd (%s)",
			 c->nr, c->ret, c->ret < 0 ? strerror(c->err) : "");
	CHECK_SOON(asleep(getpid(), c->tid, c->nr));
}

/**
 * call_ends() - the call ends
 * @c: the call
 *
 * Return: what it returned, with its errno set.
 */
ssize_t call_ends(struct call *c)
{
	CHECK_SOON(c->done);
	pthread_join(c->thread, NULL);
	errno = c->err;
	return c->ret;
}

/**
 * call_fails() - the call ends, and fails
 * @c: the call
 * @err: the errno it must have
 */
void call_fails(struct call *c, int err)
{
	CHECK_ERRNO(call_ends(c), err);
}

/**
 * call_signal() - signal the thread of a call
 * @c: the call
 * @sig: the signal; see on_signal()
 */
void call_signal(struct call *c, int sig)
{
	CHECK_EQ(pthread_kill(c->thread, sig), 0);
}

static void ignore(int sig)
{
	(void)sig;
}

/**
 * on_signal() - catch a signal and do nothing
 * @sig: the signal
 * @flags: SA_RESTART or 0
 */
void on_signal(int sig, int flags)
{
	struct sigaction sa = { .sa_handler = ignore, .sa_flags = flags };

	CHECK_OK(sigaction(sig, &sa, NULL));
}

/**
 * waits() - a process of this test sleeps in a system call, and goes on so
 * @pid: from tap_spawn()
 * @nr: the system call
 */
void waits(pid_t pid, long nr)
{
	CHECK_SOON(asleep(pid, pid, nr));
	tap_settle();
	CHECK_SOON(asleep(pid, pid, nr));
}
