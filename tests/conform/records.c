// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * R3, O1, S1: whole records, each with a header that says what and whose it is.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "conform.h"

static int open_records(int flags)
{
	int fd = room_open(flags);

	set_options(fd, KCHAT_OPTION_RECORDS);
	return fd;
}

/* Reads into memory that is aligned as a record is */
static union {
	struct kchat_record record;
	unsigned char bytes[1 << 18];
} in;

/* The record at @at of what was read; the next one's place */
static size_t record_at(size_t at, const void *payload, uint32_t len)
{
	const struct kchat_record *rec = (const void *)(in.bytes + at);
	static const char zero[8];

	CHECK_EQ(rec->len, len);
	CHECK_EQ(rec->size, (sizeof(*rec) + len + 7) / 8 * 8);
	CHECK_EQ(rec->type, KCHAT_RECORD_MESSAGE);
	CHECK_EQ(rec->flags, 0);
	CHECK_MEM(in.bytes + at + sizeof(*rec), payload, len);
	CHECK_MEM(in.bytes + at + sizeof(*rec) + len, zero,
		  rec->size - sizeof(*rec) - len);
	return at + rec->size;
}

static uint64_t now_ns(void)
{
	struct timespec ts;

	CHECK_OK(clock_gettime(CLOCK_REALTIME, &ts));
	return ts.tv_sec * 1000000000ull + ts.tv_nsec;
}

static void headers(void)
{
	int r = open_records(O_RDONLY), w = room_open(O_WRONLY);
	uint64_t before = now_ns(), seq;
	size_t at;

	CHECK_EQ(sizeof(struct kchat_record), 40);
	put(w, "seven..", 7);
	put(w, "eight...", 8);
	put(w, "n", 1);
	memset(&in, 0xff, sizeof(in));
	CHECK_EQ(CHECK_OK(read(r, &in, sizeof(in))), 48 + 48 + 48);
	seq = in.record.seq;
	CHECK(in.record.time_ns >= before && in.record.time_ns <= now_ns());
	at = record_at(0, "seven..", 7);
	CHECK_EQ(((struct kchat_record *)(in.bytes + at))->seq, seq + 1);
	at = record_at(at, "eight...", 8);
	CHECK_EQ(((struct kchat_record *)(in.bytes + at))->seq, seq + 2);
	record_at(at, "n", 1);
	nothing(r);
}

static void as_many_as_fit(void)
{
	int r = open_records(O_RDONLY), w = room_open(O_WRONLY);
	char *big = message(60000);
	unsigned int i;
	size_t at;

	for (i = 0; i < 50; i++)
		put(w, &i, sizeof(i));
	/* Room for three and a part of the fourth */
	CHECK_EQ(CHECK_OK(read(r, &in, 3 * 48 + 47)), 3 * 48);
	for (i = 0, at = 0; i < 3; i++)
		at = record_at(at, &i, sizeof(i));
	CHECK_EQ(CHECK_OK(read(r, &in, 48)), 48);
	record_at(0, &i, sizeof(i));
	/* All that is left, more than the room plans at once */
	CHECK_EQ(CHECK_OK(read(r, &in, sizeof(in))), 46 * 48);
	for (i = 4, at = 0; i < 50; i++)
		at = record_at(at, &i, sizeof(i));
	/* Records that go over the end of the room's memory */
	for (i = 0; i < 40; i++) {
		put(w, big, 60000);
		CHECK_EQ(CHECK_OK(read(r, &in, sizeof(in))), 60040);
		record_at(0, big, 60000);
	}
	nothing(r);
}

static void too_small(void)
{
	int r = open_records(O_RDONLY), w = room_open(O_WRONLY);

	put(w, "a message", 9);
	put(w, "b", 1);
	CHECK_ERRNO(read(r, &in, 1), EMSGSIZE);
	CHECK_ERRNO(read(r, &in, 40), EMSGSIZE);
	CHECK_ERRNO(read(r, &in, 55), EMSGSIZE);
	CHECK_EQ(ready(r) & POLLIN, POLLIN);
	CHECK_EQ(CHECK_OK(read(r, &in, 0)), 0);
	CHECK_EQ(CHECK_OK(read(r, &in, 56)), 56);
	record_at(0, "a message", 9);
	/* The first fits, the second does not: no error */
	put(w, "a long message", 14);
	CHECK_EQ(CHECK_OK(read(r, &in, 60)), 48);
	record_at(0, "b", 1);
	CHECK_EQ(CHECK_OK(read(r, &in, 60)), 56);
	record_at(0, "a long message", 14);
	nothing(r);
}

static void faults(void)
{
	int r = open_records(O_RDONLY), w = room_open(O_WRONLY);
	char *half = edge(60);

	put(w, "first", 5);
	put(w, "second", 6);
	/* Memory for one record and a part of the next */
	CHECK_EQ(CHECK_OK(read(r, half, 96)), 48);
	memcpy(&in, half, 48);
	record_at(0, "first", 5);
	/* Of a buffer that ends in unmapped memory others see the front (D3) */
	CHECK_ERRNO(read(r, edge(20), 96), backend == KMOD ? EFAULT : EMSGSIZE);
	CHECK_EQ(CHECK_OK(read(r, &in, sizeof(in))), 48);
	record_at(0, "second", 6);
	nothing(r);
}

static void waits_for_a_record(void)
{
	int r = open_records(O_RDONLY), w = room_open(O_WRONLY);
	struct call c;

	call_read(&c, r, &in, sizeof(in));
	call_waits(&c);
	put(w, "at last", 7);
	CHECK_EQ(call_ends(&c), 48);
	record_at(0, "at last", 7);
}

static void on_and_off(void)
{
	int fd = room_open(O_RDWR), w = room_open(O_WRONLY);
	struct kchat_options options = { .flags = 0 };
	char buf[16];

	CHECK_EQ(get_options(fd), 0);
	put(w, "bytes", 5);
	CHECK_EQ(CHECK_OK(read(fd, buf, 2)), 2);
	/* In the middle of a message there is no way to switch */
	options.flags = KCHAT_OPTION_RECORDS;
	CHECK_ERRNO(ioctl(fd, KCHAT_SET_OPTIONS, &options), EBUSY);
	CHECK_EQ(get_options(fd), 0);
	options.flags = 0;
	CHECK_OK(ioctl(fd, KCHAT_SET_OPTIONS, &options));
	get(fd, buf, 3);
	CHECK_MEM(buf, "tes", 3);
	set_options(fd, KCHAT_OPTION_RECORDS);
	CHECK_EQ(get_options(fd), KCHAT_OPTION_RECORDS);
	put(w, "record", 6);
	put(w, "bytes again", 11);
	CHECK_EQ(CHECK_OK(read(fd, &in, 50)), 48);
	record_at(0, "record", 6);
	set_options(fd, 0);
	get(fd, buf, 11);
	CHECK_MEM(buf, "bytes again", 11);
	nothing(fd);
}

static void other_files_keep_theirs(void)
{
	int a = open_records(O_RDWR), b = room_open(O_RDONLY), twin = dup(a);
	char buf[8];

	put(a, "both", 4);
	get(b, buf, 4);
	CHECK_MEM(buf, "both", 4);
	/* The option belongs to the open file, not to the descriptor */
	CHECK_EQ(CHECK_OK(read(twin, &in, sizeof(in))), 48);
	record_at(0, "both", 4);
}

static void only_readers(void)
{
	struct kchat_options options = { .flags = KCHAT_OPTION_RECORDS };
	int w = room_open(O_WRONLY);

	CHECK_ERRNO(ioctl(w, KCHAT_SET_OPTIONS, &options), EBADF);
	CHECK_EQ(get_options(w), 0);
}

/* ---- S1: who opened the file ---- */

static void the_opener(void)
{
	int r = open_records(O_RDONLY), w = room_open(O_WRONLY);

	put(w, "mine", 4);
	CHECK_EQ(CHECK_OK(read(r, &in, sizeof(in))), 48);
	CHECK_EQ(in.record.pid, getpid());
	CHECK_EQ(in.record.uid, geteuid());
	CHECK_EQ(in.record.gid, getegid());
}

static void *open_in_thread(void *arg)
{
	*(int *)arg = room_open(O_WRONLY);
	return NULL;
}

static void not_the_thread(void)
{
	int r = open_records(O_RDONLY), w;
	pthread_t thread;

	CHECK_EQ(pthread_create(&thread, NULL, open_in_thread, &w), 0);
	CHECK_EQ(pthread_join(thread, NULL), 0);
	put(w, "mine", 4);
	CHECK_EQ(CHECK_OK(read(r, &in, sizeof(in))), 48);
	CHECK_EQ(in.record.pid, getpid());
}

static void write_for(void *arg)
{
	put(*(int *)arg, "lent", 4);
}

static void not_the_writer(void)
{
	int r = open_records(O_RDONLY), w = room_open(O_WRONLY);

	tap_join(tap_spawn(write_for, &w));
	CHECK_EQ(CHECK_OK(read(r, &in, sizeof(in))), 48);
	CHECK_EQ(in.record.pid, getpid());
}

static void not_who_it_became(void)
{
	int r = open_records(O_RDONLY), w = room_open(O_WRONLY), other;

	if (geteuid())
		SKIP("needs root, to become somebody else");
	setfsgid(4321);
	setfsuid(1234);
	put(w, "as root", 7);
	setfsuid(0);
	setfsgid(0);
	CHECK_EQ(CHECK_OK(read(r, &in, sizeof(in))), 48);
	CHECK_EQ(in.record.uid, 0);
	CHECK_EQ(in.record.gid, 0);
	/* Its ids for files count, and when it opens */
	setfsgid(4321);
	other = room_open(O_WRONLY);
	setfsgid(0);
	put(other, "as another", 10);
	CHECK_EQ(CHECK_OK(read(r, &in, sizeof(in))), 56);
	CHECK_EQ(in.record.uid, 0);
	CHECK_EQ(in.record.gid, 4321);
}

static void say_and_end(void *arg)
{
	int w = room_open(O_WRONLY);

	(void)arg;
	put(w, "last words", 10);
}

static void no_pid_of_the_dead(void)
{
	int r = open_records(O_RDONLY);

	tap_join(tap_spawn(say_and_end, NULL));
	CHECK_EQ(CHECK_OK(read(r, &in, sizeof(in))), 56);
	record_at(0, "last words", 10);
	CHECK_EQ(in.record.pid, 0);
	CHECK_EQ(in.record.uid, geteuid());
}

const struct tap_test tests_records[] = {
	{ "R3 each record has its header, and padding", headers, 0 },
	{ "R3 a read returns as many whole records as fit", as_many_as_fit, 0 },
	{ "R3 a record that does not fit is EMSGSIZE and stays", too_small, 0 },
	{ "R3 a read waits for a record", waits_for_a_record, 0 },
	{ "R4 a record that cannot be delivered stays", faults, 0 },
	{ "O1 records on and off, but not within a message", on_and_off, 0 },
	{ "O1 records are the open file's affair", other_files_keep_theirs, 0 },
	{ "O1 only readers have records", only_readers, 0 },
	{ "S1 the sender is who opened the file", the_opener, 0 },
	{ "S1 the sender is a process, not a thread", not_the_thread, 0 },
	{ "S1 who writes to an inherited file lends no name", not_the_writer,
	  0 },
	{ "S1 the ids are those of the open", not_who_it_became, 0 },
	{ "S1 a process that has ended has no pid", no_pid_of_the_dead, 0 },
	{ NULL, NULL, 0 },
};
