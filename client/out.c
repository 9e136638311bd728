// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * out.c - standard output
 */
#include "config.h"
#include "out.h"

#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"

bool terminal_has_utf8(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

static int write_failed(int err)
{
	complain("standard output: %s", strerror(-err));
	return err;
}

int out_write(const void *bytes, size_t len)
{
	struct pollfd file = { .fd = STDOUT_FILENO, .events = POLLOUT };
	const char *at = bytes;
	ssize_t n;

	while (len) {
		n = write(STDOUT_FILENO, at, len);
		if (n >= 0) {
			at += n;
			len -= n;
		} else if (errno == EAGAIN) {
			/* It was somebody else's idea not to wait. */
			poll(&file, 1, -1);
		} else if (errno != EINTR) {
			return write_failed(-errno);
		}
	}
	return 0;
}

int out_flush(void)
{
	int err = fflush(stdout) ? -errno : 0;

	/* What could not be written before, the stream has forgotten. */
	if (!err && ferror(stdout))
		err = -EIO;
	return err ? write_failed(err) : 0;
}

int out_gone(void)
{
	raise(SIGPIPE);
	return write_failed(-EPIPE);
}
