/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * node.h - device nodes
 */
#ifndef KCHATD_NODE_H
#define KCHATD_NODE_H

#include "site.h"

/**
 * struct node - a device's node, and whose it is
 * @directory: absolute path of its directory
 * @name: its name there
 * @mode: its permissions
 * @uid: its owner
 * @gid: its group
 */
struct node {
	const char *directory;
	const char *name;
	mode_t mode;
	uid_t uid;
	gid_t gid;
};

int nodes_clear(const struct site *site, struct reason *ret_why);
int node_make(const struct node *node, dev_t device, struct reason *ret_why);

#endif /* KCHATD_NODE_H */
