/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * roll.h - chance: dice, or a script that a fuzzer wrote
 */
#ifndef KCHAT_TESTS_ROLL_H
#define KCHAT_TESTS_ROLL_H

#include "kc_env.h"

extern u64 dice;			/* not 0 */
extern const u8 *script, *script_end;	/* instead of dice, unless NULL */

u64 roll(u64 sides);

#endif /* KCHAT_TESTS_ROLL_H */
