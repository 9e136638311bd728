// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* Must not compile: a declaration without a type. */
#include <linux/kernel.h>

extern probe_without_type;
