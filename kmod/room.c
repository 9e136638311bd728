// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * room.c - a room's memory, lock and clock, and whom to wake
 */
#include "kmod.h"
#include "kchat_trace.h"

#include <linux/jiffies.h>
#include <linux/ktime.h>
#include <linux/math64.h>
#include <linux/mm.h>
#include <linux/sched.h>
#include <linux/slab.h>

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
 * Serve those in line for whom there is room, or all, once the room has ended. For
 * what they write somebody has made room, so it is as much work as that was.
 */
static unsigned int kchat_room_settle(struct kchat_room *room, u64 now_ns)
{
	unsigned int wake = 0, more;

	while ((more = kc_room_settle(&room->engine, now_ns))) {
		wake |= more;
		if (more & KC_WAKE_TURN)
			kchat_turn_serve(room);
		while ((more & KC_WAKE_ALL) && kc_room_first_turn(&room->engine))
			kchat_turn_serve(room);
	}
	return wake;
}

/* Have the room looked at again when its patience ends (W2). */
static void kchat_room_set_alarm(struct kchat_room *room, u64 now_ns)
{
	u64 at_ns = kc_room_deadline(&room->engine);
	u64 ms;

	if (at_ns == room->alarm_ns)
		return;
	room->alarm_ns = at_ns;
	cancel_delayed_work(&room->clock);
	if (!at_ns)
		return;
	ms = at_ns > now_ns ? div_u64(at_ns - now_ns, NSEC_PER_MSEC) + 1 : 1;
	schedule_delayed_work(&room->clock, msecs_to_jiffies(min_t(u64, ms,
								   INT_MAX)));
}

static void kchat_room_tick(struct work_struct *work)
{
	struct kchat_room *room = container_of(to_delayed_work(work),
					       struct kchat_room, clock);

	kchat_room_lock(room);
	room->alarm_ns = 0;
	kchat_room_unlock(room);
}

/**
 * kchat_room_unlock() - leave the engine: serve and wake whom its calls concern
 * @room: the room, locked
 *
 * A queue is shared by files whose cursors differ. So all in it are woken, the
 * exclusive ones of epoll too, and nobody is told for what: each looks for
 * himself.
 *
 * Context: process.
 */
void kchat_room_unlock(struct kchat_room *room)
{
	u64 now_ns = ktime_get_ns();
	unsigned int wake;
	LIST_HEAD(senders);

	lockdep_assert_held(&room->lock);
	wake = kchat_room_settle(room, now_ns);
	kchat_room_set_alarm(room, now_ns);
	if ((wake & KC_WAKE_LAZY) && room->strays)
		wake |= KC_WAKE_READERS;
	kc_room_gone(&room->engine, &senders);
	mutex_unlock(&room->lock);

	if (wake & (KC_WAKE_READERS | KC_WAKE_ALL))
		wake_up_interruptible_all(&room->readers);
	if (wake & (KC_WAKE_LAZY | KC_WAKE_ALL))
		wake_up_interruptible_all(&room->lazy);
	if (wake & (KC_WAKE_WRITERS | KC_WAKE_ALL))
		wake_up_interruptible_all(&room->writers);
	kchat_senders_free(&senders);
}

/**
 * kchat_room_free() - a room goes that has no node any more, or had none yet
 * @room: the room; nobody is in it
 *
 * Context: process; may sleep.
 */
void kchat_room_free(struct kchat_room *room)
{
	kvfree(room->memory);
	mutex_destroy(&room->lock);
	kfree(room);
}

static void kchat_room_release(struct kchat_node *node)
{
	struct kchat_room *room = container_of(node, struct kchat_room, node);
	LIST_HEAD(senders);

	trace_kchat_room(room->place.spec.name, KCHAT_TRACE_FREED);
	cancel_delayed_work_sync(&room->clock);
	kc_room_deinit(&room->engine);
	kc_room_gone(&room->engine, &senders);
	kchat_senders_free(&senders);
	kchat_room_free(room);
}

/**
 * kchat_room_new() - a room without memory and engine, not yet to be opened
 *
 * Context: process; may sleep.
 * Return: the room, which is released with its node once it has one, and by
 * kchat_room_free() before; or NULL.
 */
struct kchat_room *kchat_room_new(void)
{
	struct kchat_room *room;

	room = kzalloc(sizeof(*room), KCHAT_GFP_ACCOUNT);
	if (!room)
		return NULL;
	mutex_init(&room->lock);
	init_waitqueue_head(&room->readers);
	init_waitqueue_head(&room->lazy);
	init_waitqueue_head(&room->writers);
	INIT_DELAYED_WORK(&room->clock, kchat_room_tick);
	room->node.release = kchat_room_release;
	return room;
}

/**
 * kchat_room_furnish() - give a room its ring's memory
 * @room: the room, its engine initialised with none, not yet to be opened
 *
 * The memory is charged to the caller, who may have to wait long for it.
 *
 * Context: process; may sleep, and shall hold no lock.
 * Return: 0 or -ENOMEM.
 */
int kchat_room_furnish(struct kchat_room *room)
{
	u32 capacity = room->engine.ring.size;
	size_t size = kc_ring_memory(capacity);

	room->memory = kchat_kvmalloc(size);
	if (!room->memory)
		return -ENOMEM;
	/* No mistake of ours shall show anybody what was in it before. */
	memset(room->memory, 0, size);
	kc_ring_init(&room->engine.ring, room->memory, capacity, KC_RING_START);
	return 0;
}
