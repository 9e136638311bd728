#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Run the room tests on every backend this machine can run by itself, or on the
# one that `make check BACKEND=...` named. An impossible backend is skipped with
# the reason; one that was asked for fails instead.
set -eu

src=$(cd "$(dirname "$0")" && pwd)
KCHAT_BUILD=${KCHAT_BUILD:-$(pwd)}
export KCHAT_BUILD
# shellcheck source=tests/fold.sh
. "$src/fold.sh"

# Why backend $1 is not possible here; nothing if it is.
why_not() {
	case $1 in
	kmod)
		if [ ! -d /sys/module/kchat ]; then
			if [ ! -e /proc/modules ]; then
				echo 'this kernel loads no modules'
			elif [ ! -f "$KCHAT_BUILD/kmod/kchat.ko" ]; then
				echo 'the module was not built'
			elif [ "$(id -u)" != 0 ]; then
				echo 'only root loads modules'
			elif ! modinfo -F vermagic "$KCHAT_BUILD/kmod/kchat.ko" |
				grep -q "^$(uname -r) "; then
				echo 'the module was built for another kernel'
			fi
		fi
		;;
	cuse | fuse)
		if [ ! -x "$KCHAT_BUILD/cuse/kchatd" ]; then
			echo 'kchatd was not built'
		elif [ ! -e "/dev/$1" ]; then
			echo "there is no /dev/$1"
		elif ! (: <>"/dev/$1") 2>/dev/null; then
			echo "/dev/$1 may not be opened"
		fi
		;;
	esac
}

fold_start ''
# Each program has its own limit; this is for all of a backend's.
fold_timeout=3600
if [ -n "${KCHAT_CHECK_BACKEND:-}" ]; then
	fold_run "$KCHAT_CHECK_BACKEND" "$src/run-backend" "$KCHAT_CHECK_BACKEND"
else
	for backend in kmod cuse fuse; do
		why=$(why_not "$backend")
		if [ -n "$why" ]; then
			fold_skip "$backend" "$why"
		else
			fold_run "$backend" "$src/run-backend" "$backend"
		fi
	done
fi
# The results tell what failed; our exit status would only tell it again.
fold_end || :
