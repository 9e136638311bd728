// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Tests that end in every way a test can end, for tap-test.sh: who trusts a
 * harness wants to have seen it say no.
 */
#include "config.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "tap.h"

static void passes(void)
{
	CHECK(1 + 1 == 2);
	CHECK_EQ(1 + 1, 2);
	CHECK_MEM("abc", "abd", 2);
	CHECK_STR("abc", "abc");
	CHECK_OK(getpid());
	CHECK_ERRNO(close(-1), EBADF);
	CHECK_SOON(true);
}

static void fails_equal(void)
{
	CHECK_EQ(6 * 9, 42);
}

static void fails_errno(void)
{
	CHECK_ERRNO(close(-1), EINTR);
}

static void fails_memory(void)
{
	CHECK_MEM("abc", "abd", 3);
}

static void hangs(void)
{
	CHECK(true);
	pause();
}

static void crashes(void)
{
	CHECK(true);
	abort();
}

static void ends_early(void)
{
	_exit(0);
}

static void skips(void)
{
	SKIP("the moon is not full");
}

static void pauses(void *arg)
{
	(void)arg;
	execlp("sleep", "sleep", "9876", NULL);
}

static void leaves_a_process(void)
{
	tap_spawn(pauses, NULL);
}

static void check_fails(void *arg)
{
	(void)arg;
	CHECK(!"in a process");
}

static void fails_in_process(void)
{
	tap_spawn(check_fails, NULL);
	pause();
}

static void *check_fails_too(void *arg)
{
	CHECK(!"in a thread");
	return arg;
}

static void fails_in_thread(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, check_fails_too, NULL);
	pause();
}

static void talks(void)
{
	printf("one line\nnot ok 1 - no result of its own");
}

/* As a kernel would, whose log KCHAT_KLOG is */
static void log_says(const char *text)
{
	const char *path = getenv("KCHAT_KLOG");
	FILE *file = path ? fopen(path, "ae") : NULL;

	if (!file)
		SKIP("there is no log");
	fprintf(file, "%s\n", text);
	fclose(file);
}

static void kernel_talks(void)
{
	log_says("kchat: nothing to complain of");
}

static void kernel_kills(void)
{
	log_says("hog invoked oom-killer: a made-up one\nCall Trace:\n"
		 "Memory cgroup out of memory: Killed process 1 (hog)");
}

static void kernel_kills_anybody(void)
{
	log_says("hog invoked oom-killer: a made-up one\nCall Trace:\n"
		 "Out of memory: Killed process 1 (bystander)");
}

static void kernel_complains(void)
{
	log_says("BUG: KASAN: a made-up one");
}

static const struct tap_test tests[] = {
	{ "passes", passes, 0 },
	{ "fails by value", fails_equal, 0 },
	{ "fails by errno", fails_errno, 0 },
	{ "fails by memory", fails_memory, 0 },
	{ "hangs", hangs, 3 },
	{ "crashes", crashes, 0 },
	{ "ends early", ends_early, 0 },
	{ "skips", skips, 0 },
	{ "leaves a process", leaves_a_process, 0 },
	{ "fails in a process", fails_in_process, 0 },
	{ "fails in a thread", fails_in_thread, 0 },
	{ "talks", talks, 0 },
	{ "kernel talks", kernel_talks, 0 },
	{ "kernel complains", kernel_complains, 0 },
	{ "kernel kills a member", kernel_kills, 0 },
	{ "kernel kills anybody", kernel_kills_anybody, 0 },
	{ NULL, NULL, 0 },
};

int main(int argc, char **argv)
{
	return tap_main(argc, argv, tests);
}
