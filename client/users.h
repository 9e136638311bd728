/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * users.h - users by name
 */
#ifndef KCHAT_USERS_H
#define KCHAT_USERS_H

#include <stdint.h>

#include "show.h"

/** TEXT_SIZE - of what plain_text() and user_text() make, with its NUL */
#define TEXT_SIZE (SHOW_SIZE(32) + 1)

/**
 * uid_name - the name of a user
 * @uid: who
 *
 * To look one up may take a question to another host, so some are remembered.
 *
 * Return: the name, good until the next call; NULL if there is none
 */
const char *uid_name(uint32_t uid);

/**
 * user_text - the name of a user, fit to be seen
 * @uid: who
 * @ret_text: set to it, or to the number; TEXT_SIZE bytes
 */
void user_text(uint32_t uid, char *ret_text);

/**
 * plain_text - what others have named something, fit to stand within a line
 * @text: ends with a NUL; what is longer than 32 bytes is cut
 * @ret_text: set to it; TEXT_SIZE bytes
 */
void plain_text(const char *text, char *ret_text);

#endif /* KCHAT_USERS_H */
