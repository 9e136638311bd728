#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The harness itself: tap-sample ends in every way a test can end, and what
# the harness says of each must be right.
set -eu

sample=${1:-./tests/lib/tap-sample}
out=$(mktemp)
klog=$(mktemp)
trap 'rm -f "$out" "$klog"' EXIT
number=0

# has NAME LINES: the sample's output contains LINES, in this order and
# without others between
has() {
	number=$((number + 1))
	if awk -v want="$2" '
		{ all = all "\n" $0 }
		END { exit index(all "\n", "\n" want "\n") == 0 }' "$out"; then
		echo "ok $number - $1"
	else
		echo "not ok $number - $1"
	fi
}

# is NAME COMMAND...: the command succeeds
is() {
	number=$((number + 1))
	name=$1
	shift
	if "$@"; then
		echo "ok $number - $name"
	else
		echo "not ok $number - $name"
	fi
}

# status WANT COMMAND...: the command exits with this status
status() {
	want=$1
	shift
	got=0
	"$@" >/dev/null 2>&1 || got=$?
	test "$got" -eq "$want"
}

# Is no `sleep 9876` running?
no_leftover() {
	for cmdline in /proc/[0-9]*/cmdline; do
		case $(tr '\0' ' ' 2>/dev/null <"$cmdline" || true) in
		'sleep 9876 '*) return 1 ;;
		esac
	done
}

# (It may be that of another lane.)
soon_no_leftover() {
	for _ in 1 2 3 4 5 6 7 8 9 10; do
		! no_leftover || return 0
		sleep 1
	done
	return 1
}

echo 1..25
echo 'BUG: before the tests' >"$klog"
(KCHAT_KLOG=$klog KCHAT_TEST_SLOW=1 "$sample" || true) | sed 's/\(sample\.c\):[0-9]*/\1:N/' >"$out"
has 'plan' '1..16'
has 'a test that passes' 'ok 1 - passes'
has 'values are shown' 'not ok 2 - fails by value
# tap-sample.c:N: 6 * 9 is 54, not 42 = 42'
has 'errno is shown' 'not ok 3 - fails by errno
# tap-sample.c:N: close(-1): "Bad file descriptor", not "Interrupted system call"'
has 'memory is shown' 'not ok 4 - fails by memory
# tap-sample.c:N: "abc" differs from "abd" at byte 2 of 3: 63, not 64'
has 'a hang is a failure with a name and a place' 'not ok 5 - hangs
# timed out after 3 s
# last seen at tap-sample.c:N'
has 'a crash names the signal' 'not ok 6 - crashes
# killed by signal 6 (Aborted) after tap-sample.c:N'
has 'an early exit is a failure' 'not ok 7 - ends early
# ended early, with status 0'
has 'a skip has its reason' 'ok 8 - skips # SKIP the moon is not full'
has 'a check fails in a process of the test' 'not ok 10 - fails in a process
# tap-sample.c:N: not true: !"in a process"'
has 'a check fails in a thread of the test' 'not ok 11 - fails in a thread
# tap-sample.c:N: not true: !"in a thread"'
has 'words of a test are diagnostics' 'ok 12 - talks
# one line
# not ok 1 - no result of its own'
has 'what the kernel says may be no complaint' 'ok 13 - kernel talks'
has 'a complaint of the kernel fails the test in whose time it came' 'not ok 14 - kernel complains
# the kernel complained:
# BUG: KASAN: a made-up one'
has 'who is killed for the memory of its cgroup is no complaint' 'ok 15 - kernel kills a member'
has 'who is killed for the memory of all is one' 'not ok 16 - kernel kills anybody'
is 'each test has its mark in the log' test "$(grep -c '^kchat-test: ' "$klog")" = 16
complained=${KCHAT_SRC:-.}/tests/vm/complained
is 'so scripts are told as well: no complaint' status 1 "$complained" --last - <<'END'
kchat-test: one
hog invoked oom-killer: a made-up one
Call Trace:
END
is 'so scripts are told as well: a complaint' status 0 "$complained" - <<'END'
kchat-test: one
hog invoked oom-killer: a made-up one
Call Trace:
Call Trace:
END
is 'a log that cannot be read is a failure' \
	status 1 env KCHAT_KLOG=/nonexistent "$sample" --only 'pass*'
is 'what a test leaves behind is killed' soon_no_leftover
is 'exit status with a failure' status 1 "$sample" --only fails
is 'exit status without one' status 0 "$sample" --only 'pass*'
is 'nothing chosen is a failure' status 1 "$sample" --only 'no such test'
is '--list runs nothing' status 0 "$sample" --list
