# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# kchatd's own life: they start daemons of their own, over the transport under
# test.

ROOM_TESTS += tests/service/life.sh tests/service/refusals.sh tests/service/rooms.sh
EXTRA_DIST += tests/service/lib.sh tests/service/life.sh \
	tests/service/refusals.sh tests/service/rooms.sh
