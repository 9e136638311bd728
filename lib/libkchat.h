/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * libkchat.h - talk in rooms, and manage them
 *
 * A room needs no library: open(2), read(2), write(2) and poll(2) are all of
 * it. This one is for programs that want to know who spoke and what was lost,
 * and would not like to write down once more how a room is found, a record is
 * taken apart, and a signal, a short write or an old backend is met.
 *
 * It prints nothing and keeps nothing but what the caller holds. Functions that
 * can fail return -errno. Of a room, one thread may read while others write;
 * different rooms have nothing in common. -EOPNOTSUPP always means: the backend
 * of this room is older than what was asked of it.
 *
 *	struct kchat_room *room;
 *	const struct kchat_item *item;
 *
 *	if (kchat_room_open(&room, "lobby", O_RDWR, KCHAT_OPTION_RECORDS) < 0)
 *		...
 *	kchat_room_send(room, "hello\n", 6);
 *	while (kchat_room_next(room, &item) > 0)
 *		if (item->kind == KCHAT_ITEM_MESSAGE)
 *			fwrite(item->data, 1, item->len, stdout);
 *	kchat_room_close(room);
 */
#ifndef LIBKCHAT_H
#define LIBKCHAT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/types.h>

#include "kchat.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Names and nodes ---- */

/**
 * kchat_name_ok - may a room have this name?
 * @name: the name
 *
 * Return: whether it may; KCHAT_CONTROL may not
 */
bool kchat_name_ok(const char *name);

/**
 * kchat_path_find - where is this room, or the control node?
 * @name: a path if there is a slash in it; else a name, looked up in $KCHAT_DIR
 *	if that is set, else in /dev/kchat, else in $XDG_RUNTIME_DIR/kchat
 * @ret_path: set to its path, PATH_MAX bytes. Where it is missing, to the
 *	first place where it should be; untouched only if there is no such path.
 *
 * Nothing is opened. A program with more rights than its caller ignores the
 * environment, as secure_getenv(3) does.
 *
 * Return: 0 or -errno: -EINVAL for a name that no room can have, -ENAMETOOLONG,
 * -ENOENT or -ENOTDIR if it is missing
 */
int kchat_path_find(const char *name, char *ret_path);

/**
 * kchat_node_judge - is this file a room, or the control node?
 * @st: what fstat(2) says about it; a descriptor opened with O_PATH will do
 *
 * Asked before a file is opened: to open a FIFO may wait for ever, to open a
 * device may set something off. kchat_room_open() asks by itself.
 *
 * Return: NULL if it is, else what it is instead ("a directory")
 */
const char *kchat_node_judge(const struct stat *st);

/* ---- An open room ---- */

/** struct kchat_room - an open room; its inside is the library's */
struct kchat_room;

/**
 * kchat_room_open - open a room
 * @ret_room: set to the room
 * @name: as for kchat_path_find()
 * @flags: of open(2): O_RDONLY, O_WRONLY or O_RDWR, and O_NONBLOCK for those
 *	who wait in poll(2). O_CLOEXEC is added.
 * @options: KCHAT_OPTION_*, or 0
 *
 * A file that is no room is not opened. What is written from now on can be read
 * here, all of it.
 *
 * Return: 0 or -errno: -EINVAL for a name that no room can have, -ENOTTY for a
 * file that is something else, -ENOSYS without /proc, -EBADF for options that
 * @flags do not go with, -EOPNOTSUPP for options that the backend does not know,
 * -ENOMEM, or what open(2) says
 */
int kchat_room_open(struct kchat_room **ret_room, const char *name, int flags,
		    unsigned int options);

/**
 * kchat_room_close - leave a room
 * @room: the room, or NULL. Items and paths of it are gone, too.
 */
void kchat_room_close(struct kchat_room *room);

/**
 * kchat_room_fd - its descriptor, for poll(2)
 * @room: the room
 *
 * Before poll(2), see kchat_room_pending().
 *
 * Return: the descriptor; it is closed with the room
 */
int kchat_room_fd(const struct kchat_room *room);

/**
 * kchat_room_path - where it was found
 * @room: the room
 *
 * Return: the path, good until the room is closed
 */
const char *kchat_room_path(const struct kchat_room *room);

/**
 * kchat_room_get_options - what is set for this opener
 * @room: the room
 * @ret_options: set to it
 *
 * Return: 0 or -errno; -EOPNOTSUPP
 */
int kchat_room_get_options(struct kchat_room *room,
			   struct kchat_options *ret_options);

/**
 * kchat_room_set_options - set all options at once, as KCHAT_SET_OPTIONS does
 * @room: the room
 * @options: flags and low-water mark; what is reserved, zero
 *
 * What kchat_room_next() has read already it still returns.
 *
 * Return: 0 or -errno: -EBADF for what the room was not opened for, -EBUSY to
 * switch records in the middle of a message, -EINVAL, -EOPNOTSUPP
 */
int kchat_room_set_options(struct kchat_room *room,
			   const struct kchat_options *options);

/* ---- Reading ---- */

/**
 * enum kchat_item_kind - what there is to be read
 * @KCHAT_ITEM_MESSAGE: somebody said something
 * @KCHAT_ITEM_JOIN: somebody opened the room (KCHAT_OPTION_EVENTS)
 * @KCHAT_ITEM_LEAVE: somebody closed it
 * @KCHAT_ITEM_LOSS: messages were lost here; reading goes on behind them
 */
enum kchat_item_kind {
	KCHAT_ITEM_MESSAGE = 1,
	KCHAT_ITEM_JOIN,
	KCHAT_ITEM_LEAVE,
	KCHAT_ITEM_LOSS,
};

/**
 * struct kchat_item - one thing read from a room
 * @kind: what it is
 * @record: its header: who, when, number; NULL of a loss
 * @data: what was said, of a message
 * @len: bytes of @data
 * @event: who it was, of a join or leave; else NULL
 * @lost_messages: of a loss: how many, in whole or in part
 * @lost_bytes: how many bytes of those
 *
 * It grows at its end only. Nothing but the library makes one.
 */
struct kchat_item {
	enum kchat_item_kind kind;
	const struct kchat_record *record;
	const void *data;
	size_t len;
	const struct kchat_event *event;
	uint64_t lost_messages;
	uint64_t lost_bytes;
};

/**
 * kchat_room_next - read the next message, event or loss
 * @room: the room, opened with KCHAT_OPTION_RECORDS
 * @ret_item: set to it; good until the next call with this room
 *
 * One read(2) may bring many items, which later calls return without another.
 * A signal does not end it. Whoever wants to be woken by one opens with
 * O_NONBLOCK and waits in ppoll(2).
 *
 * Return: 1; 0 once the room has ended; -EAGAIN if there is nothing now
 * (O_NONBLOCK); -EINVAL for a room that does not give records, -EPROTO for
 * records that are none, from then on; or another -errno if the room is gone
 */
int kchat_room_next(struct kchat_room *room,
		    const struct kchat_item **ret_item);

/**
 * kchat_room_pending - has kchat_room_next() more without reading?
 * @room: the room
 *
 * poll(2) knows nothing of what was read already. So do not wait while this is
 * true, or call kchat_room_next() until it says -EAGAIN.
 *
 * Return: whether it has
 */
bool kchat_room_pending(const struct kchat_room *room);

/**
 * kchat_room_read - read bytes, or whole records
 * @room: the room
 * @buf: where to
 * @len: bytes in @buf
 *
 * read(2) but for EINTR. Not to be mixed with kchat_room_next().
 *
 * Return: bytes read; 0 once the room has ended; -EAGAIN if there is nothing
 * now; -EPIPE if messages were lost, see kchat_room_loss(), and reading goes on
 * behind them; -EMSGSIZE if the next record is longer than @len; another -errno
 * if the room is gone
 */
ssize_t kchat_room_read(struct kchat_room *room, void *buf, size_t len);

/**
 * kchat_room_loss - how much was lost since it was asked last?
 * @room: the room
 * @ret_messages: set to the messages
 * @ret_bytes: set to their bytes
 *
 * For those who read by kchat_room_read(); an item has told it already.
 *
 * Return: 0 or -errno; -EOPNOTSUPP
 */
int kchat_room_loss(struct kchat_room *room, uint64_t *ret_messages,
		    uint64_t *ret_bytes);

/**
 * kchat_room_history - go back to what was said before
 * @room: the room, nothing of which was read yet
 * @messages: how many messages, or KCHAT_HISTORY_ALL
 * @ret_messages: set to how many it was; may be NULL
 *
 * Return: 0 or -errno: -EPERM if the room lets nobody go back, -EBADF,
 * -EBUSY, -EOPNOTSUPP
 */
int kchat_room_history(struct kchat_room *room, uint64_t messages,
		       uint64_t *ret_messages);

/* ---- Writing ---- */

/**
 * kchat_room_send - say something, as one message
 * @room: the room
 * @data: what
 * @len: its length, 1 to KCHAT_MSG_MAX
 *
 * A signal does not end it.
 *
 * Return: 0, or -errno: -EMSGSIZE for a length no message has, -EAGAIN if there
 * is no space now (O_NONBLOCK), -ENODEV once the room was removed, another
 * -errno if it is gone: then nothing was said. -EBADMSG: only its front was
 * said, as the memory behind cannot be read. -EINVAL with KCHAT_OPTION_BATCH,
 * see kchat_room_write()
 */
int kchat_room_send(struct kchat_room *room, const void *data, size_t len);

/**
 * kchat_room_send_within - say something, as one message, but not for ever
 * @room: the room, opened with O_NONBLOCK
 * @data: what
 * @len: its length
 * @timeout_ms: how long to wait for space at most, in ms
 *
 * Return: as kchat_room_send(); -ETIMEDOUT if there was no space, and -EINVAL
 * if the room was opened without O_NONBLOCK
 */
int kchat_room_send_within(struct kchat_room *room, const void *data,
			   size_t len, unsigned int timeout_ms);

/**
 * kchat_room_send_split - say something of any length, as so many messages
 * @room: the room
 * @data: what
 * @len: its length
 *
 * Others may get a word in between.
 *
 * Return: bytes that were said. If those are fewer than @len there was an
 * error, which the next call will return: -errno if nothing was said.
 */
ssize_t kchat_room_send_split(struct kchat_room *room, const void *data,
			      size_t len);

/**
 * kchat_room_write - say something, or as much of it as one message holds
 * @room: the room
 * @data: what; with KCHAT_OPTION_BATCH framed messages
 * @len: its length
 *
 * write(2) but for EINTR.
 *
 * Return: bytes accepted, or -errno and nothing was said
 */
ssize_t kchat_room_write(struct kchat_room *room, const void *data, size_t len);

/* ---- About a room ---- */

/**
 * kchat_room_info - what a room tells of itself and of this opener
 * @room: the room
 * @ret_info: set to it
 *
 * Return: 0 or -errno; -EOPNOTSUPP
 */
int kchat_room_info(struct kchat_room *room, struct kchat_info *ret_info);

/**
 * kchat_room_members - who has a room open
 * @room: the room
 * @ret_members: set to all of them in the order of their ids, to be freed by
 *	free(3)
 * @ret_n: set to how many there are
 *
 * Return: 0 or -errno; -ENOMEM, -EOPNOTSUPP; -EPROTO for what is no such list
 */
int kchat_room_members(struct kchat_room *room,
		       struct kchat_member **ret_members, size_t *ret_n);

/**
 * kchat_room_lap - end a reader's claim, so that it holds nobody back now
 * @room: the room, opened by its owner or by root
 * @member: whose
 *
 * Return: 0 or -errno: -EPERM, -ESRCH if there is no such reader, -EOPNOTSUPP
 */
int kchat_room_lap(struct kchat_room *room, uint64_t member);

/* ---- Management ---- */

/**
 * kchat_control_open - open the node by which rooms are managed
 * @dir: the directory of the rooms, or NULL for the one where names are looked
 *	up, see kchat_path_find()
 * @flags: O_RDONLY to list, O_WRONLY or O_RDWR for more
 *
 * Return: a descriptor for close(2), or -errno: -ENOTTY for a file that is
 * something else, -ENOSYS without /proc, or what open(2) says
 */
int kchat_control_open(const char *dir, int flags);

/**
 * kchat_control_create - make a room
 * @control: from kchat_control_open()
 * @spec: what it is to be; see KCHAT_SPEC_INIT
 *
 * Return: 0 or -errno: -EEXIST, -EBUSY while somebody has an old room of that
 * name open, -EINVAL for a name or size that cannot be, -EPERM for an owner or
 * group one may not give it, -ENOSPC if a limit is reached, -EBADF
 */
int kchat_control_create(int control, const struct kchat_spec *spec);

/**
 * KCHAT_SPEC_INIT - a room as it is made for whoever asks for no more
 *
 * Its owner's alone, lossless, without history, of the default size. It still
 * wants a name.
 */
#define KCHAT_SPEC_INIT						\
	{							\
		.patience_ms = KCHAT_PATIENCE_FOREVER,		\
		.mode = 0600,					\
		.uid = KCHAT_SELF,				\
		.gid = KCHAT_SELF,				\
	}

/**
 * kchat_control_remove - end a room
 * @control: from kchat_control_open()
 * @name: its name
 *
 * Its readers get what is left, then its end.
 *
 * Return: 0 or -errno: -EINVAL for a name that no room can have, -ENOENT,
 * -EPERM for another's room or the lobby, -EBADF
 */
int kchat_control_remove(int control, const char *name);

/**
 * kchat_control_change - change what a room is like
 * @control: from kchat_control_open()
 * @spec: its name, @change with KCHAT_CHANGE_*, and what those name
 *
 * Return: 0 or -errno: -ENOENT, -EPERM for another's room, -EINVAL, -EBADF
 */
int kchat_control_change(int control, const struct kchat_spec *spec);

/**
 * kchat_control_list - what rooms there are
 * @control: from kchat_control_open()
 * @ret_rooms: set to all of them in the order of their ids, to be freed by
 *	free(3)
 * @ret_n: set to how many there are
 *
 * Return: 0 or -errno; -ENOMEM, -EOPNOTSUPP; -EPROTO for what is no such list
 */
int kchat_control_list(int control, struct kchat_spec **ret_rooms,
		       size_t *ret_n);

#ifdef __cplusplus
}
#endif

#endif /* LIBKCHAT_H */
