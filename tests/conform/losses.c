// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * W2 to W4: nothing is lost in silence. Several writers, and readers that read
 * as much as they please and rest when they please: what a reader got and what
 * it was told it lost is what was written, whatever the room's patience, and
 * as bytes as well as records.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "conform.h"

#define WRITERS 2
#define READERS 4
#define LONGEST 3000

/*
 * A message begins with its length, twice, so that a reader of bytes knows
 * where the next one begins, and that it is where it believes; the rest
 * follows from these.
 */
#define HEAD 8

static void compose(unsigned char *buf, uint32_t len)
{
	uint32_t i;

	memcpy(buf, &len, 4);
	memcpy(buf + 4, &len, 4);
	for (i = HEAD; i < len; i++)
		buf[i] = len * 7 + i;
}

static void check_message(const unsigned char *buf, uint32_t len)
{
	uint32_t head[2], i;

	memcpy(head, buf, HEAD);
	if (len < HEAD || head[0] != len || head[1] != len)
		FAIL("a message of %u bytes says it has %u and %u", len,
		     head[0], head[1]);
	for (i = HEAD; i < len; i++)
		if (buf[i] != (unsigned char)(len * 7 + i))
			FAIL("byte %u of %u is torn", i, len);
}

struct loser {
	pthread_t thread;
	int fd;
	unsigned int number;
	bool records, loses;
	unsigned int rest_ms;
	uint64_t got, got_bytes, seq;
	unsigned int told;
	unsigned char part[LONGEST];
	uint32_t have;
};

static atomic_int writing;

static struct kchat_info info_of(int fd)
{
	struct kchat_info info;

	CHECK_OK(ioctl(fd, KCHAT_INFO, &info));
	return info;
}

static void take_records(struct loser *l, const unsigned char *buf, size_t n)
{
	const struct kchat_record *rec;
	size_t at;

	for (at = 0; at < n; at += rec->size) {
		rec = (const void *)(buf + at);
		CHECK(rec->size >= sizeof(*rec) && at + rec->size <= n);
		CHECK(rec->seq > l->seq);
		l->seq = rec->seq;
		check_message(buf + at + sizeof(*rec), rec->len);
		l->got++;
		l->got_bytes += rec->len;
	}
}

static void take_bytes(struct loser *l, const unsigned char *buf, size_t n)
{
	uint32_t len, need, take;

	l->got_bytes += n;
	for (; n; n -= take, buf += take) {
		memcpy(&len, l->part, 4);
		need = l->have < HEAD ? HEAD : len;
		if (need < HEAD || need > LONGEST)
			FAIL("no message has %u bytes: not at a boundary",
			     need);
		take = n < need - l->have ? n : need - l->have;
		memcpy(l->part + l->have, buf, take);
		l->have += take;
		memcpy(&len, l->part, 4);
		if (l->have < HEAD || l->have < len)
			continue;
		check_message(l->part, len);
		l->got++;
		l->have = 0;
	}
}

/* Until others have written so many bytes, or no more */
static void rest(const struct loser *l, uint64_t bytes)
{
	uint64_t end = info_of(l->fd).bytes_in + bytes;

	while (atomic_load(&writing) && info_of(l->fd).bytes_in < end)
		tap_sleep(1);
}

static void *lose(void *arg)
{
	static const size_t sizes[] = { 1, 100, 1000, 4096, 65576, 65576 };
	static _Thread_local union {
		struct kchat_record first;
		unsigned char bytes[66000];
	} in;
	struct loser *l = arg;
	uint64_t state = 20261125 + l->number;
	struct pollfd pfd = { .fd = l->fd, .events = POLLIN };
	bool last = false;
	size_t len;
	ssize_t n;

	/* This alone is more than a tenth of it all */
	if (l->loses)
		rest(l, 6 * KCHAT_CAPACITY_MIN);
	for (;;) {
		len = sizes[dice(&state) % LENGTH(sizes)];
		if (l->records && len < sizeof(in.first) + LONGEST)
			len = sizeof(in.first) + LONGEST;
		n = read(l->fd, &in, len);
		if (n < 0 && errno == EPIPE) {
			/* Of a message lost in its middle the rest is lost */
			l->told++;
			l->have = 0;
		} else if (n < 0 && errno == EAGAIN) {
			if (last)
				return NULL;
			/* What comes after this has been seen is not missed */
			last = !atomic_load(&writing);
			poll(&pfd, 1, 5);
		} else if (l->records) {
			take_records(l, in.bytes, CHECK_OK(n));
		} else {
			take_bytes(l, in.bytes, CHECK_OK(n));
		}
		if (dice(&state) % 40)
			continue;
		if (l->loses)
			rest(l, dice(&state) % (2 * KCHAT_CAPACITY_MIN));
		else if (l->rest_ms)
			tap_sleep(dice(&state) % l->rest_ms);
	}
}

struct talker {
	pthread_t thread;
	int fd;
	unsigned int number, messages;
	uint64_t bytes;
};

static void *talk(void *arg)
{
	static _Thread_local unsigned char buf[LONGEST];
	struct talker *t = arg;
	uint64_t state = 4711 + t->number;
	unsigned int i;
	uint32_t len;

	for (i = 0; i < t->messages; i++) {
		len = HEAD + dice(&state) % (LONGEST - HEAD);
		compose(buf, len);
		put(t->fd, buf, len);
		t->bytes += len;
	}
	atomic_fetch_sub(&writing, 1);
	return NULL;
}

/* What a run is like, and must show */
struct run {
	uint32_t patience_ms;
	bool records;
	/* Readers that are lossy for themselves: bits */
	unsigned int lossy;
	/* How long others rest at most */
	unsigned int rest_ms;
	/* All but the first rest until they have lost; else only the lossy do */
	bool losses;
};

static void losses_add_up(const struct run *run)
{
	static struct loser losers[READERS];
	static struct talker talkers[WRITERS];
	struct kchat_spec spec = room_spec();
	unsigned int messages = 4000 / (tap_slow() < 10 ? tap_slow() : 10), i;
	uint64_t total = WRITERS * messages, bytes = 0;
	struct kchat_info info;
	const char *path;

	spec.patience_ms = run->patience_ms;
	spec.capacity = KCHAT_CAPACITY_MIN;
	path = room_create(spec);
	for (i = 0; i < READERS; i++) {
		struct loser *l = &losers[i];

		l->fd = path_open(path, O_RDONLY | O_NONBLOCK);
		l->number = i;
		l->records = run->records;
		l->loses = run->lossy & 1u << i || (run->losses && i);
		l->rest_ms = i * run->rest_ms;
		set_options(l->fd, (run->records ? KCHAT_OPTION_RECORDS : 0) |
			    (run->lossy & 1u << i ? KCHAT_OPTION_LOSSY : 0));
	}
	atomic_store(&writing, WRITERS);
	for (i = 0; i < WRITERS; i++) {
		talkers[i].fd = path_open(path, O_WRONLY);
		talkers[i].number = i;
		talkers[i].messages = messages;
	}
	for (i = 0; i < READERS; i++)
		CHECK_EQ(pthread_create(&losers[i].thread, NULL, lose,
					&losers[i]), 0);
	for (i = 0; i < WRITERS; i++)
		CHECK_EQ(pthread_create(&talkers[i].thread, NULL, talk,
					&talkers[i]), 0);
	for (i = 0; i < WRITERS; i++) {
		CHECK_EQ(pthread_join(talkers[i].thread, NULL), 0);
		bytes += talkers[i].bytes;
	}
	for (i = 0; i < READERS; i++) {
		struct loser *l = &losers[i];

		CHECK_EQ(pthread_join(l->thread, NULL), 0);
		info = info_of(l->fd);
		printf("reader %u: %llu messages read, %llu lost, told %u times\n",
		       i, (unsigned long long)l->got,
		       (unsigned long long)info.lost_messages, l->told);
		CHECK_EQ(l->got + info.lost_messages, total);
		CHECK_EQ(l->got_bytes + info.lost_bytes, bytes);
		CHECK_EQ(info.unread_messages, 0);
		CHECK_EQ(!info.lost_messages, !l->told);
		if (!run->losses && !l->loses)
			CHECK_EQ(info.lost_messages, 0);
		/* It would prove nothing if nobody had lost anything */
		if (l->loses)
			CHECK(info.lost_messages >= total / 10);
	}
}

#define RUN(name, ...)						\
	static void name(void)					\
	{							\
		static const struct run run = { __VA_ARGS__ };	\
								\
		losses_add_up(&run);				\
	}

RUN(none_bytes, .patience_ms = 0, .losses = true)
RUN(none_records, .patience_ms = 0, .records = true, .losses = true)
RUN(little_bytes, .patience_ms = 1, .losses = true)
RUN(little_records, .patience_ms = 1, .records = true, .losses = true)
RUN(some_bytes, .patience_ms = 20, .losses = true)
RUN(some_records, .patience_ms = 20, .records = true, .losses = true)
RUN(forever_bytes, .patience_ms = KCHAT_PATIENCE_FOREVER, .rest_ms = 3)
RUN(forever_records, .patience_ms = KCHAT_PATIENCE_FOREVER, .records = true,
    .rest_ms = 3)
RUN(lossy_bytes, .patience_ms = KCHAT_PATIENCE_FOREVER, .lossy = 1 << 3,
    .rest_ms = 10)
RUN(lossy_records, .patience_ms = KCHAT_PATIENCE_FOREVER, .records = true,
    .lossy = 1 << 3, .rest_ms = 10)

/* ---- W2: the lobby's own patience, and one who has stopped for good ---- */

static char *like_the_lobby(void)
{
	struct kchat_spec spec = room_spec();

	spec.patience_ms = KCHAT_PATIENCE_LOBBY;
	return room_create(spec);
}

#define STOPPED_MESSAGES 1000
#define STOPPED_SIZE 4096
#define STOPPED_MS 7000
/* A machine that has much to do may hold us up for longer than is left of that */
#define STOPPED_TRIES 4

/* A thousand messages are more than the room holds, or nobody would wait */
static void stopped_begins(const char *path, int *ret_w, int *ret_quick)
{
	int stopped = path_open(path, O_RDONLY);

	*ret_quick = path_open(path, O_RDONLY | O_NONBLOCK);
	*ret_w = path_open(path, O_WRONLY);
	CHECK(info_of(stopped).capacity < STOPPED_MESSAGES * STOPPED_SIZE / 2);
	CHECK_EQ(info_of(stopped).patience_ms, KCHAT_PATIENCE_LOBBY);
}

/* Return: whether it took no longer than it may. */
static bool stopped_ends(int quick, long long start)
{
	long long took = tap_now() - start;

	printf("%d messages took %lld ms\n", STOPPED_MESSAGES, took);
	/* It did wait for the one who has stopped, and only once */
	CHECK(took >= (long long)KCHAT_PATIENCE_LOBBY - 1);
	CHECK_EQ(info_of(quick).lost_messages, 0);
	return took < STOPPED_MS * (long long)tap_slow();
}

static void once_in_time(bool (*once)(void))
{
	int i;

	for (i = 0; i < STOPPED_TRIES; i++)
		if (once())
			return;
	FAIL("%d messages took too long each time", STOPPED_MESSAGES);
}

static void take_all(int quick)
{
	static char in[65536];

	while (read(quick, in, sizeof(in)) > 0)
		;
}

static bool blocking_once(void)
{
	const char *path = like_the_lobby(), *text = message(STOPPED_SIZE);
	long long start = tap_now();
	int w, quick, i;

	stopped_begins(path, &w, &quick);
	for (i = 0; i < STOPPED_MESSAGES; i++) {
		put(w, text, STOPPED_SIZE);
		take_all(quick);
	}
	return stopped_ends(quick, start);
}

static void stopped_for_blocking(void)
{
	once_in_time(blocking_once);
}

static bool polling_once(void)
{
	const char *path = like_the_lobby(), *text = message(STOPPED_SIZE);
	struct pollfd pfd = { .events = POLLOUT };
	long long start = tap_now();
	int quick, i = 0;
	ssize_t n;

	stopped_begins(path, &pfd.fd, &quick);
	set_nonblock(pfd.fd, true);
	while (i < STOPPED_MESSAGES) {
		n = write(pfd.fd, text, STOPPED_SIZE);
		if (n < 0) {
			CHECK_EQ(errno, EAGAIN);
			CHECK_EQ(CHECK_OK(poll(&pfd, 1, 20000 * tap_slow())),
				 1);
			continue;
		}
		CHECK_EQ(n, STOPPED_SIZE);
		take_all(quick);
		i++;
	}
	return stopped_ends(quick, start);
}

static void stopped_for_polling(void)
{
	once_in_time(polling_once);
}

const struct tap_test tests_losses[] = {
	{ "W2 W3 read and lost add up: patience 0, bytes", none_bytes, 60 },
	{ "W2 W3 read and lost add up: patience 0, records", none_records, 60 },
	{ "W2 W3 read and lost add up: patience 1 ms, bytes", little_bytes,
	  120 },
	{ "W2 W3 read and lost add up: patience 1 ms, records", little_records,
	  120 },
	{ "W2 W3 read and lost add up: patience 20 ms, bytes", some_bytes,
	  120 },
	{ "W2 W3 read and lost add up: patience 20 ms, records", some_records,
	  120 },
	{ "W2 patience forever: all is read, bytes", forever_bytes, 120 },
	{ "W2 patience forever: all is read, records", forever_records, 120 },
	{ "W4 W3 one lossy reader: its losses add up, bytes", lossy_bytes,
	  120 },
	{ "W4 W3 one lossy reader: its losses add up, records", lossy_records,
	  120 },
	{ "W2 one stopped for good: 1,000 messages in 7 s by blocking writes",
	  stopped_for_blocking, 120 },
	{ "W2 one stopped for good: 1,000 messages in 7 s by poll and O_NONBLOCK",
	  stopped_for_polling, 120 },
	{ NULL, NULL, 0 },
};
