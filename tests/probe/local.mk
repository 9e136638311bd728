# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The probe of kernels: what it says where it must refuse, whether it believes the
# right things, and whether a wrong answer would be noticed. make check-clang: a
# kernel of clang, and the module for it.

TESTS += tests/probe/reasons.sh tests/probe/answers.sh tests/probe/configure.sh \
	tests/probe/shims.sh
EXTRA_DIST += tests/probe/lib.sh tests/probe/reasons.sh tests/probe/answers.sh \
	tests/probe/configure.sh tests/probe/shims.sh tests/probe/clang.sh \
	tests/probe/clang-kernel

check-clang:
	KCHAT_SRC='$(abs_top_srcdir)' bash $(srcdir)/tests/probe/clang.sh

.PHONY: check-clang
