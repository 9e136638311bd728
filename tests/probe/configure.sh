#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Where the module cannot be built, `configure` says why: with --with-kmod=auto it
# builds everything else, with yes it stops.
set -u

# shellcheck source=tests/probe/lib.sh
. "$KCHAT_SRC/tests/probe/lib.sh"
# shellcheck source=tests/pristine.sh
. "$KCHAT_SRC/tests/pristine.sh"
sources=$(pristine "$KCHAT_SRC" "$work/source")

# configure DIR OPTION...: in a new directory; VARIABLE=VALUE is an option too
configure() {
	dir=$work/$1
	shift
	rm -rf "$dir"
	mkdir "$dir"
	[ ! -f "$work/cache" ] || cp "$work/cache" "$dir/cache"
	(cd "$dir" && "$sources/configure" -q --cache-file=cache "$@") >"$work/said" 2>&1
}

# The summary's lines on all parts but the module, and the one on it.
others() { sed -n '/^  daemon/p; /^  client/p' "$work/said"; }
module() { sed -n 's/^  kernel module *kchat.ko *//p' "$work/said"; }

# without NAME REASON OPTION...: the rest is built all the same
without() {
	name=$1 reason=$2
	shift 2
	configure b --with-kernel="$tree" "$@" && others | cmp -s - "$work/others" &&
		module | grep '^no (' | grep -qF "$reason" &&
		grep -q '^#all-local: kmod/kchat.ko' "$dir/Makefile"
	verdict "auto: $name"
}

# stops NAME REASON OPTION...
stops() {
	name=$1 reason=$2
	shift 2
	! configure b --with-kernel="$tree" --with-kmod=yes "$@" && [ ! -f "$dir/Makefile" ] &&
		tail -n 1 "$work/said" | grep -F 'error: --with-kmod=yes, but ' | grep -qF "$reason"
	verdict "yes: $name"
}

compiler kchat-gcc gcc 12
compiler clang clang 14
make_tree

configure b --without-kmod && others >"$work/others" && [ -s "$work/others" ]
verdict 'configure without the module'
# It would insist on the same variables.
grep -v '^ac_cv_env_' "$dir/cache" >"$work/cache"

mv "$tree/include/config/auto.conf" "$work"
for mode in without stops; do
	$mode 'a tree that is not configured' "run \`make modules_prepare\` there"
done
mv "$work/auto.conf" "$tree/include/config"
for mode in without stops; do
	$mode 'clang, and a kernel of gcc' 'but clang is clang 14' KERNEL_CC=clang
done
rm "$work/bin/kchat-gcc"
for mode in without stops; do
	$mode 'no compiler' 'the compiler kchat-gcc is absent'
done
mkdir "$work/a:b"
dir_with_colon=a:b/c
configure "$dir_with_colon" --with-kernel="$tree" && others | cmp -s - "$work/others" &&
	module | grep -qF "move or rename $work/$dir_with_colon"
verdict 'auto: a build directory with a colon'

# Real probes of a real tree, but for pahole.
name='no pahole: the module is built, and the summary says without what'
kernel=
if [ -f "$KCHAT_BUILD/kmod/kchat.ko" ]; then
	# shellcheck source=/dev/null
	kernel=$(. "$KCHAT_BUILD/kmod/probe/kernel.sh" && echo "$KERNEL_BUILD")
fi
if [ -z "$kernel" ]; then
	skip "$name" 'the module was not built'
elif ! grep -q '^CONFIG_DEBUG_INFO_BTF_MODULES=y' "$kernel/include/config/auto.conf"; then
	skip "$name" 'that kernel has no BTF'
else
	configure b --with-kernel="$kernel" --with-kmod=yes &&
		module | grep '^yes (for ' | grep -qF 'without BTF, as there is no pahole'
	verdict "$name"
fi

tap_end || :
