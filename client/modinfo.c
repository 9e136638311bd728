// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * modinfo.c - what a module's file says about itself, by modinfo(8)
 *
 * Modules are ELF, often compressed, with a signature behind all that. Who can
 * load modules has modinfo: it comes with modprobe. Its library, libkmod, would
 * have to be linked, and with what hangs on it double the time that kchat takes
 * to start, for every command.
 */
#include "config.h"
#include "modinfo.h"

#include <errno.h>
#include <fcntl.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "doctor.h"

/* The value in "KEY=VALUE", or in "KEY:   VALUE", if it is of @key. */
static const char *value_of(const char *field, const char *key)
{
	size_t len = strlen(key);

	if (strncmp(field, key, len))
		return NULL;
	if (field[len] == '=')
		return field + len + 1;
	if (field[len] == ':')
		return field + len + 1 + strspn(field + len + 1, " ");
	return NULL;
}

static void take(struct modinfo *info, const char *field)
{
	const char *value;

	value = value_of(field, "vermagic");
	if (value) {
		snprintf(info->vermagic, sizeof(info->vermagic), "%s", value);
		/* The one of kmod writes "=", and it alone shows signatures. */
		info->shows_signatures = value[-1] == '=';
	}
	value = value_of(field, "signer");
	if (value)
		snprintf(info->signer, sizeof(info->signer), "%s", value);
	if (value_of(field, "sig_id"))
		info->is_signed = true;
}

/* Fields end in a NUL, as a value may have newlines. */
static int take_all(struct modinfo *info, int fd)
{
	FILE *fields = fdopen(fd, "r");
	char *field = NULL;
	size_t size = 0;

	if (!fields) {
		close(fd);
		return -ENOMEM;
	}
	while (getdelim(&field, &size, '\0', fields) > 0)
		take(info, field);
	free(field);
	fclose(fields);
	return 0;
}

int modinfo_read(const char *path, struct modinfo *ret_info)
{
	char program[PATH_MAX], zero[] = "-0", *file = strdup(path);
	char *argv[] = { program, zero, file, NULL };
	posix_spawn_file_actions_t actions;
	int ends[2], status, err;
	pid_t child;

	memset(ret_info, 0, sizeof(*ret_info));
	err = !file ? -ENOMEM : !find_program("modinfo", program) ? -ENOSYS :
		pipe2(ends, O_CLOEXEC) ? -errno : 0;
	if (err)
		goto out;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
	posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null",
					 O_WRONLY, 0);
	err = -posix_spawnp(&child, program, &actions, NULL, argv, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(ends[1]);
	if (err) {
		close(ends[0]);
		goto out;
	}
	err = take_all(ret_info, ends[0]);
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (!err && (status || !*ret_info->vermagic))
		err = -ENOEXEC;
out:
	free(file);
	return err;
}
