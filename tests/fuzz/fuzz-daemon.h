/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * fuzz-daemon.h - the daemon on a bench, and what must hold between two requests
 */
#ifndef KCHAT_TESTS_FUZZ_DAEMON_H
#define KCHAT_TESTS_FUZZ_DAEMON_H

#include "cuse/opener.h"
#include "cuse/rooms.h"
#include "fake-fuse.h"

#define FILES	8

/**
 * struct daemon_file - an open file
 * @open: it is
 * @control: of the control node; else of a room
 * @fi: as libfuse knows it
 * @found: POLL* that the last poll found
 */
struct daemon_file {
	bool open, control;
	struct fuse_file_info fi;
	unsigned int found;
};

extern struct daemon_file files[FILES];
extern struct rooms rooms;

static inline struct opener *opener_at(unsigned int i)
{
	return (struct opener *)(uintptr_t)files[i].fi.fh;
}

void daemon_check(void);

#endif /* KCHAT_TESTS_FUZZ_DAEMON_H */
