// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * rooms.c - all rooms a daemon serves; rooms.h tells their life
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "clock.h"
#include "rooms.h"
#include "transport.h"

static struct host *host_at(struct kc_place *place)
{
	return place ? container_of(place, struct host, place) : NULL;
}

/**
 * rooms_init() - none yet
 * @rooms: the rooms
 * @site: where they will be
 * @limits: what there may be at most
 */
void rooms_init(struct rooms *rooms, const struct site *site,
		const struct kc_limits *limits)
{
	memset(rooms, 0, sizeof(*rooms));
	kc_hub_init(&rooms->hub);
	kc_users_init(&rooms->users);
	kc_users_init(&rooms->managers);
	INIT_LIST_HEAD(&rooms->ticking);
	rooms->limits = *limits;
	rooms->site = site;
}

/* A host that is served no more, whoever still has it open. */
static void drop(struct rooms *rooms, struct host *host)
{
	kc_hub_forget(&rooms->hub, &host->place);
	host_free(host);
}

/**
 * rooms_deinit() - give up all rooms
 * @rooms: the rooms, whose transport has stopped
 */
void rooms_deinit(struct rooms *rooms)
{
	struct host *host;

	while ((host = rooms_next(rooms, 0)))
		drop(rooms, host);
}

/**
 * rooms_create() - make a room (C1)
 * @rooms: the rooms
 * @asker: for whom
 * @spec: what it shall be
 * @ret_why: why not, where that is more than the error says; may be NULL
 *
 * Return: 0 and the room can be opened; -ENODEV after rooms_end(), what
 * kc_hub_check() says, -ENOMEM, or what the transport says.
 */
int rooms_create(struct rooms *rooms, const struct kc_asker *asker,
		 struct kchat_spec *spec, struct reason *ret_why)
{
	struct host *host;
	int error;

	if (rooms->ended)
		return -ENODEV;
	error = kc_hub_check(&rooms->hub, &rooms->limits, asker, spec);
	if (error)
		return error;
	host = host_new(rooms, spec->capacity);
	if (!host) {
		because(ret_why, "no memory");
		return -ENOMEM;
	}
	kc_hub_add(&rooms->hub, &host->place, &host->room, asker, spec);
	error = rooms->transport->add(host, ret_why);
	if (error)
		drop(rooms, host);
	return error;
}

/**
 * rooms_remove() - end a room (C2)
 * @rooms: the rooms
 * @asker: for whom
 * @spec: its name
 *
 * Return: 0; -EPERM for the lobby too, or what kc_hub_find() says.
 */
int rooms_remove(struct rooms *rooms, const struct kc_asker *asker,
		 const struct kchat_spec *spec)
{
	struct kc_place *place;
	int error = kc_hub_find(&rooms->hub, spec, asker, &place);

	if (error)
		return error;
	if (!strcmp(spec->name, KCHAT_LOBBY))
		return -EPERM;
	place->removed = true;
	rooms->transport->hide(host_at(place));
	host_end(host_at(place));
	rooms->reap = true;
	return 0;
}

/**
 * rooms_change() - change a room (C1)
 * @rooms: the rooms
 * @asker: for whom
 * @spec: its name and what to change
 *
 * Return: 0, or what kc_change_check() or kc_hub_find() says.
 */
int rooms_change(struct rooms *rooms, const struct kc_asker *asker,
		 const struct kchat_spec *spec)
{
	struct kc_place *place;
	int error = kc_change_check(spec);

	if (!error)
		error = kc_hub_find(&rooms->hub, spec, asker, &place);
	if (error)
		return error;
	kc_room_change(place->room, spec);
	host_settle(host_at(place));
	return 0;
}

/**
 * rooms_list() - a page of the rooms there are (C1)
 * @rooms: the rooms
 * @list: @after says where to begin
 */
void rooms_list(const struct rooms *rooms, struct kchat_list *list)
{
	u64 after = list->after;
	struct kc_place *place;

	for (list->n = 0; list->n < KCHAT_LIST_PAGE; list->n++) {
		place = kc_hub_next(&rooms->hub, after);
		if (!place)
			break;
		after = place->spec.id;
		kc_place_describe(place, &list->room[list->n]);
	}
}

/**
 * rooms_next() - the rooms one by one, removed ones that are open included
 * @rooms: the rooms
 * @after: id of one; 0: from the first
 *
 * Return: the one that was made next, or NULL.
 */
struct host *rooms_next(const struct rooms *rooms, u64 after)
{
	return host_at(kc_hub_next(&rooms->hub, after));
}

/**
 * rooms_by_name() - a room that can be opened
 * @rooms: the rooms
 * @name: its name
 *
 * Return: it, or NULL.
 */
struct host *rooms_by_name(const struct rooms *rooms, const char *name)
{
	struct kc_place *place;

	list_for_each_entry(place, &rooms->hub.places, link)
		if (!place->removed && !strcmp(place->spec.name, name))
			return host_at(place);
	return NULL;
}

/**
 * rooms_end() - all rooms end, for good (C4)
 * @rooms: the rooms
 */
void rooms_end(struct rooms *rooms)
{
	struct kc_place *place;

	rooms->ended = true;
	list_for_each_entry(place, &rooms->hub.places, link)
		host_end(host_at(place));
}

/**
 * rooms_are_empty() - has nobody a room open?
 * @rooms: the rooms
 */
bool rooms_are_empty(const struct rooms *rooms)
{
	struct kc_place *place;

	list_for_each_entry(place, &rooms->hub.places, link)
		if (place->room->n_members)
			return false;
	return true;
}

/**
 * rooms_reap() - free the rooms that were removed and have lost their last
 * opener
 * @rooms: the rooms; no request is being served
 */
void rooms_reap(struct rooms *rooms)
{
	struct kc_place *place, *next;

	if (!rooms->reap)
		return;
	rooms->reap = false;
	list_for_each_entry_safe(place, next, &rooms->hub.places, link) {
		if (!place->removed || place->room->n_members)
			continue;
		rooms->transport->drop(host_at(place));
		drop(rooms, host_at(place));
	}
}

/**
 * rooms_tick() - time has passed
 * @rooms: the rooms
 */
void rooms_tick(struct rooms *rooms)
{
	struct host *host, *next;

	list_for_each_entry_safe(host, next, &rooms->ticking, ticking)
		host_tick(host);
}

/**
 * rooms_deadline() - when to call rooms_tick() though nothing happens
 * @rooms: the rooms
 *
 * Return: ns on the monotonic clock; 0: never.
 */
u64 rooms_deadline(const struct rooms *rooms)
{
	struct host *host;
	u64 first = 0;

	list_for_each_entry(host, &rooms->ticking, ticking)
		if (!first || host->deadline_ns < first)
			first = host->deadline_ns;
	return first;
}
