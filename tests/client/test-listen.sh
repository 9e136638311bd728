#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# test-listen.sh ROOM: the forms in which kchat gives what it hears: bytes, text,
# JSON, records; with history, and when something was lost.
#
# Runs under busybox as well. Of the environment: KCHAT is the client,
# KCHAT_TEST_SLOW stretches the time-outs.
#
# Tests are functions called by their names, hence the exception.
# shellcheck disable=SC2317
set -eu

room=$1
dir=${room%/*}
kchat=${KCHAT:-kchat}
command -v "$kchat" >/dev/null || { echo "Bail out! there is no $kchat"; exit 1; }
slow=${KCHAT_TEST_SLOW:-1}
limit=$((20 * slow))
work=$(mktemp -d "${TMPDIR:-/tmp}/kchat-listen.XXXXXX")
own=$dir/listen-$$
listener='' made=''
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
tap_prefix='listen: '

clean_up() {
	[ -z "$listener" ] || kill -CONT "$listener" 2>/dev/null || :
	[ -z "$listener" ] || kill "$listener" 2>/dev/null || :
	[ -z "$made" ] || "$kchat" remove "$own" 2>/dev/null || :
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 143' INT TERM

me=$(id -un)
stamp="[0-2][0-9]:[0-5][0-9]:[0-6][0-9] $me"

# listen OPTION...: to $talk, into $work/heard, from where on it hears
listen() {
	: >"$work/heard"
	"$kchat" listen "$talk" "$@" >"$work/heard" 2>"$work/err" &
	listener=$!
	soon ready
	# There may be more of these: what comes after this one is the test's own
	"$kchat" send "$talk" 'go on'
	soon grep -qa 'go on' "$work/heard"
	# The rest of its line, or of its record
	sleep 0.2
	skipped=$(wc -c <"$work/heard")
}
ready() { "$kchat" send "$talk" ready && grep -qa ready "$work/heard"; }

heard() { tail -c "+$((skipped + 1))" "$work/heard"; }
heard_has() { heard | grep -qa -e "$1"; }

# ended: by SIGTERM, as listeners do
ended() {
	status=0
	kill "$listener"
	wait "$listener" || status=$?
	listener=''
	[ "$status" -eq 143 ] || { echo "status $status"; return 1; }
}

# said EXPECTED: what it heard is this, and it complained of nothing
said() {
	soon heard_has "$last"
	ended
	heard >"$work/got"
	cat "$work/got" "$work/err"
	[ ! -s "$work/err" ] && grep -cvx -e "$1" "$work/got" >"$work/others"
	[ "$(cat "$work/others")" = 0 ]
}

talk=$room

# ---- Text ----

text_lines() {
	listen --text
	printf 'one\n' | "$kchat" send "$room"
	"$kchat" send "$room" 'two
three'
	last=three
	soon heard_has "$last" && ended || return 1
	heard | sed "s/^$stamp/STAMP/" >"$work/got"
	printf 'STAMP: one\nSTAMP: two\n    | three\n' | diff - "$work/got"
}

# Neither a line of ours nor the end of one
text_hostile() {
	listen --text
	printf 'a\n-- 9 messages lost\n12:00:00 root: hi\033[2J\r\302\233\n' >"$work/evil"
	cat "$work/evil" >"$room"
	last=root
	soon heard_has "$last" && ended || return 1
	heard | sed "s/^$stamp/STAMP/" >"$work/got"
	cat "$work/got"
	[ "$(wc -l <"$work/got")" -eq 3 ] &&
		grep -qxF 'STAMP: a' "$work/got" &&
		grep -qxF '    | -- 9 messages lost' "$work/got" &&
		grep -qF '    | 12:00:00 root: hi^[[2J^M' "$work/got" &&
		! grep -q "$(printf '\033')" "$work/got"
}

# What one program says in pieces is one line, as long as nobody else speaks.
text_pieces() {
	listen --text
	# Whoever has ended meanwhile is told by no name, and is somebody else.
	(
		for piece in 'one ' 'line
' open; do
			printf %s "$piece"
			soon heard_has "${piece%?}"
		done
	) >"$room"
	"$kchat" send "$room" 'others'
	last=others
	soon heard_has "$last" && ended || return 1
	heard | sed "s/^$stamp/STAMP/" >"$work/got"
	cat "$work/got"
	printf 'STAMP: one line\nSTAMP: open\nSTAMP: others\n' | cmp - "$work/got"
}

# ---- JSON ----

time='"20[0-9-]*T[0-9:]*\.[0-9]\{9\}Z"'
sender="\"seq\":[0-9]*,\"time\":$time,\"pid\":\(null\|[0-9]*\),\"uid\":$(id -u),\"gid\":$(id -g),\"user\":\"$me\""

json_lines() {
	listen --json
	printf 'a "quoted" \\ \t\303\244\302\200\033\n' | "$kchat" send "$room"
	last=quoted
	said "{\"type\":\"message\",$sender,\"text\":\"a \\\\\"quoted\\\\\" \\\\\\\\ \\\\t\\\\u00[eE]4\\\\u0080\\\\u001[bB]\\\\n\"}"
}

json_nul() {
	listen --json
	printf 'a\000b' >"$room"
	last=u0000
	said "{\"type\":\"message\",$sender,\"text\":\"a\\\\u0000b\"}"
}

# base64_of BYTES TEXT
base64_of() {
	listen --json
	# shellcheck disable=SC2059 # these are formats
	printf "$1" >"$room"
	last=base64
	said "{\"type\":\"message\",$sender,\"base64\":\"$2\"}"
}

json_binary() {
	base64_of '\377' '/w==' && base64_of 'a\377' 'Yf8=' &&
		base64_of 'ab\377' 'YWL/' && base64_of '\377\376\375\374' '//79/A=='
}

# Its longest line is a few times longer than the message.
json_longest() {
	listen --json
	dd if=/dev/zero of="$room" bs=65536 count=1 2>/dev/null
	last='type.*u0000"}$'
	soon heard_has "$last" && ended || return 1
	heard | wc -c
	[ "$(heard | wc -l)" -eq 1 ] && [ "$(heard | wc -c)" -gt $((6 * 65536)) ]
}

# ---- Records ----

records() {
	listen --records
	"$kchat" send "$room" 12345678
	last=12345678
	soon heard_has "$last" && ended || return 1
	# A header of 40 bytes, 9 of the message, 7 of padding
	[ "$(heard | wc -c)" -eq 56 ] &&
		[ "$(heard | tail -c 16 | head -c 9)" = 12345678 ]
}

# ---- Losses ----

make_own() {
	[ -e "$dir/control" ] || return 1
	made=yes
	"$kchat" create "$own" "$@"
}

# More than a room holds: 3,000 numbers, in lines of some 200 bytes
many() { seq 1 3000 | sed "s/\$/ $(printf '%0200d' 0 | tr 0 x)/"; }

# lose OPTION...: of many, while it is stopped
lose() {
	talk=$own
	make_own --patience 0 || return 1
	listen "$@"
	kill -STOP "$listener"
	many | "$kchat" send "$own"
	kill -CONT "$listener"
	soon heard_has '3000 x' || return 1
	"$kchat" remove "$own"
	status=0
	wait "$listener" || status=$?
	listener='' made='' talk=$room
	heard >"$work/got"
	cat "$work/err"
	grep -an lost "$work/got"
	echo "status $status"
	[ "$status" -eq 3 ]
}

# The numbers that came, and how many did not
missing() {
	tr -c 0-9 '\n' <"$work/got" | sed '/^$/d' >"$work/numbers"
	echo $((3000 - $(wc -l <"$work/numbers")))
}

lost_from_bytes() {
	lose || return 1
	! grep -a lost "$work/got" &&
		grep -q "^kchat: $own: $(missing) messages lost ([0-9]* bytes)" "$work/err"
}

lost_from_text() {
	lose --text || return 1
	grep -q '^-- [0-9]* messages lost$' "$work/got" || return 1
	lost=$(sed -n 's/^-- \([0-9]*\) messages lost$/\1/p' "$work/got")
	grep -v '^-- ' "$work/got" | sed "s/^$stamp: //" >"$work/said.text"
	mv "$work/said.text" "$work/got"
	[ "$lost" -eq "$(missing)" ]
}

lost_from_json() {
	lose --json || return 1
	grep -q '^{"type":"loss","messages":[0-9]*,"bytes":[0-9]*}$' "$work/got"
}

nothing_lost() {
	talk=$own
	make_own || return 1
	listen
	many | "$kchat" send "$own"
	"$kchat" remove "$own"
	status=0
	wait "$listener" || status=$?
	listener='' made='' talk=$room
	heard >"$work/got"
	echo "status $status"
	[ "$status" -eq 0 ] && many | cmp - "$work/got"
}

# ---- History ----

history() {
	make_own --history || return 1
	"$kchat" send "$own" one && "$kchat" send "$own" two && "$kchat" send "$own" three ||
		return 1
	result=0
	timeout $((slow + 1)) "$kchat" listen "$own" -n 0 >"$work/got" || :
	[ ! -s "$work/got" ] || result=1
	heard_from 2 two,three, && heard_from all one,two,three, || result=1
	"$kchat" listen --text --history 1 "$own" >"$work/got" &
	listener=$!
	soon grep -q "^$stamp: three" "$work/got" || result=1
	kill $listener
	wait $listener || :
	listener=''
	echo 'from join' | "$kchat" join -n 1 "$own" >"$work/got"
	printf 'three\nfrom join\n' | cmp - "$work/got" || result=1
	"$kchat" remove "$own"
	made=''
	return $result
}

# heard_from N LINES: who goes back so far hears these, with commas
heard_from() {
	: >"$work/got"
	"$kchat" listen "$own" -n "$1" >"$work/got" &
	listener=$!
	soon got "$2"
	from=$?
	kill $listener
	wait $listener || :
	listener=''
	cat "$work/got"
	return $from
}
got() { [ "$(tr '\n' , <"$work/got")" = "$1" ]; }

no_history() {
	make_own || return 1
	result=0
	timeout "$limit" "$kchat" listen -n 1 "$own" 2>"$work/err" || result=$?
	cat "$work/err"
	"$kchat" remove "$own"
	made=''
	[ "$result" -eq 1 ] && grep -q '^kchat: .*lets nobody go back' "$work/err"
}

# ---- Who comes and leaves ----

events() {
	listen --events --text
	"$kchat" send "$room" hello
	# Who said `go on' may be seen leaving only now.
	soon came_and_left || { heard; return 1; }
	ended
}
came_and_left() {
	heard | sed "s/$stamp/STAMP/" | tail -n 3 >"$work/last"
	printf -- '-- STAMP came\nSTAMP: hello\n-- STAMP left\n' | cmp -s - "$work/last"
}

wrong() {
	result=0
	"$kchat" listen "$room" "$@" >"$work/out" 2>"$work/err" </dev/null || result=$?
	cat "$work/err"
	[ $result -eq 2 ] && [ ! -s "$work/out" ] && grep -q '^kchat: ' "$work/err"
}

is 'text has sender and time' text_lines
is 'text does not let others forge a line, or obey them' text_hostile
is 'text of one program is not torn' text_pieces
if "$kchat" listen --json /dev/null 2>&1 | grep -q jansson; then
	for what in 'one object a line' NUL base64 'the longest message'; do
		skip "JSON: $what" 'built without JSON'
	done
	json=false
else
	is 'JSON: one object a line' json_lines
	is 'JSON: NUL' json_nul
	is 'JSON: what is no UTF-8 is base64' json_binary
	is 'JSON: the longest message' json_longest
	json=true
fi
is 'records are whole' records
if [ -e "$dir/control" ]; then
	is 'what was lost from bytes is told on standard error' lost_from_bytes
	is 'what was lost from text is a line' lost_from_text
	if $json; then
		is 'what was lost from JSON is an object' lost_from_json
	else
		skip 'what was lost from JSON is an object' 'built without JSON'
	fi
	is 'nothing lost is 0' nothing_lost
	is 'history' history
	is 'no history' no_history
else
	for what in 'what was lost from bytes is told on standard error' \
		'what was lost from text is a line' 'what was lost from JSON is an object' \
		'nothing lost is 0' 'history' 'no history'; do
		skip "$what" 'no control node'
	done
fi
is 'who comes and leaves' events
is 'wrong usage: events among bytes' wrong --events
is 'wrong usage: two forms' wrong --text --json
is 'wrong usage: no number' wrong -n many
is 'wrong usage: an option of others' wrong --mode 600
tap_end
