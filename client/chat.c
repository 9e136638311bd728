// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * chat.c - join a room from a terminal
 *
 * One loop waits for keys, for the room and for signals. The signals that end
 * or stop a program are blocked and come as an event like the others, so that
 * the terminal can be given back first; then they do what they always do, and
 * the shell sees which one it was.
 */
#include "config.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "commands.h"
#include "ear.h"
#include "kchat.h"
#include "prompt.h"
#include "show.h"

enum { KEYS, ROOM, SIGNALS, NR_FILES };

/*
 * A message without a newline is shown as a line of its own. But a program that
 * writes more than it can at once cuts its lines anywhere, so the rest is
 * waited for; this long, in milliseconds.
 */
#define REST_OF_LINE 50

struct chat {
	struct room *room;
	struct ear *ear;
	struct lines typed;
	/* A line whose end has not come, fit to be seen. */
	char heard[2 * EAR_MAX];
	size_t nr_heard;
	/* Bytes read since the end of input, see join.c. */
	size_t delivered;
	/* The room is gone, and waited for. */
	bool gone;
};

static bool all_sent(const struct chat *chat)
{
	return chat->typed.ended && !lines_left(&chat->typed);
}

/* The signals to be told of, but for those our caller wants ignored. */
static void choose_signals(sigset_t *ret_set)
{
	static const int wanted[] = {
		SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGTSTP, SIGCONT, SIGWINCH,
	};
	struct sigaction action;
	size_t i;

	sigemptyset(ret_set);
	for (i = 0; i < sizeof(wanted) / sizeof(wanted[0]); i++)
		if (!sigaction(wanted[i], NULL, &action) &&
		    action.sa_handler != SIG_IGN)
			sigaddset(ret_set, wanted[i]);
}

/*
 * Stop, as the signal that asked for it would have done: the kernel does not, where
 * there is no shell that could continue us.
 */
static void stop(void)
{
	sigset_t set;

	prompt_pause();
	sigemptyset(&set);
	sigaddset(&set, SIGTSTP);
	raise(SIGTSTP);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	sigprocmask(SIG_BLOCK, &set, NULL);
	prompt_resume();
}

/* Returns the signal the program is to end by, or 0. */
static int take_signal(int fd)
{
	struct signalfd_siginfo info;

	if (read(fd, &info, sizeof(info)) != sizeof(info))
		return 0;
	switch (info.ssi_signo) {
	case SIGWINCH:
		prompt_resize();
		return 0;
	case SIGTSTP:
		stop();
		return 0;
	case SIGCONT:
		prompt_resume();
		return 0;
	}
	return info.ssi_signo;
}

/* Print the whole lines of what was heard, or all of it. */
static void print_heard(struct chat *chat, bool all)
{
	const char *newline = memrchr(chat->heard, '\n', chat->nr_heard);
	size_t len = chat->nr_heard;

	if (!all)
		len = newline ? newline + 1 - chat->heard : 0;
	prompt_print(chat->heard, len);
	chat->nr_heard -= len;
	memmove(chat->heard, chat->heard + len, chat->nr_heard);
}

static void print_rest(struct chat *chat)
{
	chat->nr_heard += view_end(&chat->ear->view,
				   chat->heard + chat->nr_heard);
	print_heard(chat, true);
}

/*
 * Keep what was heard, its whole lines to be printed. If the line becomes longer
 * than can be kept, its beginning is printed as a line of its own.
 */
static void keep_heard(struct chat *chat, const char *text, size_t len)
{
	if (chat->nr_heard + len + VIEW_SIZE(0) > sizeof(chat->heard)) {
		print_heard(chat, true);
		if (len && *text == '\n') {
			text++;
			len--;
		} else {
			chat->nr_heard = strlen(VIEW_GOES_ON);
			memcpy(chat->heard, VIEW_GOES_ON, chat->nr_heard);
		}
	}
	memcpy(chat->heard + chat->nr_heard, text, len);
	chat->nr_heard += len;
}

/* Returns whether to go on without a room, after an error was told. */
static bool wait_for_room(struct chat *chat, int err)
{
	struct reason reason;

	chat->gone = !all_sent(chat) && ear_waits(chat->ear, err, &reason);
	if (!chat->gone)
		room_explain(chat->room, err, &reason);
	prompt_complain(reason.text);
	return chat->gone;
}

/* Returns whether to go on: until the end of input. */
static bool look_for_room(struct chat *chat)
{
	struct reason reason;

	chat->gone = !ear_again(chat->ear, &reason);
	if (*reason.text)
		prompt_complain(reason.text);
	return !chat->gone || !chat->typed.ended;
}

/* Returns whether to go on, or -errno after the failure was reported. */
static int hear(struct chat *chat, short revents)
{
	size_t len;
	int n;

	n = ear_hear(chat->ear, revents, &len);
	if (n > 0) {
		if (all_sent(chat))
			chat->delivered += n;
		keep_heard(chat, chat->ear->text, len);
		print_heard(chat, false);
		return chat->delivered < KCHAT_CAPACITY_MAX;
	}
	if (n == -EAGAIN)
		return !all_sent(chat);
	print_rest(chat);
	if (wait_for_room(chat, n))
		return true;
	return n ? n : lines_left(&chat->typed) ? -ENODEV : 0;
}

/* Returns 0 or -errno. As in join.c, the end of the room is for hear() to find. */
static int speak(struct chat *chat)
{
	int err;

	err = send_lines(chat->room, &chat->typed);
	prompt_wait(err == -EAGAIN);
	if (!err || err == -EAGAIN || err == -ENODEV ||
	    wait_for_room(chat, err))
		return 0;
	return err;
}

/* Wait until there is something to do, and say where. */
static int wait_for_work(const struct chat *chat, struct pollfd *files)
{
	bool cut = chat->nr_heard || chat->ear->view.show.nr_held;
	int timeout = cut ? REST_OF_LINE : -1;

	files[KEYS].fd = chat->typed.ended ? -1 : STDIN_FILENO;
	files[ROOM].fd = chat->gone ? -1 : chat->room->fd;
	if (chat->gone)
		return poll(files, NR_FILES, EAR_RETRY_MS);
	files[ROOM].events = POLLIN;
	if (lines_left(&chat->typed))
		files[ROOM].events |= POLLOUT;
	if (all_sent(chat) || kchat_room_pending(chat->room->kchat))
		timeout = 0;
	return poll(files, NR_FILES, timeout);
}

/* Returns -errno, or the signal to end by, or 0. */
static int chat_loop(struct chat *chat, int signals)
{
	struct pollfd files[NR_FILES] = {
		[KEYS] = { .events = POLLIN },
		[ROOM] = { .fd = -1 },
		[SIGNALS] = { .fd = signals, .events = POLLIN },
	};
	int more = true, last_signal, nr, err;

	while (more > 0) {
		err = chat->gone ? 0 : speak(chat);
		if (err)
			return err;
		nr = wait_for_work(chat, files);
		if (nr < 0)
			continue;
		if (files[SIGNALS].revents) {
			last_signal = take_signal(signals);
			if (last_signal)
				return last_signal;
		}
		if (files[KEYS].revents)
			prompt_read();
		if (chat->gone) {
			more = look_for_room(chat) ? 1 : -ENODEV;
			continue;
		}
		if (!nr && !kchat_room_pending(chat->room->kchat))
			print_rest(chat);
		more = hear(chat, files[ROOM].revents);
	}
	return more;
}

/* The name of the room for the prompt: no path, nothing a terminal obeys. */
static void set_prompt(const struct chat *chat, struct lines *typed)
{
	const char *name = strrchr(chat->room->path, '/') + 1;
	char start[KCHAT_NAME_MAX + 1], text[SHOW_SIZE(sizeof(start))];

	snprintf(start, sizeof(start), "%.*s", KCHAT_NAME_MAX, name);
	show_line(start, chat->ear->view.show.utf8, text);
	prompt_open(text, typed);
}

int chat(struct ear *ear)
{
	static struct chat chat;
	sigset_t set, old_set;
	int signals, result;

	choose_signals(&set);
	signals = signalfd(-1, &set, SFD_CLOEXEC);
	if (signals < 0) {
		complain("signals: %s", strerror(errno));
		return EXIT_FAILURE;
	}
	sigprocmask(SIG_BLOCK, &set, &old_set);

	chat.room = ear->room;
	chat.ear = ear;
	/* Somebody sees that it is gone, and may leave. */
	ear->stays = true;
	set_prompt(&chat, &chat.typed);
	result = chat_loop(&chat, signals);
	print_rest(&chat);
	prompt_close();
	complain_unsent(&chat.typed);
	lines_deinit(&chat.typed);

	close(signals);
	if (result > 0)
		raise(result);
	sigprocmask(SIG_SETMASK, &old_set, NULL);
	return result ? EXIT_FAILURE : EXIT_SUCCESS;
}
