/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * identity.h - who opened a file
 *
 * It is kept for as long as the file is open or its room has a message that came
 * through it, and by then the process may have ended.
 */
#ifndef KCHATD_IDENTITY_H
#define KCHATD_IDENTITY_H

#include "fuse-api.h"
#include "room.h"

/**
 * struct identity - who opened a file
 * @sender: the engine's part; it says when all this may go
 * @uid: file-system user id
 * @gid: file-system group id
 * @pid: the process; 0 if it could not be found out
 * @started: when that process began, in clock ticks since the boot; 0: it was
 *	gone
 * @handle: a descriptor of that process (pidfd_open(2)), -1 if none could be had
 */
struct identity {
	struct kc_sender sender;
	uid_t uid;
	gid_t gid;
	pid_t pid;
	unsigned long long started;
	int handle;
};

struct identity *identity_new(const struct fuse_ctx *ctx);
void identity_free(struct identity *identity);
void identity_name(const struct identity *identity, u32 *ret_pid, u32 *ret_uid,
		   u32 *ret_gid);

#endif /* KCHATD_IDENTITY_H */
