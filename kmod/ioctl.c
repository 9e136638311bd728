// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * ioctl.c - what a program may ask about a room, and of its open file
 *
 * Structures are copied outside the room's lock and are the same for 32 and 64
 * bits; so the compat entry only turns the pointer.
 */
#include "kmod.h"

#include <linux/slab.h>
#include <linux/string.h>
#include <linux/uaccess.h>
#include <linux/user_namespace.h>

static long kchat_ioctl_info(struct kchat_file *file, void __user *to)
{
	struct kchat_info info;

	kchat_room_lock(file->room);
	kc_member_info(&file->member, &info);
	kchat_room_unlock(file->room);
	memcpy(info.name, file->room->place.spec.name, sizeof(info.name));
	return copy_to_user(to, &info, sizeof(info)) ? -EFAULT : 0;
}

static long kchat_ioctl_get_options(struct kchat_file *file, void __user *to)
{
	struct kchat_options options;

	kchat_room_lock(file->room);
	kc_member_get_options(&file->member, &options);
	kchat_room_unlock(file->room);
	return copy_to_user(to, &options, sizeof(options)) ? -EFAULT : 0;
}

static long kchat_ioctl_set_options(struct kchat_file *file,
				    const void __user *from)
{
	struct kchat_options options;
	int err;

	if (copy_from_user(&options, from, sizeof(options)))
		return -EFAULT;
	kchat_room_lock(file->room);
	err = kc_member_set_options(&file->member, &options);
	kchat_file_stray(file);
	kchat_room_unlock(file->room);
	return err;
}

static long kchat_ioctl_history(struct kchat_file *file, void __user *user)
{
	struct kchat_history history;
	int err;

	if (copy_from_user(&history, user, sizeof(history)))
		return -EFAULT;
	kchat_room_lock(file->room);
	err = kc_member_history(&file->member, &history);
	kchat_room_unlock(file->room);
	if (err)
		return err;
	return copy_to_user(user, &history, sizeof(history)) ? -EFAULT : 0;
}

/* A page of members is too much for the stack. */
struct kchat_page {
	struct kchat_members members;
	struct kc_sender *sender[KCHAT_MEMBERS_PAGE];
};

/* Who they are must be asked under the lock: then nobody goes meanwhile. */
static int kchat_page_fill(struct kchat_file *file, struct kchat_page *page)
{
	struct kchat_member *member;
	unsigned int i;
	int err;

	kchat_room_lock(file->room);
	err = kc_room_members(&file->room->engine, &page->members,
			      page->sender);
	for (i = 0; !err && i < page->members.n; i++) {
		member = &page->members.member[i];
		kchat_opener_name(container_of(page->sender[i],
					       struct kchat_opener, sender),
				  &member->pid, &member->uid, &member->gid);
	}
	kchat_room_unlock(file->room);
	return err;
}

static long kchat_ioctl_members(struct kchat_file *file, void __user *user)
{
	struct kchat_page *page = kmalloc(sizeof(*page), GFP_KERNEL);
	long err = -EFAULT;

	if (!page)
		return -ENOMEM;
	if (copy_from_user(&page->members, user, sizeof(page->members)))
		goto free_page;
	err = kchat_page_fill(file, page);
	if (!err && copy_to_user(user, &page->members, sizeof(page->members)))
		err = -EFAULT;
free_page:
	kfree(page);
	return err;
}

/* Who asks is who opened the file, as with everything here (S1). */
static long kchat_ioctl_lap(struct kchat_file *file, const void __user *from)
{
	struct kchat_opener *asker = container_of(file->member.sender,
						  struct kchat_opener, sender);
	struct kchat_lap lap;
	int err;

	if (copy_from_user(&lap, from, sizeof(lap)))
		return -EFAULT;
	kchat_room_lock(file->room);
	err = kc_room_lap_member(&file->room->engine,
				 from_kuid(&init_user_ns, asker->uid), &lap);
	kchat_room_unlock(file->room);
	return err;
}

/**
 * kchat_ioctl() - ioctl(2) (O1 to O8, W4)
 * @filp: the open file
 * @request: a request to a room, KCHAT_*
 * @arg: pointer to the request's structure
 *
 * Context: process; may sleep.
 * Return: 0, -ENOTTY for any other request, -EFAULT, or what the engine says.
 */
long kchat_ioctl(struct file *filp, unsigned int request, unsigned long arg)
{
	struct kchat_file *file = filp->private_data;
	void __user *user = (void __user *)arg;

	switch (request) {
	case KCHAT_INFO:
		return kchat_ioctl_info(file, user);
	case KCHAT_GET_OPTIONS:
		return kchat_ioctl_get_options(file, user);
	case KCHAT_SET_OPTIONS:
		return kchat_ioctl_set_options(file, user);
	case KCHAT_HISTORY:
		return kchat_ioctl_history(file, user);
	case KCHAT_MEMBERS:
		return kchat_ioctl_members(file, user);
	case KCHAT_LAP:
		return kchat_ioctl_lap(file, user);
	}
	return -ENOTTY;
}

/**
 * kchat_compat_ioctl() - ioctl(2) of a 32-bit program
 * @filp: the open file
 * @request: as for kchat_ioctl()
 * @arg: a 32-bit pointer
 *
 * Context: process; may sleep.
 * Return: as kchat_ioctl().
 */
long kchat_compat_ioctl(struct file *filp, unsigned int request,
			unsigned long arg)
{
	return kchat_ioctl(filp, request, kchat_compat_arg(arg));
}
