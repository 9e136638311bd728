/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * bench.h - what the parts of kchat-bench share
 */
#ifndef KCHAT_TESTS_BENCH_H
#define KCHAT_TESTS_BENCH_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define READERS_MAX	256
/* More at once a pipe does not take in one piece */
#define BYTES_MAX	PIPE_BUF
/* What a measurement sends at most: a file keeps it all */
#define TOTAL_MAX	(64UL << 20)
#define MESSAGES_MAX	(4UL << 20)

/**
 * struct link - the open files by which one writer reaches many readers
 * @inputs: to how many files each message is written
 * @input: these
 * @output: from which each reader reads
 * @news: what a reader waits on that has read all there is, or -1 where
 *	read(2) itself waits
 * @broker: whether a process of its own stands between @input and @output
 * @broker_input: from what that one reads; valid if @broker
 * @broker_output: and to what it writes, for each reader
 */
struct link {
	unsigned int inputs;
	int input[READERS_MAX];
	int output[READERS_MAX];
	int news[READERS_MAX];
	bool broker;
	int broker_input;
	int broker_output[READERS_MAX];
};

/**
 * struct way - one of those compared
 * @name: the head of its column
 * @open: open all files of @link, which has -1 everywhere, for that many readers
 * @delays: it holds messages back on purpose, so that the delay of one says nothing
 */
struct way {
	const char *name;
	void (*open)(struct link *link, const char *room, unsigned int readers);
	bool delays;
};

/** ways - all of them; the first is what the others are measured by */
extern const struct way ways[];
#define WAYS 5

void link_open(struct link *link, const struct way *way, const char *room,
	       unsigned int readers);
void link_close(struct link *link);

/**
 * struct load - what one measurement does
 * @readers: how many
 * @bytes: of each message, 1 to BYTES_MAX
 * @messages: how many, 1 to MESSAGES_MAX, and TOTAL_MAX bytes at most
 * @one_by_one: the writer goes on once every reader has the message
 */
struct load {
	unsigned int readers;
	size_t bytes;
	unsigned long messages;
	bool one_by_one;
};

double measure(const struct way *way, const char *room, const struct load *load);
double median(double *value, unsigned long n);

#endif /* KCHAT_TESTS_BENCH_H */
