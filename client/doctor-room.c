// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * doctor-room.c - is there a room, and does it let this user in?
 *
 * Whether it does is found out by opening it, as only that takes everything
 * into account. A daemon that is stopped holds whoever opens its room or merely
 * looks at it, even against SIGKILL; so a child does that, and is left behind if
 * it gets no answer.
 */
#include "config.h"
#include "doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>
#include <unistd.h>

#include "kchat.h"
#include "room.h"

/* How long a living daemon may take, in milliseconds. */
#define PATIENCE 5000

/* What became of opening the room. */
struct attempt {
	int err;
	char path[PATH_MAX];
	struct reason reason;
	bool has_status;
	struct stat status;
};

static void attempt_room(struct attempt *attempt)
{
	struct room room = { .path = "" };

	attempt->err = room_open(&room, KCHAT_LOBBY, O_RDWR | O_NONBLOCK, 0,
				 &attempt->reason);
	strcpy(attempt->path, room.path);
	attempt->has_status = !stat(room.path, &attempt->status);
}

/* Read @size bytes, or what comes before the time is up or the writer ends. */
static size_t read_in_time(int fd, void *buf, size_t size)
{
	struct pollfd file = { .fd = fd, .events = POLLIN };
	size_t done = 0;
	ssize_t n;

	while (done < size && poll(&file, 1, PATIENCE) > 0) {
		n = read(fd, (char *)buf + done, size - done);
		if (n <= 0)
			break;
		done += n;
	}
	return done;
}

/* Have a child attempt it. Return: whether there was an answer. */
static bool attempt_in_child(struct attempt *ret_attempt)
{
	size_t size = sizeof(*ret_attempt);
	bool answered;
	pid_t child;
	int ends[2];

	memset(ret_attempt, 0, size);
	fflush(stdout);
	if (pipe2(ends, O_CLOEXEC))
		return false;
	child = fork();
	if (!child) {
		attempt_room(ret_attempt);
		/* A pipe holds it all, so this does not wait. */
		_exit(write(ends[1], ret_attempt, size) != (ssize_t)size);
	}
	close(ends[1]);
	answered = child > 0 &&
		read_in_time(ends[0], ret_attempt, size) == size;
	close(ends[0]);
	if (answered)
		waitpid(child, NULL, 0);
	else if (child > 0)
		kill(child, SIGKILL);
	return answered;
}

/**
 * struct daemon - a kchatd at work
 * @pid: its process; 0: none
 * @stopped: by a signal
 */
struct daemon {
	pid_t pid;
	bool stopped;
};

/* Rooms are always the real ones, and so are the daemons behind them. */
static const struct facts here = { .root = "" };

/* Does the process in this lock file, kchatd's, still run? */
static bool read_lock(struct daemon *daemon, const char *path)
{
	char text[256], name[32], state;

	if (!fact_line(&here, text, sizeof(text), path))
		return false;
	daemon->pid = strtol(text, NULL, 10);
	if (daemon->pid <= 0 ||
	    fact_read(&here, text, sizeof(text), "/proc/%ld/stat",
		      (long)daemon->pid) < 0 ||
	    sscanf(text, "%*d (%31[^)]) %c", name, &state) != 2 ||
	    strcmp(name, "kchatd")) {
		daemon->pid = 0;
		return false;
	}
	daemon->stopped = state == 'T' || state == 't';
	return true;
}

/*
 * The real path of a directory, if it is there; the daemon behind it, which may
 * be stopped, is not asked.
 */
static const char *real_path(const char *dir, char *ret_path)
{
	int fd = open(dir, O_PATH | O_CLOEXEC);
	ssize_t len = -1;
	char self[64];

	if (fd >= 0) {
		snprintf(self, sizeof(self), "/proc/self/fd/%d", fd);
		len = readlink(self, ret_path, PATH_MAX - 1);
		close(fd);
	}
	if (len < 0)
		return dir;
	ret_path[len] = '\0';
	return ret_path;
}

/* Who serves @dir? kchatd(8) says where its lock files are. */
static bool find_daemon(struct daemon *daemon, const char *dir)
{
	const char *run = getenv("XDG_RUNTIME_DIR");
	char name[PATH_MAX], path[PATH_MAX];
	size_t i, len, at = 0;

	dir = real_path(dir, path);
	if (*dir != '/')
		return false;
	len = strlen(dir);
	while (len > 1 && dir[len - 1] == '/')
		len--;
	for (i = 1; i < len && at < sizeof(name) - sizeof("\\x21"); i++) {
		if (strchr("!\\", dir[i]))
			at += sprintf(name + at, "\\x%02x", dir[i]);
		else
			name[at++] = dir[i] == '/' ? '!' : dir[i];
	}
	name[at] = '\0';
	if (snprintf(path, sizeof(path), "/run/kchat/%s", name) < PATH_MAX &&
	    read_lock(daemon, path))
		return true;
	return run && *run &&
		snprintf(path, sizeof(path), "%s/kchat.lock/%s", run,
			 name) < PATH_MAX && read_lock(daemon, path);
}

/* The daemon behind whatever directory kchat would take. */
static void find_any_daemon(struct daemon *daemon)
{
	const char *run = getenv("XDG_RUNTIME_DIR");
	const char *dir = getenv("KCHAT_DIR");
	char path[PATH_MAX];

	daemon->pid = 0;
	daemon->stopped = false;
	if (dir && *dir) {
		find_daemon(daemon, dir);
		return;
	}
	if (!find_daemon(daemon, "/dev/kchat") && run && *run &&
	    snprintf(path, sizeof(path), "%s/kchat", run) < PATH_MAX)
		find_daemon(daemon, path);
}

static void explain_silence(struct doctor *doctor)
{
	struct daemon daemon;

	find_any_daemon(&daemon);
	if (!daemon.stopped) {
		finding(doctor, "rooms", NO, "the room does not answer");
		return;
	}
	finding(doctor, "rooms", NO,
		"the room does not answer: its kchatd, process %ld, is stopped",
		(long)daemon.pid);
	prescribe(doctor, CURE_ROOM, "let it go on", "%skill -CONT %ld",
		  kill(daemon.pid, 0) ? as_root() : "", (long)daemon.pid);
}

static void explain_missing(struct doctor *doctor,
			    const struct attempt *attempt)
{
	const char *dir = getenv("KCHAT_DIR");

	if (doctor->module_loaded && !(dir && *dir)) {
		finding(doctor, "rooms", NO,
			"the module is loaded, but there is no %s; a container must be given it",
			attempt->path);
		prescribe(doctor, CURE_ROOM,
			  "have the module make its rooms anew",
			  "%smodprobe -r kchat && %smodprobe kchat", as_root(),
			  as_root());
		return;
	}
	finding(doctor, "rooms", NO, "there is no %s: no backend runs",
		attempt->path);
}

/* Is the group what it takes? If so, say it. */
static bool explain_group(struct doctor *doctor, const struct attempt *attempt)
{
	const struct stat *status = &attempt->status;
	struct word user, group;

	if (attempt->err != -EACCES || !attempt->has_status ||
	    (status->st_mode & 060) != 060 || status->st_uid == geteuid())
		return false;
	group_name(&group, status->st_gid);
	switch (membership(status->st_gid)) {
	case MEMBER:
		finding(doctor, "rooms", NO,
			"%s is open to the group %s, which you are in, and yet closed to you: by SELinux, AppArmor or the like?",
			attempt->path, group.text);
		return true;
	case MEMBER_NEXT_TIME:
		finding(doctor, "rooms", NO,
			"%s is open to the group %s; you are in it, but not in this session: you had logged in before",
			attempt->path, group.text);
		prescribe(doctor, CURE_ROOM,
			  "take the group along (or log in again)",
			  "newgrp %s", group.text);
		return true;
	case STRANGER:
		user_name(&user);
		if (!status->st_gid) {
			/* Nobody gave it a group; that of root is for nobody. */
			finding(doctor, "rooms", NO, "%s is open to root only",
				attempt->path);
			prescribe(doctor, CURE_ROOM,
				  "be in the group kchat (start the backend anew then, which gives it the room, and log in again)",
				  "%sgroupadd -f --system kchat && %susermod -aG kchat %s",
				  as_root(), as_root(), user.text);
			return true;
		}
		finding(doctor, "rooms", NO,
			"%s is open to the group %s, and you are not in it",
			attempt->path, group.text);
		prescribe(doctor, CURE_ROOM, "be in it once you log in again",
			  "%susermod -aG %s %s", as_root(), group.text,
			  user.text);
		return true;
	}
	return false;
}

/* What a killed daemon leaves: a node without a device, a dead mount. */
static bool is_left_behind(const struct attempt *attempt)
{
	dev_t device = attempt->status.st_rdev;

	if (attempt->err == -ENOTCONN || attempt->err == -ECONNABORTED)
		return true;
	return attempt->has_status && S_ISCHR(attempt->status.st_mode) &&
		fact_exists(&here, "/sys/dev/char") &&
		!fact_exists(&here, "/sys/dev/char/%u:%u", major(device),
			     minor(device));
}

static void explain_failure(struct doctor *doctor,
			    const struct attempt *attempt)
{
	if (attempt->err == -ENOENT || attempt->err == -ENOTDIR) {
		explain_missing(doctor, attempt);
	} else if (is_left_behind(attempt)) {
		finding(doctor, "rooms", NO,
			"%s was left behind by a kchatd that was killed",
			attempt->path);
		prescribe_kchatd(doctor, CURE_ROOM, "start it again in place",
				 strncmp(attempt->path, "/dev/", 5) ? "" : as_root(),
				 "");
	} else if (!explain_group(doctor, attempt)) {
		finding(doctor, "rooms", NO, "%s", attempt->reason.text);
	}
}

/* By whom? A device of CUSE's tells how many of its requests wait. */
static const char *backend_of(const struct stat *status)
{
	if (S_ISREG(status->st_mode))
		return "kchatd over FUSE";
	return fact_exists(&here, "/sys/dev/char/%u:%u/waiting",
			   major(status->st_rdev), minor(status->st_rdev)) ?
		"kchatd over CUSE" : "the module";
}

bool examine_rooms(struct doctor *doctor)
{
	struct attempt attempt;

	if (!attempt_in_child(&attempt)) {
		explain_silence(doctor);
		return false;
	}
	if (attempt.err) {
		explain_failure(doctor, &attempt);
		return false;
	}
	finding(doctor, "rooms", OK, "%s can be used, served by %s",
		attempt.path, backend_of(&attempt.status));
	return true;
}
