#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# tools.sh ROOM: cat, echo, dd, head, tee, read, as one used them with the
# ancestors' nodes. POSIX sh, for busybox too.
# shellcheck disable=SC2317 # check() calls the tests
set -u

# shellcheck source=tests/ancestors/lib.sh
. "$(dirname "$0")/lib.sh"
room_arg "$@"
cd "$work" || exit 2

echo_to_cat() {
	cat "$room" >out &
	opened $!
	echo hello >"$room"
	soon has out hello && echo world >>"$room" && soon has out 'hello
world'
}

# Each gets everything, from when it came
several_cats() {
	cat "$room" >one &
	opened $!
	echo first >"$room"
	cat "$room" >two &
	opened $!
	cat <"$room" >three &
	opened $!
	echo second >"$room"
	soon has one 'first
second' && soon has two second && soon has three second
}

head_ends() {
	head -c 10 "$room" >out &
	opened $!
	echo 12345 >"$room"
	echo 6789abcdef >"$room"
	ends $! && has out '12345
6789'
}

head_line() {
	{ head -n 1 "$room" >out; } &
	soon room_is_open || return 1
	echo 'a line' >"$room"
	ends $! && has out 'a line'
}

# Has any process but ourselves the room open?
room_is_open() {
	for proc in /proc/[0-9]*; do
		! has_open "${proc#/proc/}" || return 0
	done
	return 1
}

dd_reads() {
	dd if="$room" of=out bs=5 count=2 2>/dev/null &
	opened $!
	printf 12345 >"$room"
	printf 67890 >"$room"
	ends $! && has out 1234567890
}

dd_writes() {
	seq 1 200000 | head -c 1000000 >in
	cat "$room" >out &
	opened $!
	dd if=in of="$room" bs=1000 2>/dev/null || return 1
	soon size out 1000000 && cmp in out
}

# Both ancestors stall here after 2,047 bytes
dd_alone() {
	dd if=/dev/zero of="$room" bs=4000 count=500 2>/dev/null &
	also $!
	ends $!
}

# A write of more than 65,536 bytes is short; tools write the rest themselves
dd_large() {
	seq 1 100000 | head -c 400000 >in
	cat "$room" >out &
	opened $!
	dd if=in of="$room" bs=200000 2>/dev/null || return 1
	soon size out 400000 && cmp in out
}

cat_writes() {
	seq 1 100000 | head -c 500000 >in
	cat "$room" >out &
	opened $!
	cat in >"$room" || return 1
	soon size out 500000 && cmp in out
}

tee_writes() {
	cat "$room" >out &
	opened $!
	printf 'to both\n' | tee "$room" >also || return 1
	printf 'and more\n' | tee -a "$room" >>also || return 1
	soon has out 'to both
and more' && cmp out also
}

shell_reads() {
	(read -r line && echo "$line" >out) <"$room" &
	opened $!
	echo 'one line' >"$room"
	echo 'another' >"$room"
	ends $! && has out 'one line'
}

# One descriptor for both, as in `exec 3<>/dev/chat`
shell_both() {
	(
		exec 3<>"$room"
		echo 'to myself' >&3
		read -r line <&3
		[ "$line" = 'to myself' ]
	)
}

# A reader who leaves with the shell's blessing leaves nobody waiting
killed_cat() {
	cat "$room" >/dev/null &
	reader=$!
	opened "$reader"
	kill -STOP "$reader"
	dd if=/dev/zero of="$room" bs=4000 count=500 2>/dev/null &
	writer=$!
	also "$writer"
	sleep 0.3
	if gone "$writer"; then
		echo 'nobody waited for the stopped reader'
		return 1
	fi
	kill -KILL "$reader"
	ends "$writer"
}

# mknod mine c MAJOR MINOR: a device number is a room
twin() {
	# shellcheck disable=SC2012 # its name does not matter
	numbers=$(ls -lL "$room" | awk '{ sub(",", "", $5); print $5, $6 }')
	for dir in "$(dirname "$room")" /dev /run "$work"; do
		mine=$dir/mine-$$
		# shellcheck disable=SC2086 # two numbers
		mknod "$mine" c $numbers 2>/dev/null || continue
		(: <>"$mine") 2>/dev/null && break
		rm -f "$mine"
	done
	[ -c "$mine" ] || { echo 'no place for a node'; return 1; }
	cat "$room" >out &
	opened $!
	echo 'by another name' >"$mine"
	rm -f "$mine"
	soon has out 'by another name'
}

check 'echo > node reaches cat node, >> as well' echo_to_cat
check 'several cats get everything, each from when it came' several_cats
check 'head -c ends by itself' head_ends
check 'head -n 1 ends by itself' head_line
check 'dd if=node' dd_reads
check 'dd of=node reaches cat node' dd_writes
check 'dd of=node with no reader does not stall' dd_alone
check 'dd of=node with large blocks loses nothing' dd_large
check 'cat file > node' cat_writes
check 'tee node' tee_writes
check 'read from node in a shell' shell_reads
check 'one descriptor for both' shell_both
check 'a stopped cat that is killed frees the writer' killed_cat
if [ ! -c "$room" ]; then
	skip 'mknod mine c MAJOR MINOR' 'a regular file has no device number'
elif [ "$(id -u)" != 0 ]; then
	skip 'mknod mine c MAJOR MINOR' 'only root makes nodes'
else
	check 'mknod mine c MAJOR MINOR' twin
fi
done_testing
