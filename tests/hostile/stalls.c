// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Programs whose memory never comes, in the middle of a call. They hang, and can
 * be killed; nobody else is kept waiting for longer than the room's patience.
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hostile.h"

/* Longer than what is there, shorter than what is not */
#define LONG 20000

/* What a process that stalls does with its memory */
enum way { READ, RECORDS, WRITE, BATCH, OPTIONS, MEMBERS, CREATE, LIST, NAMES };

struct staller {
	enum stall kind;
	enum way way;
	const char *path;
};

static long call_of(enum way way)
{
	switch (way) {
	case READ:
	case RECORDS:
		return SYS_read;
	case WRITE:
	case BATCH:
		return SYS_write;
	case NAMES:
		return SYS_getdents64;
	default:
		return SYS_ioctl;
	}
}

/* A frame that is there, but for the last of its payload */
static void *frame_before(char *mem)
{
	struct kchat_record frame = {
		.size = sizeof(frame) + LONG,
		.len = LONG,
		.type = KCHAT_RECORD_MESSAGE,
	};

	return memcpy(mem - sizeof(frame), &frame, sizeof(frame));
}

/* Whoever comes back from the call has got its memory: a fault of the test */
static void stall(void *arg)
{
	const struct staller *staller = arg;
	char *mem = stall_memory(staller->kind);
	int fd = -1;
	ssize_t ret;

	if (staller->way < CREATE)
		fd = path_open(staller->path, O_RDWR);
	else if (staller->way == NAMES)
		fd = path_open(staller->path, O_RDONLY | O_DIRECTORY);
	else
		fd = control_open(O_RDWR);

	switch (staller->way) {
	case RECORDS:
		set_options(fd, KCHAT_OPTION_RECORDS);
		/* fall through */
	case READ:
		/* Until there is more to read than what has its page */
		do
			ret = read(fd, mem - 8, STALL_SIZE);
		while (ret > 0 && ret <= 8);
		break;
	case BATCH:
		set_options(fd, KCHAT_OPTION_BATCH);
		mem = frame_before(mem);
		ret = write(fd, mem, sizeof(struct kchat_record) + LONG);
		break;
	case WRITE:
		ret = write(fd, mem - STALL_FRONT, LONG);
		break;
	case OPTIONS:
		ret = ioctl(fd, KCHAT_SET_OPTIONS, mem - 8);
		break;
	case MEMBERS:
		ret = ioctl(fd, KCHAT_MEMBERS, mem - 8);
		break;
	case CREATE:
		ret = ioctl(fd, KCHAT_CREATE, mem - 8);
		break;
	case NAMES:
		ret = syscall(SYS_getdents64, fd, mem, STALL_SIZE);
		break;
	default:
		ret = ioctl(fd, KCHAT_LIST, mem - 8);
		break;
	}
	FAIL("call %ld came back with %zd (%s)", call_of(staller->way), ret,
	     ret < 0 ? strerror(errno) : "");
}

static bool stalls(pid_t pid, enum way way)
{
	return stall_is_asked() && is_asleep(pid, call_of(way));
}

static pid_t stall_start(struct staller *staller)
{
	pid_t pid;

	stall_init();
	pid = start(stall, staller);
	CHECK_SOON(stalls(pid, staller->way));
	return pid;
}

/* Rooms can be made, listed and removed while somebody stalls, whoever it is */
static void managing_goes_on(void)
{
	char *path = small_room(KCHAT_PATIENCE_FOREVER);
	struct kchat_list list = { .after = 0 };
	int control = control_open(O_RDWR);

	CHECK_OK(ioctl(control, KCHAT_LIST, &list));
	close(path_open(path, O_RDWR));
	room_remove(path);
	close(control);
}

static void one_stalls(enum stall kind, enum way way)
{
	char *path = small_room(PATIENCE_MS);
	struct honest *here = honest_start(path);
	struct honest *there = honest_start(small_room(KCHAT_PATIENCE_FOREVER));
	struct staller staller = { kind, way, path };
	pid_t pid = stall_start(&staller);

	honest_goes_on(here);
	honest_goes_on(there);
	managing_goes_on();
	CHECK(stalls(pid, way));
	kill_hostile(pid);
	honest_goes_on(here);
	honest_goes_on(there);
	if (backend == KMOD)
		CHECK_EQ(atomic_load(&here->fronts), 0);
}

#define STALLS(name, kind, way)			\
	static void name(void)			\
	{					\
		one_stalls(kind, way);		\
	}

STALLS(userfault_read, BY_USERFAULT, READ)
STALLS(userfault_records, BY_USERFAULT, RECORDS)
STALLS(userfault_write, BY_USERFAULT, WRITE)
STALLS(userfault_batch, BY_USERFAULT, BATCH)
STALLS(userfault_options, BY_USERFAULT, OPTIONS)
STALLS(userfault_members, BY_USERFAULT, MEMBERS)
STALLS(userfault_create, BY_USERFAULT, CREATE)
STALLS(userfault_list, BY_USERFAULT, LIST)
STALLS(file_read, BY_FILE, READ)
STALLS(file_write, BY_FILE, WRITE)
STALLS(file_members, BY_FILE, MEMBERS)
STALLS(file_create, BY_FILE, CREATE)

/* ---- the names of all rooms ---- */

static struct maker {
	struct kchat_spec spec;
	atomic_bool opened, done;
} *maker;

static void keep_open(void *arg)
{
	path_open(arg, O_RDWR);
	atomic_store(&maker->opened, true);
	for (;;)
		pause();
}

static void make_and_remove(void *arg)
{
	int control = control_open(O_RDWR);

	CHECK_OK(ioctl(control, KCHAT_CREATE, &maker->spec));
	CHECK_OK(ioctl(control, KCHAT_REMOVE, &maker->spec));
	atomic_store(&maker->done, true);
	for (;;)
		pause();
	(void)arg;
}

static bool is_listed(int control, const char *name)
{
	struct kchat_list list = { .after = 0 };
	uint32_t i;

	do {
		CHECK_OK(ioctl(control, KCHAT_LIST, &list));
		for (i = 0; i < list.n; i++) {
			if (!strcmp(list.room[i].name, name))
				return true;
			list.after = list.room[i].id;
		}
	} while (list.n == KCHAT_LIST_PAGE);
	return false;
}

/*
 * No node comes or goes while somebody reads the directory's names: that is the
 * kernel's. Who makes a room waits for it, and nobody else with him. (Over CUSE it
 * is the daemon that would wait.)
 */
static void names_stall(void)
{
	struct kchat_spec changed = room_spec(), ended = room_spec();
	char *path = small_room(PATIENCE_MS), directory[4096];
	struct staller staller = { BY_USERFAULT, NAMES, directory };
	int control = control_open(O_RDWR);
	pid_t pid, making, leaver;
	struct honest *here;

	snprintf(directory, sizeof(directory), "%s", path);
	*strrchr(directory, '/') = '\0';
	room_create(changed);
	changed.change = KCHAT_CHANGE_PATIENCE;
	maker = share(sizeof(*maker));
	maker->spec = room_spec();
	leaver = start(keep_open, room_create(ended));
	CHECK_SOON(atomic_load(&maker->opened));
	CHECK_OK(ioctl(control, KCHAT_REMOVE, &ended));
	here = honest_start(path);
	pid = stall_start(&staller);
	if (backend == KMOD) {
		making = start(make_and_remove, NULL);
		CHECK_SOON(is_asleep(making, SYS_ioctl));
		CHECK_OK(ioctl(control, KCHAT_CHANGE, &changed));
		CHECK(is_listed(control, ended.name));
		kill_hostile(leaver);
		CHECK(!is_listed(control, ended.name));
		CHECK(!atomic_load(&maker->done));
	}
	honest_goes_on(here);
	kill_hostile(pid);
	if (backend == KMOD)
		CHECK_SOON(atomic_load(&maker->done));
	honest_goes_on(here);
}

/* ---- who stalls holds back no longer than it lives ---- */

static void killed_is_gone(void)
{
	static struct stream s;
	char *path = small_room(KCHAT_PATIENCE_FOREVER);
	struct staller staller = { BY_USERFAULT, READ, path };
	int w = path_open(path, O_WRONLY);
	struct call call;
	pid_t pid;

	stall_init();
	pid = start(stall, &staller);
	CHECK_SOON(is_asleep(pid, SYS_read) || stall_is_asked());
	set_nonblock(w, true);
	stream_brim(&s, w, 4096);
	set_nonblock(w, false);
	CHECK_SOON(stalls(pid, READ));
	call_write(&call, w, "x", 1);
	call_waits(&call);
	kill_hostile(pid);
	CHECK_EQ(call_ends(&call), 1);
}

/* Its room is removed, and the name free as soon as it is dead */
static void removed_beneath(void)
{
	struct kchat_spec spec = room_spec();
	struct honest *there = honest_start(small_room(KCHAT_PATIENCE_FOREVER));
	int control = control_open(O_RDWR), w;
	struct staller reads, writes;
	pid_t reader, writer;
	char *path;

	spec.capacity = KCHAT_CAPACITY_MIN;
	path = room_create(spec);
	w = path_open(path, O_WRONLY);
	reads = (struct staller){ BY_USERFAULT, READ, path };
	writes = (struct staller){ BY_USERFAULT, WRITE, path };
	writer = stall_start(&writes);
	stall_init();
	reader = start(stall, &reads);
	CHECK_SOON(is_asleep(reader, SYS_read));
	put(w, message(LONG), LONG);
	CHECK_SOON(stalls(reader, READ));
	CHECK_OK(ioctl(control, KCHAT_REMOVE, &spec));
	CHECK_ERRNO(write(w, "x", 1), ENODEV);
	close(w);
	CHECK_ERRNO(ioctl(control, KCHAT_CREATE, &spec), EBUSY);
	honest_goes_on(there);
	kill_hostile(reader);
	CHECK_ERRNO(ioctl(control, KCHAT_CREATE, &spec), EBUSY);
	kill_hostile(writer);
	CHECK_SOON(!ioctl(control, KCHAT_CREATE, &spec));
	honest_goes_on(honest_start(path));
}

const struct tap_test tests_stalls[] = {
	{ "W2 a read stalls (userfaultfd), others go on", userfault_read, 0 },
	{ "W2 a read of records stalls (userfaultfd)", userfault_records, 0 },
	{ "W2 a write stalls (userfaultfd)", userfault_write, 0 },
	{ "O7 a batch stalls (userfaultfd)", userfault_batch, 0 },
	{ "O1 options stall (userfaultfd)", userfault_options, 0 },
	{ "O6 a page of members stalls (userfaultfd)", userfault_members, 0 },
	{ "C1 making a room stalls (userfaultfd)", userfault_create, 0 },
	{ "C1 a list of rooms stalls (userfaultfd)", userfault_list, 0 },
	{ "W2 a read stalls (a file that is not answered)", file_read, 0 },
	{ "W2 a write stalls (a file that is not answered)", file_write, 0 },
	{ "O6 a page of members stalls (a file that is not answered)",
	  file_members, 0 },
	{ "C1 making a room stalls (a file that is not answered)", file_create,
	  0 },
	{ "C1 C2 reading the names of all rooms stalls", names_stall, 0 },
	{ "W8 who stalls and is killed holds nobody back", killed_is_gone, 0 },
	{ "C2 a room is removed while some stall in it", removed_beneath, 0 },
	{ NULL, NULL, 0 },
};
