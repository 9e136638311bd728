// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * log-reader SOCKET: print what is said to the system's log, a line each, as a
 * syslog daemon whose socket that is
 */
#include "config.h"

#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

int main(int argc, char **argv)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_DGRAM, 0);
	char line[2048];
	ssize_t n;

	if (argc != 2 || strlen(argv[1]) >= sizeof(address.sun_path)) {
		fprintf(stderr, "usage: log-reader SOCKET\n");
		return 2;
	}
	strcpy(address.sun_path, argv[1]);
	if (bind(fd, (struct sockaddr *)&address, sizeof(address))) {
		perror(argv[1]);
		return 1;
	}
	while ((n = read(fd, line, sizeof(line) - 1)) > 0) {
		line[n] = '\0';
		puts(line);
		fflush(stdout);
	}
	return 0;
}
