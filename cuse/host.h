/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * host.h - a room and all who have it open, whatever the transport
 *
 * The host answers the requests that CUSE and FUSE have in common, by the
 * rules of the engine. It lives as long as the daemon; an opener from its open
 * to its release.
 */
#ifndef KCHATD_HOST_H
#define KCHATD_HOST_H

#include "fuse-api.h"
#include "park.h"
#include "room.h"

/**
 * struct host - a room that is served
 * @room: the engine's part
 * @memory: the memory of its ring
 * @park: requests that wait
 * @armed: openers somebody polls
 * @hold_ns: the longest a request may wait before it is sent home; 0: any time
 */
struct host {
	struct kc_room room;
	void *memory;
	struct park park;
	struct list_head armed;
	u64 hold_ns;
};

int host_init(struct host *host, u32 capacity);
void host_deinit(struct host *host);
void host_end(struct host *host);
bool host_is_empty(const struct host *host);
void host_tick(struct host *host);
u64 host_deadline(struct host *host);

void host_open(struct host *host, fuse_req_t req, u32 open_flags,
	       const struct fuse_file_info *fi);
void host_release(fuse_req_t req, struct fuse_file_info *fi);
void host_read(fuse_req_t req, size_t size, off_t off,
	       struct fuse_file_info *fi);
void host_write(fuse_req_t req, const char *buf, size_t size, off_t off,
		struct fuse_file_info *fi);
void host_poll(fuse_req_t req, struct fuse_file_info *fi,
	       struct fuse_pollhandle *handle);
void host_ioctl(fuse_req_t req, int cmd, void *arg, struct fuse_file_info *fi,
		unsigned int flags, const void *in, size_t in_size,
		size_t out_size);
void host_fsync(fuse_req_t req, int datasync, struct fuse_file_info *fi);

#endif /* KCHATD_HOST_H */
