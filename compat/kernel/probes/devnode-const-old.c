// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* struct device_type's devnode takes a device it might change. */
#include <linux/device.h>

static char *probe(struct device *dev, umode_t *mode, kuid_t *uid, kgid_t *gid)
{
	return dev && mode && uid && gid ? NULL : "";
}

const struct device_type probe_type = {
	.devnode = probe,
};
