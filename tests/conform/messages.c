// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * M1 to M5: what a message is, and who gets it.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "conform.h"

/* ---- M1: whole, contiguous, never interleaved ---- */

/* Everything one crowd of writers and readers shares; @fd: -1, or the writers' */
struct crowd {
	unsigned int writers, readers, messages;
	uint32_t max;
	unsigned int segments;
	int fd;
	uint64_t total;
	struct {
		unsigned int id;
		atomic_bool ready;
		uint64_t hash;
	} member[TRAFFIC_WRITERS * 2];
};

static struct crowd *crowd;

static void crowd_write(void *arg)
{
	unsigned int id = *(unsigned int *)arg, i, k;
	struct iovec iov[8];
	struct traffic t;
	int fd = crowd->fd < 0 ? room_open(O_WRONLY) : crowd->fd;
	char *buf = message(KCHAT_MSG_MAX), *apart = message(8 * 3 * 4096);
	size_t len, part;

	traffic_init(&t, id, crowd->max);
	for (i = 0; i < crowd->messages; i++) {
		len = traffic_next(&t, buf);
		if (!crowd->segments) {
			put(fd, buf, len);
			continue;
		}
		/* Pieces far apart, each from the end of a page on */
		part = len / crowd->segments;
		for (k = 0; k < crowd->segments; k++) {
			iov[k].iov_base = apart + k * 3 * 4096 + 4095 - k;
			iov[k].iov_len = part;
			if (k == crowd->segments - 1)
				iov[k].iov_len = len - k * part;
			memcpy(iov[k].iov_base, buf + k * part, iov[k].iov_len);
		}
		CHECK_EQ(CHECK_OK(writev(fd, iov, k)), len);
	}
}

/* Readers differ in how much they ask for; half of them read slowly */
static void crowd_read(void *arg)
{
	unsigned int id = *(unsigned int *)arg;
	static const size_t most[] = { 65536, 131072, 4096, 1000 };
	struct traffic_reader r = { .bytes = 0 };
	uint64_t state = 1 + id;
	int fd = room_open(O_RDONLY);
	char *buf = message(131072);
	size_t len;
	ssize_t n;

	atomic_store(&crowd->member[id].ready, true);
	while (r.bytes < crowd->total) {
		len = 1 + dice(&state) % most[id % 4];
		n = CHECK_OK(read(fd, buf, len));
		CHECK(n > 0 && (size_t)n <= len);
		traffic_feed(&r, buf, n);
	}
	traffic_end(&r);
	CHECK_EQ(r.bytes, crowd->total);
	nothing(fd);
	crowd->member[id].hash = r.hash;
}

static void crowd_run(unsigned int writers, unsigned int readers,
		      unsigned int messages, uint32_t max,
		      unsigned int segments, int fd)
{
	pid_t pid[TRAFFIC_WRITERS * 2];
	unsigned int i;

	messages = messages / tap_slow() + 1;
	crowd = share(sizeof(*crowd));
	crowd->writers = writers;
	crowd->readers = readers;
	crowd->messages = messages;
	crowd->max = max;
	crowd->segments = segments;
	crowd->fd = fd;
	crowd->total = traffic_total(writers, messages, max);
	for (i = 0; i < TRAFFIC_WRITERS * 2; i++)
		crowd->member[i].id = i;
	for (i = 0; i < readers; i++)
		pid[i] = tap_spawn(crowd_read, &crowd->member[i].id);
	for (i = 0; i < readers; i++)
		CHECK_SOON(crowd->member[i].ready);
	for (i = 0; i < writers; i++)
		pid[readers + i] = tap_spawn(crowd_write, &crowd->member[i].id);
	for (i = 0; i < readers + writers; i++)
		tap_join(pid[i]);
	printf("%llu bytes to each of %u readers\n",
	       (unsigned long long)crowd->total, readers);
}

static void never_interleave(void)
{
	crowd_run(6, 3, 600, KCHAT_MSG_MAX, 0, -1);
}

static void small_never_interleave(void)
{
	crowd_run(8, 2, 2500, 200, 0, -1);
}

static void writev_never_interleaves(void)
{
	crowd_run(4, 2, 400, KCHAT_MSG_MAX, 8, -1);
}

static void one_file_never_interleaves(void)
{
	crowd_run(4, 2, 500, KCHAT_MSG_MAX, 0, room_open(O_WRONLY));
}

static void every_size(void)
{
	static const unsigned int around[] = {
		1,   2,	   8,	 16,   24,   32,   48,	  64,	 128,
		256, 1000, 2048, 4096, 8192, 9999, 16384, 32768, 65535
	};
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	unsigned int i, k;

	for (i = 0; i < sizeof(around) / sizeof(around[0]); i++) {
		for (k = 0; k < 3; k++) {
			if (around[i] + k < 2)
				continue;
			stream_put(&s, w, around[i] + k - 1);
			stream_rest(&s, r);
		}
	}
	for (i = 1; i < 300; i++) {
		stream_put(&s, w, i);
		stream_rest(&s, r);
	}
}

static void largest_fits(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	int i;

	for (i = 0; i < 20; i++) {
		CHECK(stream_try(&s, w, KCHAT_MSG_MAX));
		stream_rest(&s, r);
		/* Wherever in the room the next one begins */
		CHECK(stream_try(&s, w, 1 + 997 * i));
		stream_rest(&s, r);
	}
}

static void whole_or_not_at_all(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	uint64_t state = 7;
	unsigned int i;

	stream_fill(&s, w, 3000);
	CHECK(!stream_try(&s, w, KCHAT_MSG_MAX));
	/* Now some fit and some do not, and nothing in between */
	for (i = 0; i < 2000 / tap_slow(); i++) {
		stream_try(&s, w, 1 + dice(&state) % KCHAT_MSG_MAX);
		if (s.len - s.read > 20000)
			stream_get(&s, r, dice(&state) % 20000);
	}
	stream_rest(&s, r);
}

/* ---- M1: one message out of many pieces ---- */

#define PIECED 200

static struct {
	atomic_bool ready, disturbed, stop;
	unsigned int runs;
	size_t run[PIECED + 1];
} *pieces;

/* Would fall between the pieces */
static void pieces_disturb(void *arg)
{
	int fd = room_open(O_WRONLY);

	(void)arg;
	while (!pieces->stop) {
		put(fd, "!!!!!!!!", 8);
		pieces->disturbed = true;
	}
}

/* How long is each run of a letter? */
static void pieces_read(void *arg)
{
	int fd = room_open(O_RDONLY);
	char buf[4096], last = '!';
	ssize_t n = 0, i = 0;

	(void)arg;
	pieces->ready = true;
	for (;; last = buf[i++]) {
		if (i == n) {
			n = CHECK_OK(read(fd, buf, sizeof(buf)));
			i = 0;
		}
		if (buf[i] == '.')
			return;
		if (buf[i] == '!')
			continue;
		if (buf[i] != last && pieces->runs++ == PIECED)
			FAIL("a message was torn");
		pieces->run[pieces->runs - 1]++;
	}
}

/* Whole, but over CUSE and FUSE its front if it has too many pieces (D2) */
static void writev_pieces(int count, int always)
{
	int w = room_open(O_WRONLY), i, k;
	size_t sent[PIECED], len = 0;
	char *buf = message(count * 100);
	pid_t reader, other;
	struct iovec iov[600];

	pieces = share(sizeof(*pieces));
	reader = tap_spawn(pieces_read, NULL);
	CHECK_SOON(pieces->ready);
	other = tap_spawn(pieces_disturb, NULL);
	CHECK_SOON(pieces->disturbed);
	for (k = 0; k < count; k++) {
		iov[k].iov_base = buf + k * 100;
		iov[k].iov_len = 100 - k % 3;
		len += iov[k].iov_len;
	}
	for (i = 0; i < PIECED; i++) {
		memset(buf, 'a' + i % 26, count * 100);
		sent[i] = CHECK_OK(writev(w, iov, count));
		if (backend & always)
			CHECK_EQ(sent[i], len);
		CHECK(sent[i] >= 8 * 98);
	}
	put(w, ".", 1);
	tap_join(reader);
	pieces->stop = true;
	tap_join(other);
	CHECK_EQ(pieces->runs, PIECED);
	for (i = 0; i < PIECED; i++)
		CHECK_EQ(pieces->run[i], sent[i]);
}

static void writev_8(void)
{
	writev_pieces(8, KMOD | CUSE | FUSE);
}

static void writev_64(void)
{
	writev_pieces(64, KMOD | FUSE);
}

static void writev_600(void)
{
	writev_pieces(600, KMOD);
}

/* ---- M2: a long write is a short one ---- */

static void long_write(size_t len, size_t offset, int flags)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | flags);
	char *buf = message(len + offset), *got = message(KCHAT_MSG_MAX);

	CHECK_EQ(CHECK_OK(write(w, buf + offset, len)), KCHAT_MSG_MAX);
	get(r, got, KCHAT_MSG_MAX);
	CHECK_MEM(got, buf + offset, KCHAT_MSG_MAX);
	nothing(r);
	close(r);
	close(w);
}

static void long_aligned(void)
{
	long_write(65537, 0, 0);
	long_write(70000, 0, 0);
	long_write(1 << 17, 0, 0);
	long_write(1 << 20, 0, 0);
}

static void long_unaligned(void)
{
	static const size_t offset[] = { 1, 8, 100, 2049, 4095 };
	int i;

	for (i = 0; i < 5; i++) {
		long_write(65537, offset[i], 0);
		long_write(70000, offset[i], 0);
		long_write(1 << 20, offset[i], 0);
	}
}

static void long_append(void)
{
	long_write(70000, 0, O_APPEND);
	long_write(70000, 1, O_APPEND);
	long_write(1 << 20, 0, O_APPEND);
	long_write(1 << 20, 2049, O_APPEND);
}

static void long_nonblock(void)
{
	long_write(70000, 0, O_NONBLOCK);
	long_write(1 << 20, 4095, O_NONBLOCK);
}

static void long_writev(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	char *buf = message(80000), *got = message(KCHAT_MSG_MAX);
	struct iovec iov[3] = {
		{ buf, 30001 },
		{ buf + 30001, 30001 },
		{ buf + 60002, 9998 },
	};

	CHECK_EQ(CHECK_OK(writev(w, iov, 3)), KCHAT_MSG_MAX);
	get(r, got, KCHAT_MSG_MAX);
	CHECK_MEM(got, buf, KCHAT_MSG_MAX);
	nothing(r);
}

/* The rest of a long write is the caller's to write, as with a pipe */
static void long_rest(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	char *buf = message(200000), *got = message(200000);

	size_t done = 0;
	ssize_t n;

	while (done < 200000) {
		n = CHECK_OK(write(w, buf + done, 200000 - done));
		CHECK_EQ(n, done < 3 * 65536 ? 65536 : 3392);
		get(r, got + done, n);
		done += n;
	}
	CHECK_MEM(got, buf, 200000);
	nothing(r);
}

/* ---- M3: nothing written is no message ---- */

static void zero_write(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	struct iovec none[2] = { { (void *)"x", 0 }, { (void *)"y", 0 } };
	char buf[8];

	CHECK_EQ(CHECK_OK(write(w, "x", 0)), 0);
	CHECK_EQ(CHECK_OK(write(w, NULL, 0)), 0);
	CHECK_EQ(CHECK_OK(writev(w, none, 2)), 0);
	CHECK_EQ(CHECK_OK(writev(w, none, 0)), 0);
	nothing(r);
	put(w, "real", 4);
	CHECK_EQ(CHECK_OK(read(r, buf, 8)), 4);
	CHECK_MEM(buf, "real", 4);
}

static void zero_write_full(void)
{
	static struct stream s;
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);

	stream_brim(&s, w, 4096);
	CHECK_EQ(CHECK_OK(write(w, "x", 0)), 0);
	set_nonblock(w, false);
	CHECK_EQ(CHECK_OK(write(w, "x", 0)), 0);
	stream_rest(&s, r);
}

/* ---- M4: one order for all ---- */

static void same_for_all(void)
{
	unsigned int i;

	crowd_run(4, 6, 500, 20000, 0, -1);
	for (i = 1; i < crowd->readers; i++)
		CHECK_EQ(crowd->member[i].hash, crowd->member[0].hash);
}

static void same_for_all_small(void)
{
	unsigned int i;

	crowd_run(8, 8, 1500, 60, 0, -1);
	for (i = 1; i < crowd->readers; i++)
		CHECK_EQ(crowd->member[i].hash, crowd->member[0].hash);
}

/* Two programs that both write and read agree on who came first */
static void agree_on_order(void)
{
	int a = room_open(O_RDWR), b = room_open(O_RDWR);
	char one[2], two[2];
	int i;

	for (i = 0; i < 500; i++) {
		put(i % 3 ? a : b, "a", 1);
		put(i % 3 ? b : a, "b", 1);
		get(a, one, 2);
		get(b, two, 2);
		CHECK_MEM(one, "ab", 2);
		CHECK_MEM(two, "ab", 2);
	}
}

/* ---- M5: also to the sender, and to nobody ---- */

static void own_message(void)
{
	int fd = room_open(O_RDWR), other = room_open(O_RDWR);
	char buf[16];

	put(fd, "to myself", 9);
	put(other, " and you", 8);
	CHECK_EQ(CHECK_OK(read(fd, buf, 9)), 9);
	CHECK_MEM(buf, "to myself", 9);
	CHECK_EQ(CHECK_OK(read(fd, buf, 16)), 8);
	CHECK_MEM(buf, " and you", 8);
	nothing(fd);
}

static void no_reader(int flags)
{
	int w = room_open(O_WRONLY | flags), r;
	char *buf = message(KCHAT_MSG_MAX);
	unsigned int i;

	/* Far more than any room of this size keeps */
	for (i = 0; i < 128; i++)
		put(w, buf, KCHAT_MSG_MAX);
	for (i = 0; i < 5000 / tap_slow(); i++)
		put(w, buf, 100);
	r = room_open(O_RDONLY);
	nothing(r);
}

static void no_reader_waiting(void)
{
	no_reader(0);
}

static void no_reader_nonblock(void)
{
	no_reader(O_NONBLOCK);
}

const struct tap_test tests_messages[] = {
	{ "M1 messages of many writers never interleave", never_interleave,
	  60 },
	{ "M1 small messages of many writers never interleave",
	  small_never_interleave, 60 },
	{ "M1 messages of writev never interleave", writev_never_interleaves,
	  60 },
	{ "M1 messages of many through one open file never interleave",
	  one_file_never_interleaves, 60 },
	{ "M1 a message of any size arrives as it was", every_size, 0 },
	{ "M1 the largest message fits an empty room", largest_fits, 0 },
	{ "M1 a message is accepted whole or not at all", whole_or_not_at_all,
	  0 },
	{ "M1 a writev of 8 pieces is one message", writev_8, 0 },
	{ "M1 a writev of 64 pieces is one message (D2: over CUSE its front)",
	  writev_64, 0 },
	{ "M1 a writev of 600 pieces is one message (D2: its front)",
	  writev_600, 0 },
	{ "M2 a write of more than 65,536 bytes is short", long_aligned, 0 },
	{ "M2 a long write from any address is short", long_unaligned, 0 },
	{ "M2 a long appending write is short", long_append, 0 },
	{ "M2 a long non-blocking write is short", long_nonblock, 0 },
	{ "M2 a long writev is short", long_writev, 0 },
	{ "M2 the rest of a long write is the next message", long_rest, 0 },
	{ "M3 a write of nothing is no message", zero_write, 0 },
	{ "M3 a write of nothing does not wait", zero_write_full, 0 },
	{ "M4 all readers get the same stream", same_for_all, 60 },
	{ "M4 all readers get the same stream of small messages",
	  same_for_all_small, 60 },
	{ "M4 openers agree on the order", agree_on_order, 0 },
	{ "M5 a sender reads its own messages", own_message, 0 },
	{ "M5 a write succeeds with no reader", no_reader_waiting, 0 },
	{ "M5 a non-blocking write succeeds with no reader",
	  no_reader_nonblock, 0 },
	{ NULL, NULL, 0 },
};
