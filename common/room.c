// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * room.c - a room: a ring, its members, and who waits; room.h has the picture.
 * What readers have yet to read is in claim.c, what a member reads in read.c.
 *
 * Work is constant per message published, retired or read; only lapping and
 * nothing else looks at all members, and each time at least one of them must
 * have read since the last.
 */
#include "room.h"

/* --- senders ------------------------------------------------------------ */

/**
 * kc_sender_init() - a sender nobody refers to yet
 * @sender: the sender
 */
void kc_sender_init(struct kc_sender *sender)
{
	memset(sender, 0, sizeof(*sender));
	INIT_LIST_HEAD(&sender->link);
}

/**
 * kc_sender_put() - one reference less; the engine's own
 * @sender: the sender
 * @room: the room, which hands it back when it was the last one
 */
void kc_sender_put(struct kc_sender *sender, struct kc_room *room)
{
	kc_assert(sender->refs);
	if (--sender->refs == 0)
		list_add_tail(&sender->link, &room->gone);
}

/**
 * kc_room_gone() - take the senders nobody refers to any more
 * @room: the room
 * @ret_senders: an initialised list they are added to, by @link; the caller
 *	frees them, without the room's lock if it likes
 */
void kc_room_gone(struct kc_room *room, struct list_head *ret_senders)
{
	list_splice_init(&room->gone, ret_senders);
}

/* --- the room ----------------------------------------------------------- */

/**
 * kc_room_init() - an empty room with default limits and patience forever
 * @room: the room
 * @buf: kc_ring_memory(@size) bytes aligned to 8; they stay the caller's
 * @size: bytes of ring, passed by kc_ring_size_check()
 * @start: first position; KC_RING_START but for tests
 */
void kc_room_init(struct kc_room *room, void *buf, u32 size, u64 start)
{
	memset(room, 0, sizeof(*room));
	kc_ring_init(&room->ring, buf, size, start);
	room->claim = start;
	room->floor = start;
	room->next_seq = 1;
	room->tail_seq = 1;
	room->next_member = 1;
	INIT_LIST_HEAD(&room->members);
	INIT_LIST_HEAD(&room->turns);
	INIT_LIST_HEAD(&room->gone);
	room->max_members = KCHAT_OPENERS_DEFAULT;
	room->patience = KCHAT_PATIENCE_FOREVER;
}

static void kc_room_retire(struct kc_room *room)
{
	struct kc_record *rec = kc_ring_at(&room->ring, room->ring.tail);

	kc_assert(!rec->claims);
	room->tail_seq++;
	room->tail_bytes += rec->len;
	if (rec->quiet)
		kc_count_add(&rec->sender->gone, rec->len);
	kc_sender_put(rec->sender, room);
	kc_ring_retire(&room->ring);
}

/**
 * kc_room_deinit() - give up all messages, so that the memory can be freed
 * @room: a room without members and turns
 *
 * The senders are left for kc_room_gone().
 */
void kc_room_deinit(struct kc_room *room)
{
	kc_assert(list_empty(&room->members) && list_empty(&room->turns));
	while (room->ring.tail != room->ring.head)
		kc_room_retire(room);
}

/**
 * kc_room_end() - the room is removed (C2)
 * @room: the room
 *
 * Readers get what is left, then end of file; writers get -ENODEV; nobody
 * joins any more.
 */
void kc_room_end(struct kc_room *room)
{
	if (room->ended)
		return;
	room->ended = true;
	room->waiting_since = 0;
	room->lazy = false;
	room->wake |= KC_WAKE_ALL;
}

/* --- members ------------------------------------------------------------ */

/**
 * kc_member_join() - a file is opened
 * @member: the new member; what it held before is of no interest
 * @room: the room
 * @sender: who opened it, kc_sender_init() done; comes back by kc_room_gone()
 *	when the member left and its last message was given up
 * @access: KC_READS and KC_WRITES as the file's mode says
 * @time_ns: the time of day, ns since the epoch
 *
 * A reader starts at the end (R1). One that only writes has no cursor and
 * holds nobody back (R7).
 *
 * Return: 0; -ENODEV if the room has ended; -EUSERS if it is full. On failure
 * nothing has changed and @sender is the caller's.
 */
int kc_member_join(struct kc_member *member, struct kc_room *room,
		   struct kc_sender *sender, unsigned int access, u64 time_ns)
{
	if (room->ended)
		return -ENODEV;
	if (room->n_members >= room->max_members)
		return -EUSERS;

	memset(member, 0, sizeof(*member));
	member->id = room->next_member++;
	member->room = room;
	member->sender = sender;
	sender->refs++;
	member->access = access;
	member->want = KCHAT_POLLOUT_LEN;
	list_add_tail(&member->link, &room->members);
	room->n_members++;
	if (access & KC_WRITES)
		room->n_writers++;
	if (access & KC_READS) {
		member->pos = room->ring.head;
		member->home = room->ring.head;
		member->seq = room->next_seq;
		member->bytes = room->head_bytes;
		room->n_readers++;
		room->n_unclaimed++;
		kc_claim_take(member);
	}
	kc_event_add(member, KCHAT_RECORD_JOIN, time_ns);
	return 0;
}

/**
 * kc_member_leave() - a file is closed, or its process died
 * @member: the member; it has no turn in line
 * @time_ns: the time of day, ns since the epoch
 *
 * Releases what it held back (W8). Its messages stay.
 */
void kc_member_leave(struct kc_member *member, u64 time_ns)
{
	struct kc_room *room = member->room;

	kc_member_listen(member, false);
	kc_event_add(member, KCHAT_RECORD_LEAVE, time_ns);
	if (member->access & KC_READS) {
		kc_claim_drop(member);
		room->n_unclaimed--;
		room->n_readers--;
	}
	if (member->access & KC_WRITES)
		room->n_writers--;
	list_del_init(&member->link);
	room->n_members--;
	kc_sender_put(member->sender, room);
	member->room = NULL;
}

/* --- writing ------------------------------------------------------------ */

static bool kc_turn_is_next(const struct kc_room *room,
			    const struct kc_turn *turn)
{
	if (list_empty(&room->turns))
		return true;
	return turn && room->turns.next == &turn->link;
}

/**
 * kc_room_admit() - may a message be accepted now? (W1)
 * @room: the room
 * @member: whose message
 * @len: bytes of payload, 1 to KCHAT_MSG_MAX
 * @turn: the caller's turn if it is in line, else NULL
 *
 * Return: 0: copy it to kc_room_spans() and call kc_room_publish() without
 * unlocking, or leave it and nothing has happened. -EAGAIN: not now; take a
 * turn, or kc_room_refuse() it. -EBADF: the file was not opened for writing.
 * -ENODEV: the room has ended.
 */
int kc_room_admit(struct kc_room *room, const struct kc_member *member,
		  u32 len, const struct kc_turn *turn)
{
	kc_assert(len && len <= KCHAT_MSG_MAX);
	if (!(member->access & KC_WRITES))
		return -EBADF;
	if (room->ended)
		return -ENODEV;
	if (kc_turn_is_next(room, turn)) {
		if (!kc_room_fits(room, len) && !room->patience)
			kc_room_lap(room, len);
		if (kc_room_fits(room, len))
			return 0;
	}
	return -EAGAIN;
}

static void kc_room_withhold(struct kc_room *room, u32 len)
{
	if (!room->withheld || len < room->withheld)
		room->withheld = len;
	if (len > room->refused)
		room->refused = len;
}

/**
 * kc_room_refuse() - a writer is told -EAGAIN instead of waiting (W5)
 * @room: the room
 * @member: whose message
 * @len: bytes of payload that were not admitted
 *
 * From now on POLLOUT tells this member of messages of so many bytes (W7), and
 * its pollers are woken when one fits.
 */
void kc_room_refuse(struct kc_room *room, struct kc_member *member, u32 len)
{
	member->want = len;
	kc_room_withhold(room, len);
}

/**
 * kc_room_would_lap() - does accepting cost some reader what it has not read?
 * @room: the room
 * @len: bytes of payload of an admitted message
 *
 * Copying that may fault must then be done elsewhere first: a fault laps
 * nobody (M6).
 *
 * Return: whether it does.
 */
bool kc_room_would_lap(const struct kc_room *room, u32 len)
{
	u64 kept = room->ring.head - room->ring.tail;

	return room->n_unclaimed &&
	       kept + kc_record_size(len) > room->ring.size;
}

/**
 * kc_room_spans() - where to copy an admitted message
 * @room: the room
 * @len: bytes of payload
 * @span: set to the memory for it, in one or two pieces
 *
 * Gives up as many of the oldest records as it takes, which nobody claims.
 */
void kc_room_spans(struct kc_room *room, u32 len, struct kc_span span[2])
{
	struct kc_ring *ring = &room->ring;

	while (ring->head + kc_record_size(len) - ring->tail > ring->size)
		kc_room_retire(room);
	kc_ring_spans(ring, kc_payload_pos(ring->head), len, span);
}

/**
 * kc_room_publish() - a message is accepted: it stands in kc_room_spans()
 * @room: the room
 * @member: whose message
 * @len: bytes of payload
 * @time_ns: the time of day, ns since the epoch
 * @now_ns: the monotonic clock
 */
void kc_room_publish(struct kc_room *room, struct kc_member *member, u32 len,
		     u64 time_ns, u64 now_ns)
{
	u64 pos = kc_ring_append(&room->ring, len);
	struct kc_record *rec = kc_ring_at(&room->ring, pos);

	rec->claims = room->at_head;
	rec->seq = room->next_seq++;
	rec->time_ns = time_ns;
	rec->sender = member->sender;
	rec->sender->refs++;
	rec->quiet = member->no_echo;
	rec->tick = kc_tick(now_ns);
	room->now_ns = now_ns;
	room->at_head = 0;
	room->head_bytes += len;
	if (rec->quiet) {
		kc_count_add(&rec->sender->quiet, len);
		/* It has read all there was, and so it has now. */
		if (member->pos == pos)
			kc_member_move(member, pos, member->seq, member->bytes);
		else if (member->home == pos)
			kc_claim_pass(member);
	}
	kc_lazy_published(room);
	/* From here on POLLOUT promises less: to who waits for it, if anybody does */
	if (member->want > KCHAT_POLLOUT_LEN &&
	    room->withheld > KCHAT_POLLOUT_LEN)
		room->withheld = KCHAT_POLLOUT_LEN;
	member->want = KCHAT_POLLOUT_LEN;
	room->wake |= KC_WAKE_READERS;
}

/**
 * kc_turn_init() - a place in line, not yet taken
 * @turn: the turn
 * @len: bytes of payload that will wait
 */
void kc_turn_init(struct kc_turn *turn, u32 len)
{
	INIT_LIST_HEAD(&turn->link);
	turn->room = NULL;
	turn->len = len;
	turn->called = false;
}

/**
 * kc_turn_join() - wait at the end of the line
 * @turn: a turn not in line
 * @room: the room
 */
void kc_turn_join(struct kc_turn *turn, struct kc_room *room)
{
	turn->room = room;
	turn->called = false;
	list_add_tail(&turn->link, &room->turns);
}

/**
 * kc_turn_served() - leave the line: the message was published
 * @turn: a turn, in line or not
 */
void kc_turn_served(struct kc_turn *turn)
{
	list_del_init(&turn->link);
}

/**
 * kc_turn_leave() - leave the line unserved: interrupted, or the room ended
 * @turn: a turn, in line or not
 *
 * A writer who comes again and again finds the room's clock running on: what
 * was broken off counts as refused.
 */
void kc_turn_leave(struct kc_turn *turn)
{
	if (list_empty(&turn->link))
		return;
	list_del_init(&turn->link);
	kc_room_withhold(turn->room, turn->len);
}

/**
 * kc_room_first_turn() - who is next
 * @room: the room
 *
 * Return: the first turn in line, NULL if nobody waits.
 */
struct kc_turn *kc_room_first_turn(struct kc_room *room)
{
	if (list_empty(&room->turns))
		return NULL;
	return list_first_entry(&room->turns, struct kc_turn, link);
}

/* --- waiting ------------------------------------------------------------ */

/**
 * kc_member_poll() - what would not wait (W7)
 * @member: the member
 * @asked: KC_POLL_OUT and KC_POLL_PRI if the poller asks for them, any other bits
 * @now_ns: the monotonic clock
 *
 * Where output is asked for and withheld, the room remembers to wake the
 * pollers once a message as long as this member wants would fit.
 *
 * Once the room has ended a write does not wait either, it fails. That is said
 * as of a pipe that nobody reads, by an error: select() takes that for a file
 * that can be written, but not the mere end.
 *
 * Return: KC_POLL_* bits, only for what the file was opened for, asked or not.
 */
unsigned int kc_member_poll(struct kc_member *member, unsigned int asked,
			    u64 now_ns)
{
	struct kc_room *room = member->room;
	unsigned int found = 0;

	if (room->ended)
		found |= KC_POLL_HUP;
	if (member->access & KC_READS) {
		if (kc_member_readable(member, now_ns)) {
			found |= KC_POLL_IN;
			if (asked & KC_POLL_PRI)
				kc_lazy_polled(member);
		}
		if (kc_member_lapped(member))
			found |= KC_POLL_PRI;
	}
	if (member->access & KC_WRITES) {
		if (room->ended)
			found |= KC_POLL_ERR;
		else if (list_empty(&room->turns) &&
			 (!room->patience || kc_room_fits(room, member->want)))
			found |= KC_POLL_OUT;
		else if (asked & KC_POLL_OUT)
			kc_room_withhold(room, member->want);
	}
	return found;
}

/*
 * Patience (W2). The clock starts with the first wait or refusal that finds no
 * space, and stands when there is space for the longest of them. Pollers that
 * were not woken since wait as well: space that was there for them, too, went to
 * the writers in line. Whoever was refused and never came again has started it
 * all the same: it is the room's.
 */
static void kc_room_clock(struct kc_room *room, u64 now_ns)
{
	struct kc_turn *turn = kc_room_first_turn(room);
	u32 due = room->refused;

	if (turn && turn->len > due)
		due = turn->len;
	if (room->withheld > due)
		due = room->withheld;
	if (!due || room->patience == KCHAT_PATIENCE_FOREVER ||
	    kc_room_fits(room, due)) {
		room->waiting_since = 0;
		return;
	}
	if (!room->waiting_since)
		room->waiting_since = now_ns;
	if (now_ns - room->waiting_since < room->patience * KC_NS_PER_MS)
		return;
	kc_room_lap(room, due);
	room->waiting_since = 0;
}

/**
 * kc_room_settle() - after all calls, before unlocking: whom to wake
 * @room: the room
 * @now_ns: the monotonic clock in ns, not 0
 *
 * The first in line is called when its message fits, once. With nobody in line
 * pollers for output are called when the shortest message they were refused
 * fits, once. While messages do not fit the room's clock runs; when patience
 * ends exactly the readers in the way lose their claims. Lazy readers are
 * called when there may be enough for one of them, once.
 *
 * Return: KC_WAKE_* bits, for wake-ups after unlocking.
 */
unsigned int kc_room_settle(struct kc_room *room, u64 now_ns)
{
	struct kc_turn *turn = kc_room_first_turn(room);
	unsigned int wake;

	room->now_ns = now_ns;
	if (room->ended)
		goto out;

	kc_room_clock(room, now_ns);
	if (turn) {
		bool fits = kc_room_fits(room, turn->len);

		if (fits && !turn->called)
			room->wake |= KC_WAKE_TURN;
		turn->called = fits;
	} else if (room->withheld && kc_room_fits(room, room->withheld)) {
		room->wake |= KC_WAKE_WRITERS;
		room->withheld = 0;
	}
	if (room->refused && kc_room_fits(room, room->refused))
		room->refused = 0;
	kc_lazy_settle(room);
out:
	wake = room->wake;
	room->wake = 0;
	return wake;
}

/**
 * kc_room_deadline() - when to call kc_room_settle() again though nothing
 * happens
 * @room: the room, just settled
 *
 * Return: ns on the clock given to kc_room_settle(); 0: never.
 */
u64 kc_room_deadline(const struct kc_room *room)
{
	u64 lazy = room->lazy ? room->lazy_ns : 0, patience;

	if (!room->waiting_since)
		return lazy;
	patience = room->waiting_since + room->patience * KC_NS_PER_MS;
	return lazy && lazy < patience ? lazy : patience;
}
