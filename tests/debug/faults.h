/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * Each point of failure of an operation fails once, and the room goes on.
 */
#ifndef KCHAT_TESTS_FAULTS_H
#define KCHAT_TESTS_FAULTS_H

#include "inject.h"
#include "tap.h"

/**
 * struct operation - what is tried
 * @before: makes ready for one trial; nothing fails there; or NULL
 * @call: the operation, a system call of this thread
 * @trial: a trial of it; NULL: inject_nth()
 * @after: sees that it was done, or that nothing was, and undoes it
 * @least: how often it must fail at least, or it was not tried; below what was seen,
 *	as some memory is at hand at one trial and not at the next
 */
struct operation {
	void (*before)(void);
	long (*call)(void);
	struct trial (*trial)(unsigned int nth, long (*call)(void));
	void (*after)(struct trial trial);
	unsigned int least;
};

void each_point(const struct operation *op);

void node_gone(const char *path);

void module_load(void);
long module_try_load(void);
long module_try_unload(void);
void module_left_nothing(void);

extern const struct tap_test tests_files[];
extern const struct tap_test tests_rooms_made[];
extern const struct tap_test tests_module[];
extern const struct tap_test tests_often[];

#endif /* KCHAT_TESTS_FAULTS_H */
