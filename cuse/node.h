/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * node.h - device nodes
 */
#ifndef KCHATD_NODE_H
#define KCHATD_NODE_H

#include "site.h"

int node_clear(const struct site *site, struct reason *ret_why);
int node_make(const struct site *site, dev_t device, struct reason *ret_why);

#endif /* KCHATD_NODE_H */
