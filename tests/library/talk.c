// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Messages, one by one and many at once; and whoever is interrupted or in a
 * hurry.
 */
#include "config.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>
#include <unistd.h>

#include "library.h"

static void one_message(void)
{
	struct kchat_room *room = enter(lobby, O_RDWR, KCHAT_OPTION_RECORDS);
	uint64_t now = (uint64_t)time(NULL) * 1000000000;
	const struct kchat_item *item;

	says(room, "hello");
	item = next(room);
	CHECK_EQ(item->kind, KCHAT_ITEM_MESSAGE);
	CHECK_EQ(item->len, 5);
	CHECK_MEM(item->data, "hello", 5);
	CHECK(!item->event);
	CHECK_EQ(item->record->pid, getpid());
	CHECK_EQ(item->record->uid, geteuid());
	CHECK_EQ(item->record->gid, getegid());
	CHECK(item->record->time_ns / 1000000000 - now / 1000000000 < 10);
	CHECK(!kchat_room_pending(room));
}

static void many_messages(void)
{
	struct kchat_room *room;
	const struct kchat_item *item;
	unsigned int i, pending = 0;
	uint64_t seq = 0;
	char text[300];
	int n;

	room = enter(lobby, O_RDWR | O_NONBLOCK, KCHAT_OPTION_RECORDS);
	memset(text, 'x', sizeof(text));
	for (i = 0; i < sizeof(text); i++)
		WORKS(kchat_room_send(room, text, i + 1));
	for (i = 0; i < sizeof(text); i++) {
		item = next(room);
		CHECK_EQ(item->len, i + 1);
		CHECK_MEM(item->data, text, item->len);
		CHECK(!seq || item->record->seq == seq + 1);
		seq = item->record->seq;
		pending += kchat_room_pending(room);
	}
	/* One read brings many */
	CHECK(pending > i / 2);
	n = kchat_room_next(room, &item);
	CHECK_EQ(n, -EAGAIN);
}

static void the_longest(void)
{
	struct kchat_room *room = enter(lobby, O_RDWR, KCHAT_OPTION_RECORDS);
	char *text = memory(KCHAT_MSG_MAX + 1);
	const struct kchat_item *item;

	memset(text, 'l', KCHAT_MSG_MAX + 1);
	WORKS(kchat_room_send(room, text, KCHAT_MSG_MAX));
	item = next(room);
	CHECK_EQ(item->len, KCHAT_MSG_MAX);
	CHECK_MEM(item->data, text, item->len);
	REFUSED(kchat_room_send(room, text, KCHAT_MSG_MAX + 1), EMSGSIZE);
	REFUSED(kchat_room_send(room, text, 0), EMSGSIZE);
	says(room, "and nothing of those");
	hears(room, "and nothing of those");
}

static void split(void)
{
	enum { LEN = 3 * KCHAT_MSG_MAX / 2 };
	struct kchat_room *room = enter(lobby, O_RDWR, KCHAT_OPTION_RECORDS);
	char *text = memory(LEN);
	size_t i;

	for (i = 0; i < LEN; i++)
		text[i] = i * 7 / 1024;
	CHECK_EQ(kchat_room_send_split(room, text, LEN), LEN);
	CHECK_EQ(next(room)->len, KCHAT_MSG_MAX);
	CHECK_EQ(next(room)->len, LEN - KCHAT_MSG_MAX);
	CHECK_EQ(kchat_room_send_split(room, text, 0), 0);
}

/* What it could say, it tells; the next call says why it was no more. */
static void split_in_part(void)
{
	enum { LEN = 1 << 20 };
	struct kchat_room *room = enter(lobby, O_RDWR | O_NONBLOCK, 0);
	char *text = memory(LEN);
	ssize_t n;

	n = kchat_room_send_split(room, text, LEN);
	CHECK(n >= KCHAT_MSG_MAX && n < LEN && n % KCHAT_MSG_MAX == 0);
	CHECK_EQ(kchat_room_send_split(room, text, LEN), -EAGAIN);
}

static void unreadable(void)
{
	struct kchat_room *room = enter(lobby, O_RDWR | O_NONBLOCK,
					KCHAT_OPTION_RECORDS);
	size_t page = sysconf(_SC_PAGESIZE);
	const struct kchat_item *item;
	char *text;
	int err;

	text = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(text != MAP_FAILED);
	CHECK_OK(munmap(text + page, page));
	err = kchat_room_send(room, text, page + 1);
	/* D3: the module says nothing then, the others the front */
	if (err == -EFAULT) {
		REFUSED(kchat_room_next(room, &item), EAGAIN);
	} else {
		CHECK_EQ(err, -EBADMSG);
		CHECK_EQ(next(room)->len, page);
	}
}

static void needs_records(void)
{
	struct kchat_room *room = enter(lobby, O_RDWR | O_NONBLOCK, 0);
	const struct kchat_item *item;
	char buf[32];

	says(room, "bytes");
	REFUSED(kchat_room_next(room, &item), EINVAL);
	CHECK_EQ(kchat_room_read(room, buf, sizeof(buf)), 5);
	REFUSED(kchat_room_read(room, buf, sizeof(buf)), EAGAIN);
}

/* Framed by hand, two messages in one write */
static void batch(void)
{
	struct {
		struct kchat_record header;
		char data[8];
	} frames[2];
	struct kchat_room *room;
	size_t i;

	room = enter(lobby, O_RDWR, KCHAT_OPTION_RECORDS | KCHAT_OPTION_BATCH);
	memset(frames, 0, sizeof(frames));
	for (i = 0; i < LENGTH(frames); i++) {
		frames[i].header.size = sizeof(frames[i]);
		frames[i].header.len = 5;
		frames[i].header.type = KCHAT_RECORD_MESSAGE;
		memcpy(frames[i].data, "batch", 5);
	}
	REFUSED(kchat_room_send(room, "hello", 5), EINVAL);
	CHECK_EQ(kchat_room_write(room, frames, sizeof(frames)),
		 sizeof(frames));
	hears(room, "batch");
	hears(room, "batch");
}

/* Behind a record that is one comes @bad, of @len bytes */
static void breaks_off(const void *bad, size_t len)
{
	struct {
		struct kchat_record record;
		char data[8];
	} good = {
		.record = {
			.size = sizeof(good), .type = KCHAT_RECORD_MESSAGE, .len = 5,
		},
		.data = "hello",
	};
	struct kchat_room *room;
	const struct kchat_item *item;
	char both[sizeof(good) + 100];
	int ends[2], i;

	CHECK(len <= 100);
	memcpy(both, &good, sizeof(good));
	memcpy(both + sizeof(good), bad, len);
	room = enter(lobby, O_RDONLY, KCHAT_OPTION_RECORDS);
	CHECK_OK(pipe(ends));
	CHECK_OK(dup2(ends[0], kchat_room_fd(room)));
	CHECK_EQ(write(ends[1], both, sizeof(good) + len), sizeof(good) + len);
	close(ends[0]);
	close(ends[1]);
	hears(room, "hello");
	CHECK(kchat_room_pending(room));
	/* Whoever has heard something may ask again before he looks */
	for (i = 0; i < 3; i++) {
		REFUSED(kchat_room_next(room, &item), EPROTO);
		CHECK(kchat_room_pending(room));
	}
	kchat_room_close(room);
}

static void no_records(void)
{
	struct kchat_record record = {
		.size = sizeof(record), .type = KCHAT_RECORD_LEAVE,
	};

	breaks_off("", 1);
	/* An event must tell what has come to pass */
	breaks_off(&record, sizeof(record));
	record.size += 8;
	breaks_off(&record, sizeof(record));
}

static void no_echo(void)
{
	struct kchat_room *mine, *others = enter(lobby, O_WRONLY, 0);

	mine = enter(lobby, O_RDWR,
		     KCHAT_OPTION_RECORDS | KCHAT_OPTION_NO_ECHO);
	says(mine, "mine");
	says(others, "another's");
	hears(mine, "another's");
}

/* ---- Signals ---- */

/* Of the one who waits; whoever ends its wait looks at it */
static _Atomic unsigned int *signals;

static void on_signal(int sig)
{
	(void)sig;
	(*signals)++;
}

static void count_signals(void)
{
	signals = mmap(NULL, sizeof(*signals), PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	CHECK(signals != MAP_FAILED);
}

/* So many a second that every wait is interrupted, and none is restarted. */
static void be_interrupted(void)
{
	struct itimerval often = { { 0, 5000 }, { 0, 5000 } };
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_signal;
	CHECK_OK(sigaction(SIGALRM, &action, NULL));
	CHECK_OK(setitimer(ITIMER_REAL, &often, NULL));
}

static void speak_late(void *arg)
{
	struct kchat_room *room = enter(lobby, O_WRONLY, 0);

	(void)arg;
	CHECK_SOON(*signals > 20);
	says(room, "late");
}

static void signals_while_reading(void)
{
	struct kchat_room *room = enter(lobby, O_RDONLY, KCHAT_OPTION_RECORDS);
	pid_t pid;

	count_signals();
	pid = tap_spawn(speak_late, NULL);
	be_interrupted();
	hears(room, "late");
	tap_join(pid);
}

static void fill(struct kchat_room *room)
{
	char text[4096] = { 0 };
	int err;

	do {
		err = kchat_room_send(room, text, sizeof(text));
	} while (!err);
	CHECK_EQ(err, -EAGAIN);
	do {
		err = kchat_room_send(room, text, 1);
	} while (!err);
	CHECK_EQ(err, -EAGAIN);
}

/* A child has its own descriptor of the room, and is the last to have it open. */
static void leave_late(void *arg)
{
	CHECK_SOON(*signals > 20);
	kchat_room_close(arg);
}

static void signals_while_writing(void)
{
	struct kchat_room *reader, *writer, *filler;
	pid_t pid;

	reader = enter(lobby, O_RDONLY, 0);
	filler = enter(lobby, O_WRONLY | O_NONBLOCK, 0);
	writer = enter(lobby, O_WRONLY, 0);
	fill(filler);
	count_signals();
	pid = tap_spawn(leave_late, reader);
	/* Only the child has it open now */
	kchat_room_close(reader);
	be_interrupted();
	says(writer, "at last");
	tap_join(pid);
}

/* ---- Time limits ---- */

static void in_time(void)
{
	struct kchat_room *room, *reader, *blocking;
	long long start;

	room = enter(lobby, O_WRONLY | O_NONBLOCK, 0);
	WORKS(kchat_room_send_within(room, "x", 1, 0));
	reader = enter(lobby, O_RDONLY, 0);
	fill(room);
	start = tap_now();
	REFUSED(kchat_room_send_within(room, "x", 1, 150), ETIMEDOUT);
	CHECK(tap_now() - start >= 150);
	REFUSED(kchat_room_send_within(room, "x", 1, 0), ETIMEDOUT);
	kchat_room_close(reader);
	WORKS(kchat_room_send_within(room, "x", 1, TAP_SOON));
	blocking = enter(lobby, O_WRONLY, 0);
	REFUSED(kchat_room_send_within(blocking, "x", 1, 1), EINVAL);
}

static void in_time_after_all(void)
{
	struct kchat_room *reader, *room;
	pid_t pid;

	reader = enter(lobby, O_RDONLY, 0);
	room = enter(lobby, O_WRONLY | O_NONBLOCK, 0);
	fill(room);
	count_signals();
	pid = tap_spawn(leave_late, reader);
	kchat_room_close(reader);
	be_interrupted();
	WORKS(kchat_room_send_within(room, "x", 1, TAP_SOON * tap_slow()));
	tap_join(pid);
}

const struct tap_test tests_talk[] = {
	{ "library: a message and who said it", one_message, 0 },
	{ "library: many messages of one read", many_messages, 0 },
	{ "library: the longest message, and no longer one", the_longest, 0 },
	{ "library: what is too long is split on request", split, 0 },
	{ "library: a split that comes not to its end", split_in_part, 0 },
	{ "library: memory that ends early is told", unreadable, 0 },
	{ "library: items take records", needs_records, 0 },
	{ "library: what is no record stays that", no_records, 0 },
	{ "library: a batch is written, not sent", batch, 0 },
	{ "library: no echo", no_echo, 0 },
	{ "library: signals do not end reading", signals_while_reading, 0 },
	{ "library: signals do not end writing", signals_while_writing, 0 },
	{ "library: sending has a time limit", in_time, 0 },
	{ "library: and may succeed before it", in_time_after_all, 0 },
	{ NULL, NULL, 0 },
};
