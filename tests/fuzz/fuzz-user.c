// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What users are charged for, against a table in which nothing is shared.
 */
#include "config.h"

#include "fuzz-hub.h"
#include "roll.h"
#include "tap.h"
#include "user.h"

#define PEOPLE	6

/* A user as the model knows him; @user is NULL when he has nothing open */
static struct {
	struct kc_user *user;
	u32 openers, parked;
} people[PEOPLE];

static struct kc_users users;

static u32 least(u32 a, u32 b)
{
	return a < b ? a : b;
}

/* Some of them share a list */
static u32 uid_of(u64 i)
{
	return (u32)(i % 2 ? i : i * KC_USER_LISTS);
}

static void user_open(u64 i)
{
	struct kc_user *fresh = malloc(sizeof(*fresh)), *user = NULL;
	int want = people[i].openers + 1 > limits.user_openers ? -EUSERS : 0;

	CHECK(fresh);
	CHECK_EQ(kc_user_open(&users, uid_of(i), limits.user_openers, fresh,
			      &user), want);
	if (want || user != fresh)
		free(fresh);
	CHECK_EQ(!!user, !want);
	if (want)
		return;
	CHECK(user == (people[i].user ? people[i].user : fresh));
	people[i].user = user;
	people[i].openers++;
}

static void user_close(u64 i)
{
	if (!people[i].openers)
		return;
	if (people[i].openers == 1 && people[i].parked) {
		kc_user_unpark(people[i].user, people[i].parked);
		people[i].parked = 0;
	}
	CHECK_EQ(kc_user_close(people[i].user), !--people[i].openers);
	if (people[i].openers)
		return;
	free(people[i].user);
	people[i].user = NULL;
}

static void user_park(u64 i)
{
	/* About as many as he may yet, or any */
	u32 bytes = roll(2) ? limits.user_parked - people[i].parked +
			      (u32)roll(3) - 1 : (u32)roll(70000);
	int want;

	if (!people[i].user)
		return;
	if (!roll(3)) {
		bytes = least(bytes, people[i].parked);
		kc_user_unpark(people[i].user, bytes);
		people[i].parked -= bytes;
		return;
	}
	want = (u64)people[i].parked + bytes > limits.user_parked ? -ENOBUFS :
								    0;
	CHECK_EQ(kc_user_park(people[i].user, bytes, limits.user_parked), want);
	if (!want)
		people[i].parked += bytes;
}

/**
 * user_step() - somebody opens a file, closes one, or has a write wait
 * @what: 0, 1 or 2: which of these
 */
void user_step(unsigned int what)
{
	u64 i = roll(PEOPLE);

	if (what == 0)
		user_open(i);
	else if (what == 1)
		user_close(i);
	else
		user_park(i);
}

/**
 * users_begin() - nobody yet
 */
void users_begin(void)
{
	memset(people, 0, sizeof(people));
	kc_users_init(&users);
}

/**
 * users_end() - all close what they have open
 */
void users_end(void)
{
	u64 i;

	for (i = 0; i < PEOPLE; i++)
		while (people[i].user)
			user_close(i);
}
