// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * json.c - a room as programs read it: one JSON object a line
 *
 * By jansson, which refuses strings that are no UTF-8: those are given as
 * base64, so that no byte is lost. All else is ASCII, so that a line may go to a
 * terminal.
 */
#include "config.h"
#include "json.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "users.h"

bool json_there(void)
{
	return true;
}

static json_t *base64(const unsigned char *bytes, size_t len)
{
	static const char digits[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	char *text = malloc((len + 2) / 3 * 4 + 1), *end = text;
	unsigned int three, i;
	json_t *string;
	size_t left;

	if (!text)
		return NULL;
	for (; len; len -= left < 3 ? left : 3, bytes += 3) {
		left = len;
		three = bytes[0] << 16;
		three |= left > 1 ? bytes[1] << 8 : 0;
		three |= left > 2 ? bytes[2] : 0;
		for (i = 0; i < 4; i++)
			*end++ = i > left ? '=' :
				digits[three >> (18 - 6 * i) & 63];
	}
	string = json_stringn(text, end - text);
	free(text);
	return string;
}

/* As RFC 3339 has it: many programs would round a number of so many digits. */
static json_t *time_text(uint64_t time_ns)
{
	time_t seconds = time_ns / 1000000000;
	char text[64], whole[32];
	struct tm tm;

	gmtime_r(&seconds, &tm);
	strftime(whole, sizeof(whole), "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(text, sizeof(text), "%s.%09uZ", whole,
		 (unsigned int)(time_ns % 1000000000));
	return json_string(text);
}

static void set_sender(json_t *object, const struct kchat_record *record)
{
	const char *user = uid_name(record->uid);

	json_object_set_new(object, "seq", json_integer(record->seq));
	json_object_set_new(object, "time", time_text(record->time_ns));
	/* 0 stands for one that cannot be named. */
	json_object_set_new(object, "pid", record->pid ?
			    json_integer(record->pid) : json_null());
	json_object_set_new(object, "uid", json_integer(record->uid));
	json_object_set_new(object, "gid", json_integer(record->gid));
	if (user)
		json_object_set_new(object, "user", json_string(user));
}

static void set_event(json_t *object, const struct kchat_event *event)
{
	json_object_set_new(object, "member", json_integer(event->member));
	json_object_set_new(object, "reads",
			    json_boolean(event->access & KCHAT_ACCESS_READ));
	json_object_set_new(object, "writes",
			    json_boolean(event->access & KCHAT_ACCESS_WRITE));
	json_object_set_new(object, "missed", json_integer(event->missed));
}

static json_t *object_of(const struct kchat_item *item)
{
	json_t *object = json_object(), *text;

	switch (item->kind) {
	case KCHAT_ITEM_MESSAGE:
		json_object_set_new(object, "type", json_string("message"));
		set_sender(object, item->record);
		text = json_stringn(item->data, item->len);
		if (text)
			json_object_set_new(object, "text", text);
		else
			json_object_set_new(object, "base64",
					    base64(item->data, item->len));
		break;
	case KCHAT_ITEM_JOIN:
	case KCHAT_ITEM_LEAVE:
		json_object_set_new(object, "type",
				    json_string(item->kind == KCHAT_ITEM_JOIN ?
						"join" : "leave"));
		set_sender(object, item->record);
		set_event(object, item->event);
		break;
	case KCHAT_ITEM_LOSS:
		json_object_set_new(object, "type", json_string("loss"));
		json_object_set_new(object, "messages",
				    json_integer(item->lost_messages));
		json_object_set_new(object, "bytes",
				    json_integer(item->lost_bytes));
		break;
	}
	return object;
}

size_t json_item(const struct kchat_item *item, char *ret_text, size_t size)
{
	json_t *object = object_of(item);
	size_t len;

	len = json_dumpb(object, ret_text, size, JSON_COMPACT | JSON_ENSURE_ASCII |
			 JSON_PRESERVE_ORDER);
	json_decref(object);
	if (!len || len >= size)
		return 0;
	ret_text[len] = '\n';
	return len + 1;
}
