dnl SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
dnl
dnl What is built, and why not. Every part NAME has two shell variables:
dnl   kchat_NAME      yes or no
dnl   kchat_NAME_why  one line for the summary

dnl KCHAT_COMPILER_OPTIONS
dnl Warnings are always on. --enable-werror and --enable-sanitizers are for our
dnl own builds: a stranger's newer compiler must not fail on a new warning.
AC_DEFUN([KCHAT_COMPILER_OPTIONS], [
AC_ARG_ENABLE([werror],
	[AS_HELP_STRING([--enable-werror], [treat compiler warnings as errors])],
	[], [enable_werror=no])
AC_ARG_ENABLE([sanitizers],
	[AS_HELP_STRING([--enable-sanitizers],
		[build user space with address and undefined-behaviour sanitizers])],
	[], [enable_sanitizers=no])
KCHAT_CFLAGS="-Wall -Wextra"
KCHAT_LDFLAGS=
AS_IF([test "x$enable_werror" = xyes], [KCHAT_CFLAGS="$KCHAT_CFLAGS -Werror"])
AS_IF([test "x$enable_sanitizers" = xyes], [
	KCHAT_LDFLAGS="-fsanitize=address,undefined"
	KCHAT_CFLAGS="$KCHAT_CFLAGS $KCHAT_LDFLAGS -fno-sanitize-recover=all -fno-omit-frame-pointer"
])
AC_SUBST([KCHAT_CFLAGS])
AC_SUBST([KCHAT_LDFLAGS])
AM_CONDITIONAL([WERROR], [test "x$enable_werror" = xyes])
AM_CONDITIONAL([SANITIZERS], [test "x$enable_sanitizers" = xyes])
])

dnl KCHAT_PART(NAME, HELP)
dnl The option --with-NAME=auto|yes|no; sets kchat_NAME to one of the three.
AC_DEFUN([KCHAT_PART], [
AC_ARG_WITH([$1],
	[AS_HELP_STRING([--with-$1=auto|yes|no], [$2 @<:@auto@:>@])],
	[], [with_$1=auto])
AS_CASE([$with_$1],
	[auto|yes], [kchat_$1=$with_$1; kchat_$1_why=],
	[no], [kchat_$1=no; kchat_$1_why="switched off by --without-$1"],
	[AC_MSG_ERROR([--with-$1 takes auto, yes or no, not '$with_$1'])])
])

dnl KCHAT_PART_DONE(NAME)
dnl Settle `auto`: yes unless a reason against it was found. Asked for with
dnl `yes` but impossible: stop, and say why.
AC_DEFUN([KCHAT_PART_DONE], [
AS_IF([test "x$kchat_$1" = xyes && test -n "$kchat_$1_why"],
	[AC_MSG_ERROR([--with-$1=yes, but $kchat_$1_why])])
AS_IF([test "x$kchat_$1" = xauto],
	[AS_IF([test -n "$kchat_$1_why"], [kchat_$1=no], [kchat_$1=yes])])
])

dnl KCHAT_COMPAT_CLIENT
dnl Can this compiler make programs of 32 bits for a kernel of 64? The suite then
dnl runs as such a program, too. Static, since its libraries are seldom there.
AC_DEFUN([KCHAT_COMPAT_CLIENT], [
AC_MSG_CHECKING([whether $CC makes static programs of 32 bits])
kchat_saved_CFLAGS=$CFLAGS
CFLAGS="$CFLAGS -m32 -static"
kchat_compat_client=no
AS_IF([test "x$enable_sanitizers" = xno],
	[AC_LINK_IFELSE([AC_LANG_SOURCE([[
#ifndef __i386__
#error only x86 calls it so
#endif
#include <pthread.h>
#include <stdio.h>
int main(void) { return printf("%d", (int)pthread_self()) < 0; }
]])], [kchat_compat_client=yes])])
CFLAGS=$kchat_saved_CFLAGS
AC_MSG_RESULT([$kchat_compat_client])
AM_CONDITIONAL([COMPAT_CLIENT], [test "x$kchat_compat_client" = xyes])
])

AC_DEFUN([KCHAT_PART_KCHATD], [
KCHAT_PART([kchatd], [build the daemon that serves rooms over CUSE and FUSE])
AS_IF([test "x$kchat_kchatd" != xno], [
	PKG_CHECK_MODULES([FUSE3], [fuse3 >= 3.10], [],
		[kchat_kchatd_why="libfuse 3.10 or later was not found (Debian: libfuse3-dev)"])
])
KCHAT_PART_DONE([kchatd])
AM_CONDITIONAL([BUILD_KCHATD], [test "x$kchat_kchatd" = xyes])
])

AC_DEFUN([KCHAT_PART_CLIENT], [
KCHAT_PART([client], [build the kchat client])
AS_IF([test "x$kchat_client" != xno], [
	PKG_CHECK_MODULES([READLINE], [readline], [],
		[kchat_client_why="readline was not found (Debian: libreadline-dev)"])
])
KCHAT_PART_DONE([client])
AM_CONDITIONAL([BUILD_CLIENT], [test "x$kchat_client" = xyes])
KCHAT_PART([json], [give the client JSON])
AS_IF([test "x$kchat_client" = xno], [kchat_json=no; kchat_json_why="there is no client"],
	[test "x$kchat_json" != xno], [
	PKG_CHECK_MODULES([JANSSON], [jansson >= 2.10], [],
		[kchat_json_why="jansson 2.10 or later was not found (Debian: libjansson-dev)"])
])
KCHAT_PART_DONE([json])
AM_CONDITIONAL([BUILD_JSON], [test "x$kchat_json" = xyes])
])

dnl KCHAT_SUMMARY
dnl One line a part.
AC_DEFUN([KCHAT_SUMMARY_LINE],
	[AS_ECHO(["  $1  $kchat_$2${kchat_$2_why:+ ($kchat_$2_why)}"])])
AC_DEFUN([KCHAT_SUMMARY], [
AS_ECHO([""])
AS_ECHO(["$PACKAGE_STRING"])
KCHAT_SUMMARY_LINE([kernel module  kchat.ko], [kmod])
KCHAT_SUMMARY_LINE([daemon         kchatd  ], [kchatd])
KCHAT_SUMMARY_LINE([client         kchat   ], [client])
KCHAT_SUMMARY_LINE([its listen     --json  ], [json])
AS_ECHO(["  warnings as errors: $enable_werror   sanitizers: $enable_sanitizers"])
AS_ECHO([""])
])
