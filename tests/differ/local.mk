# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# kchat-differ: the same random operations on two backends at once.

check_PROGRAMS += tests/differ/kchat-differ
tests_differ_kchat_differ_SOURCES = \
	tests/differ/differ.h tests/differ/main.c tests/differ/ops.c \
	tests/differ/step.c tests/differ/step.h tests/differ/files.c \
	tests/differ/bytes.c tests/differ/requests.c tests/differ/manage.c \
	tests/differ/call.c tests/differ/outcome.c \
	tests/differ/known.c tests/differ/cells.c tests/differ/world.c \
	tests/conform/backend.c tests/conform/backend.h
tests_differ_kchat_differ_CPPFLAGS = $(AM_CPPFLAGS) \
	-I$(top_srcdir)/tests/lib -I$(top_srcdir)/tests/conform
tests_differ_kchat_differ_CFLAGS = $(AM_CFLAGS) -pthread
tests_differ_kchat_differ_LDFLAGS = $(AM_LDFLAGS) -pthread
tests_differ_kchat_differ_LDADD = tests/lib/libtap.a

TESTS += tests/differ/self.sh
EXTRA_DIST += tests/differ/self.sh
