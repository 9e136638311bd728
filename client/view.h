/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * view.h - a room as people read it
 *
 *	12:00:05 ann: a message, and a line of it
 *	    | another line of the same message
 *	-- 3 messages lost
 *
 * Only we begin a line with a time or a dash: whatever somebody says, it stands
 * behind a name, and that is the right one. (Not so a row of the screen: where a
 * terminal breaks a long line is its own business, and other after a resize.)
 */
#ifndef KCHAT_VIEW_H
#define KCHAT_VIEW_H

#include "libkchat.h"
#include "show.h"

/**
 * struct view - one room on its way to people
 * @show: makes the bytes fit to be seen
 * @open: the last line has no end yet
 * @pid: who said what stands in it; 0 if nobody can go on with it
 * @uid: likewise
 * @today: when the last day began and ended, in seconds since the epoch
 */
struct view {
	struct show show;
	bool open;
	uint32_t pid;
	uint32_t uid;
	int64_t today[2];
};

/** VIEW_GOES_ON - what stands before the further lines of a message */
#define VIEW_GOES_ON "    | "

/** VIEW_SIZE - the most bytes that an item with @n bytes of data can become */
#define VIEW_SIZE(n) (8 * ((size_t)(n) + 64))

/**
 * view_init - begin
 * @view: set up
 * @utf8: whether the terminal understands UTF-8
 */
void view_init(struct view *view, bool utf8);

/**
 * view_item - the text of what was read
 * @view: the view
 * @item: a message, event or loss
 * @ret_text: room for VIEW_SIZE(@item->len) bytes
 *
 * If a message does not end its last line, that stays open: the same sender may
 * go on with it. Before anything else it is ended.
 *
 * Return: the length of the text
 */
size_t view_item(struct view *view, const struct kchat_item *item,
		 char *ret_text);

/**
 * view_bytes - the text of bytes of which nobody says who sent them
 * @view: the view
 * @bytes: as they came
 * @len: how many
 * @ret_text: room for VIEW_SIZE(@len) bytes
 *
 * Return: the length of the text
 */
size_t view_bytes(struct view *view, const void *bytes, size_t len,
		  char *ret_text);

/**
 * view_end - end the line that is open, if one is
 * @view: the view, which may go on
 * @ret_text: room for VIEW_SIZE(0) bytes
 *
 * Return: the length of the text
 */
size_t view_end(struct view *view, char *ret_text);

#endif /* KCHAT_VIEW_H */
