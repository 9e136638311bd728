/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * ring.h - a ring of records
 *
 *       tail                          head
 *        v                              v
 *   -----[hdr|payload][hdr|payload][...]-------->   64-bit positions
 *
 * Positions are counted in bytes, run freely and are masked only at use; they
 * start just below overflow, so that a comparison that cannot wrap breaks in
 * the first second of every room and not after years (KC_RING_START).
 *
 * A record is a header and its payload, padded to 8 bytes. A header never
 * wraps: the buffer has room for one behind its end (kc_ring_memory()), so it
 * can be used in place. A payload may lie in two pieces.
 *
 * The ring knows space and nothing of readers: whether the record at the tail
 * may go is the room's business.
 */
#ifndef KC_RING_H
#define KC_RING_H

#include "kc_env.h"
#include "kchat.h"

struct kc_sender;

/* Where a ring's positions begin: the first wrap comes after 96 KiB. */
#define KC_RING_START	((u64)0 - (96U << 10))

/**
 * struct kc_record - a record's header as it stands in the ring
 * @len: bytes of payload
 * @claims: how many readers claim the ring from this record on (claim.c)
 * @seq: the message's number in its room
 * @time_ns: when it was accepted, ns since the epoch
 * @sender: who opened the file it came through
 * @tick: when it was accepted, kc_tick()
 * @quiet: that file does not read it (O2)
 * @back: bytes back to where the record before it begins, if that is there
 *	still
 */
struct kc_record {
	u32 len;
	u32 claims;
	u64 seq;
	u64 time_ns;
	struct kc_sender *sender;
	u32 tick;
	u32 quiet : 1;
	u32 back : 31;
};

/**
 * struct kc_ring - the ring
 * @buf: kc_ring_memory(@size) bytes, aligned to 8, the caller's
 * @size: the ring's size in bytes, a power of two
 * @tail: position of the oldest record still whole
 * @head: position where the next record goes
 * @last: bytes of the record before the head
 */
struct kc_ring {
	u8 *buf;
	u32 size;
	u64 tail;
	u64 head;
	u32 last;
};

/**
 * struct kc_span - a piece of a payload, contiguous in memory
 * @mem: its first byte
 * @len: its length in bytes; 0 for the second piece of one that did not wrap
 */
struct kc_span {
	u8 *mem;
	u32 len;
};

/**
 * kc_pos_before() - does one position stand before another?
 * @a: a position
 * @b: another, less than 2^63 bytes away
 *
 * Return: whether @a stands before @b.
 */
static inline bool kc_pos_before(u64 a, u64 b)
{
	return (s64)(a - b) < 0;
}

/**
 * kc_record_size() - what a message takes from a ring
 * @len: bytes of payload
 *
 * Return: bytes, header and padding included.
 */
static inline u32 kc_record_size(u32 len)
{
	return ((u32)sizeof(struct kc_record) + len + 7U) & ~7U;
}

/**
 * kc_ring_memory() - how much memory a ring asks its caller for
 * @size: the ring's size in bytes
 *
 * Return: bytes.
 */
static inline size_t kc_ring_memory(u32 size)
{
	return (size_t)size + sizeof(struct kc_record);
}

/**
 * kc_ring_at() - the header at a position
 * @ring: the ring
 * @pos: a record's position
 *
 * Return: the header, inside the ring.
 */
static inline struct kc_record *kc_ring_at(const struct kc_ring *ring, u64 pos)
{
	return (struct kc_record *)(void *)(ring->buf +
					    (pos & (ring->size - 1)));
}

/**
 * kc_payload_pos() - where the payload of the record at @pos begins
 * @pos: a record's position
 *
 * Return: the position.
 */
static inline u64 kc_payload_pos(u64 pos)
{
	return pos + sizeof(struct kc_record);
}

/**
 * kc_ring_before() - the record before a position
 * @ring: the ring
 * @pos: a record's position or the head, not the tail
 *
 * Return: that record's position.
 */
static inline u64 kc_ring_before(const struct kc_ring *ring, u64 pos)
{
	return pos - (pos == ring->head ? ring->last :
					  kc_ring_at(ring, pos)->back);
}

int kc_ring_size_check(u32 size);
void kc_ring_init(struct kc_ring *ring, void *buf, u32 size, u64 start);
void kc_ring_spans(const struct kc_ring *ring, u64 pos, u32 len,
		   struct kc_span span[2]);
void kc_ring_retire(struct kc_ring *ring);
u64 kc_ring_append(struct kc_ring *ring, u32 len);

#endif /* KC_RING_H */
