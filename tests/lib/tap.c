// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The harness of tap.h: what a test calls.
 *
 * A failed check sets the verdict and kills the test's process group, itself
 * included: that is why no helper can outlive, or hang, a test that has failed.
 */
#include "config.h"

#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runner.h"
#include "tap.h"

struct shared tap_alone, *tap_shared = &tap_alone;

/**
 * tap_slow() - how much slower than usual this machine is
 *
 * Return: KCHAT_TEST_SLOW, at least 1.
 */
unsigned int tap_slow(void)
{
	const char *s = getenv("KCHAT_TEST_SLOW");
	long n = s ? strtol(s, NULL, 10) : 1;

	return n < 1 ? 1 : n > 1000 ? 1000 : n;
}

/**
 * tap_now() - a monotonic clock
 *
 * Return: milliseconds since some time in the past.
 */
long long tap_now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

/**
 * tap_sleep() - sleep, whatever signals come
 * @ms: milliseconds
 */
void tap_sleep(unsigned int ms)
{
	struct timespec ts = { ms / 1000, ms % 1000 * 1000000L };

	while (nanosleep(&ts, &ts) < 0 && errno == EINTR)
		;
}

/**
 * tap_settle() - give something that must not happen the time to happen
 *
 * Too short a time can only hide a fault, never invent one. It is the same on a
 * slow machine: the suite waits so a thousand times, and a wake-up takes a
 * few ms there.
 */
void tap_settle(void)
{
	tap_sleep(TAP_SETTLE);
}

/**
 * tap_at() - note where the test is
 * @file: source file
 * @line: line in it
 */
void tap_at(const char *file, int line)
{
	const char *slash = strrchr(file, '/');

	tap_shared->file = slash ? slash + 1 : file;
	tap_shared->line = line;
}

static void end_test(enum verdict verdict) __attribute__((noreturn));

static void end_test(enum verdict verdict)
{
	int none = NONE;

	fflush(NULL);
	if (tap_shared == &tap_alone)
		abort();
	__atomic_compare_exchange_n(&tap_shared->verdict, &none, verdict, false,
				    __ATOMIC_SEQ_CST, __ATOMIC_SEQ_CST);
	kill(0, SIGKILL);
	_exit(1);
}

/**
 * tap_fail() - end the whole test as failed
 * @fmt: why, as for printf()
 *
 * Context: any thread or process of a test.
 */
void tap_fail(const char *fmt, ...)
{
	char why[1000];
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(why, sizeof(why), fmt, ap);
	va_end(ap);
	printf("%s:%d: %s\n", tap_shared->file, tap_shared->line, why);
	end_test(FAILED);
}

/**
 * tap_skip() - end the whole test as one that makes no sense here
 * @fmt: why, as for printf()
 */
void tap_skip(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	vsnprintf(tap_shared->reason, sizeof(tap_shared->reason), fmt, ap);
	va_end(ap);
	end_test(SKIPPED);
}

/**
 * tap_equal() - see CHECK_EQ()
 * @a_text: the first expression
 * @b_text: the second expression
 * @a: its value
 * @b: its value
 */
void tap_equal(const char *a_text, const char *b_text, long long a,
	       long long b)
{
	if (a != b)
		tap_fail("%s is %lld, not %s = %lld", a_text, a, b_text, b);
}

/**
 * tap_equal_mem() - see CHECK_MEM()
 * @a_text: the first expression
 * @b_text: the second expression
 * @a: what it points to
 * @b: what it points to
 * @len: bytes to compare
 */
void tap_equal_mem(const char *a_text, const char *b_text, const void *a,
		   const void *b, size_t len)
{
	const unsigned char *x = a, *y = b;
	size_t i;

	for (i = 0; i < len; i++)
		if (x[i] != y[i])
			tap_fail("%s differs from %s at byte %zu of %zu: %02x, not %02x",
				 a_text, b_text, i, len, x[i], y[i]);
}

/**
 * tap_equal_str() - see CHECK_STR()
 * @a_text: the first expression
 * @b_text: the second expression
 * @a: its value
 * @b: its value
 */
void tap_equal_str(const char *a_text, const char *b_text, const char *a,
		   const char *b)
{
	if (strcmp(a, b))
		tap_fail("%s is \"%s\", not %s = \"%s\"", a_text, a, b_text, b);
}

/**
 * tap_succeeds() - see CHECK_OK()
 * @text: the call
 * @ret: what it returned
 *
 * Return: @ret.
 */
long long tap_succeeds(const char *text, long long ret)
{
	if (ret == -1)
		tap_fail("%s: %s", text, strerror(errno));
	return ret;
}

/**
 * tap_fails() - see CHECK_ERRNO()
 * @text: the call
 * @ret: what it returned
 * @err: the errno it left
 * @want: the errno it should have left
 */
void tap_fails(const char *text, long long ret, int err, int want)
{
	if (ret != -1)
		tap_fail("%s returned %lld, not -1 with \"%s\"", text, ret,
			 strerror(want));
	if (err != want)
		tap_fail("%s: \"%s\", not \"%s\"", text, strerror(err),
			 strerror(want));
}

/**
 * tap_spawn() - start a process that belongs to the test
 * @run: what it does; returning means success
 * @arg: for @run
 *
 * It dies with the thread that started it.
 *
 * Return: its id, for tap_join() or tap_reap().
 */
pid_t tap_spawn(void (*run)(void *arg), void *arg)
{
	pid_t pid;

	fflush(NULL);
	pid = CHECK_OK(fork());
	if (pid)
		return pid;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	run(arg);
	fflush(NULL);
	_exit(0);
}

/* A signal that a test lets come, an alarm say, is no reason to fail */
static int wait_for(pid_t pid)
{
	int status = 0;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			tap_fail("waiting for process %d: %s", pid,
				 strerror(errno));
	return status;
}

/**
 * tap_join() - wait until a process ends, and ends well
 * @pid: from tap_spawn()
 */
void tap_join(pid_t pid)
{
	int status = wait_for(pid);

	if (WIFSIGNALED(status))
		tap_fail("process %d was killed by signal %d", pid,
			 WTERMSIG(status));
	CHECK_EQ(WEXITSTATUS(status), 0);
}

/**
 * tap_reap() - wait until a process was killed
 * @pid: from tap_spawn()
 * @sig: the signal that must have killed it
 */
void tap_reap(pid_t pid, int sig)
{
	int status = wait_for(pid);

	CHECK(WIFSIGNALED(status));
	CHECK_EQ(WTERMSIG(status), sig);
}
