// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * hub.c - the rooms there are, and what their users are charged for
 */
#include "kmod.h"
#include "kchat_trace.h"

#include <linux/err.h>
#include <linux/slab.h>
#include <linux/spinlock.h>

struct kc_limits kchat_limits = KC_LIMITS_DEFAULT;

/* Taken before any room's; protects the hub and all places. May sleep. */
static DEFINE_MUTEX(kchat_hub_lock);
static struct kc_hub kchat_hub;

/* A leaf; protects all users. */
static DEFINE_SPINLOCK(kchat_users_lock);
static struct kc_users kchat_users;

static struct kchat_room *kchat_room_of(struct kc_place *place)
{
	return container_of(place, struct kchat_room, place);
}

/* --- users -------------------------------------------------------------- */

/**
 * kchat_user_open() - charge a user for an open file
 * @uid: who
 *
 * Context: process; may sleep.
 * Return: the user, for kchat_user_close(), or an ERR_PTR().
 */
struct kc_user *kchat_user_open(kuid_t uid)
{
	u32 limit = READ_ONCE(kchat_limits.user_openers);
	struct kc_user *fresh, *user;
	int err;

	fresh = kmalloc(sizeof(*fresh), KCHAT_GFP_ACCOUNT);
	if (!fresh)
		return ERR_PTR(-ENOMEM);
	spin_lock(&kchat_users_lock);
	err = kc_user_open(&kchat_users, from_kuid(&init_user_ns, uid), limit,
			   fresh, &user);
	spin_unlock(&kchat_users_lock);
	if (err || user != fresh)
		kfree(fresh);
	return err ? ERR_PTR(err) : user;
}

/**
 * kchat_user_close() - one open file less
 * @user: who was charged for it
 */
void kchat_user_close(struct kc_user *user)
{
	bool last;

	spin_lock(&kchat_users_lock);
	last = kc_user_close(user);
	spin_unlock(&kchat_users_lock);
	if (last)
		kfree(user);
}

/**
 * kchat_user_park() - charge a user for a write that waits
 * @user: who
 * @bytes: what it holds
 *
 * Return: 0 or -ENOBUFS.
 */
int kchat_user_park(struct kc_user *user, u32 bytes)
{
	u32 limit = READ_ONCE(kchat_limits.user_parked);
	int err;

	spin_lock(&kchat_users_lock);
	err = kc_user_park(user, bytes, limit);
	spin_unlock(&kchat_users_lock);
	return err;
}

/**
 * kchat_user_unpark() - a write waits no longer
 * @user: who was charged for it
 * @bytes: for how much
 */
void kchat_user_unpark(struct kc_user *user, u32 bytes)
{
	spin_lock(&kchat_users_lock);
	kc_user_unpark(user, bytes);
	spin_unlock(&kchat_users_lock);
}

/* --- rooms -------------------------------------------------------------- */

/*
 * A room is made in three steps, and only the first and the last lock the hub:
 * who is short of memory, or is made to wait for it by a cgroup, or for devtmpfs by
 * somebody else, waits alone. In between its name and its memory are taken, and
 * that is all there is of it.
 */
static void kchat_hub_enter(struct kchat_room *room,
			    const struct kc_asker *asker,
			    const struct kchat_spec *spec)
{
	kc_room_init(&room->engine, NULL, spec->capacity, KC_RING_START);
	room->engine.max_members = READ_ONCE(kchat_limits.room_openers);
	kc_hub_add(&kchat_hub, &room->place, &room->engine, asker, spec);
	room->place.making = true;
}

static int kchat_hub_open_up(struct kchat_room *room, unsigned int minor)
{
	const struct kchat_spec *spec = &room->place.spec;
	int err;

	room->node.uid = make_kuid(&init_user_ns, spec->uid);
	room->node.gid = make_kgid(&init_user_ns, spec->gid);
	room->node.mode = spec->mode;

	err = kchat_node_create(&room->node, spec->name, minor, &kchat_fops);
	mutex_lock(&kchat_hub_lock);
	room->place.making = false;
	if (err)
		kc_hub_forget(&kchat_hub, &room->place);
	else
		trace_kchat_room(spec->name, KCHAT_TRACE_MADE);
	kchat_node_made(&room->node, err);
	mutex_unlock(&kchat_hub_lock);
	/* (One that was made may be gone already.) */
	if (err)
		kchat_node_put(&room->node);
	return err;
}

static int kchat_hub_finish(struct kchat_room *room, unsigned int minor)
{
	int err = kchat_room_furnish(room);

	if (!err)
		return kchat_hub_open_up(room, minor);
	mutex_lock(&kchat_hub_lock);
	kc_hub_forget(&kchat_hub, &room->place);
	mutex_unlock(&kchat_hub_lock);
	kchat_room_free(room);
	return err;
}

/**
 * kchat_hub_create() - make a room (C1)
 * @asker: for whom
 * @spec: what it shall be; ids are those of the first namespace
 *
 * Context: process; may sleep.
 * Return: 0 and the room can be opened; or what kc_hub_check() says, or -errno.
 */
int kchat_hub_create(const struct kc_asker *asker, struct kchat_spec *spec)
{
	struct kchat_room *room = kchat_room_new();
	struct kc_limits limits = kchat_limits;
	int err;

	if (!room)
		return -ENOMEM;
	mutex_lock(&kchat_hub_lock);
	err = kc_hub_check(&kchat_hub, &limits, asker, spec);
	if (!err)
		kchat_hub_enter(room, asker, spec);
	mutex_unlock(&kchat_hub_lock);
	if (!err)
		return kchat_hub_finish(room, KCHAT_MINOR_ANY);
	kchat_room_free(room);
	return err;
}

/* It is removed in two steps, and its node goes between them. This is the first. */
static void kchat_hub_end(struct kchat_room *room)
{
	kchat_room_lock(room);
	kc_room_end(&room->engine);
	kchat_room_unlock(room);
	room->place.removed = true;
	trace_kchat_room(room->place.spec.name, KCHAT_TRACE_ENDED);
}

/* Its last opener, or if there is none whoever removes it, forgets a room. */
static void kchat_hub_clear(struct kchat_room *room)
{
	kchat_node_remove(&room->node);

	mutex_lock(&kchat_hub_lock);
	kchat_room_lock(room);
	room->nodeless = room->engine.n_members;
	kchat_room_unlock(room);
	if (!room->nodeless)
		kc_hub_forget(&kchat_hub, &room->place);
	mutex_unlock(&kchat_hub_lock);
	kchat_node_put(&room->node);
}

/**
 * kchat_hub_left() - the last opener of a room that has ended left it
 * @room: the room
 *
 * Context: process; may sleep.
 */
void kchat_hub_left(struct kchat_room *room)
{
	mutex_lock(&kchat_hub_lock);
	if (room->nodeless)
		kc_hub_forget(&kchat_hub, &room->place);
	mutex_unlock(&kchat_hub_lock);
}

/**
 * kchat_hub_remove() - end a room (C2)
 * @asker: for whom
 * @spec: its name
 *
 * Context: process; may sleep.
 * Return: 0; -EPERM for the lobby too, or what kc_hub_find() says.
 */
int kchat_hub_remove(const struct kc_asker *asker,
		     const struct kchat_spec *spec)
{
	struct kc_place *place;
	int err;

	mutex_lock(&kchat_hub_lock);
	err = kc_hub_find(&kchat_hub, spec, asker, &place);
	if (!err && !strcmp(spec->name, KCHAT_LOBBY))
		err = -EPERM;
	if (!err)
		kchat_hub_end(kchat_room_of(place));
	mutex_unlock(&kchat_hub_lock);
	if (!err)
		kchat_hub_clear(kchat_room_of(place));
	return err;
}

/**
 * kchat_hub_change() - change a room (C1)
 * @asker: for whom
 * @spec: its name and what to change
 *
 * Context: process; may sleep.
 * Return: 0, or what kc_hub_find() or kc_change_check() says.
 */
int kchat_hub_change(const struct kc_asker *asker,
		     const struct kchat_spec *spec)
{
	struct kc_place *place;
	struct kchat_room *room;
	int err;

	err = kc_change_check(spec);
	if (err)
		return err;
	mutex_lock(&kchat_hub_lock);
	err = kc_hub_find(&kchat_hub, spec, asker, &place);
	if (!err) {
		room = kchat_room_of(place);
		kchat_room_lock(room);
		kc_room_change(&room->engine, spec);
		kchat_room_unlock(room);
	}
	mutex_unlock(&kchat_hub_lock);
	return err;
}

/**
 * kchat_hub_list() - a page of the rooms there are (C1)
 * @list: @after says where to begin; ids are those of the first namespace
 *
 * Context: process; may sleep.
 */
void kchat_hub_list(struct kchat_list *list)
{
	struct kc_place *place;
	struct kchat_room *room;
	u64 after = list->after;

	mutex_lock(&kchat_hub_lock);
	for (list->n = 0; list->n < KCHAT_LIST_PAGE; list->n++) {
		place = kc_hub_next(&kchat_hub, after);
		if (!place)
			break;
		after = place->spec.id;
		room = kchat_room_of(place);
		kchat_room_lock(room);
		kc_place_describe(place, &list->room[list->n]);
		kchat_room_unlock(room);
	}
	mutex_unlock(&kchat_hub_lock);
}

/**
 * kchat_hub_init() - the hub and the lobby in it (N2)
 * @lobby: what that shall be
 *
 * Context: process; may sleep.
 * Return: 0 or -errno.
 */
int kchat_hub_init(const struct kchat_spec *lobby)
{
	const struct kc_asker root = { .root = true };
	struct kchat_room *room = kchat_room_new();

	if (!room)
		return -ENOMEM;
	kc_hub_init(&kchat_hub);
	kc_users_init(&kchat_users);
	mutex_lock(&kchat_hub_lock);
	kchat_hub_enter(room, &root, lobby);
	mutex_unlock(&kchat_hub_lock);
	return kchat_hub_finish(room, KCHAT_MINOR_LOBBY);
}

/**
 * kchat_hub_exit() - remove all rooms; nobody has one open
 */
void kchat_hub_exit(void)
{
	struct kc_place *place;

	for (;;) {
		mutex_lock(&kchat_hub_lock);
		place = kc_hub_next(&kchat_hub, 0);
		if (place)
			kchat_hub_end(kchat_room_of(place));
		mutex_unlock(&kchat_hub_lock);
		if (!place)
			break;
		kchat_hub_clear(kchat_room_of(place));
	}
}
