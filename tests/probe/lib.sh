# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# shellcheck shell=sh
#
# lib.sh - kernel trees small enough to be made up, for tests of
# compat/kernel/probe; to be sourced.
#
# A made-up tree has a kbuild of a few lines and the few headers that the
# controls include. Compilers are made up as well, by a script before the host's
# own that lies about its name. No kernel is needed.

work=$(mktemp -d "${TMPDIR:-/tmp}/kchat-probe.XXXXXX")
trap 'rm -rf "$work"' EXIT
tree=$work/tree
unset LLVM ARCH CROSS_COMPILE KERNEL_CC KBUILD_OUTPUT MAKEFLAGS MFLAGS MAKELEVEL

# Nothing of this machine that the tests are to do without.
mkdir "$work/bin" "$work/tools"
(
	IFS=:
	for dir in $PATH; do
		ln -s "$dir"/* "$work/tools/" 2>/dev/null || :
	done
)
rm -f "$work"/tools/*pahole* "$work"/tools/*clang* "$work"/tools/ld.lld*
PATH=$work/bin:$work/tools

# shellcheck source=tests/tap.sh
. "$KCHAT_SRC/tests/tap.sh"

# compiler NAME gcc|clang MAJOR
compiler() {
	case $2 in
	gcc) macros="__clang__ __clang_major__ $3" flag= ;;
	# What clang takes for a part of something else, gcc must be told.
	*) macros="1 $3 4" flag=-Werror=discarded-qualifiers ;;
	esac
	cat >"$work/bin/$1" <<-END
		#!/bin/sh
		case " \$* " in
		*' -E '*) echo '$macros' ;;
		*' --version '*) echo '$1 (made up) $3.0' ;;
		*) exec cc "\$@" $flag ;;
		esac
	END
	chmod +x "$work/bin/$1"
}

# tool NAME LINE: a program of one line
tool() {
	printf '#!/bin/sh\n%s\n' "$2" >"$work/bin/$1"
	chmod +x "$work/bin/$1"
}

# configured LINE...: the tree's configuration
configured() { printf '%s\n' CONFIG_MODULES=y "$@" >"$tree/include/config/auto.conf"; }

# by_gcc MAJOR LINE..., by_clang MAJOR LINE...: configured, and built by that
by_gcc() {
	major=$1
	shift
	configured "CONFIG_CC_VERSION_TEXT=\"kchat-gcc (made up) $major.0\"" \
		CONFIG_CC_IS_GCC=y "CONFIG_GCC_VERSION=${major}0200" "$@"
}

by_clang() {
	major=$1
	shift
	configured "CONFIG_CC_VERSION_TEXT=\"made up clang version $major.0\"" \
		CONFIG_CC_IS_CLANG=y CONFIG_GCC_VERSION=0 \
		"CONFIG_CLANG_VERSION=${major}0006" CONFIG_LD_IS_LLD=y "$@"
}

# make_tree: a whole one, at $tree
make_tree() {
	mkdir -p "$tree/include/config" "$tree/include/generated" \
		"$tree/include/linux" "$tree/scripts/mod"
	cat >"$tree/Makefile" <<-'END'
		include include/config/auto.conf
		ifneq ($(KBUILD_OUTPUT),)
		$(error this is another tree)
		endif
		CC = cc
		src := $(M)
		obj := $(M)
		q := '
		escsq = $(subst $(q),'\$(q)',$1)
		c_flags := -I$(CURDIR)/include
		.RECIPEPREFIX =
		include $(M)/Kbuild
		.RECIPEPREFIX = >
		all_probes.o: $(M)/all_probes.o
		modules: $(obj-m:%.o=$(M)/%.ko)
		$(M)/%.ko: $(M)/%.c
		>$(CC) $(c_flags) -c -o $@ $<
		ifdef CONFIG_DEBUG_INFO_BTF_MODULES
		>@pahole -J $@
		endif
	END
	cat >"$tree/include/linux/fs.h" <<-'END'
		struct inode;
		struct module;
		struct file { void *private_data; };
		struct file_operations {
			struct module *owner;
			int (*open)(struct inode *inode, struct file *file);
		};
	END
	echo >"$tree/include/linux/kernel.h"
	cat >"$tree/include/linux/module.h" <<-'END'
		#define THIS_MODULE ((struct module *)0)
		#define MODULE_DESCRIPTION(text) struct module
		#define MODULE_LICENSE(text) struct module
	END
	cat >"$tree/include/linux/slab.h" <<-'END'
		#define GFP_KERNEL 1
		#define ENOMEM 12
		void *kzalloc(unsigned long size, int flags);
	END
	echo '#define UTS_RELEASE "9.9.9-test"' >"$tree/include/generated/utsrelease.h"
	touch "$tree/scripts/mod/modpost" "$tree/Module.symvers"
	by_gcc 12
}
