#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# compat/kernel/probe says in one line, the last, why a kernel cannot be built
# for. No kernel is needed here: it gives up before it compiles.
set -u

probe=$KCHAT_SRC/compat/kernel/probe
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
n=0
unset LLVM ARCH CROSS_COMPILE KERNEL_CC

# expect REASON TREE: REASON is a part of the last line
expect() {
	n=$((n + 1))
	if "$probe" "$2" "$work/out" 2>"$work/said"; then
		echo "not ok $n - $1 (it succeeded)"
	elif tail -n 1 "$work/said" | grep -qF "$1"; then
		echo "ok $n - $1"
	else
		sed 's/^/# /' "$work/said"
		echo "not ok $n - $1"
	fi
}

configured() { printf '%s\n' "$@" >"$tree/include/config/auto.conf"; }

echo '1..9'
expect 'there is no build tree /lib/modules/0.0.0-none/build' 0.0.0-none
expect 'is not a directory' "$tree"
mkdir -p "$tree/include/config" "$tree/include/generated"
expect 'is no kernel build tree' "$tree"
touch "$tree/Makefile"
expect 'is not configured' "$tree"
configured 'CONFIG_X86=y'
expect 'has CONFIG_MODULES off' "$tree"
configured 'CONFIG_X86=y' 'CONFIG_MODULES=y' 'CONFIG_CC_VERSION_TEXT="kchat-cc-9 (none) 9.9"'
expect 'was never built (no Module.symvers)' "$tree"
touch "$tree/Module.symvers"
expect 'does not know its release' "$tree"
echo '#define UTS_RELEASE "9.9.9-test"' >"$tree/include/generated/utsrelease.h"
expect 'the compiler kchat-cc-9 is absent' "$tree"
mkdir "$work/a tree" && mv "$tree"/* "$work/a tree"
expect 'does not take blanks' "$work/a tree"
