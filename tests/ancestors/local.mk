# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Programs and scripts that know nothing of kchat and use its rooms as they
# used the ancestors' nodes.

check_PROGRAMS += tests/ancestors/chatter tests/ancestors/liner
tests_ancestors_chatter_SOURCES = tests/ancestors/chatter.c
tests_ancestors_liner_SOURCES = tests/ancestors/liner.c

ROOM_TESTS += tests/ancestors/tools.sh tests/ancestors/chat.sh \
	tests/ancestors/everybody.sh
EXTRA_DIST += tests/ancestors/lib.sh tests/ancestors/tools.sh \
	tests/ancestors/chat.sh tests/ancestors/everybody.sh
