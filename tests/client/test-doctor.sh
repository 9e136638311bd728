#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# `kchat doctor` on machines that are made up, examined by an ordinary user, so
# that it does not matter who runs this.
#
# Tests are functions called by their names, hence the exception.
# shellcheck disable=SC2317
set -eu

# shellcheck source=tests/client/doctor-lib.sh
. "$(dirname "$0")/doctor-lib.sh"

ordinary=''
if [ "$(id -u)" = 0 ]; then
	setpriv=$(command -v setpriv) || { echo '1..0 # SKIP no setpriv to be somebody else'; exit 0; }
	ordinary="$setpriv --reuid=65534 --regid=65534 --clear-groups"
	chown 65534:65534 "$work/run"
fi

# indexed PATH: modprobe would find this one below $modules
indexed() {
	mkdir -p "$(dirname "$modules/$1")"
	[ -e "$modules/$1" ] || : >"$modules/$1"
	echo "$1: kernel/some/other.ko" >>"$modules/modules.dep"
}

# module RELEASE VERMAGIC: kchat.ko for RELEASE that says it is for VERMAGIC
module() {
	mkdir -p "$machine/lib/modules/$1/updates"
	printf 'const char says[] __attribute__((used, section(".modinfo"))) = "vermagic=%s";\n' \
		"$2" | ${CC:-cc} -x c -c - -o "$machine/lib/modules/$1/updates/kchat.ko"
}

# Sign it, as scripts/sign-file once did, when it still gave names in clear: the
# name, key, signature, and their lengths.
sign() {
	printf '%s\000\004\000\006\003\000\000\000\000\000\000\011~Module signature appended~\n' \
		testerkeysignature >>"$modules/updates/kchat.ko"
}

lockdown() {
	mkdir -p "$machine/sys/kernel/security"
	echo "$1" >"$machine/sys/kernel/security/lockdown"
}

# secure_boot 0|1
secure_boot() {
	mkdir -p "$machine/sys/firmware/efi/efivars"
	printf '\006\000\000\000%b' "\\0$1" \
		>"$machine/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"
}

# ---- What the doctor says ----

rooms() { echo "$machine/dev/kchat"; }

doctor() {
	# shellcheck disable=SC2086 # words of a command
	timeout 60 env PATH="$path" XDG_RUNTIME_DIR="$runtime" KCHAT_SYSROOT="$machine" \
		KCHAT_DIR="$(rooms)" $ordinary "$work/bin/kchat" doctor </dev/null
}

start() { echo "kchatd --directory $(rooms)"; }

no_backend() {
	machine
	rm "$machine/proc/modules"
	examined 1 '' && found kernel ok "$release" &&
		found kernel no 'without CONFIG_MODULES' && found module no 'cannot be' &&
		found cuse no 'has no CUSE' && found fuse no 'has no FUSE' &&
		found rooms no 'no backend runs'
}

modules_disabled() {
	machine
	echo 1 >"$machine/proc/sys/kernel/modules_disabled"
	module "$release" "$release SMP"
	indexed updates/kchat.ko
	indexed kernel/fs/fuse/cuse.ko
	examined 1 '' && found kernel no 'modules_disabled' &&
		found module no 'cannot be' && found cuse no 'has no CUSE'
}

fuse_possible() {
	machine
	rm "$machine/proc/modules"
	device fuse
	examined 1 "$(start)" && found fuse ok 'mounts for you' && found kchatd ok installed
}

fuse_for_root() {
	machine
	device fuse
	chmod 0 "$machine/dev/fuse"
	examined 1 "sudo $(start)" && found fuse -- 'Permission denied'
}

fuse_without_directory() {
	machine
	device fuse
	runtime=
	examined 1 "sudo $(start)" && found fuse -- XDG_RUNTIME_DIR
}

fuse_without_helper() {
	machine
	device fuse
	path=$work/few
	examined 1 "sudo $(start)" && found fuse -- 'fusermount3 is not installed'
}

fuse_module() {
	machine
	indexed kernel/fs/fuse/fuse.ko.xz
	examined 1 "sudo modprobe fuse && sudo $(start)" && found fuse ok 'a module fuse'
}

cuse_possible() {
	machine
	rm "$machine/proc/modules"
	device cuse
	device fuse
	examined 1 "sudo $(start)" && found cuse ok 'for root'
}

cuse_module() {
	machine
	indexed kernel/fs/fuse/cuse.ko.zst
	device fuse
	examined 1 "sudo modprobe cuse && sudo $(start)" && found cuse ok 'a module cuse'
}

# systemd makes the node at boot; who opens it loads the module.
cuse_node_first() {
	machine
	indexed kernel/fs/fuse/cuse.ko
	: >"$machine/dev/cuse"
	examined 1 "sudo $(start)" && found cuse ok 'a module cuse'
}

cuse_node_alone() {
	machine
	: >"$machine/dev/cuse"
	examined 1 './configure && make && sudo make install && sudo modprobe kchat' &&
		found cuse no 'has no CUSE, and there is no module for it, although'
}

cuse_in_container() {
	machine
	rm "$machine/proc/modules"
	mkdir "$machine/sys/class/misc/cuse"
	examined 1 '' && found cuse no 'a container must be given it'
}

no_daemon() {
	machine
	rm "$machine/proc/modules"
	device fuse
	mkdir -p "$work/none"
	path=$work/none
	examined 1 './configure && make && sudo make install' && found kchatd no 'not installed'
}

module_ready() {
	machine
	device cuse
	module "$release" "$release SMP preempt"
	indexed updates/kchat.ko
	examined 1 'sudo modprobe kchat' && found kernel ok 'any module, it seems (Secure Boot: no EFI, lockdown: unknown)' &&
		found module ok "$modules/updates/kchat.ko is built for this kernel"
}

module_not_indexed() {
	machine
	module "$release" "$release SMP preempt"
	indexed kernel/drivers/kchat.ko/not-kchat.ko
	indexed kernel/drivers/kchatter.ko
	examined 1 'sudo depmod && sudo modprobe kchat' && found module -- modules.dep
}

module_garbage() {
	machine
	echo garbage >"$modules/updates/kchat.ko"
	indexed updates/kchat.ko
	examined 1 'sudo modprobe kchat' && found module no 'is no module'
}

not_installed() {
	machine
	examined 1 './configure && make && sudo make install && sudo modprobe kchat' &&
		found module no 'not installed'
}

# A kernel upgrade: built for one, booted another.
upgraded() {
	machine
	module 6.1.0-1-test '6.1.0-1-test SMP'
	device fuse
	device cuse
	examined 1 './configure && make && sudo make install && sudo modprobe kchat' &&
		found module no "here for 6.1.0-1-test, but $release runs"
}

upgraded_dkms() {
	machine
	module 6.1.0-0-test '6.1.0-0-test SMP'
	mkdir -p "$machine/lib/modules/6.1.0-1-test/updates/dkms" "$machine/var/lib/dkms/kchat"
	: >"$machine/lib/modules/6.1.0-1-test/updates/dkms/kchat.ko.xz"
	module 5.10.0-9-test '5.10.0-9-test SMP'
	examined 1 "sudo dkms autoinstall -k $release && sudo modprobe kchat" &&
		found module no "here for 5.10.0-9-test, 6.1.0-0-test, 6.1.0-1-test, but $release runs"
}

upgraded_no_headers() {
	machine
	module 6.1.0-1-test '6.1.0-1-test SMP'
	rm -r "$modules/build"
	examined 1 "sudo apt-get install linux-headers-$release" &&
		found module no 'no headers' || return 1
	path=$work/few
	examined 1 './configure && make && sudo make install && sudo modprobe kchat' &&
		found module no 'no headers'
}

unseen_module() {
	machine
	module "$release" '6.1.0-1-test SMP'
	indexed updates/kchat.ko
	examined 1 'sudo modprobe kchat' && found module -- 'cannot be seen without modinfo'
}

upgraded_before_reboot() {
	machine
	module 6.1.0-3-test '6.1.0-3-test SMP'
	rm -r "$modules"
	examined 1 'sudo reboot' && found module no "/lib/modules/$release is gone"
}

other_vermagic() {
	machine
	module "$release" '6.1.0-1-test SMP preempt'
	indexed updates/kchat.ko
	examined 1 './configure && make && sudo make install && sudo modprobe kchat' &&
		found module no "is built for 6.1.0-1-test, but $release runs" &&
		! grep -q symbol "$work/out"
}

# To begin the same is not enough.
similar_vermagic() {
	for other in "${release%-test}" "${release}ing"; do
		machine
		module "$release" "$other SMP preempt modversions "
		indexed updates/kchat.ko
		examined 1 './configure && make && sudo make install && sudo modprobe kchat' &&
			found module no "is built for $other, but $release runs" &&
			found module no 'no symbol' || return 1
	done
}

compressed_vermagic() {
	machine
	module "$release" '6.1.0-1-test SMP'
	xz "$modules/updates/kchat.ko"
	indexed updates/kchat.ko.xz
	examined 1 './configure && make && sudo make install && sudo modprobe kchat' &&
		found module no "is built for 6.1.0-1-test, but $release runs"
}

locked_unsigned() {
	machine
	lockdown 'none [integrity] confidentiality'
	secure_boot 1
	device cuse
	module "$release" "$release SMP"
	indexed updates/kchat.ko
	examined 1 "sudo $(start)" && found module no 'is not signed' &&
		found kernel -- 'signed modules only (Secure Boot: on, lockdown: integrity)'
}

locked_signed() {
	machine
	lockdown 'none integrity [confidentiality]'
	secure_boot 0
	module "$release" "$release SMP"
	sign
	indexed updates/kchat.ko
	examined 1 'sudo modprobe kchat' && found module -- 'signed by tester' &&
		found kernel -- 'Secure Boot: off, lockdown: confidentiality'
}

# That of busybox shows no signatures, so there being none means nothing.
locked_unseen() {
	machine
	lockdown 'none [integrity] confidentiality'
	module "$release" "$release SMP"
	indexed updates/kchat.ko
	mkdir "$work/old"
	# shellcheck disable=SC2016 # that is for the other shell to expand
	printf '#!/bin/sh\nprintf "filename:  %%s\\0vermagic:  %s SMP\\0" "$2"\n' "$release" >"$work/old/modinfo"
	chmod +x "$work/old/modinfo"
	path=$work/old:$path
	examined 1 'sudo modprobe kchat' && found module -- 'does not show whether it is signed'
}

enforced_unsigned() {
	machine
	lockdown '[none] integrity confidentiality'
	mkdir -p "$machine/sys/module/module/parameters"
	echo Y >"$machine/sys/module/module/parameters/sig_enforce"
	module "$release" "$release SMP"
	indexed updates/kchat.ko
	examined 1 '' && found module no 'is not signed' && found kernel -- 'sig_enforce: on'
}

secure_boot_alone() {
	machine
	lockdown '[none] integrity confidentiality'
	secure_boot 1
	module "$release" "$release SMP"
	indexed updates/kchat.ko
	examined 1 'sudo modprobe kchat' && found kernel ok 'any module (Secure Boot: on, lockdown: none)'
}

loaded_elsewhere() {
	machine
	mkdir "$machine/sys/module/kchat"
	device cuse
	rooms() { echo; }
	result=0
	{ examined 1 'sudo modprobe -r kchat && sudo modprobe kchat' &&
		found module ok loaded && found rooms no 'there is no /dev/kchat/lobby'; } || result=1
	rooms() { echo "$machine/dev/kchat"; }
	return "$result"
}

# Nothing that files or the environment say may reach a terminal as it is.
hostile() {
	machine
	printf '6.1\033[31m\302\233x\n' >"$machine/proc/sys/kernel/osrelease"
	mkdir -p "$machine/lib/modules/$(printf '6.2\033c\nok')/updates"
	: >"$machine/lib/modules/$(printf '6.2\033c\nok')/updates/kchat.ko"
	device fuse
	rooms() { printf "%s/a\\033 b\\n;c'd" "$machine"; }
	result=0
	examined 1 'sudo reboot' || result=1
	found kernel ok '6.1^[[31m\xC2\x9Bx' && found module no '6.2^[c^Jok' &&
		found rooms no "a^[ b^J;c'd/lobby" || result=1
	# What is to be typed stays one word.
	rm -r "$machine/lib/modules"
	rm "$machine/proc/modules"
	examined 1 "kchatd --directory '$machine/a^[ b^J;c'\\''d'" || result=1
	rooms() { echo "$machine/dev/kchat"; }
	! LC_ALL=C grep -q "$(printf '[\001-\010\013-\037\177-\377]')" "$work/out" || result=1
	return "$result"
}

usage() {
	status=0
	"$work/bin/kchat" doctor lobby >"$work/out" 2>&1 || status=$?
	cat "$work/out"
	[ "$status" -eq 2 ] && grep -q "^kchat: doctor takes no room, so what is 'lobby'" "$work/out"
}

output_full() {
	machine
	status=0
	doctor >/dev/full 2>"$work/out" || status=$?
	cat "$work/out"
	[ "$status" -eq 1 ] && grep -q '^kchat: standard output: ' "$work/out"
}

in_sbin() { (PATH=/usr/local/sbin:/usr/sbin:/sbin command -v "$1" >/dev/null); }

is 'no backend at all' no_backend
is 'modules switched off until the next boot' modules_disabled
is 'FUSE is possible' fuse_possible
is 'FUSE is possible, for root' fuse_for_root
is 'FUSE is possible, but there is no runtime directory' fuse_without_directory
if in_sbin fusermount3; then
	skip 'FUSE is possible, but there is no fusermount3' 'there always is one here'
else
	is 'FUSE is possible, but there is no fusermount3' fuse_without_helper
fi
is 'FUSE is possible, once its module is loaded' fuse_module
is 'CUSE is possible' cuse_possible
is 'CUSE is possible, once its module is loaded' cuse_module
is 'CUSE is possible, and its node loads the module' cuse_node_first
is 'CUSE has a node and nothing behind it' cuse_node_alone
is 'CUSE is kept from a container' cuse_in_container
if in_sbin kchatd; then
	skip 'kchatd is not installed' 'it is'
else
	is 'kchatd is not installed' no_daemon
fi
is 'the module is not installed' not_installed
is 'the module is there for another kernel' upgraded
is 'the module is there for other kernels, and DKMS can build it' upgraded_dkms
is 'the module is there for another kernel, and headers are missing' upgraded_no_headers
is 'the running kernel was upgraded away' upgraded_before_reboot

sees_into_modules() {
	machine
	module "$release" "$release SMP"
	doctor >"$work/out" || :
	! grep -q 'without modinfo' "$work/out"
}
# in_module NAME CMD: a test that takes modinfo
if sees_into_modules; then
	in_module() { is "$@"; }
else
	in_module() { skip "$1" 'there is no modinfo'; }
	is 'the module is there, and cannot be looked into' unseen_module
fi
in_module 'the module can be loaded' module_ready
in_module 'the module can be loaded, after depmod' module_not_indexed
in_module 'the module is none' module_garbage
in_module 'the module lies here and was built for another kernel' other_vermagic
in_module 'the module was built for a kernel of a similar name, with modversions' similar_vermagic
if ! command -v xz >/dev/null; then
	skip 'the module is compressed' 'there is no xz'
else
	in_module 'the module is compressed' compressed_vermagic
fi
in_module 'lockdown, and the module is not signed' locked_unsigned
in_module 'lockdown, and the module is signed' locked_signed
in_module 'lockdown, and whether the module is signed cannot be seen' locked_unseen
in_module 'sig_enforce, and the module is not signed' enforced_unsigned
in_module 'Secure Boot alone takes any module' secure_boot_alone
if [ -e /dev/kchat ]; then
	skip 'the module is loaded, but its node is missing' 'there is a real one'
else
	is 'the module is loaded, but its node is missing' loaded_elsewhere
fi
is 'control bytes are shown, never obeyed' hostile
is 'wrong usage' usage
is 'output that fails is a failure' output_full
tap_end
