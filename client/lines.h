/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * lines.h - what somebody says, cut into messages
 *
 * A line with its newline is one message. A line longer than a message may be
 * is cut at the limit, so that nothing is lost and every cut piece is whole.
 * What stands after the last newline is a message once the input has ended.
 */
#ifndef KCHAT_LINES_H
#define KCHAT_LINES_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct lines - text that waits to be sent
 * @text: the buffer
 * @size: its size
 * @start: the first byte not sent yet
 * @end: behind the last byte
 * @ended: nothing more will come
 */
struct lines {
	char *text;
	size_t size;
	size_t start;
	size_t end;
	bool ended;
};

/** LINES_EMPTY - nothing waits, and nothing is allocated */
#define LINES_EMPTY ((struct lines){ .text = NULL })

/**
 * lines_deinit - free what waits
 * @lines: the text; usable again afterwards
 */
void lines_deinit(struct lines *lines);

/**
 * lines_add - add text at the end
 * @lines: the text
 * @text: more of it, with its newlines
 * @len: bytes in @text
 *
 * Return: 0, or -ENOMEM
 */
int lines_add(struct lines *lines, const char *text, size_t len);

/**
 * lines_read - read more text from a file
 * @lines: the text; @lines->ended is set at the end of the file
 * @fd: where from
 *
 * One read(2), which may wait. A signal is no error: nothing was read then.
 *
 * Return: 0 or -errno
 */
int lines_read(struct lines *lines, int fd);

/**
 * lines_next - the next message
 * @lines: the text
 * @ret_message: set to its first byte; good until the text changes
 *
 * Return: its length, at most KCHAT_MSG_MAX; 0 if none is complete
 */
size_t lines_next(const struct lines *lines, const char **ret_message);

/**
 * lines_sent - forget bytes that were sent
 * @lines: the text
 * @len: how many. When that was not the whole message (a short write), the
 *	rest of it is the next message.
 */
void lines_sent(struct lines *lines, size_t len);

/**
 * lines_left - bytes not sent yet
 * @lines: the text
 */
static inline size_t lines_left(const struct lines *lines)
{
	return lines->end - lines->start;
}

#endif /* KCHAT_LINES_H */
