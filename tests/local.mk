# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Every test speaks TAP. A unit test is a program that stands alone: add it to
# check_PROGRAMS and TESTS. A test that needs a room is a check program that
# tests/run-backend runs.

TEST_EXTENSIONS = .sh
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
SH_LOG_DRIVER = $(LOG_DRIVER)

include tests/lib/local.mk
include tests/unit/local.mk
include tests/conform/local.mk
include tests/ancestors/local.mk
include tests/client/local.mk
include tests/service/local.mk
include tests/vm/local.mk
