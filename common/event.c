// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * event.c - who joins and leaves, for those who listen (O4)
 *
 * Events have a small ring of their own beside that of the messages: so they
 * never push a message out, are nothing to wait for, and count as nothing to
 * read. Whoever is too slow for them is told how many it missed. They are kept
 * only while somebody listens, and are put among the messages when they are
 * read: each after the message that was the last when it came.
 */
#include "room.h"

static struct kc_event *kc_event_at(struct kc_room *room, u64 number)
{
	return &room->event[number & (KC_EVENTS - 1)];
}

/* Nobody listens any more: keep nobody's name for that. */
static void kc_events_drop(struct kc_room *room)
{
	unsigned int i;

	for (i = 0; i < KC_EVENTS; i++) {
		if (room->event[i].sender)
			kc_sender_put(room->event[i].sender, room);
		room->event[i].sender = NULL;
	}
}

/**
 * kc_event_add() - somebody joined or leaves
 * @member: who; of the room, yet or still
 * @type: KCHAT_RECORD_JOIN or KCHAT_RECORD_LEAVE
 * @time_ns: the time of day, ns since the epoch
 *
 * Of a room that has ended nobody is told anything more.
 */
void kc_event_add(struct kc_member *member, u16 type, u64 time_ns)
{
	struct kc_room *room = member->room;
	struct kc_event *event;

	if (!room->n_listeners || room->ended)
		return;
	event = kc_event_at(room, room->n_events++);
	if (event->sender)
		kc_sender_put(event->sender, room);
	event->seq = room->next_seq - 1;
	event->time_ns = time_ns;
	event->member = member->id;
	event->sender = member->sender;
	event->sender->refs++;
	event->type = type;
	event->access = 0;
	if (member->access & KC_READS)
		event->access |= KCHAT_ACCESS_READ;
	if (member->access & KC_WRITES)
		event->access |= KCHAT_ACCESS_WRITE;
	room->wake |= KC_WAKE_READERS;
	kc_lazy_wake(room);
}

/**
 * kc_member_listen() - read events, or not
 * @member: a reader
 * @on: whether it shall; it is told of what comes from now on
 */
void kc_member_listen(struct kc_member *member, bool on)
{
	struct kc_room *room = member->room;

	if (member->events == on)
		return;
	member->events = on;
	member->event = room->n_events;
	if (on)
		room->n_listeners++;
	else if (!--room->n_listeners)
		kc_events_drop(room);
}

/**
 * kc_event_from() - the first event that is there still
 * @room: the room
 * @number: of the first one that is wanted
 *
 * Return: its number, that of the next one to come if there is none; what is
 * between was missed.
 */
u64 kc_event_from(const struct kc_room *room, u64 number)
{
	if (room->n_events - number > KC_EVENTS)
		return room->n_events - KC_EVENTS;
	return number;
}

/**
 * kc_event_due() - does an event come before a message?
 * @room: the room
 * @number: of the first event that was not read
 * @seq: number of the message, or of the next one to be written
 *
 * Return: whether it does.
 */
bool kc_event_due(const struct kc_room *room, u64 number, u64 seq)
{
	number = kc_event_from(room, number);
	return number != room->n_events &&
	       room->event[number & (KC_EVENTS - 1)].seq < seq;
}

/**
 * kc_event_head() - an event as it is read
 * @room: the room
 * @number: of the first event that was not read; one is due
 * @head: filled in, but for pid, uid and gid
 *
 * Return: whose pid, uid and gid.
 */
struct kc_sender *kc_event_head(const struct kc_room *room, u64 number,
				struct kc_head *head)
{
	u64 from = kc_event_from(room, number), missed = from - number;
	const struct kc_event *event = &room->event[from & (KC_EVENTS - 1)];

	memset(head, 0, sizeof(*head));
	head->record.size = sizeof(*head);
	head->record.len = sizeof(head->event);
	head->record.type = event->type;
	head->record.seq = event->seq;
	head->record.time_ns = event->time_ns;
	head->event.member = event->member;
	head->event.access = event->access;
	head->event.missed = missed > 0xffffffffU ? 0xffffffffU : (u32)missed;
	return event->sender;
}
