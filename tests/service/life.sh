#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# life.sh ROOM: how kchatd starts, stops and dies. It serves rooms of its own
# over $KCHAT_BACKEND and leaves ROOM alone. POSIX sh, for busybox too.
# shellcheck disable=SC2317 # a_test() calls the tests
set -u

# shellcheck source=tests/service/lib.sh
. "$(dirname "$0")/lib.sh"

# --- start ---------------------------------------------------------------

starts() {
	start && works && says_one_line "serving $room over"
}

# 8280003: CHOWN, DAC_OVERRIDE; SYS_PTRACE (19), SYS_ADMIN (21), MKNOD (27)
few_rights() {
	start && works || return 1
	sed 's/^Cap\(.*\):.0*/\1=/; s/^NoNewPrivs:./privs=/' "/proc/$(daemon)/status" >status
	if [ "$(id -u)" = 0 ]; then
		grep -qx 'Prm=8280003' status && grep -qx 'Eff=8280003' status &&
			grep -qx 'privs=1' status
	else
		grep -qx 'Eff=' status
	fi
}

# Nobody's lock, pipe or file stays held because of it
keeps_no_files() {
	exec 8>held || return 1
	start
	keeps_no_files_rc=$?
	exec 8>&-
	[ "$keeps_no_files_rc" -eq 0 ] && works || return 1
	for file in "/proc/$(daemon)/fd"/*; do
		[ "$(readlink "$file")" != "$work/held" ] || return 1
	done
}

no_streams() {
	timeout 20 "$KCHATD" --transport "$transport" --directory "$dir" <&- >&- 2>&- &&
		works && works
}

in_foreground() {
	start --foreground &
	also $!
	soon test -e "$room" && works && kill -INT "$(daemon)" && ends $! &&
		[ ! -e "$room" ]
}

refused_twice() {
	start && holder=$(daemon) || return 1
	fails_with 1 "$KCHATD" --transport "$transport" --directory "$dir" &&
		says_one_line "already served by process $holder" &&
		fails_with 1 "$KCHATD" --foreground --directory "$dir" &&
		[ "$(daemon)" = "$holder" ] && works
}

# Before it has written its pid
refused_by_unknown() {
	start && holder=$(daemon) && echo 0 >"$(pid_file)" || return 1
	fails_with 1 "$KCHATD" --directory "$dir" &&
		says_one_line 'already served, by a process that is just starting'
	refused_by_unknown_rc=$?
	echo "$holder" >"$(pid_file)"
	return "$refused_by_unknown_rc"
}

# Whoever can open a file can lock it, and would have it when the daemon is killed
lock_is_its_own() {
	start || return 1
	for file in "$(pid_file)"*; do
		! grep -q "FLOCK .* $(daemon) .*:$(stat -c %i "$file") " /proc/locks ||
			stat -c %a "$file"
	done >locked
	has locked 600 && [ "$(stat -c %a "$(pid_file)")" = 644 ]
}

# The same directory by other names
refused_by_any_name() {
	start || return 1
	ln -sfn "$dir" link
	fails_with 1 "$KCHATD" --directory "$dir/" && says 'already served' &&
		fails_with 1 "$KCHATD" --directory "$PWD/link" &&
		says 'already served' &&
		fails_with 1 beside "$KCHATD" --directory "${dir##*/}" &&
		says 'already served'
}
beside() { (cd "$(dirname "$dir")" && exec "$@"); }

two_rooms() {
	start || return 1
	one=$dir
	cat "$room" >out &
	opened $!
	dir=$one-other room=$one-other/lobby
	start && works && echo here >"$one/lobby" && cd "$work" &&
		soon has out here
	two_rooms_rc=$?
	"$KCHATD" --stop --directory "$dir"
	dir=$one room=$one/lobby
	return "$two_rooms_rc"
}

# A lock each, though '!' stands for '/' in the names of locks
alike_by_name() {
	one=$work/alike/room two=$work/alike!room three=$work/alike\\x21room
	mkdir alike || return 1
	for dir in "$one" "$two" "$three"; do
		start || return 1
	done
	dir=$two room=$two/lobby
	"$KCHATD" --stop --directory "$two" && [ ! -e "$two" ]
	alike_by_name_rc=$?
	for dir in "$three" "$one"; do
		room=$dir/lobby
		works && "$KCHATD" --stop --directory "$dir" || alike_by_name_rc=1
	done
	return "$alike_by_name_rc"
}

# CUSE: devtmpfs is elsewhere, and the node is ours alone
outside_dev() {
	dir=$work/outside room=$work/outside/lobby
	start --mode 640 && works && mode_is "640 0:$(group_of_rooms)"
	outside_dev_rc=$?
	"$KCHATD" --stop --directory "$dir" && [ ! -e "$dir" ] &&
		return "$outside_dev_rc"
}

nodev() {
	dir=$work/nodev
	mkdir "$dir" && mount -t tmpfs -o nodev none "$dir" || return 1
	fails_with 1 start && says_one_line 'mounted nodev'
	nodev_rc=$?
	umount "$dir"
	return "$nodev_rc"
}

# --- owner and mode ------------------------------------------------------

# The number of the group kchat, or else our own
group_of_rooms() {
	group_of_rooms=$(grep '^kchat:' /etc/group | cut -d : -f 3)
	echo "${group_of_rooms:-$(id -g)}"
}

mode_is() {
	[ "$(stat -c '%a %u:%g' "$room")" = "$1" ] && return 0
	echo "it is $(stat -c '%a %u:%g' "$room"), not $1"
	return 1
}

default_mode() {
	start && mode_is "660 0:$(group_of_rooms)"
}

chosen_mode() {
	group=$(grep '^nogroup:' /etc/group | cut -d : -f 3)
	start --mode 604 --group nogroup && mode_is "604 0:$group"
}

# All that was ever seen of it: nothing, root's own 0600, and how it shall be
never_too_open() {
	while :; do
		for node in "$dir"/.lobby* "$room"; do
			stat -c '%a %u:%g' "$node"
		done 2>/dev/null
	done >seen &
	also $!
	i=0
	while [ "$i" -lt 10 ]; do
		start --mode 640 --group nogroup &&
			"$KCHATD" --stop --directory "$dir" || return 1
		i=$((i + 1))
	done
	group=$(grep '^nogroup:' /etc/group | cut -d : -f 3)
	start --mode 640 --group nogroup && soon grep -q "^640 0:$group\$" seen &&
		! grep -v -e "^640 0:$group\$" -e '^600 0:0$' -e '^0 0:' seen
}

# --- stop ----------------------------------------------------------------

no_lock() { [ ! -e "$(pid_file)" ] && [ ! -e "$(pid_file)!" ]; }

stops() {
	start && "$KCHATD" --stop --directory "$dir" && [ ! -e "$room" ] &&
		[ ! -e "$dir" ] && no_lock
}

stops_at_once() {
	start && reader out || return 1
	clock_starts
	"$KCHATD" --stop --directory "$dir" && ends "$reader" &&
		[ "$(took_ms)" -lt $((1000 * slow)) ]
}

stop_is_idempotent() {
	"$KCHATD" --stop --directory "$dir" && start &&
		"$KCHATD" --stop --directory "$dir" &&
		"$KCHATD" --stop --directory "$dir"
}

# C4: the reader that waits, the writer that waits, the reader that is behind
stop_ends_the_room() {
	start --patience forever && writer writer && reader out || return 1
	# The room is full: what $reader got is what was accepted.
	size=$(wc -c <out)
	# (Or the daemon stood still, and the writer slept for its answer.)
	[ "$size" -eq 0 ] || { sleep 1; return 1; }
	clock_starts
	kill -TERM "$(daemon)"
	failed "$writer" writer.said 'No such device' && ends "$reader" &&
		cat <&6 >rest && [ -s rest ] && exec 6<&- && soon test ! -e "$room"
}

no_opens_while_stopping() {
	start && exec 6<"$room" && holder=$(daemon) && clock_starts && kill -TERM "$holder" &&
		soon refuses_opens && ! gone "$holder" && exec 6<&-
}
refuses_opens() {
	! cat "$room" >refused 2>&1 && grep -qF 'No such device' refused
}

# Who does not leave gets two seconds, and errors after
stop_waits_two_seconds() {
	start && exec 6<>"$room" || return 1
	clock_starts
	"$KCHATD" --stop --directory "$dir" || return 1
	took=$(took_ms)
	echo "it took $took ms"
	[ "$took" -ge 1900 ] && [ "$took" -lt $((2000 + 1500 * slow)) ] &&
		! env echo line >&6 2>refused &&
		grep -q -e 'not connected' -e 'connection abort' refused
}

# A killed daemon's pid stands there until its successor, which has the lock already,
# writes its own
spares_strangers() {
	start && holder=$(daemon) || return 1
	sleep 100 &
	also $!
	stranger=$!
	# shellcheck disable=SC2016 # its own number, which is nobody's soon
	for pid in "$stranger" "$(sh -c 'echo $$')"; do
		echo "$pid" >"$(pid_file)"
		"$KCHATD" --stop --directory "$dir" >stop.said 2>&1 &
		stop=$!
		sleep 0.5
		if gone "$stranger" || gone "$stop" || gone "$holder"; then
			cat stop.said
			echo "$holder" >"$(pid_file)"
			return 1
		fi
		[ "$pid" = "$stranger" ] || break
		kill "$stop"
		soon gone "$stop" || return 1
	done
	echo "$holder" >"$(pid_file)"
	ends "$stop" && soon gone "$holder" && [ ! -e "$room" ]
}

# By any name it is found without being asked
stopped() {
	ln -sfn "$dir" link
	start && holder=$(daemon) && kill -STOP "$holder" || return 1
	soon grep -q ') T ' "/proc/$holder/stat" && refused_by_stopped "$dir" &&
		refused_by_stopped link && told_to_stop
	stopped_rc=$?
	kill -CONT "$holder"
	[ "$stopped_rc" -eq 0 ] && ends "$stop" && gone "$holder" && [ ! -e "$room" ]
}
refused_by_stopped() {
	fails_with 1 timeout $((20 * slow)) "$KCHATD" --directory "$1" &&
		says_one_line "already served by process $holder"
}
told_to_stop() {
	"$KCHATD" --stop --directory "$dir" &
	stop=$!
	also "$stop"
	soon grep -q '^ShdPnd:.*4...$' "/proc/$holder/status"
}

# --- death ---------------------------------------------------------------

# D6: calls waiting fail at once, and so do all later ones
killed() {
	start --patience forever && writer writer && reader out && exec 5<>"$room" || return 1
	clock_starts
	kill_daemon || return 1
	failed "$reader" out.said 'Software caused connection abort' &&
		failed "$writer" writer.said 'Software caused connection abort' &&
		[ "$(took_ms)" -lt $((2000 * slow)) ] || return 1
	! env echo line >&5 2>refused && grep -q 'not connected' refused &&
		! cat <&5 2>refused && grep -q 'not connected' refused &&
		! cat "$room" 2>refused
}

killed_and_restarted() {
	start && exec 5<>"$room" && kill_daemon && start && works &&
		! env echo line >&5 2>/dev/null
}

killed_and_restarted_by_link() {
	ln -sfn "$dir" link
	start && kill_daemon && "$KCHATD" --transport "$transport" --directory link &&
		works && kill_daemon && "$KCHATD" --stop --directory link && [ ! -e "$room" ]
}

killed_and_killed_again() {
	start && kill_daemon && start && kill_daemon && start && works
}

killed_and_stopped() {
	start && kill_daemon && "$KCHATD" --stop --directory "$dir" &&
		[ ! -e "$room" ] && no_lock
}

# A mount namespace that somebody makes meanwhile has it mounted as well: once more.
unmounted() {
	for _ in 1 2 3; do
		start && holder=$(daemon) && umount "$dir" || return 1
		soon gone "$holder" && start && works && return 0
		"$KCHATD" --stop --directory "$dir" || return 1
	done
	return 1
}

a_test 'it returns when the room can be opened, and says how' starts
a_test 'it keeps no right but to make and remove nodes' few_rights
a_test 'it keeps nothing open of what it was started with' keeps_no_files
a_test 'it starts without standard streams' no_streams
a_test 'in the foreground it ends by SIGINT with status 0' in_foreground
a_test 'it does not start twice' refused_twice
a_test 'nor while another is just starting' refused_by_unknown
a_test 'nobody else can take its lock, and everybody can read its pid' lock_is_its_own
a_test 'it does not start twice by any name of the directory' refused_by_any_name
a_test 'two directories are two rooms' two_rooms
a_test 'N3 the lobby is 0660 and belongs to the group kchat if there is one' default_mode
a_test 'N3 mode and group can be chosen' chosen_mode
a_test 'N3 the node is never too open' never_too_open
a_test 'C4 --stop leaves nothing behind' stops
a_test 'C4 readers that wait do not delay the stop' 'in_time stops_at_once'
a_test '--stop where nothing runs is done already' stop_is_idempotent
a_test '--stop ends nobody but who has the lock' spares_strangers
a_test 'C4 the stop ends the room: EOF for readers, ENODEV for writers' 'in_time stop_ends_the_room'
a_test 'C4 new opens fail while it stops' 'in_time no_opens_while_stopping'
a_test 'C4 it waits two seconds for those who do not leave' 'in_time stop_waits_two_seconds'
a_test 'one that is stopped by a signal keeps neither a start nor a --stop' stopped
a_test 'D6 when it is killed every call fails' 'in_time killed'
a_test 'C4 killed, it can be restarted in place' killed_and_restarted
a_test 'C4 killed, it can be restarted and stopped by a link' killed_and_restarted_by_link
a_test 'C4 killed twice, it can be restarted in place' killed_and_killed_again
a_test '--stop cleans up after one that was killed' killed_and_stopped
a_test 'two directories are two rooms, however alike their names' alike_by_name
case $transport in
cuse)
	a_test 'N1 the room can be anywhere' outside_dev
	a_test 'but where devices cannot be opened' nodev
	;;
fuse) a_test 'unmounted by somebody else it ends' unmounted ;;
esac
done_testing
