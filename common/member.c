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
}

/**
 * kc_member_set_options() - ask something of an open file (O1, W4)
 * @member: the member
 * @options: all its options
 *
 * Return: 0; -EINVAL for an unknown flag or a reserved field that is not zero;
 * -EBADF if the file was not opened for reading; -EBUSY to switch records
 * while a message was read in part. On failure nothing has changed.
 */
int kc_member_set_options(struct kc_member *member,
			  const struct kchat_options *options)
{
	bool records = options->flags & KCHAT_OPTION_RECORDS;
	unsigned int i;

	if (options->flags & ~KCHAT_OPTIONS)
		return -EINVAL;
	for (i = 0; i < KC_ARRAY_SIZE(options->reserved); i++)
		if (options->reserved[i])
			return -EINVAL;
	if (!(member->access & KC_READS))
		return -EBADF;
	if (records != member->records && member->off &&
	    !kc_member_lapped(member))
		return -EBUSY;

	member->records = records;
	kc_member_set_lossy(member, options->flags & KCHAT_OPTION_LOSSY);
	return 0;
}

/**
 * kc_member_info() - a room as an open file sees it (O5)
 * @member: the member
 * @ret_info: filled in, but for the name, which is not the engine's business
 */
void kc_member_info(const struct kc_member *member, struct kchat_info *ret_info)
{
	const struct kc_room *room = member->room;
	u64 seq = member->seq, bytes = member->bytes + member->off;

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
	if (!(member->access & KC_READS))
		return;
	if (kc_member_lapped(member)) {
		seq = room->tail_seq;
		bytes = room->tail_bytes;
	}
	ret_info->unread_messages = room->next_seq - seq;
	ret_info->unread_bytes = room->head_bytes - bytes;
	ret_info->lost_messages = member->lost_messages;
	ret_info->lost_bytes = member->lost_bytes;
}
