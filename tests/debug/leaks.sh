#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# leaks.sh [--forget]: nothing was allocated that nobody can find any more, or from
# now on only what comes later counts. Asks kmemleak, which believes in a leak
# when it has seen it twice, and never of memory younger than 5 s. Nobody else is
# at work in the guest, and the module is gone: its variables know no memory.
set -u

kmemleak=/sys/kernel/debug/kmemleak
work=$(mktemp -d)
# shellcheck source=tests/tap.sh
. "$(dirname "$0")/../tap.sh"

scan() { sleep 6 && echo scan >$kmemleak && sleep 6 && echo scan >$kmemleak; }

# (What was there at the start is old enough.)
forget() { echo scan >$kmemleak && echo scan >$kmemleak && echo clear >$kmemleak; }

no_leaks() {
	scan || return 1
	cat $kmemleak
	! grep -q . $kmemleak
}

if [ "${1:-}" = --forget ]; then
	is 'kmemleak looks around' forget
else
	is 'no memory is lost' no_leaks
fi
rm -rf "$work"
tap_end
