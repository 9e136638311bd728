// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Chance: each process draws from a seed of its own, so that the same seed makes
 * the same plans. How they come to interleave is the machine's.
 */
#include "config.h"

#include "torture.h"

static uint64_t luck;
/* It is slow once in so many times; 0: never */
static unsigned int pace;

/**
 * luck_start() - what this process will draw from now on
 * @seed: of the round
 * @who: number of the process in it
 */
void luck_start(uint64_t seed, unsigned int who)
{
	static const unsigned int paces[] = { 0, 0, 30, 5, 2 };

	luck = (seed + 1) * 0x9e3779b97f4a7c15ull ^
	       (who + 1) * 0xbf58476d1ce4e5b9ull;
	luck |= 1;
	draw(2);
	draw(2);
	pace = paces[draw(LENGTH(paces))];
}

/**
 * draw() - a number below another
 * @n: the other
 */
unsigned int draw(unsigned int n)
{
	return dice(&luck) % n;
}

/**
 * one_in() - does it happen this time?
 * @n: it does once in so many
 */
bool one_in(unsigned int n)
{
	return draw(n) == 0;
}

/**
 * dawdle() - be slow, if that is one's way
 */
void dawdle(void)
{
	if (pace && one_in(pace))
		tap_sleep(draw(4));
}

/**
 * some_style() - how to wait
 * @common: how all do, or STYLES
 */
enum style some_style(enum style common)
{
	return common == STYLES ? draw(STYLES) : common;
}

/**
 * plan_of() - the round of a seed
 * @seed: the seed
 */
struct plan plan_of(uint64_t seed)
{
	static const uint32_t most[] = { 200, 1000, 6000, 30000, 70000 };
	static const uint32_t numbers[] = { 800, 600, 300, 150, 100 };
	static const uint32_t patience[] = {
		KCHAT_PATIENCE_FOREVER, KCHAT_PATIENCE_FOREVER, 0, 1, 20,
	};
	struct plan plan = { .seed = seed };
	unsigned int size;

	luck_start(seed, 1000);
	plan.capacity = KCHAT_CAPACITY_MIN << draw(2);
	plan.patience = patience[draw(LENGTH(patience))];
	plan.lossless = plan.patience == KCHAT_PATIENCE_FOREVER && !one_in(3);
	plan.flags = one_in(2) ? KCHAT_ROOM_HISTORY : 0;
	plan.authors = 1 + draw(4);
	plan.readers = one_in(3) ? 1 : 1 + draw(6);
	plan.writers_wait = draw(STYLES + 1);
	plan.readers_wait = draw(STYLES + 1);
	plan.chatters = draw(3);
	size = draw(LENGTH(most));
	plan.most = most[size];
	plan.numbers = numbers[size] / 4 + draw(numbers[size]);
	if (one_in(3))
		plan.early = 1 + draw(plan.numbers * plan.authors);
	plan.kills = one_in(2) ? 1 + draw(2) : 0;
	return plan;
}
