#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# reconnect.sh ROOM: what our client does when its room goes, and comes back. ROOM is
# left alone. POSIX sh, for busybox too.
# shellcheck disable=SC2317,SC2119 # a_test() calls the tests; start is ours
# shellcheck disable=SC2153 # KCHAT is the client
set -u

# shellcheck source=tests/service/lib.sh
. "$(dirname "$0")/lib.sh"

command -v "$KCHAT" >/dev/null || { echo '1..0 # SKIP there is no client'; exit 0; }

# said_to FILE TEXT: FILE has it, soon
said_to() { soon said_already "$1" "$2"; }
said_already() { [ -e "$1" ] && grep -qF -- "$2" "$1"; }

# listens OPTION...: to $room, into ./heard and ./told (which may be emptied meanwhile)
listens() {
	: >told
	"$KCHAT" listen "$room" "$@" >heard 2>>told &
	listener=$!
	opened "$listener"
}

# The room goes by CMD..., and comes back; somebody speaks before and after
goes_and_comes() {
	echo one >"$room" && said_to heard one && "$@" &&
		said_to told "$room: the room is gone; waiting for it to come back" &&
		start && said_to told "$room: connected again" && echo two >"$room" &&
		said_to heard two && ! gone "$listener"
}

stop_daemon() { "$KCHATD" --stop --directory "$dir"; }

listener_and_a_crash() { start && listens --reconnect && goes_and_comes kill_daemon; }
listener_and_a_stop() { start && listens --reconnect && goes_and_comes stop_daemon; }
listener_twice() {
	listener_and_a_crash && : >told && goes_and_comes kill_daemon &&
		soon twice
}
twice() { [ "$(grep -c two heard)" -eq 2 ]; }

# Who asks for what was said before, hears what was said while it was away
listener_and_history() {
	start && KCHAT_DIR=$dir "$KCHAT" create past --history && room=$dir/past &&
		listens --reconnect -n all && echo one >"$room" && said_to heard one &&
		kill -STOP "$listener" && kill_daemon && start &&
		KCHAT_DIR=$dir "$KCHAT" create past --history && echo two >"$room" &&
		kill -CONT "$listener" && said_to heard two && echo three >"$room" &&
		said_to heard three && [ "$(tr '\n' ' ' <heard)" = 'one two three ' ]
}

# Nor can it be had where the room that came back lets nobody go back: that is said,
# and by the exit status
history_that_is_not_there() {
	rm -f lines && mkfifo lines || return 1
	start && KCHAT_DIR=$dir "$KCHAT" set lobby --history on || return 1
	"$KCHAT" join "$room" --reconnect -n all <lines >heard 2>told &
	listener=$!
	exec 8>lines
	opened "$listener" && echo one >"$room" && said_to heard one && kill_daemon &&
		said_to told 'waiting for it' && start 8>&- &&
		said_to told 'lets nobody go back' || return 1
	echo mine >&8
	said_to heard mine || return 1
	exec 8>&-
	soon gone "$listener" || return 1
	wait "$listener"
	status=$?
	cat told
	echo "status $status"
	[ "$status" -eq 3 ] && said_already told 'connected again'
}

# It has come back, but not for everybody: that is said, once
listener_not_let_in() {
	chmod 755 "$work" && cp "$KCHAT" "$work/kchat" && chmod 755 "$work/kchat" && start &&
		KCHAT_DIR=$dir "$KCHAT" create some --mode 666 && room=$dir/some || return 1
	: >heard
	: >told
	# (It may be a child of su's.)
	su -s /bin/sh nobody -c "echo \$\$; exec '$work/kchat' listen '$room' --reconnect" \
		>>heard 2>>told &
	also $!
	soon heard_one && also "$(head -n 1 heard)" && KCHAT_DIR=$dir "$KCHAT" remove some && said_to told 'waiting for it' &&
		soon "$KCHAT" create "$room" && said_to told 'permission denied' || return 1
	# Asked again some times
	sleep 1
	cat told
	[ "$(grep -c 'permission denied' told)" -eq 1 ] && chmod 666 "$room" &&
		said_to told 'connected again' && echo two >"$room" && said_to heard two
}
heard_one() { echo one >"$room" && said_already heard one; }

# Nobody asked it to wait
listener_that_goes() {
	start && listens && kill_daemon &&
		failed "$listener" told 'the backend of this room has died'
}

# Who cannot tell anybody does not wait for ever
listener_nobody_hears() {
	mkfifo pipe || return 1
	start && { "$KCHAT" listen "$room" --reconnect >pipe 2>told & } && listener=$! &&
		exec 8<pipe && opened "$listener" && kill_daemon &&
		said_to told 'waiting for it' && exec 8<&- && soon gone "$listener"
}

# What is said while the room is gone is said when it is back
joiner_and_a_crash() {
	rm -f lines && mkfifo lines || return 1
	start || return 1
	"$KCHAT" join "$room" --reconnect <lines >heard 2>told &
	listener=$!
	exec 8>lines
	opened "$listener" || return 1
	echo first >&8
	said_to heard first && kill_daemon && said_to told 'waiting for it' || return 1
	echo meanwhile >&8
	start 8>&- && said_to told 'connected again' && said_to heard meanwhile || return 1
	echo last >&8
	exec 8>&-
	ends "$listener" && said_to heard last
}

# fill: four messages, as many as a room holds of that length, marked 1 to 4
fill() {
	for n in 1 2 3 4; do
		head -c 60000 /dev/zero | tr '\0' x
		echo " mark $n"
	done | "$KCHAT" send "$room"
}

# joins_behind OPTION...: with all of a room yet to be read, and more to be said in
# it, when that is removed
joins_behind() {
	rm -f lines && mkfifo lines || return 1
	start && KCHAT_DIR=$dir "$KCHAT" create full && room=$dir/full || return 1
	"$KCHAT" join "$room" "$@" <lines >heard 2>told &
	listener=$!
	exec 8>lines
	opened "$listener" && kill -STOP "$listener" && fill && echo mine >&8 &&
		"$KCHAT" remove "$room" && kill -CONT "$listener"
}
heard_all() {
	marks=$(sed 's/^xx* *//' heard | tr '\n' ,)
	echo "heard: $marks"
	cat told
	[ "$marks" = "mark 1,mark 2,mark 3,mark 4,$1" ]
}

joiner_behind() {
	joins_behind --reconnect && said_to told 'waiting for it' &&
		soon "$KCHAT" create "$room" && said_to told 'connected again' &&
		said_to heard mine || return 1
	exec 8>&-
	ends "$listener" && heard_all mine,
}

joiner_behind_that_goes() {
	joins_behind || return 1
	exec 8>&-
	failed "$listener" told 'the last 5 bytes were not sent' && heard_all ''
}

# --- at a terminal -------------------------------------------------------

# (A server that was told to end may still take a new session, and end then.)
on() { tmux -f /dev/null -S "$work/tmux$sites" "$@"; }
screen() { on capture-pane -J -p 2>/dev/null || :; }
on_screen() { screen | grep -qF -- "$1"; }

# chats [PROMPT]
chats() {
	env -u TMUX LC_ALL=C.UTF-8 tmux -f /dev/null -S "$work/tmux$sites" new-session -d -x 120 -y 24 \
		"'$KCHAT' join '$room'; echo it ended; sleep 100" && soon on_screen "${1:-lobby>}"
}

chats_no_more() {
	chat_rc=$?
	screen | sed -e '/^$/d' -e 's/xxxx*/.../'
	on kill-server
	return "$chat_rc"
}

chat_and_a_crash() {
	start && chats && kill_daemon && soon on_screen 'waiting for it to come back' &&
		on send-keys -l meanwhile && on send-keys Enter && start &&
		soon on_screen 'connected again' && soon on_screen ': meanwhile' &&
		kill_daemon && on send-keys C-d && soon on_screen 'it ended'
	chats_no_more
}

# The room is at an end, and nobody asked it to wait
chat_and_a_stop() {
	start && chats && stop_daemon && soon on_screen 'it ended'
	chats_no_more
}

# It has read one message when it finds that it can write no more
chat_behind() {
	start && KCHAT_DIR=$dir "$KCHAT" create full && room=$dir/full && chats 'full>' &&
		chatter=$(KCHAT_DIR=$dir "$KCHAT" who full | awk 'NR == 2 { print $2 }') &&
		on send-keys -l m && soon on_screen 'full> m' &&
		kill -STOP "$chatter" && on send-keys Enter && fill &&
		"$KCHAT" remove "$room" && kill -CONT "$chatter" &&
		soon on_screen 'it ended' && on_screen 'mark 4' &&
		on_screen 'the last 2 bytes were not sent'
	chats_no_more
}

a_test 'listen --reconnect: a backend that crashes and comes back' listener_and_a_crash
a_test 'listen --reconnect: one that is stopped and started' listener_and_a_stop
a_test 'listen --reconnect: again and again' listener_twice
a_test 'listen --reconnect -n all: and what was said meanwhile' listener_and_history
a_test 'join --reconnect -n all: what cannot be had is said' history_that_is_not_there
a_test 'listen --reconnect: nobody reads what it says' listener_nobody_hears
if [ "$(id -u)" = 0 ] && su -s /bin/sh nobody -c true >/dev/null 2>&1; then
	a_test 'listen --reconnect: a room that comes back for others only' listener_not_let_in
else
	skip 'listen --reconnect: a room that comes back for others only' 'nobody else to be'
fi
a_test 'listen: not asked to reconnect, it ends' listener_that_goes
a_test 'join --reconnect: a backend that crashes and comes back' joiner_and_a_crash
a_test 'join --reconnect: what is unread when its room is removed' joiner_behind
a_test 'join: what is unread when its room is removed' joiner_behind_that_goes
if command -v tmux >/dev/null 2>&1; then
	a_test 'join at a terminal: a backend that crashes and comes back' chat_and_a_crash
	a_test 'join at a terminal: one that is stopped' chat_and_a_stop
	a_test 'join at a terminal: what is unread when its room is removed' chat_behind
else
	skip 'join at a terminal' 'there is no tmux'
fi
done_testing
