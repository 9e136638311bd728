# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# kchat-torture: all at once, at random. A few seconds as a room test; for long:
#	make check-torture [SECONDS=600] [SEED=1] [BACKEND=fuse]

TORTURE_SOURCES = \
	tests/torture/torture.h tests/torture/luck.c \
	tests/torture/message.c tests/torture/wait.c tests/torture/life.c \
	tests/torture/reader.c tests/torture/writer.c tests/torture/hand.c \
	tests/torture/round.c tests/torture/watch.c tests/torture/check.c \
	tests/conform/conform.h tests/conform/room.c tests/conform/manage.c \
	tests/conform/call.c tests/conform/traffic.c \
	tests/conform/backend.c tests/conform/backend.h
TORTURE_CPPFLAGS = $(AM_CPPFLAGS) \
	-I$(top_srcdir)/tests/lib -I$(top_srcdir)/tests/conform

check_PROGRAMS += tests/torture/kchat-torture
tests_torture_kchat_torture_SOURCES = $(TORTURE_SOURCES) \
	tests/torture/main.c tests/torture/memory.c
tests_torture_kchat_torture_CPPFLAGS = $(TORTURE_CPPFLAGS)
tests_torture_kchat_torture_CFLAGS = $(AM_CFLAGS) -pthread
tests_torture_kchat_torture_LDFLAGS = $(AM_LDFLAGS) -pthread
tests_torture_kchat_torture_LDADD = tests/lib/libtap.a

# Beside it, those who know nothing of rooms
check_PROGRAMS += tests/torture/kchat-outsider
tests_torture_kchat_outsider_SOURCES = $(TORTURE_SOURCES) \
	tests/torture/outsider.c tests/torture/outsider.h tests/torture/calls.c
tests_torture_kchat_outsider_CPPFLAGS = $(TORTURE_CPPFLAGS)
tests_torture_kchat_outsider_CFLAGS = $(AM_CFLAGS) -pthread
tests_torture_kchat_outsider_LDFLAGS = $(AM_LDFLAGS) -pthread
tests_torture_kchat_outsider_LDADD = tests/lib/libtap.a

ROOM_TESTS += tests/torture/kchat-torture tests/torture/kchat-outsider \
	tests/torture/stress.sh
EXTRA_DIST += tests/torture/stress.sh

SEED =
check-torture: all $(check_PROGRAMS) $(check_DATA)
	KCHAT_TESTS=/torture/ KCHAT_TORTURE_SECONDS=$(SECONDS) KCHAT_TORTURE_SEED=$(SEED) \
		KCHAT_BUILD='$(abs_top_builddir)' KCHAT_CHECK_BACKEND='$(BACKEND)' \
		$(SHELL) $(srcdir)/tests/native.sh | tee tests/torture.log
	! grep -q '^not ok' tests/torture.log

CLEANFILES += tests/torture.log
.PHONY: check-torture
