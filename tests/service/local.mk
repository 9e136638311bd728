# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# kchatd's own life: they start daemons of their own, over the transport under
# test.

ROOM_TESTS += tests/service/life.sh tests/service/refusals.sh tests/service/rooms.sh \
	tests/service/faults.sh tests/service/reconnect.sh
EXTRA_DIST += tests/service/lib.sh tests/service/life.sh \
	tests/service/refusals.sh tests/service/rooms.sh \
	tests/service/faults.sh tests/service/reconnect.sh

# What they start
check_PROGRAMS += tests/service/crowd tests/service/log-reader
tests_service_crowd_SOURCES = tests/service/crowd.c
tests_service_crowd_CFLAGS = $(AM_CFLAGS) -pthread
tests_service_crowd_LDFLAGS = $(AM_LDFLAGS) -pthread
tests_service_log_reader_SOURCES = tests/service/log-reader.c
