#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# everybody.sh ROOM: a real log, written line by line by one writer, reaches
# eight `cat` and one `kchat listen`: every byte, in order.
#
# KCHAT_TEST_BYTES: about how long the log is. KCHAT: the client.
# shellcheck disable=SC2317 # check() calls the tests
set -u

# shellcheck source=tests/ancestors/lib.sh
. "$(dirname "$0")/lib.sh"
room_arg "$@"
cd "$work" || exit 2
bytes=${KCHAT_TEST_BYTES:-$((4000000 / slow / slow))}
kchat=${KCHAT:-${KCHAT_BUILD:-.}/client/kchat}

# What this machine has written down about itself, as often as it takes
make_log() {
	cat /var/log/dpkg.log /var/log/alternatives.log /var/log/apt/*.log \
		/var/log/syslog /var/log/messages /var/lib/dpkg/status \
		/tmp/log /proc/cpuinfo /proc/mounts /proc/kallsyms \
		2>/dev/null | tr -cd '\n -~' | cut -c 1-2000 | head -c "$bytes" >log
	dmesg 2>/dev/null | tr -cd '\n -~' >>log
	while [ "$(wc -c <log)" -lt "$bytes" ]; do
		seq 1 20000 | sed 's/$/: nothing to report/' >>log
	done
	head -c "$bytes" log >log.cut && echo >>log.cut && mv log.cut log
	wc log
}

# Waits as long as the readers get anything at all
arrived() {
	want=$(wc -c <log)
	before=
	tries=0
	while [ "$tries" -lt $((100 * slow)) ]; do
		now=$(for file in "$@"; do wc -c <"$file"; done)
		missing=$(echo "$now" | awk -v want="$want" '$1 < want' | wc -l)
		[ "$missing" -gt 0 ] || return 0
		tries=$((tries + 1))
		[ "$now" = "$before" ] || tries=0
		before=$now
		sleep 0.1
	done
	echo "of $want bytes arrived:" "$now"
	return 1
}

# shellcheck disable=SC2094 # none of these writes what it reads
broadcast() {
	make_log
	outs=
	for n in 1 2 3 4 5 6 7 8; do
		cat "$room" >"cat$n" &
		opened $! || return 1
		outs="$outs cat$n"
	done
	if $1; then
		"$kchat" listen "$room" >listen &
		opened $! || return 1
		outs="$outs listen"
	fi
	"$programs/liner" "$room" <log &
	writer=$!
	also "$writer"
	# shellcheck disable=SC2086 # a list of files
	arrived $outs && wait $writer || return 1
	# shellcheck disable=SC2086
	md5sum log $outs
	for out in $outs; do
		cmp log "$out" || return 1
	done
}

with_listen() {
	broadcast true
}

without_listen() {
	broadcast false
}

if [ -x "$kchat" ]; then
	check 'a log reaches eight cats and kchat listen' with_listen
else
	check 'a log reaches eight cats' without_listen
	skip 'a log reaches kchat listen' 'the client was not built'
fi
done_testing
