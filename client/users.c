// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * users.c - users by name
 */
#include "config.h"
#include "users.h"

#include <inttypes.h>
#include <pwd.h>
#include <stdio.h>
#include <string.h>

const char *uid_name(uint32_t uid)
{
	static struct {
		bool known;
		uint32_t uid;
		char name[256];
	} users[64];
	size_t i = uid % (sizeof(users) / sizeof(users[0]));
	struct passwd *user;

	if (!users[i].known || users[i].uid != uid) {
		user = getpwuid(uid);
		users[i].known = true;
		users[i].uid = uid;
		users[i].name[0] = '\0';
		if (user && strlen(user->pw_name) < sizeof(users[i].name))
			strcpy(users[i].name, user->pw_name);
	}
	return users[i].name[0] ? users[i].name : NULL;
}

void user_text(uint32_t uid, char *ret_text)
{
	const char *name = uid_name(uid);

	if (name)
		plain_text(name, ret_text);
	else
		snprintf(ret_text, TEXT_SIZE, "%" PRIu32, uid);
}

void plain_text(const char *text, char *ret_text)
{
	struct show show;
	size_t len, i;

	/* A byte of a cut character is spelt out like any that is no UTF-8. */
	show_init(&show, false);
	len = show_bytes(&show, text, strnlen(text, 32), ret_text);
	ret_text[len] = '\0';
	/* Two that pass there and would not stay within a line. */
	for (i = 0; i < len; i++)
		if (ret_text[i] == '\n' || ret_text[i] == '\t')
			ret_text[i] = '?';
}
