/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * internal.h - what the library's files share
 *
 * The shared library does not show these names (libkchat.map); in the static
 * one, two underscores keep them out of everybody's way.
 */
#ifndef LIBKCHAT_INTERNAL_H
#define LIBKCHAT_INTERNAL_H

/**
 * kchat__open - open a room or the control node, judged before
 * @name: a path if there is a slash in it; else looked up as
 *	kchat_path_find() does, but without asking whether a room may have it
 * @flags: of open(2)
 * @ret_path: as of kchat_path_find()
 *
 * Return: a descriptor, or -errno; -ENOTTY for something else, -ENOSYS without
 * /proc
 */
int kchat__open(const char *name, int flags, char *ret_path);

/**
 * kchat__ioctl - ioctl(2), with errors as the library returns them
 * @fd: a room or the control node
 * @request: which
 * @arg: its structure
 *
 * Return: 0 or -errno; -EOPNOTSUPP instead of -ENOTTY
 */
int kchat__ioctl(int fd, unsigned long request, void *arg);

#endif /* LIBKCHAT_INTERNAL_H */
