// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* Must not compile: an operation of another type. */
#include <linux/fs.h>

static int probe(const char *wrong)
{
	return wrong ? 0 : 1;
}

const struct file_operations probe_ops = {
	.open = probe,
};
