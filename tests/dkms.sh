#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# DKMS builds, signs and installs the module, from the unpacked tarball and from
# what `make install-dkms` lays out. It does so in a mount namespace where its tree
# and /lib/modules are empty: nothing of this machine's own is changed.
#
# KCHAT_DKMS_KERNELS: build trees to build for, with blanks between them; else the
# one that the module in $KCHAT_BUILD was built for.
set -u

build=${KCHAT_BUILD:-$(pwd)}
config=$build/kmod/probe/kernel.sh
PATH=$PATH:/usr/sbin:/sbin
# What an outer make was told is not meant for the ones below.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES DESTDIR

skip_all() {
	echo "1..0 # SKIP $*"
	exit 0
}

trees=${KCHAT_DKMS_KERNELS:-}
if [ -z "$trees" ]; then
	[ -f "$config" ] || skip_all 'the module is built for no kernel'
	# shellcheck source=/dev/null
	trees=$(. "$config" && echo "$KERNEL_BUILD")
fi
case $trees in
*/lib/modules/*) skip_all "$trees would be hidden by an empty /lib/modules" ;;
esac
command -v dkms >/dev/null || skip_all 'there is no dkms'

if [ "${1-}" != inside ]; then
	for dir in /var/lib/dkms /lib/modules; do
		[ -d $dir ] || skip_all "there is no $dir to be covered"
	done
	user=
	[ "$(id -u)" = 0 ] || user=--map-root-user
	# shellcheck disable=SC2086 # there may be no such option
	unshare --mount $user true 2>/dev/null || skip_all 'mount namespaces are forbidden here'
	# shellcheck disable=SC2086
	exec unshare --mount $user sh "$0" inside
fi

work=$(mktemp -d "${TMPDIR:-/tmp}/kchat-dkms.XXXXXX")
trap 'rm -rf "$work"' EXIT
mount -t tmpfs dkms /var/lib/dkms && mount -t tmpfs modules /lib/modules || exit 1

# shellcheck source=tests/tap.sh
. "$(dirname "$0")/tap.sh"
tap_log=$work/log

# in_dkms COMMAND ARGUMENT...
in_dkms() { dkms "$@" --sourcetree "$sources" >"$work/log" 2>&1; }

release_of() {
	sed -n 's/^#define UTS_RELEASE "\(.*\)"/\1/p' "$1/include/generated/utsrelease.h"
}

installed() { find "/lib/modules/${1-}" -name "kchat.ko*"; }

# What a signature needs beside the key that dkms makes
can_sign() {
	command -v openssl >/dev/null &&
		[ -x "/lib/modules/$1/build/scripts/sign-file" ]
}

# builds_for TREE: that kernel is given the module, as when it was just installed
builds_for() {
	release=$(release_of "$1")
	mkdir -p "/lib/modules/$release"
	ln -s "$1" "/lib/modules/$release/build"

	in_dkms build "$module" -k "$release"
	verdict "$from: dkms build for $release"
	in_dkms autoinstall -k "$release" &&
		[ "$(installed "$release" | sed 's/\.ko\..*/.ko/')" = "/lib/modules/$release/updates/dkms/kchat.ko" ] &&
		[ "$(modinfo -k "$release" -F vermagic kchat | cut -d ' ' -f 1)" = "$release" ]
	verdict "$from: a new kernel is given the module, and modprobe finds it there"
	if can_sign "$release"; then
		modinfo -k "$release" kchat >>"$work/log"
		[ "$(modinfo -k "$release" -F signer kchat)" = 'DKMS module signing key' ]
		verdict "$from: it is signed"
	else
		skip "$from: it is signed" 'it takes openssl and sign-file'
	fi
	rm -r "/lib/modules/$release/build"
}

# shellcheck disable=SC2086 # it is a list
set -- $trees
module=kchat/$(sed -n 's/^PACKAGE_VERSION = //p' "$build/Makefile")
folder=$(echo "$module" | tr / -)

# ---- The tarball, unpacked ----
from=tarball
make -C "$build" distdir distdir="$work/unpacked" >"$work/log" 2>&1
verdict 'a tarball is made'
sources=$work/sources
mkdir "$sources"
in_dkms add "$work/unpacked"
verdict "$from: dkms add"
for tree; do builds_for "$tree"; done

# Of a kernel that it cannot be built for, the log says why.
mkdir -p "$work/tree/include/config"
touch "$work/tree/Makefile"
echo '# CONFIG_MODULES is not set' >"$work/tree/include/config/auto.conf"
! in_dkms build "$module" -k 0.0-none --kernelsourcedir "$work/tree"
verdict "$from: dkms build fails for a kernel without modules"
cp "/var/lib/dkms/$module/build/make.log" "$work/log"
grep -qF "the kernel of $work/tree has CONFIG_MODULES off" "$work/log"
verdict "$from: make.log says why"

in_dkms remove "$module" --all && installed >"$work/log" && [ ! -s "$work/log" ]
verdict "$from: dkms remove"

# ---- make install-dkms ----
from=install-dkms
sources=$work/root/usr/src
make -C "$build" install-dkms DESTDIR="$work/root" modulesloaddir=/load >"$work/log" 2>&1 &&
	[ -f "$work/root/load/kchat.conf" ]
verdict 'make install-dkms'
in_dkms add "$module"
verdict "$from: dkms add"
for tree; do builds_for "$tree"; done
# It is the one in DKMS's own tree that is asked whether it knows the module.
make -C "$build" uninstall-dkms DKMS_SOURCE="$sources/$folder" \
	modulesloaddir="$work/root/load" >"$work/log" 2>&1 &&
	[ -z "$(installed)" ] && [ ! -e "/var/lib/dkms/$module" ]
verdict 'make uninstall-dkms lets dkms remove it'
find "$work/root" ! -type d >"$work/log" && [ ! -s "$work/log" ]
verdict 'it leaves nothing'
tap_end || :
