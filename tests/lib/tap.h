/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * A small harness for test programs that speak TAP.
 *
 * A program is a table of tests. Each test is a function run in a process,
 * session and process group of its own, under a time-out of its own: a hang
 * is `not ok` with a name, and whatever a test leaves behind is killed before
 * the next one starts. Only the parent prints results; what a test writes to
 * stdout or stderr becomes `# ` lines after its result.
 *
 * A failed check ends the whole test at once, also from a thread or a process
 * the test started. So checks need no clean-up path, and no test goes on with
 * what it did not get.
 *
 * A machine may be slow (an emulated one is): KCHAT_TEST_SLOW, an integer,
 * stretches every time-out and every settling time.
 */
#ifndef KCHAT_TESTS_TAP_H
#define KCHAT_TESTS_TAP_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/**
 * struct tap_test - one test
 * @name: what it proves; for a rule of the contract its number comes first,
 *	as in "M1 messages of many writers never interleave"
 * @run: the test; returning means passed
 * @timeout: seconds until it counts as hung, before KCHAT_TEST_SLOW;
 *	0 means TAP_TIMEOUT
 *
 * A table ends with an entry without a name.
 */
struct tap_test {
	const char *name;
	void (*run)(void);
	unsigned int timeout;
};

#define TAP_TIMEOUT 40

/* What CHECK_SOON() waits, in ms: for things that must happen */
#define TAP_SOON 15000
/* What tap_settle() waits, in ms: for things that must not happen */
#define TAP_SETTLE 60

/* Called after a test that failed, whose processes are gone, to clean up after it */
extern void (*tap_after_failure)(void);

int tap_main(int argc, char **argv, const struct tap_test *tests);
int tap_run(const struct tap_test *const *tables, const char *only);
int tap_list(const struct tap_test *const *tables, const char *only);

pid_t tap_spawn(void (*run)(void *arg), void *arg);
void tap_join(pid_t pid);
void tap_reap(pid_t pid, int sig);

unsigned int tap_slow(void);
long long tap_now(void);
void tap_sleep(unsigned int ms);
void tap_settle(void);

/* Parts of the macros below */
void tap_at(const char *file, int line);
void tap_fail(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void tap_skip(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void tap_equal(const char *a_text, const char *b_text, long long a,
	       long long b);
void tap_equal_mem(const char *a_text, const char *b_text, const void *a,
		   const void *b, size_t len);
void tap_equal_str(const char *a_text, const char *b_text, const char *a,
		   const char *b);
long long tap_succeeds(const char *text, long long ret);
void tap_fails(const char *text, long long ret, int err, int want);

#define tap_here() tap_at(__FILE__, __LINE__)

/* The rest of this test makes no sense here; the reason is printed */
#define SKIP(...) \
	do { \
		tap_here(); \
		tap_skip(__VA_ARGS__); \
	} while (0)

/* Fail with a message of one's own */
#define FAIL(...) \
	do { \
		tap_here(); \
		tap_fail(__VA_ARGS__); \
	} while (0)

#define CHECK(cond) \
	do { \
		tap_here(); \
		if (!(cond)) \
			tap_fail("not true: %s", #cond); \
	} while (0)

/* Two integers are equal */
#define CHECK_EQ(a, b) \
	do { \
		tap_here(); \
		tap_equal(#a, #b, (long long)(a), (long long)(b)); \
	} while (0)

/* Two pieces of memory are equal; the first difference is shown */
#define CHECK_MEM(a, b, len) \
	do { \
		tap_here(); \
		tap_equal_mem(#a, #b, (a), (b), (len)); \
	} while (0)

#define CHECK_STR(a, b) \
	do { \
		tap_here(); \
		tap_equal_str(#a, #b, (a), (b)); \
	} while (0)

/* A system call succeeds; the value is what it returned */
#define CHECK_OK(call) \
	(tap_here(), tap_succeeds(#call, (long long)(call)))

/* A system call returns -1 with this errno */
#define CHECK_ERRNO(call, want) \
	do { \
		long long __ret; \
		\
		tap_here(); \
		errno = 0; \
		__ret = (long long)(call); \
		tap_fails(#call, __ret, errno, (want)); \
	} while (0)

/* A condition that others make true becomes true, sooner or later */
#define CHECK_SOON(cond) \
	do { \
		long long __end = tap_now() + TAP_SOON * tap_slow(); \
		\
		tap_here(); \
		while (!(cond)) { \
			if (tap_now() > __end) \
				tap_fail("not true in time: %s", #cond); \
			tap_sleep(1); \
		} \
	} while (0)

#endif /* KCHAT_TESTS_TAP_H */
