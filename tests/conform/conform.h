/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the conformance tests share: the room under test, messages nobody
 * mistakes for others, and system calls that wait in a thread of their own
 * while the test looks on.
 *
 * The tests know a room from outside only, by its path. How much it holds
 * they find out by filling it.
 */
#ifndef KCHAT_TESTS_CONFORM_H
#define KCHAT_TESTS_CONFORM_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <sys/uio.h>

#include "backend.h"
#include "proc.h"
#include "tap.h"
#include "kchat.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

extern const char *room_path;
extern enum backend backend;

/* ---- room.c: the room and what is written into it ---- */

int room_open(int flags);
void set_nonblock(int fd, bool on);
void set_options(int fd, uint32_t flags);
uint32_t get_options(int fd);
void *share(size_t len);
char *message(size_t len);
char *edge(size_t valid);
void keep_only(int fd);

void put(int fd, const void *buf, size_t len);
void get(int fd, void *buf, size_t len);
void nothing(int fd);
short ready(int fd);

/*
 * What a reader should see: every message accepted so far is added, and what
 * is read is compared. Static ones only, so that a test needs no clean-up.
 */
struct stream {
	char *data;
	size_t len, size, read;
};

void stream_add(struct stream *s, const void *buf, size_t len);
void stream_put(struct stream *s, int fd, size_t len);
bool stream_try(struct stream *s, int fd, size_t len);
unsigned int stream_fill(struct stream *s, int fd, size_t len);
void stream_brim(struct stream *s, int fd, size_t len);
void stream_get(struct stream *s, int fd, size_t len);
void stream_rest(struct stream *s, int fd);

/* ---- manage.c: rooms of a test's own ---- */

const char *beside(const char *name);
int control_open(int flags);
struct kchat_spec room_spec(void);
char *room_create(struct kchat_spec spec);
void room_remove(const char *path);
void rooms_remove(void);
void rooms_sweep(void);
int path_open(const char *path, int flags);
unsigned int limit_of(const char *name);
void need_root(void);
void become(uid_t uid);
void control_for_all(void);

/* ---- call.c: one system call in a thread, watched ---- */

struct call {
	pthread_t thread;
	_Atomic pid_t tid;
	int fd;
	long nr;
	void *buf;
	size_t len;
	short events;
	ssize_t ret;
	int err;
	atomic_bool done;
};

void call_read(struct call *c, int fd, void *buf, size_t len);
void call_write(struct call *c, int fd, const void *buf, size_t len);
void call_poll(struct call *c, int fd, short events);
void call_epoll_wait(struct call *c, int ep);
void call_waits(struct call *c);
ssize_t call_ends(struct call *c);
void call_fails(struct call *c, int err);
void call_signal(struct call *c, int sig);

void on_signal(int sig, int flags);
void waits(pid_t pid, long nr);

/* ---- traffic.c: many messages from many writers, checked as they come ---- */

#define TRAFFIC_WRITERS 8

/*
 * The messages of one writer: random sizes from 1 to @max, the same for the
 * same @id. Every byte tells, so that no message can be torn, lost, doubled
 * or reordered unseen.
 */
struct traffic {
	unsigned int id;
	uint32_t max;
	uint32_t seq;
	uint64_t dice;
};

void traffic_init(struct traffic *t, unsigned int id, uint32_t max);
size_t traffic_make(struct traffic *t, void *buf, uint32_t len);
size_t traffic_next(struct traffic *t, void *buf);
uint64_t traffic_total(unsigned int writers, unsigned int messages,
		       uint32_t max);
uint32_t dice(uint64_t *state);

/* A reader of the traffic of up to TRAFFIC_WRITERS writers */
struct traffic_reader {
	uint32_t seq[TRAFFIC_WRITERS];
	uint64_t bytes, hash;
	unsigned int got;
	uint32_t len, left;
	unsigned int writer;
	unsigned char head[8];
};

void traffic_feed(struct traffic_reader *r, const void *buf, size_t len);
void traffic_end(const struct traffic_reader *r);

/* ---- run.c: main() of programs beside the suite ---- */

int run_in_room(int argc, char **argv, const struct tap_test *const *tables);

/* ---- the tests ---- */

extern const struct tap_test tests_names[];
extern const struct tap_test tests_messages[];
extern const struct tap_test tests_faults[];
extern const struct tap_test tests_reading[];
extern const struct tap_test tests_records[];
extern const struct tap_test tests_options[];
extern const struct tap_test tests_echo[];
extern const struct tap_test tests_history[];
extern const struct tap_test tests_members[];
extern const struct tap_test tests_batch[];
extern const struct tap_test tests_events[];
extern const struct tap_test tests_water[];
extern const struct tap_test tests_sharing[];
extern const struct tap_test tests_queue[];
extern const struct tap_test tests_signals[];
extern const struct tap_test tests_polling[];
extern const struct tap_test tests_wakeups[];
extern const struct tap_test tests_lifetime[];
extern const struct tap_test tests_rooms[];
extern const struct tap_test tests_removal[];
extern const struct tap_test tests_limits[];
extern const struct tap_test tests_patience[];
extern const struct tap_test tests_losses[];
extern const struct tap_test tests_senders[];

#endif /* KCHAT_TESTS_CONFORM_H */
