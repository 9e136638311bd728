// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * kchat-hostile: may one program harm the others of a room, or of another? Each
 * test lets some do their worst, while honest ones go on beside them.
 */
#include "config.h"

#include "hostile.h"

int main(int argc, char **argv)
{
	const struct tap_test *const tables[] = {
		tests_stalls, tests_flicker, tests_lengths, tests_crowds,
		tests_closing, tests_memory, NULL,
	};

	return run_in_room(argc, argv, tables);
}
