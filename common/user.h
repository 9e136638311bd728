/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * user.h - what each user is charged for (C3)
 *
 * A user is there from the first open to the last release of his files. What he
 * holds is charged to him and bounded: open files, in whatever room, and bytes
 * that wait in writes. Users have a lock of their own, which is a leaf: it may be
 * taken with a room's lock held.
 */
#ifndef KC_USER_H
#define KC_USER_H

#include "kc_env.h"
#include "kchat.h"

/* Lists of users, by the low bits of their ids; a power of two. */
#define KC_USER_LISTS	64

/**
 * struct kc_user - what one user holds
 * @link: in one of struct kc_users' lists
 * @uid: who
 * @openers: his open files
 * @parked: bytes that wait in his writes
 */
struct kc_user {
	struct list_head link;
	u32 uid;
	u32 openers;
	u32 parked;
};

/**
 * struct kc_users - all users of a backend
 * @list: by uid
 */
struct kc_users {
	struct list_head list[KC_USER_LISTS];
};

void kc_users_init(struct kc_users *users);
int kc_user_open(struct kc_users *users, u32 uid, u32 limit,
		 struct kc_user *fresh, struct kc_user **ret_user);
bool kc_user_close(struct kc_user *user);
int kc_user_park(struct kc_user *user, u32 bytes, u32 limit);
void kc_user_unpark(struct kc_user *user, u32 bytes);

#endif /* KC_USER_H */
