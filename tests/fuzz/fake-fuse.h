/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * fake-fuse.h - libfuse as the daemon sees it, without a kernel behind
 *
 * A request must be answered exactly once. It may be interrupted while it waits,
 * and even before the daemon sees it; its answer may come too late, which
 * libfuse says by an error. A poll handle must be destroyed exactly once.
 */
#ifndef KCHAT_TESTS_FAKE_FUSE_H
#define KCHAT_TESTS_FAKE_FUSE_H

#include "cuse/fuse-api.h"
#include "kc_env.h"

#define FAKE_ANSWER_MAX	(1U << 20)

/**
 * struct fuse_req - a request
 * @ctx: whose
 * @file: which open file of the test it came through
 * @size: the most bytes its answer may have
 * @look: called with the answer's bytes in fake_answer, if there are any
 * @late: an answer comes too late
 * @interrupted: it was interrupted
 * @answered: it was answered
 * @error: by this errno, or 0
 * @bytes: with so many bytes, or for a write so many were accepted
 * @events: by these POLL*
 */
struct fuse_req {
	struct fuse_ctx ctx;
	unsigned int file;
	size_t size;
	void (*look)(const struct fuse_req *req);
	bool late;
	bool interrupted;
	bool answered;
	int error;
	size_t bytes;
	unsigned int events;
	fuse_interrupt_func_t call;
	void *context;
};

/**
 * struct fuse_pollhandle - somebody who polls
 * @notified: he was told
 */
struct fuse_pollhandle {
	bool notified;
};

extern u8 fake_answer[FAKE_ANSWER_MAX];	/* of the request last answered */
extern unsigned int fake_handles;	/* that were not destroyed yet */
extern u64 fake_now_ns;			/* what every clock shows */

void fake_interrupt(struct fuse_req *req);
struct fuse_pollhandle *fake_handle(void);

#endif /* KCHAT_TESTS_FAKE_FUSE_H */
