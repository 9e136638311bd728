#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# chat.sh ROOM: people chat with the ancestors' kind of client (chatter.c).
# shellcheck disable=SC2317 # check() calls the tests
set -u

# shellcheck source=tests/ancestors/lib.sh
. "$(dirname "$0")/lib.sh"
room_arg "$@"
cd "$work" || exit 2

# chatter NAME: start one that reads what is typed into fifo NAME.in, on the
# descriptor given as $2
start_chatter() {
	mkfifo "$1.in"
	"$programs/chatter" "$room" bye <"$1.in" >"$1.out" &
	# The opening of the FIFO lets the program start
	case $2 in
	4) exec 4>"$1.in" ;;
	5) exec 5>"$1.in" ;;
	6) exec 6>"$1.in" ;;
	esac
	opened $!
}

two_chat() {
	start_chatter anna 4 && anna=$! || return 1
	start_chatter bert 5 && bert=$! || return 1
	echo 'anna: is anybody here?' >&4
	soon has bert.out 'anna: is anybody here?' || return 1
	echo 'bert: I am' >&5
	soon has anna.out 'anna: is anybody here?
bert: I am' || return 1
	echo bye >&4
	ends "$anna" && ends "$bert" && cmp anna.out bert.out
}

# Everybody talks at once: the same conversation on every screen, no line torn
three_at_once() {
	start_chatter a 4 && a=$! || return 1
	start_chatter b 5 && b=$! || return 1
	start_chatter c 6 && c=$! || return 1
	for n in 4 5 6; do
		seq 1 $((300 / slow)) | sed "s/.*/speaker $n says line number & of many/" >"$n.text"
	done
	cat 4.text >&4 &
	also $!
	cat 5.text >&5 &
	also $!
	cat 6.text >&6 || return 1
	total=$(cat 4.text 5.text 6.text | wc -c)
	soon size a.out "$total" && soon size b.out "$total" && soon size c.out "$total" || return 1
	echo bye >&4
	ends "$a" && ends "$b" && ends "$c" || return 1
	cmp a.out b.out && cmp a.out c.out || return 1
	for n in 4 5 6; do
		grep "^speaker $n " a.out | cmp - "$n.text" || return 1
	done
}

# Standard input may end before the conversation does
stdin_ends() {
	echo 'hello from a file' >text
	"$programs/chatter" "$room" bye <text >out &
	chatter=$!
	opened "$chatter"
	soon has out 'hello from a file' || return 1
	echo bye >"$room"
	ends "$chatter"
}

check 'two chat, each sees both' two_chat
check 'three talk at once, no line is torn' three_at_once
check 'a chatter whose input has ended listens on' stdin_ends
done_testing
