# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The harness every TAP program in C links: LDADD tests/lib/libtap.a, with
# -I$(top_srcdir)/tests/lib to find tap.h. Its own test breaks it on purpose.

check_LIBRARIES += tests/lib/libtap.a
TAP_SOURCES = tests/lib/tap.c tests/lib/tap.h \
	tests/lib/runner.c tests/lib/runner.h tests/lib/said.c \
	tests/lib/klog.c tests/lib/proc.c tests/lib/proc.h
tests_lib_libtap_a_SOURCES = $(TAP_SOURCES)

check_PROGRAMS += tests/lib/tap-sample
tests_lib_tap_sample_SOURCES = tests/lib/tap-sample.c
tests_lib_tap_sample_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/lib
tests_lib_tap_sample_LDADD = tests/lib/libtap.a
tests_lib_tap_sample_LDFLAGS = $(AM_LDFLAGS) -pthread

TESTS += tests/lib/tap-test.sh
EXTRA_DIST += tests/lib/tap-test.sh
