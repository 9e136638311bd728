# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Tests of the client: its parts by themselves, and kchat in a room.

if BUILD_CLIENT
check_PROGRAMS += tests/client/test-show tests/client/test-lines \
	tests/client/test-view
CLIENT_TESTS = tests/client/test-show tests/client/test-lines \
	tests/client/test-view \
	tests/client/test-doctor.sh tests/client/test-doctor-room.sh
TESTS += $(CLIENT_TESTS)
ROOM_TESTS += tests/client/test-client.sh tests/client/test-join.sh \
	tests/client/test-listen.sh tests/client/test-manage.sh
endif

# From the top, as the engine has a room.h of its own.
tests_client_test_show_SOURCES = tests/client/test-show.c
tests_client_test_show_CPPFLAGS = $(AM_CPPFLAGS) \
	-I$(top_srcdir)/lib -I$(top_srcdir)/tests/lib -I$(top_srcdir)
tests_client_test_show_LDADD = client/libclient.a tests/lib/libtap.a

tests_client_test_lines_SOURCES = tests/client/test-lines.c
tests_client_test_lines_CPPFLAGS = $(tests_client_test_show_CPPFLAGS)
tests_client_test_lines_LDADD = $(tests_client_test_show_LDADD)

tests_client_test_view_SOURCES = tests/client/test-view.c
tests_client_test_view_CPPFLAGS = $(tests_client_test_show_CPPFLAGS)
tests_client_test_view_LDADD = $(tests_client_test_show_LDADD)

EXTRA_DIST += tests/client/doctor-lib.sh tests/client/test-client.sh \
	tests/client/test-doctor.sh tests/client/test-doctor-room.sh \
	tests/client/test-join.sh tests/client/test-listen.sh \
	tests/client/test-manage.sh
