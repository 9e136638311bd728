// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * out.c - standard output: bytes as they came, or fit to be seen
 */
#include "config.h"
#include "out.h"

#include <errno.h>
#include <langinfo.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"

bool terminal_has_utf8(void)
{
	return !strcmp(nl_langinfo(CODESET), "UTF-8");
}

void out_init(struct out *out)
{
	out->terminal = isatty(STDOUT_FILENO);
	show_init(&out->show, terminal_has_utf8());
}

static int write_failed(int err)
{
	complain("standard output: %s", strerror(-err));
	return err;
}

static int write_all(const char *bytes, size_t len)
{
	struct pollfd file = { .fd = STDOUT_FILENO, .events = POLLOUT };
	ssize_t n;

	while (len) {
		n = write(STDOUT_FILENO, bytes, len);
		if (n >= 0) {
			bytes += n;
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

int out_write(struct out *out, const void *bytes, size_t len)
{
	static char text[SHOW_SIZE(OUT_MAX)];

	if (!out->terminal)
		return write_all(bytes, len);
	return write_all(text, show_bytes(&out->show, bytes, len, text));
}

int out_end(struct out *out)
{
	char text[SHOW_SIZE(0)];

	return write_all(text, show_end(&out->show, text));
}

int out_gone(void)
{
	raise(SIGPIPE);
	return write_failed(-EPIPE);
}
