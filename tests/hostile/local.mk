# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# kchat-hostile: programs that mean harm, or do it unasked. Whatever they do to
# themselves, everybody else goes on.

check_PROGRAMS += tests/hostile/kchat-hostile
tests_hostile_kchat_hostile_SOURCES = tests/hostile/main.c \
	tests/hostile/hostile.h tests/hostile/honest.c tests/hostile/stall.c \
	tests/hostile/stalls.c tests/hostile/flicker.c tests/hostile/lengths.c \
	tests/hostile/crowds.c tests/hostile/closing.c tests/hostile/memory.c \
	tests/conform/conform.h tests/conform/room.c tests/conform/manage.c \
	tests/conform/call.c tests/conform/traffic.c tests/conform/run.c \
	tests/conform/backend.c tests/conform/backend.h
tests_hostile_kchat_hostile_CPPFLAGS = $(AM_CPPFLAGS) \
	-I$(top_srcdir)/tests/lib -I$(top_srcdir)/tests/conform
tests_hostile_kchat_hostile_CFLAGS = $(AM_CFLAGS) -pthread
tests_hostile_kchat_hostile_LDFLAGS = $(AM_LDFLAGS) -pthread
tests_hostile_kchat_hostile_LDADD = tests/lib/libtap.a

ROOM_TESTS += tests/hostile/kchat-hostile
