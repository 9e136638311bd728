// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#include "config.h"

#include <dirent.h>
#include <fcntl.h>
#include <linux/capability.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "rights.h"

/*
 * To make a node and give it to its owner, and to unmount; wherever it is. And to see
 * in which user namespace a process is that has more rights than we.
 */
#define KEPT	(1u << CAP_MKNOD | 1u << CAP_CHOWN | 1u << CAP_SYS_ADMIN | \
		 1u << CAP_DAC_OVERRIDE | 1u << CAP_SYS_PTRACE)

static void give_up_capabilities(void)
{
	struct __user_cap_header_struct head = {
		.version = _LINUX_CAPABILITY_VERSION_3,
	};
	struct __user_cap_data_struct caps[_LINUX_CAPABILITY_U32S_3];

	if (syscall(SYS_capget, &head, caps))
		return;
	caps[0].effective &= KEPT;
	caps[0].permitted &= KEPT;
	caps[0].inheritable = 0;
	caps[1].effective = 0;
	caps[1].permitted = 0;
	caps[1].inheritable = 0;
	syscall(SYS_capset, &head, caps);
}

static void close_inherited(void)
{
	DIR *open_files = opendir("/proc/self/fd");
	struct dirent *entry;
	int fd;

	if (!open_files)
		return;
	while ((entry = readdir(open_files))) {
		fd = atoi(entry->d_name);
		if (fd > STDERR_FILENO && fd != dirfd(open_files))
			close(fd);
	}
	closedir(open_files);
}

/**
 * rights_disinherit() - drop what was open when we were started
 *
 * Whoever started us may have held a lock or a pipe, which would stay held for as
 * long as rooms are served. And where a standard stream was closed, a room's own
 * file would take its place.
 *
 * Context: before any file is opened.
 */
void rights_disinherit(void)
{
	int fd;

	do {
		fd = open("/dev/null", O_RDWR);
	} while (fd >= 0 && fd <= STDERR_FILENO);
	close_inherited();
}

/**
 * rights_give_up() - from now on only rooms are served
 *
 * A room's messages are nobody else's business, on disk least of all: there will
 * be no core. What root is kept for is making and removing nodes; it gains
 * nothing back by running a program. Others than root need fusermount3 to
 * unmount, which is setuid.
 */
void rights_give_up(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	if (geteuid() == 0) {
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
		give_up_capabilities();
	}
}
