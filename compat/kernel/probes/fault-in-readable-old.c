// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* iov_iter_fault_in_readable() gives 0 or -EFAULT. */
#include <linux/uio.h>

int probe(struct iov_iter *from);
int probe(struct iov_iter *from)
{
	return iov_iter_fault_in_readable(from, iov_iter_count(from));
}
