// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * W7: no wake-up is ever lost. Programs that sleep until the other one has
 * spoken, thousands of times: one lost wake-up, and all sleep for ever.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/select.h>
#include <unistd.h>

#include "conform.h"

/* How a program waits */
enum how { BY_READ, BY_POLL, BY_SELECT, BY_LEVEL, BY_EDGE };

struct waiter {
	int fd, ep;
	enum how how;
	short events;
};

static void waiter_init(struct waiter *w, int fd, enum how how, short events)
{
	struct epoll_event event = { .events = events };

	w->fd = fd;
	w->how = how;
	w->events = events;
	w->ep = -1;
	set_nonblock(fd, how != BY_READ);
	if (how < BY_LEVEL)
		return;
	if (how == BY_EDGE)
		event.events |= EPOLLET;
	w->ep = CHECK_OK(epoll_create1(EPOLL_CLOEXEC));
	CHECK_OK(epoll_ctl(w->ep, EPOLL_CTL_ADD, fd, &event));
}

/* After EAGAIN: sleep until there is a reason to try again */
static void waiter_sleep(const struct waiter *w)
{
	struct pollfd pfd = { .fd = w->fd, .events = w->events };
	struct epoll_event event;
	fd_set set;

	switch (w->how) {
	case BY_READ:
		FAIL("EAGAIN on a blocking file");
		break;
	case BY_POLL:
		CHECK_EQ(CHECK_OK(poll(&pfd, 1, -1)), 1);
		CHECK_EQ(pfd.revents, w->events);
		break;
	case BY_SELECT:
		FD_ZERO(&set);
		FD_SET(w->fd, &set);
		CHECK_OK(select(w->fd + 1, w->events & POLLIN ? &set : NULL,
				w->events & POLLOUT ? &set : NULL, NULL, NULL));
		break;
	default:
		CHECK_EQ(CHECK_OK(epoll_wait(w->ep, &event, 1, -1)), 1);
		break;
	}
}

/* ---- a token goes round ---- */

#define RING 8

struct token {
	uint32_t to, round;
};

static struct {
	unsigned int players, rounds;
	enum how how;
	struct {
		unsigned int id;
		atomic_bool ready;
	} player[RING];
} *ring;

/* All hear every token; who is meant passes it on */
static void ring_play(void *arg)
{
	unsigned int id = *(unsigned int *)arg, heard = 0;
	unsigned int all = ring->players * ring->rounds;
	struct token token;
	struct waiter w;
	int fd = room_open(O_RDWR);
	ssize_t n;

	waiter_init(&w, fd, ring->how, POLLIN);
	ring->player[id].ready = true;
	while (heard < all) {
		n = read(fd, &token, sizeof(token));
		if (n < 0 && errno == EAGAIN) {
			waiter_sleep(&w);
			continue;
		}
		CHECK_EQ(CHECK_OK(n), sizeof(token));
		CHECK_EQ(token.to, heard % ring->players);
		CHECK_EQ(token.round, heard / ring->players);
		heard++;
		if (token.to != id || heard == all)
			continue;
		token.to = heard % ring->players;
		token.round = heard / ring->players;
		put(fd, &token, sizeof(token));
	}
}

static void ring_run(unsigned int players, unsigned int tokens, enum how how)
{
	struct token first = { 0, 0 };
	pid_t pid[RING];
	unsigned int i;

	ring = share(sizeof(*ring));
	ring->players = players;
	ring->rounds = tokens / players / tap_slow() + 1;
	ring->how = how;
	for (i = 0; i < players; i++) {
		ring->player[i].id = i;
		pid[i] = tap_spawn(ring_play, &ring->player[i].id);
	}
	for (i = 0; i < players; i++)
		CHECK_SOON(ring->player[i].ready);
	put(room_open(O_WRONLY), &first, sizeof(first));
	for (i = 0; i < players; i++)
		tap_join(pid[i]);
}

static void ping_pong_edge(void)
{
	ring_run(2, 6000, BY_EDGE);
}

static void ping_pong_level(void)
{
	ring_run(2, 3000, BY_LEVEL);
}

static void ping_pong_poll(void)
{
	ring_run(2, 3000, BY_POLL);
}

static void ping_pong_read(void)
{
	ring_run(2, 3000, BY_READ);
}

static void token_select(void)
{
	ring_run(RING, 1600, BY_SELECT);
}

static void token_edge(void)
{
	ring_run(RING, 1600, BY_EDGE);
}

/* ---- a narrow room: writers sleep for room, the reader for data ---- */

static struct {
	unsigned int messages;
	uint32_t max;
	uint64_t total;
	enum how how;
	unsigned int id[TRAFFIC_WRITERS];
	atomic_bool ready;
	atomic_uint refused;
} *strait;

static void strait_write(void *arg)
{
	int fd = room_open(O_WRONLY);
	char *buf = message(KCHAT_MSG_MAX);
	struct traffic t;
	struct waiter w;
	unsigned int i;
	size_t len;
	ssize_t n;

	traffic_init(&t, *(unsigned int *)arg, strait->max);
	waiter_init(&w, fd, strait->how, POLLOUT);
	for (i = 0; i < strait->messages; i++) {
		len = traffic_next(&t, buf);
		while ((n = write(fd, buf, len)) < 0 && errno == EAGAIN) {
			strait->refused++;
			waiter_sleep(&w);
		}
		CHECK_EQ(CHECK_OK(n), len);
	}
}

static void strait_read(void *arg)
{
	struct traffic_reader r = { .bytes = 0 };
	int fd = room_open(O_RDONLY);
	uint64_t state = 5;
	char buf[30000];
	struct waiter w;
	ssize_t n;

	(void)arg;
	waiter_init(&w, fd, strait->how, POLLIN);
	strait->ready = true;
	while (r.bytes < strait->total) {
		n = read(fd, buf, 1 + dice(&state) % sizeof(buf));
		if (n < 0 && errno == EAGAIN) {
			waiter_sleep(&w);
			continue;
		}
		CHECK(CHECK_OK(n) > 0);
		traffic_feed(&r, buf, n);
	}
	traffic_end(&r);
}

static void strait_run(unsigned int writers, unsigned int messages,
		       enum how how)
{
	pid_t reader, pid[TRAFFIC_WRITERS];
	unsigned int i;

	strait = share(sizeof(*strait));
	strait->messages = messages / tap_slow() + 1;
	strait->max = KCHAT_MSG_MAX;
	strait->how = how;
	strait->total = traffic_total(writers, strait->messages, strait->max);
	reader = tap_spawn(strait_read, NULL);
	CHECK_SOON(strait->ready);
	for (i = 0; i < writers; i++) {
		strait->id[i] = i;
		pid[i] = tap_spawn(strait_write, &strait->id[i]);
	}
	for (i = 0; i < writers; i++)
		tap_join(pid[i]);
	tap_join(reader);
	/* POLLOUT holds for the file it was said of: alone, it is a promise */
	printf("%u refused\n", strait->refused);
}

static void strait_edge(void)
{
	strait_run(1, 2000, BY_EDGE);
}

static void strait_poll(void)
{
	strait_run(1, 2000, BY_POLL);
}

static void strait_edge_many(void)
{
	strait_run(4, 500, BY_EDGE);
}

static void strait_poll_many(void)
{
	strait_run(4, 500, BY_POLL);
}

static void strait_select_many(void)
{
	strait_run(3, 500, BY_SELECT);
}

static void strait_waiting_many(void)
{
	strait_run(6, 400, BY_READ);
}

/* ---- many sleepers, one message ---- */

static struct {
	atomic_uint ready, woken;
	enum how how;
} *crowd;

static void crowd_sleep(void *arg)
{
	int fd = room_open(O_RDONLY);
	struct waiter w;
	char byte;

	(void)arg;
	waiter_init(&w, fd, crowd->how, POLLIN);
	crowd->ready++;
	if (crowd->how != BY_READ)
		waiter_sleep(&w);
	CHECK_EQ(CHECK_OK(read(fd, &byte, 1)), 1);
	crowd->woken++;
}

static void everybody_wakes(void)
{
	int w = room_open(O_WRONLY);
	enum how how;
	pid_t pid[24];
	int i;

	for (how = BY_READ; how <= BY_EDGE; how++) {
		crowd = share(sizeof(*crowd));
		crowd->how = how;
		for (i = 0; i < 24; i++)
			pid[i] = tap_spawn(crowd_sleep, NULL);
		CHECK_SOON(crowd->ready == 24);
		tap_settle();
		put(w, "!", 1);
		CHECK_SOON(crowd->woken == 24);
		for (i = 0; i < 24; i++)
			tap_join(pid[i]);
	}
}

/* Pollers come and go while messages fly: nobody else is disturbed */
static void restless_poller(void *arg)
{
	int fd = room_open(O_RDONLY | O_NONBLOCK), i;
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	uint64_t state = *(unsigned int *)arg + 1;
	char buf[1000];

	for (i = 0; i < 300 / (int)tap_slow(); i++) {
		poll(&pfd, 1, dice(&state) % 3);
		while (read(fd, buf, sizeof(buf)) > 0)
			;
		if (dice(&state) % 8)
			continue;
		close(fd);
		fd = room_open(O_RDONLY | O_NONBLOCK);
		pfd.fd = fd;
	}
}

static void pollers_come_and_go(void)
{
	static unsigned int id[4] = { 1, 2, 3, 4 };
	pid_t pid[4];
	int i;

	for (i = 0; i < 4; i++)
		pid[i] = tap_spawn(restless_poller, &id[i]);
	ring_run(2, 2000, BY_EDGE);
	for (i = 0; i < 4; i++)
		tap_join(pid[i]);
}

const struct tap_test tests_wakeups[] = {
	{ "W7 no wake-up is lost: ping-pong by edges", ping_pong_edge, 60 },
	{ "W7 no wake-up is lost: ping-pong by level", ping_pong_level, 60 },
	{ "W7 no wake-up is lost: ping-pong by poll", ping_pong_poll, 60 },
	{ "W7 no wake-up is lost: ping-pong by reading", ping_pong_read, 60 },
	{ "W7 no wake-up is lost: a token round eight by select", token_select,
	  60 },
	{ "W7 no wake-up is lost: a token round eight by edges", token_edge,
	  60 },
	{ "W7 no wake-up is lost: room for one writer by edges", strait_edge,
	  60 },
	{ "W7 no wake-up is lost: room for one writer by poll", strait_poll,
	  60 },
	{ "W7 no wake-up is lost: room for four writers by edges",
	  strait_edge_many, 60 },
	{ "W7 no wake-up is lost: room for four writers by poll",
	  strait_poll_many, 60 },
	{ "W7 no wake-up is lost: room for three writers by select",
	  strait_select_many, 60 },
	{ "W7 no wake-up is lost: room for six waiting writers",
	  strait_waiting_many, 60 },
	{ "W7 one message wakes all who wait", everybody_wakes, 60 },
	{ "W7 pollers come and go, others miss nothing", pollers_come_and_go,
	  60 },
	{ NULL, NULL, 0 },
};
