// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * test-lines.c - how input is cut into messages
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "kchat.h"
#include "client/lines.h"
#include "tap.h"

static void check_next(struct lines *lines, const char *want)
{
	const char *message = NULL;

	CHECK_EQ(lines_next(lines, &message), strlen(want));
	if (!*want)
		return;
	CHECK_MEM(message, want, strlen(want));
	lines_sent(lines, strlen(want));
}

static void a_line_is_a_message(void)
{
	struct lines lines = LINES_EMPTY;

	check_next(&lines, "");
	CHECK_OK(lines_add(&lines, "one\n\ntw", 7));
	check_next(&lines, "one\n");
	check_next(&lines, "\n");
	check_next(&lines, "");
	CHECK_OK(lines_add(&lines, "o\nthree", 7));
	check_next(&lines, "two\n");
	check_next(&lines, "");
	lines.ended = true;
	check_next(&lines, "three");
	check_next(&lines, "");
	CHECK_EQ(lines_left(&lines), 0);
	lines_deinit(&lines);
}

static void long_lines_are_cut_at_the_limit(void)
{
	struct lines lines = LINES_EMPTY;
	char *text = malloc(2 * KCHAT_MSG_MAX);
	const char *message;

	CHECK(text);
	memset(text, 'x', 2 * KCHAT_MSG_MAX);
	/* with its newline exactly one message */
	CHECK_OK(lines_add(&lines, text, KCHAT_MSG_MAX - 1));
	CHECK_EQ(lines_next(&lines, &message), 0);
	CHECK_OK(lines_add(&lines, "\n", 1));
	CHECK_EQ(lines_next(&lines, &message), KCHAT_MSG_MAX);
	lines_sent(&lines, KCHAT_MSG_MAX);
	/* one byte more, and the newline is left over */
	CHECK_OK(lines_add(&lines, text, KCHAT_MSG_MAX));
	CHECK_OK(lines_add(&lines, "\nab", 3));
	CHECK_EQ(lines_next(&lines, &message), KCHAT_MSG_MAX);
	lines_sent(&lines, KCHAT_MSG_MAX);
	check_next(&lines, "\n");
	check_next(&lines, "");
	lines_deinit(&lines);
	free(text);
}

static void a_short_write_loses_nothing(void)
{
	struct lines lines = LINES_EMPTY;

	CHECK_OK(lines_add(&lines, "hello\nyou\n", 10));
	lines_sent(&lines, 2);
	check_next(&lines, "llo\n");
	check_next(&lines, "you\n");
	lines_deinit(&lines);
}

/* Any amounts in, any amounts out: the bytes and their order stay. */
static void bytes_keep_their_order(void)
{
	struct lines lines = LINES_EMPTY;
	unsigned int in = 0, out = 0, i, n;
	const char *message;
	char text[5000];
	size_t len, k;
	int fds[2];

	CHECK_OK(pipe(fds));
	srand(1);
	while (out < 3000000) {
		n = rand() % sizeof(text);
		for (i = 0; i < n; i++, in++)
			text[i] = in % 251 == 10 && in % 3 ? 11 : in % 251;
		if (n % 2)
			CHECK_OK(lines_add(&lines, text, n));
		else if (n && CHECK_OK(write(fds[1], text, n)))
			CHECK_OK(lines_read(&lines, fds[0]));
		while ((len = lines_next(&lines, &message)) && rand() % 300) {
			len = 1 + rand() % len;
			for (k = 0; k < len; k++, out++)
				if ((unsigned char)message[k] !=
				    (out % 251 == 10 && out % 3 ? 11 : out % 251))
					FAIL("byte %u is wrong", out);
			lines_sent(&lines, len);
		}
		CHECK_EQ(lines_left(&lines), in - out);
	}
	CHECK_OK(close(fds[1]));
	CHECK(!lines.ended);
	CHECK_OK(lines_read(&lines, fds[0]));
	CHECK(lines.ended);
	lines_deinit(&lines);
}

static const struct tap_test tests[] = {
	{ "lines: a line is a message", a_line_is_a_message, 0 },
	{ "lines: long lines are cut at the limit",
	  long_lines_are_cut_at_the_limit, 0 },
	{ "lines: a short write loses nothing",
	  a_short_write_loses_nothing, 0 },
	{ "lines: bytes keep their order", bytes_keep_their_order, 0 },
	{ NULL, NULL, 0 },
};

int main(int argc, char **argv)
{
	return tap_main(argc, argv, tests);
}
