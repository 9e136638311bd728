# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Fuzz targets (fuzz.h). `make check` replays the inputs in corpus/, with any
# compiler. `make check-fuzz SECONDS=N` has libFuzzer of clang look for new ones:
# N seconds each, with those it finds left in fuzz/ of the build tree.

FUZZ_TESTS = tests/fuzz/fuzz-room tests/fuzz/fuzz-hub
if BUILD_CLIENT
FUZZ_TESTS += tests/fuzz/fuzz-client
endif
if BUILD_KCHATD
FUZZ_TESTS += tests/fuzz/fuzz-daemon
endif
check_PROGRAMS += $(FUZZ_TESTS)
TESTS += $(FUZZ_TESTS)
EXTRA_DIST += tests/fuzz/run tests/fuzz/corpus

CPPFLAGS_FUZZ = $(CPPFLAGS_UNIT) -I$(top_srcdir)/tests/fuzz -I$(top_srcdir)/lib -I$(top_srcdir)

FUZZ_REPLAY = tests/fuzz/replay.c tests/fuzz/fuzz.h

FUZZ_ROOM = tests/fuzz/fuzz-room.c tests/unit/random-model.c \
	tests/unit/random-people.c tests/unit/random-walk.c \
	tests/unit/roll.c tests/unit/unit.c
tests_fuzz_fuzz_room_SOURCES = $(FUZZ_ROOM) $(FUZZ_REPLAY)
tests_fuzz_fuzz_room_CPPFLAGS = $(CPPFLAGS_FUZZ)
tests_fuzz_fuzz_room_CFLAGS = $(CFLAGS_UNIT)
tests_fuzz_fuzz_room_LDFLAGS = $(LDFLAGS_UNIT)
tests_fuzz_fuzz_room_LDADD = $(LDADD_UNIT)

FUZZ_HUB = tests/fuzz/fuzz-hub.c tests/fuzz/fuzz-user.c tests/unit/roll.c
tests_fuzz_fuzz_hub_SOURCES = $(FUZZ_HUB) tests/fuzz/fuzz-hub.h $(FUZZ_REPLAY)
tests_fuzz_fuzz_hub_CPPFLAGS = $(CPPFLAGS_FUZZ)
tests_fuzz_fuzz_hub_CFLAGS = $(CFLAGS_UNIT)
tests_fuzz_fuzz_hub_LDFLAGS = $(LDFLAGS_UNIT)
tests_fuzz_fuzz_hub_LDADD = $(LDADD_UNIT)

# What these test is compiled to call read(2), ioctl(2) and the clock of theirs.
FAKE_CLIENT = lib/room.c client/show.c client/users.c client/view.c
FUZZ_CLIENT = tests/fuzz/fuzz-client.c tests/unit/roll.c
tests_fuzz_fuzz_client_SOURCES = $(FUZZ_CLIENT) $(FUZZ_REPLAY)
tests_fuzz_fuzz_client_CPPFLAGS = $(CPPFLAGS_FUZZ)
tests_fuzz_fuzz_client_CFLAGS = $(CFLAGS_UNIT)
tests_fuzz_fuzz_client_LDFLAGS = $(LDFLAGS_UNIT)
tests_fuzz_fuzz_client_LDADD = tests/fuzz/libclient.a $(LDADD_UNIT)

FAKE_DAEMON = cuse/asker.c cuse/control.c cuse/host.c cuse/identity.c \
	cuse/opener.c cuse/park.c cuse/rooms.c
FUZZ_DAEMON = tests/fuzz/fuzz-daemon.c tests/fuzz/fuzz-daemon-check.c \
	tests/fuzz/fake-fuse.c tests/unit/roll.c
tests_fuzz_fuzz_daemon_SOURCES = $(FUZZ_DAEMON) tests/fuzz/fake-fuse.h \
	tests/fuzz/fuzz-daemon.h $(FUZZ_REPLAY)
tests_fuzz_fuzz_daemon_CPPFLAGS = $(CPPFLAGS_FUZZ)
tests_fuzz_fuzz_daemon_CFLAGS = $(CFLAGS_UNIT) $(FUSE3_CFLAGS)
tests_fuzz_fuzz_daemon_LDFLAGS = $(LDFLAGS_UNIT)
tests_fuzz_fuzz_daemon_LDADD = tests/fuzz/libdaemon.a $(LDADD_UNIT)

if BUILD_CLIENT
check_LIBRARIES += tests/fuzz/libclient.a
endif
tests_fuzz_libclient_a_SOURCES = $(FAKE_CLIENT)
tests_fuzz_libclient_a_CPPFLAGS = $(CPPFLAGS_FUZZ) -Dread=fake_read -Dioctl=fake_ioctl
tests_fuzz_libclient_a_CFLAGS = $(CFLAGS_UNIT)

if BUILD_KCHATD
check_LIBRARIES += tests/fuzz/libdaemon.a
endif
tests_fuzz_libdaemon_a_SOURCES = $(FAKE_DAEMON)
tests_fuzz_libdaemon_a_CPPFLAGS = $(CPPFLAGS_FUZZ) -Dclock_gettime=fake_clock_gettime
tests_fuzz_libdaemon_a_CFLAGS = $(CFLAGS_UNIT) $(FUSE3_CFLAGS)

# How long for each target
check-fuzz:
	KCHAT_SRC='$(abs_top_srcdir)' KCHAT_BUILD='$(abs_top_builddir)' \
		$(srcdir)/tests/fuzz/run $(SECONDS) \
		'room $(FUZZ_ROOM) $(ENGINE_UNIT)' \
		'hub $(FUZZ_HUB) $(ENGINE_UNIT)' \
		'client $(FUZZ_CLIENT) $(FAKE_CLIENT)' \
		'daemon $(FUZZ_DAEMON) $(FAKE_DAEMON) $(ENGINE_UNIT)'

.PHONY: check-fuzz
