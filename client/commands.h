/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * commands.h - what kchat can do, and what its commands share
 */
#ifndef KCHAT_COMMANDS_H
#define KCHAT_COMMANDS_H

#include "lines.h"
#include "room.h"

/* Beside EXIT_SUCCESS and EXIT_FAILURE */
enum { EXIT_USAGE = 2, EXIT_LOST = 3 };

/**
 * enum form - what becomes of messages
 * @FORM_DEFAULT: text for a terminal, bytes for others
 * @FORM_BYTES: as they came
 * @FORM_TEXT: for people, with sender and time
 * @FORM_JSON: for programs
 * @FORM_RECORDS: for programs that know <kchat/kchat.h>
 */
enum form { FORM_DEFAULT, FORM_BYTES, FORM_TEXT, FORM_JSON, FORM_RECORDS };

/**
 * struct settings - what the options said
 * @form: what becomes of messages
 * @history: how many messages to go back, or KCHAT_HISTORY_ALL
 * @events: tell who comes and leaves
 * @reconnect: wait for a room that is gone to come back
 * @spec: of a room to be made or changed; @spec.change says what was given
 */
struct settings {
	enum form form;
	uint64_t history;
	bool events;
	bool reconnect;
	struct kchat_spec spec;
};

/* Standard input and output are for the talk, standard error is for us. */

/** complain - one line to standard error, fit to be seen whatever is in it */
__attribute__((format(printf, 1, 2)))
void complain(const char *format, ...);

/** complain_room - say what an error (or 0, the end) of a room means */
void complain_room(const struct room *room, int err);

/**
 * send_lines - send every complete message that waits
 * @room: the room
 * @lines: the messages; those sent are gone from it
 *
 * Return: 0 once none is left, else -errno of the first that was not sent
 */
int send_lines(struct room *room, struct lines *lines);

/**
 * complain_unsent - if something was not sent, say how much
 * @lines: what is left
 */
void complain_unsent(const struct lines *lines);

/**
 * command_join, ... - the commands
 * @settings: what the options said
 * @words: what stands behind the command, as many words as it takes, with a
 *	NULL at the end
 *
 * What went wrong has been said when they return.
 *
 * Return: exit status
 */
int command_join(const struct settings *settings, char **words);
int command_send(const struct settings *settings, char **words);
int command_listen(const struct settings *settings, char **words);
int command_rooms(const struct settings *settings, char **words);
int command_create(const struct settings *settings, char **words);
int command_remove(const struct settings *settings, char **words);
int command_set(const struct settings *settings, char **words);
int command_who(const struct settings *settings, char **words);
int command_lap(const struct settings *settings, char **words);
int command_info(const struct settings *settings, char **words);

/** command_doctor - likewise; EXIT_SUCCESS if a room can be used now */
int command_doctor(const struct settings *settings, char **words);

struct ear;

/**
 * chat - join a room from a terminal; command_join() with a prompt
 * @ear: the room, opened to hear it
 */
int chat(struct ear *ear);

#endif /* KCHAT_COMMANDS_H */
