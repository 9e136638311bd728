# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause

EXTRA_DIST += packaging/60-kchat.rules
