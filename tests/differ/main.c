// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * kchat-differ: do two backends do the same?
 *
 * Runs random cases on both, each in a process of its own, and prints TAP: they
 * were alike, and every operation had every outcome it can have, often enough.
 * A case that shows a difference is made shorter as long as it still does.
 */
#include "config.h"

#include <getopt.h>
#include <libgen.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "differ.h"
#include "tap.h"

/* Operations of a case: few enough to make it shorter in a minute */
#define CASE_OPS	400

/* How often a case that shows a difference is tried again: it may be chance */
#define AGAIN		4

/* Seconds a case may be made shorter, and those a step may take */
#define SHRINK_TIME	60
#define STEP_TIME	20

struct report *report;

/* The state is told of the first difference and of the last only */
static bool shrinking;

/*
 * What a case did, until the next begins: if it shows a difference, that may not come
 * again.
 */
static FILE *trace;

static void trace_begin(void)
{
	rewind(trace);
	if (ftruncate(fileno(trace), 0) || dup2(fileno(trace), STDOUT_FILENO) < 0) {
		perror("kchat-differ");
		_exit(3);
	}
	verbose = true;
}

static void trace_print(void)
{
	char line[1000];

	rewind(trace);
	while (fgets(line, sizeof(line), trace))
		fputs(line, stdout);
}

static void *shared(size_t size)
{
	void *mem = mmap(NULL, size, PROT_READ | PROT_WRITE,
			 MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (mem == MAP_FAILED) {
		perror("kchat-differ");
		exit(3);
	}
	return mem;
}

static void run_child(const struct op *ops, unsigned int n)
	__attribute__((noreturn));

static void run_child(const struct op *ops, unsigned int n)
{
	unsigned int i;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (!verbose)
		trace_begin();
	case_start();
	for (i = 0; i < n && !report->failed; i++) {
		report->step = i;
		if (verbose) {
			printf("# %u: %s %u %u %u\n", i, op_name(ops[i].code),
			       ops[i].a, ops[i].b, ops[i].c);
			fflush(stdout);
		}
		switch (step(&ops[i])) {
		case DONE:
			report->done++;
			break;
		case NOTHING:
			break;
		case DIFFERENT:
			report->failed = true;
			if (!shrinking)
				tell_state();
			break;
		}
	}
	case_end();
	rooms_sweep(case_number);
	fflush(stdout);
	/* The threads may still be in calls that did not end */
	_exit(0);
}

/* The child must end by itself, and go on as long as it does not */
static void watch_child(pid_t pid)
{
	long long since = tap_now();
	unsigned int at = 0;
	int status;

	for (;;) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			break;
		if (report->step != at) {
			at = report->step;
			since = tap_now();
		}
		if (tap_now() > since + STEP_TIME * 1000LL * tap_slow()) {
			report->failed = true;
			snprintf(report->why, sizeof(report->why),
				 "a call that must not wait did not end");
			kill(pid, SIGKILL);
			tap_sleep(2000);
			if (waitpid(pid, &status, WNOHANG) != pid) {
				printf("Bail out! a call cannot be ended, not even by SIGKILL\n");
				exit(1);
			}
			return;
		}
		usleep(500);
	}
	if (WIFEXITED(status) && !WEXITSTATUS(status))
		return;
	report->failed = true;
	snprintf(report->why, sizeof(report->why),
		 "the process ended with wait status 0x%x", status);
}

/* Run a case; true if both sides did the same. The rest is in the report. */
static bool run_case(const struct op *ops, unsigned int n)
{
	pid_t pid;

	memset(report, 0, sizeof(*report));
	case_number++;
	fflush(NULL);
	pid = fork();
	if (pid < 0) {
		perror("kchat-differ: fork");
		exit(3);
	}
	if (!pid)
		run_child(ops, n);
	watch_child(pid);
	if (report->failed)
		rooms_sweep(case_number);
	return !report->failed;
}

/*
 * Run a case until it shows a difference of the kind that was found first; true
 * if it never does
 */
static bool run_often(const struct op *ops, unsigned int n, enum code code,
		      int tries)
{
	while (tries--)
		if (!run_case(ops, n) && ops[report->step].code == code)
			return false;
	return true;
}

/* Leave out what the difference can do without (delta debugging) */
static unsigned int shrink(struct op *ops, unsigned int n, enum code code,
			   int tries)
{
	long long end = tap_now() + SHRINK_TIME * 1000LL * tap_slow();
	struct op *less = malloc(n * sizeof(*ops));
	unsigned int chunk, at, len;
	bool gone;

	for (chunk = n / 2 + 1; tap_now() < end; chunk = (chunk + 1) / 2) {
		gone = false;
		for (at = 0; at < n && tap_now() < end;) {
			len = at + chunk > n ? n - at : chunk;
			memcpy(less, ops, at * sizeof(*ops));
			memcpy(less + at, ops + at + len,
			       (n - at - len) * sizeof(*ops));
			if (len == n || run_often(less, n - len, code, tries)) {
				at += len;
				continue;
			}
			/* What comes after the difference is not needed */
			n = report->step + 1;
			memcpy(ops, less, n * sizeof(*ops));
			gone = true;
		}
		if (chunk == 1 && !gone)
			break;
	}
	free(less);
	return n;
}

static void print_case(const struct op *ops, unsigned int n)
{
	unsigned int i;

	for (i = 0; i < n; i++)
		printf("# %s %u %u %u\n", op_name(ops[i].code), ops[i].a,
		       ops[i].b, ops[i].c);
}

/* A case has failed: say all there is to say */
static void failed_case(struct op *ops, unsigned int n, bool shorter)
{
	unsigned int was = n = report->step + 1;
	int seen = 0, tries = 1, i;

	if (!verbose)
		trace_print();
	printf("# operation %u, %s: %s\n", n - 1, op_name(ops[n - 1].code),
	       report->why);
	fflush(stdout);
	if (shorter) {
		shrinking = true;
		for (i = 0; i < AGAIN; i++)
			seen += !run_often(ops, n, ops[n - 1].code, 1);
		if (seen && seen < AGAIN)
			tries = 2 * AGAIN / seen;
		printf("# the same %d times more: %d show a difference\n", AGAIN,
		       seen);
		if (seen)
			n = shrink(ops, n, ops[n - 1].code, tries);
		shrinking = false;
		printf("# %u operations of %u are left:\n", n, was);
	}
	print_case(ops, n);
	if (shorter) {
		verbose = true;
		printf("# and what happens:\n");
		if (run_often(ops, n, ops[n - 1].code,
			      seen ? 2 * tries : 0))
			printf("# (no difference this time)\n");
		else
			printf("# %s\n", report->why);
	}
}

static void usage(FILE *out)
{
	fprintf(out,
		"usage: kchat-differ [OPTION]... ROOM-A ROOM-B\n"
		"Do random operations in both rooms, or in rooms made beside them, and see\n"
		"whether both backends do the same; print TAP.\n"
		"\n"
		"  --steps N     so many operations, or up to 4 times as many for --least [20000]\n"
		"  --seed N      the seed [of the clock]\n"
		"  --least N     every outcome at least so often; 0: just count [steps / 1000]\n"
		"  --shrink      make a case shorter that shows a difference\n"
		"  --case FILE   run that case only\n"
		"  --verbose     say what is done\n");
}

int main(int argc, char **argv)
{
	enum { STEPS = 1, SEED, LEAST, SHRINK, CASE, VERBOSE, HELP };
	static const struct option known[] = {
		{ "steps", required_argument, NULL, STEPS },
		{ "seed", required_argument, NULL, SEED },
		{ "least", required_argument, NULL, LEAST },
		{ "shrink", no_argument, NULL, SHRINK },
		{ "case", required_argument, NULL, CASE },
		{ "verbose", no_argument, NULL, VERBOSE },
		{ "help", no_argument, NULL, HELP },
		{ NULL, 0, NULL, 0 },
	};
	unsigned long steps = 20000, seed = time(NULL) % 1000000, round = 0;
	static struct op *ops;
	unsigned int n = CASE_OPS, i;
	const char *file = NULL;
	struct report *sum;
	long long start;
	bool shorter = false, alike = true, full = true;
	long least = -1;
	int c;

	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		switch (c) {
		case STEPS:
			steps = strtoul(optarg, NULL, 10);
			break;
		case SEED:
			seed = strtoul(optarg, NULL, 10);
			break;
		case LEAST:
			least = strtol(optarg, NULL, 10);
			break;
		case SHRINK:
			shorter = true;
			break;
		case CASE:
			file = optarg;
			break;
		case VERBOSE:
			verbose = true;
			break;
		case HELP:
			usage(stdout);
			return 0;
		default:
			usage(stderr);
			return 2;
		}
	}
	if (optind != argc - 2) {
		usage(stderr);
		return 2;
	}
	if (file) {
		ops = ops_load(file, &n);
		if (!ops || !n)
			return 2;
	}
	for (i = 0; i < SIDES; i++) {
		struct side *side = &sides[i];

		if (!realpath(argv[optind + i], side->path)) {
			perror(argv[optind + i]);
			return 2;
		}
		strcpy(side->dir, side->path);
		dirname(side->dir);
		side->backend = backend_of(side->path);
		if (!side->backend) {
			fprintf(stderr, "kchat-differ: %s: not a room, as far as one can tell\n",
				side->path);
			return 2;
		}
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	case_number = getpid() % 10000 * 1000;
	trace = tmpfile();
	if (!trace) {
		perror("kchat-differ");
		return 3;
	}
	report = shared(sizeof(*report));
	sum = shared(sizeof(*sum));
	printf("TAP version 13\n1..%d\n", file ? 1 : 2);
	printf("# A is %s, B is %s\n", backend_name(sides[0].backend),
	       backend_name(sides[1].backend));
	if (!sides_probe()) {
		printf("not ok 1 - the backends have the same to compare\n");
		return 1;
	}
	if (file) {
		alike = run_case(ops, n);
		if (!alike)
			failed_case(ops, n, shorter);
		printf("%s 1 - %s is alike on both\n", alike ? "ok" : "not ok",
		       file);
		return !alike;
	}
	if (least < 0)
		least = steps / 1000;
	ops = calloc(CASE_OPS, sizeof(*ops));
	start = tap_now();
	printf("# seed %lu\n", seed);
	/* What is rare takes more, but not for ever */
	while (alike && (sum->done < steps ||
			 (sum->done < 4 * steps &&
			  !cells_full(sum, least, features)))) {
		ops_make(ops, CASE_OPS, seed * 1000003 + round, features);
		alike = run_case(ops, CASE_OPS);
		cells_add(sum, report);
		round++;
	}
	printf("# %lu operations in %lu cases, %lld s\n", sum->done, round,
	       (tap_now() - start) / 1000);
	if (!alike) {
		printf("# case %lu shows a difference:\n", round - 1);
		failed_case(ops, CASE_OPS, shorter);
	}
	printf("%s 1 - %lu operations are alike on %s and %s (seed %lu)\n",
	       alike ? "ok" : "not ok", sum->done,
	       backend_name(sides[0].backend), backend_name(sides[1].backend),
	       seed);
	known_print(sum);
	full = cells_print(sum, alike ? least : 0, features) && alike;
	printf("%s 2 - every operation had every outcome%s\n",
	       full ? "ok" : "not ok", alike ? "" : ", but a case broke off");
	return !alike || !full;
}
