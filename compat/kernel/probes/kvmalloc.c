// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* kvmalloc() (4.12); its counterpart kvfree() is older. */
#include <linux/mm.h>
#include <linux/slab.h>

void *probe(size_t size);
void *probe(size_t size)
{
	return kvmalloc(size, GFP_KERNEL);
}
