# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# shellcheck shell=bash
#
# source.sh: a small kernel of one's own configuration from Debian's source, made
# once and kept in the cache. To be sourced.
#
#	lacks WHY		say it in the last line of standard error; exit status 77
#	source_keep NAME PACKAGE SUFFIX
#				print the directory of that kernel, made by the caller's
#				build(), which finds the source in its working directory
#	source_prune		leave of that only what modules are built with
#
# Made once, which takes minutes; without an archive the newest found in the cache
# is taken.

# shellcheck source=tests/vm/archive.sh
. "$(dirname "${BASH_SOURCE[0]}")/archive.sh"

lacks() {
	echo "$*" >&2
	exit 77
}

# source_tools TOOL...: and those that every kernel is built with
source_tools() {
	local tool
	for tool in "$@" flex bison bc make xz; do
		command -v "$tool" >/dev/null ||
			lacks "$tool is absent (Debian: $* flex bison bc make xz-utils libelf-dev)"
	done
	[ -e /usr/include/libelf.h ] || lacks 'libelf.h is absent (Debian: libelf-dev)'
	command -v apt-get >/dev/null || lacks 'the source of a Debian kernel is fetched by apt'
}

source_prune() {
	rm -rf Documentation block certs crypto drivers fs init io_uring ipc kernel lib mm net \
		rust samples security sound usr virt vmlinux* .vmlinux* .tmp_* modules.*
	find arch -mindepth 1 -maxdepth 1 ! -name x86 -exec rm -r {} +
	find tools -mindepth 1 -maxdepth 1 ! -name objtool -exec rm -r {} +
	find arch tools -name '*.[cSoa]' -delete
}

source_version() {
	apt-cache show --no-all-versions "$1" 2>/dev/null | sed -n 's/^Version: //p'
}

# source_find PACKAGE: set version, as this machine's apt knows it or else backports
source_find() {
	version=$(source_version "$1")
	[ -z "$version" ] || return 0
	! archive_enter bookworm-backports || version=$(source_version "$1")
}

# source_unpack PACKAGE DIR: much of a kernel's source can be left in the archive
source_unpack() {
	local sandbox=()
	[ "$(id -u)" != 0 ] || sandbox=(-o APT::Sandbox::User=root)
	mkdir -p "$2/debs" "$2/tree"
	(cd "$2/debs" && apt-get "${sandbox[@]}" -q download "$1" >&2)
	dpkg-deb --fsys-tarfile "$2"/debs/*.deb | tar -xO "./usr/src/$1.tar.xz" |
		LC_ALL=C tar -xJ -C "$2/tree" --strip-components=1 \
			--exclude="$1/Documentation/[a-z]*" \
			--exclude="$1/tools/testing" \
			--exclude="$1/drivers/gpu/*.[ch]"
	rm -r "$2/debs"
}

source_keep() {
	local kept version
	mkdir -p "$cache"
	exec 9>"$cache/$1-lock"
	flock 9
	source_find "$2"
	if [ -z "$version" ]; then
		kept=$(find "$cache" -maxdepth 1 -name "$1-*-$3" | sort -V | tail -n 1)
		[ -n "$kept" ] || lacks "there is no $2 in the archive (run apt-get update?)"
	else
		kept=$cache/$1-$version-$3
	fi
	if [ ! -d "$kept" ]; then
		echo "$1: building $2 $version" >&2
		rm -rf "$kept.part"
		source_unpack "$2" "$kept.part"
		(unset MAKEFLAGS MFLAGS MAKELEVEL KBUILD_OUTPUT
			cd "$kept.part/tree" && build >&2)
		mv "$kept.part/tree" "$kept"
		rmdir "$kept.part"
	fi
	echo "$kept"
}
