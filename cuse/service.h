/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * service.h - the daemon's life
 */
#ifndef KCHATD_SERVICE_H
#define KCHATD_SERVICE_H

#include <stdbool.h>
#include <sys/types.h>

#include "hub.h"

/**
 * struct options - what the command line asks for
 * @cuse: CUSE may be tried
 * @fuse: FUSE may be tried
 * @foreground: stay attached to the terminal
 * @directory: where the room appears; NULL: the usual place
 * @mode: permissions of the lobby
 * @control_mode: permissions of the control node
 * @gid: the group of both
 * @patience: ms the lobby waits for slow readers
 * @limits: what there may be at most
 */
struct options {
	bool cuse;
	bool fuse;
	bool foreground;
	const char *directory;
	mode_t mode;
	mode_t control_mode;
	gid_t gid;
	u32 patience;
	struct kc_limits limits;
};

int service_run(const struct options *options);
int service_stop(const struct options *options);

#endif /* KCHATD_SERVICE_H */
