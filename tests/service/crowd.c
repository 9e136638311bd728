// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * crowd ROOM open|read|write|poll COUNT: so many open files of a room, each with a
 * call that waits in a thread of its own. As soon as all are at it: `ready`. Of each
 * call that ends, a line: `poll ERR HUP IN`, `read 5` or `write -1 WHY`.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT_MAX 1024
#define STACK (64u << 10)
#define LONGEST 65536

static const char *path, *how;
static char text[LONGEST];

static void tell_poll(short revents)
{
	printf("poll%s%s%s%s\n", revents & POLLERR ? " ERR" : "",
	       revents & POLLHUP ? " HUP" : "", revents & POLLIN ? " IN" : "",
	       revents & POLLOUT ? " OUT" : "");
}

static void *wait_in_call(void *arg)
{
	struct pollfd pfd = { .fd = *(int *)arg, .events = POLLIN };
	char in[16];
	ssize_t n;

	if (!strcmp(how, "poll")) {
		while (poll(&pfd, 1, -1) < 0)
			;
		tell_poll(pfd.revents);
		return NULL;
	}
	if (!strcmp(how, "read"))
		n = read(pfd.fd, in, sizeof(in));
	else
		n = write(pfd.fd, text, sizeof(text));
	if (n < 0)
		printf("%s -1 %s\n", how, strerror(errno));
	else
		printf("%s %zd\n", how, n);
	return NULL;
}

static void start_one(pthread_t *thread, int *fd)
{
	pthread_attr_t attr;
	int error;

	*fd = open(path, strcmp(how, "write") ? O_RDONLY : O_WRONLY);
	error = *fd < 0 ? errno : 0;
	if (!error && strcmp(how, "open")) {
		pthread_attr_init(&attr);
		pthread_attr_setstacksize(&attr, STACK);
		error = pthread_create(thread, &attr, wait_in_call, fd);
		pthread_attr_destroy(&attr);
	}
	if (error) {
		printf("%s: %s\n", path, strerror(error));
		exit(1);
	}
}

int main(int argc, char **argv)
{
	static pthread_t threads[COUNT_MAX];
	static int fds[COUNT_MAX];
	int count = argc == 4 ? atoi(argv[3]) : 0, i;

	if (count < 1 || count > COUNT_MAX) {
		fprintf(stderr, "usage: crowd ROOM open|read|write|poll COUNT\n");
		return 2;
	}
	path = argv[1];
	how = argv[2];
	setvbuf(stdout, NULL, _IOLBF, 0);
	for (i = 0; i < count; i++)
		start_one(&threads[i], &fds[i]);
	puts("ready");
	if (!strcmp(how, "open"))
		for (;;)
			pause();
	for (i = 0; i < count; i++)
		pthread_join(threads[i], NULL);
	return 0;
}
