// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * unit.c - a room on a bench; unit.h says what for
 */
#include "unit.h"

struct kc_room room;
u64 unit_now = 1;
int unit_senders;

static u8 *memory;

/**
 * unit_room() - make the room, of the smallest size there is
 * @start: its first position
 * @patience: ms, or KCHAT_PATIENCE_FOREVER
 */
void unit_room(u64 start, u32 patience)
{
	memory = malloc(kc_ring_memory(SIZE));
	CHECK(memory);
	memset(memory, 0xee, kc_ring_memory(SIZE));
	kc_room_init(&room, memory, SIZE, start);
	room.patience = patience;
}

/**
 * unit_end() - close everything: nothing may be left
 */
void unit_end(void)
{
	unit_check();
	while (!list_empty(&room.members))
		unit_close(list_first_entry(&room.members, struct kc_member,
					    link));
	CHECK_EQ(room.n_members, 0);
	CHECK_EQ(room.n_readers, 0);
	CHECK_EQ(room.n_unclaimed, 0);
	kc_room_deinit(&room);
	CHECK(room.ring.tail == room.ring.head);
	CHECK_EQ(room.tail_seq, room.next_seq);
	CHECK_EQ(room.tail_bytes, room.head_bytes);
	unit_collect();
	CHECK_EQ(unit_senders, 0);
	free(memory);
}

/**
 * unit_check() - the books are balanced
 *
 * Counted anew from the members and the records, whatever was done before.
 */
void unit_check(void)
{
	u32 members = 0, readers = 0, unclaimed = 0, claims = 0, marks = 0;
	u32 writers = 0;
	u64 pos = room.ring.tail, seq = room.tail_seq, bytes = room.tail_bytes;
	u64 last = pos;
	struct kc_member *m;

	CHECK(room.ring.head - room.ring.tail <= SIZE);
	CHECK(room.claim - room.ring.tail <= room.ring.head - room.ring.tail);
	list_for_each_entry(m, &room.members, link) {
		members++;
		writers += !!(m->access & KC_WRITES);
		if (!(m->access & KC_READS)) {
			CHECK(!m->claimed);
			continue;
		}
		readers++;
		unclaimed += !m->claimed || m->home != m->pos;
		claims += m->claimed;
		/* Nobody claims what stands before the oldest claim */
		if (m->claimed)
			CHECK(m->home - room.claim <=
			      room.ring.head - room.claim);
		CHECK(!kc_pos_before(m->home, m->pos));
	}
	CHECK_EQ(room.n_members, members);
	CHECK_EQ(room.n_readers, readers);
	CHECK_EQ(room.n_writers, writers);
	CHECK_EQ(room.n_unclaimed, unclaimed);

	for (; pos != room.ring.head; seq++) {
		const struct kc_record *rec = kc_ring_at(&room.ring, pos);

		CHECK(room.ring.head - pos <= SIZE);
		CHECK_EQ(rec->seq, seq);
		if (pos != room.ring.tail)
			CHECK_EQ(kc_ring_before(&room.ring, pos), last);
		last = pos;
		CHECK(rec->len > 0 && rec->len <= MAX);
		marks += rec->claims;
		bytes += rec->len;
		pos += kc_record_size(rec->len);
	}
	CHECK_EQ(seq, room.next_seq);
	CHECK_EQ(bytes, room.head_bytes);
	CHECK_EQ(marks + room.at_head, claims);

	/* No cursor rests on what its reader does not want */
	list_for_each_entry(m, &room.members, link) {
		if (!(m->access & KC_READS) || kc_member_lapped(m) ||
		    m->pos == room.ring.head)
			continue;
		CHECK(!kc_record_is_quiet(kc_ring_at(&room.ring, m->pos),
					  m->sender));
	}

	/* The marks stand where the claims begin */
	list_for_each_entry(m, &room.members, link) {
		if (!m->claimed || m->home == room.ring.head)
			continue;
		CHECK(kc_ring_at(&room.ring, m->home)->claims > 0);
		if (m->home == m->pos)
			CHECK_EQ(kc_ring_at(&room.ring, m->pos)->seq, m->seq);
	}
}

/**
 * unit_open() - somebody opens the room
 * @access: KC_READS, KC_WRITES
 *
 * Return: the member, unit_close() frees it.
 */
struct kc_member *unit_open(unsigned int access)
{
	struct kc_member *member = malloc(sizeof(*member));
	struct kc_sender *sender = malloc(sizeof(*sender));

	CHECK(member && sender);
	memset(member, 0xee, sizeof(*member));
	kc_sender_init(sender);
	CHECK_EQ(kc_member_join(member, &room, sender, access,
				room.next_seq * 10), 0);
	unit_senders++;
	return member;
}

/**
 * unit_close() - somebody leaves
 * @member: who; it is gone afterwards
 */
void unit_close(struct kc_member *member)
{
	kc_member_leave(member, room.next_seq * 10 + 1);
	free(member);
}

/**
 * unit_collect() - free the senders that came back
 *
 * One that comes back twice, or too early, is a use after free.
 */
void unit_collect(void)
{
	struct kc_sender *sender, *next;
	struct list_head gone;

	INIT_LIST_HEAD(&gone);
	kc_room_gone(&room, &gone);
	list_for_each_entry_safe(sender, next, &gone, link) {
		CHECK_EQ(sender->refs, 0);
		unit_senders--;
		free(sender);
	}
}

/**
 * unit_byte() - what stands at a place of a message
 * @seq: number of the message
 * @at: which byte of it
 */
u8 unit_byte(u64 seq, u32 at)
{
	return (u8)(seq * 131 + at * 7 + (at >> 8));
}

/**
 * unit_admit() - may a message of somebody without a turn be accepted?
 * @member: who
 * @len: its length
 */
int unit_admit(struct kc_member *member, u32 len)
{
	return kc_room_admit(&room, member, len, NULL);
}

/**
 * unit_publish() - copy an admitted message and publish it
 * @member: the sender
 * @len: its length
 */
void unit_publish(struct kc_member *member, u32 len)
{
	struct kc_span span[2];
	u32 i, at = 0;
	int k;

	kc_room_spans(&room, len, span);
	CHECK_EQ(span[0].len + span[1].len, len);
	for (k = 0; k < 2; k++)
		for (i = 0; i < span[k].len; i++)
			span[k].mem[i] = unit_byte(room.next_seq, at++);
	kc_room_publish(&room, member, len, room.next_seq * 10, unit_now);
}

/**
 * unit_write() - a non-blocking write
 * @member: the writer
 * @len: its length
 *
 * Return: 0, or why it was not admitted.
 */
int unit_write(struct kc_member *member, u32 len)
{
	int ret = unit_admit(member, len);

	if (!ret)
		unit_publish(member, len);
	return ret;
}

/**
 * unit_read() - a non-blocking read as a front door does it
 * @member: the reader
 * @len: bytes asked for
 * @buf: where they go
 *
 * Return: bytes read, 0 at the end, -errno. A loss stays untold.
 */
int unit_read(struct kc_member *member, size_t len, void *buf)
{
	struct kc_plan plan;
	u8 *to = buf;
	unsigned int i, k;
	int ret;

	ret = kc_member_plan(member, len, &plan);
	if (ret <= 0)
		return ret;
	for (i = 0; i < plan.n; i++) {
		struct kc_span span[2];

		kc_ring_spans(&room.ring, plan.piece[i].pos, plan.piece[i].len,
			      span);
		for (k = 0; k < 2; k++) {
			memcpy(to, span[k].mem, span[k].len);
			to += span[k].len;
		}
	}
	CHECK_EQ(to - (u8 *)buf, plan.bytes);
	CHECK_EQ(kc_member_commit(member, &plan, plan.bytes), 0);
	return (int)plan.bytes;
}

/**
 * unit_expect() - read a part of one message
 * @member: the reader
 * @seq: number of the message it must come from
 * @off: where in that message
 * @len: how much
 */
void unit_expect(struct kc_member *member, u64 seq, u32 off, u32 len)
{
	static u8 buf[MAX];
	u32 i;

	CHECK_EQ(unit_read(member, len, buf), len);
	for (i = 0; i < len; i++)
		CHECK_EQ(buf[i], unit_byte(seq, off + i));
}

/**
 * unit_drain() - read everything that is there
 * @member: the reader
 */
void unit_drain(struct kc_member *member)
{
	static u8 buf[MAX];
	int ret;

	do
		ret = unit_read(member, sizeof(buf), buf);
	while (ret > 0);
	CHECK_EQ(ret, -EAGAIN);
}

/**
 * unit_options() - ask something of an open file
 * @member: who
 * @flags: all its KCHAT_OPTION_*
 */
void unit_options(struct kc_member *member, u32 flags)
{
	struct kchat_options options = { .flags = flags };

	CHECK_EQ(kc_member_set_options(member, &options), 0);
	kc_member_get_options(member, &options);
	CHECK_EQ(options.flags, flags);
}

/**
 * unit_poll() - poll for input and output
 * @member: who
 *
 * Return: KC_POLL_* bits.
 */
unsigned int unit_poll(struct kc_member *member)
{
	return kc_member_poll(member, KC_POLL_IN | KC_POLL_OUT, unit_now);
}

/**
 * unit_settle() - whom to wake
 *
 * A second settle must find nothing more to do.
 *
 * Return: KC_WAKE_* bits.
 */
unsigned int unit_settle(void)
{
	unsigned int wake = kc_room_settle(&room, unit_now);

	CHECK_EQ(kc_room_settle(&room, unit_now), 0);
	unit_check();
	return wake;
}

/**
 * unit_rest() - the longest message beside a claimed one of MAX bytes
 *
 * The two fill the ring to the last byte.
 */
u32 unit_rest(void)
{
	return SIZE - kc_record_size(MAX) - (u32)sizeof(struct kc_record);
}
