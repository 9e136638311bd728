// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Failures in what is done with an open file, of a room of the test's own.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "conform.h"
#include "faults.h"

static const char *path;
static int reader, writer;
static char *text, *seen;
static size_t length;

static struct kchat_info info(void)
{
	struct kchat_info info;

	CHECK_OK(ioctl(reader, KCHAT_INFO, &info));
	return info;
}

static void prepare(size_t len)
{
	struct kchat_spec spec = room_spec();

	module_load();
	spec.flags = KCHAT_ROOM_HISTORY;
	path = room_create(spec);
	reader = path_open(path, O_RDWR | O_NONBLOCK);
	writer = path_open(path, O_WRONLY);
	length = len;
	text = message(len);
	seen = share(len + 1000);
}

/* ---- open and close ---- */

static long call_open(void)
{
	return open(path, O_RDWR | O_CLOEXEC);
}

static void after_open(struct trial trial)
{
	CHECK_EQ(info().openers, 2 + (trial.ret >= 0));
	if (trial.ret >= 0)
		close(trial.ret);
	CHECK_EQ(info().openers, 2);
}

static void opens(void)
{
	const struct operation op = {
		.call = call_open, .after = after_open, .least = 4,
	};

	prepare(1);
	each_point(&op);
}

/* ---- write ---- */

static uint64_t accepted;
/* What stands before the message in what is written */
static size_t head;

static void before_write(void)
{
	accepted = info().messages_in;
}

static long call_to_write(void)
{
	return write(writer, text, length);
}

/* M6: all of it, or nothing */
static void after_write(struct trial trial)
{
	CHECK_EQ(info().messages_in, accepted + (trial.ret >= 0));
	if (trial.ret >= 0) {
		CHECK_EQ(trial.ret, length);
		get(reader, seen, length - head);
		CHECK_MEM(seen, text + head, length - head);
	}
	nothing(reader);
}

static void writes(void)
{
	const struct operation op = {
		.before = before_write, .call = call_to_write,
		.after = after_write,
	};

	/* A copy that falls short is made again, from a buffer */
	prepare(65536);
	each_point(&op);
}

/* A batch of one message, which is gathered first (O7) */
static void batches(void)
{
	const struct operation op = {
		.before = before_write, .call = call_to_write,
		.after = after_write, .least = 1,
	};
	struct kchat_record *record;

	head = sizeof(*record);
	prepare(head + 3000);
	set_options(writer, KCHAT_OPTION_BATCH);
	record = (struct kchat_record *)text;
	memset(record, 0, sizeof(*record));
	record->size = length;
	record->len = length - head;
	record->type = KCHAT_RECORD_MESSAGE;
	each_point(&op);
}

/* ---- a write that waits for room ---- */

static struct stream stream;
static struct late {
	pthread_t thread;
	unsigned int nth;
	long (*call)(void);
	_Atomic pid_t tid;
	atomic_bool done;
	struct trial trial;
} late;

static void *late_thread(void *arg)
{
	late.tid = syscall(SYS_gettid);
	late.trial = inject_nth(late.nth, late.call);
	late.done = true;
	return arg;
}

static struct trial trial_in_line(unsigned int nth, long (*call)(void))
{
	late = (struct late){ .nth = nth, .call = call };
	CHECK_EQ(pthread_create(&late.thread, NULL, late_thread, NULL), 0);
	CHECK_SOON(late.done ||
		   (late.tid && asleep(getpid(), late.tid, SYS_write)));
	stream_get(&stream, reader, stream.len - stream.read);
	CHECK_SOON(late.done);
	pthread_join(late.thread, NULL);
	return late.trial;
}

static void before_line(void)
{
	set_nonblock(writer, true);
	stream_brim(&stream, writer, 5000);
	set_nonblock(writer, false);
	before_write();
}

static void waits_in_line(void)
{
	const struct operation op = {
		.before = before_line, .call = call_to_write,
		.trial = trial_in_line, .after = after_write, .least = 1,
	};

	prepare(3000);
	each_point(&op);
}

/* ---- read ---- */

static void before_read(void)
{
	put(writer, text, length / 2);
	put(writer, text + length / 2, length - length / 2);
}

static long call_to_read(void)
{
	return read(reader, seen, length + 1000);
}

/* R4: what was not delivered is still there */
static void after_stream(struct trial trial)
{
	size_t done = trial.ret > 0 ? trial.ret : 0;

	CHECK(done <= length);
	get(reader, seen + done, length - done);
	CHECK_MEM(seen, text, length);
	nothing(reader);
}

static void reads_stream(void)
{
	const struct operation op = {
		.before = before_read, .call = call_to_read,
		.after = after_stream, .least = 4,
	};

	prepare(9000);
	each_point(&op);
}

static void after_records(struct trial trial)
{
	const size_t size = sizeof(struct kchat_record) + length / 2;
	size_t done = trial.ret > 0 ? trial.ret : 0;
	int i;

	CHECK_EQ(done % size, 0);
	get(reader, seen + done, 2 * size - done);
	for (i = 0; i < 2; i++)
		CHECK_MEM(seen + i * size + sizeof(struct kchat_record),
			  text + i * length / 2, length / 2);
	nothing(reader);
}

static void reads_records(void)
{
	const struct operation op = {
		.before = before_read, .call = call_to_read,
		.after = after_records, .least = 8,
	};

	prepare(800);
	set_options(reader, KCHAT_OPTION_RECORDS);
	each_point(&op);
}

/* ---- ioctl ---- */

static unsigned long request;
static union {
	struct kchat_info info;
	struct kchat_options options;
	struct kchat_history history;
	struct kchat_members members;
	struct kchat_lap lap;
} arg;

static void before_ioctl(void)
{
	memset(&arg, 0, sizeof(arg));
	if (request == KCHAT_SET_OPTIONS)
		arg.options.flags = KCHAT_OPTION_RECORDS;
	if (request == KCHAT_LAP)
		arg.lap.member = info().member;
	set_options(reader, 0);
}

static long call_ioctl(void)
{
	return ioctl(reader, request, &arg);
}

static void after_ioctl(struct trial trial)
{
	bool done = trial.ret >= 0;

	if (request == KCHAT_SET_OPTIONS)
		CHECK_EQ(get_options(reader), done ? KCHAT_OPTION_RECORDS : 0);
	if (request == KCHAT_MEMBERS && done)
		CHECK_EQ(arg.members.n, 2);
	if (request == KCHAT_INFO && done)
		CHECK_EQ(arg.info.openers, 2);
	CHECK_EQ(info().openers, 2);
}

static void requests(void)
{
	static const struct {
		unsigned long request;
		unsigned int least;
	} all[] = {
		{ KCHAT_INFO, 4 }, { KCHAT_GET_OPTIONS, 4 },
		{ KCHAT_SET_OPTIONS, 4 }, { KCHAT_HISTORY, 8 },
		{ KCHAT_MEMBERS, 8 }, { KCHAT_LAP, 4 },
	};
	struct operation op = {
		.before = before_ioctl, .call = call_ioctl,
		.after = after_ioctl,
	};
	unsigned int i;

	prepare(1);
	for (i = 0; i < LENGTH(all); i++) {
		request = all[i].request;
		op.least = all[i].least;
		each_point(&op);
	}
}

/* ---- epoll: what it allocates to join our queues ---- */

static int epoll;

static long call_epoll(void)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLOUT };

	return epoll_ctl(epoll, EPOLL_CTL_ADD, reader, &event);
}

static void after_epoll(struct trial trial)
{
	struct epoll_event event;

	if (trial.ret >= 0) {
		put(writer, text, length);
		CHECK_EQ(epoll_wait(epoll, &event, 1, 0), 1);
		CHECK(event.events & EPOLLIN);
		get(reader, seen, length);
		CHECK_OK(epoll_ctl(epoll, EPOLL_CTL_DEL, reader, NULL));
	}
	CHECK_EQ(epoll_wait(epoll, &event, 1, 0), 0);
}

static void polls(void)
{
	const struct operation op = {
		.call = call_epoll, .after = after_epoll, .least = 4,
	};

	prepare(1);
	epoll = CHECK_OK(epoll_create1(EPOLL_CLOEXEC));
	each_point(&op);
}

const struct tap_test tests_files[] = {
	{ "C3 open", opens, 60 },
	{ "M6 write", writes, 60 },
	{ "M6 O7 a batch", batches, 60 },
	{ "M6 W1 a write that waits", waits_in_line, 120 },
	{ "R4 read", reads_stream, 60 },
	{ "R4 R3 read of records", reads_records, 60 },
	{ "O1 O3 O5 O6 every request", requests, 60 },
	{ "W7 epoll", polls, 60 },
	{ NULL, NULL, 0 },
};
