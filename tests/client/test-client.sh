#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# test-client.sh ROOM: kchat without a terminal, and what it says when it cannot.
#
# Runs under busybox as well. Of the environment: KCHAT is the client; with
# KCHATD, the daemon, and KCHAT_BACKEND=fuse or cuse a backend of its own is
# killed; KCHAT_TEST_SLOW stretches the time-outs.
#
# Tests are functions called by their names, hence the first exception; the
# second is for the scripts that tests hand to a shell of their own.
# shellcheck disable=SC2317,SC2016
set -eu

room=$1
kchat=${KCHAT:-kchat}
command -v "$kchat" >/dev/null || { echo "Bail out! there is no $kchat"; exit 1; }
slow=${KCHAT_TEST_SLOW:-1}
limit=$((20 * slow))
# Short messages, more than a room holds: 256 KiB, some 40 bytes each
many=$((30000 / slow))
work=$(mktemp -d "${TMPDIR:-/tmp}/kchat-client.XXXXXX")
chmod 755 "$work"
listener='' daemon=''

clean_up() {
	[ -z "$listener" ] || kill "$listener" 2>/dev/null || :
	[ -z "$daemon" ] || kill -9 "$daemon" 2>/dev/null || :
	[ -z "$daemon" ] || "$KCHATD" --stop --directory "$work/own" >/dev/null 2>&1 || :
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 143' INT TERM

# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
tap_prefix='client: '

# in_time CMD...
in_time() { timeout "$limit" "$@"; }

# complains STATUS PATTERN CMD...: exits so, with one line that says this
complains() {
	want=$1 pattern=$2 status=0
	shift 2
	in_time "$@" >"$work/out" 2>"$work/err" </dev/null || status=$?
	cat "$work/err"
	echo "status $status"
	[ "$status" -eq "$want" ] && grep -q "^kchat: .*$pattern" "$work/err" &&
		[ "$(grep -c '^kchat: ' "$work/err")" -eq 1 ] &&
		[ ! -s "$work/out" ]
}

# Start a listener whose output is $work/heard, and see that it listens.
heard_ready() {
	"$kchat" send "$room" ready && grep -q ready "$work/heard"
}
listen_start() {
	: >"$work/heard"
	"$kchat" listen "$room" >"$work/heard" 2>"$work/heard.err" &
	listener=$!
	soon heard_ready
}

listen_stop() {
	status=0
	kill "-$1" "$listener"
	wait "$listener" || status=$?
	listener=''
}

# heard FILE: the listener got this, and nothing else but its `ready`
finished() { [ "$(tail -n 1 "$work/heard")" = finished ]; }
heard() {
	in_time "$kchat" send "$room" finished && soon finished &&
		sed -e '/^ready$/d' -e '/^finished$/d' "$work/heard" |
		cmp - "$1"
}

passes_on() {
	listen_start || return 1
	in_time "$@" || { listen_stop TERM; return 1; }
	result=0
	heard "$work/want" || result=$?
	listen_stop TERM
	return "$result"
}

send_words() {
	printf 'one  two three\n-x --help\n\n' >"$work/want"
	passes_on sh -c '"$1" send "$2" "one " two three &&
		"$1" send "$2" -x --help && "$1" send "$2" ""' - "$kchat" "$room"
}

send_lines() {
	# The last line has no end of its own; `finished` comes behind it.
	printf 'a\n\n\tb c\n' >"$work/want"
	passes_on sh -c '"$1" send "$2" <"$3"' - "$kchat" "$room" "$work/want"
}

send_unfinished_line() {
	echo 'begin end' >"$work/want"
	passes_on sh -c '{ printf begin | "$1" send "$2"; } &&
		"$1" send "$2" " end"' - "$kchat" "$room"
}

send_long_lines() {
	{
		head -c 65535 /dev/zero | tr '\0' a
		echo
		head -c 65536 /dev/zero | tr '\0' b
		echo
		head -c 200000 /dev/zero | tr '\0' c
		echo
	} >"$work/want"
	passes_on sh -c '"$1" send "$2" <"$3"' - "$kchat" "$room" "$work/want"
}

send_any_bytes() {
	# A program has them all. It ends in no newline, so one is added.
	{ head -c 300000 "$kchat"; echo; } >"$work/want"
	passes_on sh -c '"$1" send "$2" <"$3"' - "$kchat" "$room" "$work/want"
}

send_prints_nothing() {
	"$kchat" send "$room" quiet >"$work/out" 2>&1 </dev/null &&
		echo quiet | "$kchat" send "$room" >>"$work/out" 2>&1 &&
		[ ! -s "$work/out" ]
}

refuses_long_words() {
	words=$(head -c 65530 /dev/zero | tr '\0' a)
	complains 1 '65540 bytes' "$kchat" send "$room" "$words" 12345678
}

join_both_ways() {
	echo "$1" | in_time "$kchat" join "$room" >"$work/out" &&
		echo "$1" | cmp - "$work/out"
}

join_much() {
	seq 1 "$many" >"$work/want"
	in_time "$kchat" join "$room" <"$work/want" >"$work/out" &&
		cmp "$work/want" "$work/out"
}

join_unfinished_line() {
	printf 'a\nb' | in_time "$kchat" "$room" >"$work/out" &&
		printf 'a\nb' | cmp - "$work/out"
}

join_nothing() {
	in_time "$kchat" join "$room" </dev/null >"$work/out" &&
		[ ! -s "$work/out" ]
}

join_hears_others() {
	mkfifo "$work/words"
	"$kchat" join "$room" <"$work/words" >"$work/heard" &
	listener=$!
	exec 3>"$work/words"
	result=0
	soon heard_ready || result=1
	echo mine >&3
	soon grep -q mine "$work/heard" || result=1
	exec 3>&-
	wait "$listener" || result=1
	listener=''
	return "$result"
}

# One with nothing to say must not hold the others up.
idle_sender_is_no_reader() {
	mkfifo "$work/idle"
	"$kchat" send "$room" <"$work/idle" &
	idle=$!
	exec 3>"$work/idle"
	result=0
	sleep 0.3
	seq 1 "$many" | in_time "$kchat" send "$room" || result=1
	exec 3>&-
	wait "$idle" || result=1
	return "$result"
}

listen_ends_by() {
	listen_start || return 1
	listen_stop "$1"
	cat "$work/heard.err"
	[ "$status" -eq "$2" ] && [ ! -s "$work/heard.err" ]
}

# Nobody reads what it prints: it leaves at once, not with the next message.
listen_leaves_reader() {
	mkfifo "$work/pipe"
	in_time "$kchat" listen "$room" >"$work/pipe" 2>"$work/err" &
	pid=$!
	exec 3<"$work/pipe"
	sleep 0.3
	exec 3<&-
	status=0
	wait "$pid" || status=$?
	cat "$work/err"
	echo "status $status"
	# 124 and 143: the time-out of GNU and of busybox
	[ "$status" -ne 0 ] && [ "$status" -ne 124 ] && [ "$status" -ne 143 ]
}

listen_output_full() {
	"$kchat" listen "$room" >/dev/full 2>"$work/err" &
	listener=$!
	soon talk_until_gone || return 1
	status=0
	wait "$listener" || status=$?
	listener=''
	cat "$work/err"
	[ "$status" -eq 1 ] && grep -q '^kchat: standard output: ' "$work/err"
}
talk_until_gone() {
	"$kchat" send "$room" talk && ! kill -0 "$listener"
}

closed_output() {
	status=0
	echo hello | in_time "$kchat" join "$room" >&- 2>"$work/err" || status=$?
	cat "$work/err"
	[ "$status" -eq 1 ] && grep -q '^kchat: standard output: ' "$work/err"
}

prints() {
	pattern=$1
	shift
	"$@" >"$work/out" 2>"$work/err" && grep -q "$pattern" "$work/out" &&
		[ ! -s "$work/err" ]
}

other_nodes() {
	mkdir -p "$work/dir"
	: >"$work/file"
	mkfifo "$work/fifo"
	for command in join send listen; do
		complains 1 'a directory' "$kchat" "$command" "$work/dir" &&
			complains 1 'a device' "$kchat" "$command" /dev/null &&
			complains 1 'a plain file' "$kchat" "$command" "$work/file" &&
			complains 1 'a FIFO' "$kchat" "$command" "$work/fifo" ||
			return 1
	done
	[ ! -s "$work/file" ]
}

no_permission() {
	cp "$kchat" "$work/kchat" && chmod 755 "$work/kchat"
	group=$(stat -c %g "$room")
	# Nobody is to be added to root's own.
	chgrp 0 "$room"
	complains 1 'it is open to root only' su -s /bin/sh nobody -c \
		"'$work/kchat' listen '$room'" &&
		chgrp 1 "$room" &&
		complains 1 'permission denied; it is open to the group' \
			su -s /bin/sh nobody -c "'$work/kchat' listen '$room'"
	result=$?
	chgrp "$group" "$room"
	return $result
}

# What has been said is one line, and nothing in it that a terminal obeys.
harmless() {
	cat -v "$1"
	[ "$(wc -l <"$1")" -eq "$2" ] && [ "$(tr -cd '\033\007\t' <"$1" | wc -c)" -eq 0 ] &&
		grep -qF '^[]0;owned^G^Jb^Ic' "$1"
}

# Others choose the names of files; whoever types kchat info * has not.
hostile_names() {
	evil=$(printf 'a\033]0;owned\007\nb\tc')
	ln -s "$room" "$work/$evil"
	in_time "$kchat" info "$work/$evil" >"$work/out" || return 1
	grep -F '^[' "$work/out" >"$work/path"
	harmless "$work/path" 1 || return 1
	for words in "$work/${evil}x" "$evil"; do
		in_time "$kchat" listen "$words" 2>"$work/err" </dev/null && return 1
		harmless "$work/err" 1 || return 1
	done
	# With a hint at --help
	for words in "--$evil" "-$evil" "--history=$evil"; do
		in_time "$kchat" listen "$room" "$words" 2>"$work/err" </dev/null && return 1
		harmless "$work/err" 2 || return 1
	done
}

own_start() {
	mkdir -p "$work/own"
	"$KCHATD" --foreground --transport "$KCHAT_BACKEND" \
		--directory "$work/own" >"$work/daemon" 2>&1 3>&- &
	daemon=$!
	soon test -e "$work/own/lobby" || { cat "$work/daemon"; return 1; }
}

# own_ends CMD...: what the listener, a joined one and a sender say of it
own_ends() {
	own_start || return 1
	rm -f "$work/never" "$work/heard" "$work/out.join"
	mkfifo "$work/never"
	sleep 1000 >"$work/never" &
	never=$!
	in_time "$kchat" listen "$work/own/lobby" >"$work/heard" 2>"$work/err.listen" &
	pid_listen=$!
	in_time "$kchat" join "$work/own/lobby" <"$work/never" >"$work/out.join" 2>"$work/err.join" &
	pid_join=$!
	soon own_ready || return 1
	"$@"
	wait "$daemon" 2>/dev/null || :
	daemon='' status_listen=0 status_join=0
	wait "$pid_listen" || status_listen=$?
	wait "$pid_join" || status_join=$?
	kill "$never"
	# Whatever a killed one leaves is cleaned up by the next.
	"$KCHATD" --stop --directory "$work/own" >/dev/null 2>&1 || :
	echo "status $status_listen $status_join"
	cat "$work/err.listen" "$work/err.join"
	grep -q last "$work/heard" && grep -q last "$work/out.join"
}
own_ready() {
	"$kchat" send "$work/own/lobby" last && grep -q last "$work/heard" &&
		grep -q last "$work/out.join"
}

kill_own() { kill -9 "$daemon"; }
stop_own() { "$KCHATD" --stop --directory "$work/own"; }

backend_killed() {
	own_ends kill_own && [ "$status_listen" -eq 1 ] && [ "$status_join" -eq 1 ] &&
		grep -q "^kchat: $work/own/lobby: .*start" "$work/err.listen" &&
		grep -q "^kchat: $work/own/lobby: .*start" "$work/err.join"
}

# It waits two seconds for those who do not leave. On a busy machine that may be the
# listener, for whom it has died then: once more, if it took so long.
backend_stopped() {
	for _ in 1 2 3; do
		begun=$(date +%s)
		stopped_in_time && return 0
		[ $(($(date +%s) - begun)) -ge 2 ] || return 1
	done
	return 1
}
stopped_in_time() {
	# One has printed all there was; the other's input had not ended.
	own_ends stop_own && [ "$status_listen" -eq 0 ] && [ "$status_join" -eq 1 ] &&
		grep -q "^kchat: .*the room has ended" "$work/err.listen" &&
		grep -q "^kchat: .*the room has ended" "$work/err.join"
}

killed_before() {
	own_start || return 1
	kill -9 "$daemon"
	wait "$daemon" 2>/dev/null || :
	result=0
	for command in join send listen; do
		complains 1 'start kchatd\|has died' "$kchat" "$command" "$work/own/lobby" ||
			result=1
	done
	"$KCHATD" --stop --directory "$work/own" >/dev/null 2>&1 || :
	daemon=''
	return "$result"
}

is 'send says its words, joined by blanks' send_words
is 'send says every line of its input' send_lines
is 'send says an unfinished last line as it is' send_unfinished_line
is 'send cuts long lines and loses nothing' send_long_lines
is 'any bytes pass to what is no terminal' send_any_bytes
is 'send prints nothing' send_prints_nothing
is 'send refuses words that are no message' refuses_long_words
is 'join reads and talks, and ends with its input' join_both_ways hello
is 'join passes on what does not fit the room at once' join_much
is 'join says an unfinished last line as it is' join_unfinished_line
is 'join with nothing to say ends' join_nothing
is 'join hears others while it has nothing to say' join_hears_others
is 'R7 an idle send holds nobody back' idle_sender_is_no_reader
is 'listen ends by SIGTERM' listen_ends_by TERM 143
is 'listen leaves when nobody reads what it prints' listen_leaves_reader
if [ -c /dev/full ]; then
	is 'output that fails is a failure' listen_output_full
else
	skip 'output that fails is a failure' 'there is no /dev/full'
fi
is 'closed output is a failure' closed_output

case ${KCHAT_BACKEND:-},$room in
kmod,*/lobby) by='the module' ;;
cuse,*/lobby) by='kchatd over CUSE' ;;
fuse,*/lobby) by='kchatd over FUSE' ;;
*) by='' ;;
esac
if [ -n "$by" ]; then
	is 'doctor says that the room can be used' prints "$room can be used, served by $by\$" \
		env KCHAT_DIR="${room%/*}" "$kchat" doctor
	ln -s "${room%/*}" "$work/link"
	is 'doctor says so of a link to it' prints "$work/link/lobby can be used, served by $by\$" \
		env KCHAT_DIR="$work/link" "$kchat" doctor
else
	skip 'doctor says that the room can be used' 'whose room is this?'
	skip 'doctor says so of a link to it' 'whose room is this?'
fi

is 'help' prints '^Usage: kchat' "$kchat" --help
is 'help of a command' prints '^Usage: kchat' "$kchat" send --help
is 'version' prints '^kchat [0-9]' "$kchat" --version
is 'wrong usage: an unknown option' complains 2 'nonsense' "$kchat" --nonsense
is 'wrong usage: no room' complains 2 'which room' "$kchat" send
is 'wrong usage: two rooms' complains 2 'other' "$kchat" listen lobby other
is 'wrong usage: no name of a room' complains 2 'not the name' "$kchat" listen 'a!b'
is 'N1 control is no room' complains 2 'not the name' "$kchat" listen control
is 'bad input: no such room' complains 1 'no such room' \
	env KCHAT_DIR="$(dirname "$room")" "$kchat" listen nosuchroom
is 'bad input: no such path' complains 1 'no such room' \
	"$kchat" send "$(dirname "$room")/nosuchroom" hello
is 'bad input: no backend' complains 1 'kchat\.ko.*kchatd.*/dev/cuse.*/dev/fuse' \
	env KCHAT_DIR="$work" "$kchat" join
is 'bad input: names that a terminal would obey' hostile_names
is 'bad input: an option without its value' complains 2 "'-n' needs a value" \
	"$kchat" listen "$room" -n
is 'bad input: nodes that are no rooms' other_nodes
if [ "$(id -u)" = 0 ] && su -s /bin/sh nobody -c true >/dev/null 2>&1; then
	is 'bad input: no permission' no_permission
else
	skip 'bad input: no permission' 'nobody else to be'
fi
case ${KCHATD:+yes},${KCHAT_BACKEND:-} in
yes,fuse | yes,cuse)
	is 'a backend that is killed' backend_killed
	is 'a backend that was killed before' killed_before
	is 'a backend that is stopped' backend_stopped
	;;
*)
	for what in 'is killed' 'was killed before' 'is stopped'; do
		skip "a backend that $what" 'no backend of our own to end'
	done
	;;
esac
tap_end
