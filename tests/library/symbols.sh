#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# What libkchat.so shows is what its header declares, neither more nor less.
set -u

build=${KCHAT_BUILD:-$(pwd)}
src=${KCHAT_SRC:-$(cd "$(dirname "$0")/../.." && pwd)}
work=$(mktemp -d "${TMPDIR:-/tmp}/kchat-symbols.XXXXXX")
trap 'rm -rf "$work"' EXIT
# shellcheck source=tests/tap.sh
. "$src/tests/tap.sh"

declared() {
	sed -nE '/^ ?\*|^\/\*/d; s/^[a-z].*[ *](kchat_[a-z_]+)\(.*/\1/p' "$src/lib/libkchat.h" | sort
}
listed() { sed -nE 's/^[[:space:]](kchat_.*);$/\1/p' "$src/lib/libkchat.map"; }
shown() { nm -D --defined-only "$build/lib/libkchat.so.0" | sed -nE 's/.* T ([^@]*).*/\1/p'; }
defined() { nm -g --defined-only "$build/lib/libkchat.a" | sed -nE 's/^[0-9a-f]+ [A-Z] //p'; }

same_as_declared() {
	declared >"$work/want"
	[ "$(wc -l <"$work/want")" -gt 20 ] && "$1" | sort | diff "$work/want" -
}

other_names() { ! defined | grep -v '^kchat_'; }

is 'the map lists what the header declares' same_as_declared listed
is 'the shared library shows it' same_as_declared shown
is 'the static library has no names but kchat_*' other_names
readelf -d "$build/lib/libkchat.so.0" >"$tap_log" 2>&1 && grep -q 'SONAME.*\[libkchat\.so\.0\]' "$tap_log"
verdict 'its soname is libkchat.so.0'
tap_end || :
