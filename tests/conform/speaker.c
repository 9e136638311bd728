// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * speaker ROOM|N TEXT: say something in a room, or to an open file. For tests
 * that need another program: one that is setuid, or was started by somebody.
 */
#include "config.h"

#include <ctype.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* A leak checker cannot look into what is setuid, and would give up */
int __lsan_is_turned_off(void); /* NOLINT(bugprone-reserved-identifier,cert-*) */
int __lsan_is_turned_off(void) /* NOLINT(bugprone-reserved-identifier,cert-*) */
{
	return 1;
}

int main(int argc, char **argv)
{
	int fd;

	if (argc != 3) {
		fprintf(stderr, "usage: speaker ROOM|N TEXT\n");
		return 2;
	}
	if (isdigit((unsigned char)argv[1][0]))
		fd = atoi(argv[1]);
	else
		fd = open(argv[1], O_WRONLY | O_CLOEXEC);
	if (fd < 0 || write(fd, argv[2], strlen(argv[2])) < 0) {
		perror(argv[1]);
		return 1;
	}
	return 0;
}
