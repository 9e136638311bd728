dnl SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
dnl
dnl Where the files for udev and systemd go.
dnl
dnl Both look into /usr/lib and /usr/local/lib. So below the prefix is the right
dnl place, and the only one that a private prefix allows. Distributions that
dnl keep these files elsewhere say so through pkg-config; they are asked when
dnl the prefix is theirs, /usr, or when told to.

dnl KCHAT_INSTALL_DIR(NAME, PACKAGE, VARIABLE, BELOW, WHAT)
dnl The option --with-NAME=DIR|yes|no, and NAME to be substituted: DIR; with
dnl `yes` what VARIABLE of pkg-config's PACKAGE says; empty with `no`, and then
dnl these files are not installed. Otherwise PREFIX/lib/BELOW.
AC_DEFUN([KCHAT_INSTALL_DIR], [
AC_ARG_WITH([$1],
	[AS_HELP_STRING([--with-$1=DIR|yes|no],
		[where $5 go; yes: where pkg-config says @<:@PREFIX/lib/$4; yes if PREFIX is /usr@:>@])],
	[], [with_$1=auto])
$1='${prefix}/lib/$4'
AS_CASE([$with_$1,$prefix],
	[yes,*|auto,/usr], [
		kchat_dir=$($PKG_CONFIG --variable=$3 $2 2>/dev/null)
		AS_IF([test -n "$kchat_dir"], [$1=$kchat_dir],
			[test "x$with_$1" = xyes],
			[AC_MSG_ERROR([--with-$1=yes, but pkg-config knows no $3 of $2])])
	],
	[no,*], [$1=],
	[auto,*], [],
	[/*], [$1=$with_$1],
	[AC_MSG_ERROR([--with-$1 takes an absolute path, yes or no, not '$with_$1'])])
AC_SUBST([$1])
])

AC_DEFUN([KCHAT_INSTALL_DIRS], [
KCHAT_INSTALL_DIR([udevdir], [udev], [udevdir], [udev], [rules for udev (in rules.d)])
KCHAT_INSTALL_DIR([systemdsystemunitdir], [systemd], [systemdsystemunitdir],
	[systemd/system], [units for systemd])
KCHAT_INSTALL_DIR([sysusersdir], [systemd], [sysusersdir], [sysusers.d],
	[the system's groups])
KCHAT_INSTALL_DIR([modulesloaddir], [systemd], [modulesloaddir],
	[modules-load.d], [lists of modules to load])
AS_IF([test -n "$udevdir"], [udevrulesdir='${udevdir}/rules.d'], [udevrulesdir=])
AC_SUBST([udevrulesdir])
])
