# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# shellcheck shell=sh
#
# doctor-lib.sh - what the tests of `kchat doctor` share; to be sourced.
#
# The test defines doctor(): run it. A machine that is made up is a directory,
# $machine, that the doctor takes for the root (KCHAT_SYSROOT).
#
# Much of what is set here is for whoever sources it, hence the exception.
# shellcheck disable=SC2034

build=${KCHAT_BUILD:-$(pwd)}
work=$(mktemp -d "${TMPDIR:-/tmp}/kchat-doctor.XXXXXX")
chmod 755 "$work"
daemon=''

clean_up() {
	[ -z "$daemon" ] || kill -CONT "$daemon" 2>/dev/null || :
	[ ! -d "$work/room" ] ||
		"$work/bin/kchatd" --stop --directory "$work/room" >/dev/null 2>&1 || :
	rm -rf "$work"
}
trap clean_up EXIT
trap 'exit 143' INT TERM

# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"
tap_prefix='doctor: '

# Programs that are found: kchatd, and those that the advice depends on.
mkdir "$work/bin" "$work/few" "$work/run"
cp "$build/client/kchat" "$work/bin/"
for program in kchatd apt-get fusermount3; do
	ln -s /bin/true "$work/bin/$program"
done
for program in kchat kchatd; do
	ln -s "../bin/$program" "$work/few/"
done
path=$work/bin:$PATH

release=6.1.0-2-test

# machine: a new one, $machine, that loads modules and has headers, nothing more
machines=0
machine() {
	machines=$((machines + 1))
	machine=$work/machine$machines
	modules=$machine/lib/modules/$release
	path=$work/bin:$PATH
	runtime=$work/run
	mkdir -p "$machine/proc/sys/kernel" "$machine/sys/class/misc" \
		"$machine/sys/module" "$machine/dev" "$modules/build" "$modules/updates"
	echo "$release" >"$machine/proc/sys/kernel/osrelease"
	: >"$machine/proc/modules"
	: >"$modules/modules.dep"
	: >"$modules/build/Makefile"
}

# device NAME: cuse or fuse, ready for use
device() {
	mkdir "$machine/sys/class/misc/$1"
	: >"$machine/dev/$1"
	chmod 666 "$machine/dev/$1"
}

# examined STATUS COMMAND: it ends so, and with this advice; empty: with none
examined() {
	status=0
	doctor >"$work/out" 2>&1 || status=$?
	cat "$work/out"
	echo "status $status; wanted $1 and: $2"
	[ "$status" -eq "$1" ] || return 1
	if [ -n "$2" ]; then
		[ "$(tail -n 1 "$work/out")" = "    $2" ]
	else
		grep -q '^No room can be used here' "$work/out"
	fi
}

# found GROUP MARK TEXT: there is a finding of this group whose text has this
found() {
	text=$3 awk -v group="$1" -v mark="$2" '
		/^$/ { exit }
		/^[^ ]/ { now = $1 }
		now == group && substr($0, 9, 4) == mark "  " &&
			index(substr($0, 13), ENVIRON["text"]) { found = 1 }
		END { exit !found }' "$work/out" && return
	echo "no finding: $1 $2 $3"
	return 1
}
