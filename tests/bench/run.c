// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * One measurement: a process that writes, one for each reader, perhaps a broker.
 * Every reader verifies that each message comes, and in its place.
 */
#include "config.h"

#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "bench.h"
#include "tap.h"

/* Seconds until a measurement counts as stuck, before KCHAT_TEST_SLOW */
#define STUCK	120

/*
 * The readers and the broker say by a byte each that they run, and the writer waits for
 * these; likewise they say so of every message of a load that goes one by one.
 */
struct work {
	struct link link;
	const struct load *load;
	int said[2];
	pid_t pid[READERS_MAX + 2];
	unsigned int processes;
	/* Shared by all, in seconds: */
	double *began, *ended, *took;
};

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec + t.tv_nsec / 1e9;
}

/* What stands in each byte of message @n: hardly what stands in its neighbours */
static unsigned char mark(uint64_t n)
{
	return n * 167 + 13;
}

static void say(const struct work *work)
{
	CHECK_EQ(write(work->said[1], "", 1), 1);
}

static void listen_to(const struct work *work, unsigned int n)
{
	char buf[READERS_MAX + 1];

	while (n)
		n -= CHECK_OK(read(work->said[0], buf,
				   n < sizeof(buf) ? n : sizeof(buf)));
}

static void write_all(const struct work *work, unsigned int unused)
{
	const struct load *load = work->load;
	char message[BYTES_MAX];
	unsigned long n;
	unsigned int i;
	double began;

	(void)unused;
	listen_to(work, load->readers + work->link.broker);
	*work->began = now();
	for (n = 0; n < load->messages; n++) {
		began = now();
		memset(message, mark(n), load->bytes);
		for (i = 0; i < work->link.inputs; i++)
			CHECK_EQ(write(work->link.input[i], message, load->bytes),
				 load->bytes);
		if (load->one_by_one) {
			listen_to(work, load->readers);
			work->took[n] = now() - began;
		}
	}
}

static void read_all(const struct work *work, unsigned int reader)
{
	const struct load *load = work->load;
	const uint64_t end = (uint64_t)load->bytes * load->messages;
	static unsigned char buf[64 * 1024];
	uint64_t at = 0, from;
	ssize_t n;

	say(work);
	while (at < end) {
		n = CHECK_OK(read(work->link.output[reader], buf, sizeof(buf)));
		if (!n) {
			CHECK(work->link.news[reader] >= 0);
			CHECK_OK(read(work->link.news[reader], buf, sizeof(buf)));
			continue;
		}
		/* The first byte of each message that begins here */
		from = (at + load->bytes - 1) / load->bytes * load->bytes;
		for (; from < at + n; from += load->bytes)
			CHECK_EQ(buf[from - at], mark(from / load->bytes));
		at += n;
		if (load->one_by_one && at % load->bytes == 0)
			say(work);
	}
	work->ended[reader] = now();
}

static void pass_all_on(const struct work *work, unsigned int unused)
{
	const struct load *load = work->load;
	char message[BYTES_MAX];
	unsigned long n;
	unsigned int i;

	(void)unused;
	say(work);
	for (n = 0; n < load->messages; n++) {
		CHECK_EQ(read(work->link.broker_input, message, sizeof(message)),
			 load->bytes);
		for (i = 0; i < load->readers; i++)
			CHECK_EQ(write(work->link.broker_output[i], message,
				       load->bytes),
				 load->bytes);
	}
}

static void begin(struct work *work,
		  void (*run)(const struct work *work, unsigned int which),
		  unsigned int which)
{
	pid_t pid;

	fflush(NULL);
	pid = CHECK_OK(fork());
	if (!pid) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		alarm(STUCK * tap_slow());
		run(work, which);
		_exit(0);
	}
	work->pid[work->processes++] = pid;
}

/* Whether all ended well. With the first that did not, all are ended. */
static bool end_all(struct work *work)
{
	unsigned int left = work->processes, i;
	bool good = true;
	int status;
	pid_t pid;

	for (; left; left--) {
		pid = CHECK_OK(wait(&status));
		/* Its number may soon be somebody else's. */
		for (i = 0; i < work->processes; i++)
			if (work->pid[i] == pid)
				work->pid[i] = 0;
		if (!status || !good)
			continue;
		good = false;
		printf("# a process of it ended with wait status 0x%x\n", status);
		for (i = 0; i < work->processes; i++)
			if (work->pid[i])
				kill(work->pid[i], SIGKILL);
	}
	return good;
}

static int compare(const void *a, const void *b)
{
	const double *x = a, *y = b;

	return (*x > *y) - (*x < *y);
}

/**
 * median - of @n values, which it sorts
 * @value: the values
 * @n: at least 1; of an even number the upper one of the two in the middle
 */
double median(double *value, unsigned long n)
{
	qsort(value, n, sizeof(*value), compare);
	return value[n / 2];
}

/**
 * measure - how long a message takes
 * @way: by this way
 * @room: path of the room
 * @load: how many, to how many
 *
 * Return: seconds from the first message to the last reader's last, for each message;
 * one by one, the median of what each took to the last reader. Or -1 if something
 * went wrong, which has been said then.
 */
double measure(const struct way *way, const char *room, const struct load *load)
{
	const size_t size = (1 + READERS_MAX + load->messages) * sizeof(double);
	struct work work = { .load = load };
	double last = 0;
	unsigned int i;

	work.began = mmap(NULL, size, PROT_READ | PROT_WRITE,
			  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(work.began != MAP_FAILED);
	work.ended = work.began + 1;
	work.took = work.ended + READERS_MAX;
	CHECK_OK(pipe(work.said));
	link_open(&work.link, way, room, load->readers);
	for (i = 0; i < load->readers; i++)
		begin(&work, read_all, i);
	if (work.link.broker)
		begin(&work, pass_all_on, 0);
	begin(&work, write_all, 0);
	if (!end_all(&work)) {
		last = -1;
	} else if (load->one_by_one) {
		last = median(work.took, load->messages);
	} else {
		for (i = 0; i < load->readers; i++)
			if (work.ended[i] > last)
				last = work.ended[i];
		last = (last - *work.began) / load->messages;
	}
	link_close(&work.link);
	close(work.said[0]);
	close(work.said[1]);
	munmap(work.began, size);
	return last;
}
