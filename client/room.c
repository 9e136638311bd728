// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * room.c - find a room, open it, talk in it, explain what went wrong
 *
 * A room is opened in two steps. The first takes hold of the file without
 * opening it (O_PATH), so that it can be judged; the second opens what was
 * judged, by way of /proc/self/fd, and not what has the name by then.
 */
#include "config.h"
#include "room.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <pwd.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "kchat.h"
#include "node.h"

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

/* By hand, as isalnum() takes more than these in some languages. */
#define LETTERS_AND_DIGITS						\
	"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"

bool room_name_ok(const char *name)
{
	size_t len = strspn(name, LETTERS_AND_DIGITS "._-");

	return len <= KCHAT_NAME_MAX && !name[len] &&
		strspn(name, LETTERS_AND_DIGITS) &&
		strcmp(name, KCHAT_CONTROL);
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

static bool is_missing(int err)
{
	return err == -ENOENT || err == -ENOTDIR;
}

/* Take hold of the file at @path without opening it. */
static int hold(const char *path)
{
	int fd = open(path, O_PATH | O_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int hold_path(struct room *room, const char *path,
		     struct reason *ret_reason)
{
	char dir[PATH_MAX];
	char *slash;
	int fd;

	if (strlen(path) >= PATH_MAX)
		return because(ret_reason, -ENAMETOOLONG,
			       "%.64s...: this path is too long", path);
	strcpy(room->path, path);
	fd = hold(path);
	if (fd >= 0)
		return fd;
	if (!is_missing(fd))
		return explain(path, fd, ret_reason);

	strcpy(dir, path);
	slash = strrchr(dir, '/');
	*slash = '\0';
	return explain_missing(*dir ? dir : "/", slash + 1, " --directory ", ret_reason);
}

/* Does @dir have a room @name? Its path is set in any case. */
static int hold_in(struct room *room, const char *dir, const char *subdir,
		   const char *name)
{
	if (snprintf(room->path, sizeof(room->path), "%s%s/%s", dir, subdir,
		     name) >= PATH_MAX)
		return -ENAMETOOLONG;
	return hold(room->path);
}

static int hold_name(struct room *room, const char *name,
		     struct reason *ret_reason)
{
	const char *run = getenv("XDG_RUNTIME_DIR");
	const char *dir = getenv("KCHAT_DIR");
	const char *option = " --directory ";
	int fd;

	if (!room_name_ok(name))
		return because(ret_reason, -EINVAL,
			       "'%.64s' is not the name of a room: up to %d letters, digits and ._- of which the first is a letter or digit, and not '" KCHAT_CONTROL "'; a path has a slash",
			       name, KCHAT_NAME_MAX);

	if (!dir || !*dir) {
		dir = "/dev/kchat";
		option = "";
	}
	fd = hold_in(room, dir, "", name);
	if (is_missing(fd) && !*option && run && *run) {
		fd = hold_in(room, run, "/kchat", name);
		/* If it is in neither, the first is the one to speak of. */
		if (is_missing(fd))
			hold_in(room, dir, "", name);
	}
	if (is_missing(fd))
		return explain_missing(dir, name, option, ret_reason);
	if (fd < 0)
		return explain(room->path, fd, ret_reason);
	return fd;
}

int room_open(struct room *room, const char *name, int flags,
	      struct reason *ret_reason)
{
	char self[sizeof("/proc/self/fd/") + 12];
	const char *other;
	struct stat st;
	int held, err;

	if (strchr(name, '/'))
		held = hold_path(room, name, ret_reason);
	else
		held = hold_name(room, name, ret_reason);
	if (held < 0)
		return held;

	if (fstat(held, &st)) {
		err = explain(room->path, -errno, ret_reason);
		goto out_release;
	}
	other = node_judge(&st);
	if (other) {
		err = because(ret_reason, -ENOTTY, "%s: not a room, but %s",
			      room->path, other);
		goto out_release;
	}
	snprintf(self, sizeof(self), "/proc/self/fd/%d", held);
	room->fd = open(self, flags | O_CLOEXEC);
	if (room->fd >= 0)
		err = 0;
	else if (errno == EACCES)
		err = explain_denied(room->path, &st, ret_reason);
	else
		err = explain(room->path, -errno, ret_reason);
out_release:
	close(held);
	return err;
}

void room_close(struct room *room)
{
	close(room->fd);
	room->fd = -1;
}

ssize_t room_read(struct room *room, void *buf, size_t len, short revents)
{
	ssize_t n;

	do {
		n = read(room->fd, buf, len);
	} while (n < 0 && errno == EINTR);
	if (n >= 0)
		return n;
	/* Something is wrong, though nobody says what: do not ask for ever. */
	if (errno == EAGAIN && (revents & (POLLERR | POLLNVAL)))
		return -EIO;
	return -errno;
}

ssize_t room_write(struct room *room, const void *message, size_t len)
{
	ssize_t n;

	do {
		n = write(room->fd, message, len);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}
