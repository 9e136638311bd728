/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * kchat.h - what a program may know about a room
 *
 * The interface between kchat and the programs that open a room, the same for
 * the kernel module, CUSE and FUSE. Reading and writing need nothing from
 * here; the limits below are what read(2), write(2) and poll(2) keep to. With
 * the ioctls a program learns more of a room and its messages.
 *
 * Structures have a fixed size, no pointers and no holes: they are the same for
 * 32 and 64 bits. They grow by their reserved fields, which are zero.
 */
#ifndef KCHAT_H
#define KCHAT_H

#include <linux/ioctl.h>
#include <linux/types.h>

/**
 * KCHAT_MSG_MAX - the longest message, in bytes of payload
 *
 * A longer write(2) is a short write: it accepts so many bytes as one message.
 * The size is that of a pipe's default buffer (pipe(7)), so that a program
 * written for pipes never sees a shorter limit here.
 */
#define KCHAT_MSG_MAX		65536U

/**
 * KCHAT_POLLOUT_LEN - POLLOUT promises that a message of so many bytes fits
 *
 * POSIX's PIPE_BUF on Linux. After EAGAIN for n bytes POLLOUT promises n.
 */
#define KCHAT_POLLOUT_LEN	4096U

/** KCHAT_NAME_MAX - the longest name of a room, in bytes without the NUL */
#define KCHAT_NAME_MAX		31

/** KCHAT_LOBBY - the room that is there as soon as a backend is up */
#define KCHAT_LOBBY		"lobby"

/** KCHAT_CONTROL - the reserved name of the management node */
#define KCHAT_CONTROL		"control"

/**
 * KCHAT_CAPACITY_MIN - the smallest ring of a room, in bytes
 *
 * The power of two that holds the longest message and its header.
 */
#define KCHAT_CAPACITY_MIN	(128U << 10)

/** KCHAT_CAPACITY_DEFAULT - the ring of a room nobody gave a size, in bytes */
#define KCHAT_CAPACITY_DEFAULT	(256U << 10)

/** KCHAT_CAPACITY_MAX - the largest ring of a room, in bytes */
#define KCHAT_CAPACITY_MAX	(64U << 20)

/** KCHAT_OPENERS_DEFAULT - how many open files one room serves at once */
#define KCHAT_OPENERS_DEFAULT	1024U

/** KCHAT_PATIENCE_FOREVER - the patience of a room that never laps a reader */
#define KCHAT_PATIENCE_FOREVER	0xffffffffU

/** KCHAT_PATIENCE_LOBBY - the lobby's patience, in ms (W2) */
#define KCHAT_PATIENCE_LOBBY	5000U

/* ---- Records: what read(2) gives with KCHAT_OPTION_RECORDS ---- */

/** KCHAT_RECORD_MESSAGE - a record's type: what somebody wrote */
#define KCHAT_RECORD_MESSAGE	1U

/** KCHAT_RECORD_JOIN - somebody opened the room; struct kchat_event follows */
#define KCHAT_RECORD_JOIN	2U

/** KCHAT_RECORD_LEAVE - somebody closed it; struct kchat_event follows */
#define KCHAT_RECORD_LEAVE	3U

/**
 * struct kchat_record - what stands before each message (R3)
 * @size: bytes from here to the next record: header, payload and padding to 8
 * @len: bytes of payload, which begins behind this header
 * @type: KCHAT_RECORD_*; skip what you do not know
 * @flags: none yet
 * @pid: process that opened the file it came through; 0 if it has ended or
 *	cannot be seen from here
 * @seq: number of the message in its room; a gap is a loss, or a message of
 *	one's own with KCHAT_OPTION_NO_ECHO; of an event that of the last message
 * @time_ns: when it was accepted, in ns since the epoch
 * @uid: file-system user id of that process when it opened the file
 * @gid: file-system group id likewise
 */
struct kchat_record {
	__u32 size;
	__u32 len;
	__u16 type;
	__u16 flags;
	__u32 pid;
	__u64 seq;
	__u64 time_ns;
	__u32 uid;
	__u32 gid;
};

/**
 * struct kchat_event - the payload of a join or leave record (O4)
 * @member: the opener's id in its room, as in struct kchat_member
 * @access: KCHAT_ACCESS_*
 * @missed: events before this one that this reader was too slow for
 */
struct kchat_event {
	__u64 member;
	__u32 access;
	__u32 missed;
};

/** KCHAT_ACCESS_READ - an open file that reads */
#define KCHAT_ACCESS_READ	(1U << 0)

/** KCHAT_ACCESS_WRITE - an open file that writes */
#define KCHAT_ACCESS_WRITE	(1U << 1)

/**
 * KCHAT_BATCH_MAX - bytes of one batched write that are looked at (O7)
 *
 * The longest message and its header. What lies behind is for the next write.
 */
#define KCHAT_BATCH_MAX \
	(KCHAT_MSG_MAX + (__u32)sizeof(struct kchat_record))

/* ---- ioctl(2) ---- */

/** KCHAT_VERSION - of this interface; more is added without a new number */
#define KCHAT_VERSION		1U

/**
 * KCHAT_OPTION_RECORDS - read(2) returns whole records (O1)
 *
 * As many as fit; EMSGSIZE if the first does not, and then it stays.
 */
#define KCHAT_OPTION_RECORDS	(1U << 0)

/**
 * KCHAT_OPTION_LOSSY - hold nobody back, lose messages instead (W4)
 *
 * A read(2) tells of a loss by EPIPE, once; KCHAT_INFO says how much it was.
 */
#define KCHAT_OPTION_LOSSY	(1U << 1)

/**
 * KCHAT_OPTION_NO_ECHO - do not read what is written to this file (O2)
 *
 * Decided when a message is accepted. For files that read and write.
 */
#define KCHAT_OPTION_NO_ECHO	(1U << 2)

/**
 * KCHAT_OPTION_EVENTS - read who joins and leaves, as records (O4)
 *
 * Only together with KCHAT_OPTION_RECORDS.
 */
#define KCHAT_OPTION_EVENTS	(1U << 3)

/**
 * KCHAT_OPTION_BATCH - write(2) takes framed messages (O7)
 *
 * Each is a struct kchat_record, its payload and padding to 8 bytes, as they
 * are read; of the header only size, len, type (KCHAT_RECORD_MESSAGE) and flags
 * (0) count. Those that fit are accepted, each as a message of its own, and
 * their bytes are the result; only for the first it waits.
 */
#define KCHAT_OPTION_BATCH	(1U << 4)

/** KCHAT_OPTIONS - all there are, as KCHAT_INFO reports them */
#define KCHAT_OPTIONS						\
	(KCHAT_OPTION_RECORDS | KCHAT_OPTION_LOSSY |		\
	 KCHAT_OPTION_NO_ECHO | KCHAT_OPTION_EVENTS |		\
	 KCHAT_OPTION_BATCH)

/**
 * struct kchat_options - what an open file was asked for
 * @flags: KCHAT_OPTION_*
 * @low_water: a read waits, and POLLIN holds off, until so many bytes of
 *	payload are there (O8); 0 and 1: any byte
 * @low_water_ms: or until so many ms have passed since the first unread byte
 *	came; 0: as long as it takes. A writer who waits for room ends it too.
 * @reserved: zero
 */
struct kchat_options {
	__u32 flags;
	__u32 low_water;
	__u32 low_water_ms;
	__u32 reserved[5];
};

/**
 * struct kchat_info - a room, and what an open file makes of it (O5)
 * @version: KCHAT_VERSION
 * @options: KCHAT_OPTION_* that this backend knows
 * @name: of the room, ends with a NUL
 * @capacity: bytes of its ring, headers included
 * @patience_ms: how long it waits for slow readers, or KCHAT_PATIENCE_FOREVER
 * @readers: open files that read
 * @writers: open files that write
 * @messages_in: messages accepted since the room was made
 * @bytes_in: bytes of payload accepted
 * @messages_out: messages delivered, counted for each reader
 * @bytes_out: bytes of payload delivered, likewise
 * @laps: how often a reader was told of a loss
 * @unread_messages: messages that this file could read now, in whole or in part
 * @unread_bytes: bytes of payload that this file could read now
 * @lost_messages: messages this file was told it has lost, in whole or in part
 * @lost_bytes: bytes of payload it was told it has lost
 * @member: this file's own id in the room (struct kchat_member)
 * @flags: KCHAT_ROOM_*
 * @openers: open files in all
 * @reserved: zero
 */
struct kchat_info {
	__u32 version;
	__u32 options;
	char name[KCHAT_NAME_MAX + 1];
	__u32 capacity;
	__u32 patience_ms;
	__u32 readers;
	__u32 writers;
	__u64 messages_in;
	__u64 bytes_in;
	__u64 messages_out;
	__u64 bytes_out;
	__u64 laps;
	__u64 unread_messages;
	__u64 unread_bytes;
	__u64 lost_messages;
	__u64 lost_bytes;
	__u64 member;
	__u32 flags;
	__u32 openers;
	__u64 reserved[6];
};

/** KCHAT_HISTORY_ALL - go back to the oldest message there is */
#define KCHAT_HISTORY_ALL	0xffffffffffffffffULL

/**
 * struct kchat_history - how far to go back (O3)
 * @messages: how many messages, or KCHAT_HISTORY_ALL; set to how many it was
 * @reserved: zero
 */
struct kchat_history {
	__u64 messages;
	__u64 reserved[3];
};

/**
 * struct kchat_member - an open file of a room (O6)
 * @id: its id in the room; ids grow and are never used again
 * @pid: process that opened it; 0 if it has ended or cannot be seen from here
 * @uid: file-system user id of that process when it opened the file
 * @gid: file-system group id likewise
 * @access: KCHAT_ACCESS_*
 * @unread_messages: messages it has yet to read, those it lost but was not
 *	told of included
 * @unread_bytes: bytes of payload of those
 * @lost_messages: messages it was told it has lost
 * @lost_bytes: bytes of payload of those
 * @reserved: zero
 */
struct kchat_member {
	__u64 id;
	__u32 pid;
	__u32 uid;
	__u32 gid;
	__u32 access;
	__u64 unread_messages;
	__u64 unread_bytes;
	__u64 lost_messages;
	__u64 lost_bytes;
	__u64 reserved;
};

/** KCHAT_MEMBERS_PAGE - how many members one KCHAT_MEMBERS tells of */
#define KCHAT_MEMBERS_PAGE	8U

/**
 * struct kchat_members - a page of a room's open files (O6)
 * @after: tell of those whose id is greater; 0: from the first
 * @n: set to how many are told of; fewer than a page: there are no more
 * @reserved: zero
 * @member: those, in the order of their ids
 */
struct kchat_members {
	__u64 after;
	__u32 n;
	__u32 reserved;
	struct kchat_member member[KCHAT_MEMBERS_PAGE];
};

/**
 * struct kchat_lap - whose claim to end (O6)
 * @member: the id of an open file that reads
 * @reserved: zero
 */
struct kchat_lap {
	__u64 member;
	__u64 reserved[3];
};

/** KCHAT_ROOM_HISTORY - readers may go back (O3) */
#define KCHAT_ROOM_HISTORY	(1U << 0)

/** KCHAT_ROOM_REMOVED - it was removed, and somebody has it open still (C2) */
#define KCHAT_ROOM_REMOVED	(1U << 1)

/** KCHAT_CHANGE_PATIENCE - take the patience of a struct kchat_spec */
#define KCHAT_CHANGE_PATIENCE	(1U << 0)

/** KCHAT_CHANGE_HISTORY - take the history flag of a struct kchat_spec */
#define KCHAT_CHANGE_HISTORY	(1U << 1)

/** KCHAT_SELF - whoever opened the control node, as a uid or gid */
#define KCHAT_SELF		0xffffffffU

/**
 * struct kchat_spec - a room, as the control node makes and lists it (C1)
 * @name: ends with a NUL and has only NULs behind it
 * @id: in a list: rooms are listed in the order of their ids; else 0
 * @capacity: bytes of its ring, a power of two; to create, 0: the default
 * @patience_ms: how long it waits for slow readers, or KCHAT_PATIENCE_FOREVER
 * @flags: KCHAT_ROOM_*; to create and to change, KCHAT_ROOM_HISTORY or 0
 * @mode: permissions of its node when it was made, at most 0777
 * @uid: its owner; to create, KCHAT_SELF will do
 * @gid: its node's group likewise
 * @openers: in a list: who has it open; else 0
 * @change: KCHAT_CHANGE_*, to change; else 0
 * @reserved: zero
 *
 * To remove, only the name counts. To change, only name, change and what that
 * names.
 */
struct kchat_spec {
	char name[KCHAT_NAME_MAX + 1];
	__u64 id;
	__u32 capacity;
	__u32 patience_ms;
	__u32 flags;
	__u32 mode;
	__u32 uid;
	__u32 gid;
	__u32 openers;
	__u32 change;
	__u64 reserved[3];
};

/** KCHAT_LIST_PAGE - how many rooms one KCHAT_LIST tells of */
#define KCHAT_LIST_PAGE		8U

/**
 * struct kchat_list - a page of the rooms there are (C1)
 * @after: tell of those whose id is greater; 0: from the first
 * @n: set to how many are told of; fewer than a page: there are no more
 * @reserved: zero
 * @room: those, in the order of their ids
 */
struct kchat_list {
	__u64 after;
	__u32 n;
	__u32 reserved;
	struct kchat_spec room[KCHAT_LIST_PAGE];
};

/*
 * Requests to a room. The kernel's list of ioctl numbers
 * (Documentation/userspace-api/ioctl/ioctl-number.rst) gives 0xC7 to nobody. Any
 * other request: ENOTTY. An unknown flag, or a reserved field that is not zero:
 * EINVAL.
 *
 * KCHAT_INFO: ask about the room. Every open file may.
 * KCHAT_GET_OPTIONS: what is set for this open file.
 * KCHAT_SET_OPTIONS: set all options at once. EBADF: the file was not opened
 *	for what an option is about. EBUSY: a message was read in part, so
 *	records cannot be switched.
 * KCHAT_HISTORY: move this reader back (O3). EPERM: the room has no history.
 *	EBADF: not opened for reading. EBUSY: a message was read in part.
 * KCHAT_MEMBERS: who has the room open (O6). Every open file may.
 * KCHAT_LAP: end a member's claim: it holds nobody back with what is there now
 *	(O6). EPERM: the file was opened neither by the room's owner nor by
 *	root. ESRCH: there is no such reader.
 */
#define KCHAT_IOC		0xC7
#define KCHAT_INFO		_IOR(KCHAT_IOC, 0, struct kchat_info)
#define KCHAT_GET_OPTIONS	_IOR(KCHAT_IOC, 1, struct kchat_options)
#define KCHAT_SET_OPTIONS	_IOW(KCHAT_IOC, 2, struct kchat_options)
#define KCHAT_HISTORY		_IOWR(KCHAT_IOC, 3, struct kchat_history)
#define KCHAT_MEMBERS		_IOWR(KCHAT_IOC, 4, struct kchat_members)
#define KCHAT_LAP		_IOW(KCHAT_IOC, 5, struct kchat_lap)

/*
 * Requests to the control node, by which rooms are managed. Who may open it may
 * do so; to create, remove and change it must be open for writing (EBADF). Who
 * asks is who opened it.
 *
 * KCHAT_CREATE: make a room. EINVAL: a name or size that cannot be. EEXIST:
 *	there is such a room. EBUSY: there was, and somebody has it open still.
 *	EPERM: another's uid or gid takes the right to chown. ENOSPC: a limit is
 *	reached, for all. EDQUOT: the asker's own is.
 * KCHAT_REMOVE: end a room. ENOENT: there is none. EPERM: the asker neither
 *	owns it nor is root, or it is the lobby.
 * KCHAT_CHANGE: change what @change names. ENOENT, EPERM likewise.
 * KCHAT_LIST: what rooms there are.
 */
#define KCHAT_CREATE		_IOW(KCHAT_IOC, 16, struct kchat_spec)
#define KCHAT_REMOVE		_IOW(KCHAT_IOC, 17, struct kchat_spec)
#define KCHAT_CHANGE		_IOW(KCHAT_IOC, 18, struct kchat_spec)
#define KCHAT_LIST		_IOWR(KCHAT_IOC, 19, struct kchat_list)

#endif /* KCHAT_H */
