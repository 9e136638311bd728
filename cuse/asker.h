/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * asker.h - what whoever opened the control node, or makes a request, may do
 *
 * A request carries the file-system ids of its thread; groups and capabilities
 * stand in /proc. They are read while that thread waits for the answer to its
 * request, so they cannot change meanwhile; the control node's are kept for as long
 * as the file.
 */
#ifndef KCHATD_ASKER_H
#define KCHATD_ASKER_H

#include "fuse-api.h"
#include "hub.h"

struct asker;

struct asker *asker_new(const struct fuse_ctx *ctx, int flags);
void asker_free(struct asker *asker);
bool asker_writes(const struct asker *asker);
void asker_rights(const struct asker *asker, gid_t gid,
		  struct kc_asker *ret_rights);

#endif /* KCHATD_ASKER_H */
