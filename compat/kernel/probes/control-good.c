// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* Must compile: with this tree and compiler, ordinary module code does. */
#include <linux/fs.h>
#include <linux/module.h>
#include <linux/slab.h>

static int probe(struct inode *inode, struct file *file)
{
	file->private_data = kzalloc(sizeof(long), GFP_KERNEL);
	return file->private_data && inode ? 0 : -ENOMEM;
}

const struct file_operations probe_ops = {
	.owner = THIS_MODULE,
	.open = probe,
};
