// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * O2: an open file that does not read what is written through it.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "conform.h"

static int open_quiet(int flags)
{
	int fd = room_open(O_RDWR);

	set_options(fd, KCHAT_OPTION_NO_ECHO | flags);
	return fd;
}

static void not_the_own(void)
{
	int q = open_quiet(0), other = room_open(O_RDWR);
	struct kchat_info info;
	char buf[32];

	CHECK_EQ(get_options(q), KCHAT_OPTION_NO_ECHO);
	put(q, "mine", 4);
	nothing(q);
	put(other, "theirs", 6);
	put(q, "mine again", 10);
	CHECK_OK(ioctl(q, KCHAT_INFO, &info));
	CHECK_EQ(info.unread_messages, 1);
	CHECK_EQ(info.unread_bytes, 6);
	CHECK_EQ(CHECK_OK(read(q, buf, sizeof(buf))), 6);
	CHECK_MEM(buf, "theirs", 6);
	nothing(q);
	/* Everybody else reads all of it */
	get(other, buf, 20);
	CHECK_MEM(buf, "minetheirsmine again", 20);
}

/* Another file of the same process is somebody else */
static void this_file_only(void)
{
	int q = open_quiet(0), mine = room_open(O_WRONLY), twin = dup(q);
	char buf[8];

	put(mine, "by hand", 7);
	get(q, buf, 7);
	CHECK_MEM(buf, "by hand", 7);
	put(twin, "by twin", 7);
	nothing(q);
	nothing(twin);
}

static void from_now_on(void)
{
	int q = room_open(O_RDWR);
	char buf[8];

	put(q, "a", 1);
	set_options(q, KCHAT_OPTION_NO_ECHO);
	put(q, "b", 1);
	set_options(q, 0);
	put(q, "c", 1);
	CHECK_EQ(CHECK_OK(read(q, buf, sizeof(buf))), 2);
	CHECK_MEM(buf, "ac", 2);
	nothing(q);
}

static void who_waits_is_not_woken(void)
{
	int q = open_quiet(0), other = room_open(O_WRONLY);
	struct call c;
	char buf[8];

	call_read(&c, q, buf, sizeof(buf));
	call_waits(&c);
	put(q, "mine", 4);
	call_waits(&c);
	put(other, "theirs", 6);
	CHECK_EQ(call_ends(&c), 6);
	CHECK_MEM(buf, "theirs", 6);
}

/* More than any room holds, with nobody reading, and nobody waits */
static void never_in_its_own_way(void)
{
	int q = open_quiet(0);
	char *text = message(60000), byte;
	struct kchat_info info;
	unsigned int i, n;

	set_nonblock(q, true);
	CHECK_OK(ioctl(q, KCHAT_INFO, &info));
	n = 3 * (info.capacity / 60000);
	for (i = 0; i < n; i++)
		put(q, text, 60000);
	CHECK_ERRNO(read(q, &byte, 1), EAGAIN);
	CHECK_OK(ioctl(q, KCHAT_INFO, &info));
	CHECK_EQ(info.lost_messages, 0);
}

/* Seen from the numbers the own are a gap, and a loss is counted without them */
static void no_loss(void)
{
	static union {
		struct kchat_record first;
		char bytes[1 << 17];
	} in;
	int q = open_quiet(KCHAT_OPTION_RECORDS | KCHAT_OPTION_LOSSY);
	int other = room_open(O_WRONLY);
	unsigned int i, n, got = 0;
	char *text = message(1000);
	struct kchat_info info;
	uint64_t seq;
	ssize_t len;

	put(other, "one", 3);
	put(q, "two", 3);
	put(other, "three", 5);
	CHECK_EQ(CHECK_OK(read(q, &in, sizeof(in))), 48 + 48);
	seq = in.first.seq;
	memcpy(&in.first, in.bytes + 48, sizeof(in.first));
	CHECK_EQ(in.first.seq, seq + 2);
	CHECK_OK(ioctl(q, KCHAT_INFO, &info));
	CHECK_EQ(info.lost_messages, 0);

	n = info.capacity / 1000;
	for (i = 0; i < n; i++) {
		put(q, text, 1000);
		put(other, text, 500);
	}
	CHECK_ERRNO(read(q, &in, sizeof(in)), EPIPE);
	set_nonblock(q, true);
	while ((len = read(q, &in, sizeof(in))) > 0) {
		CHECK_EQ(in.first.len, 500);
		got += len / in.first.size;
	}
	CHECK_EQ(errno, EAGAIN);
	CHECK_OK(ioctl(q, KCHAT_INFO, &info));
	CHECK(got > 0 && got < n);
	CHECK_EQ(info.lost_messages, n - got);
	CHECK_EQ(info.lost_bytes, 500 * (n - got));
}

static void who_reads_and_writes(void)
{
	struct kchat_options options = { .flags = KCHAT_OPTION_NO_ECHO };

	CHECK_ERRNO(ioctl(room_open(O_RDONLY), KCHAT_SET_OPTIONS, &options),
		    EBADF);
	CHECK_ERRNO(ioctl(room_open(O_WRONLY), KCHAT_SET_OPTIONS, &options),
		    EBADF);
}

const struct tap_test tests_echo[] = {
	{ "O2 no echo: one's own messages are skipped", not_the_own, 0 },
	{ "O2 of this open file, and no other", this_file_only, 0 },
	{ "O2 decided when a message is accepted", from_now_on, 0 },
	{ "O2 who waits does not read the own", who_waits_is_not_woken, 0 },
	{ "O2 one's own never hold the own room back", never_in_its_own_way,
	  0 },
	{ "O2 one's own are no loss", no_loss, 0 },
	{ "O2 only who reads and writes may ask", who_reads_and_writes, 0 },
	{ NULL, NULL, 0 },
};
