# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# kchat-conform: the contract as a program. It needs a room, so it is no test
# by itself: tests/run-backend brings one up and runs it.

check_PROGRAMS += tests/conform/kchat-conform
CONFORM_SOURCES = \
	tests/conform/conform.h tests/conform/main.c tests/conform/room.c \
	tests/conform/backend.c tests/conform/backend.h \
	tests/conform/call.c tests/conform/traffic.c \
	tests/conform/names.c tests/conform/messages.c \
	tests/conform/faults.c tests/conform/reading.c \
	tests/conform/records.c tests/conform/options.c \
	tests/conform/echo.c tests/conform/history.c \
	tests/conform/members.c tests/conform/batch.c \
	tests/conform/events.c tests/conform/water.c \
	tests/conform/sharing.c tests/conform/queue.c \
	tests/conform/signals.c tests/conform/polling.c \
	tests/conform/wakeups.c tests/conform/lifetime.c \
	tests/conform/manage.c tests/conform/rooms.c \
	tests/conform/removal.c tests/conform/limits.c \
	tests/conform/patience.c tests/conform/losses.c \
	tests/conform/senders.c
tests_conform_kchat_conform_SOURCES = $(CONFORM_SOURCES)
tests_conform_kchat_conform_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/lib
tests_conform_kchat_conform_CFLAGS = $(AM_CFLAGS) -pthread
tests_conform_kchat_conform_LDFLAGS = $(AM_LDFLAGS) -pthread
tests_conform_kchat_conform_LDADD = tests/lib/libtap.a

ROOM_TESTS += tests/conform/kchat-conform

# The same as a program of 32 bits, for what has structures: requests, records
# and the control node. Where it cannot be built the script says so.
if COMPAT_CLIENT
check_PROGRAMS += tests/conform/kchat-conform32
endif
tests_conform_kchat_conform32_SOURCES = $(CONFORM_SOURCES) $(TAP_SOURCES)
tests_conform_kchat_conform32_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/lib \
	-D_FILE_OFFSET_BITS=64
tests_conform_kchat_conform32_CFLAGS = $(AM_CFLAGS) -pthread -m32
tests_conform_kchat_conform32_LDFLAGS = $(AM_LDFLAGS) -pthread -m32 -static

ROOM_TESTS += tests/conform/compat.sh
EXTRA_DIST += tests/conform/compat.sh

# What some of its tests start
check_PROGRAMS += tests/conform/speaker
tests_conform_speaker_SOURCES = tests/conform/speaker.c

# Who tests the tests
include tests/mutants/local.mk
