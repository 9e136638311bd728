#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# What only the module can show, and only a machine of one's own should suffer:
# loading, unloading, device numbers, memory. Expects kchat to be not loaded.
set -u

ko=$KCHAT_BUILD/kmod/kchat.ko
parameters=/sys/module/kchat/parameters
trace=/sys/kernel/tracing
lobby=/dev/kchat/lobby
work=$(mktemp -d)
# shellcheck source=tests/tap.sh
. "$KCHAT_SRC/tests/tap.sh"

kchat() { KCHAT_DIR=/dev/kchat "$KCHAT_BUILD/client/kchat" "$@"; }

# A line goes round through one open file, and a second reader has it too.
use() {
	# shellcheck disable=SC2094 # that is what a room is for
	exec 3<>"$1" 4<"$1" || return 1
	echo 'a line' >&3
	read -r mine <&3
	read -r theirs <&4
	exec 3>&- 4<&-
	[ "$mine,$theirs" = 'a line,a line' ]
}

# One room is removed, one is left to the module.
cycle() {
	insmod "$ko" && use $lobby && kchat create gone && kchat create left &&
		use /dev/kchat/gone && use /dev/kchat/left && kchat remove gone && rmmod kchat
}

cycles() {
	i=0
	while [ $i -lt "$1" ]; do
		cycle || return 1
		i=$((i + 1))
	done
}

# memory: kB in slabs, vmalloc and per-cpu memory; kB not free, caches dropped.
# (Pages that a CPU keeps for itself, many from 6.7 on, are not counted as free.)
memory() {
	sync
	echo 3 >/proc/sys/vm/drop_caches
	sleep 2
	awk '/^(SUnreclaim|VmallocUsed|Percpu):/ { known += $2 }
		/^MemTotal:/ { used += $2 }
		/^MemFree:/ { used -= $2 }
		/^ +count:/ { used -= 4 * $2 }
		END { print known, used }' /proc/meminfo /proc/zoneinfo
}

# objects: objects in use in every kmalloc cache
objects() { awk '/^kmalloc-/ { print $1, $2 }' /proc/slabinfo; }

echo 'TAP version 13'

insmod "$ko"
verdict 'N2 the module loads and makes the lobby'
[ -c $lobby ] && [ "$(stat -c %a $lobby)" = 660 ]
verdict 'N3 the lobby is a character device of mode 0660'

major=$(awk '$2 == "kchat" { print $1 }' /proc/devices)
mknod "$work/mine" c "$major" 0 && exec 5<"$work/mine" &&
	echo 'by number' >$lobby && read -r line <&5 && [ "$line" = 'by number' ]
verdict 'N2 mknod mine c MAJOR 0 opens the lobby'
exec 5<&-

! insmod "$ko" 2>/dev/null
verdict 'loading it twice is refused'

kchat info lobby | grep -q '^patience  *5000 ms'
verdict 'W2 the lobby has a patience of 5,000 ms'

[ "$(stat -c '%a %u' /dev/kchat/control)" = '660 0' ]
verdict 'C1 the control node is 0660'

[ "$(cat $parameters/max_rooms)" = 512 ] && echo 2 >$parameters/max_rooms &&
	kchat create one && ! kchat create two 2>/dev/null &&
	echo 512 >$parameters/max_rooms && kchat create two &&
	kchat remove one && kchat remove two
verdict 'C3 limits are parameters, which root may change'

mount -t tracefs tracefs $trace 2>/dev/null
echo 1 >$trace/events/kchat/enable && kchat create traced && use /dev/kchat/traced &&
	kchat remove traced && echo 0 >$trace/events/kchat/enable &&
	grep kchat_ $trace/trace >"$work/trace"
for event in 'kchat_room: room=traced made' 'kchat_write: room=traced member=1 bytes=7 seq=1' \
	'kchat_read: room=traced member=2 bytes=7 seq=2' 'kchat_room: room=traced ended' \
	'kchat_room: room=traced freed'; do
	grep -q "$event" "$work/trace" || sed 's/^/# /' "$work/trace"
	grep -q "$event" "$work/trace" || break
done
verdict 'D4 tracepoints tell of rooms, writes and reads'

exec 5<$lobby
! rmmod kchat 2>/dev/null && [ -d /sys/module/kchat ] && use $lobby
verdict 'C4 it cannot be unloaded while a room is open'
exec 5<&-

rmmod kchat && [ ! -e $lobby ] && [ ! -e /sys/class/kchat ] &&
	! grep -q ' kchat$' /proc/devices
verdict 'unloading leaves no node, class or device number behind'

# Whatever is allocated only once, is by the first cycles.
cycles 20
memory >"$work/memory.0"
objects >"$work/objects.0"
cycles 50
half=$?
objects >"$work/objects.1"
cycles 50 && [ $half -eq 0 ]
verdict '100 times loaded, used and unloaded'
objects >"$work/objects.2"
memory >"$work/memory.1"

# kept NAME, with the status of the command before it. KASAN keeps what was freed for
# a while, so as to see it used; a kernel with it has kmemleak to count for us.
kept() {
	if [ $? -eq 0 ]; then
		tap_result 0 "$1"
	elif [ -e /sys/kernel/debug/kmemleak ]; then
		skip "$1" 'KASAN keeps what was freed'
	else
		tap_result 1 "$1"
	fi
}

# 256 KiB a time, which is a ring, would be 25 MiB.
cat "$work"/memory.? | sed 's/^/# kB known by kind, kB not free: /'
cat "$work"/memory.? | awk '{ known = $1 - known; used = $2 - used }
	END { exit !(known < 1024 && used < 4096) }'
kept '100 times cost less than 1 MiB of slabs and vmalloc, 4 MiB in all'

# What is less than that: a cache may grow by chance, but not by one object a
# time or more in both halves.
awk 'FNR == 1 { f++ }
	{ count[f, $1] = $2; name[$1] }
	END {
		for (c in name) {
			a = count[2, c] - count[1, c]
			b = count[3, c] - count[2, c]
			if (a >= 40 && b >= 40) {
				print "# " c ": +" a ", +" b
				bad = 1
			}
		}
		exit bad
	}' "$work"/objects.?
kept 'no kmalloc cache lost an object each time'

rm -rf "$work"
tap_end
