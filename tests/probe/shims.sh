#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# A wrong answer of a probe never makes a module in silence: each is turned round,
# one at a time, and the module built from it. That must fail and name the shim.
# Only a probe that is no pair may turn from 1 to 0 unnoticed, since a kernel may
# have both forms (as cdev_device_add() and what it does); the compiler has
# then seen that the older one is there.
#
# Needs a tree in which the module was built. Nothing in it is changed.
set -u

build=${KCHAT_BUILD:-$(pwd)}
src=${KCHAT_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
if [ ! -f "$build/kmod/kchat.ko" ] || [ ! -d "$build/kmod/stage" ]; then
	echo '1..0 # SKIP the module was not built here'
	exit 0
fi
work=$(mktemp -d "${TMPDIR:-/tmp}/kchat-shims.XXXXXX")
trap 'rm -rf "$work"' EXIT
n=0
# Quotation marks as the patterns below have them.
LC_ALL=C
export LC_ALL
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES KBUILD_OUTPUT

# shellcheck source=/dev/null
. "$build/kmod/probe/kernel.sh"
mkdir "$work/stage"
for file in "$build"/kmod/stage/*.[ch] "$build/kmod/stage/Kbuild"; do
	# kbuild makes a .c of its own.
	case $file in *.mod.c) continue ;; esac
	cat "$file" >"$work/stage/${file##*/}"
done
config=$work/stage/kchat_config.h
cp "$config" "$work/right"

# A function that nothing calls yet must be right as well: their addresses make
# the compiler keep all.
{
	printf '#include "kchat_compat.h"\n%s\n%s\n' 'extern void *const kchat_shims[];' \
		'void *const kchat_shims[] = {'
	sed -n 's/^static inline .*\(kchat_[a-z_]*\)(.*/	\1,/p' "$work/stage/kchat_compat.h"
	echo '};'
} >"$work/stage/shims.c"
echo 'kchat-y += shims.o' >>"$work/stage/Kbuild"

# shellcheck disable=SC2086 # a list
module() {
	rm -f "$work/stage/kchat.ko"
	make -C "$KERNEL_BUILD" M="$work/stage" $KERNEL_ARGS modules </dev/null >"$work/log" 2>&1
}

# named PROBE: the shim that the compiler complains of, by its own name or by that
# of what was probed; names of files do not count
named() {
	sed -E 's,[^ ]*\.(c|h|o|ko)\>,,g' "$work/log" |
		grep -A 6 'error:\|In function' |
		grep -oE -m 1 "\<kchat_[a-z_]+|[a-z_]*\<_*$(echo "$1" | tr '[:upper:]' '[:lower:]')\>" | head -n 1
}

# result ok|'not ok' TEXT
result() {
	n=$((n + 1))
	[ "$1" = ok ] || sed 's/^/# /' "$work/log"
	echo "$1 $n - $2"
}

if ! module; then
	result 'not ok' 'the module is built as it is'
	echo 1..1
	exit 1
fi
result ok 'the module is built as it is'

sed -n 's/^#define KCHAT_PROBE_\([^ ]*\) .*/\1/p' "$work/right" >"$work/probes"
while read -r probe; do
	sed -E "/KCHAT_PROBE_$probe /{s/1\$/x/; s/0\$/1/; s/x\$/0/}" "$work/right" >"$config"
	wrong=$(sed -n "s/^#define KCHAT_PROBE_$probe //p" "$config")
	file=$src/compat/kernel/probes/$(echo "$probe" | tr A-Z_ a-z-)
	if ! module; then
		name=$(named "$probe")
		if [ -n "$name" ]; then
			result ok "$probe=$wrong is caught: $name"
		else
			result 'not ok' "$probe=$wrong fails without a name"
		fi
	elif [ -f "$file-new.c" ]; then
		result 'not ok' "$probe=$wrong makes a module"
	elif [ "$wrong" = 1 ]; then
		result 'not ok' "$probe=1 makes a module: the probe is wrong"
	else
		result ok "$probe=0 would do as well: this kernel has the older form too"
	fi
done <"$work/probes"
echo "1..$n"
