/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * control.h - the node by which rooms are managed, whatever the transport
 *
 * An open file of it remembers who opened it, and for him it acts. It is charged
 * to him, but not as the files of rooms are: who has as many of those as he may
 * can still manage.
 */
#ifndef KCHATD_CONTROL_H
#define KCHATD_CONTROL_H

#include "fuse-api.h"
#include "rooms.h"

void control_open(struct rooms *rooms, fuse_req_t req, u32 open_flags,
		  struct fuse_file_info *fi);
void control_release(fuse_req_t req, struct fuse_file_info *fi);
void control_ioctl(struct rooms *rooms, fuse_req_t req, int cmd,
		   struct fuse_file_info *fi, const void *in, size_t in_size);

#endif /* KCHATD_CONTROL_H */
