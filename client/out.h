/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * out.h - standard output: bytes as they came, or fit to be seen
 */
#ifndef KCHAT_OUT_H
#define KCHAT_OUT_H

#include <stdbool.h>
#include <stddef.h>

#include "show.h"

/** OUT_MAX - the most bytes written at once */
#define OUT_MAX 65536

/**
 * struct out - standard output
 * @terminal: people read it, so it gets what show.h makes of the bytes
 * @show: the stream to the terminal
 */
struct out {
	bool terminal;
	struct show show;
};

/**
 * terminal_has_utf8 - does the terminal understand UTF-8?
 *
 * What the locale says, set from the environment.
 */
bool terminal_has_utf8(void);

/**
 * out_init - look at what standard output is
 * @out: set up
 */
void out_init(struct out *out);

/**
 * out_write - write all of it
 * @out: standard output
 * @bytes: what
 * @len: how many, at most OUT_MAX
 *
 * Nothing stays in a buffer, and it waits as long as it takes.
 *
 * Return: 0, or -errno after the failure was reported
 */
int out_write(struct out *out, const void *bytes, size_t len);

/**
 * out_end - nothing more will come: write what is held
 * @out: standard output
 *
 * Return: as out_write()
 */
int out_end(struct out *out);

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
