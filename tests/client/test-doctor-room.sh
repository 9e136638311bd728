#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# What `kchat doctor` says of rooms, users and groups, which are real ones: it
# takes kchatd over FUSE, and for most of it root, who can be anybody.
#
# Tests are functions called by their names, hence the exception.
# shellcheck disable=SC2317
set -eu

# shellcheck source=tests/client/doctor-lib.sh
. "$(dirname "$0")/doctor-lib.sh"

# Without a login session a user has no runtime directory, which kchatd needs.
if [ "$(id -u)" != 0 ] && [ -z "${XDG_RUNTIME_DIR:-}" ]; then
	export XDG_RUNTIME_DIR="$work/run"
fi
real_as='' real_rooms=''

doctor() {
	# shellcheck disable=SC2086 # words of a command
	timeout 60 env PATH="$work/bin:$PATH" KCHAT_DIR="${real_rooms:-$work/room}" $real_as "$work/bin/kchat" doctor </dev/null
}

# serve OPTION...: a room of our own in $work/room
serve() {
	mkdir -p "$work/room"
	"$work/bin/kchatd" --stop --directory "$work/room"
	"$work/bin/kchatd" --transport fuse --directory "$work/room" "$@"
}

usable() {
	serve && examined 0 kchat &&
		found rooms ok "$work/room/lobby can be used, served by kchatd over FUSE"
}

# Root may not do everything in a container.
contained() {
	"$work/bin/kchatd" --stop --directory "$work/room" || return 1
	machine
	device cuse
	device fuse
	KCHAT_SYSROOT=$machine
	export KCHAT_SYSROOT
	result=0
	real_as='setpriv --bounding-set=-sys_module,-sys_admin,-mknod'
	examined 1 '' && found kernel no 'root may not load modules' &&
		found cuse no 'root may not make devices' && found fuse no 'root may not mount' || result=1
	real_as=''
	examined 1 "kchatd --directory $work/room" && found cuse ok '/dev/cuse' &&
		found you ok root || result=1
	unset KCHAT_SYSROOT
	return "$result"
}

# The user daemon is in the group daemon, but a session may be without it.
as_user='setpriv --reuid=1 --regid=65534 --clear-groups'
group_next_time() {
	serve --group daemon || return 1
	real_as=$as_user
	examined 1 'newgrp daemon' && found rooms no 'open to the group daemon; you are in it' &&
		found you -- daemon
}

group_now() {
	real_as='setpriv --reuid=1 --regid=65534 --groups=1'
	examined 0 kchat && found rooms ok 'can be used'
}

group_never() {
	# The backend does not matter: here, as far as anybody can see, it is the module.
	machine
	mkdir "$machine/sys/module/kchat"
	KCHAT_SYSROOT=$machine
	export KCHAT_SYSROOT
	real_as='setpriv --reuid=65534 --regid=65534 --clear-groups'
	result=0
	examined 1 'sudo usermod -aG daemon nobody' && found module ok loaded &&
		found rooms no 'open to the group daemon, and you are not in it' || result=1
	unset KCHAT_SYSROOT
	return "$result"
}

group_of_root() {
	serve --group root || return 1
	real_as=$as_user
	examined 1 'sudo groupadd -f --system kchat && sudo usermod -aG kchat daemon' &&
		found rooms no 'open to root only'
}

# The user daemon and a group kchat that has him, or not.
as_kchat() {
	cp /etc/group "$work/group"
	sed -i '/^kchat:/d' "$work/group"
	echo "kchat:x:64242:$1" >>"$work/group"
	shift
	# shellcheck disable=SC2016 # that is for the other shell to expand
	printf '#!/bin/sh\nmount --bind "%s" /etc/group && exec setpriv --reuid=1 --regid=65534 "$@"\n' \
		"$work/group" >"$work/as-kchat"
	chmod +x "$work/as-kchat"
	real_as="unshare --mount $work/as-kchat $*"
}
group_kchat() {
	serve --group root || return 1
	wanted='sudo groupadd -f --system kchat && sudo usermod -aG kchat daemon'
	as_kchat daemon --groups=64242
	examined 1 "$wanted" && found you ok 'daemon, in the group kchat' || return 1
	as_kchat daemon --clear-groups
	examined 1 "$wanted" && found you -- 'from the next login on' || return 1
	as_kchat nobody --clear-groups
	examined 1 "$wanted" && found you -- 'daemon, not in the group kchat'
}

owner_only() {
	serve --group daemon --mode 600 || return 1
	real_as='setpriv --reuid=1 --regid=1 --clear-groups'
	examined 1 'sudo kchatd --directory '"$work/room" &&
		found rooms no 'open to its owner root only'
}

stopped() {
	real_as=''
	serve && stopped_in "$work/room" || return 1
	# The name of its lock is not the directory's with '!' for '/' alone.
	real_rooms=$work/odd!\\room result=0
	"$work/bin/kchatd" --transport fuse --directory "$real_rooms" &&
		stopped_in "$real_rooms" || result=1
	"$work/bin/kchatd" --stop --directory "$real_rooms" || result=1
	real_rooms=''
	return "$result"
}

stopped_in() {
	daemon=$(pid_of "$1") && kill -STOP "$daemon" && soon grep -q ') T ' "/proc/$daemon/stat" ||
		return 1
	examined 1 "kill -CONT $daemon" && found rooms no 'is stopped'
	stopped_rc=$?
	kill -CONT "$daemon"
	examined 0 kchat && return $stopped_rc
}

# Where the directory is a link to it, too.
stopped_behind_link() {
	real_as=''
	serve && ln -sfn "$work/room" "$work/link" || return 1
	real_rooms=$work/link
	stopped_in "$work/room"
	link_rc=$?
	real_rooms=''
	return $link_rc
}

killed() {
	serve || return 1
	was=$(pid_of "$work/room")
	kill -9 "$was" && soon ended "$was" || return 1
	real_as=''
	examined 1 "kchatd --directory $work/room" && found rooms no 'left behind' &&
		"$work/bin/kchatd" --directory "$work/room" && examined 0 kchat
}

ended() { ! grep -qs ') [^ZX] ' "/proc/$1/stat"; }

pid_of() {
	lock=$(printf '%s\n' "$1" | sed 's,^/,,; s,\\,\\x5c,g; s,!,\\x21,g; s,/,!,g')
	cat "/run/kchat/$lock" 2>/dev/null || cat "${XDG_RUNTIME_DIR:-/nowhere}/kchat.lock/$lock"
}

# What a daemon over CUSE leaves when it is killed.
dead_node() {
	real_as='' real_rooms=$work/dead result=0
	examined 1 "kchatd --directory $work/dead" &&
		found rooms no "$work/dead/lobby was left behind" || result=1
	real_rooms=''
	return "$result"
}

# real_is NAME CMD: it takes a kchatd that serves; real_root NAME CMD: and root
no_room=''
if [ ! -x "$build/cuse/kchatd" ]; then
	no_room='kchatd was not built'
else
	rm "$work/bin/kchatd"
	cp "$build/cuse/kchatd" "$work/bin/"
	# The real one has to mount now.
	rm "$work/bin/fusermount3"
	mkdir "$work/room"
	serve >"$work/out" 2>&1 || no_room="no FUSE: $(tail -n 1 "$work/out")"
fi
real_is() { if [ -z "$no_room" ]; then is "$@"; else skip "$1" "$no_room"; fi; }
real_root() {
	if [ "$(id -u)" != 0 ]; then
		skip "$1" 'only root can be somebody else'
	elif [ "$(id -gn daemon 2>/dev/null)" != daemon ]; then
		skip "$1" 'there is no user daemon in a group daemon'
	else
		real_is "$@"
	fi
}
real_is 'a room can be used over FUSE' usable
real_is 'a stopped kchatd is named, and does not stop the doctor' stopped
real_is 'a stopped kchatd is found through a link' stopped_behind_link
real_is 'a killed kchatd is named' killed
mkdir "$work/dead"
if mknod "$work/dead/lobby" c 240 77 2>/dev/null && [ ! -e /sys/dev/char/240:77 ]; then
	real_root 'a node without a device is named' dead_node
else
	skip 'a node without a device is named' 'there is no making one'
fi
real_root 'root in a container' contained
real_root 'a room is open to the group, which the session is without' group_next_time
real_root 'a room is open to the group, and so to its member' group_now
real_root 'a room is open to the group, and the module is loaded' group_never
real_root 'a room is open to root alone, whose group nobody is told to join' group_of_root
real_root 'a room is open to its owner alone' owner_only
if unshare --mount true 2>/dev/null; then
	real_root 'the user is in the group kchat, or will be, or is not' group_kchat
else
	skip 'the user is in the group kchat, or will be, or is not' 'no mount namespaces'
fi
tap_end
