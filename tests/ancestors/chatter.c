// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * chatter - a chat client as they were written for the ancestors' nodes
 *
 *	chatter NODE [LAST]
 *
 * One stdio file opened for update, select() on it and on standard input,
 * reads of 2,048 bytes, a line at a time out. It knows nothing of kchat, and
 * that is the point: no header of ours is included, and it must work
 * unchanged. It ends when the line LAST comes in.
 */
#include <stdio.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

static char line[2048], text[2048];

/* Has the line @last come in? Lines may come in pieces. */
static int seen(const char *last, const char *buf, ssize_t n)
{
	static char got[2048];
	static size_t len;
	ssize_t i;

	for (i = 0; i < n; i++) {
		if (buf[i] == '\n') {
			got[len] = '\0';
			len = 0;
			if (last && !strcmp(got, last))
				return 1;
		} else if (len < sizeof(got) - 1) {
			got[len++] = buf[i];
		}
	}
	return 0;
}

int main(int argc, char **argv)
{
	int typing = 1, node;
	fd_set set;
	ssize_t n;
	FILE *f;

	if (argc < 2) {
		fprintf(stderr, "usage: chatter NODE [LAST]\n");
		return 2;
	}
	f = fopen(argv[1], "r+");
	if (!f) {
		perror(argv[1]);
		return 1;
	}
	node = fileno(f);
	/* select() does not see what stdio has read ahead */
	setvbuf(stdin, NULL, _IONBF, 0);
	for (;;) {
		FD_ZERO(&set);
		FD_SET(node, &set);
		if (typing)
			FD_SET(STDIN_FILENO, &set);
		if (select(node + 1, &set, NULL, NULL, NULL) < 0) {
			perror("select");
			return 1;
		}
		if (FD_ISSET(STDIN_FILENO, &set)) {
			if (fgets(line, sizeof(line), stdin)) {
				if (fputs(line, f) < 0 || fflush(f)) {
					perror("write");
					return 1;
				}
			} else {
				typing = 0;
			}
		}
		if (FD_ISSET(node, &set)) {
			n = read(node, text, 2048);
			if (n <= 0) {
				perror("read");
				return 1;
			}
			if (fwrite(text, 1, n, stdout) != (size_t)n ||
			    fflush(stdout))
				return 1;
			if (seen(argc > 2 ? argv[2] : NULL, text, n))
				return 0;
		}
	}
}
