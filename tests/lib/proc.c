// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What /proc tells of other processes and threads.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "proc.h"

/**
 * slurp() - read a small file of /proc
 * @path: the file
 * @buf: set to its text; "" if that cannot be
 * @size: bytes there are in @buf
 */
void slurp(const char *path, char *buf, size_t size)
{
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	ssize_t n = fd < 0 ? 0 : read(fd, buf, size - 1);

	buf[n > 0 ? n : 0] = '\0';
	if (fd >= 0)
		close(fd);
}

/**
 * asleep() - does a thread sleep in a system call?
 * @pid: its process
 * @tid: its id
 * @nr: the system call
 *
 * Its state is asked as well: of a thread that was woken, but whose processor has
 * not taken notice yet, /proc/PID/syscall still names the call. Kernels that hide
 * system calls are believed when the thread sleeps at all.
 */
bool asleep(pid_t pid, pid_t tid, long nr)
{
	char path[80], text[512], *p;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/syscall", pid, tid);
	slurp(path, text, sizeof(text));
	if (text[0] == 'r') /* running */
		return false;
	if (text[0] && atol(text) != nr)
		return false;
	snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", pid, tid);
	slurp(path, text, sizeof(text));
	p = strrchr(text, ')');
	return p && (p[2] == 'S' || p[2] == 'D');
}
