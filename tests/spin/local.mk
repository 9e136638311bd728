# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# make check-spin: the model of waiting, in all its interleavings. Takes a minute
# or two, and spin (Debian: spin).

EXTRA_DIST += tests/spin/check tests/spin/room.pml tests/spin/engine.pml \
	tests/spin/wake.pml tests/spin/reader.pml tests/spin/writer.pml

check-spin:
	KCHAT_SRC='$(abs_top_srcdir)' $(srcdir)/tests/spin/check

.PHONY: check-spin
