/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * node.h - is this file a room?
 *
 * Asked before the file is opened: to open a FIFO may wait for ever, to open a
 * device may set something off.
 */
#ifndef KCHAT_NODE_H
#define KCHAT_NODE_H

#include <sys/stat.h>

/**
 * node_judge - is this file a room?
 * @st: what fstat(2) says about it; a descriptor opened with O_PATH will do
 *
 * Return: NULL if it is, else what it is instead ("a directory")
 */
const char *node_judge(const struct stat *st);

#endif /* KCHAT_NODE_H */
