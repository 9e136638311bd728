// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * room.c - a room's device, memory and lock, and whom to wake
 */
#include "kmod.h"

#include <linux/err.h>
#include <linux/ktime.h>
#include <linux/poll.h>
#include <linux/sched.h>
#include <linux/slab.h>
#include <linux/vmalloc.h>

static void kchat_senders_free(struct list_head *senders)
{
	struct kc_sender *sender, *next;

	list_for_each_entry_safe(sender, next, senders, link)
		kchat_opener_free(container_of(sender, struct kchat_opener,
					       sender));
}

/**
 * kchat_room_lock() - enter the engine
 * @room: the room
 *
 * Context: process; may sleep, for as long as somebody copies one message.
 */
void kchat_room_lock(struct kchat_room *room)
{
	mutex_lock(&room->lock);
}

/*
 * A turn lives on its writer's stack until the writer has left the line under
 * the lock: hence it is completed under the lock.
 */
static void kchat_room_call(struct kchat_room *room, bool all)
{
	struct kchat_turn *turn;

	list_for_each_entry(turn, &room->engine.turns, turn.link) {
		complete(&turn->called);
		if (!all)
			break;
	}
}

/**
 * kchat_room_unlock() - leave the engine: wake whom its calls concern
 * @room: the room, locked
 *
 * Context: process.
 */
void kchat_room_unlock(struct kchat_room *room)
{
	unsigned int wake;
	LIST_HEAD(senders);

	lockdep_assert_held(&room->lock);
	wake = kc_room_settle(&room->engine, ktime_get_ns());
	if ((wake & KC_WAKE_LAZY) && room->strays)
		wake |= KC_WAKE_READERS;
	if (wake & (KC_WAKE_TURN | KC_WAKE_ALL))
		kchat_room_call(room, wake & KC_WAKE_ALL);
	kc_room_gone(&room->engine, &senders);
	mutex_unlock(&room->lock);

	if (wake & KC_WAKE_ALL) {
		wake_up_interruptible_poll(&room->readers,
					   KCHAT_POLLIN | KCHAT_POLLHUP);
		wake_up_interruptible_poll(&room->lazy,
					   KCHAT_POLLIN | KCHAT_POLLHUP);
		wake_up_interruptible_poll(&room->writers, KCHAT_POLLHUP);
	} else {
		if (wake & KC_WAKE_READERS)
			wake_up_interruptible_poll(&room->readers,
						   KCHAT_POLLIN |
						   KCHAT_POLLPRI);
		if (wake & KC_WAKE_LAZY)
			wake_up_interruptible_poll(&room->lazy,
						   KCHAT_POLLIN |
						   KCHAT_POLLPRI);
		if (wake & KC_WAKE_WRITERS)
			wake_up_interruptible_poll(&room->writers,
						   KCHAT_POLLOUT);
	}
	kchat_senders_free(&senders);
}

static char *kchat_room_devnode(KCHAT_DEVNODE_CONST struct device *dev,
				umode_t *mode, kuid_t *uid, kgid_t *gid)
{
	KCHAT_DEVNODE_CONST struct kchat_room *room =
		container_of(dev, struct kchat_room, dev);

	/* When the node is taken away again only its name is asked for. */
	if (mode)
		*mode = room->mode;
	if (uid)
		*uid = room->uid;
	if (gid)
		*gid = room->gid;
	return NULL;
}

static void kchat_room_release(struct device *dev)
{
	struct kchat_room *room = container_of(dev, struct kchat_room, dev);
	LIST_HEAD(senders);

	kc_room_deinit(&room->engine);
	kc_room_gone(&room->engine, &senders);
	kchat_senders_free(&senders);
	vfree(room->memory);
	mutex_destroy(&room->lock);
	kfree(room);
}

/* The type names the node's first owner and mode: it is never more open. */
static const struct device_type kchat_room_type = {
	.name = "room",
	.devnode = kchat_room_devnode,
	.release = kchat_room_release,
};

/**
 * kchat_room_create() - a new room, open to the world when this returns
 * @directory: folder of its node below /dev
 * @name: its name
 * @devt: its device number
 * @mode: permissions of its node
 * @uid: owner of its node
 * @gid: group of its node
 *
 * Context: process; may sleep.
 * Return: the room, or an ERR_PTR().
 */
struct kchat_room *kchat_room_create(const char *directory, const char *name,
				     dev_t devt, umode_t mode, kuid_t uid,
				     kgid_t gid)
{
	u32 size = KCHAT_CAPACITY_DEFAULT;
	struct kchat_room *room;
	int err;

	room = kzalloc(sizeof(*room), GFP_KERNEL);
	if (!room)
		return ERR_PTR(-ENOMEM);
	room->memory = vzalloc(kc_ring_memory(size));
	if (!room->memory) {
		kfree(room);
		return ERR_PTR(-ENOMEM);
	}
	mutex_init(&room->lock);
	init_waitqueue_head(&room->readers);
	init_waitqueue_head(&room->lazy);
	init_waitqueue_head(&room->writers);
	kc_room_init(&room->engine, room->memory, size, KC_RING_START);
	room->mode = mode;
	room->uid = uid;
	room->gid = gid;

	device_initialize(&room->dev);
	room->dev.class = &kchat_class;
	room->dev.type = &kchat_room_type;
	room->dev.devt = devt;
	err = dev_set_name(&room->dev, "%s!%s", directory, name);
	if (err)
		goto put_device;
	cdev_init(&room->cdev, &kchat_fops);
	room->cdev.owner = kchat_fops.owner;
	err = kchat_cdev_device_add(&room->cdev, &room->dev);
	if (err)
		goto put_device;
	return room;

put_device:
	put_device(&room->dev);
	return ERR_PTR(err);
}

/**
 * kchat_room_remove() - take a room's node away
 * @room: a room nobody has open
 *
 * Context: process; may sleep.
 */
void kchat_room_remove(struct kchat_room *room)
{
	kchat_cdev_device_del(&room->cdev, &room->dev);
	put_device(&room->dev);
}
