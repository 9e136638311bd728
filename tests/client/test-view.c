// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * view.c: what people read of messages, events and losses.
 */
#include "config.h"

#include <pwd.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "client/users.h"
#include "client/view.h"
#include "tap.h"

/* A quarter past nine, today */
static struct kchat_record sender(uint32_t pid, uint32_t uid)
{
	struct kchat_record record = { .pid = pid, .uid = uid };
	time_t now = time(NULL);
	struct tm tm;

	localtime_r(&now, &tm);
	tm.tm_hour = 9;
	tm.tm_min = 15;
	tm.tm_sec = 0;
	tm.tm_isdst = -1;
	record.time_ns = (uint64_t)mktime(&tm) * 1000000000;
	return record;
}

/* Somebody whom no user database knows has a number */
#define ANN 4200001
#define BOB 4200002

static struct view view;
static char text[1 << 16], *end;

static void begin(void)
{
	view_init(&view, true);
	end = text;
}

static void message(uint32_t pid, uint32_t uid, const char *data)
{
	struct kchat_record record = sender(pid, uid);
	struct kchat_item item = {
		.kind = KCHAT_ITEM_MESSAGE,
		.record = &record,
		.data = data,
		.len = strlen(data),
	};

	end += view_item(&view, &item, end);
}

static void loss(uint64_t n)
{
	struct kchat_item item = {
		.kind = KCHAT_ITEM_LOSS, .lost_messages = n,
	};

	end += view_item(&view, &item, end);
}

static void looks(const char *want)
{
	*end = '\0';
	CHECK_STR(text, want);
}

static void messages(void)
{
	begin();
	message(1, ANN, "hello\n");
	message(2, BOB, "one\ntwo\n\nfour\n");
	looks("09:15:00 4200001: hello\n"
	      "09:15:00 4200002: one\n    | two\n    | \n    | four\n");
}

static void lines_without_end(void)
{
	begin();
	/* One program goes on, also in the middle of a character */
	message(1, ANN, "a line in \303");
	message(1, ANN, "\244 pieces\nand");
	message(1, ANN, " more\n");
	/* Another may not, nor one that cannot be named */
	message(1, ANN, "open");
	message(2, ANN, "other");
	message(1, BOB, "other\303");
	message(0, ANN, "ended");
	message(0, ANN, "ended");
	end += view_end(&view, end);
	end += view_end(&view, end);
	looks("09:15:00 4200001: a line in \303\244 pieces\n    | and more\n"
	      "09:15:00 4200001: open\n"
	      "09:15:00 4200001: other\n"
	      "09:15:00 4200002: other\\xC3\n"
	      "09:15:00 4200001: ended\n"
	      "09:15:00 4200001: ended\n");
}

static void losses(void)
{
	begin();
	message(1, ANN, "cut");
	loss(1);
	message(1, ANN, "short");
	loss(42);
	looks("09:15:00 4200001: cut\n-- 1 message lost\n"
	      "09:15:00 4200001: short\n-- 42 messages lost\n");
}

static void forgeries(void)
{
	begin();
	message(1, ANN, "x\n09:15:00 root: y\r-- 1 message lost\033[1A\n\302\205z\n");
	looks("09:15:00 4200001: x\n"
	      "    | 09:15:00 root: y^M-- 1 message lost^[[1A\n"
	      "    | \\xC2\\x85z\n");
}

static void events(void)
{
	struct kchat_record record = sender(1, ANN);
	struct kchat_event event = { .member = 1, .missed = 3 };
	struct kchat_item item = {
		.kind = KCHAT_ITEM_LEAVE, .record = &record, .event = &event,
	};

	begin();
	end += view_item(&view, &item, end);
	event.missed = 0;
	item.kind = KCHAT_ITEM_JOIN;
	end += view_item(&view, &item, end);
	looks("-- 3 came or left before\n-- 09:15:00 4200001 left\n"
	      "-- 09:15:00 4200001 came\n");
}

static void other_days(void)
{
	struct kchat_record record = sender(1, ANN);
	struct kchat_item item = {
		.kind = KCHAT_ITEM_MESSAGE, .record = &record, .data = "old\n",
		.len = 4,
	};

	setenv("TZ", "UTC", 1);
	record.time_ns = 86399 * 1000000000ULL;
	begin();
	end += view_item(&view, &item, end);
	looks("1970-01-01 23:59:59 4200001: old\n");
}

static void names(void)
{
	struct passwd *user = getpwuid(getuid());
	char name[TEXT_SIZE];

	user_text(getuid(), name);
	if (user)
		CHECK_STR(name, user->pw_name);
	user_text(ANN, name);
	CHECK_STR(name, "4200001");
	/* Both have the same place among those remembered */
	user_text(ANN + 64, name);
	CHECK_STR(name, "4200065");
	user_text(ANN, name);
	CHECK_STR(name, "4200001");
	plain_text("a\nb\tc\033[2J\303\244\x7f", name);
	CHECK_STR(name, "a?b?c^[[2J\\xC3\\xA4^?");
	plain_text("0123456789012345678901234567890123456789", name);
	CHECK_STR(name, "01234567890123456789012345678901");
}

/* Of any message, the text fits where it is to go */
static void sizes(void)
{
	static char data[1000], big[VIEW_SIZE(1000)];
	struct kchat_record record = sender(1, 4294967294u);
	struct kchat_item item = {
		.kind = KCHAT_ITEM_MESSAGE, .record = &record, .data = data,
		.len = sizeof(data),
	};
	static const char worst[] = { '\n', '\377', '\0', 'x' };
	size_t i;

	for (i = 0; i < sizeof(worst); i++) {
		view_init(&view, true);
		record.time_ns = 0;
		memset(data, worst[i], sizeof(data));
		CHECK(view_item(&view, &item, big) + 100 < sizeof(big));
	}
}

static const struct tap_test tests[] = {
	{ "view: messages have sender and time", messages, 0 },
	{ "view: lines without an end", lines_without_end, 0 },
	{ "view: losses", losses, 0 },
	{ "view: nothing can be forged", forgeries, 0 },
	{ "view: who comes and leaves", events, 0 },
	{ "view: another day is named", other_days, 0 },
	{ "view: names", names, 0 },
	{ "view: the text fits", sizes, 0 },
	{ NULL, NULL, 0 },
};

int main(int argc, char **argv)
{
	return tap_main(argc, argv, tests);
}
