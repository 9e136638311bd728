# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# libkchat in a room, on every backend.

check_PROGRAMS += tests/library/test-library
tests_library_test_library_SOURCES = tests/library/library.h \
	tests/library/main.c tests/library/talk.c tests/library/loss.c \
	tests/library/names.c tests/library/manage.c
tests_library_test_library_CPPFLAGS = $(AM_CPPFLAGS) \
	-I$(top_srcdir)/tests/lib -I$(top_srcdir)/lib
tests_library_test_library_LDADD = lib/libkchat.a tests/lib/libtap.a

ROOM_TESTS += tests/library/test-library

TESTS += tests/library/symbols.sh
EXTRA_DIST += tests/library/symbols.sh
