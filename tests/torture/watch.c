// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Who is stuck, and where in the kernel.
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "torture.h"

/* A file of /proc, each line behind what it is */
static void show(pid_t pid, const char *name)
{
	char path[64], text[2048], *line, *rest;
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	n = fd < 0 ? -1 : read(fd, text, sizeof(text) - 1);
	if (fd >= 0)
		close(fd);
	if (n <= 0)
		return;
	text[n] = '\0';
	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		if (strcmp(name, "status") || !strncmp(line, "State:", 6))
			printf("  %s: %s\n", name, line);
}

static void show_process(const struct actor *actor, pid_t pid)
{
	static const char *const files[] = {
		"status", "syscall", "wchan", "stack",
	};
	unsigned int i;

	if (!pid || kill(pid, 0) < 0)
		return;
	printf("%s, process %d%s:\n", actor->role, pid,
	       actor->killed ? ", killed" : "");
	for (i = 0; i < LENGTH(files); i++)
		show(pid, files[i]);
}

/**
 * watch_stuck() - print what every process of the round does
 */
void watch_stuck(void)
{
	struct kchat_info info = info_of(scene->watch);
	unsigned int i;

	printf("%llu messages in, %llu out, %u openers, patience %d ms\n",
	       (unsigned long long)info.messages_in,
	       (unsigned long long)info.messages_out, info.openers,
	       (int)info.patience_ms);
	for (i = 0; i < scene->n_actors; i++) {
		show_process(&scene->actor[i], scene->actor[i].pid);
		show_process(&scene->actor[i], scene->actor[i].second);
	}
}
