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

#include <linux/cdev.h>
#include <linux/compat.h>
#include <linux/device.h>
#include <linux/errno.h>
#include <linux/fs.h>
#include <linux/mm.h>
#include <linux/poll.h>
#include <linux/slab.h>
#include <linux/uio.h>
#include <linux/vmalloc.h>

#include "kchat_config.h"

/* signal_pending(): in a header of its own from 4.11 on. */
#if KCHAT_PROBE_SCHED_SIGNAL
#include <linux/sched/signal.h>
#else
#include <linux/sched.h>
#endif

/* Memory charged to the caller: a flag from 4.5 on, the rule before. */
#ifdef GFP_KERNEL_ACCOUNT
#define KCHAT_GFP_ACCOUNT GFP_KERNEL_ACCOUNT
#else
#define KCHAT_GFP_ACCOUNT GFP_KERNEL
#endif

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

/* Poll events: from 4.16 on a type and names of their own. */
#if KCHAT_PROBE_POLL_T
#define kchat_poll_t  __poll_t
#define KCHAT_POLLIN  (EPOLLIN | EPOLLRDNORM)
#define KCHAT_POLLOUT (EPOLLOUT | EPOLLWRNORM)
#define KCHAT_POLLPRI EPOLLPRI
#define KCHAT_POLLHUP EPOLLHUP
#define KCHAT_POLLERR EPOLLERR
#else
#define kchat_poll_t  unsigned int
enum { __poll_t };	/* where it is a type after all, this does not compile */
#define KCHAT_POLLIN  (POLLIN | POLLRDNORM)
#define KCHAT_POLLOUT (POLLOUT | POLLWRNORM)
#define KCHAT_POLLPRI POLLPRI
#define KCHAT_POLLHUP POLLHUP
#define KCHAT_POLLERR POLLERR
#endif

/**
 * kchat_cdev_device_add() - a device and its character device, to the world
 * @cdev: the character device; its open files hold the device
 * @dev: the device, initialized, with its number
 *
 * It may be opened before this returns. cdev_device_add() is of 4.12.
 *
 * Context: may sleep.
 * Return: 0, or -errno and neither was added.
 */
static inline int kchat_cdev_device_add(struct cdev *cdev, struct device *dev)
{
#if KCHAT_PROBE_CDEV_DEVICE_ADD
	return cdev_device_add(cdev, dev);
#else
	int err;

	cdev->kobj.parent = &dev->kobj;
	err = cdev_add(cdev, dev->devt, 1);
	if (err)
		return err;
	err = device_add(dev);
	if (err)
		cdev_del(cdev);
	return err;
#endif
}

/**
 * kchat_cdev_device_del() - take both away again
 * @cdev: the character device; who has it open keeps it
 * @dev: the device
 *
 * Context: may sleep.
 */
static inline void kchat_cdev_device_del(struct cdev *cdev, struct device *dev)
{
#if KCHAT_PROBE_CDEV_DEVICE_ADD
	cdev_device_del(cdev, dev);
#else
	device_del(dev);
	cdev_del(cdev);
#endif
}

/**
 * kchat_kvmalloc() - memory charged to the caller, contiguous or not
 * @size: how many bytes
 *
 * Freed by kvfree(). kvmalloc() is of 4.12. How many it is users ask for: that
 * there is not so much is theirs to know, and no matter for the log.
 *
 * Context: may sleep.
 * Return: the memory, or NULL.
 */
static inline void *kchat_kvmalloc(size_t size)
{
#if KCHAT_PROBE_KVMALLOC
	return kvmalloc(size, KCHAT_GFP_ACCOUNT | __GFP_NOWARN);
#else
	void *memory = kmalloc(size, KCHAT_GFP_ACCOUNT | __GFP_NOWARN |
			       __GFP_NORETRY);

	if (memory)
		return memory;
	return __vmalloc(size, KCHAT_GFP_ACCOUNT | __GFP_NOWARN | __GFP_HIGHMEM,
			 PAGE_KERNEL);
#endif
}

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
 * kchat_file_permission() - do the node's owner and mode allow it?
 * @filp: a file of the node
 * @mask: MAY_READ, MAY_WRITE
 *
 * Context: process; may sleep.
 * Return: 0 or -EACCES, or what a security module says.
 */
static inline int kchat_file_permission(struct file *filp, int mask)
{
#if KCHAT_PROBE_FILE_PERMISSION
	return file_permission(filp, mask);
#else
	return inode_permission(file_inode(filp), mask);
#endif
}

/**
 * kchat_compat_arg() - a 32-bit program's pointer as an ioctl's argument
 * @arg: what it gave
 *
 * compat_ptr() is only there where there are such programs.
 */
static inline unsigned long kchat_compat_arg(unsigned long arg)
{
#ifdef CONFIG_COMPAT
	return (unsigned long)compat_ptr(arg);
#else
	return arg;
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
