# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# Every test speaks TAP.
#
# A test that stands alone: add it to TESTS (a script's name ends in .sh, a
# program belongs to check_PROGRAMS too).
#
# A test that needs a room: add it to ROOM_TESTS instead, by its path from the
# top. tests/run-backend calls it once for each backend, as its head explains;
# it also runs in the VM, where a script has busybox only.

TEST_EXTENSIONS = .sh
SH_LOG_COMPILER = $(SHELL)
LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
SH_LOG_DRIVER = $(LOG_DRIVER)
AM_TESTS_ENVIRONMENT = KCHAT_BUILD='$(abs_top_builddir)' \
	KCHAT_SRC='$(abs_top_srcdir)' KCHAT_CHECK_BACKEND='$(BACKEND)'; \
	export KCHAT_BUILD KCHAT_SRC KCHAT_CHECK_BACKEND;

ROOM_TESTS =
# How long `make check-torture` and `make check-fuzz` go on
SECONDS = 60
TESTS += tests/dkms.sh tests/house.sh tests/install.sh tests/native.sh
EXTRA_DIST += tests/check-all tests/coverage tests/dkms.sh tests/fold.sh tests/house.sh \
	tests/install.sh tests/limits tests/native.sh tests/rules tests/run-backend \
	tests/pristine.sh tests/tap.sh

include tests/lib/local.mk
include tests/unit/local.mk
include tests/fuzz/local.mk
include tests/spin/local.mk
include tests/conform/local.mk
include tests/differ/local.mk
include tests/regress/local.mk
include tests/hostile/local.mk
include tests/torture/local.mk
include tests/bench/local.mk
include tests/library/local.mk
include tests/ancestors/local.mk
include tests/probe/local.mk
include tests/client/local.mk
include tests/service/local.mk
include tests/vm/local.mk
include tests/static/local.mk
include tests/debug/local.mk

check_DATA = tests/room-tests
CLEANFILES += tests/room-tests
tests/room-tests: Makefile
	$(AM_V_GEN)$(MKDIR_P) tests && \
	for t in $(ROOM_TESTS); do echo $$t; done >$@

# Those that run what is compiled, and not the scripts that build it: for who watches a
# program from within.
RUNNING_TESTS = $(UNIT_TESTS) $(FUZZ_TESTS) $(CLIENT_TESTS) tests/differ/self.sh tests/native.sh

check-coverage:
	KCHAT_SRC='$(abs_top_srcdir)' \
		KCHAT_COVERED_BY='$(RUNNING_TESTS)' \
		$(srcdir)/tests/coverage
.PHONY: check-coverage
