// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * klog.c - what the kernel says while a test runs
 *
 * Where KCHAT_KLOG names the kernel's log, each test leaves a mark in it, and
 * fails by its name if the kernel complained in its time. What is a complaint
 * stands in tests/vm/complaints, one regular expression a line.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runner.h"

#define MARK "kchat-test: "

static struct {
	int fd;
	regex_t *complaints;
	size_t count;
} klog = { .fd = -1 };

static void klog_broken(const char *what, const char *why)
{
	printf("Bail out! %s: %s\n", what, why);
	exit(1);
}

static void klog_add(const char *pattern)
{
	size_t size = (klog.count + 1) * sizeof(*klog.complaints);

	klog.complaints = realloc(klog.complaints, size);
	if (!klog.complaints ||
	    regcomp(&klog.complaints[klog.count++], pattern,
		    REG_EXTENDED | REG_NOSUB))
		klog_broken(pattern, "not a regular expression");
}

/**
 * tap_klog_open() - listen to the kernel from now on, if KCHAT_KLOG is set
 *
 * What cannot be listened to ends the program: no complaint may go unheard.
 */
void tap_klog_open(void)
{
	const char *path = getenv("KCHAT_KLOG"), *src = getenv("KCHAT_SRC");
	char line[200];
	FILE *file;

	if (!path || klog.fd >= 0)
		return;
	klog.fd = open(path, O_RDWR | O_NONBLOCK | O_APPEND | O_CLOEXEC);
	if (klog.fd < 0 || lseek(klog.fd, 0, SEEK_END) < 0)
		klog_broken(path, strerror(errno));
	snprintf(line, sizeof(line), "%s/tests/vm/complaints", src ? src : ".");
	file = fopen(line, "re");
	if (!file)
		klog_broken(line, strerror(errno));
	while (fgets(line, sizeof(line), file)) {
		line[strcspn(line, "\n")] = '\0';
		klog_add(line);
	}
	fclose(file);
}

/**
 * tap_klog_mark() - let the log tell whose time begins
 * @name: the test's
 */
void tap_klog_mark(const char *name)
{
	char line[300];
	int len;

	if (klog.fd < 0)
		return;
	/* In one piece, and without seeking as dprintf() does */
	len = snprintf(line, sizeof(line), MARK "%s\n", name);
	if (write(klog.fd, line, len) < 0)
		klog_broken("the kernel's log", strerror(errno));
}

/* (The stack in the report of a process killed for its memory is none by itself.) */
static bool is_complaint(const char *line)
{
	static bool excused;
	size_t i;

	if (strstr(line, MARK))
		return false;
	if (strstr(line, "invoked oom-killer")) {
		excused = true;
	} else if (excused && strstr(line, "Call Trace")) {
		excused = false;
		return false;
	}
	for (i = 0; i < klog.count; i++)
		if (!regexec(&klog.complaints[i], line, 0, NULL, 0))
			return true;
	return false;
}

/* Is there a complaint in @text? Its lines are taken apart. */
static bool has_complaint(char *text)
{
	char *rest = NULL, *line;

	for (line = strtok_r(text, "\n", &rest); line;
	     line = strtok_r(NULL, "\n", &rest))
		if (is_complaint(line))
			return true;
	return false;
}

/**
 * tap_klog_is_clean() - has the kernel complained since the last call?
 *
 * If so, its whole words become those of the test.
 *
 * Return: whether it has not.
 */
bool tap_klog_is_clean(void)
{
	static char words[16 * 1024];
	size_t len = 0, n;
	bool clean = true;
	char text[8192];
	ssize_t got;

	if (klog.fd < 0)
		return true;
	/* /dev/kmsg gives a record a read, and EPIPE for those it has lost */
	while ((got = read(klog.fd, text, sizeof(text) - 1)) > 0 ||
	       (got < 0 && errno == EPIPE)) {
		if (got < 0)
			continue;
		text[got] = '\0';
		n = strnlen(text, sizeof(words) - 1 - len);
		memcpy(words + len, text, n);
		len += n;
		words[len] = '\0';
		clean &= !has_complaint(text);
	}
	if (!clean)
		tap_say("the kernel complained:\n%s", words);
	return clean;
}
