// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* fault_in_iov_iter_readable() gives the bytes it could not reach (5.16). */
#include <linux/uio.h>

size_t probe(struct iov_iter *from);
size_t probe(struct iov_iter *from)
{
	return fault_in_iov_iter_readable(from, iov_iter_count(from));
}
