// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * O3: readers that go back to what was written before they came.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "conform.h"

static struct kchat_info info_of(int fd)
{
	struct kchat_info info;

	CHECK_OK(ioctl(fd, KCHAT_INFO, &info));
	return info;
}

/* A room that lets its readers go back */
static void room_with_history(void)
{
	struct kchat_spec spec = room_spec();

	spec.flags = KCHAT_ROOM_HISTORY;
	room_path = room_create(spec);
	CHECK_EQ(info_of(room_open(O_WRONLY)).flags, KCHAT_ROOM_HISTORY);
}

/* How far it went */
static uint64_t back(int fd, uint64_t messages)
{
	struct kchat_history history = { .messages = messages };

	CHECK_OK(ioctl(fd, KCHAT_HISTORY, &history));
	return history.messages;
}

static void some_and_all(void)
{
	int w, r;
	char buf[32];

	room_with_history();
	w = room_open(O_WRONLY);
	put(w, "one", 3);
	put(w, "two", 3);
	put(w, "three", 5);
	r = room_open(O_RDONLY);
	nothing(r);
	CHECK_EQ(back(r, 0), 0);
	nothing(r);
	CHECK_EQ(back(r, 2), 2);
	CHECK_EQ(ready(r) & POLLIN, POLLIN);
	CHECK_EQ(info_of(r).unread_messages, 2);
	CHECK_EQ(info_of(r).unread_bytes, 8);
	get(r, buf, 8);
	CHECK_MEM(buf, "twothree", 8);
	nothing(r);
	/* No further than there is, and again as often as one likes */
	CHECK_EQ(back(r, 100), 3);
	get(r, buf, 3);
	CHECK_MEM(buf, "one", 3);
	CHECK_EQ(back(r, KCHAT_HISTORY_ALL), 1);
	CHECK_EQ(back(r, KCHAT_HISTORY_ALL), 0);
	put(w, "four", 4);
	get(r, buf, 15);
	CHECK_MEM(buf, "onetwothreefour", 15);
	nothing(r);
}

static void who_waits_goes_on(void)
{
	struct call c;
	char buf[8];
	int w, r;

	room_with_history();
	w = room_open(O_WRONLY);
	put(w, "before", 6);
	r = room_open(O_RDONLY);
	call_read(&c, r, buf, sizeof(buf));
	call_waits(&c);
	CHECK_EQ(back(r, 1), 1);
	CHECK_EQ(call_ends(&c), 6);
	CHECK_MEM(buf, "before", 6);
}

static void not_within_a_message(void)
{
	struct kchat_history history = { .messages = 1 };
	char buf[8];
	int w, r;

	room_with_history();
	w = room_open(O_WRONLY);
	r = room_open(O_RDONLY);
	put(w, "whole", 5);
	get(r, buf, 2);
	CHECK_ERRNO(ioctl(r, KCHAT_HISTORY, &history), EBUSY);
	CHECK_EQ(history.messages, 1);
	get(r, buf, 3);
	CHECK_MEM(buf, "ole", 3);
	CHECK_EQ(back(r, 1), 1);
	get(r, buf, 5);
	CHECK_MEM(buf, "whole", 5);
}

/* The room is lossless, but for what somebody only went back to */
static void holds_nobody_back(void)
{
	unsigned int before, n = 0, got = 0;
	char *text = message(2000), buf[2000];
	struct kchat_info info;
	int w, r;

	room_with_history();
	w = room_open(O_WRONLY | O_NONBLOCK);
	for (before = 0; before < 10; before++)
		put(w, text, 2000);
	r = room_open(O_RDONLY);
	CHECK_EQ(back(r, KCHAT_HISTORY_ALL), 10);
	while (write(w, text, 2000) == 2000)
		n++;
	CHECK_EQ(errno, EAGAIN);
	/* Nothing of what came after it had come */
	CHECK_EQ(ready(r) & (POLLIN | POLLPRI), POLLIN | POLLPRI);
	CHECK_ERRNO(read(r, buf, sizeof(buf)), EPIPE);
	info = info_of(r);
	CHECK_EQ(info.lost_messages, 10);
	CHECK_EQ(info.lost_bytes, 20000);
	CHECK_EQ(info.unread_messages, n);
	set_nonblock(r, true);
	while (read(r, buf, sizeof(buf)) == 2000) {
		CHECK_MEM(buf, text, 2000);
		got++;
	}
	CHECK_EQ(errno, EAGAIN);
	CHECK_EQ(got, n);
}

/* Nor its own that it does not read (O2), though it has yet to come to them */
static void nor_the_own(void)
{
	struct kchat_lap lap = { .member = 0 };
	char *text = message(60000), byte;
	unsigned int i, n;
	int q;

	room_with_history();
	q = room_open(O_RDWR | O_NONBLOCK);
	put(q, "x", 1);
	set_options(q, KCHAT_OPTION_NO_ECHO);
	get(q, &byte, 1);
	CHECK_EQ(back(q, 1), 1);
	n = 3 * (info_of(q).capacity / 60000);
	for (i = 0; i < n; i++)
		put(q, text, 60000);
	CHECK_ERRNO(read(q, &byte, 1), EPIPE);
	CHECK_ERRNO(read(q, &byte, 1), EAGAIN);
	/* The same of one whose claim was ended by hand, and that reads on */
	put(room_open(O_WRONLY), "abc", 3);
	lap.member = info_of(q).member;
	CHECK_OK(ioctl(q, KCHAT_LAP, &lap));
	for (i = 0; i < n; i++) {
		put(q, text, 60000);
		if (!i)
			get(q, &byte, 1);
	}
}

/* A write that faults costs nothing that is kept (M6) */
static void none_for_a_fault(void)
{
	char *text = message(60000);
	uint64_t n;
	unsigned int i;
	int r, w;

	room_with_history();
	w = room_open(O_WRONLY);
	for (i = 0; i < 3 * (info_of(w).capacity / 60000); i++)
		put(w, text, 60000);
	r = room_open(O_RDONLY);
	n = back(r, KCHAT_HISTORY_ALL);
	CHECK(n > 1);
	close(r);
	for (i = 0; i < 10; i++)
		CHECK_ERRNO(write(w, edge(0), KCHAT_MSG_MAX), EFAULT);
	CHECK_EQ(back(room_open(O_RDONLY), KCHAT_HISTORY_ALL), n);
}

static void refused(void)
{
	struct kchat_history history = { .messages = 1 };
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	unsigned int i;

	CHECK_ERRNO(ioctl(w, KCHAT_HISTORY, &history), EBADF);
	for (i = 0; i < LENGTH(history.reserved); i++) {
		history.reserved[i] = 1;
		CHECK_ERRNO(ioctl(r, KCHAT_HISTORY, &history), EINVAL);
		history.reserved[i] = 0;
	}
	if (info_of(r).flags & KCHAT_ROOM_HISTORY)
		SKIP("this room has history");
	put(w, "unread", 6);
	CHECK_ERRNO(ioctl(r, KCHAT_HISTORY, &history), EPERM);
}

const struct tap_test tests_history[] = {
	{ "O3 back by some messages, or all there are", some_and_all, 0 },
	{ "O3 who waits reads what there is now", who_waits_goes_on, 0 },
	{ "O3 not within a message", not_within_a_message, 0 },
	{ "O3 what one went back to one does not claim", holds_nobody_back, 0 },
	{ "O2 O3 nor the own that one does not read", nor_the_own, 0 },
	{ "M6 O3 a write that faults costs no history", none_for_a_fault, 0 },
	{ "O3 where the room has history, and for readers", refused, 0 },
	{ NULL, NULL, 0 },
};
