/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What /proc tells of other processes and threads.
 */
#ifndef KCHAT_TESTS_PROC_H
#define KCHAT_TESTS_PROC_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

void slurp(const char *path, char *buf, size_t size);
bool asleep(pid_t pid, pid_t tid, long nr);

#endif /* KCHAT_TESTS_PROC_H */
