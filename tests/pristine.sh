# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# shellcheck shell=sh
#
# pristine.sh - sources to configure in another directory; to be sourced
#
# Where the source directory was configured itself, configure refuses to be run from
# anywhere else: make would take what was built there for its own.

# pristine SRC DIR: say where there are the sources that are in SRC, not configured:
# there, or in DIR, as a copy
pristine() {
	if [ ! -e "$1/config.status" ]; then
		echo "$1"
		return
	fi
	make -s -C "$1" distdir distdir="$2" >&2 && echo "$2"
}
