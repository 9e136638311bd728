// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * water.c - readers that wait for more than the next byte (O8)
 *
 * A lazy reader has set a low-water mark: it would rather be woken once for
 * many messages. When it finds too little it goes to sleep, and the room
 * remembers for all such sleepers together what wakes the first of them: how
 * far the bytes must have come, and when the time is up. kc_room_settle()
 * then wakes them all, once; who finds too little still goes to sleep anew. So
 * a message costs nothing for those it need not wake.
 */
#include "room.h"

/*
 * Time in a record is kept in ticks of 2^20 ns, a little more than 1 ms, in 32
 * bits: no kernel of 32 bits need divide, and they last for 52 days.
 */
#define KC_TICK_SHIFT	20

/* 4 s: by so much the clock that a record was stamped with may have been ahead. */
#define KC_TICKS_AHEAD	(1U << 12)

/**
 * kc_tick() - a moment, to be kept in a record
 * @now_ns: on the monotonic clock
 *
 * Return: the tick.
 */
u32 kc_tick(u64 now_ns)
{
	return (u32)(now_ns >> KC_TICK_SHIFT);
}

/* When a tick was over: the last such one that may have been by @now_ns. */
static u64 kc_tick_over(u32 tick, u64 now_ns)
{
	u64 last = (now_ns >> KC_TICK_SHIFT) + KC_TICKS_AHEAD;

	last -= (u32)last - tick;
	return (last + 1) << KC_TICK_SHIFT;
}

/* When a reader with something unread has waited long enough for more. */
static u64 kc_member_due(const struct kc_member *member)
{
	const struct kc_room *room = member->room;
	u32 tick = kc_ring_at(&room->ring, member->pos)->tick;

	return kc_tick_over(tick, room->now_ns) +
	       member->low_water_ms * KC_NS_PER_MS;
}

/*
 * Does a writer wait for room? The first in line does not any more once it was
 * called: it comes, and who stands behind it will be looked at then.
 */
static bool kc_room_is_wanted(const struct kc_room *room)
{
	if (list_empty(&room->turns))
		return room->withheld;
	return !list_first_entry(&room->turns, struct kc_turn, link)->called;
}

/* Is there enough to wake a reader with something unread? */
static bool kc_member_has_enough(const struct kc_member *member, u64 now_ns)
{
	const struct kc_room *room = member->room;

	if (member->low_water <= 1 || kc_member_lapped(member))
		return true;
	/* Whoever waits for room might wait for this reader. */
	if (kc_room_is_wanted(room))
		return true;
	if (kc_member_unread(member).bytes >= member->low_water)
		return true;
	return member->low_water_ms && now_ns >= kc_member_due(member);
}

static void kc_lazy_until(struct kc_room *room, u64 due_ns)
{
	if (!room->lazy_ns || due_ns < room->lazy_ns)
		room->lazy_ns = due_ns;
}

/* Wake the lazy ones when so many bytes were accepted, or @member is lapped. */
static void kc_lazy_watch(const struct kc_member *member, u64 bytes)
{
	struct kc_room *room = member->room;

	if (!room->lazy) {
		room->lazy = true;
		room->lazy_unread = false;
		room->lazy_bytes = bytes;
		room->lazy_pos = member->pos;
		room->lazy_ns = 0;
		room->lazy_ms = 0;
	}
	if (bytes < room->lazy_bytes)
		room->lazy_bytes = bytes;
	if (kc_pos_before(member->pos, room->lazy_pos))
		room->lazy_pos = member->pos;
}

/* Remember what wakes a lazy reader that found too little. */
static void kc_lazy_sleep(struct kc_member *member)
{
	struct kc_room *room = member->room;
	u32 ms = member->low_water_ms;

	kc_lazy_watch(member, room->head_bytes -
				      kc_member_unread(member).bytes +
				      (member->low_water ? member->low_water :
							   1));
	if (member->pos != room->ring.head) {
		room->lazy_unread = true;
		if (ms)
			kc_lazy_until(room, kc_member_due(member));
	} else if (ms && (!room->lazy_ms || ms < room->lazy_ms)) {
		room->lazy_ms = ms;
	}
}

/**
 * kc_lazy_polled() - a lazy reader with enough to read was polled for a loss
 * @member: the reader
 *
 * Nothing but the loss wakes who polls for that only, and in a room that has
 * ended there will be none.
 */
void kc_lazy_polled(const struct kc_member *member)
{
	if (member->lazy && !member->room->ended && !kc_member_lapped(member))
		kc_lazy_watch(member, ~0ULL);
}

/**
 * kc_member_readable() - would a read not wait?
 * @member: the reader
 * @now_ns: the monotonic clock
 *
 * If it would, and the reader is lazy, the room remembers to wake the lazy ones
 * when that may have changed.
 *
 * Return: true if bytes are there, and enough of them (O8), or an event or a
 * loss to be told, or the room has ended.
 */
bool kc_member_readable(struct kc_member *member, u64 now_ns)
{
	const struct kc_room *room = member->room;

	if (room->ended || kc_member_hears(member))
		return true;
	if (member->pos != room->ring.head &&
	    kc_member_has_enough(member, now_ns))
		return true;
	if (member->lazy)
		kc_lazy_sleep(member);
	return false;
}

/**
 * kc_member_set_water() - ask for a low-water mark
 * @member: the reader
 * @bytes: how many there must be
 * @ms: or how old the first of them; 0: any age
 *
 * Once lazy, always lazy: who waits may have joined the lazy ones' queue and
 * must go on being woken there, be it for every byte. Which queue that is a
 * front door may ask without the lock.
 */
void kc_member_set_water(struct kc_member *member, u32 bytes, u32 ms)
{
	struct kc_room *room = member->room;

	if (member->low_water == bytes && member->low_water_ms == ms)
		return;
	member->low_water = bytes;
	member->low_water_ms = ms;
	if (bytes > 1)
		WRITE_ONCE(member->lazy, true);
	/* Whoever sleeps by the old mark must look again. */
	room->wake |= KC_WAKE_READERS;
	kc_lazy_wake(room);
}

/**
 * kc_lazy_published() - a message more; the engine's own
 * @room: the room
 *
 * For those who had read everything their time begins.
 */
void kc_lazy_published(struct kc_room *room)
{
	if (!room->lazy)
		return;
	room->lazy_unread = true;
	if (room->lazy_ms)
		kc_lazy_until(room, kc_tick_over(kc_tick(room->now_ns),
						 room->now_ns) +
				    room->lazy_ms * KC_NS_PER_MS);
	room->lazy_ms = 0;
}

/**
 * kc_lazy_moved() - a cursor has moved; the engine's own
 * @member: the reader
 *
 * Whoever waits on the same file, in another thread or for the next edge, does
 * not look again by himself. There are fewer bytes for him now, but an event may
 * have come next.
 */
void kc_lazy_moved(struct kc_member *member)
{
	struct kc_room *room = member->room;

	if (!member->lazy)
		return;
	if (kc_member_hears(member))
		kc_lazy_wake(room);
	else
		(void)kc_member_readable(member, room->now_ns);
}

/**
 * kc_lazy_wake() - wake those who sleep, whatever they wait for
 * @room: the room
 */
void kc_lazy_wake(struct kc_room *room)
{
	if (room->lazy)
		room->wake |= KC_WAKE_LAZY;
}

/**
 * kc_lazy_settle() - is it time to wake them? the engine's own
 * @room: the room
 */
void kc_lazy_settle(struct kc_room *room)
{
	if (!room->lazy)
		return;
	if (room->head_bytes >= room->lazy_bytes ||
	    kc_pos_before(room->lazy_pos, room->ring.tail) ||
	    (room->lazy_unread && kc_room_is_wanted(room)) ||
	    (room->lazy_ns && room->now_ns >= room->lazy_ns))
		room->wake |= KC_WAKE_LAZY;
	if (room->wake & KC_WAKE_LAZY)
		room->lazy = false;
}
