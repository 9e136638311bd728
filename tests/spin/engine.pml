/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * engine.pml - what common/ does under the room's lock; part of room.pml
 */

hidden byte i, k, due, first;
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
			called[turns[0]] = ok
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
