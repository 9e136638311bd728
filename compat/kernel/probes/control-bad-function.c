// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* Must not compile: calls what nobody declared. */
#include <linux/kernel.h>

int probe(void)
{
	return kchat_there_is_no_such_function();
}
