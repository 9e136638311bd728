/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * The differential test: one program of random operations runs on two
 * backends at once, and what they do is compared step by step.
 *
 *	case	a list of operations. Its operands are plain numbers that any
 *		state can make sense of, so that a part of a case is a case.
 *	slot	an open file, or none: one descriptor on each side
 *	call	a system call that may wait: a thread on each side runs it
 *	room	what a name leads or led to; made by the case itself where the
 *		backends have a control node, else the one given
 *
 * Only a process that may crash or hang runs cases: each case has a child of
 * its own and starts from new rooms and no open files (main.c). Sides are
 * compared at rest: after each step nothing runs any more on either (call.c).
 */
#ifndef KCHAT_TESTS_DIFFER_H
#define KCHAT_TESTS_DIFFER_H

#include <limits.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "backend.h"
#include "kchat.h"

#define SIDES		2
#define SLOTS		8
#define CALLS		6
#define NAMES		3
#define BUF_SIZE	(132u << 10)

/* ---- what a case is made of: ops.c ---- */

enum code {
	OP_OPEN,
	OP_CLOSE,
	OP_MODE,
	OP_READ,
	OP_WRITE,
	OP_POLL,
	OP_AWAIT,
	OP_SIGNAL,
	OP_RESTART,
	OP_SET,
	OP_GET,
	OP_INFO,
	OP_MEMBERS,
	OP_LAP,
	OP_HISTORY,
	OP_FAULT_READ,
	OP_FAULT_WRITE,
	OP_UNKNOWN,
	OP_CREATE,
	OP_REMOVE,
	OP_CHANGE,
	OP_LIST,
	OP_EXPIRE,
	N_CODES,
};

/**
 * struct op - one operation
 * @code: what
 * @a: which slot, or which name: where the search for a fit one begins
 * @b: mostly how much
 * @c: mostly how
 */
struct op {
	enum code code;
	unsigned int a, b, c;
};

/* What only some backends have; an operation without it is left out */
#define HAS_CONTROL	(1u << 0)
#define HAS_NO_ECHO	(1u << 1)
#define HAS_EVENTS	(1u << 2)
#define HAS_BATCH	(1u << 3)
#define HAS_LOW_WATER	(1u << 4)
#define HAS_HISTORY	(1u << 5)
#define HAS_MEMBERS	(1u << 6)
#define HAS_LAP		(1u << 7)
#define HAS_ALL		0xffu

const char *op_name(enum code code);
unsigned int op_needs(enum code code);
void ops_make(struct op *ops, unsigned int n, uint64_t seed,
	      unsigned int features);
struct op *ops_load(const char *path, unsigned int *ret_n);
uint32_t roll(uint64_t *state);

/* ---- how often what happened: cells.c ---- */

/* Rows of the table; most are operations */
enum row {
	ROW_READ_WAITED = N_CODES,
	ROW_WRITE_WAITED,
	ROW_AWAIT_WAITED,
	N_ROWS,
};

struct cell {
	enum row row;
	char outcome[28];
	unsigned long count;
};

/* ---- where the backends may differ: known.c ---- */

enum known {
	KNOWN_RESTART,
	KNOWN_FRONT_WRITTEN,
	KNOWN_FRONT_READ,
	N_KNOWN,
};

/**
 * struct report - what a child leaves behind, in memory shared with it
 * @step: the operation it is at, or failed at
 * @done: operations executed, those that made no sense not counted
 * @failed: the sides differed
 * @why: how
 * @waits: a call never came to rest, so the child may be hard to end
 * @known: how often each known difference was seen
 * @cells: the table
 */
struct report {
	_Atomic unsigned int step;
	unsigned long done;
	bool failed;
	bool waits;
	char why[2000];
	unsigned long known[N_KNOWN];
	unsigned int n_cells;
	struct cell cells[400];
};

extern struct report *report;

void cell_count(enum row row, const char *outcome);
void cells_add(struct report *to, const struct report *from);
bool cells_full(const struct report *from, unsigned long least,
		unsigned int features);
bool cells_print(const struct report *from, unsigned long least,
		 unsigned int features);
void known_print(const struct report *from);

/* ---- the two sides: world.c ---- */

/**
 * struct side - a backend
 * @path: the room given
 * @dir: where its rooms are
 * @backend: what it is
 * @barrier: the room given, open for writing: it holds nobody back
 * @control: the control node, -1 if there is none
 * @features: HAS_*
 */
struct side {
	char path[PATH_MAX];
	char dir[PATH_MAX];
	enum backend backend;
	int barrier;
	int control;
	unsigned int features;
};

/**
 * struct room - what is behind a name
 * @live: the name still leads there
 * @known: the bases are known: somebody has had it open
 * @seq: messages before this case began
 * @member: the id of the first member
 * @patience: ms
 * @restarted: a write was, by a signal
 * @n_sizes: messages since
 * @sizes: their lengths
 */
struct room {
	bool live;
	bool known;
	uint64_t seq[SIDES];
	uint64_t member[SIDES];
	uint32_t patience;
	bool restarted;
	unsigned int n_sizes;
	uint32_t *sizes;
};

/**
 * struct slot - an open file
 * @open: it is one; so are all its fields below
 * @fd: on each side
 * @room: of which room
 * @access: O_RDONLY, O_WRONLY or O_RDWR
 * @nonblock: O_NONBLOCK
 * @options: KCHAT_OPTION_*
 * @low_water: bytes, as it was set
 * @skips: it does not read every message: what it reads next is hard to tell
 * @member: its id in its room
 */
struct slot {
	bool open;
	int fd[SIDES];
	struct room *room;
	int access;
	bool nonblock;
	uint32_t options;
	uint32_t low_water;
	bool skips;
	uint64_t member[SIDES];
};

extern struct side sides[SIDES];
extern struct slot slots[SLOTS];
extern struct room *names[NAMES];
extern unsigned int features;
extern unsigned int case_number;

bool sides_probe(void);
void sides_open(void);
void room_name(char *name, unsigned int number, unsigned int i);
void room_path(char *path, const struct side *side, unsigned int i);
struct room *room_new(uint32_t patience);
void record_sizes(const struct slot *slot, const void *buf, size_t len);
void rooms_sweep(unsigned int number);
void tell_state(void);
short slot_ready(const struct slot *slot, short events);
bool slot_info(const struct slot *slot, struct kchat_info *ret_info);

/* ---- outcomes and how they are compared: outcome.c ---- */

/**
 * struct outcome - what an operation did on one side
 * @ret: what it returned
 * @err: errno, if that was -1
 * @data: what it gave, made comparable; NULL for nothing
 * @len: bytes of that
 */
struct outcome {
	long ret;
	int err;
	const void *data;
	size_t len;
};

bool differs(const char *what, const struct outcome o[SIDES]);
const char *outcome_name(enum row row, const struct outcome *o, size_t asked);
void tell(const char *what, const struct outcome o[SIDES]);
void level_records(const struct slot *slot, int side, void *buf, size_t len);
uint64_t level_member(const struct room *room, int side, uint64_t id);
uint32_t level_pid(uint32_t pid);

extern bool verbose;

/* ---- calls that may wait: call.c ---- */

enum kind { READ, WRITE, AWAIT };

/**
 * struct helper - a thread that runs calls of one side
 * @thread: the thread
 * @tid: its id
 * @go: posted to have it run a call
 * @nr: number of the system call
 * @fd: its file
 * @buf: its buffer, BUF_SIZE bytes
 * @len: bytes of that
 * @events: for poll()
 * @done: it has ended
 * @ret: and returned this
 * @err: with this errno
 * @signals: how many it has had, ever
 */
struct helper {
	pthread_t thread;
	_Atomic pid_t tid;
	sem_t go;
	long nr;
	int fd;
	unsigned char *buf;
	size_t len;
	short events;
	atomic_bool done;
	long ret;
	int err;
	atomic_uint signals;
};

/**
 * struct call - one call on both sides
 * @used: it is one
 * @waited: it did not end in the step that began it
 * @batch: it writes a batch
 * @kind: what it does
 * @slot: its open file; closed or not, none is opened there before it ends
 * @len: bytes asked for
 * @turn: grows from one call to the next
 * @helper: who runs it
 */
struct call {
	bool used;
	bool waited;
	bool batch;
	enum kind kind;
	struct slot *slot;
	size_t len;
	unsigned int turn;
	struct helper *helper[SIDES];
};

extern struct call calls[CALLS];

struct call *call_of(const struct slot *slot, enum kind kind);
unsigned int calls_in(const struct room *room, enum kind kind);
struct call *call_begin(struct slot *slot, enum kind kind, const void *buf,
			size_t len, short events);
bool call_signal(struct call *call, int sig);
void call_again(struct call *call, int side);
void quiesce(void);
bool settle(void);
void calls_end(void);

#define SIG_PLAIN	SIGUSR1
#define SIG_RESTART	SIGUSR2

/* ---- where the backends may differ, and what is not tried: known.c ---- */

bool kmod_and_another(int *ret_kmod);
void known_seen(enum known known);
bool loss_is_sure(const struct room *room, bool claimless);
bool read_is_sure(struct slot *slot, size_t *len);
bool write_is_sure(const struct slot *slot, bool batch);
bool close_is_sure(const struct slot *slot);
bool events_are_sure(const struct room *room);
bool restart_is_sure(const struct call *call);

/* ---- running a case: step.c ---- */

/* What became of an operation */
enum did { DONE, NOTHING, DIFFERENT };

void case_start(void);
enum did step(const struct op *op);
void case_end(void);

#endif /* KCHAT_TESTS_DIFFER_H */
