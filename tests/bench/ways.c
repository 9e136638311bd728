// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What people use today to reach many readers on one machine, and a room. None of
 * them loses a message, and all but the file keep a writer back that is too fast.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench.h"
#include "kchat.h"
#include "tap.h"

static int path_open(const char *path, int flags)
{
	return CHECK_OK(open(path, flags | O_CLOEXEC));
}

/* One FIFO a reader. (A pipe is what a FIFO is once it is open.) */
static void pipes_open(struct link *link, const char *room, unsigned int readers)
{
	int ends[2];
	unsigned int i;

	(void)room;
	for (i = 0; i < readers; i++) {
		CHECK_OK(pipe2(ends, O_CLOEXEC));
		link->output[i] = ends[0];
		link->input[link->inputs++] = ends[1];
	}
}

static void room_open(struct link *link, const char *room, unsigned int readers)
{
	unsigned int i;

	for (i = 0; i < readers; i++)
		link->output[i] = path_open(room, O_RDONLY);
	link->input[link->inputs++] = path_open(room, O_WRONLY);
}

/* Each wakes for a quarter of the ring, and 10 ms after a message at the latest (O8) */
static void lazy_room_open(struct link *link, const char *room,
			   unsigned int readers)
{
	struct kchat_options options = { .low_water_ms = 10 };
	struct kchat_info info;
	unsigned int i;

	room_open(link, room, readers);
	CHECK_OK(ioctl(link->output[0], KCHAT_INFO, &info));
	options.low_water = info.capacity / 4;
	for (i = 0; i < readers; i++)
		CHECK_OK(ioctl(link->output[i], KCHAT_SET_OPTIONS, &options));
}

/*
 * A broker that does nothing but pass on. Its sockets keep messages apart; a protocol
 * and its memory would come on top.
 */
static void broker_open(struct link *link, const char *room, unsigned int readers)
{
	int ends[2];
	unsigned int i;

	(void)room;
	link->broker = true;
	CHECK_OK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends));
	link->input[link->inputs++] = ends[0];
	link->broker_input = ends[1];
	for (i = 0; i < readers; i++) {
		CHECK_OK(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0,
				    ends));
		link->broker_output[i] = ends[0];
		link->output[i] = ends[1];
	}
}

/* A file that grows, and each reader a `tail -f` of it */
static void file_open(struct link *link, const char *room, unsigned int readers)
{
	const char *dir = getenv("TMPDIR");
	char path[PATH_MAX];
	unsigned int i;

	(void)room;
	CHECK(snprintf(path, sizeof(path), "%s/kchat-bench.XXXXXX",
		       dir && *dir ? dir : "/tmp") < (int)sizeof(path));
	close(CHECK_OK(mkstemp(path)));
	link->input[link->inputs++] = path_open(path, O_WRONLY | O_APPEND);
	for (i = 0; i < readers; i++) {
		link->output[i] = path_open(path, O_RDONLY);
		link->news[i] = CHECK_OK(inotify_init1(IN_CLOEXEC));
		CHECK_OK(inotify_add_watch(link->news[i], path, IN_MODIFY));
	}
	CHECK_OK(unlink(path));
}

const struct way ways[WAYS] = {
	{ "pipes", pipes_open, false },
	{ "room", room_open, false },
	{ "lazy room", lazy_room_open, true },
	{ "broker", broker_open, false },
	{ "file", file_open, false },
};

/**
 * link_open - open what one writer and its readers need
 * @link: set
 * @way: how
 * @room: path of the room
 * @readers: at most READERS_MAX
 *
 * A failure ends the process.
 */
void link_open(struct link *link, const struct way *way, const char *room,
	       unsigned int readers)
{
	memset(link, -1, sizeof(*link));
	link->inputs = 0;
	link->broker = false;
	way->open(link, room, readers);
}

static void all_close(const int *fd)
{
	unsigned int i;

	for (i = 0; i < READERS_MAX; i++)
		if (fd[i] >= 0)
			close(fd[i]);
}

/**
 * link_close - close all of it
 * @link: by link_open()
 */
void link_close(struct link *link)
{
	all_close(link->input);
	all_close(link->output);
	all_close(link->news);
	all_close(link->broker_output);
	if (link->broker_input >= 0)
		close(link->broker_input);
}
