// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A reader: some short lives, and a last one to the room's end. That one may be
 * handed on to a process that inherits the descriptor or is sent it, or be read
 * by two at once.
 */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "torture.h"

/* What a second process needs to go on */
struct heir {
	struct life *life;
	int fd, socket;
	unsigned int who;
};

static enum style my_style(void)
{
	return some_style(scene->plan.readers_wait);
}

static void heir_run(void *arg)
{
	const struct heir *heir = arg;

	luck_start(scene->plan.seed, 100 + me);
	life_on(heir->life, heir->fd, heir->life->shared ? BLOCK : my_style(), 0);
}

/* ---- a descriptor that is sent ---- */

union control {
	struct cmsghdr head;
	char space[CMSG_SPACE(sizeof(int))];
};

static struct msghdr envelope(struct iovec *iov, union control *control)
{
	struct msghdr msg = {
		.msg_iov = iov,
		.msg_iovlen = 1,
		.msg_control = control->space,
		.msg_controllen = sizeof(control->space),
	};

	memset(control, 0, sizeof(*control));
	control->head.cmsg_level = SOL_SOCKET;
	control->head.cmsg_type = SCM_RIGHTS;
	control->head.cmsg_len = CMSG_LEN(sizeof(int));
	return msg;
}

static void fd_send(int socket, int fd)
{
	char byte = 0;
	struct iovec iov = { &byte, 1 };
	union control control;
	struct msghdr msg = envelope(&iov, &control);

	memcpy(CMSG_DATA(&control.head), &fd, sizeof(fd));
	while (sendmsg(socket, &msg, 0) < 0)
		CHECK_EQ(errno, EINTR);
}

static int fd_receive(int socket)
{
	char byte;
	struct iovec iov = { &byte, 1 };
	union control control;
	struct msghdr msg = envelope(&iov, &control);
	ssize_t n;
	int fd;

	while ((n = recvmsg(socket, &msg, 0)) < 0)
		CHECK_EQ(errno, EINTR);
	/* Who should have sent it was killed */
	if (!n)
		_exit(0);
	memcpy(&fd, CMSG_DATA(&control.head), sizeof(fd));
	return fd;
}

static void receiver_run(void *arg)
{
	struct heir *heir = arg;

	close(heir->fd);
	heir->fd = fd_receive(heir->socket);
	heir_run(heir);
}

static void pass_on(struct heir *heir)
{
	int pair[2];

	CHECK_OK(socketpair(AF_UNIX, SOCK_SEQPACKET, 0, pair));
	heir->socket = pair[1];
	second_start(receiver_run, heir);
	close(pair[1]);
	fd_send(pair[0], heir->fd);
	close(heir->fd);
	close(pair[0]);
	COUNT(PASSED_ON);
}

/* ---- lives ---- */

static void short_life(void)
{
	struct life *l;
	int fd = life_open(&l, one_in(2) ? O_RDONLY : O_RDWR);

	if (fd < 0)
		return;
	life_ask(l, fd, draw(4));
	life_on(l, fd, my_style(), 1 + draw(60));
	l->closed = true;
	close(fd);
}

static void shared_life(struct heir *heir)
{
	heir->life->shared = true;
	life_ask(heir->life, heir->fd, KCHAT_OPTION_RECORDS | draw(2) * KCHAT_OPTION_LOSSY);
	second_start(heir_run, heir);
	COUNT(SHARED);
	life_on(heir->life, heir->fd, BLOCK, 0);
	close(heir->fd);
}

static void last_life(void)
{
	struct heir heir;
	struct life *l;

	heir.fd = life_open(&l, O_RDONLY);
	if (heir.fd < 0)
		return;
	heir.life = l;
	if (one_in(5)) {
		shared_life(&heir);
		second_join();
		return;
	}
	life_ask(l, heir.fd, draw(4));
	if (one_in(2)) {
		life_on(l, heir.fd, my_style(), 0);
		close(heir.fd);
		return;
	}
	life_on(l, heir.fd, my_style(), 1 + draw(100));
	if (l->log[l->n - 1].what == END) {
		close(heir.fd);
		return;
	}
	if (one_in(2)) {
		pass_on(&heir);
	} else {
		second_start(heir_run, &heir);
		close(heir.fd);
		COUNT(FORKED);
	}
	second_join();
}

/**
 * reader_run() - a reader
 * @arg: unused
 */
void reader_run(void *arg)
{
	unsigned int lives = draw(6);

	(void)arg;
	while (lives--)
		short_life();
	last_life();
}
