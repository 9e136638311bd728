# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# kchat-regress: what was wrong once, and must not be again.

check_PROGRAMS += tests/regress/kchat-regress
tests_regress_kchat_regress_SOURCES = tests/regress/main.c \
	tests/conform/conform.h tests/conform/room.c tests/conform/manage.c \
	tests/conform/call.c tests/conform/traffic.c tests/conform/run.c \
	tests/conform/backend.c tests/conform/backend.h
tests_regress_kchat_regress_CPPFLAGS = $(AM_CPPFLAGS) \
	-I$(top_srcdir)/tests/lib -I$(top_srcdir)/tests/conform
tests_regress_kchat_regress_CFLAGS = $(AM_CFLAGS) -pthread
tests_regress_kchat_regress_LDFLAGS = $(AM_LDFLAGS) -pthread
tests_regress_kchat_regress_LDADD = tests/lib/libtap.a

ROOM_TESTS += tests/regress/kchat-regress
