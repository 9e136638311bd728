/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * modinfo.h - what a module's file says about itself
 */
#ifndef KCHAT_MODINFO_H
#define KCHAT_MODINFO_H

#include <stdbool.h>

/**
 * struct modinfo - what matters to whoever wants to load it
 * @vermagic: the kernel it is built for: the release, a blank, flags
 * @signer: who signed it, if that is said
 * @is_signed: somebody did
 * @shows_signatures: if nobody did, that means something
 */
struct modinfo {
	char vermagic[256];
	char signer[128];
	bool is_signed;
	bool shows_signatures;
};

/**
 * modinfo_read - look into a module's file
 * @path: the file
 * @ret_info: what it says; empty where it says nothing
 *
 * Return: 0; -ENOSYS if modinfo(8) is not installed; -ENOEXEC if it takes the
 * file for no module; another -errno
 */
int modinfo_read(const char *path, struct modinfo *ret_info);

#endif /* KCHAT_MODINFO_H */
