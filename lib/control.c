// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * control.c - the node by which rooms are made, changed, listed and removed
 *
 * There is nothing to remember of it, so a descriptor is all there is.
 */
#include "config.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "internal.h"
#include "libkchat.h"

int kchat_control_open(const char *dir, int flags)
{
	char name[PATH_MAX], path[PATH_MAX];

	if (!dir)
		return kchat__open(KCHAT_CONTROL, flags, path);
	if (snprintf(name, sizeof(name), "%s/" KCHAT_CONTROL, dir) >= PATH_MAX)
		return -ENAMETOOLONG;
	return kchat__open(name, flags, path);
}

int kchat_control_create(int control, const struct kchat_spec *spec)
{
	struct kchat_spec copy = *spec;

	return kchat__ioctl(control, KCHAT_CREATE, &copy);
}

int kchat_control_remove(int control, const char *name)
{
	struct kchat_spec spec = { .id = 0 };

	if (!kchat_name_ok(name))
		return -EINVAL;
	strcpy(spec.name, name);
	return kchat__ioctl(control, KCHAT_REMOVE, &spec);
}

int kchat_control_change(int control, const struct kchat_spec *spec)
{
	struct kchat_spec copy = *spec;

	return kchat__ioctl(control, KCHAT_CHANGE, &copy);
}

/* Without ids that grow from page to page there is no end. */
static bool page_grows(const struct kchat_list *page, uint64_t after)
{
	size_t i;

	for (i = 0; i < page->n; i++) {
		if (page->room[i].id <= after)
			return false;
		after = page->room[i].id;
	}
	return true;
}

int kchat_control_list(int control, struct kchat_spec **ret_rooms,
		       size_t *ret_n)
{
	struct kchat_spec *rooms = NULL, *more;
	struct kchat_list page;
	uint64_t after;
	size_t n = 0;
	int err;

	do {
		memset(&page, 0, sizeof(page));
		after = n ? rooms[n - 1].id : 0;
		page.after = after;
		err = kchat__ioctl(control, KCHAT_LIST, &page);
		if (!err && (page.n > KCHAT_LIST_PAGE ||
			     !page_grows(&page, after)))
			err = -EPROTO;
		if (err)
			goto out_free;
		more = realloc(rooms, (n + KCHAT_LIST_PAGE) * sizeof(*more));
		if (!more) {
			err = -ENOMEM;
			goto out_free;
		}
		rooms = more;
		memcpy(rooms + n, page.room, page.n * sizeof(*rooms));
		n += page.n;
	} while (page.n == KCHAT_LIST_PAGE);
	*ret_rooms = rooms;
	*ret_n = n;
	return 0;

out_free:
	free(rooms);
	return err;
}
