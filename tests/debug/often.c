// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Many failures, at random, also one upon the other: what each_point() does not
 * reach, where an answer to a failure fails in its turn.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "conform.h"
#include "faults.h"

#define STEPS 4000u
#define FILES 6
#define ROOMS 3

static uint64_t state;
static int files[FILES];
static int control;
static char *buffer;
static unsigned int failures;

static unsigned int pick(unsigned int n)
{
	return dice(&state) % n;
}

static struct kchat_spec spec_of(unsigned int i)
{
	struct kchat_spec spec;

	memset(&spec, 0, sizeof(spec));
	snprintf(spec.name, sizeof(spec.name), "often%u", i);
	spec.flags = KCHAT_ROOM_HISTORY;
	spec.mode = 0600;
	spec.uid = KCHAT_SELF;
	spec.gid = KCHAT_SELF;
	/* Rings that come from the page allocator, and such that do not */
	spec.capacity = KCHAT_CAPACITY_MIN << pick(3);
	return spec;
}

static long manage(void)
{
	static const unsigned long request[] = { KCHAT_CREATE, KCHAT_REMOVE };
	struct kchat_spec spec = spec_of(pick(ROOMS));
	unsigned int which = pick(2);

	if (which)
		spec.capacity = spec.flags = spec.mode = 0;
	return ioctl(control, request[which], &spec);
}

static long list(void)
{
	struct kchat_list page = { .after = 0 };

	return ioctl(control, KCHAT_LIST, &page);
}

static long reopen(int *fd)
{
	static const int access[] = { O_RDONLY, O_WRONLY, O_RDWR };
	struct kchat_spec spec = spec_of(pick(ROOMS));

	if (*fd >= 0)
		close(*fd);
	*fd = open(beside(pick(4) ? spec.name : KCHAT_LOBBY),
		   access[pick(3)] | O_NONBLOCK | O_CLOEXEC);
	return *fd;
}

static long ask(int fd)
{
	static const unsigned long request[] = {
		KCHAT_INFO, KCHAT_GET_OPTIONS, KCHAT_SET_OPTIONS,
		KCHAT_HISTORY, KCHAT_MEMBERS,
	};
	static const uint32_t flags[] = {
		0, KCHAT_OPTION_RECORDS,
		KCHAT_OPTION_RECORDS | KCHAT_OPTION_EVENTS,
		KCHAT_OPTION_NO_ECHO, KCHAT_OPTION_LOSSY,
	};
	unsigned int which = pick(LENGTH(request));

	memset(buffer, 0, sizeof(struct kchat_members));
	if (which == 2)
		((struct kchat_options *)buffer)->flags =
			flags[pick(LENGTH(flags))];
	if (which == 3)
		((struct kchat_history *)buffer)->messages = pick(5);
	return ioctl(fd, request[which], buffer);
}

static long step(void)
{
	int *fd = &files[pick(FILES)];

	switch (pick(12)) {
	case 0:
		return manage();
	case 1:
		return list();
	case 2:
	case 3:
		return reopen(fd);
	case 4:
	case 5:
		return ask(*fd);
	case 6:
	case 7:
	case 8:
		return write(*fd, buffer, 1 + pick(70000));
	default:
		return read(*fd, buffer, pick(70000));
	}
}

/* What is said of failed memory, and what a step may be told otherwise */
static bool is_clean(int err)
{
	static const int known[] = {
		EAGAIN, EMSGSIZE, EPIPE, EBADF, EBUSY, EEXIST, ENOENT, ENODEV,
		ENXIO, EPERM,
	};
	unsigned int i;

	if (err == ENOMEM || err == EFAULT) {
		failures++;
		return true;
	}
	for (i = 0; i < LENGTH(known); i++)
		if (err == known[i])
			return true;
	return false;
}

static void clean_up(unsigned int others)
{
	struct kchat_list page = { .after = 0 };
	struct kchat_spec spec;
	unsigned int i;

	for (i = 0; i < FILES; i++)
		close(files[i]);
	for (i = 0; i < ROOMS; i++) {
		spec = spec_of(i);
		if (ioctl(control, KCHAT_REMOVE, &spec) < 0)
			CHECK_EQ(errno, ENOENT);
	}
	CHECK_OK(ioctl(control, KCHAT_LIST, &page));
	CHECK_EQ(page.n, others);
	CHECK_EQ(page.room[0].openers, 0);
	close(control);
}

static void often(void)
{
	const char *seed = getenv("KCHAT_FAULTS_SEED");
	struct kchat_list before = { .after = 0 };
	unsigned int i;

	module_load();
	control = control_open(O_RDWR);
	CHECK_OK(ioctl(control, KCHAT_LIST, &before));
	buffer = share(1 << 17);
	for (i = 0; i < FILES; i++)
		files[i] = -1;
	state = seed ? strtoull(seed, NULL, 10) : (uint64_t)time(NULL);
	printf("KCHAT_FAULTS_SEED=%llu\n", (unsigned long long)state);
	inject_often(20);
	for (i = 0; i < STEPS; i++)
		if (step() < 0 && !is_clean(errno)) {
			inject_never();
			FAIL("step %u: %s", i, strerror(errno));
		}
	inject_never();
	printf("%u of %u steps failed for want of memory\n", failures, STEPS);
	CHECK(failures > STEPS / 20);
	clean_up(before.n);
}

const struct tap_test tests_often[] = {
	{ "C3 many failures upon each other", often, 300 },
	{ NULL, NULL, 0 },
};
