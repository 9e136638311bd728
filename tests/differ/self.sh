#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# kchat-differ tries itself: two daemons of one build, over FUSE, must be alike;
# and of two rooms with another past or other rights it must say so. (That it finds
# a broken daemon is for tests/mutants to show.) Takes no room: it is no room test.
set -u

if [ ! -x "$KCHAT_BUILD/cuse/kchatd" ]; then
	echo '1..0 # SKIP kchatd was not built'
	exit 0
elif ! (: <>/dev/fuse) 2>/dev/null; then
	echo '1..0 # SKIP /dev/fuse cannot be opened'
	exit 0
elif [ "$(id -u)" != 0 ]; then
	echo '1..0 # SKIP it takes root to make rooms for others'
	exit 0
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/kchat-differ.XXXXXX")
chmod 755 "$work"
differ=$KCHAT_BUILD/tests/differ/kchat-differ
kchatd=$KCHAT_BUILD/cuse/kchatd
n=0

# shellcheck disable=SC2317 # called by trap
clean_up() {
	for side in a b c; do
		"$kchatd" --stop --directory "$work/$side" >/dev/null 2>&1
	done
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

verdict() {
	verdict_rc=$?
	n=$((n + 1))
	if [ $verdict_rc -eq 0 ]; then
		echo "ok $n - $1"
	else
		sed 's/^/# /' "$work/out"
		echo "not ok $n - $1"
	fi
}

# serve SIDE OPTION...
serve() {
	side=$1
	shift
	mkdir "$work/$side" &&
		"$kchatd" --transport fuse --directory "$work/$side" "$@" >"$work/out" 2>&1 </dev/null
}

echo 'TAP version 13'
serve a --patience forever && serve b --patience forever &&
	serve c --patience forever --limit rooms=2
verdict 'three daemons are up'

# (Which steps it takes until every outcome was seen is a matter of the seed.)
"$differ" --seed 1 --steps 8000 --least 1 --shrink "$work/a/lobby" "$work/b/lobby" >"$work/out" 2>&1
verdict 'two daemons of one build are alike'
grep '^# seed\|^# [0-9]* operations' "$work/out"

# One of them has no room for a second room: that shows, and in few steps
! "$differ" --steps 8000 --least 0 --shrink "$work/a/lobby" "$work/c/lobby" >"$work/out" 2>&1 &&
	grep -q '^not ok 1' "$work/out" && grep -q '^# create: .*ENOSPC' "$work/out"
verdict 'a daemon with another limit is not'
left=$(sed -nE 's/^# ([0-9]+) operations of [0-9]+ are left:$/\1/p' "$work/out")
[ "${left:-99}" -le 2 ]
verdict 'a case that shows it has one operation or two'

# What it found runs again
grep -E '^# create [0-9]' "$work/out" | tail -n 1 >"$work/case"
! "$differ" --case "$work/case" "$work/a/lobby" "$work/c/lobby" >"$work/out" 2>&1 &&
	grep -q '^not ok 1' "$work/out"
verdict 'and can be run again'
"$differ" --case "$work/case" "$work/a/lobby" "$work/b/lobby" >"$work/out" 2>&1
verdict 'where there is no difference it shows none'
echo "1..$n"
