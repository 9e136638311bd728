/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * clock.h - the clocks, in the engine's unit
 */
#ifndef KCHATD_CLOCK_H
#define KCHATD_CLOCK_H

#include <time.h>

#include "kc_env.h"

#define NS_PER_MS	1000000ULL
#define NS_PER_S	1000000000ULL

/**
 * clock_ns() - what time is it?
 * @clock: CLOCK_MONOTONIC for everything that waits
 *
 * Return: ns.
 */
static inline u64 clock_ns(clockid_t clock)
{
	struct timespec now;

	clock_gettime(clock, &now);
	return (u64)now.tv_sec * NS_PER_S + (u64)now.tv_nsec;
}

#endif /* KCHATD_CLOCK_H */
