/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Who serves a room: a few rules name differences (D1-D6)
 */
#ifndef KCHAT_TESTS_BACKEND_H
#define KCHAT_TESTS_BACKEND_H

enum backend { KMOD = 1, CUSE = 2, FUSE = 4 };

enum backend backend_by_name(const char *name);
const char *backend_name(enum backend backend);
enum backend backend_of(const char *path);

#endif /* KCHAT_TESTS_BACKEND_H */
