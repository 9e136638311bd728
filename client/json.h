/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * json.h - a room as programs read it: one JSON object a line
 *
 * There are two of it: json.c, where the library for JSON was found, and
 * json-none.c.
 */
#ifndef KCHAT_JSON_H
#define KCHAT_JSON_H

#include "libkchat.h"

/** json_there - was this program built with JSON? */
bool json_there(void);

/**
 * json_item - what was read, as a line
 * @item: a message, event or loss
 * @ret_text: set to it, all ASCII, with a newline
 * @size: bytes in @ret_text; 6 for each byte of the message and 400 will do
 *
 * Return: the length of the line; 0 if there was no memory
 */
size_t json_item(const struct kchat_item *item, char *ret_text, size_t size);

#endif /* KCHAT_JSON_H */
