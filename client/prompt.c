// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * prompt.c - the line being typed, at the bottom of the terminal
 *
 * GNU readline edits the line and is called when there is a key. Before
 * anything else is printed the line is wiped off the screen, and drawn again
 * below what was printed.
 *
 * A finished line is wiped, too: the room brings it back like anybody's, in
 * the place it has among the others.
 *
 * Signals are not readline's business here, see chat.c.
 */
#include "config.h"
#include "prompt.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <readline/readline.h>
#include <readline/history.h>

#include "commands.h"
#include "kchat.h"
#include "out.h"

/* Readline's callbacks carry no pointer of ours. */
static struct {
	bool open;
	bool waiting;
	char name[256];
	/* The line finished last, until it is taken. */
	char *entered;
	struct lines *typed;
} prompt;

/* Between these two the screen is anybody's, the cursor in the first column. */
static void wipe(void)
{
	if (prompt.open)
		rl_clear_visible_line();
}

static void draw(void)
{
	if (!prompt.open)
		return;
	rl_on_new_line();
	rl_redisplay();
}

/*
 * The Enter key. The line is set aside and deleted before readline sees the end
 * of it, so that it leaves no copy on the screen (rl_erase_empty_line). Deleting
 * is what readline can undo: if the line was an edited one of the history, that
 * one is to stay as it was.
 */
static int enter(int count, int key)
{
	char text[128];

	(void)count;
	/* One message, or the line would come back in pieces. */
	if ((size_t)rl_end + 1 > KCHAT_MSG_MAX) {
		snprintf(text, sizeof(text),
			 "not sent: this line has %d bytes, a message at most %u with its newline",
			 rl_end, KCHAT_MSG_MAX);
		prompt_complain(text);
		return 0;
	}
	prompt.entered = rl_copy_text(0, rl_end);
	rl_clear_visible_line();
	rl_delete_text(0, rl_end);
	rl_point = 0;
	return rl_newline(1, key);
}

static void take_line(char *line)
{
	size_t len = strlen(line);
	int err;

	/* An empty line is the Enter key hit once too often. */
	if (!len)
		return;
	add_history(line);
	line[len] = '\n';
	err = lines_add(prompt.typed, line, len + 1);
	if (err)
		prompt_complain(strerror(-err));
}

/* Readline has a line: what enter() has left of it, or another key's. */
static void line_handler(char *line)
{
	if (!line) {
		prompt.open = false;
		prompt.typed->ended = true;
		rl_callback_handler_remove();
		return;
	}
	take_line(prompt.entered ? prompt.entered : line);
	free(prompt.entered);
	prompt.entered = NULL;
	free(line);
}

static void bind_enter(void)
{
	const Keymap maps[] = {
		emacs_standard_keymap,
		vi_insertion_keymap,
		vi_movement_keymap,
	};
	size_t i;

	for (i = 0; i < sizeof(maps) / sizeof(maps[0]); i++) {
		rl_bind_key_in_map('\r', enter, maps[i]);
		rl_bind_key_in_map('\n', enter, maps[i]);
	}
}

static const char *prompt_text(void)
{
	static char text[sizeof(prompt.name) + 16];

	snprintf(text, sizeof(text), "%s%s> ", prompt.name,
		 prompt.waiting ? " (waiting)" : "");
	return text;
}

void prompt_open(const char *name, struct lines *typed)
{
	snprintf(prompt.name, sizeof(prompt.name), "%s", name);
	prompt.typed = typed;
	prompt.waiting = false;
	prompt.open = true;

	rl_readline_name = "kchat";
	rl_catch_signals = 0;
	rl_catch_sigwinch = 0;
	rl_change_environment = 0;
	rl_erase_empty_line = 1;
	/* There is nothing to complete: a tab is a tab. */
	rl_inhibit_completion = 1;
	/* Reads the user's inputrc, which must not take the Enter key. */
	rl_initialize();
	bind_enter();
	rl_callback_handler_install(prompt_text(), line_handler);
}

void prompt_close(void)
{
	if (!prompt.open)
		return;
	wipe();
	prompt.open = false;
	rl_callback_handler_remove();
	fflush(stdout);
}

void prompt_read(void)
{
	rl_callback_read_char();
}

void prompt_print(const char *text, size_t len)
{
	if (!len)
		return;
	wipe();
	fflush(stdout);
	/* Not by way of a stream: to a terminal that does not wait it loses some. */
	out_write(text, len);
	if (text[len - 1] != '\n')
		out_write("\n", 1);
	draw();
	fflush(stdout);
}

void prompt_complain(const char *text)
{
	wipe();
	fflush(stdout);
	complain("%s", text);
	draw();
}

void prompt_wait(bool waiting)
{
	if (waiting == prompt.waiting)
		return;
	prompt.waiting = waiting;
	wipe();
	rl_set_prompt(prompt_text());
	draw();
}

void prompt_resize(void)
{
	if (prompt.open)
		rl_resize_terminal();
}

void prompt_pause(void)
{
	if (!prompt.open)
		return;
	wipe();
	rl_on_new_line();
	rl_deprep_term_function();
	fflush(stdout);
}

void prompt_resume(void)
{
	if (!prompt.open)
		return;
	/* What was done already is done again, as nobody may have paused. */
	wipe();
	rl_deprep_term_function();
	rl_prep_term_function(1);
	rl_reset_screen_size();
	draw();
	fflush(stdout);
}
