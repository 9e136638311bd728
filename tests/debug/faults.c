// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * kchat-faults KO: what the module does when memory cannot be had, or not be
 * copied. KO is loaded at first and gone at the end. For each operation a first
 * point of failure fails, then a second, until there are no more: it must succeed,
 * or fail and have done nothing; and the room goes on.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "conform.h"
#include "faults.h"

/* No operation has so many; whoever gets there never ends */
#define POINTS_MAX 2000

/* How often all are tried */
#define ROUNDS 4

const char *room_path;
enum backend backend;

/* A message goes round, and nobody but us has the room open */
static void room_works(void)
{
	struct kchat_info info;
	int fd = room_open(O_RDWR);
	char got[6];

	put(fd, "round", 5);
	get(fd, got, 5);
	CHECK_MEM(got, "round", 5);
	nothing(fd);
	CHECK_OK(ioctl(fd, KCHAT_INFO, &info));
	CHECK_EQ(info.unread_messages, 0);
	close(fd);
}

/* One trial; what it may not do ends the test */
static struct trial try_point(const struct operation *op, unsigned int nth)
{
	struct trial trial;

	if (op->before)
		op->before();
	trial = (op->trial ? op->trial : inject_nth)(nth, op->call);
	if (trial.ret < 0 && !trial.failed)
		FAIL("nothing failed, but: %s", strerror(trial.err));
	if (trial.ret < 0 && trial.err != ENOMEM && trial.err != EFAULT)
		FAIL("point %u failed: %s", nth, strerror(trial.err));
	op->after(trial);
	if (!access(room_path, F_OK))
		room_works();
	return trial;
}

/**
 * each_point() - try an operation with each point of failure failing
 * @op: the operation
 *
 * Many times over, since it need not take the same way each time: memory is
 * at hand, or has to be made.
 */
void each_point(const struct operation *op)
{
	unsigned int nth, round, points = 0, failed = 0;
	struct trial trial;

	for (round = 0; round < ROUNDS; round++) {
		for (nth = 1; nth < POINTS_MAX; nth++) {
			trial = try_point(op, nth);
			failed += trial.ret < 0;
			if (!trial.failed)
				break;
			points++;
		}
		CHECK(nth < POINTS_MAX);
	}
	printf("%u points of failure, %u made it fail\n", points, failed);
	CHECK(points > 0);
	CHECK(failed >= op->least);
}

static int module_file;

long module_try_load(void)
{
	return syscall(SYS_finit_module, module_file, "", 0);
}

long module_try_unload(void)
{
	return syscall(SYS_delete_module, "kchat", O_NONBLOCK);
}

/**
 * module_load() - have the module, and let only what it calls fail
 */
void module_load(void)
{
	if (access("/sys/module/kchat", F_OK))
		CHECK_OK(module_try_load());
	inject_scope("kchat");
}

static bool has_line(const char *path, const char *end)
{
	char line[100];
	bool found = false;
	FILE *f = fopen(path, "re");

	CHECK(f != NULL);
	while (fgets(line, sizeof(line), f)) {
		line[strcspn(line, "\n")] = '\0';
		found |= strlen(line) >= strlen(end) &&
			 !strcmp(line + strlen(line) - strlen(end), end);
	}
	fclose(f);
	return found;
}

/**
 * node_gone() - what is no more cannot be opened
 * @path: its node
 *
 * That may still be there: devtmpfs wants memory to take one away, or to make one,
 * and tells nobody that it got none.
 */
void node_gone(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);

	CHECK(fd < 0 && (errno == ENOENT || errno == ENXIO));
	unlink(path);
}

/**
 * module_left_nothing() - neither node nor class nor device numbers
 */
void module_left_nothing(void)
{
	CHECK_ERRNO(access("/sys/module/kchat", F_OK), ENOENT);
	CHECK_ERRNO(access("/sys/class/kchat", F_OK), ENOENT);
	node_gone(room_path);
	node_gone(beside(KCHAT_CONTROL));
	CHECK(!has_line("/proc/devices", " kchat"));
}

int main(int argc, char **argv)
{
	const struct tap_test *const tables[] = {
		tests_files, tests_rooms_made, tests_often, tests_module, NULL
	};

	if (argc < 2) {
		fprintf(stderr, "usage: kchat-faults KO [PATTERN]\n");
		return 2;
	}
	module_file = open(argv[1], O_RDONLY | O_CLOEXEC);
	room_path = "/dev/kchat/lobby";
	backend = KMOD;
	return tap_run(tables, argv[2]);
}
