/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * reader.pml - kmod/read.c; part of room.pml
 */

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
