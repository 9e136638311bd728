# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# make check-static: shellcheck, gcc -fanalyzer, clang-tidy, cppcheck, sparse and
# checkpatch have nothing to say.

EXTRA_DIST += tests/static/checkpatch tests/static/run .clang-tidy tests/.clang-tidy

check-static:
	bash $(srcdir)/tests/static/run static
.PHONY: check-static

clean-local: clean-static
clean-static:
	rm -rf static
.PHONY: clean-static
