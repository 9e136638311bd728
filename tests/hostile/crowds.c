// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Many at once, or one again and again.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hostile.h"

/* ---- a room filled by readers that never read ---- */

static atomic_uint *opened;

static void crowd(void *arg)
{
	struct rlimit limit = { 4096, 4096 };
	int fd;

	if (setrlimit(RLIMIT_NOFILE, &limit))
		SKIP("so many descriptors are not to be had");
	for (;;) {
		fd = open(arg, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			break;
		/* Half of them are watched, too */
		if (fd % 2)
			ready(fd);
		atomic_fetch_add(opened, 1);
	}
	CHECK_EQ(errno, EUSERS);
	atomic_fetch_add(opened, 1);
	pause();
}

/* The last place but one is the crowd's; the clock laps all of them at once */
static void a_thousand_stop(void)
{
	char *path = small_room(PATIENCE_MS), *other;
	unsigned int limit = limit_of("openers");
	struct honest *here, *there;
	struct kchat_info info;
	pid_t pid;
	int fd;

	need_root();
	opened = share(sizeof(*opened));
	other = small_room(KCHAT_PATIENCE_FOREVER);
	here = honest_start(path);
	there = honest_start(other);
	fd = path_open(path, O_WRONLY);
	pid = start(crowd, path);
	/* Two are honest, one is ours, one is the refusal */
	CHECK_SOON(atomic_load(opened) == limit - 3 + 1);
	CHECK_ERRNO(open(path, O_RDONLY), EUSERS);
	honest_goes_on(here);
	honest_goes_on(there);
	kill_hostile(pid);
	honest_goes_on(here);
	CHECK_SOON(!ioctl(fd, KCHAT_INFO, &info) && info.openers == 3);
	/* There is room for others again, and they are served */
	fd = path_open(path, O_RDWR);
	put(fd, "\x11", 1);
	honest_goes_on(here);
}

/* ---- a reader that reads only to be in the way again ---- */

static void teases(void *arg)
{
	int fd = path_open(arg, O_RDONLY), laps = 0;
	struct pollfd pfd = { .fd = fd, .events = POLLPRI };
	char byte;

	atomic_store(opened, 0);
	for (;;) {
		/* Told of the loss, it claims what there is, and waits */
		while (read(fd, &byte, 1) < 0)
			CHECK_EQ(errno, EPIPE);
		CHECK_EQ(CHECK_OK(poll(&pfd, 1, -1)), 1);
		atomic_store(opened, ++laps);
	}
}

static void stops_again(void)
{
	char *path = small_room(50);
	struct honest *here = honest_start(path);
	struct honest *there = honest_start(small_room(KCHAT_PATIENCE_FOREVER));

	opened = share(sizeof(*opened));
	start(teases, path);
	/* Each time the room has patience, and loses it */
	CHECK_SOON(atomic_load(opened) >= 5);
	honest_goes_on(here);
	honest_goes_on(there);
}

/* ---- a flood of those who come and go, and one who wants to hear of it ---- */

static void flood(void *arg)
{
	for (;;) {
		close(path_open(arg, O_RDWR));
		atomic_fetch_add(opened, 1);
	}
}

/* Messages in order, joins and leaves between them, those missed counted */
static void hears_all(void *arg)
{
	int fd = path_open(arg, O_RDONLY);
	static char in[1 << 17];
	uint64_t seq = 0;

	set_options(fd, KCHAT_OPTION_RECORDS | KCHAT_OPTION_EVENTS);
	atomic_store(opened, 1);
	for (;;) {
		ssize_t n = CHECK_OK(read(fd, in, sizeof(in))), at;
		struct kchat_record head;

		for (at = 0; at < n; at += head.size) {
			memcpy(&head, in + at, sizeof(head));
			CHECK(head.size >= sizeof(head) + head.len);
			CHECK(at + (ssize_t)head.size <= n);
			if (head.type == KCHAT_RECORD_MESSAGE) {
				CHECK(!seq || head.seq == seq + 1);
				seq = head.seq;
			} else {
				CHECK(!seq || head.seq == seq);
				CHECK(head.type == KCHAT_RECORD_JOIN ||
				      head.type == KCHAT_RECORD_LEAVE);
			}
		}
	}
}

static void flooded(void)
{
	char *path = small_room(KCHAT_PATIENCE_FOREVER);
	struct honest *here = honest_start(path);
	struct honest *there = honest_start(small_room(KCHAT_PATIENCE_FOREVER));
	pid_t floods[3];
	unsigned int i;

	opened = share(sizeof(*opened));
	start(hears_all, path);
	CHECK_SOON(atomic_load(opened) == 1);
	for (i = 0; i < 3; i++)
		floods[i] = start(flood, path);
	CHECK_SOON(atomic_load(opened) > 500);
	honest_goes_on(here);
	honest_goes_on(there);
	for (i = 0; i < 3; i++)
		kill_hostile(floods[i]);
	honest_goes_on(here);
}

/* A listener to events who does not read is in nobody's way but by messages */
static void flooded_in_vain(void)
{
	char *path = small_room(KCHAT_PATIENCE_FOREVER), *text = message(100);
	int deaf = path_open(path, O_RDONLY), w = path_open(path, O_WRONLY);
	struct kchat_info info;
	unsigned int i;

	set_options(deaf, KCHAT_OPTION_RECORDS | KCHAT_OPTION_EVENTS);
	for (i = 0; i < 1000; i++)
		close(path_open(path, O_RDWR));
	set_nonblock(w, true);
	for (i = 0; i < 100; i++)
		put(w, text, 100);
	CHECK_OK(ioctl(deaf, KCHAT_INFO, &info));
	CHECK_EQ(info.unread_messages, 100);
	CHECK_EQ(info.lost_messages, 0);
}

/* ---- a writer that waits, and then gets no processor ---- */

enum hog { STARTS, RUNS, CANNOT };

/* From now on in all but one of the processors there are, or in that one */
static void keep_to(const cpu_set_t *all, bool last)
{
	cpu_set_t set = *all;
	int i = CPU_SETSIZE;

	while (!CPU_ISSET(--i, all))
		;
	CPU_CLR(i, &set);
	if (last) {
		CPU_ZERO(&set);
		CPU_SET(i, &set);
	}
	CHECK_OK(sched_setaffinity(0, sizeof(set), &set));
}

/* Whoever shares its processor does not run. */
static void takes_all(void *arg)
{
	const struct sched_param first = { .sched_priority = 1 };

	keep_to(arg, true);
	if (sched_setscheduler(0, SCHED_FIFO, &first)) {
		atomic_store(opened, CANNOT);
		pause();
	}
	atomic_store(opened, RUNS);
	for (;;)
		;
}

/* Whoever makes room for a message in line finds it there. */
static void no_processor(void)
{
	static struct stream s;
	char *path = small_room(KCHAT_PATIENCE_FOREVER);
	int r = path_open(path, O_RDONLY | O_NONBLOCK);
	int w = path_open(path, O_WRONLY);
	char *text = message(4096), got[4096];
	struct call call;
	cpu_set_t all;
	pid_t pid;

	need_root();
	CHECK_OK(sched_getaffinity(0, sizeof(all), &all));
	if (CPU_COUNT(&all) < 2)
		SKIP("there is one processor");
	opened = share(sizeof(*opened));
	set_nonblock(w, true);
	stream_brim(&s, w, 4096);
	set_nonblock(w, false);
	keep_to(&all, true);
	call_write(&call, w, text, 4096);
	call_waits(&call);
	keep_to(&all, false);
	pid = start(takes_all, &all);
	CHECK_SOON(atomic_load(opened) != STARTS);
	if (atomic_load(opened) == CANNOT)
		SKIP("no process can be given all of a processor");
	stream_get(&s, r, s.len);
	CHECK_EQ(CHECK_OK(read(r, got, sizeof(got))), 4096);
	CHECK_MEM(got, text, 4096);
	kill_hostile(pid);
	CHECK_EQ(call_ends(&call), 4096);
}

const struct tap_test tests_crowds[] = {
	{ "W2 C3 a room full of readers that never read", a_thousand_stop, 60 },
	{ "W1 a writer in line that gets no processor", no_processor, 0 },
	{ "W2 a reader that stops again and again", stops_again, 0 },
	{ "O4 a flood of openers, told to one who hears all", flooded, 60 },
	{ "O4 a flood of openers costs no message its place", flooded_in_vain,
	  60 },
	{ NULL, NULL, 0 },
};
