/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * lock.h - one daemon for one directory
 *
 * A lock file is named by the directory it stands for. Whoever can open a file can
 * lock it, so it is for its owner alone; beside it, for everybody to read, stands the
 * pid of the daemon that has it locked:
 *
 *	/run/kchat/dev!kchat!	the lock of /dev/kchat
 *	/run/kchat/dev!kchat	the pid
 *
 * For those who are not root it is $XDG_RUNTIME_DIR/kchat.lock. The kernel gives the
 * lock up with the daemon, however that ends.
 */
#ifndef KCHATD_LOCK_H
#define KCHATD_LOCK_H

#include "site.h"

/**
 * struct lock - a directory's lock
 * @path: the lock file
 * @pid_path: the file for the pid
 * @fd: open and locked; -1 if not
 */
struct lock {
	char path[4096];
	char pid_path[4096];
	int fd;
};

int lock_name(struct lock *lock, const char *directory, struct reason *ret_why);
int lock_take(struct lock *lock, pid_t *ret_holder, struct reason *ret_why);
void lock_drop(struct lock *lock);

#endif /* KCHATD_LOCK_H */
