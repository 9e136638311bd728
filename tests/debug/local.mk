# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# make check-debug: the module in a kernel that watches itself, with everything
# that a VM runs, and with failures on demand. make check-races: the module in one
# that looks for data races. Whether either would notice: make check-mutants-kmod.

EXTRA_DIST += tests/debug/kernel tests/debug/config tests/debug/config-kasan \
	tests/debug/config-kcsan tests/debug/leaks.sh tests/debug/run

check_PROGRAMS += tests/debug/kchat-faults
tests_debug_kchat_faults_SOURCES = tests/debug/faults.c tests/debug/faults.h \
	tests/debug/inject.c tests/debug/inject.h tests/debug/files.c \
	tests/debug/rooms.c tests/debug/often.c \
	tests/conform/conform.h tests/conform/room.c tests/conform/manage.c \
	tests/conform/call.c tests/conform/traffic.c \
	tests/conform/backend.c tests/conform/backend.h
tests_debug_kchat_faults_CPPFLAGS = $(AM_CPPFLAGS) \
	-I$(top_srcdir)/tests/lib -I$(top_srcdir)/tests/conform
tests_debug_kchat_faults_CFLAGS = $(AM_CFLAGS) -pthread
tests_debug_kchat_faults_LDFLAGS = $(AM_LDFLAGS) -pthread
tests_debug_kchat_faults_LDADD = tests/lib/libtap.a

check-debug:
	bash $(srcdir)/tests/debug/run kasan $(srcdir) vm/kasan

check-races:
	bash $(srcdir)/tests/debug/run kcsan $(srcdir) vm/kcsan

.PHONY: check-debug check-races
