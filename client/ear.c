// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * ear.c - what comes out of a room, in the form it is wanted
 */
#include "config.h"
#include "ear.h"

#include <errno.h>
#include <inttypes.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "json.h"
#include "out.h"

/* ---- Opening ---- */

static unsigned int options_of(enum form form, const struct settings *settings)
{
	unsigned int options = 0;

	if (form != FORM_BYTES)
		options |= KCHAT_OPTION_RECORDS;
	if (settings->events)
		options |= KCHAT_OPTION_EVENTS;
	return options;
}

static int go_back(struct room *room, uint64_t messages)
{
	int err = kchat_room_history(room->kchat, messages, NULL);

	if (err == -EPERM)
		complain("%s: this room lets nobody go back; its owner may change that: kchat set ROOM --history on",
			 room->path);
	else if (err)
		complain_room(room, err);
	return err;
}

/* Return: 0, or -errno and the reason */
static int open_room(struct ear *ear, struct reason *ret_reason)
{
	const struct settings *settings = ear->settings;
	int err;

	ear->plain = false;
	err = room_open(ear->room, ear->name, ear->flags,
			options_of(ear->form, settings), ret_reason);
	if (err == -EOPNOTSUPP && settings->form == FORM_DEFAULT &&
	    !settings->events) {
		/* Better without names than not at all. */
		ear->plain = true;
		err = room_open(ear->room, ear->name, ear->flags, 0,
				ret_reason);
	}
	return err;
}

int ear_open(struct ear *ear, struct room *room, const char *name, int flags,
	     const struct settings *settings)
{
	struct reason reason;
	int err;

	ear->form = settings->form;
	if (ear->form == FORM_DEFAULT)
		ear->form = isatty(STDOUT_FILENO) ? FORM_TEXT : FORM_BYTES;
	if (ear->form == FORM_BYTES && settings->events) {
		complain("who comes and leaves is not told among plain bytes: --text or --json?");
		return EXIT_USAGE;
	}
	ear->room = room;
	ear->name = name;
	ear->flags = flags;
	ear->settings = settings;
	ear->stays = ear->lost = false;
	view_init(&ear->view, terminal_has_utf8());

	err = open_room(ear, &reason);
	if (err) {
		complain("%s", reason.text);
		return err == -EINVAL ? EXIT_USAGE : EXIT_FAILURE;
	}
	if (settings->history && go_back(room, settings->history)) {
		room_close(room);
		return EXIT_FAILURE;
	}
	return 0;
}

/* ---- Hearing ---- */

/* Return: the length of the text, or -ENOMEM */
static ssize_t add_item(struct ear *ear, const struct kchat_item *item,
			char *text)
{
	size_t len;

	if (item->kind == KCHAT_ITEM_LOSS)
		ear->lost = true;
	if (ear->form != FORM_JSON)
		return view_item(&ear->view, item, text);
	len = json_item(item, text, ear->text + sizeof(ear->text) - text);
	return len ? (ssize_t)len : -ENOMEM;
}

/* All that one read has brought, as far as there is room for the text. */
static int hear_items(struct ear *ear, size_t *ret_len)
{
	struct kchat_room *room = ear->room->kchat;
	const struct kchat_item *item;
	size_t heard = 0;
	ssize_t len;
	int ret;

	do {
		ret = kchat_room_next(room, &item);
		if (ret <= 0)
			break;
		len = add_item(ear, item, ear->text + *ret_len);
		if (len < 0)
			return len;
		*ret_len += len;
		heard += item->len;
	} while (kchat_room_pending(room) &&
		 *ret_len + VIEW_SIZE(KCHAT_MSG_MAX) <= sizeof(ear->text));
	return heard ? (int)heard : *ret_len ? 1 : ret;
}

static int tell_loss(struct ear *ear, size_t *ret_len)
{
	struct kchat_item item = { .kind = KCHAT_ITEM_LOSS };
	int err;

	ear->lost = true;
	err = kchat_room_loss(ear->room->kchat, &item.lost_messages,
			      &item.lost_bytes);
	if (ear->form == FORM_TEXT) {
		*ret_len = err ? view_end(&ear->view, ear->text) :
			view_item(&ear->view, &item, ear->text);
		if (err)
			*ret_len += sprintf(ear->text + *ret_len,
					    "-- messages lost\n");
	} else if (err) {
		complain_room(ear->room, -EPIPE);
	} else {
		complain("%s: %" PRIu64 " messages lost (%" PRIu64 " bytes): they came faster than they were read",
			 ear->room->path, item.lost_messages, item.lost_bytes);
	}
	return 1;
}

static int hear_bytes(struct ear *ear, size_t *ret_len)
{
	static char said[KCHAT_BATCH_MAX];
	ssize_t n;

	n = kchat_room_read(ear->room->kchat, said, sizeof(said));
	if (n == -EPIPE)
		return tell_loss(ear, ret_len);
	if (n <= 0)
		return n;
	if (ear->form == FORM_TEXT) {
		*ret_len = view_bytes(&ear->view, said, n, ear->text);
	} else {
		memcpy(ear->text, said, n);
		*ret_len = n;
	}
	return n;
}

int ear_hear(struct ear *ear, short revents, size_t *ret_len)
{
	bool items = ear->form == FORM_JSON ||
		(ear->form == FORM_TEXT && !ear->plain);
	int n;

	*ret_len = 0;
	n = items ? hear_items(ear, ret_len) : hear_bytes(ear, ret_len);
	/* Something is wrong, though nobody says what: do not ask for ever. */
	return n == -EAGAIN && (revents & (POLLERR | POLLNVAL)) ? -EIO : n;
}

size_t ear_end(struct ear *ear)
{
	return ear->form == FORM_TEXT ? view_end(&ear->view, ear->text) : 0;
}

/* ---- Waiting for a room that is gone ---- */

bool ear_waits(struct ear *ear, int err, struct reason *ret_reason)
{
	bool waits = ear->settings->reconnect;

	switch (-err) {
	/* It was removed */
	case 0:
	case ENODEV:
		break;
	/* Its backend died, and may be started again in place */
	case EIO:
	case ENXIO:
	case ENOTCONN:
	case ECONNABORTED:
		waits |= ear->stays;
		break;
	default:
		return false;
	}
	if (!waits)
		return false;
	snprintf(ret_reason->text, sizeof(ret_reason->text),
		 "%s: the room is gone; waiting for it to come back",
		 ear->room->path);
	room_close(ear->room);
	ear->refused = false;
	return true;
}

/* Is it what a room is like that is not back yet? */
static bool is_away(int err)
{
	switch (-err) {
	case ENOENT:
	case ENOTDIR:
	case ENODEV:
	case EIO:
	case ENXIO:
	case ENOTCONN:
	case ECONNABORTED:
	/* A device of which the backend has died */
	case ENOTTY:
		return true;
	}
	return false;
}

/*
 * A room that has come back is another one: what it has was said after ours was
 * gone. Where history was asked for, none of it is missed; or that is told, and
 * taken for a loss.
 */
bool ear_again(struct ear *ear, struct reason *ret_reason)
{
	uint64_t history = ear->settings->history;
	int err;

	err = open_room(ear, ret_reason);
	if (err) {
		/* It may be mended, but perhaps somebody must know of it. */
		if (is_away(err) || ear->refused)
			ret_reason->text[0] = '\0';
		else
			ear->refused = true;
		return false;
	}
	err = history ? kchat_room_history(ear->room->kchat, history, NULL) : 0;
	ear->lost |= err != 0;
	snprintf(ret_reason->text, sizeof(ret_reason->text),
		 "%s: connected again%s%s", ear->room->path,
		 err ? ", but without what was said meanwhile: " : "",
		 err == -EPERM ? "this room lets nobody go back" :
		 err ? strerror(-err) : "");
	return true;
}

bool ear_await(struct ear *ear, int err)
{
	struct pollfd output = { .fd = STDOUT_FILENO };
	struct reason reason;

	if (!ear_waits(ear, err, &reason))
		return false;
	complain("%s", reason.text);
	while (!ear_again(ear, &reason)) {
		if (*reason.text)
			complain("%s", reason.text);
		if (poll(&output, 1, EAR_RETRY_MS) > 0) {
			out_gone();
			exit(EXIT_FAILURE);
		}
	}
	complain("%s", reason.text);
	return true;
}
