#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# refusals.sh ROOM: what kchatd says when it cannot do as asked, and what it
# does without /dev/cuse, without /dev/fuse, and without root. ROOM is left
# alone. POSIX sh, for busybox too.
# shellcheck disable=SC2317,SC2119 # a_test() calls the tests; start is ours
# shellcheck disable=SC2016 # what is for another shell
set -u

# shellcheck source=tests/service/lib.sh
. "$(dirname "$0")/lib.sh"

# --- the command line ----------------------------------------------------

bad_options() {
	fails_with 2 "$KCHATD" --transport pigeon && says "no transport 'pigeon'" &&
		fails_with 2 "$KCHATD" --mode 999 && says "'999' is no mode" &&
		fails_with 2 "$KCHATD" --mode 1777 && says "'1777' is no mode" &&
		fails_with 2 "$KCHATD" --mode '' && says "'' is no mode" &&
		fails_with 2 "$KCHATD" --group no-such-group &&
		says "no group 'no-such-group'" &&
		fails_with 2 "$KCHATD" --no-such-option && says no-such-option &&
		fails_with 2 "$KCHATD" --directory &&
		fails_with 2 "$KCHATD" lobby && says "'lobby' is too much"
}

help() {
	"$KCHATD" --help >said && says --transport && says --stop &&
		"$KCHATD" --version >said && says_one_line kchat
}

# --- the directory -------------------------------------------------------

no_parent() {
	dir=$dir/no/such
	fails_with 1 start && says_one_line "cannot use the directory '$dir'"
}

# It is not the working directory
empty_name() {
	dir=$work/here room=$work/here/lobby
	mkdir "$dir" && mknod "$room" c 511 255 || return 1
	for stop in '' --stop; do
		fails_with 1 sh -c 'cd here && exec "$KCHATD" --directory "" $1' sh "$stop" &&
			says_one_line "cannot use the directory ''" && [ -c "$room" ] || return 1
	done
}

no_directory() {
	dir=$work/file
	: >"$dir"
	fails_with 1 start && says_one_line "$dir is not a directory" && [ -f "$dir" ]
}

in_the_way() {
	dir=$work/full room=$work/full/lobby
	mkdir "$dir"
	echo precious >"$room"
	fails_with 1 start && says_one_line "$room is there already" &&
		has "$room" precious
}

live_device() {
	dir=$work/live room=$work/live/lobby
	mkdir "$dir" && mknod "$room" c 1 3 || return 1
	fails_with 1 start && says_one_line "$room is already served" && [ -c "$room" ]
}

# By that no device can be known to be gone: neither a start nor a stop removes one
without_sys() {
	dir=$work/sysless room=$work/sysless/lobby
	mkdir "$dir" && mknod "$room" c 1 3 && mknod "$dir/made" c 1 3 || return 1
	for stop in '' --stop; do
		fails_with 1 unshare -m sh -c '
			mount -t tmpfs none /sys || exit 99
			"$KCHATD" --transport "$1" --directory "$2" $3' sh "$transport" "$dir" "$stop" &&
			says_one_line 'without /sys' && [ -c "$room" ] && [ -c "$dir/made" ] || return 1
	done
}

dead_device() {
	mkdir "$dir" && mknod "$room" c 511 255 && start && works
}

# --- the devices ---------------------------------------------------------

# inside NAME...: run a test of below where /dev has the devices NAME only
inside() {
	unshare -m sh -c '
		mount -t tmpfs dev /dev && chmod 755 /dev || exit 99
		mknod -m 666 /dev/null c 1 3
		for device in $1; do
			case $device in
			fuse) mknod -m "$mode" /dev/fuse c 10 229 ;;
			cuse) ln -s null /dev/cuse ;;
			esac
		done
		shift
		exec "$@"' sh "$@"
}

# Nodes without a device are common there; neither a start nor a stop may touch them
dev_itself() {
	ln -s /dev link-to-dev
	for name in /dev /dev/ /dev/. /dev/../dev "$work/link-to-dev"; do
		for stop in '' --stop; do
			# shellcheck disable=SC2086 # an option or none
			fails_with 1 inside '' sh -c 'mknod /dev/static c 511 255
				"$KCHATD" --directory "$@"
				rc=$?
				[ -c /dev/static ] || exit 9
				exit $rc' sh "$name" $stop &&
				says_one_line "rooms cannot be in /dev itself" || return 1
		done
	done
}

without_fuse() {
	dir=$work/without
	fails_with 1 inside '' "$KCHATD" --transport fuse --directory "$dir" &&
		says_one_line 'no /dev/fuse; load the fuse module' && [ ! -e "$dir" ]
}

without_cuse() {
	dir=$work/without
	fails_with 1 inside '' "$KCHATD" --transport cuse --directory "$dir" &&
		says_one_line 'no /dev/cuse; load the cuse module' && [ ! -e "$dir" ]
}

without_both() {
	dir=$work/without
	fails_with 1 inside '' "$KCHATD" --directory "$dir" &&
		says_one_line 'CUSE: no /dev/cuse' && says_one_line 'FUSE: no /dev/fuse'
}

falls_back() {
	dir=$work/fallback
	mode=600 inside fuse sh -c '
		"$KCHATD" --directory "$1" 2>"$2" && [ -f "$1/lobby" ] &&
			"$KCHATD" --stop --directory "$1"' sh "$dir" "$work/said" &&
		says_one_line "over FUSE (CUSE not possible: no /dev/cuse"
}

no_cuse_at_all() {
	dir=$work/null
	fails_with 1 inside cuse "$KCHATD" --transport cuse --directory "$dir" &&
		says 'cannot serve' && [ ! -e "$dir" ]
}

# --- those who are not root ----------------------------------------------

# by_nobody MODE SCRIPT ARG...: by somebody else, /dev/fuse having this mode
by_nobody() {
	mkdir -p "$work/runtime" && chmod 711 "$work" &&
		chown nobody "$work/runtime" && chmod 700 "$work/runtime" || return 1
	by_nobody_mode=$1
	shift
	mode=$by_nobody_mode inside fuse su nobody -s /bin/sh -c "
		export XDG_RUNTIME_DIR='$work/runtime' KCHATD='$KCHATD'
		cd '$work/runtime'
		$1" >said 2>&1
}

nobody_serves() {
	by_nobody 666 '
		"$KCHATD" && grep -q " $PWD/kchat .* fuse.kchat " /proc/self/mountinfo &&
		echo line >kchat/lobby && "$KCHATD" --stop && [ ! -e kchat ]' &&
		says 'over FUSE (CUSE not possible: it takes root)'
}

nobody_restarts() {
	by_nobody 666 '
		"$KCHATD" && pid=$(cat kchat.lock/*) && kill -KILL $pid &&
		while grep -qs ") [^ZX] " /proc/$pid/stat; do sleep 0.1; done &&
		! ls kchat && "$KCHATD" && echo line >kchat/lobby && "$KCHATD" --stop'
}

nobody_may_not() {
	by_nobody 600 '"$KCHATD" --transport fuse'
	[ $? -eq 1 ] && says_one_line 'cannot open /dev/fuse: Permission denied'
}

nobody_without_runtime() {
	by_nobody 666 'unset XDG_RUNTIME_DIR; "$KCHATD"'
	[ $? -eq 1 ] && says_one_line 'XDG_RUNTIME_DIR is not set'
}

a_test 'a command line that makes no sense: status 2 and why' bad_options
a_test '--help and --version' help
a_test 'a directory that cannot be made' no_parent
a_test 'a directory without a name' empty_name
a_test 'a directory that is none' no_directory
a_test 'a file where the room shall be stays there' in_the_way
a_test 'a live device where the room shall be stays there' live_device
a_test 'the node of a device that is gone does not' dead_device
a_test 'without /sys every node stays there' without_sys
a_test 'in /dev itself it neither starts nor clears up' dev_itself
a_test 'without /dev/fuse: one line, and what to do' without_fuse
a_test 'without /dev/cuse: one line, and what to do' without_cuse
a_test 'without both: one line for both' without_both
a_test 'a /dev/cuse that is none' no_cuse_at_all
if [ "$transport" = fuse ]; then
	a_test 'without /dev/cuse it serves over FUSE and says why' falls_back
fi
if [ "$transport" = fuse ] && command -v fusermount3 >/dev/null; then
	a_test 'N1 who is not root serves in a directory of his own' nobody_serves
	a_test 'C4 the same, killed and restarted' nobody_restarts
	a_test 'without access to /dev/fuse: one line' nobody_may_not
	a_test 'without XDG_RUNTIME_DIR: one line' nobody_without_runtime
fi
done_testing
