#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# compat.sh ROOM: what has structures, by a program of 32 bits: requests, records,
# the control node, and who is named as the sender.
set -u

program=$KCHAT_BUILD/tests/conform/kchat-conform32
if [ ! -x "$program" ]; then
	echo '1..0 # SKIP no program of 32 bits was built (Debian: gcc-multilib; not with sanitizers)'
	exit 0
elif ! "$program" --list >/dev/null 2>&1; then
	echo '1..0 # SKIP this kernel runs no programs of 32 bits'
	exit 0
fi
case $KCHAT_BACKEND in
*/*) set -- "$1" ;;
*) set -- --backend "$KCHAT_BACKEND" "$1" ;;
esac
# What is skipped keeps its name: it may be skipped by that.
"$program" --only '^O|^R3|^C|^S' "$@" |
	sed -E '/# SKIP/!s/^((not )?ok [0-9]+ - .*)/\1, by a program of 32 bits/'
