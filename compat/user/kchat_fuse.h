/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * kchat_fuse.h - the FUSE protocol, whatever the age of the kernel's headers
 *
 * The protocol only grows: a kernel that does not know a flag ignores it. So
 * what older headers lack is supplied here, with the numbers of the protocol.
 */
#ifndef KCHAT_FUSE_H
#define KCHAT_FUSE_H

#include <linux/fuse.h>

/* No FLUSH at close(2); in the protocol since 7.35 (Linux 5.16). */
#ifndef FOPEN_NOFLUSH
#define FOPEN_NOFLUSH (1 << 5)
#endif

#endif /* KCHAT_FUSE_H */
