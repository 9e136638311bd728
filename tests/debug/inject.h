/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Failures on demand, in a kernel that has fault injection: memory that cannot be
 * had (failslab, fail_page_alloc) and user memory that cannot be copied
 * (fail_usercopy). Only for calls of this thread or process, and only in what is
 * called by a module's code.
 */
#ifndef KCHAT_TESTS_INJECT_H
#define KCHAT_TESTS_INJECT_H

#include <stdbool.h>

/**
 * struct trial - what became of a call one of whose points of failure failed
 * @ret: what it returned
 * @err: its errno, if that is negative
 * @failed: it came to that point; otherwise it has fewer, and met no failure
 */
struct trial {
	long ret;
	int err;
	bool failed;
};

void inject_scope(const char *module);
struct trial inject_nth(unsigned int nth, long (*call)(void));
void inject_often(unsigned int percent);
void inject_never(void);

#endif /* KCHAT_TESTS_INJECT_H */
