// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* file_permission() (5.12; backported to 5.10.y, which has the older way as well). */
#include <linux/fs.h>

int probe(struct file *filp);
int probe(struct file *filp)
{
	return file_permission(filp, MAY_READ);
}
