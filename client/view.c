// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * view.c - a room as people read it
 */
#include "config.h"
#include "view.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "users.h"

void view_init(struct view *view, bool utf8)
{
	memset(view, 0, sizeof(*view));
	show_init(&view->show, utf8);
}

/* The day of a time stands there only if it is not the one it is now. */
static size_t add_time(struct view *view, uint64_t time_ns, char *text)
{
	time_t when = time_ns / 1000000000, now = time(NULL);
	struct tm day;

	if (now < view->today[0] || now >= view->today[1]) {
		localtime_r(&now, &day);
		day.tm_hour = day.tm_min = day.tm_sec = 0;
		day.tm_isdst = -1;
		view->today[0] = mktime(&day);
		day.tm_mday++;
		day.tm_isdst = -1;
		view->today[1] = mktime(&day);
	}
	localtime_r(&when, &day);
	return strftime(text, 64, when < view->today[0] || when >= view->today[1] ?
			"%Y-%m-%d %H:%M:%S " : "%H:%M:%S ", &day);
}

/* "12:00:05 ann" */
static size_t add_sender(struct view *view, const struct kchat_record *record,
			 char *text)
{
	size_t len = add_time(view, record->time_ns, text);

	user_text(record->uid, text + len);
	return len + strlen(text + len);
}

/* Text that may have newlines in it, none of which begins a line of ours. */
static size_t add_lines(struct view *view, const char *bytes, size_t len,
			char *text)
{
	const char *last = bytes + len, *newline;
	char *end = text;
	size_t part;

	while (bytes < last) {
		newline = memchr(bytes, '\n', last - bytes);
		part = newline ? newline - bytes : last - bytes;
		end += show_bytes(&view->show, bytes, part, end);
		bytes += part;
		view->open = !newline;
		if (!newline)
			break;
		end += show_end(&view->show, end);
		*end++ = '\n';
		if (++bytes < last) {
			memcpy(end, VIEW_GOES_ON, strlen(VIEW_GOES_ON));
			end += strlen(VIEW_GOES_ON);
			view->open = true;
		}
	}
	return end - text;
}

static size_t add_message(struct view *view, const struct kchat_item *item,
			  char *text)
{
	const struct kchat_record *record = item->record;
	size_t len = 0;

	/* A program that says much at once has its lines cut anywhere. */
	if (!view->open || !record->pid || record->pid != view->pid ||
	    record->uid != view->uid) {
		len = view_end(view, text);
		len += add_sender(view, record, text + len);
		memcpy(text + len, ": ", 2);
		len += 2;
		view->open = true;
	}
	len += add_lines(view, item->data, item->len, text + len);
	view->pid = record->pid;
	view->uid = record->uid;
	return len;
}

static size_t add_event(struct view *view, const struct kchat_item *item,
			char *text)
{
	size_t len = view_end(view, text);

	if (item->event->missed)
		len += sprintf(text + len, "-- %u came or left before\n",
			       item->event->missed);
	len += sprintf(text + len, "-- ");
	len += add_sender(view, item->record, text + len);
	return len + sprintf(text + len, " %s\n",
			     item->kind == KCHAT_ITEM_JOIN ? "came" : "left");
}

static size_t add_loss(struct view *view, const struct kchat_item *item,
		       char *text)
{
	size_t len = view_end(view, text);

	return len + sprintf(text + len, "-- %" PRIu64 " message%s lost\n",
			     item->lost_messages,
			     item->lost_messages == 1 ? "" : "s");
}

size_t view_item(struct view *view, const struct kchat_item *item,
		 char *ret_text)
{
	switch (item->kind) {
	case KCHAT_ITEM_MESSAGE:
		return add_message(view, item, ret_text);
	case KCHAT_ITEM_JOIN:
	case KCHAT_ITEM_LEAVE:
		return add_event(view, item, ret_text);
	case KCHAT_ITEM_LOSS:
		return add_loss(view, item, ret_text);
	}
	return 0;
}

size_t view_bytes(struct view *view, const void *bytes, size_t len,
		  char *ret_text)
{
	const char *last = (const char *)bytes + len - 1;
	size_t size = show_bytes(&view->show, bytes, len, ret_text);

	view->pid = 0;
	view->open = len ? *last != '\n' : view->open;
	return size;
}

size_t view_end(struct view *view, char *ret_text)
{
	size_t len = show_end(&view->show, ret_text);

	if (view->open)
		ret_text[len++] = '\n';
	view->open = false;
	view->pid = 0;
	return len;
}
