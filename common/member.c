// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * member.c - what an open file may ask of its room, and what may be asked of it
 *
 * Options, and information. Nothing here reads or writes messages.
 */
#include "room.h"

/**
 * kc_member_get_options() - what an open file was asked for
 * @member: the member
 * @ret_options: filled in
 */
void kc_member_get_options(const struct kc_member *member,
			   struct kchat_options *ret_options)
{
	memset(ret_options, 0, sizeof(*ret_options));
	if (member->records)
		ret_options->flags |= KCHAT_OPTION_RECORDS;
	if (member->lossy)
		ret_options->flags |= KCHAT_OPTION_LOSSY;
	if (member->no_echo)
		ret_options->flags |= KCHAT_OPTION_NO_ECHO;
	if (member->events)
		ret_options->flags |= KCHAT_OPTION_EVENTS;
	if (member->batch)
		ret_options->flags |= KCHAT_OPTION_BATCH;
	ret_options->low_water = member->low_water;
	ret_options->low_water_ms = member->low_water_ms;
}

/* What a file must have been opened for to ask for these options. */
static unsigned int kc_options_need(const struct kchat_options *options)
{
	unsigned int need = 0;

	if (options->flags & (KCHAT_OPTION_RECORDS | KCHAT_OPTION_LOSSY |
			      KCHAT_OPTION_EVENTS) ||
	    options->low_water || options->low_water_ms)
		need |= KC_READS;
	if (options->flags & KCHAT_OPTION_NO_ECHO)
		need |= KC_READS | KC_WRITES;
	if (options->flags & KCHAT_OPTION_BATCH)
		need |= KC_WRITES;
	return need;
}

/**
 * kc_member_set_options() - ask something of an open file (O1 to O8, W4)
 * @member: the member
 * @options: all its options
 *
 * Return: 0; -EINVAL for an unknown flag, events without records, or a reserved
 * field that is not zero; -EBADF if the file was not opened for what an option
 * is about; -EBUSY to switch records while a message was read in part. On
 * failure nothing has changed.
 */
int kc_member_set_options(struct kc_member *member,
			  const struct kchat_options *options)
{
	bool records = options->flags & KCHAT_OPTION_RECORDS;
	unsigned int need = kc_options_need(options), i;

	if (options->flags & ~KCHAT_OPTIONS)
		return -EINVAL;
	if ((options->flags & KCHAT_OPTION_EVENTS) && !records)
		return -EINVAL;
	for (i = 0; i < KC_ARRAY_SIZE(options->reserved); i++)
		if (options->reserved[i])
			return -EINVAL;
	if ((member->access & need) != need)
		return -EBADF;
	if (records != member->records && member->off &&
	    !kc_member_lapped(member))
		return -EBUSY;

	member->records = records;
	member->no_echo = options->flags & KCHAT_OPTION_NO_ECHO;
	member->batch = options->flags & KCHAT_OPTION_BATCH;
	kc_member_listen(member, options->flags & KCHAT_OPTION_EVENTS);
	kc_member_set_water(member, options->low_water, options->low_water_ms);
	if (member->access & KC_READS)
		kc_member_set_lossy(member,
				    options->flags & KCHAT_OPTION_LOSSY);
	return 0;
}

/**
 * kc_member_history() - go back (O3)
 * @member: the reader
 * @history: how far; set to how far it was
 *
 * It stops at the oldest message there is. What lies before its former cursor
 * the reader does not claim: if that is overwritten before it is read, it is a
 * loss like any other. From a loss that was not told yet there is no way back,
 * since nothing older is there.
 *
 * Return: 0; -EINVAL for a reserved field that is not zero; -EBADF if the file
 * was not opened for reading; -EPERM if the room has no history; -EBUSY while
 * a message was read in part. On failure nothing has changed.
 */
int kc_member_history(struct kc_member *member, struct kchat_history *history)
{
	struct kc_room *room = member->room;
	u64 pos = member->pos, seq = member->seq, bytes = member->bytes;
	struct kc_count quiet = member->quiet;
	u64 want = history->messages, done = 0;
	unsigned int i;

	for (i = 0; i < KC_ARRAY_SIZE(history->reserved); i++)
		if (history->reserved[i])
			return -EINVAL;
	if (!(member->access & KC_READS))
		return -EBADF;
	if (!(room->flags & KCHAT_ROOM_HISTORY))
		return -EPERM;
	if (member->off && !kc_member_lapped(member))
		return -EBUSY;

	history->messages = 0;
	if (kc_member_lapped(member))
		return 0;
	if (want >= seq - room->tail_seq) {
		done = seq - room->tail_seq -
		       (quiet.messages - member->sender->gone.messages);
		pos = room->ring.tail;
		seq = room->tail_seq;
		bytes = room->tail_bytes;
		quiet = member->sender->gone;
	}
	while (done < want && pos != room->ring.tail) {
		const struct kc_record *rec;

		pos = kc_ring_before(&room->ring, pos);
		rec = kc_ring_at(&room->ring, pos);
		seq--;
		bytes -= rec->len;
		if (kc_record_is_quiet(rec, member->sender)) {
			quiet.messages--;
			quiet.bytes -= rec->len;
		} else {
			done++;
		}
	}
	member->quiet = quiet;
	kc_member_move(member, pos, seq, bytes);
	history->messages = done;
	room->wake |= KC_WAKE_READERS;
	kc_lazy_wake(room);
	return 0;
}

/**
 * kc_member_unread() - what a reader has yet to read
 * @member: the reader
 *
 * Return: how much that is; what it lost but was not told of included, what it
 * wrote itself and does not want not.
 */
struct kc_count kc_member_unread(const struct kc_member *member)
{
	const struct kc_room *room = member->room;
	struct kc_count unread;

	unread.messages = room->next_seq - member->seq -
			  (member->sender->quiet.messages -
			   member->quiet.messages);
	unread.bytes = room->head_bytes - member->bytes - member->off -
		       (member->sender->quiet.bytes - member->quiet.bytes);
	return unread;
}

/* What of that is there still. */
static struct kc_count kc_member_here(const struct kc_member *member)
{
	const struct kc_sender *sender = member->sender;
	const struct kc_room *room = member->room;
	struct kc_count here;

	if (!kc_member_lapped(member))
		return kc_member_unread(member);
	here.messages = room->next_seq - room->tail_seq -
			(sender->quiet.messages - sender->gone.messages);
	here.bytes = room->head_bytes - room->tail_bytes -
		     (sender->quiet.bytes - sender->gone.bytes);
	return here;
}

/* A member as others see it, but for pid, uid and gid; @ret is all zero. */
static void kc_member_tell(const struct kc_member *member,
			   struct kchat_member *ret)
{
	struct kc_count unread;

	ret->id = member->id;
	if (member->access & KC_WRITES)
		ret->access |= KCHAT_ACCESS_WRITE;
	if (!(member->access & KC_READS))
		return;
	unread = kc_member_unread(member);
	ret->access |= KCHAT_ACCESS_READ;
	ret->unread_messages = unread.messages;
	ret->unread_bytes = unread.bytes;
	ret->lost_messages = member->lost_messages;
	ret->lost_bytes = member->lost_bytes;
}

/**
 * kc_room_members() - a page of the open files (O6)
 * @room: the room
 * @page: says where it begins; filled in, but for who they are
 * @sender: set to whose they are, for each of the page
 *
 * Return: 0, or -EINVAL if a reserved field is not zero.
 */
int kc_room_members(const struct kc_room *room, struct kchat_members *page,
		    struct kc_sender *sender[KCHAT_MEMBERS_PAGE])
{
	const struct kc_member *member;

	if (page->reserved)
		return -EINVAL;
	page->n = 0;
	memset(page->member, 0, sizeof(page->member));
	list_for_each_entry(member, &room->members, link) {
		if (member->id <= page->after)
			continue;
		if (page->n == KCHAT_MEMBERS_PAGE)
			break;
		kc_member_tell(member, &page->member[page->n]);
		sender[page->n++] = member->sender;
	}
	return 0;
}

/**
 * kc_room_lap_member() - end a member's claim (O6)
 * @room: the room
 * @uid: who opened the file that asks for it
 * @lap: whose claim
 *
 * Return: 0; -EINVAL if a reserved field is not zero; -EPERM for anybody but
 * the room's owner and root; -ESRCH if there is no such reader.
 */
int kc_room_lap_member(struct kc_room *room, u32 uid,
		       const struct kchat_lap *lap)
{
	struct kc_member *member;
	unsigned int i;

	for (i = 0; i < KC_ARRAY_SIZE(lap->reserved); i++)
		if (lap->reserved[i])
			return -EINVAL;
	if (uid && uid != room->owner)
		return -EPERM;
	list_for_each_entry(member, &room->members, link) {
		if (member->id != lap->member || !(member->access & KC_READS))
			continue;
		kc_member_release(member);
		return 0;
	}
	return -ESRCH;
}

/**
 * kc_member_info() - a room as an open file sees it (O5)
 * @member: the member
 * @ret_info: filled in, but for the name, which is not the engine's business
 */
void kc_member_info(const struct kc_member *member, struct kchat_info *ret_info)
{
	const struct kc_room *room = member->room;
	struct kc_count here;

	memset(ret_info, 0, sizeof(*ret_info));
	ret_info->version = KCHAT_VERSION;
	ret_info->options = KCHAT_OPTIONS;
	ret_info->capacity = room->ring.size;
	ret_info->patience_ms = room->patience;
	ret_info->readers = room->n_readers;
	ret_info->writers = room->n_writers;
	ret_info->messages_in = room->next_seq - 1;
	ret_info->bytes_in = room->head_bytes;
	ret_info->messages_out = room->out_messages;
	ret_info->bytes_out = room->out_bytes;
	ret_info->laps = room->laps;
	ret_info->member = member->id;
	ret_info->flags = room->flags;
	if (room->ended)
		ret_info->flags |= KCHAT_ROOM_REMOVED;
	ret_info->openers = room->n_members;
	if (!(member->access & KC_READS))
		return;
	here = kc_member_here(member);
	ret_info->unread_messages = here.messages;
	ret_info->unread_bytes = here.bytes;
	ret_info->lost_messages = member->lost_messages;
	ret_info->lost_bytes = member->lost_bytes;
}
