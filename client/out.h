/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * out.h - standard output
 */
#ifndef KCHAT_OUT_H
#define KCHAT_OUT_H

#include <stdbool.h>
#include <stddef.h>

/**
 * terminal_has_utf8 - does the terminal understand UTF-8?
 *
 * What the locale says, set from the environment.
 */
bool terminal_has_utf8(void);

/**
 * out_write - write all of it
 * @bytes: what
 * @len: how many
 *
 * Nothing stays in a buffer, and it waits as long as it takes.
 *
 * Return: 0, or -errno after the failure was reported
 */
int out_write(const void *bytes, size_t len);

/**
 * out_flush - what was printed by printf(3) is written, or that is reported
 *
 * Return: 0 or -errno
 */
int out_flush(void);

/**
 * out_gone - poll(2) says that nobody reads standard output any more
 *
 * Ends the process by SIGPIPE, as the next write would. Where the caller of the
 * program ignores that, the failure is reported.
 *
 * Return: -EPIPE
 */
int out_gone(void);

#endif /* KCHAT_OUT_H */
