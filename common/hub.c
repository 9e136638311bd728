// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * hub.c - all rooms of a backend; hub.h says what a place is
 *
 * Rooms are few and managed seldom: everything here walks one list.
 */
#include "hub.h"

/**
 * kc_hub_init() - no rooms yet
 * @hub: the hub
 */
void kc_hub_init(struct kc_hub *hub)
{
	INIT_LIST_HEAD(&hub->places);
	hub->n_rooms = 0;
	hub->bytes = 0;
	hub->next_id = 1;
}

static bool kc_is_alnum(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') ||
	       (c >= 'a' && c <= 'z');
}

/**
 * kc_name_check() - may a room have this name? (N1)
 * @name: KCHAT_NAME_MAX + 1 bytes
 *
 * Return: 0; -EINVAL unless it is [A-Za-z0-9][A-Za-z0-9._-]{0,30}, with nothing
 * but NULs behind it, and not the control node's.
 */
int kc_name_check(const char *name)
{
	unsigned int i, len = 0;

	while (len <= KCHAT_NAME_MAX && name[len])
		len++;
	if (!len || len > KCHAT_NAME_MAX || !kc_is_alnum(name[0]))
		return -EINVAL;
	for (i = 1; i < len; i++)
		if (!kc_is_alnum(name[i]) && name[i] != '.' &&
		    name[i] != '_' && name[i] != '-')
			return -EINVAL;
	for (i = len; i <= KCHAT_NAME_MAX; i++)
		if (name[i])
			return -EINVAL;
	return strcmp(name, KCHAT_CONTROL) ? 0 : -EINVAL;
}

static bool kc_reserved_are_zero(const struct kchat_spec *spec)
{
	unsigned int i;

	for (i = 0; i < KC_ARRAY_SIZE(spec->reserved); i++)
		if (spec->reserved[i])
			return false;
	return true;
}

static struct kc_place *kc_hub_by_name(const struct kc_hub *hub,
				       const char *name)
{
	struct kc_place *place;

	list_for_each_entry(place, &hub->places, link)
		if (!strcmp(place->spec.name, name))
			return place;
	return NULL;
}

/* Is the spec of a room to be made one that could ever be? */
static int kc_spec_check(const struct kchat_spec *spec)
{
	int err = kc_name_check(spec->name);

	if (err)
		return err;
	if (spec->id || spec->openers || spec->change ||
	    spec->flags & ~KCHAT_ROOM_HISTORY || spec->mode & ~0777U ||
	    !kc_reserved_are_zero(spec))
		return -EINVAL;
	return kc_ring_size_check(spec->capacity);
}

static int kc_quota_check(const struct kc_hub *hub,
			  const struct kc_limits *limits,
			  const struct kc_asker *asker, u32 capacity)
{
	struct kc_place *place;
	u32 his = 0;

	if (hub->n_rooms >= limits->rooms || capacity > limits->capacity ||
	    hub->bytes + capacity > (u64)limits->memory << 20)
		return -ENOSPC;
	if (asker->root)
		return 0;
	list_for_each_entry(place, &hub->places, link)
		if (place->maker == asker->uid)
			his++;
	return his < limits->user_rooms ? 0 : -EDQUOT;
}

/**
 * kc_hub_check() - may this room be made? (C1, C3)
 * @hub: the hub
 * @limits: what there may be at most
 * @asker: who asks
 * @spec: what for; what it leaves to us is filled in
 *
 * Return: 0; -EINVAL for what can be no room; -EEXIST, or -EBUSY if the room of
 * that name was removed and is still open; -EPERM for another's uid or gid
 * without the right to chown; -ENOSPC when a limit is reached, -EDQUOT when the
 * asker's own is.
 */
int kc_hub_check(const struct kc_hub *hub, const struct kc_limits *limits,
		 const struct kc_asker *asker, struct kchat_spec *spec)
{
	struct kc_place *place;
	int err;

	if (!spec->capacity)
		spec->capacity = KCHAT_CAPACITY_DEFAULT;
	err = kc_spec_check(spec);
	if (err)
		return err;
	place = kc_hub_by_name(hub, spec->name);
	if (place)
		return place->removed ? -EBUSY : -EEXIST;
	if (spec->uid == KCHAT_SELF)
		spec->uid = asker->uid;
	if (spec->gid == KCHAT_SELF)
		spec->gid = asker->gid;
	if (!asker->chown &&
	    (spec->uid != asker->uid ||
	     (spec->gid != asker->gid && !asker->in_group)))
		return -EPERM;
	return kc_quota_check(hub, limits, asker, spec->capacity);
}

/**
 * kc_hub_add() - a room is made
 * @hub: the hub
 * @place: the room's new entry
 * @room: the room, initialised; it is given what @spec says
 * @asker: who is charged for it
 * @spec: passed by kc_hub_check(), the hub not unlocked since
 */
void kc_hub_add(struct kc_hub *hub, struct kc_place *place,
		struct kc_room *room, const struct kc_asker *asker,
		const struct kchat_spec *spec)
{
	place->room = room;
	place->spec = *spec;
	place->spec.id = hub->next_id++;
	place->maker = asker->uid;
	place->making = false;
	place->removed = false;
	room->owner = spec->uid;
	room->flags = spec->flags;
	room->patience = spec->patience_ms;
	list_add_tail(&place->link, &hub->places);
	hub->n_rooms++;
	hub->bytes += spec->capacity;
}

/**
 * kc_hub_find() - the room somebody wants to change or remove
 * @hub: the hub
 * @spec: its name
 * @asker: who asks
 * @ret_place: set to its entry
 *
 * Return: 0; -EINVAL if that is no name; -ENOENT if there is no such room;
 * -EPERM if the asker is neither its owner nor root.
 */
int kc_hub_find(const struct kc_hub *hub, const struct kchat_spec *spec,
		const struct kc_asker *asker, struct kc_place **ret_place)
{
	struct kc_place *place;

	if (kc_name_check(spec->name) || !kc_reserved_are_zero(spec))
		return -EINVAL;
	place = kc_hub_by_name(hub, spec->name);
	if (!place || place->making || place->removed)
		return -ENOENT;
	if (!asker->root && place->spec.uid != asker->uid)
		return -EPERM;
	*ret_place = place;
	return 0;
}

/**
 * kc_hub_forget() - a room is gone, and its last opener: its name is free
 * @hub: the hub
 * @place: its entry
 */
void kc_hub_forget(struct kc_hub *hub, struct kc_place *place)
{
	list_del_init(&place->link);
	hub->n_rooms--;
	hub->bytes -= place->spec.capacity;
}

/**
 * kc_hub_next() - the rooms one by one
 * @hub: the hub
 * @after: an id; 0: from the first
 *
 * Return: the first room whose id is greater, or NULL.
 */
struct kc_place *kc_hub_next(const struct kc_hub *hub, u64 after)
{
	struct kc_place *place;

	list_for_each_entry(place, &hub->places, link)
		if (place->spec.id > after && !place->making)
			return place;
	return NULL;
}

/**
 * kc_change_check() - does this change make sense?
 * @spec: @change and what it names
 *
 * Return: 0 or -EINVAL.
 */
int kc_change_check(const struct kchat_spec *spec)
{
	if (!spec->change ||
	    spec->change & ~(KCHAT_CHANGE_PATIENCE | KCHAT_CHANGE_HISTORY) ||
	    spec->flags & ~KCHAT_ROOM_HISTORY)
		return -EINVAL;
	return 0;
}

/**
 * kc_room_change() - change what a room was made with (C1)
 * @room: the room
 * @spec: passed by kc_change_check()
 *
 * A shorter patience counts for who waits already.
 */
void kc_room_change(struct kc_room *room, const struct kchat_spec *spec)
{
	if (spec->change & KCHAT_CHANGE_PATIENCE)
		room->patience = spec->patience_ms;
	if (spec->change & KCHAT_CHANGE_HISTORY)
		room->flags = spec->flags;
}

/**
 * kc_place_describe() - a room as it is listed
 * @place: its entry, its room locked
 * @ret_spec: filled in
 */
void kc_place_describe(const struct kc_place *place,
		       struct kchat_spec *ret_spec)
{
	*ret_spec = place->spec;
	ret_spec->patience_ms = place->room->patience;
	ret_spec->flags = place->room->flags;
	if (place->removed)
		ret_spec->flags |= KCHAT_ROOM_REMOVED;
	ret_spec->openers = place->room->n_members;
}
