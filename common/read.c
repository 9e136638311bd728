// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * read.c - what a member reads: as a stream of bytes, or as records
 *
 * A plan says which pieces of the ring a read is about to deliver, and with
 * records which header goes before each. It changes nothing: the caller copies,
 * with or without the lock, and commits what arrived.
 */
#include "room.h"

/* The header of a plan's next piece, but for who sent it. */
static void kc_plan_head(struct kc_plan *plan, const struct kc_record *rec)
{
	struct kchat_record *header = &plan->head[plan->n].record;

	memset(header, 0, sizeof(*header));
	header->size = (u32)kc_wire_size(rec->len);
	header->len = rec->len;
	header->type = KCHAT_RECORD_MESSAGE;
	header->seq = rec->seq;
	header->time_ns = rec->time_ns;
	plan->sender[plan->n] = rec->sender;
}

/* Does an event come before the message where a plan has come to? (O4) */
static bool kc_plan_hears(const struct kc_room *room,
			  const struct kc_plan *plan)
{
	u64 seq = room->next_seq;

	if (!plan->events)
		return false;
	if (plan->next != room->ring.head)
		seq = kc_ring_at(&room->ring, plan->next)->seq;
	return kc_event_due(room, plan->next_event, seq);
}

/* Add that event; false if it does not fit in @len bytes. */
static bool kc_plan_add_event(const struct kc_room *room, size_t len,
			      struct kc_plan *plan)
{
	/* What it missed is told with the first one. */
	u64 number = plan->next_event == plan->from ? plan->event :
						      plan->next_event;

	if (len < sizeof(struct kc_head))
		return false;
	plan->sender[plan->n] = kc_event_head(room, number,
					      &plan->head[plan->n]);
	plan->piece[plan->n].pos = plan->next;
	plan->piece[plan->n].len = 0;
	plan->n++;
	plan->bytes += sizeof(struct kc_head);
	plan->next_event++;
	return true;
}

/* Leave out what the reader wrote itself and does not want (O2). */
static void kc_plan_pass(const struct kc_room *room, struct kc_plan *plan)
{
	const struct kc_record *rec;

	while (plan->next != room->ring.head) {
		rec = kc_ring_at(&room->ring, plan->next);
		if (!kc_record_is_quiet(rec, plan->own))
			break;
		plan->next += kc_record_size(rec->len);
	}
}

/*
 * Add the record where a plan has come to, or its front that fits in @len bytes;
 * false if a record is wanted whole and does not fit.
 */
static bool kc_plan_add(const struct kc_room *room, size_t len,
			struct kc_plan *plan)
{
	const struct kc_record *rec = kc_ring_at(&room->ring, plan->next);
	u32 rest = rec->len - plan->next_off;
	u32 take = len < rest ? (u32)len : rest;
	size_t bytes = take;

	if (plan->records) {
		bytes = kc_wire_size(rec->len);
		if (len < bytes)
			return false;
		kc_plan_head(plan, rec);
	}
	plan->piece[plan->n].pos = kc_payload_pos(plan->next) + plan->next_off;
	plan->piece[plan->n].len = take;
	plan->n++;
	plan->bytes += bytes;
	if (take < rest) {
		plan->next_off += take;
	} else {
		plan->next += kc_record_size(rec->len);
		plan->next_off = 0;
		kc_plan_pass(room, plan);
	}
	return true;
}

/**
 * kc_plan_more() - plan on from where a plan has come to
 * @room: the room, not unlocked since the plan was made
 * @len: bytes the caller has room for beyond what is planned
 * @plan: the plan; its pieces are replaced by the next ones
 *
 * For a caller that delivers more pieces at once than one plan holds. All of
 * them are committed together.
 *
 * Return: true if there is anything more.
 */
bool kc_plan_more(const struct kc_room *room, size_t len, struct kc_plan *plan)
{
	unsigned int most = plan->records ? KC_PLAN_RECORDS : KC_PLAN_MAX;
	size_t all = plan->bytes + len;
	bool fits = true;

	plan->n = 0;
	while (fits && plan->bytes < all && plan->n < most)
		if (kc_plan_hears(room, plan))
			fits = kc_plan_add_event(room, all - plan->bytes, plan);
		else if (plan->next != room->ring.head)
			fits = kc_plan_add(room, all - plan->bytes, plan);
		else
			break;
	return plan->n;
}

/**
 * kc_member_plan() - what a read may deliver now (R2, R3)
 * @member: the reader
 * @len: bytes the caller has room for, more than 0
 * @ret_plan: set when bytes are there
 *
 * Changes nothing: call kc_member_commit() for what was delivered.
 *
 * Return: 1 and a plan; 0 at the end of a room that has ended; -EAGAIN if
 * there is nothing; -EPIPE if messages were lost (W3): call kc_member_told()
 * when the caller is told; -EMSGSIZE if the next record is longer than @len;
 * -EBADF if the file was not opened for reading.
 */
int kc_member_plan(struct kc_member *member, size_t len,
		   struct kc_plan *ret_plan)
{
	const struct kc_room *room = member->room;

	if (!(member->access & KC_READS))
		return -EBADF;
	if (kc_member_lapped(member))
		return -EPIPE;
	if (member->pos == room->ring.head && !kc_member_hears(member))
		return room->ended ? 0 : -EAGAIN;

	ret_plan->pos = member->pos;
	ret_plan->off = member->off;
	ret_plan->next = member->pos;
	ret_plan->next_off = member->off;
	ret_plan->bytes = 0;
	ret_plan->own = member->sender;
	ret_plan->records = member->records;
	ret_plan->events = member->events;
	ret_plan->event = member->event;
	ret_plan->from = kc_event_from(room, member->event);
	ret_plan->next_event = ret_plan->from;
	if (!kc_plan_more(room, len, ret_plan))
		return -EMSGSIZE;
	return 1;
}

/**
 * kc_plan_whole() - how much of what was copied counts
 * @plan: a plan that was not gone on with
 * @bytes: how many of its bytes were copied
 *
 * Return: @bytes of a stream; of records those of the whole ones.
 */
size_t kc_plan_whole(const struct kc_plan *plan, size_t bytes)
{
	size_t whole = 0;
	unsigned int i;

	if (!plan->records)
		return bytes;
	for (i = 0; i < plan->n; i++) {
		if (whole + plan->head[i].record.size > bytes)
			break;
		whole += plan->head[i].record.size;
	}
	return whole;
}

/* How many events are among the first bytes of a plan? */
static u64 kc_plan_events(const struct kc_plan *plan, size_t bytes)
{
	u64 events = 0;
	unsigned int i;

	if (!plan->events || bytes == plan->bytes)
		return plan->next_event - plan->from;
	for (i = 0; i < plan->n && bytes; i++) {
		events += plan->head[i].record.type != KCHAT_RECORD_MESSAGE;
		bytes -= plan->head[i].record.size;
	}
	return events;
}

/**
 * kc_member_commit() - the first bytes of a plan were delivered
 * @member: the reader
 * @plan: its plan
 * @bytes: how many bytes: the plan's, or fewer if it was not gone on with; of
 *	records whole ones only
 *
 * Return: 0; -ESTALE if the bytes are not to be used: while they were copied
 * without the lock the reader was lapped, another thread read them from the
 * same file (R6), or switched between bytes, records and events.
 */
int kc_member_commit(struct kc_member *member, const struct kc_plan *plan,
		     size_t bytes)
{
	struct kc_room *room = member->room;
	u64 pos = member->pos, seq = member->seq, before = member->bytes;
	struct kc_count quiet = member->quiet;
	u64 events = kc_plan_events(plan, bytes);
	size_t left = bytes + member->off;

	if (kc_member_lapped(member) || member->pos != plan->pos ||
	    member->off != plan->off || member->records != plan->records ||
	    member->events != plan->events || member->event != plan->event)
		return -ESTALE;
	kc_assert(bytes <= plan->bytes);
	/* Others may have come and gone meanwhile: the plan knows its own. */
	if (events)
		member->event = plan->from + events;
	left -= (size_t)events * sizeof(struct kc_head);

	while (pos != room->ring.head) {
		const struct kc_record *rec = kc_ring_at(&room->ring, pos);
		u32 len = rec->len;
		size_t whole = plan->records ? kc_wire_size(len) : len;

		if (kc_record_is_quiet(rec, member->sender)) {
			kc_count_add(&quiet, len);
			whole = 0;
		}
		if (left < whole)
			break;
		left -= whole;
		before += len;
		seq++;
		pos += kc_record_size(len);
	}
	kc_assert(!plan->records || !left);
	room->out_messages += seq - member->seq -
			      (quiet.messages - member->quiet.messages);
	room->out_bytes += before + left - member->bytes - member->off -
			   (quiet.bytes - member->quiet.bytes);
	member->quiet = quiet;
	if (pos != member->pos)
		kc_member_move(member, pos, seq, before);
	member->off = (u32)left;
	kc_lazy_moved(member);
	return 0;
}

/**
 * kc_member_told() - a reader is told that it was lapped (W3)
 * @member: the reader, for which kc_member_plan() said -EPIPE
 *
 * It goes on at the oldest message still whole.
 */
void kc_member_told(struct kc_member *member)
{
	struct kc_room *room = member->room;

	if (!kc_member_lapped(member))
		return;
	member->lost_messages += room->tail_seq - member->seq;
	member->lost_bytes += room->tail_bytes - member->bytes - member->off;
	/* All of its own that it had yet to pass over went with them (O2). */
	member->lost_messages -= member->sender->gone.messages -
				 member->quiet.messages;
	member->lost_bytes -= member->sender->gone.bytes - member->quiet.bytes;
	member->quiet = member->sender->gone;
	room->laps++;
	kc_member_move(member, room->ring.tail, room->tail_seq,
		       room->tail_bytes);
	kc_lazy_moved(member);
}
