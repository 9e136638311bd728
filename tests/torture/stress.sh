#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# stress.sh ROOM: stress-ng's stressor of device files, which knows nothing of rooms,
# on one that everybody may open, as a user without rights; beside it the torture
# goes on in rooms that are not his. TAP on standard output.
set -u

room=$1
dir=$(dirname "$room")
seconds=${KCHAT_TORTURE_SECONDS:-5}
work=$(mktemp -d)
# shellcheck source=tests/tap.sh
. "$KCHAT_SRC/tests/tap.sh"
victim=$dir/stressed

make_room() {
	"$KCHAT" create stressed --patience 100 && soon test -e "$victim" && chmod 666 "$victim"
}

# Whatever it is told, it writes below the working directory.
stress() {
	chmod 777 "$work" && cd "$work" || return 1
	su -s /bin/sh nobody -c \
		"exec stress-ng --dev 2 --dev-file $victim --timeout ${seconds}s --temp-path $work"
}

openers() { "$KCHAT" info stressed | sed -n 's/^openers  *//p'; }

# It counts the daemon's open files before its first room, and as many are to be left:
# nobody else's calls, which need some, may come before that.
has_begun() { [ -n "$(find "$dir" -name 'torture-*')" ]; }

none_left() { [ "$(openers)" = 0 ]; }

if [ ! -c "$room" ]; then
	skip 'stress-ng --dev' 'it takes a device'
	tap_end
	exit
fi
if ! command -v stress-ng >/dev/null || ! command -v su >/dev/null || [ "$(id -u)" != 0 ]; then
	skip 'stress-ng --dev' 'it takes stress-ng, su, and root'
	tap_end
	exit
fi

is 'a room to be stressed' make_room
"$KCHAT_BUILD/tests/torture/kchat-torture" --seconds "$seconds" "$room" >"$work/beside" 2>&1 &
beside=$!
is 'the torture has begun' soon has_begun
is 'C3 W8 stress-ng --dev comes to its end' stress
wait $beside
sed 's/^/# beside it: /' "$work/beside"
is 'M4 W3 torture beside stress-ng' grep '^ok 1' "$work/beside"
is 'W8 nobody is left in the room it had' soon none_left
is 'C2 the room is removed' "$KCHAT" remove stressed
cd / && rm -rf "$work"
tap_end
