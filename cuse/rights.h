/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * rights.h - what the daemon does not need, it gives up
 */
#ifndef KCHAT_RIGHTS_H
#define KCHAT_RIGHTS_H

void rights_disinherit(void);
void rights_give_up(void);

#endif /* KCHAT_RIGHTS_H */
