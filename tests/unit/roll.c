// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Chance; roll.h says where it comes from.
 */
#include "config.h"

#include "roll.h"

u64 dice;
const u8 *script, *script_end;

/* As many bytes of the script as it takes; zeros follow its end. */
static u64 read_on(u64 sides)
{
	u64 value = 0, reach = 1;

	for (; reach < sides && script < script_end; reach <<= 8)
		value = value << 8 | *script++;
	return value % sides;
}

/**
 * roll() - a number by chance
 * @sides: how many there are
 *
 * Return: 0 to @sides - 1.
 */
u64 roll(u64 sides)
{
	if (script)
		return read_on(sides);
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (dice >> 11) % sides;
}
