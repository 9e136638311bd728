// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * main.c - loading and unloading
 *
 * The module registers a range of device numbers, a class, and the lobby as
 * minor 0. While a room is open its file operations hold the module (C4).
 */
#include "kmod.h"

#include <linux/module.h>

/* The device numbers reserved: how many rooms there can ever be at once. */
#define KCHAT_MINORS	1024

static char *directory = "kchat";
module_param(directory, charp, 0444);
MODULE_PARM_DESC(directory, "folder of the rooms below /dev");

static uint uid;
module_param(uid, uint, 0444);
MODULE_PARM_DESC(uid, "owner of the lobby's node");

static uint gid;
module_param(gid, uint, 0444);
MODULE_PARM_DESC(gid, "group of the lobby's node");

static ushort mode = 0660;
module_param(mode, ushort, 0444);
MODULE_PARM_DESC(mode, "permissions of the lobby's node");

struct class kchat_class = {
	.name = "kchat",
};

static dev_t kchat_devt;
static struct kchat_room *kchat_lobby;

static int __init kchat_check_params(void)
{
	size_t len = strlen(directory);

	if (!len || len > KCHAT_NAME_MAX || strpbrk(directory, "/!") ||
	    directory[0] == '.') {
		pr_err("directory=%s: want a name of 1 to %d bytes without / and !, not beginning with a dot\n",
		       directory, KCHAT_NAME_MAX);
		return -EINVAL;
	}
	if (mode & ~0777) {
		pr_err("mode=0%o: want permission bits, at most 0777\n", mode);
		return -EINVAL;
	}
	if (!uid_valid(make_kuid(&init_user_ns, uid)) ||
	    !gid_valid(make_kgid(&init_user_ns, gid))) {
		pr_err("uid=%u gid=%u: no such ids\n", uid, gid);
		return -EINVAL;
	}
	return 0;
}

static int __init kchat_init(void)
{
	int err;

	err = kchat_check_params();
	if (err)
		return err;
	err = alloc_chrdev_region(&kchat_devt, 0, KCHAT_MINORS, "kchat");
	if (err)
		return err;
	err = class_register(&kchat_class);
	if (err)
		goto unregister_region;
	kchat_lobby = kchat_room_create(directory, KCHAT_LOBBY, kchat_devt,
					mode, make_kuid(&init_user_ns, uid),
					make_kgid(&init_user_ns, gid));
	if (IS_ERR(kchat_lobby)) {
		err = PTR_ERR(kchat_lobby);
		goto unregister_class;
	}
	return 0;

unregister_class:
	class_unregister(&kchat_class);
unregister_region:
	unregister_chrdev_region(kchat_devt, KCHAT_MINORS);
	return err;
}
module_init(kchat_init);

static void __exit kchat_exit(void)
{
	kchat_room_remove(kchat_lobby);
	class_unregister(&kchat_class);
	unregister_chrdev_region(kchat_devt, KCHAT_MINORS);
}
module_exit(kchat_exit);

MODULE_AUTHOR("The kchat maintainers");
MODULE_DESCRIPTION("Local broadcast device");
MODULE_LICENSE("Dual BSD/GPL");
