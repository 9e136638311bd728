/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * room.h - a room: a ring, the members who have it open, and who waits
 *
 *     oldest kept        nothing claimed before             next message
 *        tail                 claim                            head
 *         v                     v                                v
 *   ------[ kept, no one needs ][ somebody has yet to read these ]---
 *
 * A room has one ring, hence one order of messages. Every member that reads
 * has a cursor and, as a rule, claims the ring from its cursor on; one that
 * went back claims from where it was before. Each record counts the claims that
 * begin at it, so that "how far may writers go" is answered without looking at
 * the members. A message is admitted when it fits behind the head without
 * touching the oldest claim; else its writer takes a turn in line.
 *
 * The engine is passive. Its caller gives it memory, holds the room's lock
 * around every call that does not say otherwise, waits, and copies. After its
 * calls and before it unlocks it calls kc_room_settle() once, which says whom
 * to wake: that is the one place where such things are decided.
 *
 * Life of a message:  kc_room_admit(), [kc_turn_join() and wait], copy to
 * kc_room_spans(), kc_room_publish().  Life of a read: kc_member_plan(), copy
 * from kc_ring_spans() (the lock may be dropped for it), kc_member_commit().
 */
#ifndef KC_ROOM_H
#define KC_ROOM_H

#include "kc_env.h"
#include "kchat.h"
#include "ring.h"

/* How many messages one plan covers: one lock round for as many of them. */
#define KC_PLAN_MAX	16

/* And how many with headers, which take a stack's room. */
#define KC_PLAN_RECORDS	8

#define KC_ARRAY_SIZE(array) (sizeof(array) / sizeof((array)[0]))

#define KC_NS_PER_MS	1000000ULL

/* How many events are kept for whoever is slow; a power of two. */
#define KC_EVENTS	64U

/* What a member may do with its file (kc_member_join()). */
#define KC_READS	0x1U
#define KC_WRITES	0x2U

/* Whom to wake (kc_room_settle()). */
#define KC_WAKE_READERS	0x1U	/* waiting readers and pollers for input */
#define KC_WAKE_TURN	0x2U	/* the first in line of the waiting writers */
#define KC_WAKE_WRITERS	0x4U	/* pollers for output */
#define KC_WAKE_ALL	0x8U	/* everybody: the room has ended */
#define KC_WAKE_LAZY	0x10U	/* as readers, but those with a low-water mark */

/* What a poll finds (kc_member_poll()). */
#define KC_POLL_IN	0x1U	/* a read would not wait */
#define KC_POLL_OUT	0x2U	/* a message would be accepted */
#define KC_POLL_PRI	0x4U	/* the next read tells of a loss */
#define KC_POLL_HUP	0x8U	/* the room has ended */
#define KC_POLL_ERR	0x10U	/* a write would fail, for the same reason */

/**
 * struct kc_count - some messages
 * @messages: how many
 * @bytes: bytes of their payload
 */
struct kc_count {
	u64 messages;
	u64 bytes;
};

/**
 * struct kc_sender - who opened a file, for as long as its messages are kept
 * @refs: the member, and one for each of its records in the ring
 * @quiet: of its messages those it does not read itself (O2)
 * @gone: of those the ones given up behind the tail
 * @link: in the room's list of senders nobody refers to any more
 *
 * Embedded in a structure of the caller's that knows the ids. The engine
 * counts; kc_room_gone() hands it back when the last reference went.
 */
struct kc_sender {
	u32 refs;
	struct kc_count quiet;
	struct kc_count gone;
	struct list_head link;
};

/**
 * struct kc_turn - a writer's place in line
 * @link: in the room's line of turns; empty when not in line
 * @room: the room it last waited in
 * @len: bytes of payload that wait
 * @called: it was woken and has yet to come
 */
struct kc_turn {
	struct list_head link;
	struct kc_room *room;
	u32 len;
	bool called;
};

/**
 * struct kc_event - somebody joined or left (O4)
 * @seq: number of the last message then
 * @time_ns: when it was, ns since the epoch
 * @member: who, by its id
 * @sender: and by name; NULL where there is no event
 * @access: KCHAT_ACCESS_*
 * @type: KCHAT_RECORD_JOIN or KCHAT_RECORD_LEAVE
 */
struct kc_event {
	u64 seq;
	u64 time_ns;
	u64 member;
	struct kc_sender *sender;
	u32 access;
	u16 type;
};

/**
 * struct kc_room - a room
 * @ring: the messages
 * @claim: no claim begins before this position; moves up when that is needed
 * @floor: none may begin before this one: patience with what lies there ended
 * @at_head: how many claims begin at the head
 * @next_seq: number of the next message
 * @tail_seq: number of the message at the tail
 * @tail_bytes: bytes of payload ever given up behind the tail
 * @head_bytes: bytes of payload ever accepted
 * @members: open files, in the order they came, which is that of their ids
 * @next_member: id of the next one
 * @n_members: how many
 * @n_readers: of those, how many have a cursor
 * @n_writers: and how many may write
 * @n_unclaimed: readers that do not claim what stands at their cursor:
 *	accepting may pass over them
 * @max_members: how many there may be
 * @out_messages: messages delivered, counted for each reader
 * @out_bytes: bytes of payload delivered, likewise
 * @laps: how often a reader was told of a loss
 * @turns: waiting writers, first come first
 * @withheld: the shortest message refused since pollers for output were last
 *	woken, in bytes: they are woken when it fits; 0: none
 * @refused: the longest message refused since it last would have fitted; the
 *	clock runs for it
 * @owner: uid of who may lap a member, change the room and remove it
 * @flags: KCHAT_ROOM_HISTORY or 0
 * @patience: ms to wait for the readers in the way, or KCHAT_PATIENCE_FOREVER
 * @waiting_since: ns, when the room's clock started; 0: it stands
 * @now_ns: the monotonic clock when it was last told
 * @lazy: lazy readers may sleep; the rest says when to wake them
 * @lazy_bytes: when so many bytes of payload were ever accepted
 * @lazy_pos: when the record here is given up, for that is a loss of theirs
 * @lazy_ns: at that time; 0: at no time
 * @lazy_ms: so many ms after the next message; 0: at no time
 * @lazy_unread: one of them may have something unread: when a writer waits
 * @event: the last events, each at its number modulo KC_EVENTS
 * @n_events: how many there ever were: the number of the next one
 * @n_listeners: readers that want them
 * @gone: senders nobody refers to any more
 * @wake: KC_WAKE_* gathered since the last kc_room_settle()
 * @ended: removed: readers read what is left, nothing more comes
 */
struct kc_room {
	struct kc_ring ring;
	u64 claim;
	u64 floor;
	u32 at_head;
	u64 next_seq;
	u64 tail_seq;
	u64 tail_bytes;
	u64 head_bytes;
	struct list_head members;
	u64 next_member;
	u32 n_members;
	u32 n_readers;
	u32 n_writers;
	u32 n_unclaimed;
	u32 max_members;
	u64 out_messages;
	u64 out_bytes;
	u64 laps;
	struct list_head turns;
	u32 withheld;
	u32 refused;
	u32 owner;
	u32 flags;
	u32 patience;
	u64 waiting_since;
	u64 now_ns;
	bool lazy;
	bool lazy_unread;
	u32 lazy_ms;
	u64 lazy_bytes;
	u64 lazy_pos;
	u64 lazy_ns;
	struct kc_event event[KC_EVENTS];
	u64 n_events;
	u32 n_listeners;
	struct list_head gone;
	unsigned int wake;
	bool ended;
};

/**
 * struct kc_member - an open file's part in its room
 * @link: in the room's members
 * @id: its own in the room; never that of another
 * @room: the room
 * @sender: who opened it
 * @access: KC_READS, KC_WRITES, both or none
 * @pos: the cursor: position of the record to read next
 * @home: where its claim begins: the cursor, or what lies ahead of it to which
 *	it had come before it went back (O3), or the head when it was lapped
 *	by hand (O6)
 * @off: bytes of its payload that were read already
 * @seq: number of the message at the cursor
 * @bytes: bytes of payload accepted in the room before that message
 * @quiet: of the messages before it those this file does not read, being its
 *	own (O2); the cursor never rests on such a one
 * @claimed: it claims the ring from @home on
 * @lossy: it never claims (its own patience is 0)
 * @records: it reads records instead of bytes
 * @no_echo: what it writes from now on it does not read
 * @batch: it writes frames, kc_batch_accept()
 * @events: it reads events among its records
 * @event: number of the event to read next
 * @low_water: bytes a read waits for, if not 0
 * @low_water_ms: or how old the first of them must be; 0: any age
 * @lazy: it has had a low-water mark: it sleeps with the lazy ones
 * @want: bytes that POLLOUT promises to fit
 * @lost_messages: messages it was told it lost, whole or in part
 * @lost_bytes: bytes of payload it was told it lost
 */
struct kc_member {
	struct list_head link;
	u64 id;
	struct kc_room *room;
	struct kc_sender *sender;
	unsigned int access;
	u64 pos;
	u64 home;
	u32 off;
	u64 seq;
	u64 bytes;
	struct kc_count quiet;
	bool claimed;
	bool lossy;
	bool records;
	bool no_echo;
	bool batch;
	bool events;
	u64 event;
	u32 low_water;
	u32 low_water_ms;
	bool lazy;
	u32 want;
	u64 lost_messages;
	u64 lost_bytes;
};

/**
 * struct kc_head - what stands before a record's payload in the ring
 * @record: the header
 * @event: of events all of the payload; of messages it is not there
 */
struct kc_head {
	struct kchat_record record;
	struct kchat_event event;
};

/**
 * kc_head_size() - how much of it is there
 * @head: the head
 *
 * Return: bytes.
 */
static inline size_t kc_head_size(const struct kc_head *head)
{
	return head->record.type == KCHAT_RECORD_MESSAGE ?
		       sizeof(head->record) : sizeof(*head);
}

/**
 * struct kc_plan - what one read is about to deliver
 * @pos: the cursor it was made for
 * @off: bytes of the first record that were read before
 * @next: how far it has come: position of a record
 * @next_off: bytes of that record that are in the plan, or were read before
 * @bytes: bytes to deliver in all, kc_plan_more() included
 * @own: whose quiet messages it leaves out
 * @records: a header goes before each piece, and padding to 8 bytes behind it
 * @events: events go between
 * @event: number of the first that the reader has not read
 * @from: number of the first that is there
 * @next_event: how far it has come with them
 * @n: how many pieces
 * @piece: each piece: position of its first byte and length, for
 *	kc_ring_spans()
 * @head: of records: what goes before each piece, but for pid, uid and gid
 * @sender: of records: whose those are
 */
struct kc_plan {
	u64 pos;
	u32 off;
	u64 next;
	u32 next_off;
	size_t bytes;
	const struct kc_sender *own;
	bool records;
	bool events;
	u64 event;
	u64 from;
	u64 next_event;
	unsigned int n;
	struct {
		u64 pos;
		u32 len;
	} piece[KC_PLAN_MAX];
	struct kc_head head[KC_PLAN_RECORDS];
	struct kc_sender *sender[KC_PLAN_RECORDS];
};

/**
 * kc_wire_size() - what a record takes in the reader's buffer
 * @len: bytes of payload
 *
 * Return: bytes, header and padding included.
 */
static inline size_t kc_wire_size(u32 len)
{
	return (sizeof(struct kchat_record) + len + 7U) & ~(size_t)7U;
}

/**
 * kc_member_lapped() - has a reader lost what it was about to read?
 * @member: the reader
 *
 * Return: true until kc_member_told().
 */
static inline bool kc_member_lapped(const struct kc_member *member)
{
	return kc_pos_before(member->pos, member->room->ring.tail);
}

/**
 * kc_record_is_quiet() - is a message none for its own sender? (O2)
 * @rec: the message
 * @sender: who would read it
 *
 * Return: true if it is @sender's own and was accepted so.
 */
static inline bool kc_record_is_quiet(const struct kc_record *rec,
				      const struct kc_sender *sender)
{
	return rec->quiet && rec->sender == sender;
}

/**
 * kc_count_add() - count one message more
 * @count: those counted before
 * @len: its bytes of payload
 */
static inline void kc_count_add(struct kc_count *count, u32 len)
{
	count->messages++;
	count->bytes += len;
}

bool kc_event_due(const struct kc_room *room, u64 number, u64 seq);

/**
 * kc_member_hears() - is the next thing a reader reads an event? (O4)
 * @member: the reader
 *
 * Return: true if one came before the message at its cursor.
 */
static inline bool kc_member_hears(const struct kc_member *member)
{
	return member->events &&
	       kc_event_due(member->room, member->event, member->seq);
}

bool kc_room_fits(struct kc_room *room, u32 len);
void kc_room_lap(struct kc_room *room, u32 len);
void kc_claim_drop(struct kc_member *member);
void kc_claim_take(struct kc_member *member);
void kc_claim_pass(struct kc_member *member);
void kc_member_move(struct kc_member *member, u64 pos, u64 seq, u64 bytes);
void kc_member_set_lossy(struct kc_member *member, bool lossy);
void kc_member_release(struct kc_member *member);

void kc_room_init(struct kc_room *room, void *buf, u32 size, u64 start);
void kc_room_deinit(struct kc_room *room);
void kc_room_end(struct kc_room *room);
unsigned int kc_room_settle(struct kc_room *room, u64 now_ns);
u64 kc_room_deadline(const struct kc_room *room);
void kc_room_gone(struct kc_room *room, struct list_head *ret_senders);

void kc_sender_init(struct kc_sender *sender);
void kc_sender_put(struct kc_sender *sender, struct kc_room *room);
int kc_member_join(struct kc_member *member, struct kc_room *room,
		   struct kc_sender *sender, unsigned int access, u64 time_ns);
void kc_member_leave(struct kc_member *member, u64 time_ns);

void kc_event_add(struct kc_member *member, u16 type, u64 time_ns);
void kc_member_listen(struct kc_member *member, bool on);
u64 kc_event_from(const struct kc_room *room, u64 number);
struct kc_sender *kc_event_head(const struct kc_room *room, u64 number,
				struct kc_head *head);

int kc_room_admit(struct kc_room *room, const struct kc_member *member,
		  u32 len, const struct kc_turn *turn);
void kc_room_refuse(struct kc_room *room, struct kc_member *member, u32 len);
bool kc_room_would_lap(const struct kc_room *room, u32 len);
void kc_room_spans(struct kc_room *room, u32 len, struct kc_span span[2]);
void kc_room_publish(struct kc_room *room, struct kc_member *member, u32 len,
		     u64 time_ns, u64 now_ns);

u32 kc_frame_len(const void *batch, size_t size);
int kc_batch_accept(struct kc_member *member, const void *batch, size_t size,
		    struct kc_turn *turn, u64 time_ns, u64 now_ns);

void kc_turn_init(struct kc_turn *turn, u32 len);
void kc_turn_join(struct kc_turn *turn, struct kc_room *room);
void kc_turn_served(struct kc_turn *turn);
void kc_turn_leave(struct kc_turn *turn);
struct kc_turn *kc_room_first_turn(struct kc_room *room);

u32 kc_tick(u64 now_ns);
bool kc_member_readable(struct kc_member *member, u64 now_ns);
void kc_member_set_water(struct kc_member *member, u32 bytes, u32 ms);
void kc_lazy_polled(const struct kc_member *member);
void kc_lazy_published(struct kc_room *room);
void kc_lazy_moved(struct kc_member *member);
void kc_lazy_wake(struct kc_room *room);
void kc_lazy_settle(struct kc_room *room);

/**
 * kc_member_holds_off() - does a read that may wait do so, whatever is there?
 * @member: the reader
 * @now_ns: the monotonic clock
 *
 * A read that may not wait takes what there is (O8).
 *
 * Return: true if there is too little for it.
 */
static inline bool kc_member_holds_off(struct kc_member *member, u64 now_ns)
{
	return member->low_water > 1 && !kc_member_readable(member, now_ns);
}

int kc_member_plan(struct kc_member *member, size_t len,
		   struct kc_plan *ret_plan);
bool kc_plan_more(const struct kc_room *room, size_t len,
		  struct kc_plan *plan);
size_t kc_plan_whole(const struct kc_plan *plan, size_t bytes);
int kc_member_commit(struct kc_member *member, const struct kc_plan *plan,
		     size_t bytes);
void kc_member_told(struct kc_member *member);

void kc_member_get_options(const struct kc_member *member,
			   struct kchat_options *ret_options);
int kc_member_set_options(struct kc_member *member,
			  const struct kchat_options *options);
struct kc_count kc_member_unread(const struct kc_member *member);
int kc_room_members(const struct kc_room *room, struct kchat_members *page,
		    struct kc_sender *sender[KCHAT_MEMBERS_PAGE]);
int kc_room_lap_member(struct kc_room *room, u32 uid,
		       const struct kchat_lap *lap);
int kc_member_history(struct kc_member *member, struct kchat_history *history);
void kc_member_info(const struct kc_member *member,
		    struct kchat_info *ret_info);
unsigned int kc_member_poll(struct kc_member *member, unsigned int asked,
			    u64 now_ns);

#endif /* KC_ROOM_H */
