// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * control.c - the node by which rooms are made, changed, removed and listed (C1)
 *
 * Who may open it may manage, for himself. Who asks is who opened it, whoever
 * holds the file now (as S1 has it for messages): his credentials decide, and
 * are put on for that.
 */
#include "kmod.h"

#include <linux/capability.h>
#include <linux/cred.h>
#include <linux/err.h>
#include <linux/module.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>

static struct kchat_node *kchat_control;
static bool kchat_control_ready;

static void kchat_control_release(struct kchat_node *node)
{
	kfree(node);
}

/* Ids as the opener wrote them, to those of the first namespace. */
static int kchat_spec_map(const struct cred *cred, struct kchat_spec *spec)
{
	kuid_t uid = spec->uid == KCHAT_SELF ?
			     cred->fsuid : make_kuid(cred->user_ns, spec->uid);
	kgid_t gid = spec->gid == KCHAT_SELF ?
			     cred->fsgid : make_kgid(cred->user_ns, spec->gid);

	if (!uid_valid(uid) || !gid_valid(gid))
		return -EINVAL;
	spec->uid = from_kuid(&init_user_ns, uid);
	spec->gid = from_kgid(&init_user_ns, gid);
	return 0;
}

/* And back, as whoever asks may see them. */
static void kchat_spec_unmap(struct kchat_spec *spec)
{
	struct user_namespace *ns = current_user_ns();

	spec->uid = from_kuid_munged(ns, make_kuid(&init_user_ns, spec->uid));
	spec->gid = from_kgid_munged(ns, make_kgid(&init_user_ns, spec->gid));
}

/* What the opener of a file may do about a room of group @gid. */
static void kchat_asker(const struct cred *cred, u32 gid,
			struct kc_asker *ret_asker)
{
	const struct cred *old = override_creds(cred);

	ret_asker->uid = from_kuid(&init_user_ns, cred->fsuid);
	ret_asker->gid = from_kgid(&init_user_ns, cred->fsgid);
	ret_asker->root = capable(CAP_FOWNER);
	ret_asker->chown = capable(CAP_CHOWN);
	ret_asker->in_group = in_group_p(make_kgid(&init_user_ns, gid));
	revert_creds(old);
}

static long kchat_control_create(const struct cred *cred,
				 struct kchat_spec *spec)
{
	struct kc_asker asker;
	int err;

	err = kchat_spec_map(cred, spec);
	if (err)
		return err;
	kchat_asker(cred, spec->gid, &asker);
	return kchat_hub_create(&asker, spec);
}

static long kchat_control_spec(struct file *filp, unsigned int request,
			       const void __user *from)
{
	struct kchat_spec spec;
	struct kc_asker asker;

	if (copy_from_user(&spec, from, sizeof(spec)))
		return -EFAULT;
	if (!(filp->f_mode & FMODE_WRITE))
		return -EBADF;
	if (request == KCHAT_CREATE)
		return kchat_control_create(filp->f_cred, &spec);
	kchat_asker(filp->f_cred, 0, &asker);
	if (request == KCHAT_REMOVE)
		return kchat_hub_remove(&asker, &spec);
	return kchat_hub_change(&asker, &spec);
}

static long kchat_control_list(void __user *user)
{
	struct kchat_list *list;
	long err = 0;
	u32 i;

	list = kzalloc(sizeof(*list), GFP_KERNEL);
	if (!list)
		return -ENOMEM;
	if (copy_from_user(list, user, offsetof(struct kchat_list, room))) {
		err = -EFAULT;
		goto free_list;
	}
	if (list->reserved) {
		err = -EINVAL;
		goto free_list;
	}
	kchat_hub_list(list);
	for (i = 0; i < list->n; i++)
		kchat_spec_unmap(&list->room[i]);
	if (copy_to_user(user, list, sizeof(*list)))
		err = -EFAULT;
free_list:
	kfree(list);
	return err;
}

static long kchat_control_ioctl(struct file *filp, unsigned int request,
				unsigned long arg)
{
	void __user *user = (void __user *)arg;

	switch (request) {
	case KCHAT_CREATE:
	case KCHAT_REMOVE:
	case KCHAT_CHANGE:
		return kchat_control_spec(filp, request, user);
	case KCHAT_LIST:
		return kchat_control_list(user);
	}
	return -ENOTTY;
}

static long kchat_control_compat_ioctl(struct file *filp, unsigned int request,
				       unsigned long arg)
{
	return kchat_control_ioctl(filp, request, kchat_compat_arg(arg));
}

/*
 * While the module is being loaded, which can still fail, nobody may have a file
 * of it open.
 */
static int kchat_control_open(struct inode *inode, struct file *filp)
{
	struct kchat_node *node = container_of(inode->i_cdev,
					       struct kchat_node, cdev);

	if (!READ_ONCE(kchat_control_ready))
		return -ENODEV;
	return kchat_node_open(node, filp);
}

/* It is not read and not written: those fail with EINVAL. */
const struct file_operations kchat_control_fops = {
	.owner = THIS_MODULE,
	.llseek = noop_llseek,
	.open = kchat_control_open,
	.unlocked_ioctl = kchat_control_ioctl,
	.compat_ioctl = kchat_control_compat_ioctl,
};

/**
 * kchat_control_open_up() - the module is loaded: let rooms be managed
 */
void kchat_control_open_up(void)
{
	WRITE_ONCE(kchat_control_ready, true);
}

/**
 * kchat_control_init() - make the control node, which nobody can open yet
 * @uid: its owner
 * @gid: its group
 * @mode: its permissions
 *
 * Context: process; may sleep.
 * Return: 0 or -errno.
 */
int kchat_control_init(kuid_t uid, kgid_t gid, umode_t mode)
{
	struct kchat_node *node;
	int err;

	node = kzalloc(sizeof(*node), GFP_KERNEL);
	if (!node)
		return -ENOMEM;
	node->uid = uid;
	node->gid = gid;
	node->mode = mode;
	node->release = kchat_control_release;
	err = kchat_node_create(node, KCHAT_CONTROL, KCHAT_MINOR_CONTROL,
				&kchat_control_fops);
	kchat_node_made(node, err);
	if (err)
		kchat_node_put(node);
	else
		kchat_control = node;
	return err;
}

/**
 * kchat_control_exit() - take it away; nobody has it open
 */
void kchat_control_exit(void)
{
	kchat_node_remove(kchat_control);
	kchat_node_put(kchat_control);
}
