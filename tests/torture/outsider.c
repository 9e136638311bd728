// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * kchat-outsider: users without rights make random calls on a room that everybody
 * may open, and on the control node. Beside them the torture goes on in rooms that
 * are not theirs, and in their own room an honest pair talks: nobody may come to
 * harm.
 */
#include "config.h"

#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "outsider.h"

#define OUTSIDERS 3
#define FILES 8

const char *room_path;
enum backend backend;
_Atomic unsigned long *happened;

static uint64_t seed;
static unsigned int seconds = 5;
static const char *theirs;
/* Set when it is time to end, and what was done until then */
static struct {
	atomic_bool over, wrote;
	atomic_ulong calls, written, read, lost, foreign;
} *shared;

/* ---- those who do anything ---- */

static int some_file(void)
{
	static const int access[] = { O_RDONLY, O_WRONLY, O_RDWR };
	const char *path = one_in(4) ? beside(KCHAT_CONTROL) : theirs;

	return open(path, access[draw(3)] | O_CLOEXEC |
				  (one_in(2) ? O_NONBLOCK : 0));
}

static void outsider(void *arg)
{
	int file[FILES], pipes[2];
	char name[KCHAT_NAME_MAX + 1];
	unsigned int i;

	luck_start(seed, 200 + (uintptr_t)arg);
	become(OUTSIDER);
	snprintf(name, sizeof(name), ROOM_NAME, (int)getppid());
	calls_start(strrchr(theirs, '/') + 1, name);
	CHECK_OK(pipe2(pipes, O_NONBLOCK | O_CLOEXEC));
	for (i = 0; i < FILES; i++)
		file[i] = i < 2 ? pipes[i] : some_file();
	while (!shared->over) {
		i = 2 + draw(FILES - 2);
		if (one_in(100) || file[i] < 0) {
			close(file[i]);
			file[i] = some_file();
		}
		calls_any(file[i], file[draw(FILES)]);
		atomic_fetch_add(&shared->calls, 1);
	}
}

/* ---- the honest pair in their midst ---- */

/* It waits when the room is full, as long as the room's patience says */
static void honest_writer(void *arg)
{
	int fd = path_open(theirs, O_WRONLY);
	uint64_t n = 0;

	(void)arg;
	while (!shared->over) {
		n++;
		put(fd, &n, sizeof(n));
		shared->written = n;
		tap_sleep(1);
	}
	shared->wrote = true;
}

/* What is counted so far: read, whoever wrote it, and lost */
struct count {
	uint64_t seq, last, lost;
};

static void honest_record(struct count *c, const struct kchat_record *record,
			  const void *payload)
{
	uint64_t n;

	if (record->type != KCHAT_RECORD_MESSAGE)
		return;
	if (c->seq)
		CHECK_EQ(record->seq, c->seq + 1 + c->lost);
	c->seq = record->seq;
	c->lost = 0;
	if (record->uid == OUTSIDER) {
		atomic_fetch_add(&shared->foreign, 1);
		return;
	}
	CHECK_EQ(record->uid, geteuid());
	CHECK_EQ(record->len, sizeof(n));
	memcpy(&n, payload, sizeof(n));
	if (n <= c->last)
		FAIL("message %llu after %llu", (unsigned long long)n,
		     (unsigned long long)c->last);
	c->last = n;
	atomic_fetch_add(&shared->read, 1);
}

static void honest_reader(void *arg)
{
	static unsigned char buf[2 * KCHAT_MSG_MAX];
	int fd = path_open(theirs, O_RDONLY | O_NONBLOCK);
	struct pollfd pfd = { .fd = fd, .events = POLLIN };
	struct count c = { 0 };
	struct kchat_record record;
	uint64_t lost;
	ssize_t n, at;
	bool last;

	(void)arg;
	set_options(fd, KCHAT_OPTION_RECORDS);
	for (;;) {
		n = read(fd, buf, sizeof(buf));
		if (n < 0 && errno == EPIPE) {
			/* Perhaps once more before it has read on */
			lost = info_of(fd).lost_messages - shared->lost;
			c.lost += lost;
			shared->lost += lost;
		} else if (n < 0) {
			CHECK_EQ(errno, EAGAIN);
			/* What comes after this has been seen is not missed */
			last = shared->wrote;
			if (!poll(&pfd, 1, 100) && last)
				break;
		}
		for (at = 0; at < n; at += record.size) {
			memcpy(&record, buf + at, sizeof(record));
			honest_record(&c, &record, buf + at + sizeof(record));
		}
	}
}

/* ---- all of them ---- */

static void honest_round(uint64_t of)
{
	struct plan plan = plan_of(of);

	tap_join(tap_spawn(round_run, &plan));
}

/* What outsiders made is removed by root */
static void sweep(void)
{
	struct kchat_list page = { .after = 0 };
	int fd = control_open(O_RDWR);
	unsigned int i;

	do {
		CHECK_OK(ioctl(fd, KCHAT_LIST, &page));
		for (i = 0; i < page.n; i++) {
			page.after = page.room[i].id;
			if (page.room[i].uid == OUTSIDER)
				ioctl(fd, KCHAT_REMOVE, &page.room[i]);
		}
	} while (page.n == KCHAT_LIST_PAGE);
	close(fd);
}

static void open_to_all(void)
{
	struct kchat_spec spec = room_spec();

	spec.mode = 0666;
	spec.patience_ms = 50;
	spec.flags = KCHAT_ROOM_HISTORY;
	spec.capacity = KCHAT_CAPACITY_MIN;
	theirs = room_create(spec);
}

static void random_calls(void)
{
	long long end;
	pid_t pid[OUTSIDERS + 2];
	unsigned int i, rounds = 0;
	int watch;

	need_root();
	shared = share(sizeof(*shared));
	happened = share(EVENTS_MAX * sizeof(*happened));
	printf("seed %llu\n", (unsigned long long)seed);
	control_for_all();
	open_to_all();
	watch = path_open(theirs, O_WRONLY);
	pid[0] = tap_spawn(honest_reader, NULL);
	CHECK_SOON(info_of(watch).readers == 1);
	pid[1] = tap_spawn(honest_writer, NULL);
	for (i = 0; i < OUTSIDERS; i++)
		pid[2 + i] = tap_spawn(outsider, (void *)(uintptr_t)i);
	for (end = tap_now() + 1000LL * seconds; tap_now() < end; rounds++)
		honest_round(seed + rounds);
	shared->over = true;
	for (i = 0; i < LENGTH(pid); i++)
		tap_join(pid[i]);
	printf("%lu random calls, beside %u rounds of torture\n",
	       shared->calls, rounds);
	printf("%lu honest messages, %lu read, %lu lost with others, %lu of outsiders\n",
	       shared->written, shared->read, shared->lost, shared->foreign);
	CHECK(shared->calls > 0);
	CHECK(shared->read + shared->lost >= shared->written);
	CHECK(shared->read <= shared->written);
	CHECK_SOON(info_of(watch).openers == 1);
	sweep();
}

int main(int argc, char **argv)
{
	struct tap_test table[] = {
		{ "C3 W8 S1 random calls of users without rights harm nobody",
		  random_calls, 0 },
		{ NULL, NULL, 0 },
	};
	static char path[PATH_MAX];
	const char *s = getenv("KCHAT_TORTURE_SECONDS");

	if (s && *s)
		seconds = strtoul(s, NULL, 10);
	s = getenv("KCHAT_TORTURE_SEED");
	seed = s && *s ? strtoull(s, NULL, 10) : (uint64_t)time(NULL);
	if (argc == 2)
		room_path = realpath(argv[1], path);
	if (room_path)
		backend = backend_of(room_path);
	if (!backend) {
		fprintf(stderr, "usage: kchat-outsider ROOM\n");
		return 2;
	}
	table[0].timeout = seconds + 60;
	return tap_main(1, argv, table);
}
