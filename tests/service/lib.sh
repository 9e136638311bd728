# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# shellcheck shell=sh
#
# lib.sh - what the service's tests share; to be sourced. Each test has a
# directory of its own, $dir, in which it starts kchatd over $transport.

# shellcheck source=tests/ancestors/lib.sh
. "$(dirname "$0")/../ancestors/lib.sh"

transport=${KCHAT_BACKEND:-}
case $transport in
fuse | cuse) ;;
*)
	echo "1..0 # SKIP kchatd does not serve ${transport:-this room}"
	exit 0
	;;
esac
KCHATD=${KCHATD:-$(cd "${KCHAT_BUILD:-.}" && pwd)/cuse/kchatd}
export KCHATD
cd "$work" || exit 2

sites=0

# a_test NAME FUNCTION: a check with a directory of its own
a_test() {
	sites=$((sites + 1))
	case $transport in
	cuse) dir=/dev/kchat-service-$$-$sites ;;
	fuse) dir=$work/site$sites ;;
	esac
	room=$dir/lobby
	check "$1" "clean_after $2"
}

clean_after() {
	"$@"
	clean_after_rc=$?
	"$KCHATD" --stop --directory "$dir" >/dev/null 2>&1
	return $clean_after_rc
}

# start OPTION...: what it says is in ./said
start() {
	"$KCHATD" --transport "$transport" --directory "$dir" "$@" 2>said </dev/null
}

# fails_with STATUS CMD...: what it says is in ./said
fails_with() {
	fails_with=$1
	shift
	"$@" >said 2>&1 </dev/null
	fails_with_rc=$?
	[ $fails_with_rc -eq "$fails_with" ] && return 0
	echo "$* ended with $fails_with_rc and said:"
	cat said
	return 1
}

# says TEXT: ./said has it
says() {
	grep -qF -- "$1" said && return 0
	echo "it does not say '$1':"
	cat said
	return 1
}

# says_one_line TEXT
says_one_line() {
	says "$1" && [ "$(wc -l <said)" -eq 1 ] && return 0
	echo "that is not one line:"
	cat said
	return 1
}

# The lock has the same name and a '!'
pid_file() { echo "/run/kchat/$(echo "${dir#/}" | tr / '!')"; }

# daemon: the pid of the one that serves $dir
daemon() { cat "$(pid_file)"; }

# kill_daemon: as a crash does
kill_daemon() {
	kill_daemon_pid=$(daemon)
	kill -KILL "$kill_daemon_pid" && soon gone "$kill_daemon_pid"
}

# works: a line goes round
works() {
	# shellcheck disable=SC2094 # that is what a room is for
	exec 7<>"$room" || return 1
	echo "round $$" >&7 && read -r works_line <&7
	exec 7>&-
	[ "$works_line" = "round $$" ] && return 0
	echo "no line went round, but '$works_line'"
	return 1
}

# asleep PID: all its threads wait in a system call for something to happen
asleep() {
	sleep 0.2
	for thread in /proc/"$1"/task/*; do
		case $(cut -d ')' -f 2 "$thread/stat") in
		' S '*) ;;
		*) return 1 ;;
		esac
	done
}

# reader FILE: a cat that waits, as $reader
reader() {
	cat "$room" >"$1" 2>"$1.said" &
	reader=$!
	opened $reader && soon asleep $reader
}

# writer FILE: a dd that waits, since descriptor 6 reads nothing, as $writer
writer() {
	exec 6<"$room"
	dd if=/dev/zero of="$room" bs=65536 count=64 2>"$1.said" &
	writer=$!
	opened $writer && soon asleep $writer
}

# failed PID FILE TEXT: it ends soon, not well, and has said so in FILE
failed() {
	soon gone "$1" || return 1
	if wait "$1"; then
		echo "process $1 ended as if nothing were wrong"
		return 1
	fi
	grep -qF -- "$3" "$2" && return 0
	echo "it does not say '$3':"
	cat "$2"
	return 1
}

# in_time FUNCTION: it starts the clock, and something is due in a second or two. If
# it failed after such a time, the machine may have been too busy: once more. What is
# wrong is so each time.
in_time() {
	for in_time_try in 1 2 3 4 5; do
		clock_starts
		"$1" && return 0
		echo "try $in_time_try: $(took_ms) ms"
		[ "$(took_ms)" -ge 900 ] || return 1
		stop_all
		exec 5<&- 6<&-
		"$KCHATD" --stop --directory "$dir" || return 1
	done
	return 1
}

# took_ms: ms since `clock_starts`
clock_starts() { clock=$(milliseconds); }
took_ms() { echo $(($(milliseconds) - clock)); }
milliseconds() { awk '{ print int($1 * 1000) }' /proc/uptime; }
