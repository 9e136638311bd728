// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * lines.c - what somebody says, cut into messages
 *
 * One buffer, filled at its end and emptied at its start. It is moved down
 * when space is wanted, and grows only when that is not enough.
 */
#include "config.h"
#include "lines.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kchat.h"

void lines_deinit(struct lines *lines)
{
	free(lines->text);
	*lines = LINES_EMPTY;
}

/* Make room for @len bytes behind the end. */
static int lines_reserve(struct lines *lines, size_t len)
{
	size_t size = lines->size ? lines->size : KCHAT_MSG_MAX;
	char *text;

	if (lines->size - lines->end >= len)
		return 0;

	if (lines->start) {
		lines->end -= lines->start;
		memmove(lines->text, lines->text + lines->start, lines->end);
		lines->start = 0;
	}
	while (size - lines->end < len)
		size *= 2;
	if (size == lines->size)
		return 0;
	text = realloc(lines->text, size);
	if (!text)
		return -ENOMEM;
	lines->text = text;
	lines->size = size;
	return 0;
}

int lines_add(struct lines *lines, const char *text, size_t len)
{
	int err;

	if (!len)	/* no words: there may be no memory yet to copy to */
		return 0;
	err = lines_reserve(lines, len);
	if (err)
		return err;
	memcpy(lines->text + lines->end, text, len);
	lines->end += len;
	return 0;
}

int lines_read(struct lines *lines, int fd)
{
	ssize_t n;
	int err;

	err = lines_reserve(lines, KCHAT_MSG_MAX);
	if (err)
		return err;
	n = read(fd, lines->text + lines->end, lines->size - lines->end);
	if (n < 0)
		return errno == EINTR || errno == EAGAIN ? 0 : -errno;
	lines->end += n;
	lines->ended = n == 0;
	return 0;
}

size_t lines_next(const struct lines *lines, const char **ret_message)
{
	size_t len = lines_left(lines);
	const char *message, *newline;

	if (!len)
		return 0;
	message = lines->text + lines->start;
	if (len > KCHAT_MSG_MAX)
		len = KCHAT_MSG_MAX;
	newline = memchr(message, '\n', len);
	if (newline)
		len = newline + 1 - message;
	else if (len < KCHAT_MSG_MAX && !lines->ended)
		return 0;
	*ret_message = message;
	return len;
}

void lines_sent(struct lines *lines, size_t len)
{
	lines->start += len;
	if (lines->start == lines->end)
		lines->start = lines->end = 0;
}
