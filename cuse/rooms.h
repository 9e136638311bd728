/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * rooms.h - all rooms a daemon serves, and their users
 *
 * A host is made and removed through the control node, and lives on until its
 * last opener has left. Nothing is freed while a request is being served:
 * rooms_reap() does that between two of them.
 */
#ifndef KCHATD_ROOMS_H
#define KCHATD_ROOMS_H

#include "host.h"
#include "hub.h"
#include "site.h"
#include "user.h"

struct transport;

/**
 * struct rooms - the rooms of a daemon
 * @hub: their names and owners
 * @users: who has them open
 * @managers: who has the control node open
 * @limits: what there may be at most
 * @ticking: hosts to which time matters
 * @transport: how they are served; NULL: not yet
 * @site: where
 * @hold_ns: the longest a request may wait before it is sent home; 0: any time
 * @ended: all end, and no more are made
 * @reap: a room that was removed may have lost its last opener
 */
struct rooms {
	struct kc_hub hub;
	struct kc_users users;
	struct kc_users managers;
	struct kc_limits limits;
	struct list_head ticking;
	const struct transport *transport;
	const struct site *site;
	u64 hold_ns;
	bool ended;
	bool reap;
};

void rooms_init(struct rooms *rooms, const struct site *site,
		const struct kc_limits *limits);
void rooms_deinit(struct rooms *rooms);
int rooms_create(struct rooms *rooms, const struct kc_asker *asker,
		 struct kchat_spec *spec, struct reason *ret_why);
int rooms_remove(struct rooms *rooms, const struct kc_asker *asker,
		 const struct kchat_spec *spec);
int rooms_change(struct rooms *rooms, const struct kc_asker *asker,
		 const struct kchat_spec *spec);
void rooms_list(const struct rooms *rooms, struct kchat_list *list);

struct host *rooms_next(const struct rooms *rooms, u64 after);
struct host *rooms_by_name(const struct rooms *rooms, const char *name);
void rooms_end(struct rooms *rooms);
bool rooms_are_empty(const struct rooms *rooms);
void rooms_reap(struct rooms *rooms);
void rooms_tick(struct rooms *rooms);
u64 rooms_deadline(const struct rooms *rooms);

#endif /* KCHATD_ROOMS_H */
