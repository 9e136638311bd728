/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * writer.pml - kmod/write.c, and those who poll for output; part of room.pml
 */

/* kc_room_admit() to @found */
inline admit(w)
{
	fits(size[w]);
	found = ok && !n_turns && !ended
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
				count--
#ifdef ODD_WAKE_BEFORE_PUBLISH
				;
				room_wake = 0;
				lazy = false
#endif
			:: !found && ended -> over = true
			:: else ->	/* kchat_turn_wait(), kc_turn_join() */
				turns[n_turns] = w;
				n_turns++;
				called[w] = false;
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
					in_wait[w] = false;
					over = ended;
					count--
				}
			:: signalled ->
				d_step {	/* the end of kchat_turn_wait() */
					signalled = false;
					in_wait[w] = false;
					if
					:: !completed[w] ->	/* kc_turn_leave() */
						leave_line(w);
						withhold(size[w])
					:: else -> completed[w] = false
					fi;
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
