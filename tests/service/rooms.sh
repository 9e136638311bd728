#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# rooms.sh ROOM: what kchatd is told about rooms, and what becomes of those that
# were made when it ends. ROOM is left alone. POSIX sh, for busybox too.
# shellcheck disable=SC2317 # a_test() calls the tests
# shellcheck disable=SC2153,SC2094 # KCHAT is the client; info is a file here
set -u

# shellcheck source=tests/service/lib.sh
. "$(dirname "$0")/lib.sh"

# client COMMAND...: kchat, in the room's directory
client() { KCHAT_DIR=$dir "$KCHAT" "$@"; }

# info_is ROOM TEXT: a line of what kchat tells of it
info_is() {
	client info "$1" >info || return 1
	grep -q -- "$2" info && return 0
	echo "nothing like '$2' in:"
	cat info
	return 1
}

mode_of() { stat -c '%a %u:%g' "$dir/$1"; }

bad_words() {
	fails_with 2 "$KCHATD" --patience soon && says "'soon' is no patience" &&
		fails_with 2 "$KCHATD" --patience -1 && says "'-1' is no patience" &&
		fails_with 2 "$KCHATD" --patience 4294967296 &&
		fails_with 2 "$KCHATD" --limit rooms && says "'rooms' is no limit" &&
		fails_with 2 "$KCHATD" --limit rooms= &&
		fails_with 2 "$KCHATD" --limit rooms=1x &&
		fails_with 2 "$KCHATD" --limit rooms=99999999999 &&
		fails_with 2 "$KCHATD" --limit cows=1 && says "'cows=1' is no limit" &&
		fails_with 2 "$KCHATD" --control-mode 888 && says "'888' is no mode"
}

patience() {
	start && info_is lobby '^patience  *5000 ms' &&
		"$KCHATD" --stop --directory "$dir" &&
		start --patience 250 && info_is lobby '^patience  *250 ms' &&
		"$KCHATD" --stop --directory "$dir" &&
		start --patience forever && info_is lobby '^patience  *forever'
}

control_node() {
	start && [ "$(mode_of control)" = "$(mode_of lobby)" ] &&
		case $(mode_of control) in 660*) ;; *) false ;; esac &&
		"$KCHATD" --stop --directory "$dir" &&
		start --control-mode 600 --mode 666 && case $(mode_of control) in 600*) ;; *) false ;; esac
}

limits() {
	start --limit rooms=2 --limit openers=3 && client create one &&
		fails_with 1 client create two && says 'as the backend allows' &&
		exec 7<"$dir/one" 8<"$dir/one" 9<"$dir/one" || return 1
	! cat "$dir/one" 2>refused
	limits_rc=$?
	exec 7<&- 8<&- 9<&-
	return "$limits_rc"
}

# So many of rooms, and so many of the control node
control_files() {
	start --limit user-openers=1 && exec 7<"$dir/control" || return 1
	control_files_rc=0
	! can_open control && exec 8<"$room" && ! can_open lobby || control_files_rc=1
	exec 7<&-
	soon client rooms >/dev/null || control_files_rc=1
	exec 8<&-
	return "$control_files_rc"
}
can_open() { (: <"$dir/$1") 2>/dev/null; }

# A lobby there is no room for is no service
no_lobby() {
	fails_with 1 start --limit rooms=0 && says 'no room for the lobby' && [ ! -e "$room" ]
}

# Each room takes one of the numbers there are for files
too_many_rooms() {
	fails_with 1 start --limit rooms=65534 && says 'the limit of rooms is 65533 at most' &&
		[ ! -e "$dir" ] && start --limit rooms=65533 && works
}

# The orderly stop ends every room
stop_ends_all() {
	start && client create other && room=$dir/other && reader out || return 1
	"$KCHATD" --stop --directory "$dir" && ends "$reader" && [ ! -e "$dir" ]
}

# A killed daemon: calls on all its rooms fail, and nothing is left of them
killed() {
	start && client create other && room=$dir/other && writer writer && reader out || return 1
	kill_daemon || return 1
	failed "$reader" out.said 'Software caused connection abort' &&
		failed "$writer" writer.said 'Software caused connection abort' || return 1
	exec 6<&-
	room=$dir/lobby
	start && works && [ ! -e "$dir/other" ] && client create other &&
		room=$dir/other && works && "$KCHATD" --stop --directory "$dir" &&
		[ ! -e "$room" ] && [ ! -e "$dir/control" ]
}

# While somebody has yet to leave
no_rooms_while_stopping() {
	start && exec 6<"$room" && reader out && holder=$(daemon) && clock_starts &&
		kill -TERM "$holder" && ends "$reader" && fails_with 1 client create late &&
		says 'its backend has ended' && ! gone "$holder" && exec 6<&-
}

# Rooms that come and go leave nothing in the daemon
no_growth() {
	start --limit memory=64 || return 1
	no_growth_i=0
	while [ "$no_growth_i" -lt 150 ]; do
		no_growth_i=$((no_growth_i + 1))
		client create "r$no_growth_i" --capacity 2M && room=$dir/r$no_growth_i && works &&
			client remove "r$no_growth_i" || return 1
		[ "$no_growth_i" -ne 50 ] || no_growth_before=$(memory_of "$(daemon)")
	done
	no_growth_after=$(memory_of "$(daemon)")
	no_growth_fds=$(find "/proc/$(daemon)/fd" -type l | wc -l)
	echo "$no_growth_before kB after 50 rooms, $no_growth_after after 150, $no_growth_fds descriptors"
	# A room is 2 MiB. (Where a sanitizer keeps what was freed, it looks for leaks itself.)
	[ "$no_growth_fds" -lt 20 ] && {
		[ $((no_growth_after - no_growth_before)) -lt 8192 ] || sanitized
	}
}
memory_of() { awk '/^VmData:/ { print $2 }' "/proc/$1/status"; }
# Its shadow is larger than any machine's memory.
sanitized() { awk '/^VmSize:/ { exit $2 < 1e9 }' "/proc/$(daemon)/status"; }

# Of a device the client knows no more than its name in sysfs
any_name_in_dev() {
	dir=/dev/rooms-$$ room=$dir/lobby
	start && works && client send lobby line && info_is lobby '^name  *lobby' &&
		client create other && room=$dir/other && works && client send other line &&
		client remove other && [ ! -e "$room" ] &&
		"$KCHATD" --stop --directory "$dir" && [ ! -e "$dir" ]
}

# A device's name has 255 bytes: that is short of directory and room
long_name_in_dev() {
	dir=/dev/kchat-$$-$(printf %0230d 0) name=alike-up-to-here-
	start && client create "${name}1" && client create "${name}2" &&
		room=$dir/${name}1 && works && room=$dir/${name}2 && works
}

a_test 'patience, limits and modes that make no sense: status 2 and why' bad_words
a_test 'W2 the lobby has a patience of 5,000 ms, or what is asked for' patience
a_test 'C1 the control node is as open as the lobby, or as is asked for' control_node
a_test 'C3 limits can be chosen' limits
a_test 'C3 files of the control node count, apart from those of rooms' control_files
a_test 'C3 a lobby that the limits forbid' no_lobby
a_test 'C4 --stop ends all rooms and leaves nothing behind' stop_ends_all
a_test 'C4 none is made while it stops' 'in_time no_rooms_while_stopping'
a_test 'D6 killed, and restarted without the rooms that were made' killed
a_test 'C2 rooms that come and go leave nothing in the daemon' no_growth
if [ "$transport" = fuse ]; then
	a_test 'C3 a limit that numbers of files do not reach' too_many_rooms
fi
if [ "$transport" = cuse ]; then
	a_test 'N1 a directory in /dev may have any name' any_name_in_dev
	a_test 'N1 it may have a long name' long_name_in_dev
fi
done_testing
