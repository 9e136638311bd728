// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * main.c - loading and unloading
 *
 * The module registers device numbers and a class, makes the lobby as minor 0
 * and the control node beside it. While any of its nodes is open its file
 * operations hold the module (C4).
 */
#include "kmod.h"

#include <linux/module.h>

static char *directory = "kchat";
module_param(directory, charp, 0444);
MODULE_PARM_DESC(directory, "folder of the rooms below /dev");

static uint uid;
module_param(uid, uint, 0444);
MODULE_PARM_DESC(uid, "owner of the lobby's and the control node");

static uint gid;
module_param(gid, uint, 0444);
MODULE_PARM_DESC(gid, "group of the lobby's and the control node");

static ushort mode = 0660;
module_param(mode, ushort, 0444);
MODULE_PARM_DESC(mode, "permissions of the lobby's node");

static ushort control_mode = 0660;
module_param(control_mode, ushort, 0444);
MODULE_PARM_DESC(control_mode, "permissions of the control node: who may make rooms");

static uint patience = KCHAT_PATIENCE_LOBBY;
module_param(patience, uint, 0444);
MODULE_PARM_DESC(patience, "ms the lobby waits for slow readers; 4294967295: for ever");

module_param_named(max_rooms, kchat_limits.rooms, uint, 0644);
MODULE_PARM_DESC(max_rooms, "rooms there may be, removed ones in use included");

module_param_named(max_user_rooms, kchat_limits.user_rooms, uint, 0644);
MODULE_PARM_DESC(max_user_rooms, "rooms one user other than root may have made");

module_param_named(max_capacity, kchat_limits.capacity, uint, 0644);
MODULE_PARM_DESC(max_capacity, "bytes the ring of one room may have");

module_param_named(max_memory, kchat_limits.memory, uint, 0644);
MODULE_PARM_DESC(max_memory, "MiB the rings of all rooms may have");

module_param_named(max_openers, kchat_limits.room_openers, uint, 0644);
MODULE_PARM_DESC(max_openers, "open files one room may have, from its making on");

module_param_named(max_user_openers, kchat_limits.user_openers, uint, 0644);
MODULE_PARM_DESC(max_user_openers, "open files one user may have in all rooms");

module_param_named(max_user_parked, kchat_limits.user_parked, uint, 0644);
MODULE_PARM_DESC(max_user_parked, "bytes one user may have waiting in writes");

static int __init kchat_check_params(void)
{
	size_t len = strlen(directory);

	if (!len || len > KCHAT_NAME_MAX || strpbrk(directory, "/!") ||
	    directory[0] == '.') {
		pr_err("directory=%s: want a name of 1 to %d bytes without / and !, not beginning with a dot\n",
		       directory, KCHAT_NAME_MAX);
		return -EINVAL;
	}
	if (mode & ~0777 || control_mode & ~0777) {
		pr_err("mode=0%o control_mode=0%o: want permission bits, at most 0777\n",
		       mode, control_mode);
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
	struct kchat_spec lobby = {
		.name = KCHAT_LOBBY,
		.capacity = KCHAT_CAPACITY_DEFAULT,
		.patience_ms = patience,
		.mode = mode,
		.uid = uid,
		.gid = gid,
	};
	int err;

	err = kchat_check_params();
	if (err)
		return err;
	err = kchat_nodes_init(directory);
	if (err)
		return err;
	err = kchat_control_init(make_kuid(&init_user_ns, uid),
				 make_kgid(&init_user_ns, gid), control_mode);
	if (err)
		goto exit_nodes;
	/* The last that can fail: as soon as it is there it may be open. */
	err = kchat_hub_init(&lobby);
	if (err)
		goto exit_control;
	kchat_control_open_up();
	return 0;

exit_control:
	kchat_control_exit();
exit_nodes:
	kchat_nodes_exit();
	return err;
}
module_init(kchat_init);

static void __exit kchat_exit(void)
{
	kchat_control_exit();
	kchat_hub_exit();
	kchat_nodes_exit();
}
module_exit(kchat_exit);

MODULE_AUTHOR("The kchat maintainers");
MODULE_DESCRIPTION("Local broadcast device");
MODULE_LICENSE("Dual BSD/GPL");
