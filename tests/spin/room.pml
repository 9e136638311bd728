/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * room.pml - how readers, writers and pollers of the module wait for each other
 *
 * What the module does under a room's lock is one atomic step that ends in
 * unlock(), as kchat_room_unlock() does: kc_room_settle() finds whom to serve and to
 * wake, turns are served and completed under the lock, queues are woken after it.
 * Names are those of functions in kmod/ and common/. A message takes so many units of
 * the ring as it is long; the ring has CAP.
 *
 * Checked are all interleavings. Nothing a reader delivers was overwritten; what
 * is claimed is never given up. No run goes on for ever (non-progress cycles), and
 * where one has come to its end nobody sleeps who could proceed (monitor).
 *
 * Said by -D:
 *	WRITERS, POLLERS, READERS, LAZY: how many; of the readers the first LAZY have a
 *		low-water mark
 *	PATIENCE: the room's is finite
 *	REMOVAL: it may be removed
 *	ODD_*: one thing is done wrong, and the check must fail
 */
#define CAP	2
#define LOW	2		/* the lazy readers' mark, in units */
#define UNITS	(CAP + 12)	/* more than are ever written */

#define KC_WAKE_READERS	1
#define KC_WAKE_LAZY	2
#define KC_WAKE_TURN	4
#define KC_WAKE_WRITERS	8
#define KC_WAKE_ALL	16

#ifndef MESSAGES
#define MESSAGES	3	/* of each writer and poller */
#endif
#define TALKERS	(WRITERS + POLLERS)

/* --- struct kc_room ------------------------------------------------------ */

byte tail, head, floor;
byte size_at[UNITS];		/* of the message that begins there */
byte ring[CAP];			/* what stands there: the unit's position */
bool ended;
byte room_wake;
byte turns[TALKERS], n_turns;	/* who is in line */
bool called[TALKERS];		/* struct kc_turn */
byte size[TALKERS];		/* of whose message */
byte withheld;			/* the least refused */
byte refused;			/* the most refused */
bool lazy, lazy_unread;
byte lazy_bytes, lazy_pos;

/* --- struct kc_member, of each reader ------------------------------------ */

byte pos[READERS];
bool is_open[READERS], claimed[READERS];

/* --- who sleeps where ---------------------------------------------------- */

bool queued[READERS], woken[READERS], asleep[READERS];	/* wait_woken() */
bool completed[TALKERS], in_wait[TALKERS];		/* struct completion */
bool poll_queued[TALKERS], poll_woken[TALKERS], polls[TALKERS];
bool alarm;			/* the room's clock is set */
bool expired;			/* and patience has ended */
bool overwritten;		/* somebody was delivered what was not his */

/* --- what they do -------------------------------------------------------- */

#include "engine.pml"
#include "wake.pml"
#include "reader.pml"
#include "writer.pml"

/* --- the rest ------------------------------------------------------------ */

/* kchat_room_tick(): whenever the alarm is set, as far as anybody knows */
active proctype ticker()
{
	byte wake;

end_idle:
	do
	:: alarm ->
		d_step {
			expired = true;
#ifdef ODD_LAP_WAKES_NOBODY
			clock();
#else
			unlock(wake)
#endif
		};
		wake_up(wake)
	od
}

/* kc_room_end() */
proctype remover()
{
	byte wake;

	d_step {
		ended = true;
#ifndef ODD_REMOVAL_WAKES_NOBODY
		room_wake = room_wake | KC_WAKE_ALL;
#endif
		unlock(wake)
	};
	wake_up(wake)
}

/* When nothing more can happen, nobody sleeps who could proceed */
active proctype monitor()
{
	byte w;

	timeout;
	d_step {
		assert(!overwritten);
		for (w : 0 .. READERS - 1) {
			assert(!asleep[w] || !readable(w, true))
		}
		for (w : 0 .. TALKERS - 1) {
			fits(size[w]);
			assert(!(in_wait[w] || polls[w]) || !ended);
			/* Who waits is in line, and has no room */
			k = 0;
			do
			:: k < n_turns && turns[k] != w -> k++
			:: else -> break
			od;
			assert(!in_wait[w] || (k < n_turns && (k || !ok)));
			assert(!polls[w] || n_turns || !ok);
			/* The room's patience has ended long ago */
			assert(!(in_wait[w] || polls[w]) || !PATIENCE)
		}
	}
}

init {
	byte n, count;
	bool chance;

	atomic {
		n = 0;
		do
		:: n < READERS ->
			is_open[n] = true;
			claimed[n] = true;
			if	/* it reads all, or little, and stays or goes */
			:: count = 255
			:: count = 0
			:: count = 1
			fi;
			if
			:: chance = true
			:: chance = false
			fi;
			run reader(n, count, chance);
			n++
		:: else -> break
		od;
		n = 0;
		do
		:: n < TALKERS ->
			if
			:: n < WRITERS ->
				if
				:: chance = true
				:: chance = false
				fi;
				run writer(n, chance)
			:: else -> run poller(n)
			fi;
			n++
		:: else -> break
		od;
		if
		:: REMOVAL -> run remover()
		:: true
		fi
	}
}
