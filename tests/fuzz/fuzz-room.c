// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The random walk of tests/unit, with chance replaced by the input: what people
 * do in a room, against the naive model.
 *
 * The first bytes say how patient the room is and where its positions begin: at
 * one of the unit tests' starts, or so far before they overflow.
 */
#include "config.h"

#include "fuzz.h"
#include "random.h"

const char fuzz_name[] = "room";

static u64 some_start(void)
{
	switch (roll(4)) {
	case 0:
		return KC_RING_START;
	case 1:
		return 0;
	case 2:
		return ((u64)1 << 63) - 8;
	default:
		return (u64)0 - 8 * roll(65536);
	}
}

static u32 some_patience(void)
{
	static const u32 patience[] = { KCHAT_PATIENCE_FOREVER, 100, 0 };

	return patience[roll(KC_ARRAY_SIZE(patience))];
}

/* Content with no pattern in it, the same in every run */
static void make_noise(void)
{
	size_t i;

	script = NULL;
	dice = 1;
	for (i = 0; i < sizeof(noise); i++)
		noise[i] = (u8)roll(256);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	u64 start;

	if (!dice)
		make_noise();
	script = data;
	script_end = data + size;
	start = some_start();
	walk_begin(start, some_patience(), size);
	while (script < script_end)
		walk_step();
	walk_end();
	return 0;
}
