/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * opener.h - an open file of a room
 *
 * It lives from the open to the release. Who opened it is remembered for as
 * long as the room keeps a message of his.
 */
#ifndef KCHATD_OPENER_H
#define KCHATD_OPENER_H

#include "fuse-api.h"
#include "room.h"
#include "user.h"

/**
 * struct opener - an open file
 * @member: the engine's part
 * @user: who is charged for it
 * @armed: in a list of those to notify, while @handle is there
 * @handle: whom to notify, once; NULL if nobody polls
 * @events: of what
 */
struct opener {
	struct kc_member member;
	struct kc_user *user;
	struct list_head armed;
	struct fuse_pollhandle *handle;
	unsigned int events;
};

int user_open(struct kc_users *users, uid_t uid, u32 limit,
	      struct kc_user **ret_user);
void user_close(struct kc_user *user);

int opener_new(struct kc_room *room, struct kc_users *users, u32 user_limit,
	       const struct fuse_ctx *ctx, int flags,
	       struct opener **ret_opener);
void opener_free(struct opener *opener);
void opener_free_gone(struct kc_room *room);

bool opener_read(struct opener *opener, fuse_req_t req, size_t size,
		 bool goes_on);
int opener_write(struct opener *opener, const char *data, size_t size,
		 bool batch, struct kc_turn *turn);

unsigned int opener_poll(struct opener *opener, unsigned int events);
void opener_arm(struct opener *opener, struct fuse_pollhandle *handle,
		unsigned int events, struct list_head *armed);
void opener_notify(struct opener *opener);

#endif /* KCHATD_OPENER_H */
