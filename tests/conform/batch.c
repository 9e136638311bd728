// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * O7: writes of many messages.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "conform.h"

/* Frames that are put together, with rubbish where nobody looks */
static union {
	struct kchat_record first;
	unsigned char bytes[1 << 19];
} out, in;
static size_t size;

static struct kchat_record *frame(const void *payload, uint32_t len)
{
	struct kchat_record *head = (void *)(out.bytes + size);

	memset(head, 0xee, sizeof(*head));
	head->len = len;
	head->size = (sizeof(*head) + len + 7) / 8 * 8;
	head->type = KCHAT_RECORD_MESSAGE;
	head->flags = 0;
	memset(head + 1, 0xee, head->size - sizeof(*head));
	memcpy(head + 1, payload, len);
	size += head->size;
	return head;
}

static int open_batch(int flags)
{
	int fd = room_open(O_WRONLY | flags);

	set_options(fd, KCHAT_OPTION_BATCH);
	return fd;
}

static int open_records(void)
{
	int fd = room_open(O_RDONLY);

	set_options(fd, KCHAT_OPTION_RECORDS);
	return fd;
}

/* The record at @at of what was read; the next one's place */
static size_t record_at(size_t at, const void *payload, uint32_t len)
{
	const struct kchat_record *rec = (const void *)(in.bytes + at);

	CHECK_EQ(rec->len, len);
	CHECK_EQ(rec->pid, getpid());
	CHECK_EQ(rec->uid, geteuid());
	CHECK_MEM(in.bytes + at + sizeof(*rec), payload, len);
	return at + rec->size;
}

static void many_messages(void)
{
	int r = open_records(), w = open_batch(0);
	unsigned int i;
	uint64_t seq;
	size_t at;

	CHECK_EQ(get_options(w), KCHAT_OPTION_BATCH);
	for (i = 0; i < 100; i++)
		frame(&i, 1 + i % sizeof(i));
	CHECK_EQ(CHECK_OK(write(w, &out, size)), size);
	CHECK_EQ(CHECK_OK(read(r, &in, sizeof(in))), size);
	seq = in.first.seq;
	for (i = 0, at = 0; i < 100; i++) {
		const struct kchat_record *rec = (void *)(in.bytes + at);

		CHECK_EQ(rec->seq, seq + i);
		at = record_at(at, &i, 1 + i % sizeof(i));
	}
	nothing(r);
	CHECK_EQ(CHECK_OK(write(w, &out, 0)), 0);
	nothing(r);
}

static void what_was_read(void)
{
	int r = open_records(), plain = room_open(O_WRONLY), w = open_batch(0);
	ssize_t n;
	size_t at;

	put(plain, "first", 5);
	put(plain, "second one", 10);
	n = CHECK_OK(read(r, &in, sizeof(in)));
	CHECK_EQ(CHECK_OK(write(w, &in, n)), n);
	memset(&in, 0, sizeof(in));
	CHECK_EQ(CHECK_OK(read(r, &in, sizeof(in))), n);
	at = record_at(0, "first", 5);
	record_at(at, "second one", 10);
}

/* Nothing if the first is none; else those before it, a short write */
static void malformed(void)
{
	int r = open_records(), w = open_batch(0);
	struct kchat_record *head;
	unsigned int bad, at;
	size_t len;

	for (at = 0; at < 2; at++)
		for (bad = 0; bad < 8; bad++) {
			size = 0;
			if (at)
				frame("before", 6);
			head = frame("a message", 9);
			len = size;
			frame("behind", 6);
			if (bad == 0)
				head->size -= 8;
			else if (bad == 1)
				head->size += 8;
			else if (bad == 2)
				head->len = 0;
			else if (bad == 3)
				head->len = KCHAT_MSG_MAX + 1;
			else if (bad == 4)
				head->type = KCHAT_RECORD_LEAVE;
			else if (bad == 5)
				head->flags = 1;
			else
				size = bad == 6 ? len - 1 : len - 30;
			if (!at) {
				CHECK_ERRNO(write(w, &out, size), EINVAL);
				continue;
			}
			CHECK_EQ(CHECK_OK(write(w, &out, size)), 48);
			CHECK_EQ(CHECK_OK(read(r, &in, sizeof(in))), 48);
			record_at(0, "before", 6);
		}
	nothing(r);
	CHECK_ERRNO(write(w, "short", 5), EINVAL);
	nothing(r);
}

static void the_longest(void)
{
	char *text = message(KCHAT_MSG_MAX);
	int r = open_records(), w = open_batch(0);

	frame(text, KCHAT_MSG_MAX);
	CHECK_EQ(size, KCHAT_BATCH_MAX);
	CHECK_EQ(CHECK_OK(write(w, &out, size)), size);
	CHECK_EQ(CHECK_OK(read(r, &in, sizeof(in))), size);
	record_at(0, text, KCHAT_MSG_MAX);
	/* What is beyond is not looked at */
	frame("behind", 6);
	CHECK_EQ(CHECK_OK(write(w, &out, size)), KCHAT_BATCH_MAX);
	CHECK_EQ(CHECK_OK(read(r, &in, sizeof(in))), KCHAT_BATCH_MAX);
	nothing(r);
	/* Cut there by the room, not by the writer: those before count */
	size = 0;
	frame(text, 40000);
	frame(text, 40000);
	CHECK_EQ(CHECK_OK(write(w, &out, size)), 40040);
	/* The whole of a large buffer is looked at when it is written on */
	CHECK_EQ(CHECK_OK(write(w, out.bytes + 40040, 40040)), 40040);
	CHECK_EQ(CHECK_OK(read(r, &in, sizeof(in))), 2 * 40040);
	record_at(record_at(0, text, 40000), text, 40000);
	nothing(r);
}

/* As many as fit; for the first of them one waits, or is refused */
static void as_many_as_fit(void)
{
	int r = room_open(O_RDONLY), w = open_batch(O_NONBLOCK);
	char *text = message(6000), *buf = share(6000);
	unsigned int i, n = 0;
	struct call c;
	ssize_t done;

	for (i = 0; i < 10; i++)
		frame(text, 6000);
	while ((done = write(w, &out, size)) > 0) {
		CHECK_EQ(done % 6040, 0);
		n += done / 6040;
	}
	CHECK_EQ(errno, EAGAIN);
	CHECK(n >= KCHAT_CAPACITY_MIN / 6040);
	set_nonblock(w, false);
	call_write(&c, w, &out, size);
	call_waits(&c);
	/* Room for three */
	for (i = 0; i < 3; i++)
		get(r, buf, 6000);
	done = call_ends(&c);
	CHECK(done >= 6040 && done <= 3 * 6040 && done % 6040 == 0);
	n += done / 6040;
	for (; i < n; i++) {
		get(r, buf, 6000);
		CHECK_MEM(buf, text, 6000);
	}
	nothing(r);
}

static void interrupted(void)
{
	int r = room_open(O_RDONLY), w = open_batch(O_NONBLOCK);
	static struct stream s;
	struct call c;
	int plain = room_open(O_WRONLY | O_NONBLOCK);

	stream_brim(&s, plain, 4096);
	frame("one", 3);
	frame("two", 3);
	set_nonblock(w, false);
	on_signal(SIGUSR1, 0);
	call_write(&c, w, &out, size);
	call_waits(&c);
	call_signal(&c, SIGUSR1);
	call_fails(&c, EINTR);
	stream_rest(&s, r);
}

/* Memory that ends in the second frame (D3 has the difference) */
static void faults(void)
{
	int r = open_records(), w = open_batch(0);
	char *half = edge(60);

	frame("first", 5);
	frame("second", 6);
	memcpy(half, &out, 60);
	if (backend == KMOD) {
		CHECK_ERRNO(write(w, half, size), EFAULT);
	} else {
		CHECK_EQ(CHECK_OK(write(w, half, size)), 48);
		CHECK_EQ(CHECK_OK(read(r, &in, sizeof(in))), 48);
	}
	nothing(r);
}

static void on_and_off(void)
{
	int fd = room_open(O_RDWR), r = room_open(O_RDONLY);
	struct kchat_options options = { .flags = KCHAT_OPTION_BATCH };
	char buf[64];

	frame("framed", 6);
	/* It has nothing to do with how one reads */
	set_options(fd, KCHAT_OPTION_BATCH);
	CHECK_EQ(CHECK_OK(write(fd, &out, size)), 48);
	get(fd, buf, 6);
	CHECK_MEM(buf, "framed", 6);
	get(r, buf, 6);
	set_options(fd, 0);
	CHECK_EQ(CHECK_OK(write(fd, &out, size)), 48);
	get(r, buf, 48);
	CHECK_MEM(buf, &out, 48);
	CHECK_ERRNO(ioctl(r, KCHAT_SET_OPTIONS, &options), EBADF);
}

const struct tap_test tests_batch[] = {
	{ "O7 a batch: each frame is a message", many_messages, 0 },
	{ "O7 what was read as records can be written", what_was_read, 0 },
	{ "O7 a frame that is none ends the batch", malformed, 0 },
	{ "O7 the longest message, and what lies beyond", the_longest, 0 },
	{ "O7 as many as fit; it waits for the first", as_many_as_fit, 0 },
	{ "O7 a batch that is interrupted is not there", interrupted, 0 },
	{ "O7 a batch in memory that ends", faults, 0 },
	{ "O7 batches on and off, for who writes", on_and_off, 0 },
	{ NULL, NULL, 0 },
};
