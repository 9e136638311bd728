// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * R1, R2, R5: where reading starts, what it returns, and what is no reading.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conform.h"

/* ---- R1: an opener starts at the end ---- */

static void starts_at_end(void)
{
	int keeper = room_open(O_RDONLY), w = room_open(O_WRONLY), r;
	char buf[16];

	put(w, "before", 6);
	r = room_open(O_RDONLY);
	nothing(r);
	put(w, "after", 5);
	CHECK_EQ(CHECK_OK(read(r, buf, 16)), 5);
	CHECK_MEM(buf, "after", 5);
	get(keeper, buf, 11);
	CHECK_MEM(buf, "beforeafter", 11);
	/* Not even what it would have read a moment ago */
	put(w, "missed", 6);
	close(r);
	r = room_open(O_RDWR);
	nothing(r);
}

static void starts_at_end_of_full(void)
{
	static struct stream s, t;
	int keeper = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	int r;

	stream_brim(&s, w, 4096);
	r = room_open(O_RDONLY);
	nothing(r);
	stream_rest(&s, keeper);
	nothing(r);
	stream_put(&t, w, 5000);
	stream_rest(&t, r);
}

/*
 * A writer who never rests writes numbers. @begun is set before each is
 * written and @done after: a reader's first number must be later than what
 * was done before its open, and not later than what began after it.
 */
static struct {
	_Atomic uint64_t begun, done;
	atomic_bool stop;
} *clockwork;

static void count_on(void *arg)
{
	int fd = room_open(O_WRONLY);
	uint64_t n;

	(void)arg;
	for (n = 1; !clockwork->stop; n++) {
		clockwork->begun = n;
		put(fd, &n, sizeof(n));
		clockwork->done = n;
	}
}

static void nothing_missed(void)
{
	static const int flags[] = { O_RDONLY, O_RDWR, O_RDONLY | O_NONBLOCK };
	uint64_t first, next, before, after;
	pid_t pid;
	int r, i;

	clockwork = share(sizeof(*clockwork));
	pid = tap_spawn(count_on, NULL);
	for (i = 0; i < 600 / (int)tap_slow(); i++) {
		before = clockwork->done;
		r = room_open(flags[i % 3]);
		after = clockwork->begun;
		get(r, &first, sizeof(first));
		CHECK(first > before);
		CHECK(first <= after + 1);
		get(r, &next, sizeof(next));
		CHECK_EQ(next, first + 1);
		close(r);
	}
	clockwork->stop = true;
	tap_join(pid);
}

static void nothing_missed_alone(void)
{
	int w = room_open(O_WRONLY), r;
	char buf[3];
	int i;

	for (i = 0; i < 200; i++) {
		r = room_open(O_RDONLY);
		put(w, "now", 3);
		get(r, buf, 3);
		CHECK_MEM(buf, "now", 3);
		close(r);
	}
}

/* As a shell opens it for `>` and `>>` */
static void open_flags(void)
{
	static const int flags[] = { O_TRUNC, O_APPEND, O_CREAT,
				     O_CREAT | O_TRUNC,
				     O_CREAT | O_APPEND, O_NOCTTY };
	int r = room_open(O_RDONLY), w;
	char buf[2];
	int i;

	for (i = 0; i < 6; i++) {
		w = CHECK_OK(open(room_path, O_WRONLY | flags[i], 0600));
		put(w, "x", 1);
		put(w, "y", 1);
		close(w);
		get(r, buf, 2);
		CHECK_MEM(buf, "xy", 2);
		nothing(r);
	}
	/* O_TRUNC takes nothing from those who read */
	w = room_open(O_WRONLY);
	put(w, "z", 1);
	close(CHECK_OK(open(room_path, O_WRONLY | O_TRUNC)));
	get(r, buf, 1);
	CHECK_MEM(buf, "z", 1);
}

/* ---- R2: a stream ---- */

static void across_boundaries(void)
{
	int fd = room_open(O_RDWR);
	char buf[100];

	put(fd, "one", 3);
	put(fd, "two", 3);
	put(fd, "three", 5);
	CHECK_EQ(CHECK_OK(read(fd, buf, 100)), 11);
	CHECK_MEM(buf, "onetwothree", 11);
	put(fd, "four", 4);
	put(fd, "five", 4);
	CHECK_EQ(CHECK_OK(read(fd, buf, 6)), 6);
	CHECK_MEM(buf, "fourfi", 6);
	put(fd, "six", 3);
	CHECK_EQ(CHECK_OK(read(fd, buf, 100)), 5);
	CHECK_MEM(buf, "vesix", 5);
}

static void byte_at_a_time(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	int i;

	stream_put(&s, w, 700);
	stream_put(&s, w, 1);
	stream_put(&s, w, 299);
	for (i = 0; i < 1000; i++)
		stream_get(&s, r, 1);
	nothing(r);
}

static void some_is_enough(void)
{
	int fd = room_open(O_RDWR);
	char *buf = message(1 << 20);

	put(fd, "x", 1);
	CHECK_EQ(CHECK_OK(read(fd, buf, 2)), 1);
	put(fd, "some", 4);
	CHECK_EQ(CHECK_OK(read(fd, buf, 4096)), 4);
	put(fd, "some", 4);
	CHECK_EQ(CHECK_OK(read(fd, buf, 1 << 20)), 4);
	put(fd, "rest", 4);
	CHECK_EQ(CHECK_OK(read(fd, buf, 3)), 3);
	CHECK_EQ(CHECK_OK(read(fd, buf, 100)), 1);
	nothing(fd);
}

static void waits_for_some(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	struct call c;
	char buf[100];

	call_read(&c, r, buf, 100);
	call_waits(&c);
	put(w, "at last", 7);
	CHECK_EQ(call_ends(&c), 7);
	CHECK_MEM(buf, "at last", 7);
	call_read(&c, r, buf, 1);
	call_waits(&c);
	put(w, "more", 4);
	CHECK_EQ(call_ends(&c), 1);
	get(r, buf, 3);
	CHECK_MEM(buf, "ore", 3);
}

/* To ask for exactly what is there is not to ask for more */
static void exactly_what_is_there(void)
{
	static const size_t sizes[] = { 1,    100,  2048,  4095,  4096,
					4097, 8192, 32768, 65535, 65536 };
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	char *buf = message(1 << 17);
	unsigned int i;
	ssize_t n;

	for (i = 0; i < 10; i++) {
		stream_put(&s, w, sizes[i]);
		CHECK_EQ(CHECK_OK(read(r, buf, sizes[i])), sizes[i]);
		CHECK_MEM(buf, s.data + s.read, sizes[i]);
		s.read += sizes[i];
		nothing(r);
		/* Two messages at once; a backend may stop in between */
		stream_put(&s, w, sizes[i] / 2);
		stream_put(&s, w, 50000);
		while (s.read < s.len) {
			n = CHECK_OK(read(r, buf, s.len - s.read));
			CHECK_MEM(buf, s.data + s.read, n);
			s.read += n;
		}
		nothing(r);
	}
}

/*
 * CUSE and FUSE carry a long read in several requests and ask again when the
 * first one came back full: then, too, what is there is enough.
 */
static void full_requests(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	char *buf = message(1 << 20);
	size_t pages, offset, len;
	ssize_t n;

	for (pages = 1; pages <= 40; pages++) {
		for (offset = 0; offset < 2; offset++) {
			len = pages * 4096 - offset;
			for (; len > 60000; len -= 60000)
				stream_put(&s, w, 60000);
			stream_put(&s, w, len);
			while (s.read < s.len) {
				n = CHECK_OK(read(r, buf + offset, 1000000));
				CHECK(n > 0);
				CHECK_MEM(buf + offset, s.data + s.read, n);
				s.read += n;
			}
		}
	}
	nothing(r);
}

static void full_requests_scattered(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY), i;
	char *buf = message(600 * 100);
	struct iovec iov[600];
	size_t got, k;
	ssize_t n;

	for (i = 0; i < 600; i++) {
		iov[i].iov_base = buf + i * 100;
		iov[i].iov_len = 100 - i % 3;
	}
	/* As much as the first i pieces take: somewhere it is one request */
	for (i = 1; i < 600; i += i < 300 ? 1 : 7) {
		for (k = 0, got = 0; k < (size_t)i; k++)
			got += iov[k].iov_len;
		stream_put(&s, w, got);
		while (s.read < s.len) {
			n = CHECK_OK(readv(r, iov, 600));
			CHECK(n > 0 && (size_t)n <= s.len - s.read);
			for (k = 0, got = 0; got < (size_t)n; k++) {
				CHECK(k < 600);
				CHECK_MEM((char *)iov[k].iov_base,
					  s.data + s.read + got,
					  n - got < iov[k].iov_len ?
					  n - got : iov[k].iov_len);
				got += iov[k].iov_len;
			}
			s.read += n;
		}
	}
	nothing(r);
}

static void largest_read(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	char *buf = message(4 << 20);
	ssize_t n;

	stream_fill(&s, w, 10000);
	while (s.read < s.len) {
		n = CHECK_OK(read(r, buf, 4 << 20));
		CHECK(n > 0);
		CHECK_MEM(buf, s.data + s.read, n);
		s.read += n;
	}
	nothing(r);
}

static void scattered(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	char *buf = message(30000), got[8];
	struct iovec iov[5] = {
		{ buf, 1 },	      { buf + 1, 0 },	{ buf + 1, 4999 },
		{ buf + 5000, 15000 }, { buf + 20000, 10000 },
	};

	stream_put(&s, w, 10000);
	stream_put(&s, w, 20000);
	CHECK_EQ(CHECK_OK(readv(r, iov, 5)), 30000);
	CHECK_MEM(buf, s.data, 30000);
	put(w, "end", 3);
	CHECK_EQ(CHECK_OK(readv(r, iov, 5)), 3);
	CHECK_MEM(buf, "end", 3);
	put(w, "end", 3);
	CHECK_EQ(CHECK_OK(read(r, got, 8)), 3);
}

/* Wherever in the room a message or a read begins and ends */
static void many_turns(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	uint64_t state = 4711;
	unsigned int i;
	size_t len;

	for (i = 0; i < 6000 / tap_slow(); i++) {
		len = 1 + dice(&state) % (i % 8 ? 2000 : KCHAT_MSG_MAX);
		if (!stream_try(&s, w, len))
			stream_get(&s, r, (s.len - s.read) / 2);
		len = dice(&state) % 5000;
		if (len > s.len - s.read)
			len = s.len - s.read;
		stream_get(&s, r, len);
	}
	stream_rest(&s, r);
}

/* ---- R5: nothing read, no seeking, no other way in or out ---- */

static void zero_read(void)
{
	int fd = room_open(O_RDWR);
	char buf[8];
	struct iovec none = { buf, 0 };

	CHECK_EQ(CHECK_OK(read(fd, buf, 0)), 0);
	CHECK_EQ(CHECK_OK(readv(fd, &none, 1)), 0);
	CHECK_EQ(CHECK_OK(read(fd, NULL, 0)), 0);
	put(fd, "kept", 4);
	CHECK_EQ(CHECK_OK(read(fd, buf, 0)), 0);
	CHECK_EQ(CHECK_OK(readv(fd, &none, 1)), 0);
	CHECK_EQ(CHECK_OK(read(fd, buf, 8)), 4);
	CHECK_MEM(buf, "kept", 4);
}

static void seeking(void)
{
	static const struct {
		off_t offset;
		int whence;
	} seek[] = { { 0, SEEK_SET },	{ 3, SEEK_SET }, { 0, SEEK_CUR },
		     { 10, SEEK_CUR }, { 0, SEEK_END } };
	static struct stream s;
	int fd = room_open(O_RDWR), i;

	stream_put(&s, fd, 100);
	for (i = 0; i < 5; i++) {
		if (backend == FUSE)
			CHECK_ERRNO(lseek(fd, seek[i].offset, seek[i].whence),
				    ESPIPE);
		else
			CHECK_EQ(CHECK_OK(lseek(fd, seek[i].offset,
						seek[i].whence)), 0);
		stream_get(&s, fd, 10);
		stream_put(&s, fd, 10);
	}
	stream_rest(&s, fd);
}

static void offsets(void)
{
	static const off_t offset[] = { 0, 1, 4096, 1LL << 40 };
	static struct stream s;
	int fd = room_open(O_RDWR), i;
	char *buf = message(100), got[50];

	for (i = 0; i < 4; i++) {
		if (backend == FUSE) {
			CHECK_ERRNO(pwrite(fd, buf, 100, offset[i]), ESPIPE);
			CHECK_ERRNO(pread(fd, got, 50, offset[i]), ESPIPE);
			continue;
		}
		CHECK_EQ(CHECK_OK(pwrite(fd, buf, 100, offset[i])), 100);
		stream_add(&s, buf, 100);
		CHECK_EQ(CHECK_OK(pread(fd, got, 50, offset[i])), 50);
		CHECK_MEM(got, s.data + s.read, 50);
		s.read += 50;
		stream_get(&s, fd, 10);
	}
	stream_rest(&s, fd);
}

static void mapping(void)
{
	int fd = room_open(O_RDWR);

	CHECK(mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) == MAP_FAILED);
	CHECK(mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0) ==
	      MAP_FAILED);
	if (backend != FUSE)
		CHECK(mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) ==
		      MAP_FAILED);
}

static void other_ways(void)
{
	static struct stream s;
	int fd = room_open(O_RDWR);

	stream_put(&s, fd, 1000);
	CHECK_EQ(fsync(fd), -1);
	CHECK_EQ(fdatasync(fd), -1);
	CHECK_EQ(ftruncate(fd, 0), -1);
	CHECK_EQ(ftruncate(fd, 100), -1);
	stream_rest(&s, fd);
}

static void splicing(void)
{
	int fd = room_open(O_RDWR), event = CHECK_OK(eventfd(1, 0));
	static struct stream s;
	int pipes[2], file;

	if (backend == FUSE)
		SKIP("a file system may offer it");
	CHECK_OK(pipe(pipes));
	/* An eventfd offers it as little as a room */
	if (splice(event, NULL, pipes[1], NULL, 100, 0) != -1)
		SKIP("this kernel splices whatever can be read (before 5.10)");
	file = CHECK_OK(open("/proc/self/exe", O_RDONLY));
	stream_put(&s, fd, 1000);
	put(pipes[1], "splice", 6);
	CHECK_EQ(splice(fd, NULL, pipes[1], NULL, 100, 0), -1);
	CHECK_EQ(splice(pipes[0], NULL, fd, NULL, 6, 0), -1);
	CHECK_EQ(sendfile(fd, file, NULL, 100), -1);
	CHECK_EQ(sendfile(pipes[1], fd, NULL, 100), -1);
	stream_rest(&s, fd);
}

const struct tap_test tests_reading[] = {
	{ "R1 an opener starts at the end", starts_at_end, 0 },
	{ "R1 an opener starts at the end of a full room",
	  starts_at_end_of_full, 0 },
	{ "R1 nothing is missed after open returns", nothing_missed_alone, 0 },
	{ "R1 nothing is missed while others write", nothing_missed, 60 },
	{ "R1 O_TRUNC, O_APPEND and O_CREAT change nothing", open_flags, 0 },
	{ "R2 a read crosses message boundaries", across_boundaries, 0 },
	{ "R2 a stream can be read byte by byte", byte_at_a_time, 0 },
	{ "R2 a read of more than is there does not wait", some_is_enough, 0 },
	{ "R2 a read waits only when there is nothing", waits_for_some, 0 },
	{ "R2 a read of exactly what is there does not wait",
	  exactly_what_is_there, 0 },
	{ "R2 a read in several requests does not wait", full_requests, 0 },
	{ "R2 a readv in several requests does not wait",
	  full_requests_scattered, 0 },
	{ "R2 a read may ask for more than a room holds", largest_read, 0 },
	{ "R2 readv scatters the stream", scattered, 0 },
	{ "R2 the stream is the same over many turns of the room", many_turns,
	  30 },
	{ "R5 a read of nothing returns 0", zero_read, 0 },
	{ "R5 seeking has no effect (D5: ESPIPE)", seeking, 0 },
	{ "R5 pread and pwrite ignore the offset (D5: ESPIPE)", offsets, 0 },
	{ "R5 a room cannot be mapped", mapping, 0 },
	{ "R5 fsync and ftruncate fail", other_ways, 0 },
	{ "R5 splice and sendfile fail", splicing, 0 },
	{ NULL, NULL, 0 },
};
