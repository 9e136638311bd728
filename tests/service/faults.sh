#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# faults.sh ROOM: a kchatd that is stopped, killed, or short of what it needs, and
# one that had much to do. ROOM is left alone. POSIX sh, for busybox too.
# shellcheck disable=SC2317,SC2119 # a_test() calls the tests; start is ours
# shellcheck disable=SC3045 # every shell that is meant has ulimit -n
# shellcheck disable=SC2016 # what is for another shell
# shellcheck disable=SC2153 # KCHAT is the client
set -u

# shellcheck source=tests/service/lib.sh
. "$(dirname "$0")/lib.sh"

tools=$(cd "${KCHAT_BUILD:-.}" && pwd)/tests/service

client() { KCHAT_DIR=$dir "$KCHAT" "$@"; }

# crowd FILE HOW COUNT [ROOM]: started as "$crowd", and at it
crowd() {
	"$tools/crowd" "${4:-$room}" "$2" "$3" >"$1" &
	crowd=$!
	also "$crowd"
	soon at_it "$1"
}

at_it() { [ -e "$1" ] && grep -q ready "$1"; }

# told FILE COUNT TEXT: so many calls ended like this
told() {
	soon told_now "$@" && return 0
	sort "$1" | uniq -c
	return 1
}
told_now() { [ "$(grep -cx -- "$3" "$1")" -eq "$2" ]; }

# --- stopped, killed -----------------------------------------------------

# D6: whoever polls, is told
killed_under_pollers() {
	start && crowd polls poll 5 && crowd reads read 5 && soon asleep "$crowd" || return 1
	kill_daemon && told polls 5 'poll ERR' &&
		told reads 5 'read -1 Software caused connection abort'
}

# A stopped daemon holds its clients; once it goes on, so do they
stopped_and_continued() {
	start || return 1
	cat "$room" >heard &
	opened $! || return 1
	holder=$(daemon)
	kill -STOP "$holder"
	(echo one >"$room") &
	waits_one=$!
	also "$waits_one"
	(echo two >"$room") &
	also $!
	waits_two=$!
	sleep 0.3
	! gone "$waits_one" && ! gone "$waits_two" && [ ! -s heard ]
	stopped_rc=$?
	kill -CONT "$holder"
	soon gone "$waits_one" && soon gone "$waits_two" && soon size heard 8 &&
		works && return "$stopped_rc"
}

# Who is killed meanwhile is gone for good, and holds nobody back
killed_while_stopped() {
	start --patience forever && writer writer || return 1
	holder=$(daemon)
	kill -STOP "$holder"
	kill -KILL "$writer"
	sleep 0.3
	kill -CONT "$holder"
	soon gone "$writer" && exec 6<&- && soon works && works &&
		soon openers_are 0
}
openers_are() { [ "$(client info lobby | sed -n 's/^openers *//p')" = "$1" ]; }

# --- the system's log ----------------------------------------------------

# with_log SCRIPT: with a /dev of its own, and /dev/log for $reader to read
with_log() {
	unshare -m sh -euc '
		rm -f "$2/socket"
		"$1/log-reader" "$2/socket" >"$2/log" &
		reader=$!
		trap "kill -KILL $reader" EXIT
		until [ -S "$2/socket" ]; do sleep 0.1; done
		mount -t tmpfs dev /dev
		mknod -m 666 /dev/null c 1 3
		mknod -m 600 /dev/fuse c 10 229
		ln -s "$2/socket" /dev/log
		soon() {
			tries=0
			until "$@"; do
				tries=$((tries + 1))
				[ $tries -lt 100 ]
				sleep 0.1
			done
		}
		"$KCHATD" --transport fuse --directory "$3"
		'"$1" sh "$tools" "$work" "$dir" "$(pid_file)"
}

log_is_read() {
	with_log '
		umount "$3"
		soon grep -q "kchatd\[[0-9]*\]: the kernel ended the service of $3/lobby" "$2/log"'
}

# It has something to say when its mount goes, and then is no more.
log_is_full() {
	with_log '
		daemon=$(cat "$4")
		kill -STOP "$reader"
		while timeout 1 logger -t crowd full; do :; done
		umount "$3"
		ended() { ! kill -0 "$daemon" 2>/dev/null; }
		soon ended
		kill -CONT "$reader"'
}

# --- descriptors ---------------------------------------------------------

too_few_descriptors() {
	fails_with 1 sh -c 'ulimit -n 6; exec "$KCHATD" --transport "$1" --directory "$2"' \
		sh "$transport" "$dir" && says_one_line 'Too many open files'
}

# As many rooms as it has descriptors for, over CUSE; then it goes on with those
few_descriptors() {
	(ulimit -n 32; start) || return 1
	few_i=0
	while [ "$few_i" -lt 40 ] && client create "r$few_i" 2>said; do
		few_i=$((few_i + 1))
	done
	echo "$few_i rooms"
	if [ "$transport" = cuse ]; then
		[ "$few_i" -gt 2 ] && [ "$few_i" -lt 32 ] && says 'as the backend allows' || return 1
		client remove r1 && client create again || return 1
	else
		[ "$few_i" -eq 40 ] || return 1
	fi
	works && crowd opened open 200 && works && idle
}

# idle: the daemon uses no processor while nobody asks for anything
idle() {
	idle_before=$(ticks)
	sleep 1
	idle_after=$(ticks)
	echo "$((idle_after - idle_before)) ticks in a second"
	[ $((idle_after - idle_before)) -lt 20 ]
}
ticks() { cut -d ')' -f 2 "/proc/$(daemon)/stat" | awk '{ print $12 + $13 }'; }

# --- the place for locks -------------------------------------------------

# with_run OPTIONS: what kchatd says where /run is like this
with_run() {
	fails_with 1 unshare -m sh -c '
		mount -t tmpfs -o "$1" run /run
		exec "$KCHATD" --transport "$2" --directory "$3"' sh "$1" "$transport" "$dir"
}

read_only_run() {
	with_run ro && says_one_line 'cannot make /run/kchat for the lock file: Read-only' &&
		[ ! -e "$room" ]
}

full_run() {
	with_run nr_inodes=2 &&
		says_one_line 'cannot open the lock file /run/kchat/' && says 'No space left' &&
		[ ! -e "$room" ]
}

no_room_for_the_pid() {
	with_run nr_inodes=3 &&
		says_one_line 'cannot write the pid to /run/kchat/' && says 'No space left' &&
		[ ! -e "$room" ]
}

no_room_for_a_byte() {
	fails_with 1 unshare -m sh -c '
		mount -t tmpfs -o size=4k run /run && mkdir /run/kchat && echo >/run/full || exit 99
		"$KCHATD" --transport "$1" --directory "$2"
		rc=$?
		[ -z "$(ls /run/kchat)" ] || exit 98
		exit $rc' sh "$transport" "$dir" &&
		says_one_line 'cannot write the pid to /run/kchat/' && says 'No space left'
}

# --- requests that may not wait for ever ---------------------------------

# Where the kernel ends a mount that keeps a request too long, waiting calls end
# before that. What the kernel says is made up: it would count for all mounts.
in_time_made_up() {
	echo 4 >limit
	unshare -m sh -euc '
		mount --bind limit /proc/sys/fs/fuse/max_request_timeout
		"$KCHATD" --transport fuse --directory "$1"
		timeout $((30 * $3)) "$2/crowd" "$1/lobby" read 3 >reads
		exec 5<"$1/lobby"
		"$KCHATD" --stop --directory "$1"' sh "$dir" "$tools" "$slow" 2>said
	told_now reads 3 'read -1 Interrupted system call'
}

# The same with the kernel's own clock, where the kernel is ours to set
in_time_for_the_kernel() {
	echo 20 >/proc/sys/fs/fuse/max_request_timeout
	start
	in_time_rc=$?
	echo 0 >/proc/sys/fs/fuse/max_request_timeout
	[ "$in_time_rc" -eq 0 ] && crowd reads read 1 && crowd writes poll 1 || return 1
	sleep 60
	told_now reads 1 'read -1 Interrupted system call' && works
}

# --- much to do, and then nothing ----------------------------------------

memory_of() { awk '/^VmRSS:/ { print $2 }' "/proc/$(daemon)/status"; }
threads_of() { awk '/^Threads:/ { print $2 }' "/proc/$(daemon)/status"; }
descriptors_of() { find "/proc/$(daemon)/fd" -type l | wc -l; }

# Its shadow is larger than any machine's memory.
sanitized() { awk '/^VmSize:/ { exit $2 < 1e9 }' "/proc/$(daemon)/status"; }

# Open files, calls that wait, rooms full of messages: as much as the limits allow
fill_up() {
	for fill in 1 2 3 4; do
		client create "full$fill" --capacity 4M || return 1
		crowd "reads$fill" read 60 "$dir/full$fill" || return 1
		head -c 4000000 /dev/zero | dd of="$dir/full$fill" bs=65536 2>/dev/null
	done
	exec 6<"$room"
	crowd writes write 100 && crowd opens open 700 && crowd polls poll 100
}

# 4 rings of 4 MiB; 6 MiB that wait in writes; 1,200 open files of some KiB
load_kb() { echo $((4 * 4096 + 100 * 64 + 1200 * 4)); }

# (Of whoever sent what the lobby still has, one is kept.)
descriptors_are_back() { [ "$(descriptors_of)" -le $((load_descriptors + 8)) ]; }

returns() {
	start --limit user-openers=2000 || return 1
	# Whatever is allocated only once, is by the first time
	fill_up && empty && fill_up || return 1
	load_peak=$(memory_of)
	empty
	load_after=$(memory_of)
	echo "$load_first kB, at most $load_peak kB, afterwards $load_after kB"
	[ "$(threads_of)" -eq 1 ] && soon descriptors_are_back || return 1
	sanitized || {
		[ $((load_peak - load_first)) -lt "$(load_kb)" ] &&
			[ $((load_after - load_first)) -lt 2048 ]
	}
}
empty() {
	stop_all
	exec 6<&-
	for fill in 1 2 3 4; do client remove "full$fill" || return 1; done
	soon openers_are 0
	load_first=${load_first:-$(memory_of)}
	load_descriptors=${load_descriptors:-$(descriptors_of)}
}

a_test 'D6 killed: polls are told by POLLERR, reads fail' killed_under_pollers
a_test 'D6 stopped and continued: calls go on as if nothing were' stopped_and_continued
a_test 'D6 who was killed while it was stopped is gone' killed_while_stopped
a_test 'with too few descriptors for a start: what is missing' too_few_descriptors
a_test 'C3 with few descriptors: no more rooms, and all else goes on' few_descriptors
a_test 'a read-only /run: one line' read_only_run
a_test 'a /run without inodes: one line' full_run
a_test 'a /run without inodes for the pid: one line' no_room_for_the_pid
a_test 'a /run without space: one line, and nothing left' no_room_for_a_byte
a_test 'C3 memory, descriptors and threads are as before, after much to do' returns
if [ "$transport" = fuse ]; then
	a_test 'in the background it speaks to the log' log_is_read
	a_test 'D6 a log that takes no more holds nobody back' log_is_full
	if [ -e /proc/sys/fs/fuse/max_request_timeout ]; then
		a_test 'W6 where requests may not wait for ever, EINTR in time' in_time_made_up
	else
		skip 'W6 where requests may not wait for ever, EINTR in time' \
			'this kernel lets them wait'
	fi
	if [ "${KCHAT_OWN_KERNEL:-}" = 1 ] && [ -e /proc/sys/fs/fuse/max_request_timeout ]; then
		a_test 'W6 and the kernel does not end the mount' in_time_for_the_kernel
	fi
fi
done_testing
