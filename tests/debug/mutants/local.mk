# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# make check-debug-mutants: break the module on purpose; the debug kernels must
# notice. A boot for each.

DEBUG_MUTANTS = \
	tests/debug/mutants/failed-load-stays.patch \
	tests/debug/mutants/failed-room-stays.patch \
	tests/debug/mutants/file-used-after-free.patch \
	tests/debug/mutants/lock-order.patch \
	tests/debug/mutants/read-without-lock.patch \
	tests/debug/mutants/refused-opener-leaked.patch \
	tests/debug/mutants/ring-overrun.patch \
	tests/debug/mutants/room-leaked.patch \
	tests/debug/mutants/sleeps-under-spinlock.patch \
	tests/debug/mutants/torn-is-published.patch \
	tests/debug/mutants/torn-record.patch \
	tests/debug/mutants/uncounted-users.patch
EXTRA_DIST += tests/debug/mutants/run $(DEBUG_MUTANTS)

check-debug-mutants:
	bash $(srcdir)/tests/debug/mutants/run $(srcdir) vm/debug-mutants

.PHONY: check-debug-mutants
