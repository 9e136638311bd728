# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause

EXTRA_DIST += compat/user/kc_env.h compat/user/kchat_fuse.h compat/user/kchat_kernel.h \
	compat/kernel/probe compat/kernel/probes
