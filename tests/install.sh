#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# `make install` puts every file in its place and no other, `make uninstall`
# takes all of them away; and neither touches the system this runs on.
set -u

src=${KCHAT_SRC:-$(cd "$(dirname "$0")/.." && pwd)}
build=${KCHAT_BUILD:-$(pwd)}
work=$(mktemp -d "${TMPDIR:-/tmp}/kchat-install.XXXXXX")
trap 'rm -rf "$work"' EXIT
# What an outer make was told is not meant for the ones below.
unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES DESTDIR INSTALL_MOD_PATH

# Whoever changes the live system is caught.
mkdir "$work/bin"
for tool in depmod systemd-sysusers udevadm; do
	# shellcheck disable=SC2016 # that is for the script to expand
	printf '#!/bin/sh\necho "${0##*/} $*" >>"%s"\n' "$work/called" >"$work/bin/$tool"
	chmod +x "$work/bin/$tool"
done
PATH=$work/bin:$PATH
: >"$work/called"

# shellcheck source=tests/tap.sh
. "$src/tests/tap.sh"
# shellcheck source=tests/pristine.sh
. "$src/tests/pristine.sh"
tap_log=$work/log

has() { [ -f "$build/$1" ]; }

# make_at PREFIX TARGET...: wherever configure was told to put things
make_at() {
	prefix=$1
	shift
	make -C "$build" "$@" prefix="$prefix" exec_prefix="$prefix" \
		bindir="$prefix/bin" sbindir="$prefix/sbin" \
		includedir="$prefix/include" libdir="$prefix/lib" \
		pkgconfigdir="$prefix/lib/pkgconfig" mandir="$prefix/share/man" \
		udevdir="$prefix/lib/udev" udevrulesdir="$prefix/lib/udev/rules.d" \
		systemdsystemunitdir="$prefix/lib/systemd/system" \
		sysusersdir="$prefix/lib/sysusers.d" \
		modulesloaddir="$prefix/lib/modules-load.d" >"$work/log" 2>&1
}

# expected MODULE: below the prefix, and the module if there is to be one
expected() {
	if has client/kchat; then
		echo bin/kchat
		echo share/man/man1/kchat.1
	fi
	if has cuse/kchatd; then
		echo lib/systemd/system/kchatd.service
		echo sbin/kchatd
		echo share/man/man8/kchatd.8
	fi
	if has kmod/kchat.ko; then
		echo lib/modules-load.d/kchat.conf
	fi
	echo include/kchat/kchat.h
	echo include/kchat/libkchat.h
	echo lib/libkchat.a
	echo lib/libkchat.so
	echo lib/libkchat.so.0
	echo lib/pkgconfig/kchat.pc
	echo share/man/man3/libkchat.3
	echo share/man/man4/kchat.4
	echo lib/sysusers.d/kchat.conf
	echo lib/udev/rules.d/60-kchat.rules
}

# The files below a directory; the module by its name before kbuild packs it
files() {
	(cd "$1" && find . ! -type d) |
		sed -E 's,^\./,,; s,^(lib/modules/.*/kchat\.ko)\.(gz|xz|zst)$,\1,' | sort
}

# same WANTED GOT
same() { diff "$work/$1" "$work/$2" >"$work/log"; }

# No file is left, nor a folder of our own
gone() {
	find "$1" \( ! -type d -o -name '*kchat*' \) >"$work/log"
	[ ! -s "$work/log" ]
}

if has kmod/kchat.ko; then
	release=$(modinfo -F vermagic "$build/kmod/kchat.ko")
	release=${release%% *}
	module=lib/modules/$release/updates/kchat.ko
fi

# ---- Packaging: below DESTDIR, for a system's prefix ----
root=$work/root
make_at /usr/local install DESTDIR="$root" && files "$root" >"$work/got"
verdict 'make install DESTDIR=... succeeds'
{
	expected | sed 's,^,usr/local/,'
	! has kmod/kchat.ko || echo "$module"
} | sort >"$work/want"
same want got
verdict 'it installs what it should, and where it should'

if has cuse/kchatd; then
	unit=$root/usr/local/lib/systemd/system/kchatd.service
	grep '^Exec' "$unit" >"$work/log"
	grep -q '^ExecStart=/.*/kchatd$' "$unit" && ! grep -q '@sbindir@' "$unit"
	verdict 'the unit says where kchatd is'
else
	skip 'the unit says where kchatd is' 'kchatd was not built'
fi

if command -v cc >/dev/null; then
	printf '#include <kchat/kchat.h>\nint longest = KCHAT_MSG_MAX;\n' >"$work/program.c"
	cc -fsyntax-only -I "$root/usr/local/include" "$work/program.c" >"$work/log" 2>&1
	verdict 'a program can include <kchat/kchat.h>'
else
	skip 'a program can include <kchat/kchat.h>' 'there is no cc'
fi

# What pkg-config says of where it was installed. A library with sanitizers wants
# programs that have them, too.
library_flags() {
	PKG_CONFIG_LIBDIR=$root/usr/local/lib/pkgconfig pkg-config \
		--define-variable=prefix="$root/usr/local" "$@" kchat
	sed -n 's/^KCHAT_LDFLAGS = //p' "$build/Makefile"
}
# linked OPTION...: compiles a program with the library
linked() {
	# shellcheck disable=SC2046 # they are several words
	cc -Wall -Werror -o "$work/program" "$work/program.c" "$@" $(library_flags --cflags --libs) \
		-Wl,-Bdynamic
}
wants_soname() { readelf -d "$work/program" | grep -F '[libkchat.so.0]'; }
runs() { LD_LIBRARY_PATH=$root/usr/local/lib "$work/program"; }

cat >"$work/program.c" <<'END'
#include <errno.h>
#include <fcntl.h>
#include <kchat/libkchat.h>
int main(void)
{
	struct kchat_spec spec = KCHAT_SPEC_INIT;
	struct kchat_room *room;

	return !(spec.mode == 0600 && kchat_name_ok("lobby") &&
		 kchat_room_open(&room, "/nonexistent/", O_RDWR, 0) == -ENOENT);
}
END
if command -v cc >/dev/null && command -v pkg-config >/dev/null; then
	is 'a program is linked with the shared library' linked
	is 'and wants it by its soname' wants_soname
	is 'and runs with it' runs
	is 'a program is linked with the static library' linked -Wl,-Bstatic
	! wants_soname >/dev/null && runs
	verdict 'and runs without it'
else
	for what in 'a program is linked with the shared library' 'and wants it by its soname' \
		'and runs with it' 'a program is linked with the static library' \
		'and runs without it'; do
		skip "$what" 'there is no cc or no pkg-config'
	done
fi

make_at /usr/local uninstall DESTDIR="$root" && gone "$root"
verdict 'make uninstall leaves nothing'

# ---- For oneself: a private prefix, no DESTDIR ----
home=$work/home
make_at "$home" install && files "$home" >"$work/got"
verdict 'make install into a private prefix succeeds'
expected | sort >"$work/want"
{ ! has kmod/kchat.ko || grep -q 'kchat.ko is not installed' "$work/log"; } && same want got
verdict 'all is below that prefix, and the module is left out'
make_at "$home" uninstall && gone "$home"
verdict 'make uninstall there leaves nothing'

# ---- The module's own place ----
if has kmod/kchat.ko; then
	modules=$work/modules
	make_at "$home" install INSTALL_MOD_PATH="$modules" && files "$modules" >"$work/got" &&
		echo "$module" >"$work/want" && same want got
	verdict 'INSTALL_MOD_PATH is where the module goes'
	make_at "$home" uninstall INSTALL_MOD_PATH="$modules" && gone "$modules" && gone "$home"
	verdict 'and where it is taken from'
else
	skip 'INSTALL_MOD_PATH is where the module goes' 'the module was not built'
	skip 'and where it is taken from' 'the module was not built'
fi

cp "$work/called" "$work/log"
[ ! -s "$work/called" ]
verdict 'nothing of that changes the live system'

if has kmod/kchat.ko; then
	mkdir -p "$work/live/updates"
	touch "$work/live/updates/kchat.ko.xz"
	make_at /usr/local uninstall-kmod KMOD_MODULES="$work/live" &&
		cp "$work/called" "$work/log" &&
		echo "depmod $release" | cmp -s - "$work/called" && gone "$work/live"
	verdict 'depmod runs for the modules of the live system'
else
	skip 'depmod runs for the modules of the live system' 'the module was not built'
fi

# ---- Where configure thinks that udev and systemd look ----

sources=$(pristine "$src" "$work/source")

# places OPTION...: as in the makefile that configure makes of them
places() {
	rm -rf "$work/configured"
	mkdir "$work/configured"
	(cd "$work/configured" && "$sources/configure" -q --cache-file=../config.cache \
		--without-kmod --without-kchatd --without-client "$@") >"$work/log" 2>&1 &&
		sed -nE '/^(udevdir|systemdsystemunitdir|sysusersdir|modulesloaddir) =/s/ *$//p' \
			"$work/configured/Makefile" | sort >>"$work/got"
}

cat >"$work/bin/kchat-pkg-config" <<'END'
#!/bin/sh
case $* in
*--variable=udevdir*) echo /asked/udev ;;
*--variable=systemdsystemunitdir*) echo /asked/units ;;
*--variable=*) exit 1 ;;
esac
END
chmod +x "$work/bin/kchat-pkg-config"
PKG_CONFIG=$work/bin/kchat-pkg-config
export PKG_CONFIG
: >"$work/got"
cat >"$work/want" <<'END'
modulesloaddir = ${prefix}/lib/modules-load.d
systemdsystemunitdir = ${prefix}/lib/systemd/system
sysusersdir = ${prefix}/lib/sysusers.d
udevdir = ${prefix}/lib/udev
modulesloaddir = ${prefix}/lib/modules-load.d
systemdsystemunitdir = /asked/units
sysusersdir = ${prefix}/lib/sysusers.d
udevdir = /asked/udev
modulesloaddir = ${prefix}/lib/modules-load.d
systemdsystemunitdir =
sysusersdir = /here
udevdir = /asked/udev
END
places --prefix="$home" && places --prefix=/usr &&
	places --prefix="$home" --with-udevdir --without-systemdsystemunitdir --with-sysusersdir=/here &&
	same want got
verdict 'configure asks pkg-config for /usr, and when told to'
tap_end || :
