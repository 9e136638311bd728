// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What a backend keeps: open files and memory of the daemon, or what the kernel
 * has given to its modules and cannot take back.
 */
#include "config.h"

#include <ctype.h>
#include <dirent.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "torture.h"

/* Is this the daemon that serves the room? */
static bool serves(const char *pid)
{
	char path[64], words[4096], dir[PATH_MAX], *word;
	ssize_t n;
	bool is = false;
	int fd;

	snprintf(path, sizeof(path), "/proc/%.20s/cmdline", pid);
	snprintf(dir, sizeof(dir), "%s", room_path);
	dirname(dir);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return false;
	n = read(fd, words, sizeof(words) - 1);
	close(fd);
	if (n <= 0)
		return false;
	words[n] = '\0';
	if (strcmp(basename(words), "kchatd"))
		return false;
	for (word = words; word < words + n; word += strlen(word) + 1)
		is |= !strcmp(word, dir);
	return is;
}

static pid_t daemon_find(void)
{
	DIR *all = opendir("/proc");
	struct dirent *entry;
	pid_t pid = 0;

	while (all && !pid && (entry = readdir(all)))
		if (isdigit((unsigned char)entry->d_name[0]) &&
		    serves(entry->d_name))
			pid = atoi(entry->d_name);
	if (all)
		closedir(all);
	return pid;
}

/* The sum of these lines of a file, in KiB */
static long sum_of(const char *path, const char *const *names)
{
	char line[200];
	long sum = 0;
	FILE *file = fopen(path, "re");
	unsigned int i;

	while (file && fgets(line, sizeof(line), file))
		for (i = 0; names[i]; i++)
			if (!strncmp(line, names[i], strlen(names[i])))
				sum += atol(line + strlen(names[i]));
	if (file)
		fclose(file);
	return sum;
}

/* One with a sanitizer keeps what was freed, and looks for leaks itself */
static bool is_sanitized(pid_t pid)
{
	char path[64], line[PATH_MAX + 100];
	bool is = false;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/maps", pid);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		is |= strstr(line, "libasan") != NULL;
	if (file)
		fclose(file);
	return is;
}

/**
 * kept_memory() - how much memory the backend has
 *
 * Return: KiB, more or less; 0 if that cannot be told.
 */
long kept_memory(void)
{
	static const char *const kernel[] = {
		"SUnreclaim:", "VmallocUsed:", "Percpu:", NULL,
	};
	static const char *const process[] = { "VmRSS:", NULL };
	char path[64];
	pid_t pid;

	if (backend == KMOD)
		return sum_of("/proc/meminfo", kernel);
	pid = daemon_find();
	if (!pid || is_sanitized(pid))
		return 0;
	snprintf(path, sizeof(path), "/proc/%d/status", pid);
	return sum_of(path, process);
}

/**
 * kept_files() - how many files the daemon has open
 *
 * Return: so many; 0 if there is none or that cannot be told.
 */
unsigned int kept_files(void)
{
	char path[64];
	unsigned int n = 0;
	DIR *all;

	snprintf(path, sizeof(path), "/proc/%d/fd", daemon_find());
	all = opendir(path);
	while (all && readdir(all))
		n++;
	if (all)
		closedir(all);
	return n;
}
