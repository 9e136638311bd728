// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* The smallest module: proves that modpost and the linker work here. */
#include <linux/module.h>

MODULE_DESCRIPTION("kchat configure check");
MODULE_LICENSE("Dual BSD/GPL");
