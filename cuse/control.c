// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * control.c - the node by which rooms are managed (C1, C2)
 */
#include "config.h"

#include <errno.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "asker.h"
#include "control.h"
#include "kchat_fuse.h"
#include "opener.h"

/**
 * struct manager - an open file of the node
 * @asker: who opened it
 * @user: who is charged for it
 */
struct manager {
	struct asker *asker;
	struct kc_user *user;
};

static struct manager *manager_of(const struct fuse_file_info *fi)
{
	return (struct manager *)(uintptr_t)fi->fh;
}

static int manager_new(struct rooms *rooms, const struct fuse_ctx *ctx,
		       int flags, struct manager **ret_manager)
{
	struct manager *manager = malloc(sizeof(*manager));
	int error;

	if (!manager)
		return -ENOMEM;
	error = user_open(&rooms->managers, ctx->uid,
			  rooms->limits.user_openers, &manager->user);
	if (error)
		goto free_manager;
	manager->asker = asker_new(ctx, flags);
	if (!manager->asker) {
		error = -ENOMEM;
		goto close_user;
	}
	*ret_manager = manager;
	return 0;

close_user:
	user_close(manager->user);
free_manager:
	free(manager);
	return error;
}

static void manager_free(struct manager *manager)
{
	asker_free(manager->asker);
	user_close(manager->user);
	free(manager);
}

/**
 * control_open() - answer an open
 * @rooms: what is managed
 * @req: the request
 * @open_flags: FOPEN_* for the answer
 * @fi: the open file
 */
void control_open(struct rooms *rooms, fuse_req_t req, u32 open_flags,
		  struct fuse_file_info *fi)
{
	struct fuse_open_out out = { .open_flags = open_flags };
	struct manager *manager;
	int error;

	error = manager_new(rooms, fuse_req_ctx(req), fi->flags, &manager);
	if (error) {
		fuse_reply_err(req, -error);
		return;
	}
	out.fh = (uintptr_t)manager;
	/* An open that was aborted is never released. */
	if (fuse_reply_buf(req, (const char *)&out, sizeof(out)))
		manager_free(manager);
}

/**
 * control_release() - answer the end of an open file
 * @req: the request
 * @fi: the open file
 */
void control_release(fuse_req_t req, struct fuse_file_info *fi)
{
	manager_free(manager_of(fi));
	fuse_reply_err(req, 0);
}

static int act(struct rooms *rooms, const struct asker *asker,
	       unsigned int request, struct kchat_spec *spec)
{
	struct kc_asker rights;

	asker_rights(asker, spec->gid, &rights);
	if (request == KCHAT_CREATE)
		return rooms_create(rooms, &rights, spec, NULL);
	if (request == KCHAT_REMOVE)
		return rooms_remove(rooms, &rights, spec);
	return rooms_change(rooms, &rights, spec);
}

static void reply_list(const struct rooms *rooms, fuse_req_t req,
		       struct kchat_list *list)
{
	if (list->reserved) {
		fuse_reply_err(req, EINVAL);
		return;
	}
	memset(list->room, 0, sizeof(list->room));
	rooms_list(rooms, list);
	fuse_reply_ioctl(req, 0, list, sizeof(*list));
}

/**
 * control_ioctl() - answer an ioctl
 * @rooms: what is managed
 * @req: the request
 * @cmd: KCHAT_CREATE, KCHAT_REMOVE, KCHAT_CHANGE or KCHAT_LIST
 * @fi: the open file
 * @in: the structure
 * @in_size: its size in bytes: the request's number tells it
 */
void control_ioctl(struct rooms *rooms, fuse_req_t req, int cmd,
		   struct fuse_file_info *fi, const void *in, size_t in_size)
{
	const struct asker *asker = manager_of(fi)->asker;
	unsigned int request = (unsigned int)cmd;
	struct kchat_list list;
	struct kchat_spec spec;
	int error;

	switch (request) {
	case KCHAT_CREATE:
	case KCHAT_REMOVE:
	case KCHAT_CHANGE:
		error = -EINVAL;
		if (!asker_writes(asker)) {
			error = -EBADF;
		} else if (in_size == sizeof(spec)) {
			memcpy(&spec, in, sizeof(spec));
			error = act(rooms, asker, request, &spec);
		}
		if (error)
			fuse_reply_err(req, -error);
		else
			fuse_reply_ioctl(req, 0, NULL, 0);
		break;
	case KCHAT_LIST:
		if (in_size != sizeof(list)) {
			fuse_reply_err(req, EINVAL);
			break;
		}
		memcpy(&list, in, sizeof(list));
		reply_list(rooms, req, &list);
		break;
	default:
		fuse_reply_err(req, ENOTTY);
	}
}
