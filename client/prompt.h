/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * prompt.h - the line being typed, at the bottom of the terminal
 *
 * One prompt for a process, as there is one terminal. The text of others goes
 * above the line being typed, and the line stays as it is.
 */
#ifndef KCHAT_PROMPT_H
#define KCHAT_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "lines.h"

/**
 * prompt_open - take the terminal and show a prompt
 * @name: what stands in the prompt, fit to be seen
 * @typed: where finished lines go; @typed->ended is set at the end of input
 */
void prompt_open(const char *name, struct lines *typed);

/**
 * prompt_close - give the terminal back as it was
 *
 * What was typed and not finished disappears.
 */
void prompt_close(void);

/** prompt_read - take what was typed; poll(2) says there is something */
void prompt_read(void);

/**
 * prompt_print - print above the line being typed
 * @text: what, fit to be seen
 * @len: bytes in @text
 *
 * If @text does not end its last line, it is ended for it. After the end of
 * input and after prompt_close() this just prints.
 */
void prompt_print(const char *text, size_t len);

/**
 * prompt_complain - complain() above the line being typed
 * @text: one line
 */
void prompt_complain(const char *text);

/**
 * prompt_wait - show that what was typed before waits to be sent
 * @waiting: whether it does
 */
void prompt_wait(bool waiting);

/** prompt_resize - the terminal has another size */
void prompt_resize(void);

/** prompt_pause - the process is about to stop: lend the terminal */
void prompt_pause(void);

/** prompt_resume - the process goes on, in a terminal others have used */
void prompt_resume(void);

#endif /* KCHAT_PROMPT_H */
