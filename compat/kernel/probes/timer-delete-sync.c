// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * timer_delete_sync() (6.2, and backports: in 5.10.y and 6.1.y, not between).
 * No pair: many trees have its forerunner del_timer_sync() as well.
 */
#include <linux/timer.h>

int probe(struct timer_list *timer);
int probe(struct timer_list *timer)
{
	return timer_delete_sync(timer);
}
