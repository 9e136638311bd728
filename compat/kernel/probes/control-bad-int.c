// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* Must not compile: a number where a pointer belongs. */
#include <linux/fs.h>

struct file *probe(long number);
struct file *probe(long number)
{
	return number;
}
