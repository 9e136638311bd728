// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The honest ones. Each writes to its room and reads until its message came back,
 * and waits only when it has read all there is: so it is in nobody's way and has no
 * loss to expect.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "hostile.h"

#define LONGEST 20000

/* So many are more than any room of these tests holds */
#define ROUNDS 100

/**
 * small_room() - a room that is soon full
 * @patience_ms: its patience
 *
 * Return: its path.
 */
char *small_room(uint32_t patience_ms)
{
	struct kchat_spec spec = room_spec();

	spec.patience_ms = patience_ms;
	spec.capacity = KCHAT_CAPACITY_MIN;
	spec.mode = 0666;
	return room_create(spec);
}

/* Read once. False if there is nothing. */
static bool read_some(int r, struct traffic_reader *reader)
{
	static char in[65536];
	ssize_t n = read(r, in, sizeof(in));

	if (n > 0) {
		traffic_feed(reader, in, n);
		return true;
	}
	CHECK(n < 0);
	CHECK_EQ(errno, EAGAIN);
	return false;
}

/*
 * Write the message as soon as that can be, reading meanwhile, and read on until it
 * comes back. Between two reads it tries to write: who wants to have read
 * everything first may be kept reading for ever by one that writes faster.
 */
static void round_trip(int r, int w, const char *text, size_t len,
		       struct traffic_reader *reader, uint32_t seq)
{
	struct pollfd files[2] = { { .fd = r, .events = POLLIN },
				   { .fd = w, .events = POLLOUT } };
	bool written = false;

	while (reader->seq[0] != seq) {
		if (!written) {
			ssize_t n = write(w, text, len);

			written = n >= 0;
			if (written)
				CHECK_EQ(n, len);
			else
				CHECK_EQ(errno, EAGAIN);
		}
		if (!read_some(r, reader)) {
			CHECK(!written);
			CHECK_OK(poll(files, 2, -1));
		}
	}
}

static void honest_run(void *arg)
{
	struct honest *honest = arg;
	struct traffic_reader reader = { .bytes = 0 };
	struct traffic writer;
	char *text = message(LONGEST);
	int r, w;

	r = path_open(honest->path, O_RDONLY | O_NONBLOCK);
	w = path_open(honest->path, O_WRONLY | O_NONBLOCK);
	traffic_init(&writer, 0, LONGEST);
	for (;;) {
		size_t len = traffic_next(&writer, text);

		round_trip(r, w, text, len, &reader, writer.seq);
		atomic_store(&honest->fronts, reader.seq[STALL_WRITER]);
		atomic_store(&honest->rounds, reader.seq[0]);
	}
}

/* All processes of a test that have not been killed yet */
static struct {
	pid_t first;
	pid_t pid[16];
	unsigned int n;
} others;

/* Before its rooms are removed: what came of that would be no fault of theirs. */
static void kill_others(void)
{
	if (getpid() == others.first)
		while (others.n)
			kill_hostile(others.pid[0]);
}

/**
 * start() - a process that goes on until it is killed, or the test ends
 * @run: what it does
 * @arg: for @run
 *
 * Rooms must have been made before.
 *
 * Return: its id, for kill_hostile().
 */
pid_t start(void (*run)(void *arg), void *arg)
{
	pid_t pid = tap_spawn(run, arg);

	if (others.first != getpid()) {
		others.first = getpid();
		others.n = 0;
		atexit(kill_others);
	}
	CHECK(others.n < LENGTH(others.pid));
	others.pid[others.n++] = pid;
	return pid;
}

/**
 * honest_start() - a process that uses a room as it should be used
 * @path: the room, in which others may write traffic of other ids
 *
 * It goes on until the test ends.
 *
 * Return: the process, at work.
 */
struct honest *honest_start(const char *path)
{
	struct honest *honest = share(sizeof(*honest));

	snprintf(honest->path, sizeof(honest->path), "%s", path);
	start(honest_run, honest);
	CHECK_SOON(atomic_load(&honest->rounds) > 0);
	return honest;
}

/**
 * honest_goes_on() - from now on its messages go round its room, at least once
 * @honest: the process
 */
void honest_goes_on(struct honest *honest)
{
	unsigned int enough = atomic_load(&honest->rounds) + ROUNDS;

	CHECK_SOON(atomic_load(&honest->rounds) >= enough);
}

/**
 * is_asleep() - does a process sleep in this system call?
 * @pid: the process, which has one thread
 * @nr: the system call
 */
bool is_asleep(pid_t pid, long nr)
{
	return asleep(pid, pid, nr);
}

/**
 * kill_hostile() - a process is killed, and is gone
 * @pid: from start()
 */
void kill_hostile(pid_t pid)
{
	unsigned int i;

	for (i = 0; i < others.n && others.pid[i] != pid; i++)
		;
	CHECK(i < others.n);
	others.pid[i] = others.pid[--others.n];
	CHECK_OK(kill(pid, SIGKILL));
	stall_end();
	tap_reap(pid, SIGKILL);
}
