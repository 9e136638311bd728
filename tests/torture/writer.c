// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Authors: who writes, and counts what was accepted.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/uio.h>
#include <unistd.h>

#include "torture.h"

/* Frames of one batch */
#define FRAMES_MAX 8

static unsigned char buf[KCHAT_BATCH_MAX + 8192];

static void accepted(struct author *a, unsigned int n)
{
	atomic_fetch_add(&a->accepted, n);
	atomic_fetch_add(&happened[MESSAGES], n);
	atomic_fetch_add(&scene->progress, n);
}

/**
 * accepted_by_all() - how many messages the room has accepted for certain
 */
unsigned int accepted_by_all(void)
{
	unsigned int i, n = 0;

	for (i = 0; i < AUTHORS_MAX; i++)
		n += scene->author[i].accepted;
	return n;
}

static ssize_t write_once(int fd, size_t len)
{
	size_t cut = draw(len + 1);
	struct iovec iov[2] = { { buf, cut }, { buf + cut, len - cut } };

	return one_in(3) ? writev(fd, iov, 2) : write(fd, buf, len);
}

/* Frame messages from @number on; where each ends is in @end */
static unsigned int frame(unsigned int id, uint32_t number, size_t *end)
{
	unsigned int n, most = 1 + draw(FRAMES_MAX);
	struct kchat_record head;
	size_t at = 0;

	for (n = 0; n < most && number + n < scene->plan.numbers; n++) {
		memset(&head, 0, sizeof(head));
		head.len = message_len(id, number + n);
		if (head.len > KCHAT_MSG_MAX)
			head.len = KCHAT_MSG_MAX;
		head.size = (sizeof(head) + head.len + 7) & ~7u;
		head.type = KCHAT_RECORD_MESSAGE;
		/* A message may be longer than what counts of it */
		if (at + head.size > KCHAT_BATCH_MAX)
			break;
		message_make(buf + at + sizeof(head), id, number + n);
		memcpy(buf + at, &head, sizeof(head));
		end[n] = at += head.size;
	}
	return n;
}

/* How many whole frames @n bytes are */
static unsigned int frames_of(const size_t *end, unsigned int most, size_t n)
{
	unsigned int i;

	for (i = 0; i < most; i++)
		if (end[i] == n)
			break;
	if (i == most)
		FAIL("%zu bytes of a batch were accepted: not at a frame's end",
		     n);
	COUNT(BATCHES);
	if (i + 1 < most)
		COUNT(BATCH_CUT);
	return i + 1;
}

/**
 * author_try() - write the next message, or the next ones as a batch
 * @id: the author
 * @fd: open file
 * @batch: whether the file takes batches
 *
 * Return: whether it was accepted; else errno says why not.
 */
bool author_try(unsigned int id, int fd, bool batch)
{
	struct author *a = &scene->author[id];
	size_t end[FRAMES_MAX], len, want;
	uint32_t number = a->accepted;
	unsigned int n = 1;
	ssize_t ret;

	if (batch) {
		n = frame(id, number, end);
		CHECK(n > 0);
		len = end[n - 1];
	} else {
		len = message_make(buf, id, number);
	}
	a->started = number + n;
	ret = write_once(fd, len);
	if (ret < 0) {
		a->started = number;
		return false;
	}
	if (batch) {
		n = frames_of(end, n, ret);
	} else {
		want = len < KCHAT_MSG_MAX ? len : KCHAT_MSG_MAX;
		CHECK_EQ(ret, want);
	}
	accepted(a, n);
	return true;
}

/* It was not accepted: may that be, and is there more to come? */
static bool refused(const struct waiter *w)
{
	switch (errno) {
	case EAGAIN:
		CHECK(w->style != BLOCK);
		COUNT(WRITE_AGAIN);
		waiter_wait(w);
		return true;
	case EINTR:
		interrupted("write", WRITE_EINTR);
		return true;
	case ENODEV:
		COUNT(REFUSED);
		if (!scene->removing)
			FAIL("write: ENODEV in a room that was not removed");
		return false;
	default:
		FAIL("write: %s", strerror(errno));
	}
}

static void author_run(unsigned int id, int fd, enum style style, bool batch)
{
	struct author *a = &scene->author[id];
	struct waiter w;

	a->actor = me;
	waiter_init(&w, fd, style, POLLOUT);
	while (a->accepted < scene->plan.numbers)
		if (!author_try(id, fd, batch) && !refused(&w))
			break;
		else
			dawdle();
	waiter_close(&w);
}

/* ---- two processes that write to one open file ---- */

#define SECOND_AUTHOR 7

static int shared_fd;

static void second_author(void *arg)
{
	(void)arg;
	luck_start(scene->plan.seed, 100 + me);
	author_run(SECOND_AUTHOR, shared_fd, BLOCK, false);
}

/**
 * writer_run() - an author who does not read
 * @arg: the author's id
 */
void writer_run(void *arg)
{
	unsigned int id = (uintptr_t)arg;
	bool batch = one_in(3), pair = !id && !batch && one_in(2);
	int fd = scene_open(O_WRONLY);

	if (fd >= 0) {
		if (batch)
			set_options(fd, KCHAT_OPTION_BATCH);
		if (pair) {
			shared_fd = fd;
			second_start(second_author, NULL);
		}
		author_run(id, fd, pair ? BLOCK : some_style(scene->plan.writers_wait),
			   batch);
		if (pair)
			second_join();
		close(fd);
	}
	scene->actor[me].wrote = true;
}

/* ---- one who does both ---- */

/* Read and write until both have come to their end; never wait in a write */
static void chat(struct life *l, unsigned int id, int fd, bool batch)
{
	struct author *a = &scene->author[id];
	struct waiter w;

	waiter_init(&w, fd, POLL, POLLIN | POLLOUT);
	while (w.events & POLLOUT) {
		if (author_try(id, fd, batch)) {
			if (a->accepted == scene->plan.numbers)
				w.events = POLLIN;
			continue;
		}
		if (errno == EINTR)
			continue;
		if (errno == ENODEV) {
			CHECK(scene->removing);
			w.events = POLLIN;
		} else {
			CHECK_EQ(errno, EAGAIN);
			COUNT(WRITE_AGAIN);
			if (waiter_wait(&w) & POLLIN && !life_read(l, &w))
				return;
		}
	}
	scene->actor[me].wrote = true;
	waiter_close(&w);
	life_on(l, fd, some_style(scene->plan.readers_wait), 0);
}

/**
 * chatter_run() - an author who reads what others, or all, write
 * @arg: the author's id
 */
void chatter_run(void *arg)
{
	unsigned int id = (uintptr_t)arg;
	bool quiet = one_in(2), batch = one_in(3);
	struct life *l;
	int fd;

	scene->author[id].actor = me;
	fd = life_open(&l, O_RDWR);
	if (fd >= 0) {
		if (quiet)
			l->self = id;
		life_ask(l, fd, KCHAT_OPTION_RECORDS |
				quiet * KCHAT_OPTION_NO_ECHO |
				batch * KCHAT_OPTION_BATCH);
		chat(l, id, fd, batch);
		close(fd);
	}
	scene->actor[me].wrote = true;
}
