// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * doctor-user.c - who is asking, and in which groups
 */
#include "config.h"
#include "doctor.h"

#include <grp.h>
#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

/* The group of whoever may use the lobby, where nobody said otherwise. */
#define GROUP "kchat"

static bool is_among(gid_t gid, const gid_t *gids, int nr)
{
	int i;

	for (i = 0; i < nr; i++)
		if (gids[i] == gid)
			return true;
	return false;
}

/* Are we in it now? */
static bool session_has(gid_t gid)
{
	int nr = getgroups(0, NULL);
	gid_t *gids = nr > 0 ? calloc(nr, sizeof(*gids)) : NULL;
	bool has = gid == getegid();

	if (gids) {
		nr = getgroups(nr, gids);
		has = has || is_among(gid, gids, nr);
	}
	free(gids);
	return has;
}

/* Would we be in it if we logged in now? */
static bool database_has(gid_t gid)
{
	const struct passwd *user = getpwuid(getuid());
	gid_t *gids;
	int nr = 0;
	bool has;

	if (!user)
		return false;
	getgrouplist(user->pw_name, user->pw_gid, NULL, &nr);
	gids = calloc(nr, sizeof(*gids));
	if (!gids)
		return false;
	getgrouplist(user->pw_name, user->pw_gid, gids, &nr);
	has = is_among(gid, gids, nr);
	free(gids);
	return has;
}

enum membership membership(gid_t gid)
{
	if (session_has(gid))
		return MEMBER;
	return database_has(gid) ? MEMBER_NEXT_TIME : STRANGER;
}

static void quote_id(struct word *ret_word, const char *name, unsigned int id)
{
	char number[16];

	snprintf(number, sizeof(number), "%u", id);
	quote(ret_word, name ? name : number);
}

void user_name(struct word *ret_word)
{
	const struct passwd *user = getpwuid(getuid());

	quote_id(ret_word, user ? user->pw_name : NULL, getuid());
}

void group_name(struct word *ret_word, gid_t gid)
{
	const struct group *group = getgrgid(gid);

	quote_id(ret_word, group ? group->gr_name : NULL, gid);
}

void examine_user(struct doctor *doctor)
{
	const struct group *group = getgrnam(GROUP);
	struct word user;

	user_name(&user);
	if (!geteuid()) {
		finding(doctor, "you", OK, "root");
		return;
	}
	if (!group) {
		finding(doctor, "you", NOTE,
			"%s; there is no group " GROUP " on this machine",
			user.text);
		return;
	}
	switch (membership(group->gr_gid)) {
	case MEMBER:
		finding(doctor, "you", OK,
			"%s, in the group " GROUP, user.text);
		break;
	case MEMBER_NEXT_TIME:
		finding(doctor, "you", NOTE,
			"%s, in the group " GROUP " from the next login on, or now by newgrp " GROUP,
			user.text);
		break;
	case STRANGER:
		finding(doctor, "you", NOTE, "%s, not in the group " GROUP,
			user.text);
		break;
	}
}
