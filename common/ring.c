// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * ring.c - a ring of records; ring.h has the picture
 */
#include "ring.h"

/**
 * kc_ring_size_check() - may a ring have this size?
 * @size: the size asked for, in bytes
 *
 * Return: 0, or -EINVAL unless @size is a power of two from KCHAT_CAPACITY_MIN
 * to KCHAT_CAPACITY_MAX.
 */
int kc_ring_size_check(u32 size)
{
	if (size < KCHAT_CAPACITY_MIN || size > KCHAT_CAPACITY_MAX ||
	    (size & (size - 1)))
		return -EINVAL;
	return 0;
}

/**
 * kc_ring_init() - make an empty ring
 * @ring: the ring
 * @buf: kc_ring_memory(@size) bytes aligned to 8; they stay the caller's
 * @size: a size that passed kc_ring_size_check()
 * @start: the first position, a multiple of 8; KC_RING_START but for tests
 */
void kc_ring_init(struct kc_ring *ring, void *buf, u32 size, u64 start)
{
	ring->buf = buf;
	ring->size = size;
	ring->tail = start;
	ring->head = start;
	ring->last = 0;
}

/**
 * kc_ring_spans() - where bytes of a payload lie in memory
 * @ring: the ring
 * @pos: position of the first byte
 * @len: how many bytes, at most the ring's size
 * @span: set to one or two pieces; the second may have length 0
 *
 * Needs no lock: it looks at nothing that changes, and wherever @pos is, the
 * pieces lie in the buffer.
 */
void kc_ring_spans(const struct kc_ring *ring, u64 pos, u32 len,
		   struct kc_span span[2])
{
	u32 at = (u32)pos & (ring->size - 1);
	u32 first = ring->size - at;

	if (first > len)
		first = len;
	span[0].mem = ring->buf + at;
	span[0].len = first;
	span[1].mem = ring->buf;
	span[1].len = len - first;
}

/**
 * kc_ring_retire() - give up the oldest record
 * @ring: a ring that is not empty
 */
void kc_ring_retire(struct kc_ring *ring)
{
	ring->tail += kc_record_size(kc_ring_at(ring, ring->tail)->len);
}

/**
 * kc_ring_append() - make what was copied to the head a record
 * @ring: a ring with kc_record_size(@len) bytes free; the payload is in place
 * @len: bytes of payload
 *
 * The caller fills in the header but for its length and the way back.
 *
 * Return: the record's position.
 */
u64 kc_ring_append(struct kc_ring *ring, u32 len)
{
	struct kc_record *rec = kc_ring_at(ring, ring->head);
	u64 pos = ring->head;

	rec->len = len;
	rec->back = ring->last;
	ring->last = kc_record_size(len);
	ring->head = pos + ring->last;
	return pos;
}
