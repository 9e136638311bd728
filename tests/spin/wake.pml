/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * wake.pml - the module's lock, queues and completions; part of room.pml
 */

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
