/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * hub.h - all rooms of a backend: their names, their owners, and how many
 *
 * A place is a room's entry in the hub. It is there from the room's creation
 * until the room was removed and the last opener left: so long it keeps its name
 * and counts against the limits (C2, C3), so that nobody dodges them by removing
 * rooms and keeping them open.
 *
 * The hub is passive, as the room is: its caller gives it memory and holds the
 * hub's lock, within which a room's lock may be taken.
 */
#ifndef KC_HUB_H
#define KC_HUB_H

#include "kc_env.h"
#include "kchat.h"
#include "room.h"

/* Defaults of struct kc_limits; those of openers are KCHAT_OPENERS_DEFAULT. */
#define KC_ROOMS_DEFAULT	512U
#define KC_USER_ROOMS_DEFAULT	64U
#define KC_MEMORY_DEFAULT	256U
#define KC_PARKED_DEFAULT	(16U << 20)

/**
 * struct kc_limits - what there may be at most (C3)
 * @rooms: rooms, the lobby included
 * @user_rooms: rooms one user may have made; root may make as many as there are
 * @capacity: bytes of one ring
 * @memory: MiB of all rings
 * @room_openers: open files of one room
 * @user_openers: open files of one user
 * @user_parked: bytes that wait in one user's writes
 *
 * They may change at any time and count from then on.
 */
struct kc_limits {
	unsigned int rooms;
	unsigned int user_rooms;
	unsigned int capacity;
	unsigned int memory;
	unsigned int room_openers;
	unsigned int user_openers;
	unsigned int user_parked;
};

/* What struct kc_limits is initialised with. */
#define KC_LIMITS_DEFAULT {				\
	.rooms = KC_ROOMS_DEFAULT,			\
	.user_rooms = KC_USER_ROOMS_DEFAULT,		\
	.capacity = KCHAT_CAPACITY_MAX,			\
	.memory = KC_MEMORY_DEFAULT,			\
	.room_openers = KCHAT_OPENERS_DEFAULT,		\
	.user_openers = KCHAT_OPENERS_DEFAULT,		\
	.user_parked = KC_PARKED_DEFAULT,		\
}

/**
 * struct kc_asker - who manages
 * @uid: file-system user id
 * @gid: file-system group id
 * @root: may do what a room's owner may (CAP_FOWNER)
 * @chown: may make rooms for others (CAP_CHOWN)
 * @in_group: is in the group that is asked for
 */
struct kc_asker {
	u32 uid;
	u32 gid;
	bool root;
	bool chown;
	bool in_group;
};

/**
 * struct kc_hub - the rooms there are
 * @places: in the order of their ids
 * @n_rooms: how many
 * @bytes: of all their rings
 * @next_id: of the next one
 */
struct kc_hub {
	struct list_head places;
	u32 n_rooms;
	u64 bytes;
	u64 next_id;
};

/**
 * struct kc_place - a room's entry
 * @link: in the hub's places
 * @room: the room; its patience, flags and members are under its own lock
 * @spec: name, id, capacity, mode, uid and gid, as it was made
 * @maker: uid of who is charged for it
 * @making: it is not there yet: its name and its memory are taken
 * @removed: it keeps only its name
 */
struct kc_place {
	struct list_head link;
	struct kc_room *room;
	struct kchat_spec spec;
	u32 maker;
	bool making;
	bool removed;
};

void kc_hub_init(struct kc_hub *hub);
int kc_hub_check(const struct kc_hub *hub, const struct kc_limits *limits,
		 const struct kc_asker *asker, struct kchat_spec *spec);
void kc_hub_add(struct kc_hub *hub, struct kc_place *place,
		struct kc_room *room, const struct kc_asker *asker,
		const struct kchat_spec *spec);
int kc_hub_find(const struct kc_hub *hub, const struct kchat_spec *spec,
		const struct kc_asker *asker, struct kc_place **ret_place);
void kc_hub_forget(struct kc_hub *hub, struct kc_place *place);
struct kc_place *kc_hub_next(const struct kc_hub *hub, u64 after);

int kc_name_check(const char *name);
int kc_change_check(const struct kchat_spec *spec);
void kc_room_change(struct kc_room *room, const struct kchat_spec *spec);
void kc_place_describe(const struct kc_place *place,
		       struct kchat_spec *ret_spec);

#endif /* KC_HUB_H */
