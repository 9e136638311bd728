// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * O5, W3, W4: what a room tells of itself, and readers that would rather lose
 * messages than hold others back.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "conform.h"

/* ---- O5: information ---- */

static struct kchat_info info_of(int fd)
{
	struct kchat_info info;
	unsigned int i;

	memset(&info, 0xff, sizeof(info));
	CHECK_OK(ioctl(fd, KCHAT_INFO, &info));
	for (i = 0; i < LENGTH(info.reserved); i++)
		CHECK_EQ(info.reserved[i], 0);
	return info;
}

static void layout(void)
{
	/* A program of 32 bits sees the same: no hole depends on alignment */
	CHECK_EQ(sizeof(struct kchat_info), 192);
	CHECK_EQ(offsetof(struct kchat_info, messages_in), 56);
	CHECK_EQ(offsetof(struct kchat_info, member), 128);
	CHECK_EQ(sizeof(struct kchat_options), 32);
	CHECK_EQ(sizeof(struct kchat_record), 40);
	CHECK_EQ(sizeof(struct kchat_event), 16);
	CHECK_EQ(sizeof(struct kchat_history), 32);
	CHECK_EQ(sizeof(struct kchat_member), 64);
	CHECK_EQ(sizeof(struct kchat_members), 528);
	CHECK_EQ(sizeof(struct kchat_lap), 32);
	CHECK_EQ(KCHAT_INFO, 0x80c0c700);
	CHECK_EQ(KCHAT_GET_OPTIONS, 0x8020c701);
	CHECK_EQ(KCHAT_SET_OPTIONS, 0x4020c702);
	CHECK_EQ(KCHAT_HISTORY, 0xc020c703);
	CHECK_EQ(KCHAT_MEMBERS, 0xc210c704);
	CHECK_EQ(KCHAT_LAP, 0x4020c705);
}

static void the_room(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY), both;
	struct kchat_info before = info_of(r), info;
	const char *name = strrchr(room_path, '/') + 1;

	CHECK_EQ(before.version, KCHAT_VERSION);
	CHECK_EQ(before.options & KCHAT_OPTIONS, KCHAT_OPTIONS);
	if (!strcmp(name, KCHAT_LOBBY))
		CHECK_STR(before.name, name);
	CHECK(before.capacity >= KCHAT_CAPACITY_MIN &&
	      before.capacity <= KCHAT_CAPACITY_MAX);
	both = room_open(O_RDWR);
	/* A file without access of either kind may ask as well */
	info = info_of(w);
	CHECK_EQ(info.readers, before.readers + 1);
	CHECK_EQ(info.writers, before.writers + 1);
	put(both, "to both", 7);
	info = info_of(w);
	CHECK_EQ(info.messages_in, before.messages_in + 1);
	CHECK_EQ(info.bytes_in, before.bytes_in + 7);
	CHECK_EQ(info.messages_out, before.messages_out);
	CHECK_EQ(info.unread_messages, 0);
	CHECK_EQ(info.openers, before.openers + 1);
	CHECK(info_of(w).member > before.member);
	CHECK(info_of(both).member > info_of(w).member);
	CHECK_EQ(info_of(r).member, before.member);
	close(both);
	CHECK_SOON(info_of(r).openers == before.openers);
}

static void the_reader(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	struct kchat_info before = info_of(r), info;
	char buf[32];

	put(w, "twelve bytes", 12);
	put(w, "four", 4);
	info = info_of(r);
	CHECK_EQ(info.unread_messages, 2);
	CHECK_EQ(info.unread_bytes, 16);
	/* A message read in part is still unread */
	CHECK_EQ(CHECK_OK(read(r, buf, 5)), 5);
	info = info_of(r);
	CHECK_EQ(info.unread_messages, 2);
	CHECK_EQ(info.unread_bytes, 11);
	CHECK_EQ(info.messages_out, before.messages_out);
	CHECK_EQ(info.bytes_out, before.bytes_out + 5);
	CHECK_EQ(CHECK_OK(read(r, buf, 32)), 11);
	info = info_of(r);
	CHECK_EQ(info.unread_messages, 0);
	CHECK_EQ(info.unread_bytes, 0);
	CHECK_EQ(info.messages_out, before.messages_out + 2);
	CHECK_EQ(info.bytes_out, before.bytes_out + 16);
	CHECK_EQ(info.lost_messages, 0);
	CHECK_EQ(info.laps, before.laps);
}

static void unknown_requests(void)
{
	int fd = room_open(O_RDWR);
	char buf[4096];

	memset(buf, 0, sizeof(buf));
	CHECK_ERRNO(ioctl(fd, _IO(KCHAT_IOC, 31), buf), ENOTTY);
	CHECK_ERRNO(ioctl(fd, _IOR(KCHAT_IOC, 31, struct kchat_info), buf),
		    ENOTTY);
	/* The right number with another size is another request */
	CHECK_ERRNO(ioctl(fd, _IOW(KCHAT_IOC, 2, int), buf), ENOTTY);
	CHECK_ERRNO(ioctl(fd, _IOWR(KCHAT_IOC, 0, struct kchat_info), buf),
		    ENOTTY);
	CHECK_ERRNO(ioctl(fd, KCHAT_INFO, NULL), EFAULT);
	CHECK_ERRNO(ioctl(fd, KCHAT_SET_OPTIONS, NULL), EFAULT);
	CHECK_EQ(get_options(fd), 0);
}

static void unknown_flags(void)
{
	struct kchat_options options;
	int fd = room_open(O_RDWR);
	unsigned int i;

	for (i = 0; i < 32; i++) {
		if (KCHAT_OPTIONS & (1u << i))
			continue;
		memset(&options, 0, sizeof(options));
		options.flags = KCHAT_OPTION_RECORDS | 1u << i;
		CHECK_ERRNO(ioctl(fd, KCHAT_SET_OPTIONS, &options), EINVAL);
	}
	for (i = 0; i < LENGTH(options.reserved); i++) {
		memset(&options, 0, sizeof(options));
		options.flags = KCHAT_OPTION_RECORDS;
		options.reserved[i] = 1;
		CHECK_ERRNO(ioctl(fd, KCHAT_SET_OPTIONS, &options), EINVAL);
	}
	CHECK_EQ(get_options(fd), 0);
}

/* ---- W4: lossy readers; W3: what they are told ---- */

/* So much that a reader that does not read is lapped */
static unsigned int overrun(int w, const void *buf, size_t len)
{
	unsigned int n = 2 * info_of(w).capacity / (len + 32) + 2, i;

	for (i = 0; i < n; i++)
		put(w, buf, len);
	return n;
}

static void holds_nobody_back(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	char *text = message(1000);

	set_options(r, KCHAT_OPTION_LOSSY);
	CHECK_EQ(get_options(r), KCHAT_OPTION_LOSSY);
	overrun(w, text, 1000);
	CHECK_EQ(ready(w) & POLLOUT, POLLOUT);
}

static void frees_who_waits(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	static struct stream s;
	struct call c;

	stream_brim(&s, w, 4096);
	set_nonblock(w, false);
	call_write(&c, w, "waiting", 7);
	call_waits(&c);
	set_options(r, KCHAT_OPTION_LOSSY);
	CHECK_EQ(call_ends(&c), 7);
}

static void demands_again(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	static struct stream s;

	set_options(r, KCHAT_OPTION_LOSSY);
	set_options(r, 0);
	CHECK(stream_fill(&s, w, 1000) > 0);
	stream_rest(&s, r);
	set_options(r, KCHAT_OPTION_LOSSY);
	overrun(w, "x", 1);
	/* What is lost is lost; from the next message on it claims again */
	set_options(r, 0);
	CHECK_EQ(ready(r) & (POLLIN | POLLPRI), POLLIN | POLLPRI);
}

static void told_once(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	struct kchat_info before, info;
	char buf[1000], *text = message(1000);
	unsigned int n, got = 0;

	set_options(r, KCHAT_OPTION_LOSSY);
	before = info_of(r);
	n = overrun(w, text, 1000);
	CHECK_EQ(ready(r) & (POLLIN | POLLPRI), POLLIN | POLLPRI);
	/* To ask tells nothing, only a read does */
	info = info_of(r);
	CHECK_EQ(info.lost_messages, 0);
	CHECK(info.unread_messages > 0 && info.unread_messages < n);
	CHECK_ERRNO(read(r, buf, sizeof(buf)), EPIPE);
	CHECK_EQ(ready(r) & (POLLIN | POLLPRI), POLLIN);
	CHECK_EQ(info_of(r).laps, before.laps + 1);
	set_nonblock(r, true);
	while (ready(r) & POLLIN) {
		CHECK_EQ(CHECK_OK(read(r, buf, sizeof(buf))), 1000);
		CHECK_MEM(buf, text, 1000);
		got++;
	}
	info = info_of(r);
	CHECK_EQ(info.lost_messages, n - got);
	CHECK_EQ(info.lost_bytes, 1000ull * (n - got));
	nothing(r);
}

static void lapped_in_the_middle(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	char buf[1000], *text = message(1000);
	unsigned int n;

	set_options(r, KCHAT_OPTION_LOSSY);
	put(w, text, 1000);
	CHECK_EQ(CHECK_OK(read(r, buf, 300)), 300);
	n = overrun(w, text, 1000);
	CHECK_ERRNO(read(r, buf, sizeof(buf)), EPIPE);
	/* The rest of the first message counts, and it counts as one */
	CHECK_EQ(info_of(r).lost_bytes % 1000, 700);
	CHECK_EQ(info_of(r).lost_messages, info_of(r).lost_bytes / 1000 + 1);
	CHECK_EQ(info_of(r).lost_messages + info_of(r).unread_messages, n + 1);
	/* It goes on where a message begins */
	CHECK_EQ(CHECK_OK(read(r, buf, 1000)), 1000);
	CHECK_MEM(buf, text, 1000);
}

/*
 * Readers that read now and then, and lose in between: what each got and what
 * it was told it lost is what was written, by messages, bytes and numbers.
 */
#define LOSERS 4
/* With fewer messages they lose too seldom */
#define LOSERS_LEAST 6000

struct loser {
	int fd;
	uint64_t got, got_bytes, seq;
	unsigned int laps;
};

static void take_some(struct loser *l, unsigned int times)
{
	static union {
		struct kchat_record first;
		unsigned char bytes[1 << 16];
	} in;
	const struct kchat_record *rec;
	ssize_t n, at;

	while (times--) {
		n = read(l->fd, &in, 3000);
		if (n < 0 && errno == EPIPE) {
			l->laps++;
			continue;
		}
		if (n < 0 && errno == EAGAIN)
			return;
		for (at = 0; at < CHECK_OK(n); at += rec->size) {
			rec = (const void *)(in.bytes + at);
			CHECK(rec->seq > l->seq);
			l->seq = rec->seq;
			l->got++;
			l->got_bytes += rec->len;
		}
	}
}

static void losses_add_up(void)
{
	unsigned int messages = 20000 / tap_slow(), i, j, laps = 0;
	int w = room_open(O_WRONLY | O_NONBLOCK);
	uint64_t state = 20261125, bytes = 0;
	struct loser losers[LOSERS];
	char *text = message(1500);
	struct kchat_info info;

	if (messages < LOSERS_LEAST)
		messages = LOSERS_LEAST;
	for (j = 0; j < LOSERS; j++) {
		memset(&losers[j], 0, sizeof(losers[j]));
		losers[j].fd = room_open(O_RDONLY | O_NONBLOCK);
		set_options(losers[j].fd,
			    KCHAT_OPTION_LOSSY | KCHAT_OPTION_RECORDS);
	}
	for (i = 0; i < messages; i++) {
		size_t len = 1 + dice(&state) % 1500;

		put(w, text, len);
		bytes += len;
		j = dice(&state) % (4 * LOSERS);
		if (j < LOSERS && !(dice(&state) % (1 + 40 * j)))
			take_some(&losers[j], dice(&state) % 50);
	}
	for (j = 0; j < LOSERS; j++) {
		take_some(&losers[j], messages + 1);
		nothing(losers[j].fd);
		info = info_of(losers[j].fd);
		CHECK_EQ(losers[j].got + info.lost_messages, messages);
		CHECK_EQ(losers[j].got_bytes + info.lost_bytes, bytes);
		laps += losers[j].laps;
	}
	/* It would prove nothing if nobody had lost anything */
	CHECK(laps > 2 * LOSERS);
	CHECK(info.lost_messages > messages / 10);
}

const struct tap_test tests_options[] = {
	{ "O5 structures are the same for 32 and 64 bits", layout, 0 },
	{ "O5 a room tells of itself", the_room, 0 },
	{ "O5 and of what a reader has yet to read", the_reader, 0 },
	{ "O5 an unknown request is ENOTTY", unknown_requests, 0 },
	{ "O5 an unknown flag is EINVAL", unknown_flags, 0 },
	{ "W4 a lossy reader holds nobody back", holds_nobody_back, 0 },
	{ "W4 becoming lossy frees who waits", frees_who_waits, 0 },
	{ "W4 a lossy reader may demand again", demands_again, 0 },
	{ "W3 a loss is told once, and exactly", told_once, 0 },
	{ "W3 a message lapped in its middle is one", lapped_in_the_middle, 0 },
	{ "W3 what was read and what was lost add up", losses_add_up, 60 },
	{ NULL, NULL, 0 },
};
