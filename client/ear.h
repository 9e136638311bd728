/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * ear.h - what comes out of a room, in the form it is wanted
 */
#ifndef KCHAT_EAR_H
#define KCHAT_EAR_H

#include "commands.h"
#include "kchat.h"
#include "view.h"

/** EAR_MAX - the most bytes of text heard at once */
#define EAR_MAX (2 * VIEW_SIZE(KCHAT_MSG_MAX))

/** EAR_RETRY_MS - so often one looks whether a room has come back */
#define EAR_RETRY_MS 250

/**
 * struct ear - one opener that reads
 * @room: its room
 * @name: as it was asked for
 * @flags: of open(2)
 * @settings: form, history, events, and whether to reconnect
 * @form: what becomes of messages; never FORM_DEFAULT
 * @plain: text, but the backend does not say whose
 * @stays: waits for a room whose backend died, also if not asked to
 * @lost: there was a loss
 * @refused: it has been said why a room that is waited for cannot be opened
 * @view: of text
 * @text: what was heard last
 */
struct ear {
	struct room *room;
	const char *name;
	int flags;
	const struct settings *settings;
	enum form form;
	bool plain;
	bool stays;
	bool lost;
	bool refused;
	struct view view;
	char text[EAR_MAX];
};

/**
 * ear_open - open a room to hear it
 * @ear: set up on success
 * @room: opened on success
 * @name: as of room_open()
 * @flags: of open(2)
 * @settings: form, history, events, reconnect; to last as long as the ear
 *
 * What went wrong has been said. FORM_DEFAULT is text for a terminal, and else
 * bytes.
 *
 * Return: 0, or the exit status
 */
int ear_open(struct ear *ear, struct room *room, const char *name, int flags,
	     const struct settings *settings);

/**
 * ear_hear - read what there is
 * @ear: the ear
 * @revents: what poll(2) said about the room, 0 if it was not asked
 * @ret_len: set to the length of @ear->text; 0 if there is nothing to print
 *
 * After -EAGAIN, and only then, nothing is left that poll(2) does not know of.
 * A loss has been told: as text, or else on standard error.
 *
 * Return: bytes of the room that were heard, or 1; 0 once it has ended; -EAGAIN
 * if there is nothing now; another -errno if it is gone
 */
int ear_hear(struct ear *ear, short revents, size_t *ret_len);

/**
 * ear_end - what is left to print at the end
 * @ear: the ear
 *
 * Return: the length of @ear->text
 */
size_t ear_end(struct ear *ear);

/**
 * ear_waits - the room is gone: shall it be waited for?
 * @ear: the ear; if so, its room is closed
 * @err: what ear_hear() or send_lines() said
 * @ret_reason: if so, set to what to say about it
 */
bool ear_waits(struct ear *ear, int err, struct reason *ret_reason);

/**
 * ear_again - open a room anew that ear_waits() for
 * @ear: the ear
 * @ret_reason: what to say about it, an empty line if that is nothing
 *
 * Return: whether it was done
 */
bool ear_again(struct ear *ear, struct reason *ret_reason);

/**
 * ear_await - the same for those who have nothing else to do
 * @ear: the ear
 * @err: as above
 *
 * What there is to say is said. It ends, too, when nobody reads our output.
 *
 * Return: whether to go on, with another room->fd
 */
bool ear_await(struct ear *ear, int err);

#endif /* KCHAT_EAR_H */
