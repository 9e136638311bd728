// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What all who have the room open do alike: wait, be interrupted, start a second
 * process.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "torture.h"

/**
 * waiter_init() - decide how to wait for an open file
 * @w: the waiter
 * @fd: the file, which this makes blocking or not
 * @style: how
 * @events: for what
 */
void waiter_init(struct waiter *w, int fd, enum style style, short events)
{
	/* POLLIN, POLLOUT and POLLPRI are the same bits as EPOLLIN and so on. */
	struct epoll_event event = { .events = events };

	w->fd = fd;
	w->ep = -1;
	w->style = style;
	w->events = events;
	set_nonblock(fd, style != BLOCK);
	if (style != EPOLL && style != EDGE)
		return;
	if (style == EDGE)
		event.events |= EPOLLET;
	w->ep = CHECK_OK(epoll_create1(EPOLL_CLOEXEC));
	CHECK_OK(epoll_ctl(w->ep, EPOLL_CTL_ADD, fd, &event));
}

/**
 * waiter_close() - wait for it no more
 * @w: the waiter
 */
void waiter_close(const struct waiter *w)
{
	if (w->ep >= 0)
		close(w->ep);
}

/**
 * waiter_wait() - after EAGAIN, wait as long as it takes
 * @w: the waiter
 *
 * Return: what poll says; 0 if a signal came.
 */
short waiter_wait(const struct waiter *w)
{
	struct pollfd pfd = { .fd = w->fd, .events = w->events };
	struct epoll_event event = { .events = 0 };
	int n;

	if (w->ep >= 0)
		n = epoll_wait(w->ep, &event, 1, -1);
	else
		n = poll(&pfd, 1, -1);
	if (n < 0 && errno == EINTR) {
		COUNT(POLL_EINTR);
		return 0;
	}
	CHECK_EQ(CHECK_OK(n), 1);
	return w->ep >= 0 ? (short)event.events : pfd.revents;
}

/**
 * interrupted() - a call has failed with EINTR: may it?
 * @call: its name
 * @event: what is counted
 *
 * The module lets the kernel restart it (D1, W6).
 */
void interrupted(const char *call, enum event event)
{
	COUNT(event);
	if (backend == KMOD && scene->actor[me].restart)
		FAIL("%s failed with EINTR in spite of SA_RESTART", call);
}

/**
 * handlers() - catch what the hand sends, with or without SA_RESTART
 */
void handlers(void)
{
	scene->actor[me].restart = one_in(2);
	on_signal(SIGUSR1, scene->actor[me].restart ? SA_RESTART : 0);
}

/**
 * scene_open() - open the room
 * @flags: as for open()
 *
 * Return: the descriptor; -1 if the room was removed, which it must have been.
 */
int scene_open(int flags)
{
	int fd = open(scene->path, flags | O_CLOEXEC);

	while (fd < 0 && errno == EINTR)
		fd = open(scene->path, flags | O_CLOEXEC);
	if (fd < 0 && scene->removing)
		return -1;
	return CHECK_OK(fd);
}

/**
 * info_of() - ask an open file about its room
 * @fd: the file
 */
struct kchat_info info_of(int fd)
{
	struct kchat_info info;
	int ret;

	do {
		memset(&info, 0xff, sizeof(info));
		ret = ioctl(fd, KCHAT_INFO, &info);
	} while (ret < 0 && errno == EINTR);
	CHECK_OK(ret);
	return info;
}

/**
 * second_start() - start a process that the hand finds, too
 * @run: what it does
 * @arg: for @run
 */
void second_start(void (*run)(void *arg), void *arg)
{
	sigset_t usr1, before;
	pid_t pid;

	sigemptyset(&usr1);
	sigaddset(&usr1, SIGUSR1);
	sigprocmask(SIG_BLOCK, &usr1, &before);
	pid = tap_spawn(run, arg);
	scene->actor[me].second = pid;
	sigprocmask(SIG_SETMASK, &before, NULL);
}

/**
 * second_join() - wait until it has ended
 *
 * It is not reaped: its number must not be another's while the hand knows it.
 */
void second_join(void)
{
	struct actor *actor = &scene->actor[me];
	siginfo_t info;

	while (waitid(P_PID, actor->second, &info, WEXITED | WNOWAIT) < 0)
		CHECK_EQ(errno, EINTR);
	if (info.si_code != CLD_EXITED && !actor->killed)
		FAIL("the second process of %s was killed by signal %d",
		     actor->role, info.si_status);
}
