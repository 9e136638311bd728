# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# shellcheck shell=sh
#
# fold.sh - make one TAP stream of many test programs; to be sourced
#
#	fold_start PREFIX	before all others; PREFIX begins every test's name
#	fold_run NAME CMD...	run a TAP program, number its results on
#	fold_result ok|'not ok' TEXT	one result of the caller's own
#	fold_skip TEXT WHY
#	fold_end		print the plan; false if anything failed
#
# A program that ends early, exits non-zero without a failed test, runs another
# number of tests than it planned, or goes on for more than $fold_timeout seconds
# is itself a failed test. Whatever is no TAP becomes a comment.

fold_timeout=${KCHAT_PROGRAM_TIMEOUT:-900}

# mawk would hold results back until it has read 4 KiB of them.
case $(awk -W version 2>&1 </dev/null) in
mawk*) fold_awk='awk -W interactive' ;;
*) fold_awk='awk' ;;
esac

fold_start() {
	fold_prefix=$1
	fold_dir=$(mktemp -d "${TMPDIR:-/tmp}/kchat-fold.XXXXXX")
	echo 0 0 >"$fold_dir/count"
	echo 'TAP version 13'
}

# fold_result OK TEXT: OK is `ok` or `not ok`
fold_result() {
	read -r fold_n fold_bad <"$fold_dir/count"
	fold_n=$((fold_n + 1))
	[ "$1" = ok ] || fold_bad=$((fold_bad + 1))
	echo "$fold_n $fold_bad" >"$fold_dir/count"
	echo "$1 $fold_n - $fold_prefix$2"
}

fold_skip() { fold_result ok "$1 # SKIP $2"; }

fold_run() {
	fold_name=$1
	shift
	[ -z "${KCHAT_KLOG:-}" ] || echo "kchat-test: $fold_name" >"$KCHAT_KLOG"
	if ! command -v "$1" >/dev/null 2>&1; then
		fold_result 'not ok' "$fold_name: $1 is missing"
		return
	fi
	# shellcheck disable=SC2016 # awk's own $
	{
		fold_rc=0
		timeout -k 5 "$fold_timeout" "$@" </dev/null 2>&1 ||
			fold_rc=$?
		echo "fold exit $fold_rc"
	} | $fold_awk -v name="$fold_name" -v prefix="$fold_prefix" \
		-v count="$fold_dir/count" '
	function result(verdict, text) {
		n++
		if (verdict != "ok")
			bad++
		print verdict " " n " - " prefix text
		fflush()
	}
	function status() {
		return "(exit status " rc \
			(rc == 124 || rc == 137 || rc == 143 ? ", time-out?)" : ")")
	}
	BEGIN {
		getline line <count
		close(count)
		split(line, c)
		n = c[1]
		bad = first_bad = c[2]
		plan = rc = -1
	}
	/^fold exit [0-9]+$/ { rc = $3; exit }
	/^TAP version / { next }
	/^1\.\.[0-9]+/ {
		plan = substr($1, 4) + 0
		if (plan == 0)
			result("ok", name " " substr($0, index($0 "#", "#")))
		next
	}
	/^(not )?ok([ \t]|$)/ {
		verdict = $1 == "ok" ? "ok" : "not ok"
		sub(/^(not )?ok[ \t]*[0-9]*[ \t]*(- )?/, "")
		result(verdict, $0 == "" ? name : $0)
		ran++
		next
	}
	/^Bail out!/ { result("not ok", name ": " $0); next }
	/^(#|[ \t])/ { print; next }
	{ print "# " $0 }
	END {
		if (plan < 0)
			result("not ok", name ": ended without a plan " status())
		else if (plan != ran + 0 && plan > 0)
			result("not ok", name ": planned " plan " tests, ran " ran + 0 " " status())
		else if (rc != 0 && bad == first_bad)
			result("not ok", name ": failed without a failed test " status())
		print n, bad >count
	}'
}

fold_end() {
	read -r fold_n fold_bad <"$fold_dir/count"
	rm -rf "$fold_dir"
	echo "1..$fold_n"
	[ "$fold_bad" -eq 0 ]
}
