#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# compat/kernel/probe says in one line why a kernel cannot be built for, and what
# to do; and it never takes another kernel instead.
set -u

# shellcheck source=tests/probe/lib.sh
. "$KCHAT_SRC/tests/probe/lib.sh"
probe=$KCHAT_SRC/compat/kernel/probe
out=$work/out
KERNEL_MODULES=$work/modules
export KERNEL_MODULES

# refused NAME TREE REASON CURE [VARIABLE=VALUE...]: both are parts of the one line
refused() {
	name=$1 kernel=$2 reason=$3 cure=$4
	shift 4
	! env "$@" "$probe" "$kernel" "$out" 2>"$work/said" &&
		[ "$(wc -l <"$work/said")" -eq 1 ] && [ ! -e "$out/kernel.sh" ] &&
		grep -qF "$reason" "$work/said" && grep -qF "$cure" "$work/said"
	verdict "$name"
}

# ---- The tree ----
compiler kchat-gcc gcc 12
make_tree
mkdir -p "$work/modules/9.9.9-test"
ln -s "$tree" "$work/modules/9.9.9-test/build"
refused 'a release without a tree, beside one that has one' 9.9.8 \
	"there is no build tree $work/modules/9.9.8/build" 'linux-headers-9.9.8'
mkdir "$work/modules/9.9.7"
ln -s /kchat/nowhere "$work/modules/9.9.7/build"
refused 'a release whose link dangles' 9.9.7 \
	"$work/modules/9.9.7/build is a dangling link to /kchat/nowhere" 'linux-headers-9.9.7'
ln -s /kchat/nowhere "$work/link"
refused 'a directory that is a dangling link' "$work/link" \
	'is a dangling link to /kchat/nowhere' 'name the directory'
refused 'a directory that is not there' "$work/nowhere" \
	'there is no build tree' 'name the directory'
refused 'a file' "$tree/Makefile" 'is not a directory' 'name the directory'
tool uname 'echo 9.9.6-running'
refused 'the running kernel, which has no modules or no tree' '' '9.9.6-running' 'name'
rm "$work/bin/uname"

mv "$tree/Makefile" "$work"
refused 'no Makefile' "$tree" 'is no kernel build tree' 'name one that is'
mv "$work/Makefile" "$tree"
mv "$tree/include/config/auto.conf" "$work"
refused 'no auto.conf' "$tree" 'is not configured (no include/config/auto.conf)' \
	"run \`make modules_prepare\` there"
echo 'CONFIG_CC_IS_GCC=y' >"$tree/include/config/auto.conf"
refused 'CONFIG_MODULES off' "$tree" 'has CONFIG_MODULES off' 'configure it with modules'
mv "$work/auto.conf" "$tree/include/config"
for missing in include/generated/utsrelease.h scripts/mod/modpost; do
	mv "$tree/$missing" "$work/missing"
	refused "no $missing" "$tree" "(no $missing)" "run \`make modules_prepare\` there"
	mv "$work/missing" "$tree/$missing"
done
rm "$tree/Module.symvers"
refused 'no Module.symvers' "$tree" 'was never built (no Module.symvers)' "run \`make\` there"
touch "$tree/Module.symvers"

# ---- Paths ----
kept=$out
for path in 'a b' a:b "a'b"; do
	mv "$tree" "$work/$path"
	refused "the tree in $path" "$work/$path" 'kbuild takes no blank, colon' \
		"move or rename $work/$path"
	mv "$work/$path" "$tree"
done
for path in 'a b' a:b; do
	out=$work/$path
	refused "the build directory in $path" "$tree" 'kbuild takes no blank, colon' \
		"move or rename $work/$path"
done
out=$work/full
mkdir "$out"
echo precious >"$out/file"
refused 'an output directory that holds other things' "$tree" \
	'holds other things' "name a directory of the probe's own"
[ -e "$out/file" ]
verdict 'which are still there'
out=$kept

# ---- Architecture ----
case $(uname -m) in
aarch64*) foreign=X86 theirs=x86 cross=x86_64-linux-gnu- ;;
*) foreign=ARM64 theirs=arm64 cross=aarch64-linux-gnu- ;;
esac
by_gcc 12 CONFIG_$foreign=y
refused 'a tree for another architecture' "$tree" "is for $theirs, this machine is" \
	"CROSS_COMPILE=$cross or LLVM=1"
refused 'the same, and ARCH alone' "$tree" "is for $theirs, this machine is" \
	"CROSS_COMPILE=$cross or LLVM=1" ARCH=$theirs
refused 'the same, and a toolchain that is absent' "$tree" 'the compiler kchat-none-gcc is absent' \
	'install it' CROSS_COMPILE=kchat-none-
refused 'an ARCH that the tree is not for' "$tree" "is for $theirs, not for ARCH=sparc" \
	'leave ARCH unset' ARCH=sparc
by_gcc 12

# ---- Compiler ----
rm "$work/bin/kchat-gcc"
refused 'the compiler is absent' "$tree" 'the compiler kchat-gcc is absent' 'install it'
compiler kchat-gcc gcc 12
refused 'KERNEL_CC is absent' "$tree" 'the compiler kchat-none is absent' 'by KERNEL_CC' \
	KERNEL_CC=kchat-none
refused 'KERNEL_CC is no compiler' "$tree" 'true is no C compiler' 'name one by KERNEL_CC' \
	KERNEL_CC=true
compiler clang clang 14
refused 'built by gcc, KERNEL_CC is clang' "$tree" \
	'was built by kchat-gcc (made up) 12.0, but clang is clang 14' 'leave KERNEL_CC unset' \
	KERNEL_CC=clang
refused 'LLVM=1, KERNEL_CC is gcc' "$tree" \
	'LLVM=1 asks for clang, but KERNEL_CC=kchat-gcc is gcc 12' 'leave one of them unset' \
	LLVM=1 KERNEL_CC=kchat-gcc
by_clang 14
refused 'built by clang, KERNEL_CC is gcc' "$tree" \
	'was built by made up clang version 14.0, but kchat-gcc is gcc 12' 'name a clang' \
	KERNEL_CC=kchat-gcc
refused 'built by clang, the linker is absent' "$tree" 'the linker ld.lld is absent' 'lld'
rm "$work/bin/clang"
refused 'built by clang, clang is absent' "$tree" \
	'the compiler clang is absent (the kernel was built by: made up clang version 14.0)' \
	'install it'

tap_end || :
