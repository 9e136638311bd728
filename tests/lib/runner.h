/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * runner.h - what the harness's own files share; no test includes it
 */
#ifndef KCHAT_TESTS_RUNNER_H
#define KCHAT_TESTS_RUNNER_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum verdict { NONE, PASSED, FAILED, SKIPPED };

/**
 * struct shared - written by the processes of a test, read by the runner
 * @verdict: enum verdict; the first counts
 * @file: where the test was last seen
 * @line: likewise; no lock, a torn pair only misleads a reader of a failed test
 * @reason: why it was skipped
 */
struct shared {
	int verdict;
	const char *file;
	int line;
	char reason[200];
};

/** tap_alone - of a program without a runner, in which a failed check aborts */
extern struct shared tap_alone, *tap_shared;

/**
 * struct said - what a test said, kept until its result is printed
 * @text: that, as far as there is room
 * @len: its length
 */
struct said {
	char text[64 * 1024];
	size_t len;
};

extern struct said tap_said;

void tap_say(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void tap_say_hang(pid_t leader);
void tap_listen(int fd);

void tap_klog_open(void);
void tap_klog_mark(const char *name);
bool tap_klog_is_clean(void);

#endif /* KCHAT_TESTS_RUNNER_H */
