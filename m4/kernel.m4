dnl SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
dnl
dnl Which kernel the module is built for, and whether it can be. The work is
dnl done by compat/kernel/probe, which packages without autotools use as well.

AC_DEFUN([KCHAT_PART_KMOD], [
KCHAT_PART([kmod], [build the kernel module])
AC_ARG_WITH([kernel],
	[AS_HELP_STRING([--with-kernel=RELEASE|DIR],
		[build the module for this kernel @<:@the running one@:>@])],
	[], [with_kernel=])
AC_ARG_VAR([KERNEL_CC], [compiler for the module @<:@the kernel's own@:>@])
AC_ARG_VAR([LLVM], [build the module by LLVM's tools, as kbuild's LLVM=1 @<:@if the kernel was@:>@])
AC_ARG_VAR([ARCH], [architecture of the module @<:@the kernel's own@:>@])
AC_ARG_VAR([CROSS_COMPILE], [prefix of the module's toolchain])
AS_CASE([$with_kernel], [yes|no],
	[AC_MSG_ERROR([--with-kernel takes a release or a directory])])
dnl These four are the module's alone; CC and --host are those of user space.
AS_IF([test "x$kchat_kmod" != xno], [
	AC_MSG_NOTICE([probing the kernel ${with_kernel:-$(uname -r)}])
	$MKDIR_P kmod
	AS_IF(["$srcdir/compat/kernel/probe" "$with_kernel" kmod/probe 2>kmod/probe.err],
		[. ./kmod/probe/kernel.sh
		while IFS= read -r kchat_line; do
			AC_MSG_WARN([$kchat_line])
		done <kmod/probe.err],
		[sed '$d' kmod/probe.err >&2
		kchat_kmod_why=$(tail -n 1 kmod/probe.err)])
	rm -f kmod/probe.err
])
KCHAT_PART_DONE([kmod])
AS_IF([test "x$kchat_kmod" = xyes], [kchat_kmod_why="for $KERNEL_RELEASE${KERNEL_NOTE:+, $KERNEL_NOTE}"])
AM_CONDITIONAL([BUILD_KMOD], [test "x$kchat_kmod" = xyes])
AC_SUBST([KERNEL_BUILD])
AC_SUBST([KERNEL_RELEASE])
AC_SUBST([KERNEL_ARGS])
])
