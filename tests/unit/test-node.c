// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * N3: owner and mode are given to the node that was made, and to nothing that stands
 * in its place by then.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "cuse/node.h"
#include "tap.h"

#define DEVICE makedev(1, 3)

/* What node.c is compiled to call: somebody else was quicker */
int mknod(const char *path, mode_t mode, dev_t device)
{
	(void)mode;
	(void)device;
	return symlink("precious", path);
}

void because(struct reason *why, const char *format, ...)
{
	(void)why;
	(void)format;
}

static void link_in_its_place(void)
{
	char dir[] = "/tmp/kchat-node.XXXXXX", path[64];
	struct node node = { .name = "lobby", .mode = 0666,
			     .uid = geteuid(), .gid = getegid() };
	struct reason why;
	struct stat st;
	int made;

	node.directory = mkdtemp(dir);
	CHECK(node.directory);
	snprintf(path, sizeof(path), "%s/precious", dir);
	fclose(fopen(path, "w"));
	CHECK_OK(chmod(path, 0600));
	made = node_make(&node, DEVICE, &why);
	CHECK_OK(stat(path, &st));
	unlink(path);
	snprintf(path, sizeof(path), "%s/lobby", dir);
	unlink(path);
	rmdir(dir);
	CHECK_EQ(made, -1);
	CHECK_EQ(st.st_mode & 07777, 0600);
}

static const struct tap_test tests[] = {
	{ "N3 no link is followed to what it leads to", link_in_its_place, 0 },
	{ NULL, NULL, 0 },
};

int main(int argc, char **argv)
{
	return tap_main(argc, argv, tests);
}
