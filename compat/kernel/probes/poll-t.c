// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* Poll events have a type of their own, __poll_t (4.16). */
#include <linux/poll.h>

__poll_t probe(struct file *file, poll_table *wait);
__poll_t probe(struct file *file, poll_table *wait)
{
	return file && wait ? EPOLLIN : EPOLLOUT;
}
