// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * liner - write standard input into a node, a line each write
 *
 *	liner NODE
 *
 * What a program that logs does. It knows nothing of kchat.
 */
#include <stdio.h>

static char line[65536];

int main(int argc, char **argv)
{
	FILE *f;

	if (argc != 2) {
		fprintf(stderr, "usage: liner NODE\n");
		return 2;
	}
	f = fopen(argv[1], "a");
	if (!f) {
		perror(argv[1]);
		return 1;
	}
	setvbuf(f, NULL, _IOFBF, sizeof(line));
	while (fgets(line, sizeof(line), stdin)) {
		if (fputs(line, f) < 0 || fflush(f)) {
			perror("write");
			return 1;
		}
	}
	return fclose(f) ? 1 : 0;
}
