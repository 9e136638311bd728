/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * kc_env.h - what the engine needs from the world, for the kernel
 *
 * The other side of compat/user/kc_env.h: the same names, here from the kernel.
 */
#ifndef KC_ENV_H
#define KC_ENV_H

#include <linux/bug.h>
#include <linux/compiler.h>
#include <linux/errno.h>
#include <linux/kernel.h>
#include <linux/list.h>
#include <linux/string.h>
#include <linux/types.h>

/**
 * kc_assert() - a condition that only a bug in the engine can break
 * @cond: what must hold
 *
 * The kernel goes on, as checkpatch asks; tests boot with panic_on_warn.
 */
#define kc_assert(cond) WARN_ON_ONCE(!(cond))

#endif /* KC_ENV_H */
