/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * commands.h - what kchat can do, and what its commands share
 */
#ifndef KCHAT_COMMANDS_H
#define KCHAT_COMMANDS_H

#include "lines.h"
#include "room.h"

/* Standard input and output are for the talk, standard error is for us. */

/** complain - one line to standard error */
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
 * command_join, command_send, command_listen - the commands
 * @room: the room, opened as the command needs it
 * @words: the arguments behind the room, with a NULL at the end
 *
 * What went wrong has been said when they return.
 *
 * Return: exit status
 */
int command_join(struct room *room, char **words);
int command_send(struct room *room, char **words);
int command_listen(struct room *room, char **words);

/**
 * command_doctor - say which backend runs or could run here, and why not
 * @room: NULL
 * @words: none
 *
 * Return: EXIT_SUCCESS if a room can be used now
 */
int command_doctor(struct room *room, char **words);

/** chat - join a room from a terminal; command_join() with a prompt */
int chat(struct room *room);

#endif /* KCHAT_COMMANDS_H */
