# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The engine's own tests. They compile the engine again, always with the
# sanitizers where the compiler has them, and need no room, no root, no kernel.

# Asked only when something here is compiled or linked
SANITIZE_UNIT_TRY = -fsanitize=address,undefined -fno-sanitize-recover=all
SANITIZE_UNIT = $(shell d=`mktemp -d` && echo 'int main(void){return 0;}' >$$d/t.c && \
	$(CC) $(SANITIZE_UNIT_TRY) -o $$d/t $$d/t.c 2>/dev/null && $$d/t && \
	echo '$(SANITIZE_UNIT_TRY)'; rm -rf $$d)
CPPFLAGS_UNIT = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/lib -I$(top_srcdir)/tests/unit
CFLAGS_UNIT = $(AM_CFLAGS) $(SANITIZE_UNIT) -fno-omit-frame-pointer
LDFLAGS_UNIT = $(AM_LDFLAGS) $(SANITIZE_UNIT)
LDADD_UNIT = tests/unit/libunit.a tests/lib/libtap.a
ENGINE_UNIT = common/ring.c common/room.c

check_LIBRARIES += tests/unit/libunit.a
tests_unit_libunit_a_SOURCES = $(ENGINE_UNIT) tests/unit/unit.c tests/unit/unit.h
tests_unit_libunit_a_CPPFLAGS = $(CPPFLAGS_UNIT)
tests_unit_libunit_a_CFLAGS = $(CFLAGS_UNIT)

UNIT_TESTS = tests/unit/test-ring \
	tests/unit/test-room \
	tests/unit/test-room-wait \
	tests/unit/test-room-lap
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)

tests_unit_test_ring_SOURCES = tests/unit/test-ring.c
tests_unit_test_ring_CPPFLAGS = $(CPPFLAGS_UNIT)
tests_unit_test_ring_CFLAGS = $(CFLAGS_UNIT)
tests_unit_test_ring_LDFLAGS = $(LDFLAGS_UNIT)
tests_unit_test_ring_LDADD = $(LDADD_UNIT)

tests_unit_test_room_SOURCES = tests/unit/test-room.c
tests_unit_test_room_CPPFLAGS = $(CPPFLAGS_UNIT)
tests_unit_test_room_CFLAGS = $(CFLAGS_UNIT)
tests_unit_test_room_LDFLAGS = $(LDFLAGS_UNIT)
tests_unit_test_room_LDADD = $(LDADD_UNIT)

tests_unit_test_room_wait_SOURCES = tests/unit/test-room-wait.c
tests_unit_test_room_wait_CPPFLAGS = $(CPPFLAGS_UNIT)
tests_unit_test_room_wait_CFLAGS = $(CFLAGS_UNIT)
tests_unit_test_room_wait_LDFLAGS = $(LDFLAGS_UNIT)
tests_unit_test_room_wait_LDADD = $(LDADD_UNIT)

tests_unit_test_room_lap_SOURCES = tests/unit/test-room-lap.c
tests_unit_test_room_lap_CPPFLAGS = $(CPPFLAGS_UNIT)
tests_unit_test_room_lap_CFLAGS = $(CFLAGS_UNIT)
tests_unit_test_room_lap_LDFLAGS = $(LDFLAGS_UNIT)
tests_unit_test_room_lap_LDADD = $(LDADD_UNIT)
