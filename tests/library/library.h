/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the tests of the library share: the room they are given, and rooms of
 * their own.
 */
#ifndef KCHAT_TESTS_LIBRARY_H
#define KCHAT_TESTS_LIBRARY_H

#include <fcntl.h>
#include <string.h>

#include "libkchat.h"
#include "tap.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

extern const char *lobby;

/* From now on the backend is of a time before ioctls */
extern bool backend_is_old;

/* From now on this, if it is there, says who and what there is */
extern int (*backend_lists)(unsigned long request, void *page);

/* The library's functions: what is to be, or -errno */
#define WORKS(call) CHECK_EQ(call, 0)
#define REFUSED(call, err) CHECK_EQ(call, -(err))

void *memory(size_t len);
struct kchat_room *enter(const char *path, int flags, unsigned int options);
const struct kchat_item *next(struct kchat_room *room);
void hears(struct kchat_room *room, const char *text);
void says(struct kchat_room *room, const char *text);

const char *lobby_dir(void);
int control(int flags);
struct kchat_spec spec_of(const char *suffix);
const char *make_room(struct kchat_spec *spec);
struct kchat_room *own_room(struct kchat_spec *spec, int flags,
			    unsigned int options);

extern const struct tap_test tests_names[];
extern const struct tap_test tests_talk[];
extern const struct tap_test tests_loss[];
extern const struct tap_test tests_manage[];

#endif /* KCHAT_TESTS_LIBRARY_H */
