/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * wake.pml - the module's lock, queues and completions; part of room.pml
 */

/* kchat_room_unlock(), as far as it holds the lock; @wake is for wake_up() */
inline unlock(wake)
{
	/* kchat_room_settle(), kchat_turn_serve() */
	settle();
	wake = room_wake;
	do
	:: room_wake & KC_WAKE_TURN ->
		first = turns[0];
		room_wake = 0;
		publish(size[first]);
		leave_line(first);
		completed[first] = true;
		settle();
		wake = wake | room_wake
	:: else -> break
	od;
	room_wake = 0;
	if
	:: wake & KC_WAKE_ALL ->
		n_turns = 0;
		for (i : 0 .. TALKERS - 1) {
			completed[i] = true
		}
	:: else
	fi;
	first = 0;
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
