# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The manual: each page is named here by whoever owns what it describes.

dist_man_MANS += man/kchat.4 man/libkchat.3

if BUILD_CLIENT
dist_man_MANS += man/kchat.1
endif

if BUILD_KCHATD
dist_man_MANS += man/kchatd.8
endif
