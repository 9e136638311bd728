// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * C3: limits, each at its edge, and that nobody dodges them.
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "conform.h"

#define STRANGER 65534
#define OTHER 65533

static void remove_by_name(int control, const struct kchat_spec *spec)
{
	struct kchat_spec name;

	memset(&name, 0, sizeof(name));
	memcpy(name.name, spec->name, sizeof(name.name));
	CHECK_OK(ioctl(control, KCHAT_REMOVE, &name));
}

/* What rooms there are, and how many bytes of rings */
static unsigned int count(uint64_t *ret_bytes)
{
	int control = control_open(O_RDONLY);
	struct kchat_list list;
	unsigned int n = 0, i;

	*ret_bytes = 0;
	memset(&list, 0, sizeof(list));
	do {
		CHECK_OK(ioctl(control, KCHAT_LIST, &list));
		for (i = 0; i < list.n; i++) {
			*ret_bytes += list.room[i].capacity;
			list.after = list.room[i].id;
		}
		n += list.n;
	} while (list.n == KCHAT_LIST_PAGE);
	close(control);
	return n;
}

/*
 * A room counts until nobody has it open, removed or not: with @last open, there
 * is no making @more in its stead.
 */
static void counts_while_open(int control, const struct kchat_spec *last,
			      struct kchat_spec *more, int err)
{
	int fd = path_open(beside(last->name), O_RDONLY);

	remove_by_name(control, last);
	CHECK_ERRNO(ioctl(control, KCHAT_CREATE, more), err);
	close(fd);
	CHECK_SOON(!ioctl(control, KCHAT_CREATE, more));
	remove_by_name(control, more);
}

/* ---- rooms ---- */

static void hundreds_of_rooms(void)
{
	enum { ROOMS = 300 };
	static int fd[ROOMS];
	struct kchat_spec spec;
	int i, got;

	for (i = 0; i < ROOMS; i++) {
		spec = room_spec();
		spec.capacity = KCHAT_CAPACITY_MIN;
		fd[i] = path_open(room_create(spec), O_RDWR);
	}
	for (i = 0; i < ROOMS; i++)
		put(fd[i], &i, sizeof(i));
	for (i = 0; i < ROOMS; i++) {
		get(fd[i], &got, sizeof(got));
		CHECK_EQ(got, i);
		nothing(fd[i]);
		/* And not even the number of its device is another's */
		close(fd[i]);
	}
}

static void as_many_rooms_as_allowed(void)
{
	unsigned int limit = limit_of("rooms"), n;
	struct kchat_spec spec, last = { 0 };
	int control = control_open(O_RDWR);
	uint64_t bytes;

	for (n = count(&bytes); n < limit; n++) {
		last = room_spec();
		last.capacity = KCHAT_CAPACITY_MIN;
		room_create(last);
	}
	spec = room_spec();
	spec.capacity = KCHAT_CAPACITY_MIN;
	CHECK_ERRNO(ioctl(control, KCHAT_CREATE, &spec), ENOSPC);
	CHECK_EQ(count(&bytes), limit);
	counts_while_open(control, &last, &spec, ENOSPC);
}

static void as_much_memory_as_allowed(void)
{
	uint64_t limit = (uint64_t)limit_of("memory") << 20, bytes;
	struct kchat_spec spec = room_spec(), last = { 0 };
	int control = control_open(O_RDWR);

	for (spec.capacity = KCHAT_CAPACITY_MAX;
	     spec.capacity >= KCHAT_CAPACITY_MIN; spec.capacity /= 2) {
		count(&bytes);
		while (bytes + spec.capacity <= limit) {
			uint32_t capacity = spec.capacity;

			room_create(spec);
			last = spec;
			spec = room_spec();
			spec.capacity = capacity;
			count(&bytes);
		}
		CHECK_ERRNO(ioctl(control, KCHAT_CREATE, &spec), ENOSPC);
	}
	spec.capacity = last.capacity;
	counts_while_open(control, &last, &spec, ENOSPC);
}

static void make_all_of_ones_own(void *arg)
{
	unsigned int limit = limit_of("user-rooms"), i;
	struct kchat_spec spec, last = { 0 };
	int control;

	(void)arg;
	become(STRANGER);
	control = control_open(O_RDWR);
	for (i = 0; i < limit; i++) {
		last = room_spec();
		room_create(last);
	}
	spec = room_spec();
	CHECK_ERRNO(ioctl(control, KCHAT_CREATE, &spec), EDQUOT);
	counts_while_open(control, &last, &spec, EDQUOT);
	rooms_remove();
}

static void as_many_of_ones_own(void)
{
	limit_of("user-rooms");
	control_for_all();
	tap_join(tap_spawn(make_all_of_ones_own, NULL));
}

/* ---- openers ---- */

static void many_descriptors(void)
{
	struct rlimit limit;

	CHECK_OK(getrlimit(RLIMIT_NOFILE, &limit));
	limit.rlim_cur = 4096;
	if (limit.rlim_max < limit.rlim_cur)
		limit.rlim_max = limit.rlim_cur;
	if (setrlimit(RLIMIT_NOFILE, &limit))
		SKIP("so many descriptors are not to be had");
}

static void full_room(void *arg)
{
	unsigned int limit = limit_of("openers"), i;
	int last = -1;

	become(STRANGER);
	for (i = 0; i < limit; i++)
		last = path_open(arg, i % 2 ? O_WRONLY : O_RDONLY);
	CHECK_ERRNO(open(arg, O_RDONLY), EUSERS);
	CHECK_ERRNO(open(arg, O_RDWR), EUSERS);
	close(last);
	CHECK_SOON((last = open(arg, O_RDWR)) >= 0);
	CHECK_ERRNO(open(arg, O_RDONLY), EUSERS);
}

static void as_many_openers_of_a_room(void)
{
	struct kchat_spec spec = room_spec();

	limit_of("openers");
	need_root();
	many_descriptors();
	spec.mode = 0666;
	tap_join(tap_spawn(full_room, room_create(spec)));
}

static char *rooms_for_all[2];
static atomic_bool *is_full;

static void full_user(void *arg)
{
	unsigned int limit = limit_of("user-openers"), i;
	int last = -1;

	(void)arg;
	become(STRANGER);
	for (i = 0; i < limit; i++)
		last = path_open(rooms_for_all[i % 2], O_WRONLY);
	CHECK_ERRNO(open(rooms_for_all[0], O_WRONLY), EUSERS);
	CHECK_ERRNO(open(rooms_for_all[1], O_RDONLY), EUSERS);
	close(last);
	last = path_open(rooms_for_all[1], O_WRONLY);
	atomic_store(is_full, true);
	pause();
	close(last);
}

static void one_more(void *arg)
{
	(void)arg;
	become(OTHER);
	put(path_open(rooms_for_all[0], O_RDWR), "x", 1);
}

static void as_many_openers_of_a_user(void)
{
	struct kchat_spec spec;
	pid_t full;
	int i;

	limit_of("user-openers");
	need_root();
	many_descriptors();
	is_full = share(sizeof(*is_full));
	for (i = 0; i < 2; i++) {
		spec = room_spec();
		spec.mode = 0666;
		rooms_for_all[i] = room_create(spec);
	}
	/* With the process all it had open is given back */
	for (i = 0; i < 2; i++) {
		atomic_store(is_full, false);
		full = tap_spawn(full_user, NULL);
		CHECK_SOON(atomic_load(is_full));
		/* Others are not concerned */
		tap_join(tap_spawn(one_more, NULL));
		kill(full, SIGKILL);
		tap_reap(full, SIGKILL);
	}
}

/* ---- what waits in writes ---- */

#define PARKED_MAX 64
#define LITTLE 1000

static void parks(void *arg)
{
	static struct call calls[PARKED_MAX];
	unsigned int limit = limit_of("user-parked"), n, i;
	int fd;
	char *text = message(KCHAT_MSG_MAX);

	become(STRANGER);
	n = limit / KCHAT_MSG_MAX;
	CHECK(n > 1 && n <= PARKED_MAX);
	on_signal(SIGUSR1, 0);
	for (i = 0; i < n; i++) {
		fd = path_open(arg, O_WRONLY);
		call_write(&calls[i], fd, text, KCHAT_MSG_MAX);
		call_waits(&calls[i]);
	}
	/* It is the user who may not, through whatever file */
	fd = path_open(arg, O_WRONLY);
	CHECK_ERRNO(write(fd, text, KCHAT_MSG_MAX), ENOBUFS);
	CHECK_ERRNO(write(fd, text, limit % KCHAT_MSG_MAX + 1), ENOBUFS);
	/* Who does not wait is told to wait, as ever */
	set_nonblock(fd, true);
	CHECK_ERRNO(write(fd, text, KCHAT_MSG_MAX), EAGAIN);
	set_nonblock(fd, false);
	/* What waits no longer is given back */
	call_signal(&calls[0], SIGUSR1);
	call_fails(&calls[0], EINTR);
	call_write(&calls[0], fd, text, KCHAT_MSG_MAX);
	call_waits(&calls[0]);
}

static void parks_little(void *arg)
{
	struct call call;
	int fd;

	become(OTHER);
	fd = path_open(arg, O_WRONLY);
	call_write(&call, fd, "x", 1);
	call_waits(&call);
}

/* One that everybody may open, full until somebody reads from @reader */
struct brimful {
	char *path;
	int reader;
};

static struct brimful brimful_room(void)
{
	static struct stream s;
	struct kchat_spec spec = room_spec();
	struct brimful room;

	spec.mode = 0666;
	spec.capacity = KCHAT_CAPACITY_MIN;
	room.path = room_create(spec);
	room.reader = path_open(room.path, O_RDONLY);
	stream_brim(&s, path_open(room.path, O_WRONLY | O_NONBLOCK), LITTLE);
	return room;
}

static void as_much_waiting_as_allowed(void)
{
	struct brimful room;

	limit_of("user-parked");
	need_root();
	room = brimful_room();
	tap_join(tap_spawn(parks, room.path));
	tap_join(tap_spawn(parks_little, room.path));
	tap_join(tap_spawn(parks, room.path));
}

/* As long as one file is open, the user is remembered. */
static void stays(void *arg)
{
	become(STRANGER);
	path_open(arg, O_WRONLY);
	for (;;)
		pause();
}

static void reads_on(void *arg)
{
	const struct brimful *room = arg;
	char *text = message(LITTLE);

	for (;;)
		CHECK_OK(read(room->reader, text, LITTLE));
}

/* In a room that is full, and of which somebody reads, each of these has to wait. */
static void waits_often(void *arg)
{
	char *text = message(LITTLE);
	int fd, i;

	become(STRANGER);
	fd = path_open(arg, O_WRONLY);
	for (i = 0; i < 500; i++)
		CHECK_EQ(write(fd, text, LITTLE), LITTLE);
}

static void waiting_in_rooms_at_once(void)
{
	pid_t stayer, reader[2], writer[4];
	struct brimful room[2];
	int i;

	limit_of("user-parked");
	need_root();
	for (i = 0; i < 2; i++)
		room[i] = brimful_room();
	stayer = tap_spawn(stays, room[0].path);
	for (i = 0; i < 4; i++)
		writer[i] = tap_spawn(waits_often, room[i % 2].path);
	for (i = 0; i < 2; i++)
		reader[i] = tap_spawn(reads_on, &room[i]);
	for (i = 0; i < 4; i++)
		tap_join(writer[i]);
	for (i = 0; i < 2; i++) {
		kill(reader[i], SIGKILL);
		tap_reap(reader[i], SIGKILL);
	}
	/* Just what is allowed may wait again, not more and not less. */
	tap_join(tap_spawn(parks, brimful_room().path));
	kill(stayer, SIGKILL);
	tap_reap(stayer, SIGKILL);
}

const struct tap_test tests_limits[] = {
	{ "C3 300 rooms at once", hundreds_of_rooms, 120 },
	{ "C3 no more rooms than allowed, removed ones included",
	  as_many_rooms_as_allowed, 120 },
	{ "C3 no more memory than allowed, likewise",
	  as_much_memory_as_allowed, 60 },
	{ "C3 no more rooms of one user", as_many_of_ones_own, 60 },
	{ "C3 no more openers of a room", as_many_openers_of_a_room, 60 },
	{ "C3 no more openers of a user", as_many_openers_of_a_user, 60 },
	{ "C3 no more bytes waiting in one user's writes",
	  as_much_waiting_as_allowed, 60 },
	{ "C3 bytes that wait in two rooms at once are counted right",
	  waiting_in_rooms_at_once, 60 },
	{ NULL, NULL, 0 },
};
