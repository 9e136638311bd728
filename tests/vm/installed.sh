#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# installed.sh BUILD: what `make install` brought, at work in a system with systemd
# and udev. It had been installed before this system booted for the first time;
# here it is taken away, and installed once more into the running system.
set -u

build=$1
lobby=/dev/kchat/lobby
log=/run/installed.log
n=0
PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin
export PATH

# verdict NAME, with the status of the command before it; $log if it is bad
verdict() {
	if [ $? -eq 0 ]; then
		verdict=ok
	else
		verdict='not ok'
		sed 's/^/# /' $log
	fi
	n=$((n + 1))
	echo "$verdict $n - $1"
	: >$log
}

# is KIND MODE OWNER:GROUP [NODE]: the lobby is, or another node
is() {
	stat -c '%F %a %U:%G' "${4:-$lobby}" >>$log 2>&1
	[ "$(stat -c '%F %a %U:%G' "${4:-$lobby}" 2>&1)" = "$1 $2 $3" ]
}
device='character special file'

wait_for() {
	i=0
	until "$@" >/dev/null 2>&1; do
		i=$((i + 1))
		[ $i -lt 100 ] || return 1
		sleep 0.2
	done
}

load() { modprobe kchat "$@" 2>>$log && udevadm settle; }

udev() {
	systemctl "$1" systemd-udevd.service systemd-udevd-kernel.socket \
		systemd-udevd-control.socket 2>>$log
}

# A line goes round through one open file, and a second reader has it too. (A
# shell ends with an exec that fails: hence one of its own.)
use() (
	# shellcheck disable=SC2094 # that is what a room is for
	exec 3<>$lobby 4<$lobby 2>>$log
	echo 'a line' >&3
	read -r mine <&3
	read -r theirs <&4
	[ "$mine,$theirs" = 'a line,a line' ]
)

# nobody_in GROUP: may nobody, as a member of that group only, use the lobby?
# shellcheck disable=SC2016 # it is the inner shell's
nobody_in() {
	setpriv --reuid nobody --regid "$1" --clear-groups \
		sh -c 'exec 3<>"$1"' sh $lobby 2>>$log
}

daemon() {
	if systemctl "$@" kchatd.service 2>>$log; then
		return
	fi
	systemctl status --no-pager --lines 20 kchatd.service >>$log 2>&1
	return 1
}
state() { systemctl show -P "$1" kchatd.service; }
serving_again() { [ "$(state MainPID)" != "$pid" ] && [ "$(state ActiveState)" = active ] && use; }

# There is no ranlib here; the library was indexed when it was made.
make_here() { make -C "$build" RANLIB=: "$@"; }

: >$log
echo 'TAP version 13'

# ---- As it booted ----
grep -q '^kchat:' /etc/group
verdict 'the boot made the group kchat'
[ -d /sys/module/kchat ] && systemctl -q is-active systemd-modules-load.service
verdict 'the boot loaded the module'
udevadm settle
is "$device" 660 root:kchat
verdict 'the lobby is 0660 root:kchat'
use
verdict 'a line goes round'
nobody_in kchat
verdict 'a member of the group may use it'
! nobody_in nogroup
verdict 'others may not'
systemctl --failed --no-legend >$log
[ ! -s $log ]
verdict 'no unit failed'

# ---- modprobe ----
rmmod kchat && [ ! -e $lobby ] && load && is "$device" 660 root:kchat
verdict 'modprobe kchat makes the lobby 0660 root:kchat'
rmmod kchat && udev stop && modprobe kchat && is "$device" 660 root:root
verdict 'before udev comes to it, it is not more open'
udev start && udevadm trigger --action=add --subsystem-match=kchat && udevadm settle &&
	is "$device" 660 root:kchat
verdict 'when udev comes late, it is the same'
is "$device" 660 root:kchat /dev/kchat/control
verdict 'and so is the control node'
kchat create made --mode 660 && udevadm settle && is "$device" 660 root:root /dev/kchat/made &&
	udevadm trigger --action=add --subsystem-match=kchat && udevadm settle &&
	is "$device" 660 root:root /dev/kchat/made && kchat remove made
verdict 'a room that root made for himself is not given to the group'
rmmod kchat && load gid=4 && is "$device" 660 root:adm
verdict 'udev leaves the group alone that was asked for with gid='

# ---- kchatd ----
daemon start && [ "$(state ActiveState),$(state ConditionResult)" = inactive,no ]
verdict 'kchatd.service rests while the module is loaded'
rmmod kchat
daemon start && daemon is-active -q && [ -e '/sys/class/cuse/kchat!lobby' ]
verdict 'without it, kchatd.service serves over CUSE'
is "$device" 660 root:kchat && udevadm settle && is "$device" 660 root:kchat
verdict 'that lobby is 0660 root:kchat'
use && nobody_in kchat && ! nobody_in nogroup
verdict 'it serves the same people'
kchat create theirs --owner nobody --group kchat --mode 640 &&
	is "$device" 640 nobody:kchat /dev/kchat/theirs && kchat remove theirs
verdict 'C1 root makes a room for somebody else'
pid=$(state MainPID)
daemon kill -s KILL && wait_for serving_again && is "$device" 660 root:kchat
verdict 'killed, it is started again in place'
daemon stop && [ "$(state ActiveState),$(state Result)" = inactive,success ] && [ ! -e $lobby ]
verdict 'systemctl stop ends it'

mkdir -p /run/systemd/system/kchatd.service.d
printf '%s\n' '[Service]' ExecStart= 'ExecStart=/usr/local/sbin/kchatd --transport fuse' \
	>/run/systemd/system/kchatd.service.d/fuse.conf
systemctl daemon-reload
daemon start && is 'regular empty file' 660 root:kchat && use &&
	kchat create theirs --owner nobody --group kchat --mode 640 &&
	is 'regular empty file' 640 nobody:kchat /dev/kchat/theirs &&
	daemon stop && [ ! -e $lobby ]
verdict 'over FUSE everybody sees what it mounts'
rm -r /run/systemd/system/kchatd.service.d
systemctl daemon-reload

# ---- make uninstall, make install: on the live system ----
make_here uninstall >$log 2>&1
verdict 'make uninstall'
(cd / && find usr ! -type d | sort) | diff /before - >$log
verdict 'it takes every file away'
! grep kchat "/lib/modules/$(uname -r)/modules.dep" >$log
verdict 'and the module from what modprobe knows'

sed -i '/^kchat:/d' /etc/group /etc/gshadow
make_here install >$log 2>&1
verdict 'make install'
grep -q '^kchat:' /etc/group
verdict 'it makes the group at once'
load && is "$device" 660 root:kchat
verdict 'modprobe kchat makes the lobby 0660 root:kchat at once'
rmmod kchat && daemon start && is "$device" 660 root:kchat && daemon stop
verdict 'systemctl start kchatd serves at once'

echo "1..$n"
