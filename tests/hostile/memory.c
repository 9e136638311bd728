// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A program that has used up the memory it may have. It gets errors, or is killed,
 * and nobody else notices.
 *
 * In a cgroup of version 1 it can be spared by the OOM killer, and the kernel's
 * allocations for it fail; in one of version 2 it is killed, or made to wait.
 */
#include "config.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "hostile.h"

#define GROUP_BYTES "6291456"
#define FILLED_MAX (64u << 20)

/* Rounds in which all is touched that a round needs */
#define WARM 20

static int group = -1;
static char group_name[40];
static int groups;
static bool version_2;

/* Our group goes with the test's first process, when its own have ended. */
static void group_leave(void)
{
	if (group >= 0)
		unlinkat(groups, group_name, AT_REMOVEDIR);
}

static int groups_mount(const char *type, const char *controllers)
{
	char place[] = "/tmp/kchat-hostile.XXXXXX";
	int fd = -1;

	CHECK(mkdtemp(place) != NULL);
	if (!mount("kchat", place, type, 0, controllers)) {
		fd = open(place, O_DIRECTORY | O_RDONLY | O_CLOEXEC);
		umount2(place, MNT_DETACH);
	}
	rmdir(place);
	return fd;
}

static void set(int dir, const char *file, const char *value)
{
	int fd = openat(dir, file, O_WRONLY | O_CLOEXEC);

	if (fd < 0 || write(fd, value, strlen(value)) < 0)
		SKIP("no memory cgroup: %s: %s", file, strerror(errno));
	close(fd);
}

/* @old_ones: of version 1, if there are such */
static void group_make(bool old_ones)
{
	need_root();
	groups = old_ones ? groups_mount("cgroup", "memory") : -1;
	version_2 = groups < 0;
	if (version_2) {
		groups = groups_mount("cgroup2", NULL);
		if (groups < 0)
			SKIP("no cgroups: %s", strerror(errno));
		set(groups, "cgroup.subtree_control", "+memory");
	}
	snprintf(group_name, sizeof(group_name), "kchat-hostile-%d", getpid());
	/* One of this number was killed once, and left its group */
	unlinkat(groups, group_name, AT_REMOVEDIR);
	CHECK_OK(mkdirat(groups, group_name, 0700));
	group = CHECK_OK(openat(groups, group_name,
				O_DIRECTORY | O_RDONLY | O_CLOEXEC));
	atexit(group_leave);
	set(group, version_2 ? "memory.max" : "memory.limit_in_bytes",
	    GROUP_BYTES);
}

static void group_join(void)
{
	set(group, version_2 ? "cgroup.procs" : "tasks", "0");
}

/* The room of the one without memory, one it tries to make, what became of it */
static struct {
	char path[4096];
	struct kchat_spec spec;
	atomic_uint rounds, rooms_denied, rooms_made;
} *starved;

static struct honest *here, *there;

/* Who starves uses the room of one of the honest. */
static void prepare(void)
{
	group_make(true);
	starved = share(sizeof(*starved));
	snprintf(starved->path, sizeof(starved->path), "%s",
		 small_room(KCHAT_PATIENCE_FOREVER));
	starved->spec = room_spec();
	starved->spec.capacity = 1 << 23;
	here = honest_start(starved->path);
	there = honest_start(small_room(KCHAT_PATIENCE_FOREVER));
}

/*
 * read(2) past a sanitizer, which looks at memory of its own for that of ours, and
 * would have to wait for it as well
 */
static ssize_t plain_read(int fd, void *buf, size_t len)
{
	return syscall(SYS_read, fd, buf, len);
}

/*
 * Use up what there is. The faults are the kernel's, which then fail; one of our
 * own would have to wait.
 */
static char *use_up(void)
{
	char *mem = mmap(NULL, FILLED_MAX, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	int zero = CHECK_OK(open("/dev/zero", O_RDONLY | O_CLOEXEC));
	size_t at = 0;

	CHECK(mem != MAP_FAILED);
	while (at < FILLED_MAX && plain_read(zero, mem + at, 4096) == 4096)
		at += 4096;
	if (at == FILLED_MAX)
		SKIP("the cgroup gives more than it has");
	close(zero);
	return mem + at;
}

static void try_room(int control)
{
	if (!ioctl(control, KCHAT_CREATE, &starved->spec)) {
		atomic_fetch_add(&starved->rooms_made, 1);
		CHECK_OK(ioctl(control, KCHAT_REMOVE, &starved->spec));
	} else {
		CHECK_EQ(errno, ENOMEM);
		atomic_fetch_add(&starved->rooms_denied, 1);
	}
}

static void check_refusal(ssize_t ret)
{
	if (ret < 0)
		CHECK(errno == ENOMEM || errno == EFAULT || errno == EAGAIN ||
		      errno == ENOBUFS || errno == ENFILE);
}

/* One more open file, if it can be had, and @nowhere to read into */
static void try_reading(char *nowhere)
{
	int fd = open(starved->path, O_RDWR | O_NONBLOCK | O_CLOEXEC);

	check_refusal(fd);
	if (fd < 0)
		return;
	ready(fd);
	check_refusal(plain_read(fd, nowhere, 60000));
	close(fd);
}

/* A message comes through sooner or later: its memory is there */
static void write_one(int fd, struct traffic *traffic, char *text)
{
	size_t len = traffic_next(traffic, text);
	ssize_t n;

	do {
		n = write(fd, text, len);
		check_refusal(n);
	} while (n < 0);
}

/* What deeper calls will need, to be locked with all the rest */
static __attribute__((noinline)) void touch_stack(void)
{
	volatile char stack[1 << 16];
	size_t i;

	for (i = 0; i < sizeof(stack); i += 1024)
		stack[i] = 0;
}

static void starve(void *arg)
{
	char *text = message(KCHAT_MSG_MAX), *nowhere = message(KCHAT_MSG_MAX);
	int control = control_open(O_RDWR), w, round;
	struct traffic traffic;

	(void)arg;
	w = path_open(starved->path, O_WRONLY | O_NONBLOCK);
	touch_stack();
	memset(text, 0, KCHAT_MSG_MAX);
	errno = EAGAIN;
	check_refusal(-1);
	traffic_init(&traffic, 1, 20000);
	CHECK_OK(mlockall(MCL_CURRENT));
	for (round = 0;; round++) {
		/* A sanitizer lets nobody lock: what is needed was needed before */
		if (round == WARM) {
			atomic_store(&starved->rooms_made, 0);
			group_join();
			nowhere = use_up();
		}
		write_one(w, &traffic, text);
		try_reading(nowhere);
		try_room(control);
		if (round >= WARM)
			atomic_fetch_add(&starved->rounds, 1);
	}
}

static void starves(void)
{
	int control = control_open(O_RDWR);
	pid_t pid;

	prepare();
	if (version_2)
		SKIP("no memory cgroups of version 1");
	set(group, "memory.oom_control", "1");
	pid = start(starve, NULL);
	CHECK_SOON(atomic_load(&starved->rounds) >= 10);
	honest_goes_on(here);
	honest_goes_on(there);
	kill_hostile(pid);
	/* Perhaps it had no time for that */
	ioctl(control, KCHAT_REMOVE, &starved->spec);
	honest_goes_on(here);
	printf("%u rooms made, %u denied\n", atomic_load(&starved->rooms_made),
	       atomic_load(&starved->rooms_denied));
	/* D4: only the module charges it to whoever makes the room */
	if (backend == KMOD)
		CHECK(atomic_load(&starved->rooms_denied) > 0 &&
		      atomic_load(&starved->rooms_made) == 0);
	else
		CHECK(atomic_load(&starved->rooms_made) > 0);
}

/* Ever more memory of its own, and of the kernel's for it, until it is killed */
static void grow(void *with_rooms)
{
	char *text = message(KCHAT_MSG_MAX), *mem;
	int control = control_open(O_RDWR), w;
	struct traffic traffic;

	mem = mmap(NULL, FILLED_MAX, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	CHECK(mem != MAP_FAILED);
	w = path_open(starved->path, O_WRONLY | O_NONBLOCK);
	traffic_init(&traffic, with_rooms ? 2 : 1, 20000);
	group_join();
	for (;;) {
		write_one(w, &traffic, text);
		try_reading(mem);
		memset(mem, 1, 65536);
		mem += 65536;
		if (with_rooms)
			try_room(control);
		atomic_fetch_add(&starved->rounds, 1);
	}
}

static void is_killed(bool with_rooms)
{
	pid_t pid = start(grow, with_rooms ? "" : NULL);
	siginfo_t end = { .si_pid = 0 };

	CHECK_SOON(!waitid(P_PID, pid, &end, WEXITED | WNOHANG | WNOWAIT) &&
		   end.si_pid == pid);
	CHECK_EQ(end.si_code, CLD_KILLED);
	kill_hostile(pid);
	honest_goes_on(here);
	honest_goes_on(there);
	printf("killed after %u rounds, %u rooms made\n",
	       atomic_exchange(&starved->rounds, 0),
	       atomic_load(&starved->rooms_made));
}

/* The module takes the room's memory of the maker, who dies of it: no room stays. */
static void killed(void)
{
	int control = control_open(O_RDWR);

	prepare();
	is_killed(false);
	is_killed(true);
	if (ioctl(control, KCHAT_REMOVE, &starved->spec))
		CHECK_EQ(errno, ENOENT);
	else
		CHECK(backend != KMOD);
	if (backend == KMOD)
		CHECK_EQ(atomic_load(&starved->rooms_made), 0);
}

/* Each 64 pages of a large room take it 2 s, from 5.18 on. */
static void make_room_slowly(void *arg)
{
	int control = control_open(O_RDWR);

	(void)arg;
	group_join();
	atomic_store(&starved->rounds, 1);
	if (!ioctl(control, KCHAT_CREATE, &starved->spec))
		atomic_store(&starved->rooms_made, 1);
	for (;;)
		pause();
}

/* All that is done with rooms, and with the last opener of one that was removed */
static void manage(void)
{
	struct kchat_list list = { .after = 0 };
	struct kchat_spec spec = room_spec();
	int control = control_open(O_RDWR), fd;
	char *path = room_create(spec);

	CHECK_OK(ioctl(control, KCHAT_LIST, &list));
	fd = path_open(path, O_RDWR);
	room_remove(path);
	CHECK_OK(close(fd));
}

static void throttled(void)
{
	int control = control_open(O_RDWR);
	pid_t pid;
	bool waits;

	starved = share(sizeof(*starved));
	starved->spec = room_spec();
	starved->spec.capacity = 1 << 25;
	group_make(false);
	set(group, "memory.max", "max");
	set(group, "memory.high", "65536");
	pid = start(make_room_slowly, NULL);
	CHECK_SOON(atomic_load(&starved->rooms_made) ||
		   (atomic_load(&starved->rounds) &&
		    is_asleep(pid, SYS_ioctl)));
	/* It sleeps for a moment as well where its node is made */
	tap_sleep(3000);
	waits = !atomic_load(&starved->rooms_made);
	manage();
	/* D4: a daemon's memory is its own, and it makes the room at once. */
	if (backend == KMOD && waits) {
		CHECK(!atomic_load(&starved->rooms_made));
		CHECK_ERRNO(ioctl(control, KCHAT_CREATE, &starved->spec), EEXIST);
	}
	printf("%s\n", waits ? "it waited" : "it did not have to wait");
	kill_hostile(pid);
	if (ioctl(control, KCHAT_REMOVE, &starved->spec))
		CHECK_EQ(errno, ENOENT);
}

const struct tap_test tests_memory[] = {
	{ "C3 one who has no memory left, others go on (D4)", starves, 60 },
	{ "C3 one killed for want of memory, others go on", killed, 60 },
	{ "C1 C3 one made to wait for memory, others go on", throttled, 60 },
	{ NULL, NULL, 0 },
};
