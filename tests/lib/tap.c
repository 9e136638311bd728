// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The harness of tap.h.
 *
 * The runner forks one test at a time, collects its words through a pipe and
 * its verdict through a shared page, and prints both when every process of
 * the test is gone. A failed check sets the verdict and kills the test's
 * process group, itself included: that is why no helper can outlive, or hang,
 * a test that has failed.
 */
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <fnmatch.h>
#include <getopt.h>
#include <poll.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/signalfd.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tap.h"

enum verdict { NONE, PASSED, FAILED, SKIPPED };

/*
 * Written by the processes of a test, read by the runner. @file and @line are
 * where the test was last seen; no lock, a torn pair only misleads a reader
 * of a failed test.
 */
static struct shared {
	int verdict;
	const char *file;
	int line;
	char reason[200];
} alone, *shared = &alone;	/* without a runner a failed check aborts */

/* What a test said, kept until its result is printed */
static struct {
	char text[64 * 1024];
	size_t len;
} said;

/* ---- inside a test ---- */

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

	shared->file = slash ? slash + 1 : file;
	shared->line = line;
}

static void end_test(enum verdict verdict) __attribute__((noreturn));

static void end_test(enum verdict verdict)
{
	int none = NONE;

	fflush(NULL);
	if (shared == &alone)
		abort();
	__atomic_compare_exchange_n(&shared->verdict, &none, verdict, false,
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
	printf("%s:%d: %s\n", shared->file, shared->line, why);
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
	vsnprintf(shared->reason, sizeof(shared->reason), fmt, ap);
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

/* ---- the runner ---- */

static void say(const char *fmt, ...)
	__attribute__((format(printf, 1, 2)));

static void say(const char *fmt, ...)
{
	size_t room = sizeof(said.text) - said.len;
	va_list ap;
	int n;

	va_start(ap, fmt);
	n = vsnprintf(said.text + said.len, room, fmt, ap);
	va_end(ap);
	if (n > 0)
		said.len += (size_t)n < room ? (size_t)n : room - 1;
}

/* Take what the test has said so far; more than fits is dropped */
static void listen_to(int fd)
{
	char spill[4096];
	size_t room;
	ssize_t n;

	do {
		room = sizeof(said.text) - 1000 - said.len;
		if (said.len + 1000 < sizeof(said.text))
			n = read(fd, said.text + said.len, room);
		else
			n = read(fd, spill, sizeof(spill));
		if (n > 0 && said.len + 1000 < sizeof(said.text))
			said.len += n;
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
	say("thread %d: state %c, system call %s, in %s\n", tid,
	    p && p[1] ? p[2] : '?', got[1][0] ? got[1] : "?",
	    got[2][0] ? got[2] : "?");
}

/* Where the processes of session @leader hang */
static void say_hang(pid_t leader)
{
	struct dirent *proc, *task;
	char path[80];
	DIR *all, *tasks;

	if (shared->file)
		say("last seen at %s:%d\n", shared->file, shared->line);
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
	shared->verdict = PASSED;
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
			listen_to(out);
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
	char *line = said.text, *end;

	said.text[said.len] = '\0';
	if (shared->verdict == SKIPPED)
		printf("ok %d - %s # SKIP %s\n", number, test->name,
		       shared->reason);
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

/*
 * Whoever looks at the kernel's log afterwards should see whose time it was:
 * KCHAT_TEST_MARKS is /dev/kmsg.
 */
static void mark(const struct tap_test *test)
{
	const char *path = getenv("KCHAT_TEST_MARKS");
	int fd = path ? open(path, O_WRONLY | O_CLOEXEC) : -1;
	char line[300];
	int len;

	if (fd < 0)
		return;
	/* In one piece, and without seeking as dprintf() does */
	len = snprintf(line, sizeof(line), "kchat-test: %s\n", test->name);
	if (write(fd, line, len) < 0)
		perror(path);
	close(fd);
}

/* Run one test to its end. Return whether it did not fail. */
static bool run_test(const struct tap_test *test, int number, int sigs)
{
	unsigned int timeout = time_limit(test);
	long long start = tap_now();
	bool ended, ok = false;
	int pipe_fds[2], status = 0;
	pid_t leader;

	mark(test);
	memset(shared, 0, sizeof(*shared));
	said.len = 0;
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
		listen_to(pipe_fds[0]);
		say("timed out after %u s\n", timeout);
		say_hang(leader);
	}
	kill(-leader, SIGKILL);
	if (!await(0, pipe_fds[0], sigs, tap_now() + 10000 * tap_slow(),
		   &status)) {
		say("a process of this test cannot be killed\n");
		say_hang(leader);
		ended = false;
	}
	listen_to(pipe_fds[0]);
	close(pipe_fds[0]);

	if (ended && shared->verdict == NONE && WIFSIGNALED(status))
		say("killed by signal %d (%s) after %s:%d\n", WTERMSIG(status),
		    strsignal(WTERMSIG(status)),
		    shared->file ? shared->file : "start", shared->line);
	else if (ended && shared->verdict == NONE)
		say("ended early, with status %d\n", WEXITSTATUS(status));
	else if (ended && shared->verdict == PASSED && status)
		say("ended with wait status 0x%x\n", status);
	else if (ended)
		ok = shared->verdict != FAILED;
	print_result(test, number, ok, (tap_now() - start) / 1000.0);
	return ok;
}

static bool chosen(const struct tap_test *test, const char *only)
{
	char pattern[300];
	size_t len;

	if (!only)
		return true;
	if (*only == '^') {
		do {
			only++;
			len = strcspn(only, "|");
			if (!strncmp(test->name, only, len))
				return true;
			only += len;
		} while (*only);
		return false;
	}
	snprintf(pattern, sizeof(pattern), "*%s*", only);
	return fnmatch(pattern, test->name, 0) == 0;
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
 * @only: run those whose name contains this (a shell pattern), or for
 *	"^THIS|THAT" begins with one of these; NULL: all
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
	shared = mmap(NULL, sizeof(*shared), PROT_READ | PROT_WRITE,
		      MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, NULL);
	sigs = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	if (shared == MAP_FAILED || sigs < 0) {
		perror("tap");
		return 1;
	}
	/* Helpers of a dead test become ours: they too must be gone */
	prctl(PR_SET_CHILD_SUBREAPER, 1);

	printf("TAP version 13\n1..%d\n", total);
	fflush(stdout);
	for (; *tables; tables++)
		for (test = *tables; test->name; test++)
			if (chosen(test, only))
				ok &= run_test(test, ++number, sigs);
	close(sigs);
	munmap(shared, sizeof(*shared));
	shared = &alone;
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
