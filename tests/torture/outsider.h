/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Outsiders: programs that know nothing of a room and do anything to it
 */
#ifndef KCHAT_TESTS_OUTSIDER_H
#define KCHAT_TESTS_OUTSIDER_H

#include "torture.h"

/* Who they are */
#define OUTSIDER 65534

void calls_start(const char *one, const char *other);
void calls_any(int fd, int other);

#endif /* KCHAT_TESTS_OUTSIDER_H */
