#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# A test that cannot fail proves nothing: the random test must fail, by a check
# of its own, on a room that admits a message 8 bytes too long for it.
set -eu

echo "TAP version 13"
echo "1..1"
name="W1 the random test catches a room that admits too much"

out=$("${KCHAT_BUILD:-.}/tests/unit/broken-room") && status=0 || status=$?
passed=$(printf '%s\n' "$out" | grep -c '^ok ' || :)
caught=$(printf '%s\n' "$out" | grep -c '^# random-\(walk\|people\)\.c:' || :)

if [ "$status" -eq 1 ] && [ "$passed" -eq 0 ] && [ "$caught" -gt 0 ]; then
	echo "ok 1 - $name"
else
	printf '%s\n' "$out" | sed 's/^/# /'
	echo "# ended with $status, $passed passed, $caught caught by a check"
	echo "not ok 1 - $name"
	exit 1
fi
