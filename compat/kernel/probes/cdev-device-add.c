// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/* cdev_device_add() and cdev_device_del() (4.12). */
#include <linux/cdev.h>
#include <linux/device.h>

int probe(struct cdev *cdev, struct device *dev);
int probe(struct cdev *cdev, struct device *dev)
{
	cdev_device_del(cdev, dev);
	return cdev_device_add(cdev, dev);
}
