#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# What the house agreed upon and no compiler enforces: differences between kernels
# stay in compat/, each probe has a use and each use a probe, every file says its
# license and is in the tarball.
set -u

cd "$KCHAT_SRC" || exit 1
work=$(mktemp -d "${TMPDIR:-/tmp}/kchat-house.XXXXXX")
trap 'rm -rf "$work"' EXIT
n=0

# rule NAME: $work/bad is what breaks it
rule() {
	n=$((n + 1))
	if [ ! -s "$work/bad" ]; then
		echo "ok $n - $1"
	else
		sed 's/^/# /' "$work/bad"
		echo "not ok $n - $1"
	fi
}

# files PATH...: what somebody wrote there, not what was built
files() {
	find "$@" \( -path kmod/stage -o -path kmod/probe -o -path tests/room-tests \
		-o -path tests/fuzz/corpus \
		-o -name .deps -o -name .dirstamp -o -name '*.log' -o -name '*.trs' \) -prune \
		-o -type f -exec grep -lI . {} +
}

sources() { files "$@" | grep '\.[ch]$'; }

# code LIST: every line of those files as FILE: LINE, without comments: they may
# name a version
code() {
	while read -r file; do
		sed -E -e 's,/\*.*\*/,,; s,//.*,,' -e '/^[[:space:]]*\/?\*/d' -e "s|^|$file: |" "$file"
	done <"$1"
}

# ---- Differences between kernels ----
sources kmod common cuse lib client tests >"$work/outside"
sources kmod common >"$work/engine"
[ "$(wc -l <"$work/engine")" -gt 5 ] || {
	echo 'Bail out! there are no sources'
	exit 1
}

{
	code "$work/outside" | grep -E \
		'LINUX_VERSION|KERNEL_VERSION|RHEL_RELEASE|UTS_RELEASE|linux/version\.h|utsrelease\.h'
	# (kchat doctor tells the release, and finds its modules by it.)
	code "$work/outside" | grep -v '^client/facts\.c: ' | grep -E '\buname *\('
	grep -rE '\b(PATCHLEVEL|SUBLEVEL|KERNELVERSION)\b' kmod packaging
} >"$work/bad"
rule 'nothing outside compat/ tests the version of a kernel'
code "$work/outside" | grep -E '\bHAVE_[A-Z]' >"$work/bad"
rule 'nothing outside compat/ tests a HAVE_ macro'
code "$work/outside" | grep -E 'KCHAT_PROBE_|kchat_config\.h' >"$work/bad"
rule 'nothing outside compat/ asks a probe'
# (Tracepoints are made by a header that is read many times.)
code "$work/engine" | grep -E '# *(el)?if' |
	grep -vE '_H$|# *ifdef pr_fmt$|_H\) \|\| defined\(TRACE_HEADER_MULTI_READ\)$' >"$work/bad"
rule 'the module and the engine have no conditional code'
grep -rlE 'KCHAT_PROBE_[A-Z]' compat | grep -vE '^compat/kernel/(probe|kchat_compat\.h)$' >"$work/bad"
rule 'in compat/ only kchat_compat.h asks one'

# ---- Probes and shims ----
(cd compat/kernel/probes && ls ./*.c) |
	sed -E 's,^\./,,; s/\.c$//; /^control-/d; s/-(new|old)$//' |
	tr a-z- A-Z_ | sort -u >"$work/probes"
grep -oE 'KCHAT_PROBE_[A-Z0-9_]+[A-Z0-9]' compat/kernel/kchat_compat.h |
	sed 's/^KCHAT_PROBE_//' | sort -u >"$work/used"
comm -23 "$work/probes" "$work/used" >"$work/bad"
[ -s "$work/probes" ] || echo 'no probes' >"$work/bad"
rule 'every probe is used'
comm -13 "$work/probes" "$work/used" >"$work/bad"
rule 'every shim has its probe'
for file in compat/kernel/probes/*-new.c compat/kernel/probes/*-old.c; do
	case $file in
	*-new.c) other=${file%-new.c}-old.c ;;
	*) other=${file%-old.c}-new.c ;;
	esac
	[ -f "$other" ] || echo "$file without $other"
done >"$work/bad"
rule 'every new form has an old one, and every old form a new one'

# ---- Licenses ----
# What is for `grep -f` can have no comment.
files bootstrap quickstart .ci Makefile.am configure.ac README.md HACKING.md SECURITY.md client common \
	compat cuse kmod lib m4 man packaging tests | grep -vx tests/vm/complaints >"$work/all"
while read -r file; do
	head -n 3 "$file" | grep -q 'SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause' ||
		echo "$file"
done <"$work/all" >"$work/bad"
rule 'every file says its license'

# ---- The tarball ----
if [ -e .git ] && [ -f "${KCHAT_BUILD:-}/Makefile" ]; then
	unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES
	make -s -C "$KCHAT_BUILD" distdir distdir="$work/dist" >"$work/log" 2>&1 || cat "$work/log"
	git ls-files | grep -vE '(^|/)\.gitignore$' | while read -r file; do
		[ -f "$work/dist/$file" ] || echo "$file"
	done >"$work/bad"
	rule 'the tarball has every file'
fi

echo "1..$n"
