/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * kchat.h - what a program may know about a room
 *
 * The interface between kchat and the programs that open a room, the same for
 * the kernel module, CUSE and FUSE. Reading and writing need nothing from
 * here; the limits below are what read(2), write(2) and poll(2) keep to.
 */
#ifndef KCHAT_H
#define KCHAT_H

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

#endif /* KCHAT_H */
