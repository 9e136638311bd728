// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Lengths that cannot be, and as many segments as can be and one more.
 */
#include "config.h"

#include <fcntl.h>
#include <limits.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "hostile.h"

/* What one call may ask for: the kernel cuts longer ones to this */
#define RW_MAX ((size_t)(INT_MAX & ~4095))

/* By system call: the library and the compiler have their own idea of lengths. */
static ssize_t raw(long nr, int fd, void *buf, size_t len)
{
	return syscall(nr, fd, buf, len);
}

/* A whole address space: more than there is memory, all of it zero bytes */
static char *boundless(void)
{
	char *mem = mmap(NULL, RW_MAX + 4096, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	if (mem == MAP_FAILED)
		SKIP("no %zu bytes of address space", RW_MAX);
	return mem;
}

/* Beyond all memory: refused, or cut to what there is of the buffer; never more */
static void giant_write(void)
{
	static const size_t lengths[] = { SSIZE_MAX, SIZE_MAX,
					  (size_t)SSIZE_MAX + 1, SIZE_MAX / 2 };
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	char *text = message(KCHAT_MSG_MAX), *mem = boundless();
	static char in[KCHAT_MSG_MAX];
	size_t i;

	for (i = 0; i < LENGTH(lengths); i++) {
		CHECK_ERRNO(raw(SYS_write, w, text, lengths[i]), EFAULT);
		CHECK_ERRNO(raw(SYS_write, w, NULL, lengths[i]), EFAULT);
	}
	nothing(r);
	/* It is there: the longest message that can be (M2) */
	memcpy(mem, text, KCHAT_MSG_MAX);
	CHECK_EQ(CHECK_OK(raw(SYS_write, w, mem, RW_MAX)), KCHAT_MSG_MAX);
	CHECK_EQ(CHECK_OK(raw(SYS_write, w, mem, RW_MAX + 4096)),
		 KCHAT_MSG_MAX);
	for (i = 0; i < 2; i++) {
		get(r, in, KCHAT_MSG_MAX);
		CHECK_MEM(in, text, KCHAT_MSG_MAX);
	}
	nothing(r);
}

static void giant_read(void)
{
	static const size_t lengths[] = { SSIZE_MAX, SIZE_MAX,
					  (size_t)SSIZE_MAX + 1 };
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	char *text = message(5000), *mem = boundless();
	static char in[5000];
	size_t i;

	put(w, text, 5000);
	for (i = 0; i < LENGTH(lengths); i++) {
		CHECK_ERRNO(raw(SYS_read, r, in, lengths[i]), EFAULT);
		CHECK_ERRNO(raw(SYS_read, r, NULL, lengths[i]), EFAULT);
	}
	CHECK_EQ(CHECK_OK(raw(SYS_read, r, mem, RW_MAX + 4096)), 5000);
	CHECK_MEM(mem, text, 5000);
	nothing(r);
	/* Whole records, too */
	set_options(r, KCHAT_OPTION_RECORDS);
	put(w, text, 5000);
	CHECK(CHECK_OK(raw(SYS_read, r, mem, RW_MAX)) > 5000);
	CHECK_MEM(mem + sizeof(struct kchat_record), text, 5000);
	nothing(r);
}

/* Segments that cannot be, each beside one that can */
static void impossible_segments(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	char *text = message(100), in[100];
	struct iovec negative[2] = { { text, 100 }, { text, SIZE_MAX } };
	struct iovec beyond[2] = { { text, 100 },
				   { (void *)(uintptr_t)(SIZE_MAX - 4095),
				     4096 } };
	ssize_t n;

	put(w, text, 100);
	CHECK_ERRNO(writev(w, negative, 2), EINVAL);
	CHECK_ERRNO(readv(r, negative, 2), EINVAL);
	CHECK_ERRNO(raw(SYS_writev, w, negative, SIZE_MAX), EINVAL);
	CHECK_ERRNO(raw(SYS_readv, r, negative, INT_MAX), EINVAL);
	CHECK_ERRNO(raw(SYS_writev, w, NULL, 1), EFAULT);
	CHECK_EQ(CHECK_OK(writev(w, negative, 0)), 0);
	/* The second is no memory of ours: all or nothing of the first (D3) */
	n = writev(w, beyond, 2);
	if (n < 0)
		CHECK_EQ(errno, EFAULT);
	else
		CHECK(n == 100 && backend != KMOD);
	get(r, in, 100);
	CHECK_MEM(in, text, 100);
	if (n > 0)
		get(r, in, 100);
	nothing(r);
}

/* Two giants, whose sum no size_t holds: refused, or cut */
static void overflowing_sum(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	char *mem = boundless();
	struct iovec iov[4] = { { mem, RW_MAX }, { mem, RW_MAX },
				{ mem, RW_MAX }, { mem, RW_MAX } };
	static char in[KCHAT_MSG_MAX];

	CHECK_EQ(CHECK_OK(writev(w, iov, 4)), KCHAT_MSG_MAX);
	CHECK_EQ(CHECK_OK(readv(r, iov, 4)), KCHAT_MSG_MAX);
	nothing(r);
	put(w, in, 1);
	get(r, in, 1);
}

/* One byte a segment. Over CUSE and FUSE a part of it is the message (D2). */
static void as_many_segments(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	struct iovec iov[IOV_MAX + 1];
	static char in[IOV_MAX];
	char *text = message(IOV_MAX);
	ssize_t n, got;
	int i;

	for (i = 0; i <= IOV_MAX; i++)
		iov[i] = (struct iovec){ text + i % IOV_MAX, 1 };
	CHECK_ERRNO(raw(SYS_writev, w, iov, IOV_MAX + 1), EINVAL);
	nothing(r);
	n = CHECK_OK(writev(w, iov, IOV_MAX));
	CHECK(n == IOV_MAX || (n > 0 && backend != KMOD));
	for (i = 0; i <= IOV_MAX; i++)
		iov[i].iov_base = in + i % IOV_MAX;
	CHECK_ERRNO(readv(r, iov, IOV_MAX + 1), EINVAL);
	for (got = 0; got < n; got += i) {
		i = CHECK_OK(readv(r, iov + got, IOV_MAX - got));
		CHECK(i > 0);
	}
	CHECK_EQ(got, n);
	CHECK_MEM(in, text, n);
	nothing(r);
}

/* Segments of nothing between those of something */
static void empty_segments(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	struct iovec iov[IOV_MAX] = { { NULL, 0 } };
	char *text = message(10), in[10];

	CHECK_EQ(CHECK_OK(writev(w, iov, IOV_MAX)), 0);
	nothing(r);
	iov[IOV_MAX - 1] = (struct iovec){ text, 10 };
	CHECK_EQ(CHECK_OK(writev(w, iov, IOV_MAX)), 10);
	iov[IOV_MAX - 1].iov_base = in;
	CHECK_EQ(CHECK_OK(readv(r, iov, IOV_MAX)), 10);
	CHECK_MEM(in, text, 10);
	nothing(r);
}

const struct tap_test tests_lengths[] = {
	{ "M2 M6 writes of giant and negative length", giant_write, 60 },
	{ "R2 R4 reads of giant and negative length", giant_read, 60 },
	{ "M6 R4 segments that cannot be", impossible_segments, 0 },
	{ "M2 R2 segments whose sum cannot be", overflowing_sum, 60 },
	{ "M1 1,024 segments, and 1,025 (D2: a part)", as_many_segments, 0 },
	{ "M1 segments of nothing", empty_segments, 0 },
	{ NULL, NULL, 0 },
};
