// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * claim.c - what readers have yet to read, and hence how far writers may go
 *
 * Each record counts the claims that begin at it; below room->claim there are none.
 */
#include "room.h"

static u32 *kc_claims_at(struct kc_room *room, u64 pos)
{
	if (pos == room->ring.head)
		return &room->at_head;
	return &kc_ring_at(&room->ring, pos)->claims;
}

/**
 * kc_claim_drop() - claim nothing any more; the engine's own
 * @member: a member, which may have no claim
 */
void kc_claim_drop(struct kc_member *member)
{
	struct kc_room *room = member->room;

	if (!member->claimed)
		return;
	member->claimed = false;
	if (member->home == member->pos)
		room->n_unclaimed++;
	--*kc_claims_at(room, member->home);
}

/**
 * kc_claim_take() - claim from the reader's home on; the engine's own
 * @member: the reader
 *
 * Unless it is lossy, or patience with what stands there has ended (W2), or it
 * is overwritten.
 */
void kc_claim_take(struct kc_member *member)
{
	struct kc_room *room = member->room;

	if (member->claimed || member->lossy ||
	    kc_pos_before(member->home, room->floor) ||
	    kc_pos_before(member->home, room->ring.tail))
		return;
	member->claimed = true;
	if (member->home == member->pos)
		room->n_unclaimed--;
	++*kc_claims_at(room, member->home);
	if (kc_pos_before(member->home, room->claim))
		room->claim = member->home;
}

/**
 * kc_claim_pass() - claim nothing of the message just accepted, its own that it
 * does not want (O2); the engine's own
 * @member: a reader whose home was the head, and whose cursor is behind it
 */
void kc_claim_pass(struct kc_member *member)
{
	bool claimed = member->claimed;

	kc_claim_drop(member);
	member->home = member->room->ring.head;
	if (claimed)
		kc_claim_take(member);
}

/**
 * kc_member_move() - move a cursor, its claim with it; the engine's own
 * @member: the reader
 * @pos: position where a record begins
 * @seq: number of the message there
 * @bytes: bytes of payload accepted in the room before it
 *
 * Messages that it does not want, being its own, are passed over (O2): each of
 * them once, so that in the long run this costs as little as publishing them.
 */
void kc_member_move(struct kc_member *member, u64 pos, u64 seq, u64 bytes)
{
	struct kc_room *room = member->room;

	kc_claim_drop(member);
	while (pos != room->ring.head) {
		struct kc_record *rec = kc_ring_at(&room->ring, pos);

		if (!kc_record_is_quiet(rec, member->sender))
			break;
		kc_count_add(&member->quiet, rec->len);
		pos += kc_record_size(rec->len);
		bytes += rec->len;
		seq++;
	}
	member->pos = pos;
	member->off = 0;
	member->seq = seq;
	member->bytes = bytes;
	if (kc_pos_before(member->home, pos))
		member->home = pos;
	kc_claim_take(member);
}

/**
 * kc_member_set_lossy() - claim nothing any more, or claim again (W4)
 * @member: a reader
 * @lossy: its own patience is 0
 *
 * Whoever claims again does so from where it stands, if that is still there.
 */
void kc_member_set_lossy(struct kc_member *member, bool lossy)
{
	if (member->lossy == lossy)
		return;
	member->lossy = lossy;
	if (lossy)
		kc_claim_drop(member);
	else if (!kc_member_lapped(member))
		kc_claim_take(member);
}

/**
 * kc_member_release() - end a claim by hand (O6)
 * @member: a reader
 *
 * It claims nothing of what is there now, and nothing at all until it reads on:
 * like one that was lapped, or that will be. Who has read everything claims
 * nothing of it anyhow.
 */
void kc_member_release(struct kc_member *member)
{
	if (member->pos == member->room->ring.head)
		return;
	kc_claim_drop(member);
	member->home = member->room->ring.head;
}

/**
 * kc_room_fits() - would a message leave every claim alone? the engine's own
 * @room: the room
 * @len: bytes of payload
 *
 * The bound below which nothing is claimed moves up only here and only as far
 * as it takes: each record is passed once, by the message that may retire it.
 *
 * Return: whether it would.
 */
bool kc_room_fits(struct kc_room *room, u32 len)
{
	u64 need = room->ring.head + kc_record_size(len) - room->ring.size;

	while (kc_pos_before(room->claim, need)) {
		struct kc_record *rec = kc_ring_at(&room->ring, room->claim);

		if (rec->claims)
			return false;
		room->claim += kc_record_size(rec->len);
	}
	return true;
}

/**
 * kc_room_lap() - take the claims of the readers in the way of a message, and
 * nobody else's; the engine's own
 * @room: the room
 * @len: bytes of payload
 */
void kc_room_lap(struct kc_room *room, u32 len)
{
	u64 bound = room->ring.head + kc_record_size(len) - room->ring.size;
	struct kc_member *member;

	if (kc_pos_before(room->floor, bound))
		room->floor = bound;
	list_for_each_entry(member, &room->members, link)
		if (member->claimed && kc_pos_before(member->home, room->floor))
			kc_claim_drop(member);
}
