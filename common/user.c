// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * user.c - what each user is charged for; user.h says what that is
 */
#include "user.h"

/**
 * kc_users_init() - nobody yet
 * @users: the users
 */
void kc_users_init(struct kc_users *users)
{
	unsigned int i;

	for (i = 0; i < KC_USER_LISTS; i++)
		INIT_LIST_HEAD(&users->list[i]);
}

/**
 * kc_user_open() - charge a user for one more open file
 * @users: the users, locked
 * @uid: who
 * @limit: open files he may have
 * @fresh: memory for him, if this is his first; else it stays the caller's
 * @ret_user: set to him; it is @fresh if that was used
 *
 * Return: 0, or -EUSERS if he has as many as he may.
 */
int kc_user_open(struct kc_users *users, u32 uid, u32 limit,
		 struct kc_user *fresh, struct kc_user **ret_user)
{
	struct list_head *list = &users->list[uid & (KC_USER_LISTS - 1)];
	struct kc_user *user;

	list_for_each_entry(user, list, link) {
		if (user->uid != uid)
			continue;
		if (user->openers >= limit)
			return -EUSERS;
		user->openers++;
		*ret_user = user;
		return 0;
	}
	if (!limit)
		return -EUSERS;
	fresh->uid = uid;
	fresh->openers = 1;
	fresh->parked = 0;
	list_add_tail(&fresh->link, list);
	*ret_user = fresh;
	return 0;
}

/**
 * kc_user_close() - one open file less
 * @user: the user, the users locked
 *
 * Return: true if it was his last: his memory is the caller's again.
 */
bool kc_user_close(struct kc_user *user)
{
	kc_assert(user->openers);
	if (--user->openers)
		return false;
	kc_assert(!user->parked);
	list_del_init(&user->link);
	return true;
}

/**
 * kc_user_park() - charge a user for a write that waits
 * @user: the user, the users locked
 * @bytes: what it holds
 * @limit: bytes he may have waiting
 *
 * Return: 0, or -ENOBUFS if that would be more than he may.
 */
int kc_user_park(struct kc_user *user, u32 bytes, u32 limit)
{
	if (bytes > limit || user->parked > limit - bytes)
		return -ENOBUFS;
	user->parked += bytes;
	return 0;
}

/**
 * kc_user_unpark() - a write waits no longer
 * @user: the user, the users locked
 * @bytes: what it was charged for
 */
void kc_user_unpark(struct kc_user *user, u32 bytes)
{
	kc_assert(user->parked >= bytes);
	user->parked -= bytes;
}
