// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * runner.c - run the tests of a program, one after the other
 *
 * The runner forks one test at a time, collects its words through a pipe and
 * its verdict through a shared page, and prints both when every process of
 * the test is gone.
 */
#include "config.h"

#include <fcntl.h>
#include <fnmatch.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runner.h"
#include "tap.h"

void (*tap_after_failure)(void);

/* Become the leader of a test, with its words going to @out */
static void run_child(const struct tap_test *test, int out)
{
	sigset_t none;
	int null;

	setsid();
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	prctl(PR_SET_CHILD_SUBREAPER, 0);
	null = open("/dev/null", O_RDONLY);
	dup2(null, STDIN_FILENO);
	dup2(out, STDOUT_FILENO);
	dup2(out, STDERR_FILENO);
	close(null);
	close(out);
	setvbuf(stdout, NULL, _IOLBF, 0);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
	test->run();
	fflush(NULL);
	tap_shared->verdict = PASSED;
	/* Not _exit(): a leak checker looks around on the way out */
	exit(0);
}

/* Reap until @leader has ended, or nobody is left if @leader is 0 */
static bool reap(pid_t leader, int *ret_status)
{
	int status;
	pid_t pid;

	while ((pid = waitpid(-1, &status, WNOHANG)) > 0) {
		if (pid != leader)
			continue;
		*ret_status = status;
		return true;
	}
	return !leader && pid < 0;
}

/*
 * Wait, at most until @deadline, for @leader to end (for all to end if it is
 * 0), listening to @out.
 */
static bool await(pid_t leader, int out, int sigs, long long deadline,
		  int *ret_status)
{
	struct pollfd fds[] = {
		{ .fd = out, .events = POLLIN },
		{ .fd = sigs, .events = POLLIN },
	};
	struct signalfd_siginfo info;
	long long left;

	for (;;) {
		if (reap(leader, ret_status))
			return true;
		left = deadline - tap_now();
		if (left <= 0)
			return false;
		poll(fds, 2, left > 1000 ? 1000 : left);
		if (fds[0].revents)
			tap_listen(out);
		/* Once nobody holds the pipe it is ready for ever */
		if (fds[0].revents & POLLHUP)
			fds[0].fd = -1;
		while (read(sigs, &info, sizeof(info)) == sizeof(info)) {
			if (info.ssi_signo == SIGCHLD)
				continue;
			if (leader)
				kill(-leader, SIGKILL);
			printf("Bail out! stopped by a signal\n");
			exit(1);
		}
	}
}

static void print_result(const struct tap_test *test, int number, bool ok,
			 double seconds)
{
	char *line = tap_said.text, *end;

	tap_said.text[tap_said.len] = '\0';
	if (tap_shared->verdict == SKIPPED)
		printf("ok %d - %s # SKIP %s\n", number, test->name,
		       tap_shared->reason);
	else
		printf("%s %d - %s\n", ok ? "ok" : "not ok", number,
		       test->name);
	for (; *line; line = end) {
		end = line + strcspn(line, "\n");
		printf("# %.*s\n", (int)(end - line), line);
		if (*end)
			end++;
	}
	if (getenv("KCHAT_TEST_TIMES"))
		printf("# took %.2f s\n", seconds);
	fflush(stdout);
}

/* In seconds. Who expects tests to fail caps it: KCHAT_TEST_TIMEOUT. */
static unsigned int time_limit(const struct tap_test *test)
{
	unsigned int limit = test->timeout ? test->timeout : TAP_TIMEOUT;
	const char *s = getenv("KCHAT_TEST_TIMEOUT");
	unsigned int cap = s ? strtoul(s, NULL, 10) : 0;

	return (cap && cap < limit ? cap : limit) * tap_slow();
}

/* What cannot be cleaned up in time, since the backend stands still, is left. */
static void clean_up(int sigs)
{
	pid_t pid = fork();
	int status;

	if (!pid) {
		tap_after_failure();
		_exit(0);
	}
	if (pid > 0 &&
	    !await(pid, -1, sigs, tap_now() + 5000 * tap_slow(), &status))
		kill(pid, SIGKILL);
}

/* Run one test to its end. Return whether it did not fail. */
static bool run_test(const struct tap_test *test, int number, int sigs)
{
	unsigned int timeout = time_limit(test);
	long long start = tap_now();
	bool ended, ok = false;
	int pipe_fds[2], status = 0;
	pid_t leader;

	tap_klog_mark(test->name);
	memset(tap_shared, 0, sizeof(*tap_shared));
	tap_said.len = 0;
	if (pipe2(pipe_fds, O_CLOEXEC) < 0 ||
	    fcntl(pipe_fds[0], F_SETFL, O_NONBLOCK) < 0) {
		perror("pipe");
		exit(1);
	}
	leader = fork();
	if (leader < 0) {
		perror("fork");
		exit(1);
	}
	if (!leader) {
		close(pipe_fds[0]);
		close(sigs);
		run_child(test, pipe_fds[1]);
	}
	close(pipe_fds[1]);

	ended = await(leader, pipe_fds[0], sigs, start + timeout * 1000LL,
		      &status);
	if (!ended) {
		tap_listen(pipe_fds[0]);
		tap_say("timed out after %u s\n", timeout);
		tap_say_hang(leader);
	}
	kill(-leader, SIGKILL);
	if (!await(0, pipe_fds[0], sigs, tap_now() + 10000 * tap_slow(),
		   &status)) {
		tap_say("a process of this test cannot be killed\n");
		tap_say_hang(leader);
		ended = false;
	}
	tap_listen(pipe_fds[0]);
	close(pipe_fds[0]);

	if (ended && tap_shared->verdict == NONE && WIFSIGNALED(status))
		tap_say("killed by signal %d (%s) after %s:%d\n", WTERMSIG(status),
		    strsignal(WTERMSIG(status)),
		    tap_shared->file ? tap_shared->file : "start",
		    tap_shared->line);
	else if (ended && tap_shared->verdict == NONE)
		tap_say("ended early, with status %d\n", WEXITSTATUS(status));
	else if (ended && tap_shared->verdict == PASSED && status)
		tap_say("ended with wait status 0x%x\n", status);
	else if (ended)
		ok = tap_shared->verdict != FAILED;
	ok &= tap_klog_is_clean();
	if (!ok && tap_after_failure)
		clean_up(sigs);
	print_result(test, number, ok, (tap_now() - start) / 1000.0);
	return ok;
}

/* Is one of the patterns in @only, "^THIS|THAT", its name's beginning or a part? */
static bool chosen(const struct tap_test *test, const char *only)
{
	char pattern[300];
	int len;

	while (only) {
		len = strcspn(only, "|");
		if (*only == '^')
			snprintf(pattern, sizeof(pattern), "%.*s*", len - 1,
				 only + 1);
		else
			snprintf(pattern, sizeof(pattern), "*%.*s*", len, only);
		if (!fnmatch(pattern, test->name, 0))
			return true;
		if (!only[len])
			return false;
		only += len + 1;
	}
	return true;
}

static int count(const struct tap_test *const *tables, const char *only)
{
	const struct tap_test *test;
	int n = 0;

	for (; *tables; tables++)
		for (test = *tables; test->name; test++)
			n += chosen(test, only);
	return n;
}

/**
 * tap_list() - print the names of tests
 * @tables: tables of tests, the last one NULL
 * @only: as for tap_run()
 *
 * Return: exit status of the program.
 */
int tap_list(const struct tap_test *const *tables, const char *only)
{
	const struct tap_test *test;

	for (; *tables; tables++)
		for (test = *tables; test->name; test++)
			if (chosen(test, only))
				printf("%s\n", test->name);
	return 0;
}

/**
 * tap_run() - run tests
 * @tables: tables of tests, the last one NULL
 * @only: run those whose name contains this (a shell pattern), or, for "^THIS",
 *	begins with it, or one of several with "|" between; NULL: all
 *
 * Return: exit status of the program: 0 if none failed.
 */
int tap_run(const struct tap_test *const *tables, const char *only)
{
	const struct tap_test *test;
	int sigs, total, number = 0;
	bool ok = true;
	sigset_t set;

	total = count(tables, only);
	if (!total) {
		printf("Bail out! no test is called '%s'\n", only ? only : "");
		return 1;
	}
	tap_shared = mmap(NULL, sizeof(*tap_shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigs = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (tap_shared == MAP_FAILED || sigs < 0) {
		perror("tap");
		return 1;
	}
	/* Helpers of a dead test become ours: they too must be gone */
	prctl(PR_SET_CHILD_SUBREAPER, 1);

	tap_klog_open();
	printf("TAP version 13\n1..%d\n", total);
	fflush(stdout);
	for (; *tables; tables++)
		for (test = *tables; test->name; test++)
			if (chosen(test, only))
				ok &= run_test(test, ++number, sigs);
	close(sigs);
	munmap(tap_shared, sizeof(*tap_shared));
	tap_shared = &tap_alone;
	return ok ? 0 : 1;
}

/**
 * tap_main() - the main() of a program that is one table of tests
 * @argc: as for main()
 * @argv: as for main(); --list prints names, --only PATTERN chooses
 * @tests: the table
 *
 * Return: exit status of the program.
 */
int tap_main(int argc, char **argv, const struct tap_test *tests)
{
	static const struct option options[] = {
		{ "list", no_argument, NULL, 'l' },
		{ "only", required_argument, NULL, 'o' },
		{ NULL, 0, NULL, 0 },
	};
	const struct tap_test *const tables[] = { tests, NULL };
	const char *only = NULL;
	bool list = false;
	int c;

	while ((c = getopt_long(argc, argv, "", options, NULL)) != -1) {
		if (c == 'l')
			list = true;
		else if (c == 'o')
			only = optarg;
		else
			return 2;
	}
	return list ? tap_list(tables, only) : tap_run(tables, only);
}
