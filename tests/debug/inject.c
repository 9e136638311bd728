// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The kernel's fault injection, by its files in debugfs and /proc.
 */
#include "config.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "inject.h"
#include "tap.h"

static const char *const kinds[] = {
	"failslab", "fail_page_alloc", "fail_usercopy",
};

/* Write to a file of the kernel; true if it is there and took it */
static bool tell(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CLOEXEC);
	ssize_t n;

	if (fd < 0)
		return false;
	n = write(fd, text, strlen(text));
	close(fd);
	return n > 0;
}

/* Set an attribute of every kind that has it */
static void set_all(const char *attribute, const char *fmt, ...)
{
	char path[100], text[40];
	unsigned int i, known = 0;
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(text, sizeof(text), fmt, ap);
	va_end(ap);
	for (i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
		snprintf(path, sizeof(path), "/sys/kernel/debug/%s/%s",
			 kinds[i], attribute);
		known += tell(path, text);
	}
	if (!known)
		SKIP("this kernel injects no faults");
}

/* Modules are loaded side by side, and far from the kernel's own code */
#define NEIGHBOURHOOD (32ul << 20)

/* Where a module's code is, that of its init() too once it is loaded anew */
static void module_code(const char *module, unsigned long *ret_start,
			unsigned long *ret_end)
{
	unsigned long text = 0;
	char path[100];
	FILE *f;

	snprintf(path, sizeof(path), "/sys/module/%s/sections/.text", module);
	f = fopen(path, "re");
	CHECK(f && fscanf(f, "%lx", &text) == 1);
	fclose(f);
	*ret_start = text - NEIGHBOURHOOD;
	*ret_end = text + NEIGHBOURHOOD;
}

/**
 * inject_scope() - what may fail from now on, when it is asked for
 * @module: what is called by this module, or one beside it
 *
 * Nothing else of the kernel: it warns of some of its own failures.
 *
 * Ends the test as skipped where the kernel injects nothing.
 */
void inject_scope(const char *module)
{
	unsigned long start, end;

	set_all("probability", "0");
	set_all("times", "-1");
	set_all("task-filter", "Y");
	/* Every failure in the log would look like a complaint */
	set_all("verbose", "0");
	/* Memory that may be waited for can fail as well */
	set_all("ignore-gfp-wait", "N");
	set_all("min-order", "0");
	module_code(module, &start, &end);
	set_all("stacktrace-depth", "32");
	set_all("require-start", "%lu", start);
	set_all("require-end", "%lu", end);
}

/* Did a point fail? To ask is to copy: that may be what fails, and then none did. */
static bool has_failed(int fd)
{
	char text[20] = "";

	return pread(fd, text, sizeof(text) - 1, 0) > 0 && !atoi(text);
}

static void no_more(int fd)
{
	while (write(fd, "0", 1) < 0)
		CHECK_EQ(errno, EFAULT);
}

/**
 * inject_nth() - call, and let one point of it fail
 * @nth: which, from 1 on, in the order it comes to them
 * @call: the call; of this thread
 *
 * Return: what became of it.
 */
struct trial inject_nth(unsigned int nth, long (*call)(void))
{
	int fd = CHECK_OK(open("/proc/thread-self/fail-nth",
			       O_RDWR | O_CLOEXEC));
	struct trial trial;
	char text[20];

	snprintf(text, sizeof(text), "%u", nth);
	CHECK_OK(write(fd, text, strlen(text)));
	errno = 0;
	trial.ret = call();
	trial.err = errno;
	trial.failed = has_failed(fd);
	no_more(fd);
	close(fd);
	return trial;
}

/**
 * inject_often() - from now on, let every so-manyth point of this process fail
 * @percent: how many in a hundred
 */
void inject_often(unsigned int percent)
{
	set_all("probability", "%u", percent);
	CHECK(tell("/proc/self/make-it-fail", "1"));
}

/**
 * inject_never() - let nothing fail any more
 */
void inject_never(void)
{
	CHECK(tell("/proc/self/make-it-fail", "0"));
	set_all("probability", "0");
}
