// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * asker.c - what whoever opened the control node may do
 */
#include "config.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "asker.h"

/**
 * struct asker - who opened the control node
 * @uid: file-system user id
 * @gid: file-system group id
 * @writes: opened it for writing
 * @caps: effective capabilities that count outside as well, a bit each
 * @n: how many other groups
 * @groups: those
 */
struct asker {
	uid_t uid;
	gid_t gid;
	bool writes;
	unsigned long long caps;
	size_t n;
	gid_t groups[];
};

/* Is a thread in our user namespace? In another its capabilities mean nothing. */
static bool same_namespace(pid_t thread)
{
	char path[64], his[64], ours[64];
	ssize_t n, m;

	snprintf(path, sizeof(path), "/proc/%d/ns/user", (int)thread);
	n = readlink(path, his, sizeof(his));
	m = readlink("/proc/self/ns/user", ours, sizeof(ours));
	/* A kernel without user namespaces has no such links. */
	if (n < 0 && m < 0)
		return true;
	return n > 0 && n == m && !memcmp(his, ours, (size_t)n);
}

/* What /proc/PID/status has behind "@key:"; NULL if it is not there. */
static const char *value_of(const char *status, const char *key)
{
	const char *line = status;
	size_t len = strlen(key);

	while (line && (strncmp(line, key, len) || line[len] != ':')) {
		line = strchr(line, '\n');
		line = line ? line + 1 : NULL;
	}
	return line ? line + len + 1 : NULL;
}

static size_t count_words(const char *text)
{
	size_t n = 0;

	for (;;) {
		text += strspn(text, " \t");
		if (!*text || *text == '\n')
			return n;
		n++;
		text += strcspn(text, " \t\n");
	}
}

/* All of a thread's /proc/PID/status, to be freed; "" if it cannot be seen. */
static char *read_status(pid_t thread)
{
	char path[64], *text = NULL;
	size_t size = 0;
	ssize_t n = -1;
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/status", (int)thread);
	file = thread > 0 ? fopen(path, "re") : NULL;
	if (file) {
		n = getdelim(&text, &size, '\0', file);
		fclose(file);
	}
	if (n > 0)
		return text;
	free(text);
	return strdup("");
}

/**
 * asker_new() - who opens the control node, or makes another request
 * @ctx: the request's
 * @flags: O_*; 0: nothing is opened
 *
 * Return: the asker, or NULL.
 */
struct asker *asker_new(const struct fuse_ctx *ctx, int flags)
{
	char *status = read_status(ctx->pid), *end;
	const char *groups, *caps;
	struct asker *asker;
	size_t i, n;

	if (!status)
		return NULL;
	groups = value_of(status, "Groups");
	caps = value_of(status, "CapEff");
	n = groups ? count_words(groups) : 0;
	asker = calloc(1, sizeof(*asker) + n * sizeof(asker->groups[0]));
	if (asker) {
		asker->uid = ctx->uid;
		asker->gid = ctx->gid;
		asker->writes = (flags & O_ACCMODE) != O_RDONLY;
		if (caps && same_namespace(ctx->pid))
			asker->caps = strtoull(caps, NULL, 16);
		asker->n = n;
		for (i = 0; i < n; i++, groups = end)
			asker->groups[i] = (gid_t)strtoul(groups, &end, 10);
	}
	free(status);
	return asker;
}

/**
 * asker_free() - forget who it was
 * @asker: the asker
 */
void asker_free(struct asker *asker)
{
	free(asker);
}

/**
 * asker_writes() - was the control node opened for writing?
 * @asker: the asker
 */
bool asker_writes(const struct asker *asker)
{
	return asker->writes;
}

/**
 * asker_rights() - what he may do
 * @asker: the asker
 * @gid: the group he asks for
 * @ret_rights: set to what the engine wants to know
 */
void asker_rights(const struct asker *asker, gid_t gid,
		  struct kc_asker *ret_rights)
{
	size_t i;

	ret_rights->uid = asker->uid;
	ret_rights->gid = asker->gid;
	ret_rights->root = asker->caps >> CAP_FOWNER & 1;
	ret_rights->chown = asker->caps >> CAP_CHOWN & 1;
	ret_rights->in_group = asker->gid == gid;
	for (i = 0; i < asker->n; i++)
		if (asker->groups[i] == gid)
			ret_rights->in_group = true;
}
