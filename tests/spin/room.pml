/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * room.pml - how readers, writers and pollers of the module wait for each other
 *
 * What the module does under a room's lock is one atomic step that ends in
 * unlock(), as kchat_room_unlock() does: kc_room_settle() finds whom to wake, turns
 * are completed under the lock, queues are woken after it. Names are those of
 * functions in kmod/ and common/. A message takes so many units of the ring as it
 * is long; the ring has CAP.
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

/* --- the engine ---------------------------------------------------------- */

hidden byte i, k, due;
bool ok;

#define before(a, b)	((a) < (b))
#define need(units)	(head + (units))	/* of tail + CAP: no negative numbers */

/* kc_room_fits() */
inline fits(units)
{
	ok = true;
	for (i : 0 .. READERS - 1) {
		if
		:: is_open[i] && claimed[i] && before(pos[i] + CAP, need(units)) ->
			ok = false
		:: else
		fi
	}
}

/* kc_claim_take() */
inline claim_take(r)
{
	claimed[r] = claimed[r] || (!before(pos[r], floor) && !before(pos[r], tail))
}

/* kc_room_lap() */
inline lap(units)
{
	if
	:: before(floor + CAP, need(units)) -> floor = need(units) - CAP
	:: else
	fi;
	for (i : 0 .. READERS - 1) {
		if
		:: is_open[i] && before(pos[i], floor) -> claimed[i] = false
		:: else
		fi
	}
}

/* kc_room_withhold() */
inline withhold(units)
{
#ifndef ODD_REFUSAL_FORGOTTEN
	if
	:: !withheld || units < withheld -> withheld = units
	:: else
	fi;
	if
	:: units > refused -> refused = units
	:: else
	fi
#else
	skip
#endif
}

/* kc_room_is_wanted() */
#define is_wanted	((n_turns && !called[turns[0]]) || (!n_turns && withheld))

#define is_lapped(r)	before(pos[r], tail)

/* kc_member_has_enough() */
#if defined(ODD_WATER_DEAF_TO_WRITERS) || defined(ODD_LAZY_READER_SPINS)
#define heeds_writers	false
#else
#define heeds_writers	true
#endif
#define enough(r, heeds)	(is_lapped(r) || ((heeds) && is_wanted) || head >= pos[r] + LOW)

/* kc_member_readable(), but for its memory */
#define readable(r, heeds)	(ended || (pos[r] != head && ((r) >= LAZY || enough(r, heeds))))
#define is_readable(r)	readable(r, heeds_writers)

#ifdef ODD_WATER_DEAF_TO_WRITERS
#define calls_lazy	false
#else
#define calls_lazy	true
#endif

/* kc_lazy_sleep() */
inline lazy_sleep(r)
{
	if
	:: !lazy ->
		lazy = true;
		lazy_unread = false;
		lazy_bytes = pos[r] + LOW;
		lazy_pos = pos[r]
	:: else ->
		if
		:: pos[r] + LOW < lazy_bytes -> lazy_bytes = pos[r] + LOW
		:: else
		fi;
		if
		:: pos[r] < lazy_pos -> lazy_pos = pos[r]
		:: else
		fi
	fi;
	lazy_unread = lazy_unread || pos[r] != head
}

/* kc_room_spans() and kc_room_publish() */
inline publish(units)
{
	do
	:: before(tail + CAP, need(units)) ->
		for (i : 0 .. READERS - 1) {
			/* kc_room_retire() */
			assert(!is_open[i] || !claimed[i] || pos[i] != tail)
		}
		tail = tail + size_at[tail]
	:: else -> break
	od;
	size_at[head] = units;
	for (i : 1 .. units) {
		ring[(head + i - 1) % CAP] = head + i - 1
	}
	head = head + units;
	lazy_unread = lazy_unread || lazy;
	room_wake = room_wake | KC_WAKE_READERS
}

/* kc_turn_leave() and kc_turn_served(): out of the line */
inline leave_line(w)
{
	k = 0;
	do
	:: k < n_turns && turns[k] != w -> k++
	:: else -> break
	od;
	if
	:: k < n_turns ->
		do
		:: k + 1 < n_turns ->
			turns[k] = turns[k + 1];
			k++
		:: else -> break
		od;
		n_turns--;
		turns[n_turns] = 0;
		called[w] = false
	:: else
	fi
}

/* kc_room_clock() */
inline clock()
{
	due = refused;
	if
	:: n_turns && size[turns[0]] > due -> due = size[turns[0]]
	:: else
	fi;
	if
	:: withheld > due -> due = withheld
	:: else
	fi;
	fits(due);
	if
	:: !due || ok -> alarm = false
	:: else ->
		if
		:: expired ->
			lap(due);
			alarm = false
		:: else -> alarm = PATIENCE
		fi
	fi;
	expired = false
}

/* kc_room_settle() */
inline settle()
{
	if
	:: !ended ->
		clock();
		if
		:: n_turns ->
			fits(size[turns[0]]);
			if
			:: ok && !called[turns[0]] -> room_wake = room_wake | KC_WAKE_TURN
			:: else
			fi;
#ifdef ODD_CALLED_FOR_GOOD
			called[turns[0]] = called[turns[0]] || ok
#else
			called[turns[0]] = ok
#endif
		:: !n_turns && withheld ->
			fits(withheld);
			if
			:: ok ->
				room_wake = room_wake | KC_WAKE_WRITERS;
				withheld = 0
			:: else
			fi
		:: else
		fi;
		if
		:: refused ->
			fits(refused);
			if
			:: ok -> refused = 0
			:: else
			fi
		:: else
		fi;
		/* kc_lazy_settle() */
		if
		:: lazy && (head >= lazy_bytes || before(lazy_pos, tail) ||
			    (lazy_unread && is_wanted && calls_lazy)) ->
			room_wake = room_wake | KC_WAKE_LAZY;
			lazy = false
		:: else
		fi
	:: else -> alarm = false
	fi
}

/* --- the module: locks, queues, completions ------------------------------ */

/* kchat_room_unlock(), as far as it holds the lock; @wake is for wake_up() */
inline unlock(wake)
{
	settle();
	wake = room_wake;
	room_wake = 0;
	/* kchat_room_call() */
	if
	:: wake & KC_WAKE_ALL ->
		for (i : 0 .. TALKERS - 1) {
			completed[i] = true
		}
	:: !(wake & KC_WAKE_ALL) && (wake & KC_WAKE_TURN) ->
		completed[turns[0]] = true
	:: else
	fi;
	ok = false
}

/* woken_wake_function(): who is about to sleep will not */
#ifdef ODD_WAKE_IS_NOT_KEPT
#define woken_by_this(r)	(queued[r] && asleep[r])
#else
#define woken_by_this(r)	queued[r]
#endif

/* ... and after it */
inline wake_up(wake)
{
	if
	:: wake & (KC_WAKE_READERS | KC_WAKE_ALL) ->
		d_step {
			for (i : LAZY .. READERS - 1) {
				woken[i] = woken[i] || woken_by_this(i)
			}
		}
	:: else
	fi;
	if
	:: wake & (KC_WAKE_LAZY | KC_WAKE_ALL) ->
		d_step {
			i = 0;
			do
			:: i < LAZY ->
				woken[i] = woken[i] || woken_by_this(i);
				i++
			:: else -> break
			od
		}
	:: else
	fi;
	if
	:: wake & (KC_WAKE_WRITERS | KC_WAKE_ALL) ->
		d_step {
			for (i : 0 .. TALKERS - 1) {
				poll_woken[i] = poll_woken[i] || poll_queued[i]
			}
		}
	:: else
	fi;
	wake = 0
}

/* --- readers ------------------------------------------------------------- */

/* kchat_wait_readable() */
inline wait_readable(r)
{
#ifndef ODD_CHECK_BEFORE_ENQUEUE
	d_step {	/* add_wait_queue() */
		queued[r] = true;
		woken[r] = false
	};
#endif
	do
	:: true ->
		d_step {
			found = is_readable(r);
			if
			:: !found && r < LAZY -> lazy_sleep(r)
			:: else
			fi;
			unlock(wake)
		};
		wake_up(wake);
#ifdef ODD_CHECK_BEFORE_ENQUEUE
		d_step {
			queued[r] = true;
			woken[r] = false
		};
#endif
		if
		:: found -> break
		:: else
		fi;
		asleep[r] = true;
end_sleep:	woken[r];	/* wait_woken() */
		d_step {
			asleep[r] = false;
			woken[r] = false
		}
	od;
	skip;
	d_step {
		queued[r] = false;
		woken[r] = false;
		found = false
	}
}

/* What a reader copies of the ring: the whole message, unit by unit */
inline copy(from, units)
{
	for (u : 0 .. units - 1) {
		torn = torn || ring[(from + u) % CAP] != from + u
	}
	u = 0
}

/* kc_member_commit(), the plan having been @at; what was copied counts if it is */
inline commit(r, at, units)
{
	stale = is_lapped(r);
#ifdef ODD_COMMIT_BLIND
	stale = false;
#endif
	if
	:: !stale ->
		overwritten = overwritten || torn;
		pos[r] = at + units;
		claimed[r] = false;
		claim_take(r)
	:: else
	fi;
	torn = false
}

/* kchat_read_iter(), by threads that read message by message, and then close */
proctype reader(byte r; byte count; bool closes)
{
	bool found, torn, stale, waits, told;
	byte wake, at, units, u;

	do
	:: count == 0 -> break
	:: else ->
		d_step {	/* kchat_read_some(): kc_member_plan() */
			waits = r < LAZY && !is_readable(r) && pos[r] != head;
			told = is_lapped(r);
			if
			:: told ->
				pos[r] = tail;	/* kc_member_told() */
				claim_take(r)
			:: else
			fi;
			at = pos[r];
			units = (pos[r] != head && !waits -> size_at[pos[r]] : 0);
			if	/* the second time it copies under the lock */
			:: stale && !told && units ->
				copy(at, units);
				commit(r, at, units);
				told = true;
				count--
			:: else -> stale = false
			fi;
			unlock(wake)
		};
		wake_up(wake);
		if
		:: told -> told = false
		:: !told && units ->
			copy(at, units);
			d_step {
				commit(r, at, units);
				if
				:: !stale -> count--
				:: else
				fi;
				unlock(wake);
				at = 0;
				units = 0
			};
			wake_up(wake)
		:: !told && !units && ended && !waits -> break
		:: else ->
			waits = false;
			wait_readable(r)
		fi
	od;
	/* Whoever does not close his file stands in the way for good */
	if
	:: closes ->
		d_step {	/* kchat_release(): kc_member_leave() */
			is_open[r] = false;
			claimed[r] = false;
#ifndef ODD_CLOSE_WAKES_NOBODY
			unlock(wake)
#endif
		};
		wake_up(wake)
	:: else
	fi
}

/* --- writers ------------------------------------------------------------- */

/* kc_room_admit() to @found */
inline admit(w)
{
	fits(size[w]);
	found = ok && (!n_turns || turns[0] == w) && !ended
}

/* kchat_write_iter() of a file that may wait; a signal may break off the first */
proctype writer(byte w; bool signalled)
{
	byte wake, count = MESSAGES;
	bool found, over;

	do
	:: count == 0 || over -> break
	:: else ->
#ifdef ODD_WAKE_BEFORE_PUBLISH
		wake = KC_WAKE_READERS | KC_WAKE_LAZY;
		wake_up(wake);
#endif
		d_step {
			size[w] = 1 + (count + w) % 2;
			admit(w);
			if
			:: found ->
				publish(size[w]);
				leave_line(w);	/* kc_turn_served() */
				count--
#ifdef ODD_WAKE_BEFORE_PUBLISH
				;
				room_wake = 0;
				lazy = false
#endif
			:: !found && ended ->
				leave_line(w);
				over = true
			:: else ->	/* kchat_wait_turn() */
				k = 0;
				do
				:: k < n_turns && turns[k] != w -> k++
				:: else -> break
				od;
				if
				:: k == n_turns ->	/* kc_turn_join() */
					turns[n_turns] = w;
					n_turns++;
					called[w] = false
				:: else
				fi;
#ifndef ODD_REINIT_AFTER_UNLOCK
				completed[w] = false
#endif
			fi;
			unlock(wake)
		};
		wake_up(wake);
		if
		:: !found && !over ->
#ifdef ODD_REINIT_AFTER_UNLOCK
			completed[w] = false;
#endif
			in_wait[w] = true;
end_sleep:		if
			:: completed[w] ->
				d_step {
					completed[w] = false;
					in_wait[w] = false
				}
			:: signalled ->
				d_step {	/* the end of kchat_write_iter() */
					signalled = false;
					in_wait[w] = false;
					leave_line(w);	/* kc_turn_leave() */
					withhold(size[w]);
					count--;
#ifndef ODD_INTERRUPTED_SWALLOWS_CALL
					unlock(wake)
#endif
				};
				wake_up(wake)
			fi
		:: else
		fi
	od
}

/* A file with O_NONBLOCK: writes, and polls where that was refused */
proctype poller(byte w)
{
	byte wake, count = MESSAGES;
	bool found, over;

	do
	:: count == 0 || over -> break
	:: else ->
		d_step {	/* kchat_write_iter(): kc_room_refuse() */
			size[w] = 1 + (count + w) % 2;
			admit(w);
			over = ended;
			if
			:: found ->
				publish(size[w]);
				count--
			:: else -> withhold(size[w])
			fi;
			unlock(wake)
		};
		wake_up(wake);
		if
		:: !found && !over ->
#ifndef ODD_POLL_BEFORE_ENQUEUE
			poll_queued[w] = true;	/* kchat_poll(): poll_wait() */
#endif
			d_step {	/* kc_member_poll() */
				admit(w);
				if
				:: !found -> withhold(size[w])
				:: else
				fi;
				over = ended;
				unlock(wake)
			};
			wake_up(wake);
#ifdef ODD_POLL_BEFORE_ENQUEUE
			poll_queued[w] = true;
#endif
			if
			:: !found && !over ->
				polls[w] = true;
end_sleep:			poll_woken[w]
			:: else
			fi;
			d_step {
				polls[w] = false;
				poll_queued[w] = false;
				poll_woken[w] = false
			}
		:: else
		fi
	od
}

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
			assert(!in_wait[w] || turns[0] != w || !ok);
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
