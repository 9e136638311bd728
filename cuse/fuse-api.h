/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * fuse-api.h - libfuse, in the version of its interface we write for
 *
 * 34 is what 3.10 knows and what gives ioctl commands the same type for both
 * transports in every later version.
 */
#ifndef KCHATD_FUSE_API_H
#define KCHATD_FUSE_API_H

#define FUSE_USE_VERSION 34

#include <fuse_lowlevel.h>

#endif /* KCHATD_FUSE_API_H */
