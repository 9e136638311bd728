// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * said.c - what there is to say about a test: its own words, and where it hangs
 */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner.h"
#include "tap.h"

struct said tap_said;

/**
 * tap_say() - the runner's own words about a test
 * @fmt: as for printf()
 */
void tap_say(const char *fmt, ...)
{
	size_t room = sizeof(tap_said.text) - tap_said.len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(tap_said.text + tap_said.len, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		tap_said.len += (size_t)n < room ? (size_t)n : room - 1;
}

/**
 * tap_listen() - take what a test has said so far
 * @fd: the pipe, which does not wait; more than fits is dropped
 */
void tap_listen(int fd)
{
	char spill[4096];
	size_t room;
	ssize_t n;

	do {
		room = sizeof(tap_said.text) - 1000 - tap_said.len;
		if (tap_said.len + 1000 < sizeof(tap_said.text))
			n = read(fd, tap_said.text + tap_said.len, room);
		else
			n = read(fd, spill, sizeof(spill));
		if (n > 0 && tap_said.len + 1000 < sizeof(tap_said.text))
			tap_said.len += n;
	} while (n > 0);
}

/* One line about a thread that hangs: its state, system call, kernel function */
static void say_thread(int pid, int tid)
{
	static const char *const files[] = { "stat", "syscall", "wchan" };
	char path[80], got[3][256], *p;
	ssize_t n;
	int i, fd;

	for (i = 0; i < 3; i++) {
		got[i][0] = '\0';
		snprintf(path, sizeof(path), "/proc/%d/task/%d/%s", pid, tid,
			 files[i]);
		fd = open(path, O_RDONLY | O_CLOEXEC);
		if (fd < 0)
			continue;
		n = read(fd, got[i], sizeof(got[i]) - 1);
		got[i][n > 0 ? n : 0] = '\0';
		close(fd);
	}
	p = strrchr(got[0], ')');
	got[1][strcspn(got[1], " \n")] = '\0';
	tap_say("thread %d: state %c, system call %s, in %s\n", tid,
	    p && p[1] ? p[2] : '?', got[1][0] ? got[1] : "?",
	    got[2][0] ? got[2] : "?");
}

/**
 * tap_say_hang() - where the processes of a test hang
 * @leader: of their session
 */
void tap_say_hang(pid_t leader)
{
	struct dirent *proc, *task;
	char path[80];
	DIR *all, *tasks;

	if (tap_shared->file)
		tap_say("last seen at %s:%d\n", tap_shared->file,
			tap_shared->line);
	all = opendir("/proc");
	if (!all)
		return;
	while ((proc = readdir(all))) {
		pid_t pid = atoi(proc->d_name);

		if (pid <= 0 || getsid(pid) != leader)
			continue;
		snprintf(path, sizeof(path), "/proc/%d/task", pid);
		tasks = opendir(path);
		if (!tasks)
			continue;
		while ((task = readdir(tasks)))
			if (task->d_name[0] != '.')
				say_thread(pid, atoi(task->d_name));
		closedir(tasks);
	}
	closedir(all);
}
