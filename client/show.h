/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * show.h - other people's bytes, made fit for a terminal
 *
 * Anybody in a room may send any byte, and a terminal obeys some of them: it
 * moves the cursor, changes its title, answers as if its user had typed. What
 * passes through here is seen and does nothing.
 *
 * Newlines, tabs and the printable characters of UTF-8 pass as they are.
 * Everything else is spelt out in printable ASCII:
 *
 *   C0 and DEL          as ^X        ^[  ^M  ^?
 *   C1, invalid UTF-8   as \xHH      one for each byte, as it came
 *   invisible characters as <U+HHHH> those that hide, reorder or break text
 */
#ifndef KCHAT_SHOW_H
#define KCHAT_SHOW_H

#include <stdbool.h>
#include <stddef.h>

/**
 * struct show - one stream on its way to one terminal
 * @utf8: the terminal understands UTF-8
 * @held: the start of a character whose end has not come yet
 * @nr_held: bytes in @held
 */
struct show {
	bool utf8;
	unsigned char held[4];
	size_t nr_held;
};

/** SHOW_SIZE - the most bytes that @n bytes (and those held) can become */
#define SHOW_SIZE(n) (4 * ((n) + 3))

/**
 * show_init - begin a stream
 * @show: the stream
 * @utf8: whether the terminal understands UTF-8. If not, every byte above 126
 *	is spelt out: some of them are commands to such a terminal.
 */
void show_init(struct show *show, bool utf8);

/**
 * show_bytes - make the next bytes of a stream fit to be seen
 * @show: the stream
 * @bytes: as they came, cut anywhere
 * @len: how many
 * @ret_text: room for SHOW_SIZE(@len) bytes
 *
 * A character cut by the end of @bytes is held until its rest comes.
 *
 * Return: the length of the text
 */
size_t show_bytes(struct show *show, const void *bytes, size_t len,
		  char *ret_text);

/**
 * show_end - spell out what is held, as nothing more will complete it
 * @show: the stream, which may go on
 * @ret_text: room for SHOW_SIZE(0) bytes
 *
 * Return: the length of the text
 */
size_t show_end(struct show *show, char *ret_text);

/**
 * show_line - make a string fit to be seen in one line
 * @line: the string. Newlines and tabs in it are spelt out as well.
 * @utf8: as of show_init()
 * @ret_text: room for SHOW_SIZE(strlen(@line)) bytes and a NUL
 */
void show_line(const char *line, bool utf8, char *ret_text);

#endif /* KCHAT_SHOW_H */
