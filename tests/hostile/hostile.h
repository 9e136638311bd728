/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the tests of hostile programs share: honest ones, who go on whatever
 * happens beside them, and memory that never comes.
 */
#ifndef KCHAT_TESTS_HOSTILE_H
#define KCHAT_TESTS_HOSTILE_H

#include "conform.h"

/* ---- honest.c: users who must not notice anything ---- */

/* What a room of these tests has: a lap is seen soon, and by no honest reader */
#define PATIENCE_MS (500 * tap_slow())

/**
 * struct honest - a process that writes to a room and reads it, never in the way
 * @path: the room
 * @rounds: messages of its own that came back to it, in order and whole
 * @fronts: messages of STALL_WRITER that it has read
 */
struct honest {
	char path[4096];
	atomic_uint rounds, fronts;
};

char *small_room(uint32_t patience_ms);
pid_t start(void (*run)(void *arg), void *arg);
struct honest *honest_start(const char *path);
void honest_goes_on(struct honest *honest);
bool is_asleep(pid_t pid, long nr);
void kill_hostile(pid_t pid);

/* ---- stall.c: memory whose pages never come ---- */

enum stall { BY_USERFAULT, BY_FILE };

/* Bytes that are there before those that never come */
#define STALL_FRONT 64
/* Traffic of this writer */
#define STALL_WRITER 7
#define STALL_SIZE 40000

void stall_init(void);
void *stall_memory(enum stall kind);
int userfault_open(void *mem, size_t len);
void stall_ask(void);
bool stall_is_asked(void);
void stall_end(void);

/* ---- the tests ---- */

extern const struct tap_test tests_stalls[];
extern const struct tap_test tests_flicker[];
extern const struct tap_test tests_lengths[];
extern const struct tap_test tests_crowds[];
extern const struct tap_test tests_closing[];
extern const struct tap_test tests_memory[];

#endif /* KCHAT_TESTS_HOSTILE_H */
