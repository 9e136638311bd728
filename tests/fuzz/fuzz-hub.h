/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * fuzz-hub.h - the limits, and the users' part of the target
 */
#ifndef KCHAT_TESTS_FUZZ_HUB_H
#define KCHAT_TESTS_FUZZ_HUB_H

#include "hub.h"

extern struct kc_limits limits;

void user_step(unsigned int what);
void users_begin(void);
void users_end(void);

#endif /* KCHAT_TESTS_FUZZ_HUB_H */
