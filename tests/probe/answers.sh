#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# compat/kernel/probe asks the compiler, believes it only if the controls come out
# right, and asks anew whenever the answer may have changed.
set -u

# shellcheck source=tests/probe/lib.sh
. "$KCHAT_SRC/tests/probe/lib.sh"
out=$work/out
kernel=$work/kernel
probe=$kernel/probe

# The probe itself and its controls, with questions of our own.
mkdir "$kernel"
cp -R "$KCHAT_SRC/compat/kernel/probe" "$KCHAT_SRC/compat/kernel/probes" "$kernel/"
chmod -R u+w "$kernel"
find "$kernel/probes" -maxdepth 1 -name '*.c' ! -name 'control-*' -exec rm {} +
for form in new old; do
	cat >"$kernel/probes/sample-$form.c" <<-END
		#include <linux/sample.h>
		int probe(void);
		int probe(void) { return sample_$form(); }
	END
done
cat >"$kernel/probes/extra.c" <<'END'
#include <linux/sample.h>
int probe(void);
int probe(void) { return sample_extra(); }
END

# offers FORM...: what the tree's headers have
offers() {
	for form in "$@"; do
		echo "int sample_$form(void);"
	done >"$tree/include/linux/sample.h"
}

ask() { "$probe" "$tree" "$out" >"$work/said" 2>&1; }
silent() { [ ! -s "$work/said" ]; }
fails() { ! ask; }

# last TEXT: a part of the last line, which is the reason
last() { tail -n 1 "$work/said" | grep -qF -- "$1"; }
said() { grep -qF -- "$1" "$work/said"; }

# answer NAME 0|1
answer() { grep -qx "#define KCHAT_PROBE_$1 $2" "$out/kchat_config.h"; }
note() { grep -qxF "KERNEL_NOTE='$1'" "$out/kernel.sh"; }
args() { grep -qxF "KERNEL_ARGS='$1'" "$out/kernel.sh"; }

# Whoever probes anew wipes what was there.
probed_anew() {
	touch "$out/mark"
	ask && [ ! -e "$out/mark" ]
}
not_again() {
	touch "$out/mark"
	ask && [ -e "$out/mark" ]
}

compiler kchat-gcc gcc 12
make_tree

# ---- Answers ----
offers new
ask && silent && answer SAMPLE 1 && answer EXTRA 0
verdict 'a kernel with the new form'
# shellcheck source=/dev/null
(. "$out/kernel.sh" && [ "$KERNEL_BUILD" = "$tree" ] &&
	[ "$KERNEL_RELEASE" = 9.9.9-test ] && args 'CC=kchat-gcc' && note '')
verdict 'kernel.sh says which kernel, and what to give to make'
not_again && silent
verdict 'asked twice, it compiles once'
rm -rf "$out" && offers old extra && ask && answer SAMPLE 0 && answer EXTRA 1
verdict 'a kernel with the old form'

# ---- What it remembers ----
echo '/* another */' >>"$kernel/probes/extra.c" && probed_anew && not_again
verdict 'another source of a probe is another question'
rm "$kernel/probes/extra.c" && probed_anew && ! grep -q EXTRA "$out/kchat_config.h" && not_again
verdict 'so is a probe less'
echo '# another' >>"$kernel/probes/Kbuild" && probed_anew && not_again
verdict 'so is another way to compile'
by_gcc 12 CONFIG_SAMPLE=y && probed_anew && not_again
verdict 'so is another configuration'
sed -i 's/12.0/12.1/' "$work/bin/kchat-gcc" && probed_anew && not_again
verdict 'so is another compiler of the same name'
touch -d '2001-01-01' "$tree/Module.symvers" && probed_anew && not_again
verdict 'so is a tree that was built again'
cp -R "$tree" "$work/other" && mv "$tree" "$work/kept" && tree=$work/other &&
	probed_anew && grep -q "$work/other" "$out/kernel.sh"
verdict 'so is a tree elsewhere'
tree=$work/tree
mv "$work/kept" "$tree"
ask
rm -f "$out/key"
MAKEFLAGS=n MFLAGS=-n KBUILD_OUTPUT=$work/nowhere "$probe" "$tree" "$out" >"$work/said" 2>&1 &&
	answer SAMPLE 0
verdict 'nothing of an outer make or of KBUILD_OUTPUT changes anything'

# ---- A kernel we do not know ----
for forms in 'neither' 'new old'; do
	# shellcheck disable=SC2086 # a list
	offers $forms
	rm -rf "$out"
	fails && last 'kernel 9.9.9-test is unknown: of sample exactly one' && last HACKING.md &&
		said "$out/sample-new.log" && said "again: sh $out/sample-new.sh" &&
		said "again: sh $out/sample-old.sh" && [ -e "$out/sample-old.log" ] &&
		[ ! -e "$out/kchat_config.h" ]
	verdict "of a pair it finds: $forms"
done
offers neither
fails && again=$(sed -n 's/.*again: //p' "$work/said" | head -n 1) &&
	! eval "$again" >"$work/said" 2>&1 && said sample_new
verdict 'the command it names compiles that one probe again'
offers new && eval "$again" >"$work/said" 2>&1 && ask && answer SAMPLE 1
verdict 'and sees when the cause is gone'

# ---- Controls ----
mv "$tree/include/linux/slab.h" "$work" && touch "$tree/Module.symvers" && fails &&
	said "$out/control-good.log" && last 'it cannot compile ordinary code (control-good:' &&
	last 'kchat-gcc (gcc 12)' && last 'name another by KERNEL_CC'
verdict 'a compiler that cannot compile ordinary code is not believed'
mv "$work/slab.h" "$tree/include/linux/"
for control in "$kernel"/probes/control-bad-*.c; do
	name=$(basename "$control" .c)
	cp "$control" "$work/kept.c" && echo 'int fine;' >"$control" && fails &&
		said "$out/$name.log" && last "it takes wrong code for right ($name:"
	verdict "nor one that takes $name"
	cp "$work/kept.c" "$control"
done
sed -i 's/^CC = /override CC = /' "$tree/Makefile" && rm -rf "$out" && fails &&
	last "$tree compiles by cc, whatever it is told"
verdict 'nor a tree that takes another compiler'
sed -i 's/^override CC = /CC = /' "$tree/Makefile"
mv "$tree/Makefile" "$work/kept.mk" && echo "\$(error out of order)" >"$tree/Makefile" &&
	rm -rf "$out" && fails && last "kbuild does not work in $tree" && last 'out of order' &&
	last "$out/make.log"
verdict 'nor a tree whose kbuild does not work'
sed 's/-c -o \$@ \$</-kchat-wrong/' "$work/kept.mk" >"$tree/Makefile" && rm -rf "$out" && fails &&
	last "$tree compiles, but links no module: " && last "$out/link.log"
verdict 'nor one that links no module'
mv "$work/kept.mk" "$tree/Makefile"

# ---- Compilers ----
compiler kchat-gcc gcc 13
rm -rf "$out" && ask && [ "$(wc -l <"$work/said")" -eq 1 ] &&
	said 'was built by kchat-gcc (made up) 12.0, but the module is by gcc 13' &&
	not_again && [ "$(wc -l <"$work/said")" -eq 1 ]
verdict 'another major version is allowed, and mentioned each time'
compiler kchat-gcc gcc 12
compiler other-gcc gcc 12
KERNEL_CC=other-gcc ask && silent && args 'CC=other-gcc'
verdict 'KERNEL_CC is the compiler'
CROSS_COMPILE=other- ask && silent && args 'CROSS_COMPILE=other- CC=other-gcc'
verdict 'CROSS_COMPILE is its prefix'

compiler clang clang 14
compiler clang-15 clang 15
tool ld.lld true
tool ld.lld-15 true
LLVM=1 ask && [ "$(wc -l <"$work/said")" -eq 1 ] && args 'LLVM=1 CC=clang' &&
	said 'was built by kchat-gcc (made up) 12.0, but with LLVM=1 the module is by clang 14'
verdict 'LLVM=1 on a kernel of gcc is tried, and mentioned'
cp "$work/bin/clang" "$work/kept" && tool clang 'case " $* " in
*" -E "*) echo 1 14 4 ;;
*" --version "*) echo clang ;;
*) echo "error: kchat-flag is unknown" >&2; exit 1 ;; esac'
! LLVM=1 ask && last 'kchat-flag is unknown' && last 'built by kchat-gcc (made up) 12.0' &&
	last 'leave LLVM and KERNEL_CC unset'
verdict 'and named where it fails'
cp "$work/kept" "$work/bin/clang"
LLVM=-15 ask && args 'LLVM=-15 CC=clang-15'
verdict 'LLVM=-15 is a suffix'
LLVM=$work/bin/ ask && args "LLVM=$work/bin/ CC=$work/bin/clang"
verdict 'LLVM=DIRECTORY/ is a directory'

by_clang 14 && ask && silent && args 'LLVM=1 CC=clang'
verdict 'a kernel of clang is LLVM=1'
by_clang 15 && ask && silent && args 'LLVM=-15 CC=clang-15'
verdict 'clang-15 comes before clang where the kernel is of clang 15'
by_clang 16 && ask && args 'LLVM=1 CC=clang' &&
	said 'was built by made up clang version 16.0, but the module is by clang 14'
verdict 'another clang is allowed, and mentioned'
sed -i s/LD_IS_LLD/LD_IS_BFD/ "$tree/include/config/auto.conf" && ask && args 'CC=clang'
verdict "clang with GNU's linker is not LLVM=1"

# ---- BTF ----
by_gcc 12 CONFIG_DEBUG_INFO_BTF_MODULES=y
ask && silent && note 'without BTF, as there is no pahole and no vmlinux in its tree' &&
	args 'CC=kchat-gcc CONFIG_DEBUG_INFO_BTF_MODULES='
verdict 'no pahole: it builds without BTF, and says so'
# shellcheck disable=SC2016 # the tool is to expand it
tool pahole 'for file; do :; done; objcopy --add-section .BTF="$0" "$file"'
ask && note 'without BTF, as there is no vmlinux in its tree'
verdict 'no vmlinux: the same'
touch "$tree/vmlinux" && ask && note '' && args 'CC=kchat-gcc'
verdict 'with both there is BTF'
tool pahole 'echo "pahole: too old for this" >&2; exit 1'
ask && note 'without BTF, as pahole fails: pahole: too old for this' &&
	args 'CC=kchat-gcc CONFIG_DEBUG_INFO_BTF_MODULES='
verdict 'a pahole that fails: it builds without, and says what pahole said'
not_again && note 'without BTF, as pahole fails: pahole: too old for this'
verdict 'also when it is asked again'
tool pahole 'echo "pahole: error: no types" >&2'
ask && note 'without BTF, as pahole makes none: pahole: error: no types'
verdict 'a pahole that makes none and calls it success: the same'

tap_end || :
