#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# test-manage.sh ROOM: kchat makes rooms beside this one, changes, lists and
# removes them, and says who is in them.
#
# Runs under busybox as well. Of the environment: KCHAT is the client,
# KCHAT_TEST_SLOW stretches the time-outs.
#
# Tests are functions called by their names, hence the exception.
# shellcheck disable=SC2317
set -eu

dir=${1%/*}
kchat=${KCHAT:-kchat}
command -v "$kchat" >/dev/null || { echo "Bail out! there is no $kchat"; exit 1; }
work=$(mktemp -d "${TMPDIR:-/tmp}/kchat-manage.XXXXXX")
chmod 755 "$work"
name=manage-$$
room=$dir/$name
listener=''
KCHAT_DIR=$dir
export KCHAT_DIR
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
tap_prefix='manage: '

clean_up() {
	[ -z "$listener" ] || kill "$listener" 2>/dev/null || :
	[ ! -e "$room" ] || "$kchat" remove "$name" 2>/dev/null || :
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 143' INT TERM

# complains STATUS PATTERN ARGUMENT...: kchat exits so, with one line that says this
complains() {
	want=$1 pattern=$2 status=0
	shift 2
	"$kchat" "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
	cat "$work/err"
	echo "status $status"
	[ "$status" -eq "$want" ] && grep -q "^kchat: .*$pattern" "$work/err" &&
		[ "$(grep -c '^kchat: ' "$work/err")" -eq 1 ] &&
		[ ! -s "$work/out" ]
}

# quiet ARGUMENT...: kchat does it without a word
quiet() {
	"$kchat" "$@" >"$work/out" 2>&1 </dev/null
	status=$?
	cat "$work/out"
	[ $status -eq 0 ] && [ ! -s "$work/out" ]
}

# column COLUMN ROOM: of the list of rooms
column() {
	"$kchat" rooms | awk -v column="$1" -v name="$2" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == column) n = i }
		NR > 1 && $1 == name { print $n }'
}
# listed ROOM COLUMN=VALUE...
listed() {
	listed=$1
	shift
	for pair; do
		echo "$pair: $(column "${pair%%=*}" "$listed")"
		[ "$(column "${pair%%=*}" "$listed")" = "${pair#*=}" ] || return 1
	done
}

me=$(id -un)
gone() { [ ! -e "$room" ]; }
heard() { grep -q "$1" "$work/heard"; }

lists_lobby() { listed lobby NAME=lobby HISTORY=off; }

creates() {
	quiet create "$name" && [ -e "$room" ] &&
		listed "$name" OWNER="$me" MODE=0600 PATIENCE=forever HISTORY=off \
			CAPACITY=262144 OPENERS=0
}

talks() {
	"$kchat" listen "$name" >"$work/heard" 2>/dev/null &
	listener=$!
	soon listed "$name" OPENERS=1
	"$kchat" send "$name" hello
	soon heard hello
}

removes() {
	quiet remove "$name" && soon gone || return 1
	status=0
	wait "$listener" || status=$?
	listener=''
	echo "the listener: $status"
	[ "$status" -eq 0 ] && [ -z "$(column NAME "$name")" ]
}

creates_to_order() {
	quiet create "$room" --capacity=1M --patience 1500 --history --mode 640 \
		--owner "$(id -u)" --group "$(id -g)" &&
		listed "$name" OWNER="$me" MODE=0640 PATIENCE=1500 HISTORY=on CAPACITY=1048576 &&
		[ "$(stat -c %a:%u:%g "$room")" = "640:$(id -u):$(id -g)" ]
}

changes() {
	quiet set "$name" --patience forever && listed "$name" PATIENCE=forever HISTORY=on &&
		quiet set "$name" --history off && listed "$name" PATIENCE=forever HISTORY=off &&
		quiet set --history on "$name" --patience 0 && listed "$name" PATIENCE=0 HISTORY=on
}

# What chmod(1) did since, the list shows.
follows_chmod() { chmod 660 "$room" && listed "$name" MODE=0660; }

tells() {
	"$kchat" info "$name" >"$work/out"
	cat "$work/out"
	grep -qx "name       $name" "$work/out" && grep -qx "path       $room" "$work/out" &&
		grep -qx 'capacity   1048576 bytes' "$work/out" &&
		grep -qx 'patience   0 ms' "$work/out" && grep -qx 'history    on' "$work/out" &&
		grep -qx 'readers    0' "$work/out" && grep -qx 'writers    0' "$work/out" &&
		grep -qx 'openers    0' "$work/out" && grep -q '^options    records' "$work/out"
}

counts() {
	# shellcheck disable=SC2094 # that is what a room is for
	exec 3<"$room" 4<>"$room"
	"$kchat" send "$name" 1234567
	"$kchat" info "$name" >"$work/out"
	exec 3<&- 4<&-
	cat "$work/out"
	grep -qx 'readers    2' "$work/out" && grep -qx 'writers    1' "$work/out" &&
		grep -qx 'openers    2' "$work/out" &&
		grep -q '^in  *[0-9]* messages, [0-9]* bytes' "$work/out"
}

# Who is in it: a reader that reads, and one that does not
who() {
	"$kchat" listen "$name" >"$work/heard" &
	listener=$!
	soon listed "$name" OPENERS=1
	(exec 3<"$room" && exec sleep 1000) &
	sleeper=$!
	soon listed "$name" OPENERS=2
	soon grep -qx sleep "/proc/$sleeper/comm"
	"$kchat" send "$name" 1234567
	soon heard 1234567
	result=0
	"$kchat" who "$name" >"$work/out" || result=1
	cat "$work/out"
	awk -v reader=$listener -v sleeper=$sleeper -v me="$me" '
		$2 == reader && $3 == me && $4 == "kchat" && $5 == "r" && $6 == 0 && $7 == 0 { n++ }
		$2 == sleeper && $3 == me && $4 == "sleep" && $5 == "r" && $6 == 1 && $7 == 8 { n++ }
		END { exit !(NR == 3 && n == 2) }' "$work/out" || result=1
	laps || result=1
	kill $listener $sleeper
	wait $listener $sleeper 2>/dev/null || :
	listener=''
	return $result
}

# The one that does not read is asked to hold nobody back.
laps() {
	id=$(awk -v sleeper="$sleeper" '$2 == sleeper { print $1 }' "$work/out")
	complains 1 'nobody who reads' lap "$name" 999999999 && quiet lap "$name" "$id"
}

# Its list does not fit into a pipe that is full but for half a page. Only the end of
# the list does; and then the rest was lost.
half_a_list() {
	members=''
	for _ in $(seq 60); do
		(exec 3<"$room" && exec sleep 1000) &
		members="$members $!"
	done
	soon listed "$name" OPENERS=60
	mkfifo "$work/pipe"
	exec 3<>"$work/pipe"
	dd if=/dev/zero bs=4096 count=15 oflag=nonblock 2>/dev/null >&3
	dd if=/dev/zero bs=2048 count=1 2>/dev/null >&3
	status=0
	"$kchat" who "$name" 2>"$work/err" >&3 || status=$?
	exec 3<&-
	# shellcheck disable=SC2086 # a word for each
	kill $members
	# shellcheck disable=SC2086
	wait $members 2>/dev/null || :
	cat "$work/err"
	echo "status $status"
	[ "$status" -eq 1 ] && grep -q '^kchat: standard output: ' "$work/err"
}

removes_again() { quiet remove "$name" && soon gone && complains 1 'no such room' remove "$name"; }

no_backend() {
	KCHAT_DIR=$work
	complains 1 'no backend' rooms && complains 1 'no backend' create "$name" &&
		complains 1 'no backend' info lobby
	result=$?
	KCHAT_DIR=$dir
	return $result
}

refuses_names() {
	for bad in control 'a/c!' .hidden a234567890123456789012345678901234; do
		complains 2 'not the name' create "$bad" || return 1
	done
}

refuses_numbers() {
	for bad in 1 0 -1 100K 130K 128M x 1KB 99999999999999999999M ''; do
		complains 2 "power of two.*'$bad'" create "$name" --capacity "$bad" || return 1
	done
	for bad in -1 1.5 never 4294967295 ''; do
		complains 2 "patience.*'$bad'" create "$name" --patience "$bad" || return 1
	done
	for bad in 888 1777 rw ''; do
		complains 2 "octal.*'$bad'" create "$name" --mode "$bad" || return 1
	done
	complains 2 'user that there is' create "$name" --owner 'no such user' &&
		complains 2 'group that there is' create "$name" --group 'no such group' &&
		complains 2 "'on' or 'off'" set "$name" --history yes
}

refuses() {
	complains 1 'such a room already' create lobby &&
		complains 1 'lobby cannot be removed' remove lobby &&
		complains 1 'no such room' remove nosuchroom &&
		complains 1 'no such room' set nosuchroom --patience 1 &&
		complains 2 'set: what' set lobby &&
		complains 2 'which room' create &&
		complains 2 'which member' lap lobby &&
		complains 2 'no id' lap lobby me &&
		complains 2 'one room' remove a b
}

busy() {
	quiet create "$name" || return 1
	exec 3<"$room"
	quiet remove "$name" && complains 1 'still open' create "$name" || return 1
	exec 3<&-
	soon quiet create "$name" && quiet remove "$name"
}

# as_nobody ARGUMENT...: into $work/out
as_nobody() {
	cp "$kchat" "$work/kchat" && chmod 755 "$work/kchat"
	status=0
	su -s /bin/sh nobody -c "KCHAT_DIR='$dir' '$work/kchat' $*" >"$work/out" 2>&1 ||
		status=$?
	cat "$work/out"
}

not_for_others() {
	as_nobody create nobodys
	[ $status -eq 1 ] && grep -q "^kchat: $dir/control: permission denied" "$work/out"
}

# Who may only read may ask as well.
asked_by_reader() {
	quiet create "$name" --mode 444 || return 1
	as_nobody info "$name"
	cp "$work/out" "$work/told"
	told=$status
	quiet remove "$name"
	[ "$told" -eq 0 ] && grep -qx 'readers    0' "$work/told" &&
		grep -qx 'writers    0' "$work/told" && grep -qx 'openers    0' "$work/told"
}

if [ ! -e "$dir/control" ]; then
	is 'without a control node that is said' complains 1 'cannot be managed there' rooms
	skip 'everything else' 'no control node'
	tap_end
	exit
fi

is 'rooms lists the lobby' lists_lobby
is 'create makes a room' creates
is 'one can talk in it' talks
is 'remove ends it, for those in it as well' removes
is 'create makes a room to order' creates_to_order
is 'set changes one thing or two' changes
is 'rooms shows what chmod did' follows_chmod
is 'info tells of it' tells
is 'info counts, but not who asks' counts
if "$kchat" who "$name" >"$work/out" 2>&1 || ! grep -q older "$work/out"; then
	is 'who names the members, lap ends a claim' who
else
	skip 'who names the members, lap ends a claim' 'this backend does not list members'
fi
if ! dd if=/dev/null of=/dev/null oflag=nonblock 2>/dev/null; then
	skip 'a list that is not whole is a failure' 'this dd knows no oflag'
elif "$kchat" who "$name" >"$work/out" 2>&1; then
	is 'a list that is not whole is a failure' half_a_list
else
	skip 'a list that is not whole is a failure' 'this backend does not list members'
fi
is 'a room that is gone is gone' removes_again
is 'a name is busy while somebody has the room' busy
is 'bad input: names' refuses_names
is 'bad input: numbers' refuses_numbers
is 'bad input: rooms' refuses
is 'bad input: no backend' no_backend
if [ "$(id -u)" = 0 ] && su -s /bin/sh nobody -c true >/dev/null 2>&1; then
	is 'info is for those who may only read, too' asked_by_reader
	is 'bad input: no permission' not_for_others
else
	skip 'info is for those who may only read, too' 'nobody else to be'
	skip 'bad input: no permission' 'nobody else to be'
fi
tap_end
