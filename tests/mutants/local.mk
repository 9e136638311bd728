# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# make check-mutants: break kchat on purpose; the tests must notice. Takes some
# minutes, so it is not part of `make check`.

MUTANTS = \
	tests/mutants/any-name-is-a-room.patch \
	tests/mutants/anybody-laps.patch \
	tests/mutants/batch-half-refused.patch \
	tests/mutants/batch-overtakes.patch \
	tests/mutants/client-lines-of-others.patch \
	tests/mutants/clock-for-nobody.patch \
	tests/mutants/clock-forgets-pollers.patch \
	tests/mutants/clock-not-watched.patch \
	tests/mutants/continuation-is-a-message.patch \
	tests/mutants/continuation-waits.patch \
	tests/mutants/dead-are-named.patch \
	tests/mutants/drained-for-ever.patch \
	tests/mutants/ended-room-is-opened.patch \
	tests/mutants/event-late.patch \
	tests/mutants/half-a-structure.patch \
	tests/mutants/handle-leaked.patch \
	tests/mutants/history-claims.patch \
	tests/mutants/history-one-too-far.patch \
	tests/mutants/interrupted-is-published.patch \
	tests/mutants/lap-takes-all.patch \
	tests/mutants/lapped-at-once.patch \
	tests/mutants/lapped-claims-on.patch \
	tests/mutants/last-come-first.patch \
	tests/mutants/leaver-claims.patch \
	tests/mutants/library-first-page.patch \
	tests/mutants/library-loss-told-twice.patch \
	tests/mutants/library-opens-first.patch \
	tests/mutants/library-signal-ends-send.patch \
	tests/mutants/library-trusts-length.patch \
	tests/mutants/line-stands-still.patch \
	tests/mutants/long-write-lies.patch \
	tests/mutants/long-write-refused.patch \
	tests/mutants/loss-off-by-one.patch \
	tests/mutants/lossy-claims-on.patch \
	tests/mutants/missed-not-counted.patch \
	tests/mutants/mode-not-enforced.patch \
	tests/mutants/no-edge-when-ready.patch \
	tests/mutants/nobody-called.patch \
	tests/mutants/node-open-to-all.patch \
	tests/mutants/nonblock-waits.patch \
	tests/mutants/number-is-the-room.patch \
	tests/mutants/one-byte-parked-too-many.patch \
	tests/mutants/one-is-lapped.patch \
	tests/mutants/one-message-a-read.patch \
	tests/mutants/one-opener-too-many.patch \
	tests/mutants/one-room-too-many.patch \
	tests/mutants/overtake.patch \
	tests/mutants/overwrite-unread.patch \
	tests/mutants/own-holds-back.patch \
	tests/mutants/own-is-claimed-ahead.patch \
	tests/mutants/own-is-lost.patch \
	tests/mutants/owner-that-was.patch \
	tests/mutants/parked-for-ever.patch \
	tests/mutants/parked-is-charged-on.patch \
	tests/mutants/pollers-sleep-on.patch \
	tests/mutants/pollout-beside-queue.patch \
	tests/mutants/pollout-for-readers.patch \
	tests/mutants/position-overflow.patch \
	tests/mutants/quota-says-full.patch \
	tests/mutants/reader-left-parked.patch \
	tests/mutants/reader-locks-file.patch \
	tests/mutants/readers-sleep-on.patch \
	tests/mutants/refusal-forgotten.patch \
	tests/mutants/release-wakes-nobody.patch \
	tests/mutants/removed-is-free.patch \
	tests/mutants/rest-of-message-lost.patch \
	tests/mutants/rooms-for-others.patch \
	tests/mutants/same-bytes-twice.patch \
	tests/mutants/second-piece.patch \
	tests/mutants/select-sleeps-on.patch \
	tests/mutants/sender-deaf.patch \
	tests/mutants/signals-ignored.patch \
	tests/mutants/small-buffer-eats-record.patch \
	tests/mutants/start-at-tail.patch \
	tests/mutants/strangers-remove.patch \
	tests/mutants/terminal-obeys.patch \
	tests/mutants/thread-is-sender.patch \
	tests/mutants/tick-tells-process.patch \
	tests/mutants/water-after-the-end.patch \
	tests/mutants/water-for-ever.patch \
	tests/mutants/water-holds-writers.patch \
	tests/mutants/weeks-go-round.patch \
	tests/mutants/writer-is-sender.patch \
	tests/mutants/writers-claim.patch
EXTRA_DIST += tests/mutants/run $(MUTANTS)

check-mutants:
	KCHAT_SRC='$(abs_top_srcdir)' $(SHELL) $(srcdir)/tests/mutants/run

.PHONY: check-mutants

# Mechanical ones of common/: a quarter of an hour on two cores. The unit tests alone
# have to notice.
EXTRA_DIST += tests/mutants/mechanical/mutate.awk tests/mutants/mechanical/run \
	tests/mutants/mechanical/survivors
check-mutants-mechanical:
	KCHAT_SRC='$(abs_top_srcdir)' $(srcdir)/tests/mutants/mechanical/run
.PHONY: check-mutants-mechanical

# The module, broken: a boot for each, in a kernel of Debian's or in one that watches
# itself (tests/debug). Half an hour.
KMOD_MUTANTS = \
	tests/mutants/kmod/call-forgotten-late.patch \
	tests/mutants/kmod/failed-load-stays.patch \
	tests/mutants/kmod/failed-room-stays.patch \
	tests/mutants/kmod/fault-costs-history.patch \
	tests/mutants/kmod/faults-under-lock.patch \
	tests/mutants/kmod/file-used-after-free.patch \
	tests/mutants/kmod/lock-order.patch \
	tests/mutants/kmod/making-is-removed.patch \
	tests/mutants/kmod/memory-under-lock.patch \
	tests/mutants/kmod/mode-of-none.patch \
	tests/mutants/kmod/no-restart.patch \
	tests/mutants/kmod/node-under-lock.patch \
	tests/mutants/kmod/nowait-takes-all.patch \
	tests/mutants/kmod/one-is-woken.patch \
	tests/mutants/kmod/overtaken-copy-counts.patch \
	tests/mutants/kmod/poller-joins-no-queue.patch \
	tests/mutants/kmod/reader-looks-first.patch \
	tests/mutants/kmod/refused-opener-leaked.patch \
	tests/mutants/kmod/ring-overrun.patch \
	tests/mutants/kmod/room-leaked.patch \
	tests/mutants/kmod/served-and-interrupted.patch \
	tests/mutants/kmod/sleeps-under-spinlock.patch \
	tests/mutants/kmod/torn-is-published.patch \
	tests/mutants/kmod/torn-record.patch \
	tests/mutants/kmod/uncounted-users.patch \
	tests/mutants/kmod/user-stays-charged.patch
EXTRA_DIST += tests/mutants/kmod/run $(KMOD_MUTANTS)
check-mutants-kmod:
	bash $(srcdir)/tests/mutants/kmod/run $(srcdir) vm/mutants
.PHONY: check-mutants-kmod
