// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * say.c - what the daemon has to say; say.h tells to whom
 */
#include "config.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include "fuse-api.h"
#include "say.h"

/* Nobody reads our standard error any more. */
static bool to_syslog;

/**
 * say() - one line, whole
 * @format: as printf
 */
void say(const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (to_syslog)
		syslog(LOG_WARNING, "%s", line);
	else
		dprintf(STDERR_FILENO, "kchatd: %s\n", line);
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
	openlog("kchatd", LOG_PID, LOG_DAEMON);
	to_syslog = true;
}
