// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * M6, R4: memory that cannot be read or written. Nothing half done is seen.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "conform.h"
#include "kchat_kernel.h"

/* ---- M6: copying in ---- */

static void *unmapped(void)
{
	/* So much that no other mapping comes down to its begin later */
	size_t len = 64 << 20;
	char *mem = mmap(NULL, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			 0);

	CHECK(mem != MAP_FAILED);
	CHECK_OK(munmap(mem, len));
	return mem;
}

static void write_unmapped(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	char *bad = unmapped(), buf[8];
	struct iovec iov[2] = { { bad, 10 }, { buf, 8 } };

	CHECK_ERRNO(write(w, bad, 1), EFAULT);
	CHECK_ERRNO(write(w, bad, 100), EFAULT);
	CHECK_ERRNO(write(w, bad, KCHAT_MSG_MAX), EFAULT);
	CHECK_ERRNO(write(w, bad, 1 << 20), EFAULT);
	CHECK_ERRNO(writev(w, iov, 2), EFAULT);
	nothing(r);
	put(w, "intact", 6);
	CHECK_EQ(CHECK_OK(read(r, buf, 8)), 6);
	CHECK_MEM(buf, "intact", 6);
	nothing(r);
}

/*
 * The module refuses the message; CUSE and FUSE are only handed the readable
 * front, which then is the message (D3). Older kernels, 4.4 but not 4.9, refuse
 * it for them.
 */
static bool refuses_whole(void)
{
	return backend == KMOD || kchat_refuses_half_mapped();
}

static void write_edge(size_t valid, size_t len)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	char *buf = edge(valid);

	memset(buf, 'v', valid);
	stream_put(&s, w, 10);
	if (refuses_whole()) {
		CHECK_ERRNO(write(w, buf, len), EFAULT);
	} else {
		CHECK_EQ(CHECK_OK(write(w, buf, len)), valid);
		stream_add(&s, buf, valid);
	}
	stream_put(&s, w, 10);
	stream_rest(&s, r);
	close(r);
	close(w);
}

static void write_half_mapped(void)
{
	write_edge(4096, 8192);
	write_edge(4096, 4097);
	write_edge(1, 2);
	write_edge(100, 5000);
	write_edge(3 * 4096, 4 * 4096);
	write_edge(5000, 60000);
	write_edge(40000, KCHAT_MSG_MAX);
}

static void writev_half_mapped(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	char *buf = message(300);
	struct iovec iov[3] = { { buf, 300 }, { unmapped(), 10 }, { buf, 5 } };

	if (refuses_whole()) {
		CHECK_ERRNO(writev(w, iov, 3), EFAULT);
	} else {
		CHECK_EQ(writev(w, iov, 3), 300);
		stream_add(&s, buf, 300);
	}
	stream_put(&s, w, 10);
	stream_rest(&s, r);
}

/* A room full of what others still want to read */
static void write_unmapped_full(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK), i;
	char *bad = unmapped();

	stream_fill(&s, w, 1000);
	for (i = 0; i < 50; i++) {
		CHECK_EQ(write(w, bad, 1 + 1000 * i), -1);
		CHECK(errno == EFAULT || errno == EAGAIN);
		if (i % 5 == 0)
			stream_get(&s, r, 1000);
	}
	/* Not one byte of room was lost */
	CHECK(stream_try(&s, w, 1000));
	stream_rest(&s, r);
}

/* A fault wakes nobody: there is nothing to read */
static void write_unmapped_wakes_nobody(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	struct call reading, polling;
	char buf[8];

	call_read(&reading, r, buf, 8);
	call_poll(&polling, r, POLLIN);
	call_waits(&reading);
	CHECK_ERRNO(write(w, unmapped(), 100), EFAULT);
	call_waits(&reading);
	call_waits(&polling);
	put(w, "now", 3);
	CHECK_EQ(call_ends(&reading), 3);
	CHECK_MEM(buf, "now", 3);
}

/* ---- R4: copying out ---- */

static void read_unmapped(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	char *bad = unmapped();

	stream_put(&s, w, 1);
	stream_put(&s, w, 500);
	stream_put(&s, w, 30000);
	CHECK_ERRNO(read(r, bad, 1), EFAULT);
	CHECK_ERRNO(read(r, bad, 501), EFAULT);
	CHECK_ERRNO(read(r, bad, 1 << 20), EFAULT);
	CHECK_EQ(ready(r) & POLLIN, POLLIN);
	stream_get(&s, r, 100);
	CHECK_ERRNO(read(r, bad, 100), EFAULT);
	stream_rest(&s, r);
}

static void read_only_memory(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	char *buf = message(8192);

	CHECK_OK(mprotect(buf, 8192, PROT_READ));
	stream_put(&s, w, 5000);
	CHECK_ERRNO(read(r, buf, 5000), EFAULT);
	stream_rest(&s, r);
}

/* What arrived counts, what did not is still there: @sizes, 0 at the end */
static void read_edge(size_t valid, size_t len, const size_t *sizes)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	char *buf = edge(valid);
	ssize_t n;

	for (; *sizes; sizes++)
		stream_put(&s, w, *sizes);
	n = read(r, buf, len);
	if (n < 0) {
		CHECK_EQ(errno, EFAULT);
	} else {
		CHECK(n > 0 && (size_t)n <= valid);
		CHECK_MEM(buf, s.data + s.read, n);
		s.read += n;
	}
	stream_rest(&s, r);
	close(r);
	close(w);
}

static void read_half_mapped(void)
{
	static const size_t one[] = { 6000, 0 }, two[] = { 3000, 3000, 0 },
			    many[] = { 1, 10, 100, 1000, 10000, 20, 0 },
			    large[] = { KCHAT_MSG_MAX, 100, 0 };
	static const size_t valid[] = { 1, 7, 100, 3000, 3001, 4096, 5000 };
	int i;

	for (i = 0; i < 7; i++) {
		read_edge(valid[i], 8192, one);
		read_edge(valid[i], 8192, two);
		read_edge(valid[i], 8192, many);
		read_edge(valid[i], 20000, large);
	}
	read_edge(40000, KCHAT_MSG_MAX, large);
}

/* One reader's bad memory is nobody else's matter */
static void read_unmapped_alone(void)
{
	static struct stream s, t;
	int a = room_open(O_RDONLY), b = room_open(O_RDONLY);
	int w = room_open(O_WRONLY | O_NONBLOCK), i;
	char *bad = unmapped();

	for (i = 0; i < 100; i++) {
		CHECK(stream_try(&s, w, 3000));
		stream_add(&t, s.data + s.len - 3000, 3000);
		CHECK_ERRNO(read(a, bad, 5000), EFAULT);
		stream_get(&t, b, 3000);
		if (i % 7 == 6)
			stream_get(&s, a, 21000);
	}
	stream_rest(&s, a);
	stream_rest(&t, b);
}

const struct tap_test tests_faults[] = {
	{ "M6 a write from unmapped memory publishes nothing", write_unmapped,
	  0 },
	{ "M6 a write from half mapped memory is none (D3: its front)",
	  write_half_mapped, 0 },
	{ "M6 a writev with an unmapped piece is none (D3: its front)",
	  writev_half_mapped, 0 },
	{ "M6 a fault in a full room changes nothing", write_unmapped_full, 0 },
	{ "M6 a fault wakes nobody", write_unmapped_wakes_nobody, 0 },
	{ "R4 a read into unmapped memory consumes nothing", read_unmapped, 0 },
	{ "R4 a read into read-only memory consumes nothing", read_only_memory,
	  0 },
	{ "R4 a read into half mapped memory loses nothing", read_half_mapped,
	  0 },
	{ "R4 a fault of one reader touches no other", read_unmapped_alone, 0 },
	{ NULL, NULL, 0 },
};
