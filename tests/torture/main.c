// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * kchat-torture: many processes do all that may be done to a room, at once, round
 * after round. Prints the seed; the same seed makes the same plans, though not
 * the same interleaving.
 */
#include "config.h"

#include <getopt.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>

#include "torture.h"

/* Rounds after which everything must have come up */
#define ENOUGH 60

/* KiB that may be kept after the first rounds; a round's ring has at least 128 */
#define MEMORY_KEPT 6144
#define WARM 5

const char *room_path;
enum backend backend;
_Atomic unsigned long *happened;

static uint64_t seed;
static unsigned long seconds = 5, rounds;

static const char *const names[EVENTS_MAX] = {
	"messages accepted", "messages read", "losses told", "laps by hand",
	"steps back", "options set", "EBUSY", "EMSGSIZE", "EAGAIN of reads",
	"EAGAIN of writes", "EINTR of reads", "EINTR of writes",
	"EINTR of polls", "ENODEV", "batches", "batches cut", "openers",
	"ends read", "files read by two", "files inherited", "files sent",
	"signals", "stops", "laps of stopped readers", "kills", "changes", "rooms beside",
	"unloadings refused",
};

static void show_counts(void)
{
	unsigned int i;

	for (i = 0; i < EVENTS_MAX; i++)
		printf("%lu %s\n", happened[i], names[i]);
}

/* Of much torture nothing may have been left out */
static void check_counts(unsigned long done)
{
	unsigned int i;

	for (i = 0; i < EVENTS_MAX; i++)
		if (done >= ENOUGH && !happened[i] &&
		    (i != HELD || backend == KMOD) &&
		    (i != WRITE_EINTR || backend != KMOD))
			FAIL("in %lu rounds no %s came up", done, names[i]);
}

static void one_round(uint64_t of)
{
	struct plan plan = plan_of(of);
	pid_t pid = tap_spawn(round_run, &plan);
	int status;

	while (waitpid(pid, &status, 0) < 0)
		CHECK_EQ(errno, EINTR);
	if (!status)
		return;
	printf("the same plans again: kchat-torture --seed %llu --rounds 1 ROOM\n",
	       (unsigned long long)of);
	round_forget();
	FAIL("a round has failed");
}

/* Nothing is kept of rooms that are gone, but what is ready for the next ones */
static void check_kept(long memory, unsigned int files)
{
	printf("%ld KiB more memory, %u files\n", kept_memory() - memory,
	       files);
	CHECK_SOON(kept_files() == files);
	CHECK_SOON(kept_memory() - memory < MEMORY_KEPT);
}

/*
 * What came before this test may still be on its way out. Nobody else may be at
 * work yet, whose calls need some of these files.
 */
static unsigned int files_at_rest(void)
{
	unsigned int files;

	do {
		files = kept_files();
		tap_sleep(1000);
	} while (kept_files() != files);
	return files;
}

static void torture(void)
{
	unsigned int files = files_at_rest();
	long long end = tap_now() + 1000LL * seconds;
	unsigned long done = 0;
	long memory = 0;

	happened = share(EVENTS_MAX * sizeof(*happened));
	printf("seed %llu\n", (unsigned long long)seed);
	do {
		one_round(seed + done++);
		/* The first ones need what is kept for all */
		if (done <= WARM)
			memory = kept_memory();
	} while (rounds ? done < rounds : tap_now() < end);
	printf("%lu rounds\n", done);
	show_counts();
	check_kept(memory, files);
	check_counts(done);
}

static void usage(FILE *out)
{
	fprintf(out,
		"usage: kchat-torture [--seed N] [--seconds N] [--rounds N] ROOM\n"
		"Tortures rooms of its own beside the one at path ROOM; prints TAP.\n"
		"KCHAT_TORTURE_SEED and KCHAT_TORTURE_SECONDS say the same.\n");
}

static void from_environment(void)
{
	const char *s = getenv("KCHAT_TORTURE_SECONDS");

	seed = time(NULL);
	if (s && *s)
		seconds = strtoul(s, NULL, 10);
	s = getenv("KCHAT_TORTURE_SEED");
	if (s && *s)
		seed = strtoull(s, NULL, 10);
}

static int options(int argc, char **argv)
{
	static const struct option options[] = {
		{ "seed", required_argument, NULL, 's' },
		{ "seconds", required_argument, NULL, 't' },
		{ "rounds", required_argument, NULL, 'r' },
		{ NULL, 0, NULL, 0 },
	};
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1)
		if (c == 's')
			seed = strtoull(optarg, NULL, 10);
		else if (c == 't')
			seconds = strtoul(optarg, NULL, 10);
		else if (c == 'r')
			rounds = strtoul(optarg, NULL, 10);
		else
			return -1;
	return argc - optind;
}

int main(int argc, char **argv)
{
	struct tap_test table[] = {
		{ "M4 W1 W3 W7 O3 C2 torture: one order, nothing lost in silence, nobody stuck",
		  torture, 0 },
		{ NULL, NULL, 0 },
	};
	const struct tap_test *const tables[] = { table, NULL };
	static char path[PATH_MAX];

	from_environment();
	if (options(argc, argv) == 1)
		room_path = realpath(argv[optind], path);
	if (room_path)
		backend = backend_of(room_path);
	if (!backend) {
		usage(stderr);
		return 2;
	}
	table[0].timeout = seconds + rounds + 60;
	return tap_run(tables, NULL);
}
