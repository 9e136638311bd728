// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Calls that may wait, one thread for each on each side, and how both sides
 * are brought to rest.
 *
 * A thread is at rest when it is asleep in its call and nothing is under way
 * that will wake it. The kernel's own doings are over when the system call
 * that caused them returns; a daemon's when it has answered a later request: it
 * has one thread, and takes requests in their order. A poll that was woken asks
 * the daemon once more and sleeps meanwhile, so one more request is waited for.
 */
#include "config.h"

#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "differ.h"
#include "proc.h"
#include "tap.h"

#ifdef SYS_poll
#define NR_POLL SYS_poll
#else
#define NR_POLL SYS_ppoll
#endif

struct call calls[CALLS];

static const char *const kind_names[] = { "read", "write", "poll" };

static struct helper *helpers[CALLS][SIDES];
static __thread struct helper *self;
static unsigned int turns;

static void signalled(int sig)
{
	(void)sig;
	if (self)
		atomic_fetch_add(&self->signals, 1);
}

static void *helper_run(void *arg)
{
	struct helper *h = self = arg;
	struct pollfd pfd;

	atomic_store(&h->tid, syscall(SYS_gettid));
	for (;;) {
		while (sem_wait(&h->go) < 0)
			;
		switch (h->nr) {
		case SYS_read:
			h->ret = read(h->fd, h->buf, h->len);
			break;
		case SYS_write:
			h->ret = write(h->fd, h->buf, h->len);
			break;
		default:
			pfd.fd = h->fd;
			pfd.events = h->events;
			h->ret = poll(&pfd, 1, -1);
			if (h->ret > 0)
				h->ret = pfd.revents;
			break;
		}
		h->err = errno;
		atomic_store(&h->done, true);
	}
	return NULL;
}

static struct helper *helper_new(void)
{
	struct helper *h = calloc(1, sizeof(*h));
	struct sigaction sa = { .sa_handler = signalled };
	pthread_attr_t attr;

	if (!h)
		abort();
	sigaction(SIG_PLAIN, &sa, NULL);
	sa.sa_flags = SA_RESTART;
	sigaction(SIG_RESTART, &sa, NULL);
	h->buf = mmap(NULL, BUF_SIZE, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	sem_init(&h->go, 0, 0);
	h->done = true;
	pthread_attr_init(&attr);
	pthread_attr_setstacksize(&attr, 128 << 10);
	if (h->buf == MAP_FAILED ||
	    pthread_create(&h->thread, &attr, helper_run, h)) {
		perror("kchat-differ");
		exit(3);
	}
	while (!atomic_load(&h->tid))
		sched_yield();
	return h;
}

/* Where a thread is: its call has ended, is asleep, or neither yet */
enum where { ENDED, ASLEEP, RUNNING };

static enum where helper_where(struct helper *h)
{
	if (atomic_load(&h->done))
		return ENDED;
	return asleep(getpid(), h->tid, h->nr) ? ASLEEP : RUNNING;
}

/* Wait until it is one of the two; true if it was at once */
static bool helper_rest(struct helper *h)
{
	long long end = 0;

	if (helper_where(h) != RUNNING)
		return true;
	while (helper_where(h) == RUNNING) {
		if (!end)
			end = tap_now() + 5000 * tap_slow();
		if (tap_now() > end)
			break;
		sched_yield();
	}
	return false;
}

/* A request that is answered after all that came before */
static void barrier(void)
{
	struct kchat_info info;
	int i;

	for (i = 0; i < SIDES; i++)
		if (sides[i].backend != KMOD)
			(void)ioctl(sides[i].barrier, KCHAT_INFO, &info);
}

/**
 * quiesce() - wait until both sides are at rest
 */
void quiesce(void)
{
	bool quiet = false;
	int i, j, round;

	while (!quiet) {
		quiet = true;
		for (round = 0; round < 3; round++) {
			for (i = 0; i < CALLS; i++)
				for (j = 0; calls[i].used && j < SIDES; j++)
					quiet &= helper_rest(calls[i].helper[j]);
			if (round < 2)
				barrier();
		}
	}
}

/**
 * call_of() - a call that uses a slot
 * @slot: the slot
 * @kind: READ, WRITE or AWAIT
 *
 * Return: the call or NULL.
 */
struct call *call_of(const struct slot *slot, enum kind kind)
{
	int i;

	for (i = 0; i < CALLS; i++)
		if (calls[i].used && calls[i].slot == slot &&
		    calls[i].kind == kind)
			return &calls[i];
	return NULL;
}

/**
 * calls_in() - how many calls wait in a room
 * @room: the room
 * @kind: READ, WRITE or AWAIT
 */
unsigned int calls_in(const struct room *room, enum kind kind)
{
	unsigned int n = 0, i;

	for (i = 0; i < CALLS; i++)
		n += calls[i].used && calls[i].slot->room == room &&
		     calls[i].kind == kind;
	return n;
}

static void helper_go(struct helper *h)
{
	atomic_store(&h->done, false);
	sem_post(&h->go);
}

/**
 * call_begin() - begin a call on both sides
 * @slot: the file
 * @kind: READ, WRITE or AWAIT
 * @buf: what to write
 * @len: bytes to read or write
 * @events: what to poll for
 *
 * Return: the call; NULL if there are as many as there can be.
 */
struct call *call_begin(struct slot *slot, enum kind kind, const void *buf,
			size_t len, short events)
{
	static const long nr[] = { SYS_read, SYS_write, NR_POLL };
	struct call *call;
	int i, j;

	for (i = 0; i < CALLS && calls[i].used;)
		i++;
	if (i == CALLS)
		return NULL;
	call = &calls[i];
	call->used = true;
	call->waited = false;
	call->batch = kind == WRITE && slot->options & KCHAT_OPTION_BATCH;
	call->kind = kind;
	call->slot = slot;
	call->len = len;
	call->turn = ++turns;
	for (j = 0; j < SIDES; j++) {
		struct helper *h;

		if (!helpers[i][j])
			helpers[i][j] = helper_new();
		h = call->helper[j] = helpers[i][j];
		h->nr = nr[kind];
		h->fd = slot->fd[j];
		h->len = len;
		h->events = events;
		if (kind == WRITE)
			memcpy(h->buf, buf, len);
		helper_go(h);
	}
	return call;
}

/**
 * call_again() - begin a call anew on one side only
 * @call: the call, ended on that side
 * @side: the side
 */
void call_again(struct call *call, int side)
{
	call->turn = ++turns;
	helper_go(call->helper[side]);
}

/**
 * call_signal() - signal a call that waits, on both sides
 * @call: the call
 * @sig: SIG_PLAIN or SIG_RESTART
 *
 * Return: whether both handlers ran.
 */
bool call_signal(struct call *call, int sig)
{
	long long end = tap_now() + 5000 * tap_slow();
	unsigned int before[SIDES];
	int i;

	for (i = 0; i < SIDES; i++) {
		before[i] = call->helper[i]->signals;
		pthread_kill(call->helper[i]->thread, sig);
	}
	for (i = 0; i < SIDES; i++) {
		while (call->helper[i]->signals == before[i]) {
			if (tap_now() > end) {
				char path[80], text[100];

				snprintf(path, sizeof(path),
					 "/proc/self/task/%d/syscall",
					 call->helper[i]->tid);
				slurp(path, text, sizeof(text));
				text[strcspn(text, "\n")] = '\0';
				snprintf(report->why, sizeof(report->why),
					 "side %c: a signal does not end a %s of slot %d (it is at: %s)",
					 'A' + i, kind_names[call->kind],
					 (int)(call->slot - slots), text);
				report->waits = true;
				return false;
			}
			sched_yield();
		}
	}
	quiesce();
	return true;
}

/* Calls that have ended on one side only; the last of them is told of */
static int odd_calls(void)
{
	int i, n = 0;

	for (i = 0; i < CALLS; i++) {
		struct helper **h = calls[i].helper;
		bool done;

		if (!calls[i].used)
			continue;
		done = h[0]->done;
		if (done == h[1]->done)
			continue;
		n++;
		snprintf(report->why, sizeof(report->why),
			 "a %s of slot %d ended on side %c (it returned %ld, errno %d) and waits on side %c",
			 kind_names[calls[i].kind],
			 (int)(calls[i].slot - slots), done ? 'A' : 'B',
			 h[!done]->ret, h[!done]->ret < 0 ? h[!done]->err : 0,
			 done ? 'B' : 'A');
	}
	return n;
}

/* Take note of a call that has ended on both sides */
static bool call_ended(struct call *call)
{
	static const enum row rows[2][3] = {
		{ (enum row)OP_READ, (enum row)OP_WRITE, (enum row)OP_AWAIT },
		{ ROW_READ_WAITED, ROW_WRITE_WAITED, ROW_AWAIT_WAITED },
	};
	enum row row = rows[call->waited][call->kind];
	struct outcome o[SIDES];
	char text[60];
	int i;

	call->used = false;
	for (i = 0; i < SIDES; i++) {
		struct helper *h = call->helper[i];

		o[i].ret = h->ret;
		o[i].err = h->ret < 0 ? h->err : 0;
		o[i].data = call->kind == READ && h->ret > 0 ? h->buf : NULL;
		o[i].len = o[i].data ? (size_t)h->ret : 0;
		if (o[i].data)
			level_records(call->slot, i, h->buf, o[i].len);
	}
	snprintf(text, sizeof(text), "a %s of slot %d%s", kind_names[call->kind],
		 (int)(call->slot - slots), call->waited ? ", waiting," : "");
	tell(text, o);
	if (differs(text, o))
		return false;
	if (call->kind == WRITE && o[0].ret > 0)
		record_sizes(call->slot, call->helper[0]->buf, o[0].ret);
	cell_count(row, outcome_name(row, &o[0], call->len));
	return true;
}

/**
 * settle() - bring both sides to rest and compare what came to an end
 *
 * Return: false if the sides differ, with the reason in the report.
 */
bool settle(void)
{
	long long end = 0;
	bool same = true;
	int i;

	quiesce();
	/* What is not alike at rest must be so for good to count */
	while (odd_calls()) {
		if (!end)
			end = tap_now() + 2000 * tap_slow();
		if (tap_now() > end) {
			report->waits = true;
			return false;
		}
		tap_sleep(1);
		quiesce();
	}
	/* In the order of their turns: that is the order of messages */
	for (;;) {
		struct call *next = NULL;

		for (i = 0; i < CALLS; i++)
			if (calls[i].used && calls[i].helper[0]->done &&
			    (!next || calls[i].turn < next->turn))
				next = &calls[i];
		if (!next)
			break;
		same &= call_ended(next);
		if (!same)
			return false;
	}
	for (i = 0; i < CALLS; i++) {
		static const enum row rows[] = { (enum row)OP_READ,
						 (enum row)OP_WRITE,
						 (enum row)OP_AWAIT };

		if (calls[i].used && !calls[i].waited) {
			calls[i].waited = true;
			cell_count(rows[calls[i].kind], "waits");
			if (verbose)
				printf("#     a call of slot %d waits\n",
				       (int)(calls[i].slot - slots));
		}
	}
	return same;
}

/**
 * calls_end() - end all calls, whatever they wait for
 */
void calls_end(void)
{
	long long end = tap_now() + 3000 * tap_slow();
	bool all;
	int i, j;

	do {
		all = true;
		for (i = 0; i < CALLS; i++)
			for (j = 0; calls[i].used && j < SIDES; j++) {
				if (calls[i].helper[j]->done)
					continue;
				all = false;
				pthread_kill(calls[i].helper[j]->thread,
					     SIG_PLAIN);
			}
		if (!all)
			tap_sleep(1);
	} while (!all && tap_now() < end);
	for (i = 0; all && i < CALLS; i++)
		calls[i].used = false;
}
