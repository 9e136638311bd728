#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# test-join.sh ROOM: two people in a room, each at a terminal of tmux. What is
# judged is what stands on their screens.
#
# Of the environment: KCHAT is the client, KCHAT_TEST_SLOW stretches the waiting.
#
# Tests are functions called by their names, hence the exception.
# shellcheck disable=SC2317
set -eu

room=$1
kchat=${KCHAT:-kchat}
command -v "$kchat" >/dev/null || { echo "Bail out! there is no $kchat"; exit 1; }
if ! command -v tmux >/dev/null 2>&1; then
	echo '1..0 # SKIP there is no tmux'
	exit 0
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/kchat-join.XXXXXX")
prompt="$(basename "$room")> "

on() { tmux -f /dev/null -S "$work/tmux" "$@"; }

clean_up() {
	on kill-server 2>/dev/null || :
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 143' INT TERM

# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
tap_prefix='join: '

tap_failure() {
	for who in ann bob; do
		echo "# the screen of $who:"
		screen "$who" | sed -e '/^ *$/d' -e 's/^/# |/'
	done
}

# screen WHO: the lines on it, joined where the terminal has wrapped them
screen() { on capture-pane -J -p -t "$1" 2>/dev/null || :; }

# said WHO: likewise, without what stands before a message: time and sender
me=$(id -un)
stamp="[0-2][0-9]:[0-5][0-9]:[0-6][0-9] $me: "
said() { screen "$1" | sed -e "s/^$stamp//" -e 's/ *$//'; }

# row WHO TEXT: one of the lines is this
row() { said "$1" | grep -qxF -e "$2"; }

# rows WHO TEXT COUNT: so many of them are
rows() { [ "$(said "$1" | grep -cxF -e "$2")" -eq "$3" ]; }

# bottom WHO TEXT: the last line that is not empty is this
bottom() { [ "$(screen "$1" | sed -e 's/ *$//' -e '/^$/d' | tail -n 1)" = "$2" ]; }

# only WHO LINES: there is nothing else on it, not even an empty row
only() {
	said "$1" | sed 's/$/|/' | tr -d '\n' |
		grep -qxE -e "$2\\|*"
}

type_in() { on send-keys -t "$1" -l "$2"; }
key() { on send-keys -t "$@"; }

# Nothing on the screens at the start of a test, so that rows can be counted. Keys
# are taken in their order: when the later one shows, the screen was cleared.
both_clear() {
	for who in ann bob; do
		key "$who" C-l x
		soon bottom "$who" "${prompt}x" || return 1
		key "$who" C-u
		soon bottom "$who" "$empty" || return 1
	done
}

client_of() {
	shell_pid=$(on display-message -p -t "$1" '#{pane_pid}')
	tr -d ' ' <"/proc/$shell_pid/task/$shell_pid/children"
}

# asleep PID: it waits, and not only for a moment
asleep() {
	for i in 1 2 3 4 5; do
		grep -q ') S ' "/proc/$1/stat" || return 1
		sleep 0.1
	done
}

shell='$'
empty=$(echo "$prompt" | sed 's/ *$//')

sit_down() {
	# A shell without a prompt of the system's; it stays when kchat ends.
	on new-session -d -s "$1" -x 60 -y 20 \
		"env PS1='$shell ' TERM=screen LC_ALL=C.UTF-8 INPUTRC=/dev/null sh"
	soon bottom "$1" "$shell"
}
join_in() {
	type_in "$1" "clear; '$kchat' join '$room'"
	key "$1" Enter
	soon bottom "$1" "$empty"
}

come_in() {
	sit_down ann && sit_down bob && join_in ann && join_in bob
}

each_sees_the_others_lines() {
	both_clear || return 1
	type_in ann 'hello, I am Ann'
	key ann Enter
	soon row bob 'hello, I am Ann' || return 1
	type_in bob 'and I am Bob'
	key bob Enter
	for who in ann bob; do
		soon row "$who" 'and I am Bob' &&
			rows "$who" 'hello, I am Ann' 1 &&
			rows "$who" 'and I am Bob' 1 &&
			soon only "$who" "hello, I am Ann\\|and I am Bob\\|$empty" ||
			return 1
	done
}

who_and_when_is_shown() {
	both_clear || return 1
	printf 'first\n09:00:00 %s: second\n' "$me" | "$kchat" send "$room"
	"$kchat" send "$room" "one
12:00:00 $me: two"
	soon row ann "    | 12:00:00 $me: two" &&
		screen ann | grep -q "^${stamp}first" &&
		screen ann | grep -q "^${stamp}09:00:00 $me: second" &&
		screen ann | grep -q "^${stamp}one"
}

half_typed_line_survives() {
	both_clear || return 1
	type_in bob 'half a line'
	soon bottom bob "${prompt}half a line" || return 1
	type_in ann 'somebody else talks'
	key ann Enter
	soon row bob 'somebody else talks' &&
		soon bottom bob "${prompt}half a line" || return 1
	type_in bob ' and its end'
	soon bottom bob "${prompt}half a line and its end" || return 1
	key bob Enter
	soon row ann 'half a line and its end' &&
		soon bottom bob "$empty" &&
		soon rows bob 'half a line and its end' 1 &&
		rows bob 'somebody else talks' 1
}

long_half_typed_line_survives() {
	long='this line is longer than the screen is wide, so it takes a second row and then'
	both_clear || return 1
	type_in bob "$long"
	soon bottom bob "$prompt$long" || return 1
	for i in 1 2 3; do
		"$kchat" send "$room" "interrupted $i"
	done
	soon row bob 'interrupted 3' && rows bob 'interrupted 1' 1 &&
		rows bob 'interrupted 2' 1 &&
		soon bottom bob "$prompt$long" || return 1
	key bob Enter
	soon row ann "$long" && soon rows bob "$long" 1 &&
		soon bottom bob "$empty"
}

control_bytes_are_shown() {
	both_clear || return 1
	type_in bob 'still here'
	printf 'x\033[2J\033[H\033]0;owned\007\r\302\233y\342\200\256\n' |
		"$kchat" send "$room"
	soon row ann 'x^[[2J^[[H^[]0;owned^G^M\xC2\x9By<U+202E>' &&
		soon bottom bob "${prompt}still here" &&
		[ "$(on display-message -p -t ann '#{pane_title}')" != owned ] ||
		return 1
	key bob C-u
	soon bottom bob "$empty"
}

utf8_passes() {
	printf '\303\244\303\266\303\274 \342\202\254\n' >"$work/text"
	"$kchat" send "$room" <"$work/text"
	soon row ann "$(cat "$work/text")" && soon row bob "$(cat "$work/text")"
}

message_without_newline_is_a_line() {
	both_clear || return 1
	printf 'no end' | "$kchat" send "$room"
	soon row ann 'no end' && soon bottom ann "$empty"
}

# One process says more without a newline than is kept until that comes. What it
# goes on with (so long that it is no longer kept either) begins no line of its own.
endless_line_forges_none() {
	both_clear || return 1
	{
		head -c $((32 * 65536)) /dev/zero | tr '\0' z
		printf '12:00:07 root: forged%2000s' ''
		echo 'the end'
	} | "$kchat" send "$room"
	soon ends_endless ann || return 1
	on capture-pane -J -p -S -100 -t ann | cut -c 1-70 | sed -n '/forged/,$p' |
		tee "$work/forged"
	! grep -q '^12:00:07 root: forged' "$work/forged"
}
ends_endless() { screen "$1" | grep -q 'the end$'; }

history_comes_back() {
	both_clear || return 1
	type_in ann 'say it again'
	key ann Enter
	soon rows bob 'say it again' 1 || return 1
	key ann Up
	soon bottom ann "${prompt}say it again" || return 1
	key ann Enter
	soon rows bob 'say it again' 2 && soon rows ann 'say it again' 2
}

too_long_is_refused() {
	both_clear || return 1
	head -c 70000 /dev/zero | tr '\0' z >"$work/long"
	on load-buffer "$work/long"
	on paste-buffer -p -t ann
	key ann Enter
	soon seen_refusal || return 1
	# Of a line higher than the screen readline cannot wipe the upper part.
	key ann C-u C-l
	soon bottom ann "$empty" || return 1
	! screen bob | grep -q zzzz
}
seen_refusal() {
	on capture-pane -J -p -S -2000 -t ann |
		grep -q 'kchat: not sent: this line has 70000 bytes'
}

resize_is_followed() {
	both_clear || return 1
	type_in bob 'a line in the middle of which the window is made narrow'
	on resize-window -t bob -x 40 -y 20
	"$kchat" send "$room" 'after it was made narrow'
	soon row bob 'after it was made narrow' || return 1
	type_in bob ' or wide'
	soon bottom bob "${prompt}a line in the middle of which the window is made narrow or wide" || return 1
	on resize-window -t bob -x 60 -y 20
	key bob Enter
	soon row ann 'a line in the middle of which the window is made narrow or wide' &&
		soon bottom bob "$empty"
}

stopped_and_continued() {
	type_in bob 'before'
	soon bottom bob "${prompt}before" || return 1
	key bob C-z
	soon bottom bob "$shell" || return 1
	terminal_is_sane bob stopped || return 1
	type_in bob fg
	key bob Enter
	soon bottom bob "${prompt}before" || return 1
	type_in bob ' and after'
	key bob Enter
	soon row ann 'before and after'
}

# Where no shell could ever continue it, nothing stops. (The one there is has no job
# control; without it tmux would continue it.)
alone_it_does_not_stop() {
	on new-session -d -s eve -x 60 -y 20 \
		"TERM=screen LC_ALL=C.UTF-8 INPUTRC=/dev/null '$kchat' join '$room'; :"
	soon bottom eve "$empty" || return 1
	# What nobody has read yet, a terminal itself throws away at Ctrl-Z.
	type_in eve 'I am'
	soon bottom eve "${prompt}I am" || return 1
	key eve C-z
	result=0
	soon asleep "$(client_of eve)" || result=1
	type_in eve ' still here'
	soon bottom eve "${prompt}I am still here" || result=1
	key eve Enter
	soon row ann 'I am still here' || result=1
	on kill-session -t eve
	return "$result"
}

# A terminal that somebody made one that does not wait gets everything all the same,
# though it takes nothing for a while.
terminal_that_does_not_wait() {
	on new-session -d -s eve -x 60 -y 20 \
		"dd if=/dev/null oflag=nonblock status=none; TERM=screen LC_ALL=C.UTF-8 INPUTRC=/dev/null '$kchat' join '$room'; :"
	soon bottom eve "$empty" || return 1
	terminal=$(on display-message -p '#{pid}')
	# One message
	seq 1 800 | sed 's/$/ of many, many lines that stand in a message/' >"$work/lines"
	kill -STOP "$terminal"
	dd if="$work/lines" of="$room" bs=65536 2>/dev/null
	sleep 1
	kill -CONT "$terminal"
	soon ends_lines eve
	on capture-pane -J -p -S -1000 -t eve | grep -c 'of many, many lines that stand in a message *$' >"$work/count"
	on kill-session -t eve
	cat "$work/count"
	[ "$(cat "$work/count")" -eq 800 ]
}
ends_lines() { screen "$1" | grep -q '800 of many, many lines that stand in a message *$'; }

# The shell behind gets lines and echoes them.
terminal_is_sane() {
	type_in "$1" "stty -a | grep -qw -e -icanon -e -echo -e -isig || echo sane $2"
	key "$1" Enter
	soon row "$1" "sane $2"
}

ends_at_ctrl_d() {
	type_in ann 'last words'
	key ann Enter
	key ann C-d
	soon bottom ann "$shell" && soon row ann 'last words' &&
		soon row bob 'last words' || return 1
	# shellcheck disable=SC2016
	type_in ann 'echo status $?'
	key ann Enter
	soon row ann 'status 0' && terminal_is_sane ann left
}

# Somebody has the room open and does not read: it fills up.
full_room_is_waited_for() {
	join_in ann || return 1
	# Four fit, the fifth waits. More of them could come after the late words.
	for i in 1 2 3 4 5; do
		head -c 65000 /dev/zero | tr '\0' f
		echo
	done >"$work/fill"
	exec 4<"$room"
	before=$(messages_in)
	# Who fills it must not be one of them, so 4 is closed there.
	"$kchat" send "$room" <"$work/fill" 4<&- &
	filler=$!
	result=0
	# (Asleep it is whenever it waits for the backend.)
	soon four_are_in && soon asleep "$filler" || result=1
	type_in ann 'late words'
	key ann Enter
	soon bottom ann "$(basename "$room") (waiting)>" || result=1
	key ann C-d
	sleep 0.5
	! bottom ann "$shell" || result=1
	exec 4<&-
	wait "$filler" || result=1
	soon row bob 'late words' && soon row ann 'late words' &&
		soon bottom ann "$shell" && return "$result"
}

messages_in() { "$kchat" info "$room" | sed -n 's/^in  *\([0-9]*\) .*/\1/p'; }
four_are_in() { [ "$(messages_in)" -eq $((before + 4)) ]; }

# ends_by KEY-OR-SIGNAL STATUS
ends_by() {
	join_in ann || return 1
	type_in ann 'unfinished'
	soon bottom ann "${prompt}unfinished" || return 1
	case $1 in
	C-*) key ann "$1" ;;
	*) kill "-$1" "$(client_of ann)" ;;
	esac
	soon ended_at_prompt || return 1
	# shellcheck disable=SC2016
	type_in ann 'echo status $?'
	key ann Enter
	soon row ann "status $2" && terminal_is_sane ann "$1" &&
		! screen bob | grep -q unfinished
}
ended_at_prompt() {
	# A shell may say what ended its child before it prompts.
	bottom ann "$shell"
}

is 'two come in' come_in
if [ "$tap_failed" -ne 0 ]; then
	echo '1..1 # without them there is nothing to see'
	exit 1
fi
is 'each sees the lines of both, once and whole' each_sees_the_others_lines
is 'sender and time stand before a message, and nobody forges them' who_and_when_is_shown
is 'a half typed line survives what others say' half_typed_line_survives
is 'a half typed line of two rows survives, too' long_half_typed_line_survives
is 'control bytes are shown, not obeyed' control_bytes_are_shown
is 'other languages are readable' utf8_passes
is 'a message without a newline is a line' message_without_newline_is_a_line
is 'a line without an end forges none' endless_line_forges_none
is 'the history brings lines back' history_comes_back
is 'a line too long for a message is refused' too_long_is_refused
is 'a new size of the window is followed' resize_is_followed
is 'stopped and continued, the line is still there' stopped_and_continued
is 'Ctrl-Z where nobody could continue it does nothing' alone_it_does_not_stop
if dd if=/dev/null of=/dev/null oflag=nonblock 2>/dev/null; then
	is 'a terminal that does not wait gets everything' terminal_that_does_not_wait
else
	skip 'a terminal that does not wait gets everything' 'this dd knows no oflag'
fi
is 'Ctrl-D leaves, after everything was delivered' ends_at_ctrl_d
is 'Ctrl-D in a full room waits until it was delivered' full_room_is_waited_for
is 'Ctrl-C leaves, the terminal as it was' ends_by C-c 130
is 'SIGTERM leaves, the terminal as it was' ends_by TERM 143
is 'SIGHUP leaves, the terminal as it was' ends_by HUP 129
tap_end
