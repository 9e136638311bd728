dnl SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
dnl
dnl Which kernel the module is built for, and whether it can be.

AC_DEFUN([KCHAT_PART_KMOD], [
KCHAT_PART([kmod], [build the kernel module])
AS_IF([test "x$kchat_kmod" != xno], [kchat_kmod_why="its sources are still to come"])
KCHAT_PART_DONE([kmod])
AM_CONDITIONAL([BUILD_KMOD], [test "x$kchat_kmod" = xyes])
])
