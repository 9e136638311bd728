// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The room against a naive model of it, step by random step.
 *
 * random.h has the model, random-people.c what is done, random-walk.c compares.
 * KCHAT_TEST_SEED=N replays; KCHAT_TEST_STEPS=N goes on for longer.
 */
#include "config.h"

#include <time.h>
#include <unistd.h>

#include "random.h"

#define STEPS	60000

static void walk(u64 start, u32 patience)
{
	const char *seed = getenv("KCHAT_TEST_SEED");
	const char *wanted = getenv("KCHAT_TEST_STEPS");
	size_t i, steps = wanted ? strtoul(wanted, NULL, 0) : STEPS;

	dice = seed ? strtoull(seed, NULL, 0) :
		      ((u64)time(NULL) << 20 ^ (u64)getpid()) | 1;
	printf("KCHAT_TEST_SEED=%llu\n", (unsigned long long)dice);
	fflush(stdout);
	CHECK(dice);
	for (i = 0; i < 64; i++)	/* neighbouring seeds part ways */
		roll(2);
	for (i = 0; i < sizeof(noise); i++)
		noise[i] = (u8)roll(256);
	walk_begin(start, patience, steps);
	for (i = 0; i < steps; i++)
		walk_step();
	printf("%zu steps, %zu messages, %zu events, lazy ones called %zu times\n",
	       i, n, n_events, calls);
	walk_end();
}

static void forever(u64 start)
{
	walk(start, KCHAT_PATIENCE_FOREVER);
}
UNIT_TEST(forever)

static void some(u64 start)
{
	walk(start, 100);
}
UNIT_TEST(some)

static void none(u64 start)
{
	walk(start, 0);
}
UNIT_TEST(none)

static const struct tap_test tests[] = {
	UNIT_ROWS("W1 at random with patience forever", forever),
	UNIT_ROWS("W2 at random with patience 100 ms", some),
	UNIT_ROWS("W2 at random with patience 0", none),
	UNIT_END
};

int main(int argc, char **argv)
{
	return tap_main(argc, argv, tests);
}
