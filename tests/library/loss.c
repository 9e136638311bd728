// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Losses, history and the end of a room.
 */
#include "config.h"

#include "library.h"

/* More than a room holds, by far. */
#define MANY 3000

static void say_many(struct kchat_room *room, size_t len)
{
	char text[1000];
	unsigned int i;

	memset(text, 'm', sizeof(text));
	for (i = 0; i < MANY; i++)
		WORKS(kchat_room_send(room, text, len));
}

static void losses_are_items(void)
{
	struct kchat_room *room, *writer = enter(lobby, O_WRONLY, 0);
	uint64_t heard = 0, lost = 0, lost_bytes = 0, seq = 0, gap = 0;
	const struct kchat_item *item;
	unsigned int losses = 0, round;
	int ret;

	room = enter(lobby, O_RDONLY | O_NONBLOCK,
		     KCHAT_OPTION_RECORDS | KCHAT_OPTION_LOSSY);
	for (round = 0; round < 2; round++) {
		say_many(writer, 1000);
		while ((ret = kchat_room_next(room, &item)) > 0) {
			if (item->kind == KCHAT_ITEM_LOSS) {
				CHECK(!item->record && !item->data);
				CHECK(item->lost_messages > 0);
				lost += item->lost_messages;
				lost_bytes += item->lost_bytes;
				gap = item->lost_messages;
				losses++;
				continue;
			}
			CHECK_EQ(item->kind, KCHAT_ITEM_MESSAGE);
			/* The numbers show the same gap */
			CHECK(!seq || item->record->seq == seq + 1 + gap);
			gap = 0;
			seq = item->record->seq;
			heard++;
		}
		CHECK_EQ(ret, -EAGAIN);
	}
	CHECK_EQ(losses, 2);
	CHECK_EQ(heard + lost, 2 * MANY);
	CHECK_EQ(lost_bytes, 1000 * lost);
}

static void losses_of_bytes(void)
{
	struct kchat_room *room, *writer = enter(lobby, O_WRONLY, 0);
	uint64_t messages, bytes, heard = 0;
	char buf[1000];
	ssize_t n;

	room = enter(lobby, O_RDONLY | O_NONBLOCK, KCHAT_OPTION_LOSSY);
	WORKS(kchat_room_loss(room, &messages, &bytes));
	CHECK_EQ(messages, 0);
	say_many(writer, 500);
	REFUSED(kchat_room_read(room, buf, sizeof(buf)), EPIPE);
	WORKS(kchat_room_loss(room, &messages, &bytes));
	while ((n = kchat_room_read(room, buf, sizeof(buf))) > 0)
		heard += n;
	CHECK_EQ(n, -EAGAIN);
	CHECK_EQ(500 * messages, bytes);
	CHECK_EQ(heard + bytes, 500 * MANY);
	/* It is told once */
	WORKS(kchat_room_loss(room, &messages, &bytes));
	CHECK_EQ(messages, 0);
	CHECK_EQ(bytes, 0);
}

static void history(void)
{
	struct kchat_spec spec = spec_of("history");
	struct kchat_room *writer, *room;
	const char *path;
	uint64_t n;

	spec.flags = KCHAT_ROOM_HISTORY;
	path = make_room(&spec);
	writer = enter(path, O_WRONLY, 0);
	says(writer, "one");
	says(writer, "two");
	says(writer, "three");
	room = enter(path, O_RDONLY | O_NONBLOCK, KCHAT_OPTION_RECORDS);
	WORKS(kchat_room_history(room, 2, &n));
	CHECK_EQ(n, 2);
	hears(room, "two");
	hears(room, "three");
	kchat_room_close(room);

	room = enter(path, O_RDONLY | O_NONBLOCK, KCHAT_OPTION_RECORDS);
	WORKS(kchat_room_history(room, KCHAT_HISTORY_ALL, NULL));
	says(writer, "four");
	hears(room, "one");
	hears(room, "two");
	hears(room, "three");
	hears(room, "four");
	REFUSED(kchat_room_history(writer, 1, NULL), EBADF);
}

static void no_history(void)
{
	struct kchat_spec spec = spec_of("secret");
	struct kchat_room *room = own_room(&spec, O_RDWR, 0);

	REFUSED(kchat_room_history(room, 1, NULL), EPERM);
}

static void the_end(void)
{
	struct kchat_spec spec = spec_of("end");
	const struct kchat_item *item;
	struct kchat_room *room;
	int fd;

	room = own_room(&spec, O_RDWR, KCHAT_OPTION_RECORDS);
	says(room, "last");
	fd = control(O_WRONLY);
	WORKS(kchat_control_remove(fd, spec.name));
	REFUSED(kchat_room_send(room, "more", 4), ENODEV);
	hears(room, "last");
	CHECK_EQ(kchat_room_next(room, &item), 0);
	CHECK_EQ(kchat_room_next(room, &item), 0);
}

static void the_end_in_a_hurry(void)
{
	struct kchat_spec spec = spec_of("hurry");
	struct kchat_room *room;
	int fd;

	room = own_room(&spec, O_RDWR | O_NONBLOCK, 0);
	fd = control(O_WRONLY);
	while (!kchat_room_send(room, spec.name, sizeof(spec.name)))
		;
	WORKS(kchat_control_remove(fd, spec.name));
	REFUSED(kchat_room_send_within(room, "x", 1, 10000), ENODEV);
}

const struct tap_test tests_loss[] = {
	{ "library: a loss is an item and exact", losses_are_items, 60 },
	{ "library: a loss of bytes can be asked for", losses_of_bytes, 60 },
	{ "library: history", history, 0 },
	{ "library: no history", no_history, 0 },
	{ "library: the end of a room", the_end, 0 },
	{ "library: the end of a room while in a hurry", the_end_in_a_hurry, 0 },
	{ NULL, NULL, 0 },
};
