// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * lock.c - one daemon for one directory; lock.h says how
 */
#include "config.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "lock.h"

#define LOCKS_OF_ROOT	"/run/kchat"

/**
 * lock_name() - find a directory's lock file, without touching it
 * @lock: set to it, not locked
 * @directory: absolute path of the directory
 * @ret_why: on failure, why there is no place for it
 *
 * Return: 0 or -1.
 */
int lock_name(struct lock *lock, const char *directory, struct reason *ret_why)
{
	const char *runtime = getenv("XDG_RUNTIME_DIR");
	size_t at, i;
	int len;

	lock->fd = -1;
	if (geteuid() == 0) {
		len = snprintf(lock->path, sizeof(lock->path), "%s/",
			       LOCKS_OF_ROOT);
	} else if (runtime && *runtime == '/') {
		len = snprintf(lock->path, sizeof(lock->path),
			       "%s/kchat.lock/", runtime);
	} else {
		because(ret_why, "XDG_RUNTIME_DIR is not set, so there is no place for the lock file; set it to a directory of your own");
		return -1;
	}
	at = (size_t)len;
	/*
	 * A name in a directory, and no other path's: '/' as '!', as sysfs does, and
	 * what would be mistaken for that in hexadecimal, as udev does.
	 */
	for (i = 1; directory[i] && at < sizeof(lock->path) - sizeof("\\x21"); i++) {
		if (strchr("!\\", directory[i]))
			at += (size_t)sprintf(lock->path + at, "\\x%02x",
					      directory[i]);
		else
			lock->path[at++] = directory[i] == '/' ? '!' : directory[i];
	}
	lock->path[at] = '\0';
	strcpy(lock->pid_path, lock->path);
	/* No directory's name ends so. */
	strcpy(lock->path + at++, "!");
	if (!directory[i] && at - (size_t)len <= NAME_MAX)
		return 0;
	because(ret_why, "the path %s is too long", directory);
	return -1;
}

static int lock_open(const struct lock *lock, struct reason *ret_why)
{
	char folder[sizeof(lock->path)];
	bool root = geteuid() == 0;
	int fd;

	snprintf(folder, sizeof(folder), "%s", lock->path);
	*strrchr(folder, '/') = '\0';
	if (mkdir(folder, root ? 0755 : 0700) && errno != EEXIST) {
		because(ret_why, "cannot make %s for the lock file: %s", folder,
			strerror(errno));
		return -1;
	}
	fd = open(lock->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (fd < 0)
		because(ret_why, "cannot open the lock file %s: %s", lock->path,
			strerror(errno));
	return fd;
}

/* Is the file still there under its name? Its last holder may remove it. */
static bool lock_is_current(const struct lock *lock, int fd)
{
	struct stat ours, named;

	return !fstat(fd, &ours) && !stat(lock->path, &named) &&
	       ours.st_ino == named.st_ino && ours.st_dev == named.st_dev;
}

/* Does a process have our file open? */
static bool lock_is_open_in(pid_t pid, int fd)
{
	struct stat ours, theirs;
	struct dirent *entry;
	bool found = false;
	char path[64];
	DIR *files;

	snprintf(path, sizeof(path), "/proc/%ld/fd", (long)pid);
	files = fstat(fd, &ours) ? NULL : opendir(path);
	if (!files)
		return false;
	while (!found && (entry = readdir(files)))
		found = !fstatat(dirfd(files), entry->d_name, &theirs, 0) &&
			ours.st_ino == theirs.st_ino &&
			ours.st_dev == theirs.st_dev;
	closedir(files);
	return found;
}

/*
 * Who has it locked. Until he has written his pid, that of one who was killed may
 * stand there, and that may be a stranger's by now.
 */
static pid_t lock_holder(const struct lock *lock, int fd)
{
	FILE *file = fopen(lock->pid_path, "re");
	char text[32];
	pid_t pid;

	if (!file)
		return 0;
	pid = fgets(text, sizeof(text), file) ? (pid_t)strtol(text, NULL, 10) : 0;
	fclose(file);
	return pid > 0 && lock_is_open_in(pid, fd) ? pid : 0;
}

static int pid_write(const struct lock *lock)
{
	int len, fd = open(lock->pid_path, O_WRONLY | O_CREAT | O_TRUNC |
			   O_CLOEXEC | O_NOFOLLOW, 0644);

	if (fd < 0)
		return -1;
	len = dprintf(fd, "%ld\n", (long)getpid());
	close(fd);
	return len < 0 ? -1 : 0;
}

/**
 * lock_drop() - let others be
 * @lock: a lock that is ours
 */
void lock_drop(struct lock *lock)
{
	unlink(lock->pid_path);
	unlink(lock->path);
	close(lock->fd);
	lock->fd = -1;
}

/**
 * lock_take() - be the only one, for as long as this process lives
 * @lock: a named lock
 * @ret_holder: if another has it: its pid, or 0 if it has yet to write that
 * @ret_why: on failure, why
 *
 * Return: 1 if it is ours; 0 if another has it; -1 on failure.
 */
int lock_take(struct lock *lock, pid_t *ret_holder, struct reason *ret_why)
{
	int fd;

	for (;;) {
		fd = lock_open(lock, ret_why);
		if (fd < 0)
			return -1;
		if (flock(fd, LOCK_EX | LOCK_NB)) {
			*ret_holder = lock_holder(lock, fd);
			close(fd);
			return 0;
		}
		if (lock_is_current(lock, fd))
			break;
		close(fd);
	}
	lock->fd = fd;
	if (!pid_write(lock))
		return 1;
	because(ret_why, "cannot write the pid to %s: %s", lock->pid_path,
		strerror(errno));
	lock_drop(lock);
	return -1;
}
