// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * node.c - devices and their nodes in /dev
 *
 * A device's type tells devtmpfs the node's owner and permissions. It makes the
 * node as root's, with that mode, and then hands it over; who opens it in between
 * waits, and is asked who he is once more (N3). Numbers go round: that of a node that went is
 * used again as late as possible (N2).
 */
#include "kmod.h"

#include <linux/err.h>
#include <linux/idr.h>
#include <linux/slab.h>

/* The device numbers reserved: the lobby's, the control node's and the rest. */
#define KCHAT_MINORS	4096

static struct class kchat_class = {
	.name = "kchat",
};

static dev_t kchat_devt;
static const char *kchat_directory;
static DEFINE_IDR(kchat_minors);
static DEFINE_MUTEX(kchat_minors_lock);	/* a leaf; protects kchat_minors */

static char *kchat_node_devnode(KCHAT_DEVNODE_CONST struct device *dev,
				umode_t *mode, kuid_t *uid, kgid_t *gid)
{
	KCHAT_DEVNODE_CONST struct kchat_node *node =
		container_of(dev, struct kchat_node, dev);

	/*
	 * When the node is taken away again only its name is asked for. A mode of
	 * 0 would be taken for none, and another be given.
	 */
	if (mode)
		*mode = S_IFCHR | node->mode;
	if (uid)
		*uid = node->uid;
	if (gid)
		*gid = node->gid;
	return NULL;
}

static void kchat_node_release(struct device *dev)
{
	struct kchat_node *node = container_of(dev, struct kchat_node, dev);

	if (node->minor >= 0) {
		mutex_lock(&kchat_minors_lock);
		idr_remove(&kchat_minors, node->minor);
		mutex_unlock(&kchat_minors_lock);
	}
	node->release(node);
}

static const struct device_type kchat_node_type = {
	.name = "node",
	.devnode = kchat_node_devnode,
	.release = kchat_node_release,
};

/* Return: the minor asked for, or the next in turn; or -errno. */
static int kchat_minor_take(struct kchat_node *node, unsigned int minor)
{
	unsigned int end = minor == KCHAT_MINOR_ANY ? KCHAT_MINORS : minor + 1;
	int got;

	mutex_lock(&kchat_minors_lock);
	got = idr_alloc_cyclic(&kchat_minors, node, minor, end, GFP_KERNEL);
	mutex_unlock(&kchat_minors_lock);
	return got;
}

/**
 * kchat_node_create() - a new device; who opens it waits for kchat_node_made()
 * @node: its uid, gid, mode and release() are set
 * @name: of the node
 * @minor: KCHAT_MINOR_*
 * @fops: what can be done with it
 *
 * It is devtmpfs that makes the node, and whoever reads the names of all nodes may
 * keep it waiting.
 *
 * Context: process; may sleep, and shall hold no lock.
 * Return: 0; or -errno, and all the caller may do is kchat_node_made() and
 * kchat_node_put().
 */
int kchat_node_create(struct kchat_node *node, const char *name,
		      unsigned int minor, const struct file_operations *fops)
{
	int err;

	init_completion(&node->made);
	device_initialize(&node->dev);
	node->dev.class = &kchat_class;
	node->dev.type = &kchat_node_type;
	node->minor = kchat_minor_take(node, minor);
	err = node->minor < 0 ? node->minor : 0;
	if (err)
		return err;
	node->dev.devt = MKDEV(MAJOR(kchat_devt), node->minor);
	err = dev_set_name(&node->dev, "%s!%s", kchat_directory, name);
	if (err)
		return err;
	cdev_init(&node->cdev, fops);
	node->cdev.owner = fops->owner;
	return kchat_cdev_device_add(&node->cdev, &node->dev);
}

/**
 * kchat_node_made() - a node is its owner's, or never will be
 * @node: the node
 * @err: what kchat_node_create() said
 */
void kchat_node_made(struct kchat_node *node, int err)
{
	node->failed = err;
	complete_all(&node->made);
}

/**
 * kchat_node_open() - a node is being opened: may it be? (N3)
 * @node: the node
 * @filp: to be a file of it
 *
 * Context: process; waits until the node is its owner's.
 * Return: 0; -EACCES; -ENODEV if there will be no such node, for its number can be
 * opened before; or -ERESTARTSYS to who was killed meanwhile.
 */
int kchat_node_open(struct kchat_node *node, struct file *filp)
{
	int err, mask = 0;

	/* Old kernels count off who waits after complete_all(), down to none. */
	err = completion_done(&node->made) ?
		      0 : wait_for_completion_killable(&node->made);
	if (err)
		return err;
	if (node->failed)
		return -ENODEV;
	if (filp->f_mode & FMODE_READ)
		mask |= MAY_READ;
	if (filp->f_mode & FMODE_WRITE)
		mask |= MAY_WRITE;
	/* Access mode 3 takes both rights, and gives neither. */
	if (!mask)
		mask = MAY_READ | MAY_WRITE;
	return kchat_file_permission(filp, mask);
}

/**
 * kchat_node_put() - give up a node that was not created or is removed
 * @node: the node; it is released, at once or when the last opener leaves
 *
 * Context: process; may sleep.
 */
void kchat_node_put(struct kchat_node *node)
{
	put_device(&node->dev);
}

/**
 * kchat_node_remove() - take a node away
 * @node: the node; who has it open keeps it
 *
 * Context: process; may sleep, and shall hold no lock: devtmpfs may wait here, too.
 */
void kchat_node_remove(struct kchat_node *node)
{
	kchat_cdev_device_del(&node->cdev, &node->dev);
}

/**
 * kchat_nodes_init() - reserve device numbers
 * @directory: folder of all nodes below /dev, there until kchat_nodes_exit()
 *
 * Context: process; may sleep.
 * Return: 0 or -errno.
 */
int kchat_nodes_init(const char *directory)
{
	int err;

	kchat_directory = directory;
	err = alloc_chrdev_region(&kchat_devt, 0, KCHAT_MINORS, "kchat");
	if (err)
		return err;
	err = class_register(&kchat_class);
	if (err)
		unregister_chrdev_region(kchat_devt, KCHAT_MINORS);
	return err;
}

/**
 * kchat_nodes_exit() - give them back, all nodes removed
 */
void kchat_nodes_exit(void)
{
	class_unregister(&kchat_class);
	unregister_chrdev_region(kchat_devt, KCHAT_MINORS);
	idr_destroy(&kchat_minors);
}
