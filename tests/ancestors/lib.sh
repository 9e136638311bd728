# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# shellcheck shell=sh
#
# lib.sh - what the ancestors' tests share; to be sourced
#
# A test is a function; it passes if it returns 0. If not, what it printed is
# shown. Everything it started is killed after it.

# shellcheck disable=SC2034 # chat.sh, faults.sh
slow=${KCHAT_TEST_SLOW:-1}
work=$(mktemp -d "${TMPDIR:-/tmp}/kchat-ancestors.XXXXXX")
started=
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
# (./said is a test's own.)
tap_log=$work/tap.said

# Where programs of the build tree are
# shellcheck disable=SC2034 # chat.sh, everybody.sh
programs=$(cd "${KCHAT_BUILD:-.}" && pwd)/tests/ancestors

stop_all() {
	for pid in $started; do
		kill -KILL "$pid" 2>/dev/null || :
		wait "$pid" 2>/dev/null || :
	done
	started=
}
trap 'stop_all; rm -rf "$work"' EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# room_arg "$@": set $room, an absolute path
room_arg() {
	[ $# -eq 1 ] || { echo "usage: $0 ROOM" >&2; exit 2; }
	room=$(cd "$(dirname "$1")" && pwd)/$(basename "$1")
	[ -e "$room" ] || { echo "$room: there is no such room" >&2; exit 2; }
}

# has_open PID: has the process opened the room? (Our client first takes hold of the
# path by O_PATH, 010000000, which is no opening.)
has_open() {
	for fd in /proc/"$1"/fd/*; do
		[ "$(readlink "$fd" 2>/dev/null)" = "$room" ] &&
			grep -qs '^flags:.0[0-7]\{0,7\}$' "/proc/$1/fdinfo/${fd##*/}" &&
			return 0
	done
	return 1
}

# also PID: kill it, too, after the test
also() {
	started="$started $1"
}

# opened PID: the process just started with & has opened the room, and from
# now on it misses nothing
opened() {
	also "$1"
	soon has_open "$1"
}

# gone PID: the process has ended; its exit status is for `wait`
gone() {
	case $(cut -d ')' -f 2 "/proc/$1/stat" 2>/dev/null) in
	'' | ' Z '*) return 0 ;;
	esac
	return 1
}

# ends PID: it ends soon, and well
ends() {
	soon gone "$1" && wait "$1"
}

# has FILE TEXT: the file is this text
has() {
	[ "$(cat "$1")" = "$2" ]
}

# size FILE BYTES: the file has so many bytes
size() {
	[ "$(wc -c <"$1")" -eq "$2" ]
}

# check NAME COMMAND: one test
# shellcheck disable=SC2086 # a function and its arguments
check() { is "$1" alone $2; }

alone() (
	started=
	trap stop_all EXIT
	"$@"
)

# done_testing: the plan, and the exit status
done_testing() {
	tap_end
	exit
}
