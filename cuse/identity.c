// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * identity.c - who opened a file; identity.h tells how long that is kept
 *
 * The number of a process that has ended may be another's. A descriptor of the
 * process knows for certain. Where there is none, kernels before 5.3 or too many
 * files, the time of its beginning tells, unless the other began within the same
 * clock tick.
 */
#include "config.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "identity.h"

/* So many descriptors are left for rooms, and for reading /proc. */
#define DESCRIPTORS_LEFT	1024

static FILE *open_proc(pid_t pid, const char *file)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	return fopen(path, "re");
}

/* A request names the thread. Return: its process, 0 if that cannot be seen. */
static pid_t process_of(pid_t thread)
{
	FILE *status = thread > 0 ? open_proc(thread, "status") : NULL;
	char line[256];
	int pid = 0;

	if (!status)
		return 0;
	while (!pid && fgets(line, sizeof(line), status))
		if (sscanf(line, "Tgid: %d", &pid) != 1)
			pid = 0;
	fclose(status);
	return pid;
}

/* When did a process begin? Return: clock ticks since the boot; 0: it is gone. */
static unsigned long long start_of(pid_t pid)
{
	FILE *stat = pid ? open_proc(pid, "stat") : NULL;
	unsigned long long started = 0;
	char line[1024], *rest;

	if (!stat)
		return 0;
	/* The name in parentheses may hold anything; the start is field 22. */
	if (fgets(line, sizeof(line), stat) && (rest = strrchr(line, ')')) &&
	    sscanf(rest,
		   ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d "
		   "%*d %*d %*d %*d %*d %llu",
		   &started) != 1)
		started = 0;
	fclose(stat);
	return started;
}

/* A descriptor of a process, -1 if none can be had or they are running out. */
static int handle_of(pid_t pid)
{
	struct rlimit limit;
	int handle = -1;

#ifdef SYS_pidfd_open
	if (pid)
		handle = (int)syscall(SYS_pidfd_open, pid, 0);
#endif
	if (handle < 0)
		return -1;
	if (!getrlimit(RLIMIT_NOFILE, &limit) &&
	    (rlim_t)handle + DESCRIPTORS_LEFT < limit.rlim_cur)
		return handle;
	close(handle);
	return -1;
}

/* Is there that process still? One that nobody has waited for yet counts. */
static bool is_there(const struct identity *identity)
{
#ifdef SYS_pidfd_send_signal
	if (identity->handle >= 0)
		return !syscall(SYS_pidfd_send_signal, identity->handle, 0,
				NULL, 0) || errno != ESRCH;
#endif
	return identity->started &&
	       start_of(identity->pid) == identity->started;
}

/**
 * identity_new() - who makes a request
 * @ctx: the request's
 *
 * Return: the identity, with no reference counted yet, or NULL.
 */
struct identity *identity_new(const struct fuse_ctx *ctx)
{
	struct identity *identity = malloc(sizeof(*identity));

	if (!identity)
		return NULL;
	kc_sender_init(&identity->sender);
	identity->uid = ctx->uid;
	identity->gid = ctx->gid;
	identity->pid = process_of(ctx->pid);
	identity->handle = handle_of(identity->pid);
	identity->started = start_of(identity->pid);
	return identity;
}

/**
 * identity_free() - nobody refers to it any more
 * @identity: the identity, or NULL
 */
void identity_free(struct identity *identity)
{
	if (identity && identity->handle >= 0)
		close(identity->handle);
	free(identity);
}

/**
 * identity_name() - who it is, for others to see (S1)
 * @identity: who opened a file
 * @ret_pid: set to the process; 0 if it has ended
 * @ret_uid: set to its file-system user id
 * @ret_gid: set to its file-system group id
 */
void identity_name(const struct identity *identity, u32 *ret_pid, u32 *ret_uid,
		   u32 *ret_gid)
{
	*ret_pid = is_there(identity) ? (u32)identity->pid : 0;
	*ret_uid = identity->uid;
	*ret_gid = identity->gid;
}
