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
ENGINE_UNIT = common/batch.c common/claim.c common/event.c common/hub.c common/member.c \
	common/read.c common/ring.c common/room.c common/user.c common/water.c

check_LIBRARIES += tests/unit/libunit.a
tests_unit_libunit_a_SOURCES = $(ENGINE_UNIT) tests/unit/unit.c tests/unit/unit.h
tests_unit_libunit_a_CPPFLAGS = $(CPPFLAGS_UNIT)
tests_unit_libunit_a_CFLAGS = $(CFLAGS_UNIT)

UNIT_TESTS = tests/unit/test-ring \
	tests/unit/test-hub \
	tests/unit/test-room \
	tests/unit/test-room-wait \
	tests/unit/test-room-lap \
	tests/unit/test-room-random \
	tests/unit/test-records \
	tests/unit/test-echo \
	tests/unit/test-history \
	tests/unit/test-members \
	tests/unit/test-batch \
	tests/unit/test-events \
	tests/unit/test-water \
	tests/unit/test-edges
if BUILD_KCHATD
UNIT_TESTS += tests/unit/test-door tests/unit/test-node
endif
check_PROGRAMS += $(UNIT_TESTS)
TESTS += $(UNIT_TESTS)

# These alone; they need nothing of the machine.
check-unit: $(check_LIBRARIES) $(check_PROGRAMS)
	$(MAKE) check TESTS='$(UNIT_TESTS)'
.PHONY: check-unit

tests_unit_test_ring_SOURCES = tests/unit/test-ring.c
tests_unit_test_ring_CPPFLAGS = $(CPPFLAGS_UNIT)
tests_unit_test_ring_CFLAGS = $(CFLAGS_UNIT)
tests_unit_test_ring_LDFLAGS = $(LDFLAGS_UNIT)
tests_unit_test_ring_LDADD = $(LDADD_UNIT)

tests_unit_test_hub_SOURCES = tests/unit/test-hub.c
tests_unit_test_hub_CPPFLAGS = $(CPPFLAGS_UNIT)
tests_unit_test_hub_CFLAGS = $(CFLAGS_UNIT)
tests_unit_test_hub_LDFLAGS = $(LDFLAGS_UNIT)
tests_unit_test_hub_LDADD = $(LDADD_UNIT)

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

RANDOM_UNIT = tests/unit/test-room-random.c tests/unit/random.h \
	tests/unit/random-model.c tests/unit/random-people.c \
	tests/unit/random-walk.c tests/unit/roll.c tests/unit/roll.h
tests_unit_test_room_random_SOURCES = $(RANDOM_UNIT)
tests_unit_test_room_random_CPPFLAGS = $(CPPFLAGS_UNIT)
tests_unit_test_room_random_CFLAGS = $(CFLAGS_UNIT)
tests_unit_test_room_random_LDFLAGS = $(LDFLAGS_UNIT)
tests_unit_test_room_random_LDADD = $(LDADD_UNIT)

tests_unit_test_records_SOURCES = tests/unit/test-records.c
tests_unit_test_records_CPPFLAGS = $(CPPFLAGS_UNIT)
tests_unit_test_records_CFLAGS = $(CFLAGS_UNIT)
tests_unit_test_records_LDFLAGS = $(LDFLAGS_UNIT)
tests_unit_test_records_LDADD = $(LDADD_UNIT)

tests_unit_test_echo_SOURCES = tests/unit/test-echo.c
tests_unit_test_echo_CPPFLAGS = $(CPPFLAGS_UNIT)
tests_unit_test_echo_CFLAGS = $(CFLAGS_UNIT)
tests_unit_test_echo_LDFLAGS = $(LDFLAGS_UNIT)
tests_unit_test_echo_LDADD = $(LDADD_UNIT)

tests_unit_test_history_SOURCES = tests/unit/test-history.c
tests_unit_test_history_CPPFLAGS = $(CPPFLAGS_UNIT)
tests_unit_test_history_CFLAGS = $(CFLAGS_UNIT)
tests_unit_test_history_LDFLAGS = $(LDFLAGS_UNIT)
tests_unit_test_history_LDADD = $(LDADD_UNIT)

tests_unit_test_members_SOURCES = tests/unit/test-members.c
tests_unit_test_members_CPPFLAGS = $(CPPFLAGS_UNIT)
tests_unit_test_members_CFLAGS = $(CFLAGS_UNIT)
tests_unit_test_members_LDFLAGS = $(LDFLAGS_UNIT)
tests_unit_test_members_LDADD = $(LDADD_UNIT)

tests_unit_test_batch_SOURCES = tests/unit/test-batch.c
tests_unit_test_batch_CPPFLAGS = $(CPPFLAGS_UNIT)
tests_unit_test_batch_CFLAGS = $(CFLAGS_UNIT)
tests_unit_test_batch_LDFLAGS = $(LDFLAGS_UNIT)
tests_unit_test_batch_LDADD = $(LDADD_UNIT)

tests_unit_test_events_SOURCES = tests/unit/test-events.c
tests_unit_test_events_CPPFLAGS = $(CPPFLAGS_UNIT)
tests_unit_test_events_CFLAGS = $(CFLAGS_UNIT)
tests_unit_test_events_LDFLAGS = $(LDFLAGS_UNIT)
tests_unit_test_events_LDADD = $(LDADD_UNIT)

tests_unit_test_water_SOURCES = tests/unit/test-water.c
tests_unit_test_water_CPPFLAGS = $(CPPFLAGS_UNIT)
tests_unit_test_water_CFLAGS = $(CFLAGS_UNIT)
tests_unit_test_water_LDFLAGS = $(LDFLAGS_UNIT)
tests_unit_test_water_LDADD = $(LDADD_UNIT)

tests_unit_test_edges_SOURCES = tests/unit/test-edges.c
tests_unit_test_edges_CPPFLAGS = $(CPPFLAGS_UNIT)
tests_unit_test_edges_CFLAGS = $(CFLAGS_UNIT)
tests_unit_test_edges_LDFLAGS = $(LDFLAGS_UNIT)
tests_unit_test_edges_LDADD = $(LDADD_UNIT)

# The daemon whole, which is compiled to take its requests from the test.
tests_unit_test_door_SOURCES = tests/unit/test-door.c $(DAEMON_SOURCES)
tests_unit_test_door_CPPFLAGS = $(CPPFLAGS_UNIT) -I$(top_srcdir) \
	-Dfuse_session_receive_buf=fake_receive -Dfuse_session_process_buf=fake_process
tests_unit_test_door_CFLAGS = $(CFLAGS_UNIT) $(FUSE3_CFLAGS)
tests_unit_test_door_LDFLAGS = $(LDFLAGS_UNIT)
tests_unit_test_door_LDADD = $(LDADD_UNIT) $(FUSE3_LIBS)

tests_unit_test_node_SOURCES = tests/unit/test-node.c cuse/node.c
tests_unit_test_node_CPPFLAGS = $(CPPFLAGS_UNIT) -I$(top_srcdir) -Dmknod=fake_mknod
# (glibc before 2.33 has mknod() inline, and would not come to ours.)
tests_unit_test_node_CFLAGS = $(CFLAGS_UNIT) -fno-inline
tests_unit_test_node_LDFLAGS = $(LDFLAGS_UNIT)
tests_unit_test_node_LDADD = $(LDADD_UNIT)

# The random test must be able to fail: here the room admits 8 bytes too many,
# and test-broken.sh passes only if the random test says so. The line to break
# is named in full, so that the build stops when the engine no longer has it.
BROKEN_UNIT_LINE = need = room->ring.head + kc_record_size(len) - room->ring.size;
BROKEN_UNIT_INTO = need = room->ring.head + kc_record_size(len) - room->ring.size - 8;

tests/unit/claim-broken.c: common/claim.c tests/unit/local.mk
	$(AM_V_GEN)$(MKDIR_P) tests/unit && \
	n=`grep -cF '$(BROKEN_UNIT_LINE)' $(top_srcdir)/common/claim.c`; \
	if test "$$n" != 1; then \
		echo "tests/unit/local.mk: $$n lines of common/claim.c to break, not 1" >&2; \
		exit 1; \
	fi; \
	sed 's/$(BROKEN_UNIT_LINE)/$(BROKEN_UNIT_INTO)/' \
		$(top_srcdir)/common/claim.c >$@.new && \
	! cmp -s $(top_srcdir)/common/claim.c $@.new && mv $@.new $@

check_PROGRAMS += tests/unit/broken-room
tests_unit_broken_room_SOURCES = $(RANDOM_UNIT)
nodist_tests_unit_broken_room_SOURCES = tests/unit/claim-broken.c
tests_unit_broken_room_CPPFLAGS = $(CPPFLAGS_UNIT)
tests_unit_broken_room_CFLAGS = $(CFLAGS_UNIT)
tests_unit_broken_room_LDFLAGS = $(LDFLAGS_UNIT)
tests_unit_broken_room_LDADD = $(LDADD_UNIT)

TESTS += tests/unit/test-broken.sh
EXTRA_DIST += tests/unit/test-broken.sh
CLEANFILES += tests/unit/claim-broken.c tests/unit/claim-broken.c.new
