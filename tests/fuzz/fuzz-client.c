// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What libkchat and the client make of whatever a room says: records of any
 * shape, cut anywhere, and a backend that lies. The text for the terminal is
 * judged by rules of its own: nothing in it is obeyed, and no line of others
 * looks like ours.
 */
#include "config.h"

#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "client/view.h"
#include "fuzz.h"
#include "lib/internal.h"
#include "lib/libkchat.h"
#include "roll.h"
#include "tap.h"

const char fuzz_name[] = "client";

static bool utf8;
static const u8 *read_end;	/* of what the room gave last */

/* --- the room ----------------------------------------------------------- */

int kchat__open(const char *name, int flags, char *ret_path)
{
	(void)name;
	(void)flags;
	ret_path[0] = '\0';
	return open("/dev/null", O_RDWR | O_CLOEXEC);
}

bool kchat_name_ok(const char *name)
{
	return *name;
}

static void some_bytes(u8 *bytes, size_t len)
{
	size_t i;

	for (i = 0; i < len; i++)
		bytes[i] = (u8)roll(256);
}

/* A record as a room would give it, but for a byte of its header at times */
static size_t some_record(u8 *to)
{
	struct kchat_record record;
	size_t size;

	memset(&record, 0, sizeof(record));
	record.type = (u16)(roll(4) ? KCHAT_RECORD_MESSAGE : roll(5));
	record.len = (u32)(record.type == KCHAT_RECORD_MESSAGE ? roll(100) + 1 :
								 16);
	record.size = (u32)sizeof(record) + (record.len + 7) / 8 * 8;
	record.pid = (u32)roll(3);
	record.uid = 4200000 + (u32)roll(2);
	record.time_ns = 1700000000000000000ULL * roll(2);
	size = record.size;
	if (!roll(8))
		((u8 *)&record)[roll(sizeof(record) - 8)] = (u8)roll(256);
	memcpy(to, &record, sizeof(record));
	some_bytes(to + sizeof(record), size - sizeof(record));
	return size;
}

/* What lib/room.c is compiled to call instead of read(2) and ioctl(2) */
ssize_t fake_read(int fd, void *buf, size_t len);
int fake_ioctl(int fd, unsigned long request, ...);

ssize_t fake_read(int fd, void *buf, size_t len)
{
	size_t size = 0;

	(void)fd;
	if (script == script_end)
		return 0;
	switch (roll(8)) {
	case 0:
		errno = roll(2) ? EPIPE : EINTR;
		return -1;
	case 1:
		errno = roll(2) ? EIO : EMSGSIZE;
		return -1;
	case 2:
		size = roll(256) + 1;
		CHECK(size <= len);
		some_bytes(buf, size);
		read_end = (u8 *)buf + size;
		return (ssize_t)size;
	}
	do
		size += some_record((u8 *)buf + size);
	while (roll(4) && size + 400 < len && script < script_end);
	size = roll(8) ? size : roll(size) + 1;
	read_end = (u8 *)buf + size;
	return (ssize_t)size;
}

int fake_ioctl(int fd, unsigned long request, ...)
{
	struct kchat_members *page;
	va_list args;
	u64 after;
	u32 i;
	u8 *arg;

	(void)fd;
	va_start(args, request);
	arg = va_arg(args, u8 *);
	va_end(args);
	if (request == KCHAT_SET_OPTIONS)
		return 0;
	if (!roll(4)) {
		errno = roll(2) ? ENOTTY : EIO;
		return -1;
	}
	page = (void *)arg;
	after = request == KCHAT_MEMBERS ? page->after : 0;
	memset(arg, 0, _IOC_SIZE(request));
	some_bytes(arg, roll(_IOC_SIZE(request) + 1));
	if (request == KCHAT_MEMBERS) {
		page->n = (u32)(script == script_end ? 0 : roll(KCHAT_MEMBERS_PAGE + 2));
		/* Mostly a list that goes on */
		for (i = 0; i < KCHAT_MEMBERS_PAGE && page->n % 4 != 1; i++)
			page->member[i].id = after + i + 1;
	}
	return 0;
}

/* --- what a terminal may get -------------------------------------------- */

/* A well-formed character of UTF-8, by the table of the standard (3-7) */
static size_t character(const u8 *s, size_t len, u32 *ret_c)
{
	static const struct {
		u8 first, last, low, high;
		size_t len;
	} rows[] = {
		{ 0x00, 0x7f, 0, 0, 1 },
		{ 0xc2, 0xdf, 0x80, 0xbf, 2 },
		{ 0xe0, 0xe0, 0xa0, 0xbf, 3 },
		{ 0xe1, 0xec, 0x80, 0xbf, 3 },
		{ 0xed, 0xed, 0x80, 0x9f, 3 },
		{ 0xee, 0xef, 0x80, 0xbf, 3 },
		{ 0xf0, 0xf0, 0x90, 0xbf, 4 },
		{ 0xf1, 0xf3, 0x80, 0xbf, 4 },
		{ 0xf4, 0xf4, 0x80, 0x8f, 4 },
	};
	size_t i, k;

	for (i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
		if (*s < rows[i].first || *s > rows[i].last)
			continue;
		if (rows[i].len > len)
			return 0;
		*ret_c = rows[i].len == 1 ? *s : *s & (0x7f >> rows[i].len);
		for (k = 1; k < rows[i].len; k++) {
			if ((s[k] & 0xc0) != 0x80 ||
			    (k == 1 && (s[k] < rows[i].low ||
					s[k] > rows[i].high)))
				return 0;
			*ret_c = *ret_c << 6 | (s[k] & 0x3f);
		}
		return rows[i].len;
	}
	return 0;
}

static void check_text(const char *text, size_t len)
{
	const u8 *at = (const u8 *)text, *end = at + len;
	size_t n;
	u32 c;

	while (at < end) {
		n = character(at, (size_t)(end - at), &c);
		CHECK(n);
		at += n;
		if (n == 1) {
			CHECK(c == '\n' || c == '\t' || (c >= ' ' && c < 127));
			continue;
		}
		CHECK(utf8 && c >= 0xa0);
		/* Nothing that turns text round, or is not to be seen */
		CHECK(!(c >= 0x200b && c <= 0x200f));
		CHECK(!(c >= 0x2028 && c <= 0x202e));
		CHECK(!(c >= 0x2060 && c <= 0x206f));
		CHECK(c != 0xad && c != 0x61c && c != 0xfeff);
		CHECK(!(c >= 0xe0000 && c <= 0xe007f));
	}
}

/* Is this ours, or does it go on behind ours? Any line that begins here is. */
static void check_lines(const char *text, size_t len, bool open)
{
	const char *end = text + len, *next;

	for (; text < end; text = next) {
		next = memchr(text, '\n', (size_t)(end - text));
		next = next ? next + 1 : end;
		if (!open)
			CHECK((*text >= '0' && *text <= '9') ||
			      !strncmp(text, "-- ", 3) ||
			      !strncmp(text, "    | ", 6));
		open = false;
	}
}

static void show_item(struct view *view, const struct kchat_item *item)
{
	char *text = malloc(VIEW_SIZE(item->len) + 1);
	bool open = view->open;
	size_t len;

	CHECK(text);
	/* It is all of what was read, and not of what was read before */
	if (item->record)
		CHECK((const u8 *)item->record + item->record->size <=
		      read_end);
	CHECK(!item->len || (const u8 *)item->data + item->len <= read_end);
	CHECK(!item->event || (const u8 *)(item->event + 1) <= read_end);
	len = view_item(view, item, text);
	CHECK(len <= VIEW_SIZE(item->len));
	text[len] = '\0';
	check_text(text, len);
	/* What ends an open line comes first, and is a line's end alone */
	check_lines(text, len, open);
	free(text);
}

static struct kchat_room *enter(void)
{
	struct kchat_room *room;

	CHECK_EQ(kchat_room_open(&room, "lobby", O_RDWR,
				 KCHAT_OPTION_RECORDS), 0);
	return room;
}

/* Once there was something that is no record, one has to open the room anew */
static struct kchat_room *hear(struct kchat_room *room)
{
	const struct kchat_item *item;
	struct view view;
	char text[VIEW_SIZE(0)];
	int ret, failed = 0;

	view_init(&view, utf8);
	while (failed < 4) {
		ret = kchat_room_next(room, &item);
		if (!ret)
			break;
		if (ret > 0) {
			show_item(&view, item);
			continue;
		}
		failed++;
		if (ret == -EPROTO) {
			CHECK_EQ(kchat_room_next(room, &item), -EPROTO);
			kchat_room_close(room);
			room = enter();
		}
	}
	check_text(text, view_end(&view, text));
	return room;
}

static void ask(struct kchat_room *room)
{
	struct kchat_member *members;
	size_t n;

	if (kchat_room_members(room, &members, &n))
		return;
	CHECK(n < 1000000);
	free(members);
}

/* However bytes are cut, the text is the same */
static void cut(void)
{
	size_t len = roll(200), i = 0, n = 0, part;
	char *whole = malloc(SHOW_SIZE(len)), *pieces = malloc(3 * SHOW_SIZE(len));
	u8 *bytes = malloc(len + 1);
	struct show show;
	size_t all;

	CHECK(whole && pieces && bytes);
	some_bytes(bytes, len);
	show_init(&show, utf8);
	all = show_bytes(&show, bytes, len, whole);
	all += show_end(&show, whole + all);
	check_text(whole, all);
	for (; i < len; i += part) {
		part = roll(len - i) + 1;
		n += show_bytes(&show, bytes + i, part, pieces + n);
	}
	n += show_end(&show, pieces + n);
	CHECK_EQ(n, all);
	CHECK_MEM(pieces, whole, all);
	free(bytes);
	free(pieces);
	free(whole);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct kchat_room *room = enter();

	script = data;
	script_end = data + size;
	utf8 = roll(4);
	while (script < script_end) {
		switch (roll(4)) {
		case 0:
			cut();
			break;
		case 1:
			ask(room);
			break;
		default:
			room = hear(room);
		}
	}
	kchat_room_close(room);
	return 0;
}
