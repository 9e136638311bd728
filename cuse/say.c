// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * say.c - what the daemon has to say; say.h tells to whom
 */
#include "config.h"

#include <paths.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <syslog.h>
#include <unistd.h>

#include "fuse-api.h"
#include "say.h"

/* The socket of the system's log, once nobody reads our standard error any more. */
static int log_fd = -1;

static int log_connect(void)
{
	struct sockaddr_un log = { .sun_family = AF_UNIX, .sun_path = _PATH_LOG };

	return connect(log_fd, (struct sockaddr *)&log, sizeof(log));
}

/*
 * As syslog(3), which waits for a log that is stopped, and everybody in a room
 * with it. One that was started anew has to be connected to again.
 */
static void say_to_log(const char *line)
{
	char text[1100];
	int len = snprintf(text, sizeof(text), "<%d>kchatd[%d]: %s",
			   LOG_DAEMON | LOG_WARNING, getpid(), line);

	if (send(log_fd, text, len, MSG_NOSIGNAL) < 0 && !log_connect())
		send(log_fd, text, len, MSG_NOSIGNAL);
}

/* Likewise */
static void say_to_stderr(const char *line)
{
	struct pollfd fd = { .fd = STDERR_FILENO, .events = POLLOUT };

	if (poll(&fd, 1, 0) > 0)
		dprintf(STDERR_FILENO, "kchatd: %s\n", line);
}

/**
 * say() - one line, whole; lost if nobody takes it at once
 * @format: as printf
 */
void say(const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (log_fd >= 0)
		say_to_log(line);
	else
		say_to_stderr(line);
}

static void from_libfuse(enum fuse_log_level level, const char *format,
			 va_list args)
{
	char line[1024];

	(void)level;
	vsnprintf(line, sizeof(line), format, args);
	line[strcspn(line, "\n")] = '\0';
	say("%s", line);
}

/**
 * say_for_libfuse() - what libfuse has to say is said like all else
 */
void say_for_libfuse(void)
{
	fuse_set_log_func(from_libfuse);
}

/**
 * say_to_syslog() - from now on, to the system's log
 */
void say_to_syslog(void)
{
	log_fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (log_fd >= 0)
		(void)log_connect();
}
