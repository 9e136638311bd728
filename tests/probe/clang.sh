#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The module for a kernel of clang: the probe finds out by itself that it is
# LLVM=1, and the build knows no warning, of kernel-doc neither.
set -euo pipefail

src=${KCHAT_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
work=$(mktemp -d "${TMPDIR:-/tmp}/kchat-clang.XXXXXX")
trap 'rm -rf "$work"' EXIT
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES LLVM ARCH CROSS_COMPILE KERNEL_CC

# shellcheck source=tests/fold.sh
. "$src/tests/fold.sh"
# shellcheck source=tests/pristine.sh
. "$src/tests/pristine.sh"
src=$(pristine "$src" "$work/source")

# check NAME COMMAND...: false if it fails, and then shows the end of its output
check() {
	local name=$1
	shift
	if "$@" >"$work/log" 2>&1; then
		fold_result ok "$name"
	else
		tail -n 30 "$work/log" | sed 's/^/# /'
		fold_result 'not ok' "$name"
		return 1
	fi
}

prepare() {
	cd "$work" && "$src/configure" -q --enable-werror --with-kmod=yes \
		--with-kernel="$kernel" --without-kchatd --without-client
}

is_llvm() { grep "^KERNEL_ARGS='" kmod/probe/kernel.sh | grep 'LLVM=1' | grep 'CC=clang'; }

# V=1: kernel-doc then misses more.
build() { make V=1 kmod/kchat.ko; }

by_clang() {
	readelf -p .comment kmod/kchat.ko
	readelf -p .comment kmod/kchat.ko | grep -q clang &&
		! readelf -p .comment kmod/kchat.ko | grep -q GCC
}

fold_start 'clang: '
rc=0
kernel=$(bash "$src/tests/probe/clang-kernel" 2>"$work/kernel.log") || rc=$?
if [ $rc -eq 77 ]; then
	fold_skip 'the module of a kernel of clang' "$(tail -n 1 "$work/kernel.log")"
elif [ $rc -ne 0 ]; then
	tail -n 30 "$work/kernel.log" | sed 's/^/# /'
	fold_result 'not ok' 'a kernel by clang'
elif check 'configure' prepare; then
	check 'the probe finds LLVM=1 in the configuration' is_llvm || :
	if check 'the module builds without a warning' build; then
		check 'by clang, all of it' by_clang || :
		KCHAT_SRC=$src KCHAT_BUILD=$work fold_run shims sh "$src/tests/probe/shims.sh"
	fi
fi
fold_end
