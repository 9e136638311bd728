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

/**
 * struct ear - one opener that reads
 * @room: its room
 * @form: what becomes of messages; never FORM_DEFAULT
 * @plain: text, but the backend does not say whose
 * @lost: there was a loss
 * @view: of text
 * @text: what was heard last
 */
struct ear {
	struct room *room;
	enum form form;
	bool plain;
	bool lost;
	struct view view;
	char text[EAR_MAX];
};

/**
 * ear_open - open a room to hear it
 * @ear: set up on success
 * @room: opened on success
 * @name: as of room_open()
 * @flags: of open(2)
 * @settings: form, history and events
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

#endif /* KCHAT_EAR_H */
