// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * kchat-bench: is a room faster than what people use instead?
 *
 * Measures them in turns, round after round, and prints how many times as fast as one
 * pipe a reader each of them was: figures of one run compare, those of two do not. It
 * speaks TAP, as a test that every message arrives by every way; how fast is no
 * part of that.
 */
#include "config.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench.h"
#include "tap.h"

#define LIST_MAX	16
#define ROUNDS_MAX	99

/* Lists, as far as they are one: a number is a list of one */
struct list {
	unsigned int n;
	unsigned long value[LIST_MAX];
};

static struct {
	const char *name, *variable, *standard, *what;
	unsigned long least, most;
	struct list list;
} option[] = {
	{ "readers", "KCHAT_BENCH_READERS", "1,4", "how many readers, with commas",
	  1, READERS_MAX, { 0 } },
	{ "bytes", "KCHAT_BENCH_BYTES", "64", "bytes of a message, with commas", 1,
	  BYTES_MAX, { 0 } },
	{ "rounds", "KCHAT_BENCH_ROUNDS", "1", "how often each is measured", 1,
	  ROUNDS_MAX, { 0 } },
	{ "ms", "KCHAT_BENCH_MS", "10", "how long a measurement takes, at least", 1,
	  60000, { 0 } },
};

enum { READERS, BYTES, ROUNDS, MS, OPTIONS, HELP };

static void usage(FILE *to)
{
	unsigned int i;

	fprintf(to, "usage: kchat-bench [OPTION...] ROOM\n"
		    "How many times as fast a room is as one pipe for each reader\n\n");
	for (i = 0; i < OPTIONS; i++)
		fprintf(to, "  --%-8s %s (%lu to %lu; $%s, or %s)\n",
			option[i].name, option[i].what, option[i].least,
			option[i].most, option[i].variable, option[i].standard);
	fprintf(to, "  --help     this text\n\n"
		    "ROOM must be nobody else's, and have patience for ever.\n");
}

/* False after saying what is wrong with it */
static bool list_parse(unsigned int which, const char *text)
{
	struct list *list = &option[which].list;
	const char *at = text;
	char *end;

	list->n = 0;
	do {
		errno = 0;
		if (list->n == LIST_MAX)
			break;
		list->value[list->n] = strtoul(at, &end, 10);
		if (end == at || errno || *at == '-' ||
		    list->value[list->n] < option[which].least ||
		    list->value[list->n] > option[which].most)
			break;
		list->n++;
		at = end + 1;
	} while (*end == ',');
	if (list->n && at == end + 1 && !*end &&
	    (list->n == 1 || which < ROUNDS))
		return true;
	fprintf(stderr,
		"kchat-bench: --%s %s: this takes a number from %lu to %lu%s\n",
		option[which].name, text, option[which].least,
		option[which].most,
		which < ROUNDS ? ", or up to 16 with commas" : "");
	return false;
}

/*
 * How many messages make a measurement long enough: 16 to begin with, and twice as
 * many until the first way takes so long.
 */
static bool load_fit(struct load *load, const char *room, double seconds)
{
	double took;

	for (load->messages = 16;; load->messages *= 2) {
		took = measure(&ways[0], room, load);
		if (took < 0)
			return false;
		if (took * load->messages >= seconds ||
		    load->messages * 2 > MESSAGES_MAX ||
		    load->messages * 2 * load->bytes > TOTAL_MAX)
			return true;
	}
}

static bool compare_ways(const char *room, struct load *load)
{
	static double speed[WAYS][ROUNDS_MAX];
	const unsigned int rounds = option[ROUNDS].list.value[0];
	double took[WAYS], middle;
	unsigned int round, way, i;

	if (!load_fit(load, room, option[MS].list.value[0] / 1e3))
		return false;
	for (round = 0; round < rounds; round++) {
		/* Nobody always comes after the same one. */
		for (i = 0; i < WAYS; i++) {
			way = (i + round) % WAYS;
			if (load->one_by_one && ways[way].delays)
				continue;
			took[way] = measure(&ways[way], room, load);
			if (took[way] < 0) {
				printf("# by %s\n", ways[way].name);
				return false;
			}
		}
		speed[0][round] = took[0];
		for (way = 1; way < WAYS; way++)
			speed[way][round] = took[0] / took[way];
	}
	printf("#%8u%7zu", load->readers, load->bytes);
	middle = median(speed[0], rounds);
	if (load->one_by_one)
		printf("%9.1f us", middle * 1e6);
	else
		printf("%10.0f/s", 1 / middle);
	for (way = 1; way < WAYS; way++) {
		if (load->one_by_one && ways[way].delays) {
			printf("%20s", "-");
			continue;
		}
		middle = median(speed[way], rounds);
		printf("%7.2f (%.2f-%.2f)", middle, speed[way][0],
		       speed[way][rounds - 1]);
	}
	printf("\n");
	return true;
}

int main(int argc, char **argv)
{
	static struct option known[OPTIONS + 2];
	struct load load;
	unsigned int i, j, test = 0;
	const char *text;
	bool good, all = true;
	int c;

	for (i = 0; i < OPTIONS; i++) {
		known[i] = (struct option){ option[i].name, required_argument,
					    NULL, i };
		text = getenv(option[i].variable);
		if (!list_parse(i, text && *text ? text : option[i].standard))
			return 2;
	}
	known[i] = (struct option){ "help", no_argument, NULL, HELP };
	while ((c = getopt_long(argc, argv, "", known, NULL)) != -1) {
		if (c == HELP) {
			usage(stdout);
			return 0;
		}
		if (c == '?') {
			usage(stderr);
			return 2;
		}
		if (!list_parse(c, optarg))
			return 2;
	}
	if (optind != argc - 1) {
		usage(stderr);
		return 2;
	}
	if (access(argv[optind], R_OK | W_OK)) {
		fprintf(stderr, "kchat-bench: %s: %s\n", argv[optind],
			strerror(errno));
		return 2;
	}
	setvbuf(stdout, NULL, _IOLBF, 0);
	printf("TAP version 13\n1..%u\n",
	       2 * option[READERS].list.n * option[BYTES].list.n);
	printf("# %s, %ld processors, %lu rounds of %lu ms or more\n", argv[optind],
	       sysconf(_SC_NPROCESSORS_ONLN), option[ROUNDS].list.value[0],
	       option[MS].list.value[0]);
	printf("# Times as fast as one pipe for each reader: median (least-most)\n");
	printf("#%8s%7s%12s", "readers", "bytes", ways[0].name);
	for (i = 1; i < WAYS; i++)
		printf("%20s", ways[i].name);
	printf("\n");
	for (c = 0; c < 2; c++) {
		for (i = 0; i < option[READERS].list.n; i++) {
			for (j = 0; j < option[BYTES].list.n; j++) {
				load.readers = option[READERS].list.value[i];
				load.bytes = option[BYTES].list.value[j];
				load.one_by_one = c;
				good = compare_ways(argv[optind], &load);
				all = all && good;
				printf("%s %u - %u readers of %zu bytes %s get all by every way\n",
				       good ? "ok" : "not ok", ++test,
				       load.readers, load.bytes,
				       c ? "one by one" : "at once");
			}
		}
	}
	return !all;
}
