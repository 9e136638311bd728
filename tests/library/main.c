// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * test-library ROOM [PATTERN]: libkchat in a room, whatever serves it
 */
#include "config.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "library.h"

const char *lobby;
bool backend_is_old;
int (*backend_lists)(unsigned long request, void *page);

/* The library is linked with this one. */
int ioctl(int fd, unsigned long request, ...)
{
	va_list args;
	void *arg;

	if (backend_is_old) {
		errno = ENOTTY;
		return -1;
	}
	va_start(args, request);
	arg = va_arg(args, void *);
	va_end(args);
	if (backend_lists && (request == KCHAT_LIST || request == KCHAT_MEMBERS))
		return backend_lists(request, arg);
	return syscall(SYS_ioctl, fd, request, arg);
}

/*
 * Tests end anywhere and clean nothing up. What they leave is no leak; whatever
 * else is left, the library has leaked.
 */
static void *keep(void *what)
{
	static void *kept[64];
	static size_t nr;

	CHECK(what && nr < LENGTH(kept));
	return kept[nr++] = what;
}

void *memory(size_t len)
{
	return keep(calloc(1, len));
}

struct kchat_room *enter(const char *path, int flags, unsigned int options)
{
	struct kchat_room *room;

	WORKS(kchat_room_open(&room, path, flags, options));
	return keep(room);
}

const struct kchat_item *next(struct kchat_room *room)
{
	const struct kchat_item *item;

	CHECK_EQ(kchat_room_next(room, &item), 1);
	return item;
}

void hears(struct kchat_room *room, const char *text)
{
	const struct kchat_item *item = next(room);

	CHECK_EQ(item->kind, KCHAT_ITEM_MESSAGE);
	CHECK_EQ(item->len, strlen(text));
	CHECK_MEM(item->data, text, item->len);
}

void says(struct kchat_room *room, const char *text)
{
	WORKS(kchat_room_send(room, text, strlen(text)));
}

/* ---- Rooms of one's own ---- */

const char *lobby_dir(void)
{
	static char dir[4096];

	snprintf(dir, sizeof(dir), "%s", lobby);
	*strrchr(dir, '/') = '\0';
	return dir;
}

int control(int flags)
{
	int fd = kchat_control_open(lobby_dir(), flags);

	if (fd == -ENOENT)
		SKIP("no control node");
	CHECK(fd >= 0);
	return fd;
}

struct kchat_spec spec_of(const char *suffix)
{
	struct kchat_spec spec = KCHAT_SPEC_INIT;

	snprintf(spec.name, sizeof(spec.name), "library-%s", suffix);
	return spec;
}

/* Whatever an earlier test left of it is removed first. */
const char *make_room(struct kchat_spec *spec)
{
	static char path[4200];
	int fd = control(O_RDWR), err;

	kchat_control_remove(fd, spec->name);
	/* That somebody left may be noticed a little later. */
	CHECK_SOON((err = kchat_control_create(fd, spec)) != -EBUSY);
	WORKS(err);
	close(fd);
	snprintf(path, sizeof(path), "%s/%s", lobby_dir(), spec->name);
	return path;
}

struct kchat_room *own_room(struct kchat_spec *spec, int flags,
			    unsigned int options)
{
	return enter(make_room(spec), flags, options);
}

/* Whoever lent us his backend finds it as it was. */
static void remove_rooms(void)
{
	int fd = kchat_control_open(lobby_dir(), O_RDWR);
	struct kchat_spec *rooms;
	size_t n, i;

	if (fd < 0)
		return;
	if (!kchat_control_list(fd, &rooms, &n)) {
		for (i = 0; i < n; i++)
			if (!strncmp(rooms[i].name, "library-", 8))
				kchat_control_remove(fd, rooms[i].name);
		free(rooms);
	}
	close(fd);
}

int main(int argc, char **argv)
{
	static const struct tap_test *const tables[] = {
		tests_names, tests_talk, tests_loss, tests_manage, NULL,
	};
	int status;

	if (argc < 2 || !strchr(argv[1], '/')) {
		fprintf(stderr, "usage: test-library /PATH/OF/ROOM [PATTERN]\n");
		return 2;
	}
	lobby = argv[1];
	status = tap_run(tables, argc > 2 ? argv[2] : NULL);
	remove_rooms();
	return status;
}
