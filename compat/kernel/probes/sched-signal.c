// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* signal_pending() has a header of its own (4.11); before, linux/sched.h. */
#include <linux/sched/signal.h>

int probe(struct task_struct *task);
int probe(struct task_struct *task)
{
	return signal_pending(task);
}
