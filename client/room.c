// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * room.c - a room, and what is to be said to people when it fails
 *
 * Reasons are found after the fact, from what stands at the path by then: the
 * library has acted on what it had hold of, and here people are told of it.
 */
#include "config.h"
#include "room.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kchat.h"

/* Fill in the reason; returns the error it stands for. */
__attribute__((format(printf, 3, 4)))
static int because(struct reason *ret_reason, int err, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(ret_reason->text, sizeof(ret_reason->text), format, args);
	va_end(args);
	return err;
}

/* DIR/NAME into @path; false if that is too long to be one. */
static bool join_path(char *path, const char *dir, const char *name)
{
	return snprintf(path, PATH_MAX, "%s/%s", dir, name) < PATH_MAX;
}

/*
 * There is no such file. Either the room is missing, or everything: a backend
 * that is up always has a lobby beside the room that was asked for.
 */
static int explain_missing(const char *dir, const char *name,
			   const char *option, struct reason *ret_reason)
{
	char lobby[PATH_MAX];

	if (join_path(lobby, dir, KCHAT_LOBBY) && !access(lobby, F_OK))
		return because(ret_reason, -ENOENT,
			       "%s/%s: there is no such room; ls %s lists the rooms there are",
			       dir, name, dir);
	return because(ret_reason, -ENOENT,
		       "%s/%s: no backend is running there; load the module kchat.ko, or start kchatd%s%s, which needs /dev/cuse (%s here) or /dev/fuse (%s here)",
		       dir, name, option, *option ? dir : "",
		       access("/dev/cuse", F_OK) ? "not" : "is",
		       access("/dev/fuse", F_OK) ? "not" : "is");
}

static int explain_denied(const char *path, const struct stat *st,
			  struct reason *ret_reason)
{
	struct passwd *owner = getpwuid(st->st_uid);
	struct group *group = getgrgid(st->st_gid);
	char uid[16], gid[16];

	snprintf(uid, sizeof(uid), "%u", st->st_uid);
	snprintf(gid, sizeof(gid), "%u", st->st_gid);
	if ((st->st_mode & S_IRWXG) && !st->st_gid)
		return because(ret_reason, -EACCES,
			       "%s: permission denied; it is open to root only, and 'kchat doctor' says what to do about that",
			       path);
	if (st->st_mode & S_IRWXG)
		return because(ret_reason, -EACCES,
			       "%s: permission denied; it is open to the group %s: have yourself added to that and log in again",
			       path, group ? group->gr_name : gid);
	return because(ret_reason, -EACCES,
		       "%s: permission denied; it is open to its owner %s only",
		       path, owner ? owner->pw_name : uid);
}

static int explain(const char *path, int err, struct reason *ret_reason)
{
	switch (-err) {
	case 0:
		return because(ret_reason, err, "%s: the room has ended",
			       path);
	case EPIPE:
		return because(ret_reason, err,
			       "%s: messages were lost: they came faster than they were read",
			       path);
	case EACCES:
		return because(ret_reason, err,
			       "%s: permission denied; a directory on the way is closed to you, or kchatd serves it to another user only",
			       path);
	case EOPNOTSUPP:
		return because(ret_reason, err,
			       "%s: the backend of this room is older than this kchat, and cannot do that",
			       path);
	case ENODEV:
	case ENXIO:
		return because(ret_reason, err,
			       "%s: the room was removed, or its backend has ended; start that again, with kchatd or the module kchat.ko",
			       path);
	case ENOTCONN:
	case ECONNABORTED:
	case EIO:
		return because(ret_reason, err,
			       "%s: the backend of this room has died; start kchatd again, then join anew",
			       path);
	}
	return because(ret_reason, err, "%s: %s", path, strerror(-err));
}

void room_explain(const struct room *room, int err, struct reason *ret_reason)
{
	explain(room->path, err, ret_reason);
}

/* The place where names are looked up, and how to have kchatd serve it. */
static const char *names_dir(const char **ret_option)
{
	const char *dir = getenv("KCHAT_DIR");

	*ret_option = dir && *dir ? " --directory " : "";
	return dir && *dir ? dir : "/dev/kchat";
}

/* What is wrong with @name, which cannot be one? */
static int explain_name(const char *name, struct reason *ret_reason)
{
	if (strchr(name, '/'))
		return because(ret_reason, -EINVAL,
			       "%s: not a room, but the node by which rooms are managed",
			       name);
	return because(ret_reason, -EINVAL,
		       "'%.64s' is not the name of a room: up to %d letters, digits and ._- of which the first is a letter or digit, and not '" KCHAT_CONTROL "'; a path has a slash",
		       name, KCHAT_NAME_MAX);
}

static int explain_length(const char *name, struct reason *ret_reason)
{
	return because(ret_reason, -ENAMETOOLONG,
		       "%.64s...: this path is too long", name);
}

/* Why could @name, looked up at @path, not be opened? */
static int explain_open(const char *name, char *path, int err,
			struct reason *ret_reason)
{
	const char *option = " --directory ", *dir, *other;
	struct stat st;
	char *slash;

	switch (-err) {
	case EINVAL:
		return explain_name(name, ret_reason);
	case ENAMETOOLONG:
		return explain_length(name, ret_reason);
	case ENOENT:
	case ENOTDIR:
		slash = strrchr(path, '/');
		if (!strchr(name, '/')) {
			dir = names_dir(&option);
			return explain_missing(dir, name, option, ret_reason);
		}
		*slash = '\0';
		explain_missing(*path ? path : "/", slash + 1, option,
				ret_reason);
		*slash = '/';
		return err;
	case ENOSYS:
		return because(ret_reason, err,
			       "%s: it can be opened only by way of /proc, which is not mounted here",
			       path);
	case ENOTTY:
		other = stat(path, &st) ? NULL : kchat_node_judge(&st);
		return because(ret_reason, err, "%s: not a room, but %s", path,
			       other ? other : "something else");
	case EACCES:
		if (!stat(path, &st))
			return explain_denied(path, &st, ret_reason);
		break;
	}
	return explain(path, err, ret_reason);
}

int room_open(struct room *room, const char *name, int flags,
	      unsigned int options, struct reason *ret_reason)
{
	int err;

	room->path[0] = '\0';
	kchat_path_find(name, room->path);
	err = kchat_room_open(&room->kchat, name, flags, options);
	if (err)
		return explain_open(name, room->path, err, ret_reason);
	strcpy(room->path, kchat_room_path(room->kchat));
	room->fd = kchat_room_fd(room->kchat);
	return 0;
}

void room_close(struct room *room)
{
	kchat_room_close(room->kchat);
	room->kchat = NULL;
}

/* ---- Management ---- */

/* The directory that a path lies in. */
static void parent_of(const char *path, char *ret_dir)
{
	char *slash;

	strcpy(ret_dir, path);
	slash = strrchr(ret_dir, '/');
	slash[slash == ret_dir] = '\0';
}

static int explain_control(const char *dir, int err, struct reason *ret_reason)
{
	char path[PATH_MAX], lobby[PATH_MAX];
	const char *option;

	if (!join_path(path, dir, KCHAT_CONTROL) ||
	    !join_path(lobby, dir, KCHAT_LOBBY))
		return explain(dir, -ENAMETOOLONG, ret_reason);
	if (err != -ENOENT && err != -ENOTDIR)
		return explain_open(path, path, err, ret_reason);
	if (!access(lobby, F_OK))
		return because(ret_reason, err,
			       "%s: there is no such node, so rooms cannot be managed there; the backend is older than this kchat",
			       path);
	names_dir(&option);
	return explain_missing(dir, KCHAT_CONTROL, option, ret_reason);
}

int control_open(const char *name, int flags, char *ret_path,
		 struct reason *ret_reason)
{
	char dir[PATH_MAX];
	const char *base = strrchr(name, '/');
	int control, err;

	if (!kchat_name_ok(base ? base + 1 : name))
		return explain_name(base ? base + 1 : name, ret_reason);
	if (strlen(name) >= PATH_MAX - sizeof(KCHAT_CONTROL))
		return explain_length(name, ret_reason);
	if (base) {
		parent_of(name, dir);
	} else {
		/* The room may be one to be made: beside the control node. */
		err = kchat_path_find(KCHAT_CONTROL, ret_path);
		if (err == -ENAMETOOLONG)
			return explain_length(name, ret_reason);
		parent_of(ret_path, dir);
	}
	control = kchat_control_open(dir, flags);
	if (control < 0)
		return explain_control(dir, control, ret_reason);
	if (!join_path(ret_path, dir, base ? base + 1 : name)) {
		close(control);
		return explain_length(name, ret_reason);
	}
	return control;
}

void control_explain(const char *path, int err, struct reason *ret_reason)
{
	switch (-err) {
	case EEXIST:
		because(ret_reason, err, "%s: there is such a room already",
			path);
		return;
	case EBUSY:
		because(ret_reason, err,
			"%s: a room of this name was removed and is still open; the name is free once the last one has left",
			path);
		return;
	case ENOENT:
		because(ret_reason, err,
			"%s: there is no such room; 'kchat rooms' lists those there are",
			path);
		return;
	case EPERM:
		because(ret_reason, err,
			"%s: that is for the room's owner or root; the lobby cannot be removed, and only root gives rooms to others and to groups one is not in",
			path);
		return;
	case ENOSPC:
		because(ret_reason, err,
			"%s: there are as many rooms, or as much memory in rooms, as the backend allows, or it would be larger than one may be",
			path);
		return;
	}
	explain(path, err, ret_reason);
}
