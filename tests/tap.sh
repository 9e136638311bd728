# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# shellcheck shell=sh
#
# tap.sh - the results of a test script; to be sourced, with $work a directory
#
#	is NAME CMD...		one result: CMD succeeds; if not, what it said is shown
#	verdict NAME		one result: the command before succeeded; if not, $tap_log
#				is shown
#	skip NAME WHY
#	soon CMD...		CMD comes true, in 20 s at most (KCHAT_TEST_SLOW times that)
#	tap_end			print the plan; false if anything failed
#
# Where KCHAT_KLOG is /dev/kmsg, a complaint of the kernel fails the test in whose
# time it came.
#
# $tap_prefix begins every test's name. What else should be seen of a failure,
# tap_failure prints, if the script defines it anew.

tap_n=0 tap_failed=0
tap_prefix=''
tap_log=${work:?}/said
: >"$tap_log"

tap_failure() { :; }

kernel_complained() {
	[ -n "${KCHAT_KLOG:-}" ] &&
		dmesg | "$KCHAT_SRC/tests/vm/complained" --last - >>"$tap_log"
}

# tap_result STATUS NAME
tap_result() {
	tap_n=$((tap_n + 1))
	if ! kernel_complained && [ "$1" -eq 0 ]; then
		echo "ok $tap_n - $tap_prefix$2"
	else
		tap_failed=$((tap_failed + 1))
		sed 's/^/# /' "$tap_log"
		tap_failure
		echo "not ok $tap_n - $tap_prefix$2"
	fi
	[ -z "${KCHAT_KLOG:-}" ] || echo "kchat-test: after $2" >"$KCHAT_KLOG"
}

verdict() { tap_result $? "$1"; }

is() {
	tap_name=$1 tap_status=0
	shift
	"$@" >"$tap_log" 2>&1 || tap_status=$?
	tap_result $tap_status "$tap_name"
}

skip() {
	tap_n=$((tap_n + 1))
	echo "ok $tap_n - $tap_prefix$1 # SKIP $2"
}

soon() {
	tap_tries=$((200 * ${KCHAT_TEST_SLOW:-1}))
	until "$@" 2>/dev/null; do
		tap_tries=$((tap_tries - 1))
		[ "$tap_tries" -gt 0 ] || { echo "never came true: $*"; return 1; }
		sleep 0.1
	done
}

tap_end() {
	echo "1..$tap_n"
	[ "$tap_failed" -eq 0 ]
}
