/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * mount.h - where the filesystem of rooms is mounted, and by whom
 */
#ifndef KCHATD_MOUNT_H
#define KCHATD_MOUNT_H

#include "fuse-api.h"
#include "site.h"

int site_mount(const struct site *site, struct fuse_session *session,
	       struct reason *ret_why);
void site_unmount(const struct site *site, struct fuse_session *session);

#endif /* KCHATD_MOUNT_H */
