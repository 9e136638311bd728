# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# kchat-bench: a room beside what people use instead. Among the tests it is short, and only
# proves that it works; to learn how fast:
#	make bench [BACKEND=fuse] [READERS=1,4,16,64] [BYTES=16,256,4096] [ROUNDS=7] [MS=300]

check_PROGRAMS += tests/bench/kchat-bench
tests_bench_kchat_bench_SOURCES = tests/bench/bench.h tests/bench/main.c \
	tests/bench/run.c tests/bench/ways.c
tests_bench_kchat_bench_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/tests/lib
tests_bench_kchat_bench_LDADD = tests/lib/libtap.a

ROOM_TESTS += tests/bench/kchat-bench

READERS = 1,4,16,64
BYTES = 16,256,4096
ROUNDS = 7
MS = 300
bench: all $(check_PROGRAMS) $(check_DATA)
	KCHAT_TESTS=/bench/ KCHAT_BENCH_READERS=$(READERS) KCHAT_BENCH_BYTES=$(BYTES) \
		KCHAT_BENCH_ROUNDS=$(ROUNDS) KCHAT_BENCH_MS=$(MS) \
		KCHAT_BUILD='$(abs_top_builddir)' KCHAT_CHECK_BACKEND='$(BACKEND)' \
		$(SHELL) $(srcdir)/tests/native.sh | tee tests/bench.log
	! grep -q '^not ok' tests/bench.log

CLEANFILES += tests/bench.log
.PHONY: bench
