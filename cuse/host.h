/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * host.h - a room and all who have it open, whatever the transport
 *
 * The host answers the requests that CUSE and FUSE have in common, by the
 * rules of the engine. It lives until its room was removed and the last opener
 * left (rooms.h); an opener from its open to its release.
 */
#ifndef KCHATD_HOST_H
#define KCHATD_HOST_H

#include <sys/stat.h>

#include "fuse-api.h"
#include "hub.h"
#include "park.h"
#include "room.h"

struct device;
struct rooms;

/**
 * struct host - a room that is served
 * @room: the engine's part
 * @place: its entry among all rooms
 * @rooms: those
 * @memory: the memory of its ring
 * @park: requests that wait
 * @armed: openers somebody polls
 * @ticking: in the list of those to which time matters
 * @deadline_ns: when it does, on the monotonic clock; 0: never
 * @device: CUSE's part
 * @file: FUSE's part: its attributes; chmod and chown change them
 * @born: and the first node id that can be the room's
 */
struct host {
	struct kc_room room;
	struct kc_place place;
	struct rooms *rooms;
	void *memory;
	struct park park;
	struct list_head armed;
	struct list_head ticking;
	u64 deadline_ns;
	struct device *device;
	struct stat file;
	u64 born;
};

struct host *host_new(struct rooms *rooms, u32 capacity);
void host_free(struct host *host);
void host_end(struct host *host);
void host_settle(struct host *host);
void host_tick(struct host *host);

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
