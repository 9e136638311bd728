/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * kchat_compat.h - one kernel interface for the module, whatever the kernel
 *
 * All differences between kernels stand here and nowhere else, behind names of
 * ours. KCHAT_PROBE_* come from kchat_config.h, which compat/kernel/probe made
 * by compiling: 1 where the newer form exists, else 0. To add a difference, add
 * the probe (probes/NAME-new.c and -old.c, or probes/NAME.c) and the shim.
 *
 * No shim where one form does for all: class_register() instead of
 * class_create(), noop_llseek() (there in every kernel), strscpy() with three
 * arguments.
 */
#ifndef KCHAT_COMPAT_H
#define KCHAT_COMPAT_H

#include <linux/device.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/poll.h>
#include <linux/timer.h>
#include <linux/uio.h>

#include "kchat_config.h"

/* struct device_type.devnode: its device argument is const from 6.3 on. */
#if KCHAT_PROBE_DEVNODE_CONST
#define KCHAT_DEVNODE_CONST const
#else
#define KCHAT_DEVNODE_CONST
#endif

/* The direction of an iov_iter: named so from 6.1 on, WRITE and READ before. */
#ifdef ITER_SOURCE
#define KCHAT_ITER_SOURCE ITER_SOURCE
#define KCHAT_ITER_DEST   ITER_DEST
#else
#define KCHAT_ITER_SOURCE WRITE
#define KCHAT_ITER_DEST   READ
#endif

/* Poll events: a type of their own from 4.16 on. */
#if KCHAT_PROBE_POLL_T
#define kchat_poll_t __poll_t
#else
#define kchat_poll_t unsigned int
enum { __poll_t };	/* where it is a type after all, this does not compile */
#endif

/**
 * kchat_fault_in_readable() - bring user memory in before copying from it
 * @from: what will be copied
 * @bytes: how many bytes of it
 *
 * From 5.16 on the kernel tells how much it could not reach, before only that.
 * A hint: the memory may be gone again when the copy is made.
 *
 * Context: may sleep.
 * Return: 0, or -EFAULT if some of the bytes cannot be read.
 */
static inline int kchat_fault_in_readable(struct iov_iter *from, size_t bytes)
{
#if KCHAT_PROBE_FAULT_IN_READABLE
	return fault_in_iov_iter_readable(from, bytes) ? -EFAULT : 0;
#else
	return iov_iter_fault_in_readable(from, bytes) ? -EFAULT : 0;
#endif
}

/**
 * kchat_timer_stop() - stop a timer and wait until its function has returned
 * @timer: the timer
 *
 * timer_delete_sync(), which many kernels before 6.2 call del_timer_sync().
 *
 * Context: may sleep (where PREEMPT_RT); hold no lock its function takes.
 */
static inline void kchat_timer_stop(struct timer_list *timer)
{
#if KCHAT_PROBE_TIMER_DELETE_SYNC
	timer_delete_sync(timer);
#else
	del_timer_sync(timer);
#endif
}

/**
 * kchat_nowait() - was this one call asked not to wait (RWF_NOWAIT)?
 * @iocb: the call
 *
 * Return: whether it was.
 */
static inline bool kchat_nowait(const struct kiocb *iocb)
{
#ifdef IOCB_NOWAIT
	return iocb->ki_flags & IOCB_NOWAIT;
#else
	return false;
#endif
}

/**
 * kchat_file_nowait() - this file's reads and writes understand RWF_NOWAIT
 * @filp: a file being opened
 */
static inline void kchat_file_nowait(struct file *filp)
{
#ifdef FMODE_NOWAIT
	filp->f_mode |= FMODE_NOWAIT;
#endif
}

#endif /* KCHAT_COMPAT_H */
