// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Rooms are made, changed, listed and removed; and who is in them.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "library.h"

/* What the list says of a room, or nothing: false */
static bool listed(int fd, const char *name, struct kchat_spec *ret_spec)
{
	struct kchat_spec *rooms;
	bool found = false;
	size_t n, i;

	WORKS(kchat_control_list(fd, &rooms, &n));
	for (i = 0; i < n; i++) {
		CHECK(!i || rooms[i].id > rooms[i - 1].id);
		if (strcmp(rooms[i].name, name) ||
		    rooms[i].flags & KCHAT_ROOM_REMOVED)
			continue;
		CHECK(!found);
		found = true;
		*ret_spec = rooms[i];
	}
	free(rooms);
	return found;
}

static void comes_and_goes(void)
{
	struct kchat_spec spec = spec_of("life"), got;
	int fd = control(O_RDWR);
	struct kchat_room *room;

	spec.capacity = 1 << 20;
	spec.patience_ms = 1234;
	spec.flags = KCHAT_ROOM_HISTORY;
	spec.mode = 0640;
	room = own_room(&spec, O_RDWR, 0);
	CHECK(listed(fd, spec.name, &got));
	CHECK_EQ(got.capacity, spec.capacity);
	CHECK_EQ(got.patience_ms, 1234);
	CHECK_EQ(got.flags, KCHAT_ROOM_HISTORY);
	CHECK_EQ(got.mode, 0640);
	CHECK_EQ(got.uid, geteuid());
	CHECK_EQ(got.openers, 1);
	REFUSED(kchat_control_create(fd, &spec), EEXIST);

	spec.change = KCHAT_CHANGE_PATIENCE;
	spec.patience_ms = KCHAT_PATIENCE_FOREVER;
	spec.flags = 0;
	WORKS(kchat_control_change(fd, &spec));
	CHECK(listed(fd, spec.name, &got));
	CHECK_EQ(got.patience_ms, KCHAT_PATIENCE_FOREVER);
	/* What was not named is as it was */
	CHECK_EQ(got.flags, KCHAT_ROOM_HISTORY);

	WORKS(kchat_control_remove(fd, spec.name));
	CHECK(!listed(fd, spec.name, &got));
	REFUSED(kchat_control_remove(fd, spec.name), ENOENT);
	REFUSED(kchat_control_change(fd, &spec), ENOENT);
	spec.change = 0;
	REFUSED(kchat_control_create(fd, &spec), EBUSY);
	kchat_room_close(room);
}

static void refusals(void)
{
	struct kchat_spec spec = spec_of("refused");
	int fd = control(O_RDWR), reader = control(O_RDONLY);

	REFUSED(kchat_control_create(reader, &spec), EBADF);
	REFUSED(kchat_control_remove(reader, spec.name), EBADF);
	REFUSED(kchat_control_remove(fd, "a/b"), EINVAL);
	REFUSED(kchat_control_remove(fd, KCHAT_LOBBY), EPERM);
	spec.capacity = 12345;
	REFUSED(kchat_control_create(fd, &spec), EINVAL);
	spec.capacity = 0;
	strcpy(spec.name, "a/b");
	REFUSED(kchat_control_create(fd, &spec), EINVAL);
}

/* More than a page, so that the pages must fit together */
static void many_rooms(void)
{
	enum { ROOMS = 2 * KCHAT_LIST_PAGE + 1 };
	struct kchat_spec spec, got;
	int fd = control(O_RDWR);
	char suffix[8];
	int i;

	for (i = 0; i < ROOMS; i++) {
		snprintf(suffix, sizeof(suffix), "%d", i);
		spec = spec_of(suffix);
		make_room(&spec);
	}
	for (i = 0; i < ROOMS; i++) {
		snprintf(suffix, sizeof(suffix), "%d", i);
		spec = spec_of(suffix);
		CHECK(listed(fd, spec.name, &got));
		WORKS(kchat_control_remove(fd, spec.name));
		CHECK(!listed(fd, spec.name, &got));
	}
}

/* ---- Members ---- */

static uint64_t id_of(struct kchat_room *room)
{
	struct kchat_info info;

	WORKS(kchat_room_info(room, &info));
	return info.member;
}

static void members_or_skip(struct kchat_room *room,
			    struct kchat_member **ret_members, size_t *ret_n)
{
	int err = kchat_room_members(room, ret_members, ret_n);

	if (err == -EOPNOTSUPP)
		SKIP("this backend does not list members");
	WORKS(err);
}

static void who_is_there(void)
{
	enum { OPENERS = 2 * KCHAT_MEMBERS_PAGE + 3 };
	struct kchat_spec spec = spec_of("who");
	struct kchat_room *rooms[OPENERS];
	struct kchat_member *members;
	const char *path = make_room(&spec);
	size_t n, i;

	for (i = 0; i < OPENERS; i++)
		rooms[i] = enter(path, i % 2 ? O_RDONLY : O_WRONLY, 0);
	says(rooms[0], "four");
	members_or_skip(rooms[0], &members, &n);
	CHECK_EQ(n, OPENERS);
	for (i = 0; i < n; i++) {
		CHECK_EQ(members[i].id, id_of(rooms[i]));
		CHECK(!i || members[i].id > members[i - 1].id);
		CHECK_EQ(members[i].pid, getpid());
		CHECK_EQ(members[i].uid, geteuid());
		CHECK_EQ(members[i].access,
			 i % 2 ? KCHAT_ACCESS_READ : KCHAT_ACCESS_WRITE);
		CHECK_EQ(members[i].unread_messages, i % 2);
		CHECK_EQ(members[i].unread_bytes, 4 * (i % 2));
	}
	free(members);
}

static void exactly_a_page(void)
{
	struct kchat_spec spec = spec_of("page");
	struct kchat_room *rooms[KCHAT_MEMBERS_PAGE];
	struct kchat_member *members;
	const char *path = make_room(&spec);
	size_t n, i;

	for (i = 0; i < LENGTH(rooms); i++)
		rooms[i] = enter(path, O_RDONLY, 0);
	members_or_skip(rooms[0], &members, &n);
	CHECK_EQ(n, LENGTH(rooms));
	free(members);
}

static void claims_end(void)
{
	struct kchat_spec spec = spec_of("lap");
	struct kchat_room *writer, *room;
	const struct kchat_item *item;
	char text[4096] = { 0 };
	const char *path = make_room(&spec);
	int err;

	writer = enter(path, O_WRONLY | O_NONBLOCK, 0);
	room = enter(path, O_RDONLY | O_NONBLOCK, KCHAT_OPTION_RECORDS);
	while (!kchat_room_send(writer, text, sizeof(text)))
		;
	REFUSED(kchat_room_send(writer, text, sizeof(text)), EAGAIN);
	err = kchat_room_lap(writer, id_of(room));
	if (err == -EOPNOTSUPP)
		SKIP("this backend does not lap on request");
	WORKS(err);
	WORKS(kchat_room_send(writer, text, sizeof(text)));
	item = next(room);
	CHECK_EQ(item->kind, KCHAT_ITEM_LOSS);
	REFUSED(kchat_room_lap(writer, id_of(writer)), ESRCH);
	REFUSED(kchat_room_lap(writer, 1ULL << 60), ESRCH);
}

static void events(void)
{
	struct kchat_spec spec = spec_of("events");
	const char *path = make_room(&spec);
	const struct kchat_item *item;
	struct kchat_room *room, *other;
	uint64_t id;
	int err;

	err = kchat_room_open(&room, path, O_RDONLY,
			      KCHAT_OPTION_RECORDS | KCHAT_OPTION_EVENTS);
	if (err == -EOPNOTSUPP)
		SKIP("this backend does not tell of members");
	WORKS(err);
	other = enter(path, O_WRONLY, 0);
	id = id_of(other);
	says(other, "hi");
	kchat_room_close(other);
	item = next(room);
	CHECK_EQ(item->kind, KCHAT_ITEM_JOIN);
	CHECK_EQ(item->event->member, id);
	CHECK_EQ(item->event->access, KCHAT_ACCESS_WRITE);
	CHECK_EQ(item->record->uid, geteuid());
	CHECK(!item->data);
	hears(room, "hi");
	item = next(room);
	CHECK_EQ(item->kind, KCHAT_ITEM_LEAVE);
	CHECK_EQ(item->event->member, id);
	kchat_room_close(room);
}

/* A full page that ends with this id, each time it is asked; but not for ever */
static uint64_t last_id;
static int nr_asked;

static int same_page(unsigned long request, void *page)
{
	struct kchat_members *members = page;
	struct kchat_list *list = page;
	uint64_t id = last_id - KCHAT_LIST_PAGE;
	size_t i;

	CHECK(++nr_asked < 3);
	for (i = 0; i < KCHAT_LIST_PAGE && request == KCHAT_LIST; i++)
		list->room[i].id = ++id;
	for (i = 0; i < KCHAT_MEMBERS_PAGE && request == KCHAT_MEMBERS; i++)
		members->member[i].id = ++id;
	if (request == KCHAT_LIST)
		list->n = KCHAT_LIST_PAGE;
	else
		members->n = KCHAT_MEMBERS_PAGE;
	return 0;
}

static void no_end(void)
{
	struct kchat_room *room = enter(lobby, O_RDWR, 0);
	struct kchat_member *members;
	struct kchat_spec *rooms;
	int fd = control(O_RDONLY);
	size_t n;

	backend_lists = same_page;
	/* From 0, which is no id; from 1; from 2 */
	for (last_id = 7; last_id < 10; last_id++) {
		nr_asked = 0;
		REFUSED(kchat_room_members(room, &members, &n), EPROTO);
		nr_asked = 0;
		REFUSED(kchat_control_list(fd, &rooms, &n), EPROTO);
	}
}

const struct tap_test tests_manage[] = {
	{ "library: a room is made, changed and removed", comes_and_goes, 0 },
	{ "library: what is refused", refusals, 0 },
	{ "library: more rooms than a page has", many_rooms, 0 },
	{ "library: more members than a page has", who_is_there, 0 },
	{ "library: as many members as a page has", exactly_a_page, 0 },
	{ "library: a list without an end is none", no_end, 0 },
	{ "library: a claim is ended", claims_end, 0 },
	{ "library: who comes and leaves", events, 0 },
	{ NULL, NULL, 0 },
};
