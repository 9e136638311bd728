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

/* ---- Records: what read(2) gives with KCHAT_OPTION_RECORDS ---- */

/** KCHAT_RECORD_MESSAGE - a record's type: what somebody wrote */
#define KCHAT_RECORD_MESSAGE	1U

/**
 * struct kchat_record - what stands before each message (R3)
 * @size: bytes from here to the next record: header, payload and padding to 8
 * @len: bytes of payload, which begins behind this header
 * @type: KCHAT_RECORD_MESSAGE; skip what you do not know
 * @flags: none yet
 * @pid: process that opened the file it came through; 0 if it has ended or
 *	cannot be seen from here
 * @seq: number of the message in its room; a gap is a loss
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

/** KCHAT_OPTIONS - all there are, as KCHAT_INFO reports them */
#define KCHAT_OPTIONS		(KCHAT_OPTION_RECORDS | KCHAT_OPTION_LOSSY)

/**
 * struct kchat_options - what an open file was asked for
 * @flags: KCHAT_OPTION_*
 * @reserved: zero
 */
struct kchat_options {
	__u32 flags;
	__u32 reserved[7];
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
	__u64 reserved[8];
};

/*
 * Requests. The kernel's list of ioctl numbers (Documentation/userspace-api/
 * ioctl/ioctl-number.rst) gives 0xC7 to nobody. Any other request: ENOTTY.
 *
 * KCHAT_INFO: ask about the room. Every open file may.
 * KCHAT_GET_OPTIONS: what is set for this open file.
 * KCHAT_SET_OPTIONS: set all options at once. EINVAL: an unknown flag, or a
 *	reserved field that is not zero. EBADF: not opened for reading. EBUSY: a
 *	message was read in part, so records cannot be switched.
 */
#define KCHAT_IOC		0xC7
#define KCHAT_INFO		_IOR(KCHAT_IOC, 0, struct kchat_info)
#define KCHAT_GET_OPTIONS	_IOR(KCHAT_IOC, 1, struct kchat_options)
#define KCHAT_SET_OPTIONS	_IOW(KCHAT_IOC, 2, struct kchat_options)

#endif /* KCHAT_H */
