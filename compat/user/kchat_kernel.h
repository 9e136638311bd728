/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * kchat_kernel.h - what differs between kernels and no call can ask for
 *
 * For the tests: a few old kernels cannot do what a rule says, whatever the
 * backend. Each difference has a name of its own here, and nobody else looks at
 * the kernel's version.
 */
#ifndef KCHAT_KERNEL_H
#define KCHAT_KERNEL_H

#include <stdbool.h>
#include <stdio.h>
#include <sys/utsname.h>

static inline bool kchat_kernel_before(int major, int minor)
{
	int is_major = 0, is_minor = 0;
	struct utsname name;

	if (uname(&name) ||
	    sscanf(name.release, "%d.%d", &is_major, &is_minor) != 2)
		return false;
	return is_major < major || (is_major == major && is_minor < minor);
}

/**
 * kchat_knows_rwf_nowait() - does the kernel know RWF_NOWAIT?
 *
 * An unknown flag and a file that does not support it give the same error.
 *
 * Return: true from 4.14 on.
 */
static inline bool kchat_knows_rwf_nowait(void)
{
	return !kchat_kernel_before(4, 14);
}

/**
 * kchat_refuses_half_mapped() - does FUSE refuse a buffer that ends in unmapped
 * memory as a whole?
 *
 * Return: true before 4.9 (seen in 4.4, not in 4.9): there D3 does not hold.
 */
static inline bool kchat_refuses_half_mapped(void)
{
	return kchat_kernel_before(4, 9);
}

#endif /* KCHAT_KERNEL_H */
