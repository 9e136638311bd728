/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the processes of a torture share.
 *
 * A torture is many rounds. A round is one new room, and processes that do all a
 * program may do to a room, each by a plan of its own that follows from the
 * round's seed. Nobody compares notes while it goes on: authors count what was
 * accepted, and whoever reads keeps a log of what it saw. When all have ended the
 * logs must fit together into one order of all that was ever accepted (check.c).
 *
 *	round		owns the scene, starts all others, watches them (round.c)
 *	author		writes messages of its own, which tell by every byte whose
 *			they are (message.c, writer.c)
 *	reader		lives several lives: opens the room, logs, closes (reader.c)
 *	chatter		an author and a reader with one open file (chatter.c)
 *	hand		signals, stops and kills the others, laps and lists them, and
 *			changes the room (hand.c)
 */
#ifndef KCHAT_TESTS_TORTURE_H
#define KCHAT_TESTS_TORTURE_H

#include "conform.h"

#define ACTORS_MAX	16
#define AUTHORS_MAX	8
#define NUMBERS_MAX	1024
#define LIVES_MAX	48
#define LOG_MAX		32768

/* Of each round's room, by who started it: the name must be free again each time */
#define ROOM_NAME "torture-%d"

/* Bytes before a message's body */
#define HEAD_LEN	12

/* What came up, counted; the names stand in main.c */
enum event {
	MESSAGES, READ, LOSSES, LAPPED, BACK, SWITCHED, BUSY, TOO_SMALL,
	READ_AGAIN, WRITE_AGAIN, READ_EINTR, WRITE_EINTR, POLL_EINTR, REFUSED,
	BATCHES, BATCH_CUT, LIVES, ENDS, SHARED, FORKED, PASSED_ON, SIGNALS,
	STOPS, FROZEN, KILLS, CHANGES, CHURNS, HELD, EVENTS_MAX
};

/* How somebody waits: in the call itself, or after EAGAIN in one of these */
enum style { BLOCK, POLL, EPOLL, EDGE, STYLES };

/**
 * struct plan - a round, as it follows from its seed
 * @seed: not 0
 * @capacity: of its room
 * @patience: of its room
 * @flags: of its room
 * @authors: processes that write only
 * @readers: processes that read only
 * @chatters: processes that do both with one file
 * @numbers: messages each of them writes
 * @most: the longest of those
 * @early: the room is removed when so many were accepted; 0: when all were
 * @kills: how many of them may be killed
 * @writers_wait: how all who write wait, or STYLES: each in a way of its own
 * @readers_wait: likewise who read
 * @lossless: its patience has no end, and nobody laps anybody
 */
struct plan {
	uint64_t seed;
	uint32_t capacity, patience, flags;
	unsigned int authors, readers, chatters;
	uint32_t numbers, most, early, kills;
	enum style writers_wait, readers_wait;
	bool lossless;
};

/**
 * struct actor - a process of the round
 * @pid: it
 * @second: a process it has started, or 0
 * @role: what it does, for those who look for the guilty
 * @restart: its handlers are set with SA_RESTART
 * @killed: it was, or soon will be
 * @wrote: it writes no more
 */
struct actor {
	_Atomic pid_t pid, second;
	char role[40];
	bool restart;
	atomic_bool killed, wrote;
};

/**
 * struct author - what was written under one name
 * @actor: by whom
 * @started: messages that were given to write(2), or are now
 * @accepted: messages it accepted for certain
 */
struct author {
	unsigned int actor;
	atomic_uint started, accepted;
};

/* A line of a log: what a read, or a request, told. Who is killed leaves none. */
enum what { NONE, MESSAGE, LOST, WENT_BACK, END };

struct entry {
	_Atomic uint16_t what;
	uint16_t author;
	uint32_t n;	/* MESSAGE: its number; LOST, WENT_BACK: how many */
	uint64_t seq;	/* of a message read as a record, else 0 */
};

/* How far a message has come that is read as bytes */
struct parse {
	unsigned char head[HEAD_LEN];
	uint32_t got, len, author, number;
};

/**
 * struct life - an open file that reads, from open to close
 * @open: all that follows is set
 * @actor: whose
 * @member: its id in the room
 * @before: messages accepted before it was opened, at least
 * @after: the same, at most
 * @shared: two processes read it at once, records only
 * @self: the author whose messages it does not want (O2), or -1
 * @closed: it was closed before the room's end
 * @options: what is asked of it now
 * @parse: the message that is read in part
 * @owes: the next read must tell of a loss
 * @frail: it has asked for what may lose it messages in any room
 * @bytes: payload read
 * @lost: messages it was told it has lost
 * @lost_bytes: bytes likewise
 * @backs: how often it went back
 * @n: lines of its log
 * @log: what it saw
 */
struct life {
	atomic_bool open;
	unsigned int actor;
	uint64_t member, before, after;
	bool shared, closed, owes, frail;
	int self;
	struct kchat_options options;
	struct parse parse;
	_Atomic uint64_t bytes;
	uint64_t lost, lost_bytes;
	unsigned int backs;
	atomic_uint n;
	struct entry log[LOG_MAX];
};

/* All that the processes of a round share */
struct scene {
	struct plan plan;
	char path[128];
	int watch;	/* an open file of the room that neither reads nor writes */
	atomic_bool removing, written;
	atomic_uint progress, n_lives, n_actors;
	struct actor actor[ACTORS_MAX];
	struct author author[AUTHORS_MAX];
	struct life life[LIVES_MAX];
};

extern struct scene *scene;
/* This process's own place */
extern unsigned int me;
/* Counted over all rounds, enum event */
extern _Atomic unsigned long *happened;

#define COUNT(event) atomic_fetch_add(&happened[event], 1)

/* ---- luck.c: chance, the same for the same seed ---- */

void luck_start(uint64_t seed, unsigned int who);
unsigned int draw(unsigned int n);
bool one_in(unsigned int n);
void dawdle(void);
enum style some_style(enum style common);
struct plan plan_of(uint64_t seed);

/* ---- message.c ---- */

uint32_t message_len(unsigned int author, uint32_t number);
size_t message_make(unsigned char *buf, unsigned int author, uint32_t number);
bool parse_feed(struct parse *p, const unsigned char **buf, size_t *len);

/* ---- wait.c: how a process waits, and is interrupted ---- */

struct waiter {
	enum style style;
	short events;
	int fd, ep;
};

void waiter_init(struct waiter *w, int fd, enum style style, short events);
short waiter_wait(const struct waiter *w);
void waiter_close(const struct waiter *w);
void interrupted(const char *call, enum event event);
void handlers(void);
int scene_open(int flags);
struct kchat_info info_of(int fd);
void second_start(void (*run)(void *arg), void *arg);
void second_join(void);

/* ---- the actors ---- */

int life_open(struct life **ret_life, int flags);
void life_ask(struct life *l, int fd, uint32_t flags);
bool life_read(struct life *l, const struct waiter *w);
void life_on(struct life *l, int fd, enum style style, unsigned int messages);

bool author_try(unsigned int id, int fd, bool batch);
unsigned int accepted_by_all(void);
unsigned int rooms_like(void);

void reader_run(void *arg);
void writer_run(void *arg);
void chatter_run(void *arg);
void hand_run(void *arg);

/* ---- memory.c ---- */

long kept_memory(void);
unsigned int kept_files(void);

/* ---- round.c, watch.c, check.c ---- */

void round_run(void *plan);
void round_forget(void);
void watch_stuck(void);
void check_round(uint64_t messages, uint64_t bytes);

#endif /* KCHAT_TESTS_TORTURE_H */
