// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* Must not compile: drops const. */
#include <linux/fs.h>

struct file *probe(const struct file *file);
struct file *probe(const struct file *file)
{
	return file;
}
