// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * N1, N3, C1: rooms are made, changed and listed through the control node.
 */
#include "config.h"

#include <fcntl.h>
#include <grp.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conform.h"

#define STRANGER 65534
#define GROUP 4711

static struct kchat_spec named(const char *name)
{
	struct kchat_spec spec;

	memset(&spec, 0, sizeof(spec));
	snprintf(spec.name, sizeof(spec.name), "%s", name);
	return spec;
}

static struct kchat_info info_of(int fd)
{
	struct kchat_info info;

	CHECK_OK(ioctl(fd, KCHAT_INFO, &info));
	return info;
}

/* ---- N1: names ---- */

static void names_of_rooms(void)
{
	static const char *const no_name[] = {
		"", ".", "..", ".hidden", "-x", "_x", "a/b", "a b", "a\n",
		"\303\244", "control", "a\x7f", "/",
	};
	static const char *const names[] = {
		"x", "0", "A.b_c-d", "31-characters.are_as-many-as-ok",
	};
	int control = control_open(O_RDWR);
	struct kchat_spec spec = room_spec();
	unsigned int i;

	for (i = 0; i < sizeof(no_name) / sizeof(no_name[0]); i++) {
		memset(spec.name, 0, sizeof(spec.name));
		strcpy(spec.name, no_name[i]);
		CHECK_ERRNO(ioctl(control, KCHAT_CREATE, &spec), EINVAL);
	}
	/* No NUL at the end; something behind the NUL */
	memset(spec.name, 'x', sizeof(spec.name));
	CHECK_ERRNO(ioctl(control, KCHAT_CREATE, &spec), EINVAL);
	memset(spec.name, 0, sizeof(spec.name));
	memcpy(spec.name, "x\0x", 3);
	CHECK_ERRNO(ioctl(control, KCHAT_CREATE, &spec), EINVAL);
	for (i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		memset(spec.name, 0, sizeof(spec.name));
		strcpy(spec.name, names[i]);
		room_create(spec);
		CHECK_STR(info_of(path_open(beside(spec.name), O_RDONLY)).name,
			  spec.name);
	}
}

/* ---- N2: numbers ---- */

static void numbers_come_again_late(void)
{
	enum { ROOMS = 60 };
	dev_t seen[ROOMS] = { 0 };
	struct stat st;
	char *path;
	int i, j;

	for (i = 0; i < ROOMS; i++) {
		path = room_create(room_spec());
		CHECK_OK(stat(path, &st));
		if (!S_ISCHR(st.st_mode))
			SKIP("a regular file has no device number");
		room_remove(path);
		for (j = 0; j < i; j++)
			CHECK(seen[j] != st.st_rdev);
		seen[i] = st.st_rdev;
	}
}

/* ---- N3: owner, group and mode ---- */

static void as_it_was_asked_for(void)
{
	struct kchat_spec spec = room_spec();
	struct stat st;

	umask(0777);
	spec.mode = 0642;
	CHECK_OK(stat(room_create(spec), &st));
	CHECK_EQ(st.st_mode & 07777, 0642);
	CHECK_EQ(st.st_uid, geteuid());
	CHECK_EQ(st.st_gid, getegid());
	/* And so is one that lets nobody in, but whom no mode keeps out */
	spec = room_spec();
	spec.mode = 0;
	CHECK_OK(stat(room_create(spec), &st));
	CHECK_EQ(st.st_mode & 07777, 0);
	need_root();
	spec = room_spec();
	spec.uid = STRANGER;
	spec.gid = GROUP;
	CHECK_OK(stat(room_create(spec), &st));
	CHECK_EQ(st.st_uid, STRANGER);
	CHECK_EQ(st.st_gid, GROUP);
}

static char watched[4096];

/*
 * Whatever is to be seen at a path is no more open than it shall be, ever. On
 * its way to its owner a node may be seen as root's, for him to read and write,
 * or with the one's uid and the other's gid: neither grants others more.
 */
static void watch(void *arg)
{
	const struct kchat_spec *spec = arg;
	struct stat st;
	mode_t more;

	for (;;) {
		if (stat(watched, &st) < 0)
			continue;
		more = st.st_mode & 0777 & ~spec->mode;
		CHECK_EQ(more & 077, 0);
		CHECK(!more || !st.st_uid);
		CHECK(!st.st_uid || st.st_uid == spec->uid);
		CHECK(!st.st_gid || st.st_gid == spec->gid);
	}
}

/* Somebody is at a room's node while it is made and taken away, again and again */
static void while_it_is_made(const struct kchat_spec *spec,
			     void (*somebody)(void *arg), int times)
{
	struct kchat_spec made = *spec;
	int control = control_open(O_RDWR);
	pid_t pid;

	need_root();
	strcpy(watched, beside(spec->name));
	pid = tap_spawn(somebody, &made);
	while (times--) {
		CHECK_OK(ioctl(control, KCHAT_CREATE, &made));
		CHECK_SOON(!ioctl(control, KCHAT_REMOVE, &made));
	}
	kill(pid, SIGKILL);
	tap_reap(pid, SIGKILL);
}

static void never_more_open(void)
{
	struct kchat_spec spec = room_spec();

	spec.mode = 0400;
	spec.uid = STRANGER;
	spec.gid = GROUP;
	while_it_is_made(&spec, watch, 50);
}

/* Somebody of root's group who is not root */
static void intrude(void *arg)
{
	(void)arg;
	CHECK_OK(setgroups(0, NULL));
	CHECK_OK(setgid(0));
	CHECK_OK(setuid(STRANGER));
	for (;;)
		CHECK(open(watched, O_RDONLY) < 0);
}

static void nobody_comes_first(void)
{
	struct kchat_spec spec = room_spec();

	spec.mode = 0040;
	spec.gid = GROUP;
	while_it_is_made(&spec, intrude, 200);
}

/* ---- C1: create ---- */

static void a_new_room(void)
{
	struct kchat_spec spec = room_spec();
	struct kchat_info info;
	char *path, buf[8];
	int r, w, lobby;

	spec.capacity = KCHAT_CAPACITY_MIN;
	spec.patience_ms = 1234;
	spec.flags = KCHAT_ROOM_HISTORY;
	path = room_create(spec);
	lobby = room_open(O_RDONLY);
	r = path_open(path, O_RDONLY);
	w = path_open(path, O_WRONLY);
	info = info_of(w);
	CHECK_EQ(info.capacity, KCHAT_CAPACITY_MIN);
	CHECK_EQ(info.patience_ms, 1234);
	CHECK_EQ(info.flags, KCHAT_ROOM_HISTORY);
	put(w, "here", 4);
	get(r, buf, 4);
	CHECK_MEM(buf, "here", 4);
	nothing(lobby);
}

static void what_is_left_to_us(void)
{
	struct kchat_spec spec = room_spec();
	struct kchat_info info;

	info = info_of(path_open(room_create(spec), O_RDONLY));
	CHECK_EQ(info.capacity, KCHAT_CAPACITY_DEFAULT);
	CHECK_EQ(info.patience_ms, KCHAT_PATIENCE_FOREVER);
	CHECK_EQ(info.flags, 0);
}

static void what_can_be_no_room(void)
{
	static const uint32_t sizes[] = {
		1, KCHAT_CAPACITY_MIN - 1, KCHAT_CAPACITY_MIN / 2,
		KCHAT_CAPACITY_MIN + 8, 3 * KCHAT_CAPACITY_MIN,
		2 * KCHAT_CAPACITY_MAX, 0xffffffff,
	};
	int control = control_open(O_RDWR);
	struct kchat_spec spec = room_spec(), bad;
	unsigned int i;

	for (i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		bad = spec;
		bad.capacity = sizes[i];
		CHECK_ERRNO(ioctl(control, KCHAT_CREATE, &bad), EINVAL);
	}
	for (i = 0; i < 32; i++) {
		bad = spec;
		bad.flags = 1u << i;
		if (bad.flags != KCHAT_ROOM_HISTORY)
			CHECK_ERRNO(ioctl(control, KCHAT_CREATE, &bad), EINVAL);
		bad = spec;
		bad.mode = 1u << i;
		if (bad.mode > 0777)
			CHECK_ERRNO(ioctl(control, KCHAT_CREATE, &bad), EINVAL);
	}
	for (i = 0; i < 3; i++) {
		bad = spec;
		bad.reserved[i] = 1;
		CHECK_ERRNO(ioctl(control, KCHAT_CREATE, &bad), EINVAL);
	}
	bad = spec;
	bad.id = 1;
	CHECK_ERRNO(ioctl(control, KCHAT_CREATE, &bad), EINVAL);
	bad = spec;
	bad.openers = 1;
	CHECK_ERRNO(ioctl(control, KCHAT_CREATE, &bad), EINVAL);
	bad = spec;
	bad.change = KCHAT_CHANGE_PATIENCE;
	CHECK_ERRNO(ioctl(control, KCHAT_CREATE, &bad), EINVAL);
	CHECK_ERRNO(open(beside(spec.name), O_RDONLY), ENOENT);
	room_create(spec);
	CHECK_ERRNO(ioctl(control, KCHAT_CREATE, &spec), EEXIST);
	CHECK_ERRNO(ioctl(control, KCHAT_CREATE, NULL), EFAULT);
}

static void other_requests(void)
{
	int control = control_open(O_RDWR), room = room_open(O_RDWR);
	struct kchat_spec spec = room_spec();
	char buf[1024];

	memset(buf, 0, sizeof(buf));
	CHECK_ERRNO(ioctl(control, KCHAT_INFO, buf), ENOTTY);
	CHECK_ERRNO(ioctl(control, _IO(KCHAT_IOC, 31), buf), ENOTTY);
	CHECK_ERRNO(ioctl(room, KCHAT_CREATE, &spec), ENOTTY);
	CHECK_ERRNO(ioctl(room, KCHAT_LIST, buf), ENOTTY);
	CHECK_ERRNO(read(control, buf, 1), EINVAL);
	CHECK_ERRNO(write(control, buf, 1), EINVAL);
}

static void only_for_writing(void)
{
	int control = control_open(O_RDONLY);
	struct kchat_spec spec = room_spec();
	struct kchat_list list;

	CHECK_ERRNO(ioctl(control, KCHAT_CREATE, &spec), EBADF);
	CHECK_ERRNO(ioctl(control, KCHAT_REMOVE, &spec), EBADF);
	CHECK_ERRNO(ioctl(control, KCHAT_CHANGE, &spec), EBADF);
	memset(&list, 0, sizeof(list));
	CHECK_OK(ioctl(control, KCHAT_LIST, &list));
}

/* ---- C1: who may ---- */

static void ask_for_others(void *arg)
{
	struct kchat_spec spec = room_spec(), other;
	gid_t groups[] = { GROUP };
	struct stat st;
	int control;

	(void)arg;
	CHECK_OK(setgroups(1, groups));
	CHECK_OK(setresgid(STRANGER, STRANGER, STRANGER));
	CHECK_OK(setresuid(STRANGER, STRANGER, STRANGER));
	control = control_open(O_RDWR);
	other = spec;
	other.uid = 0;
	CHECK_ERRNO(ioctl(control, KCHAT_CREATE, &other), EPERM);
	other = spec;
	other.gid = 0;
	CHECK_ERRNO(ioctl(control, KCHAT_CREATE, &other), EPERM);
	CHECK_ERRNO(stat(beside(spec.name), &st), ENOENT);
	/* A group of one's own is no other's */
	spec.gid = GROUP;
	CHECK_OK(stat(room_create(spec), &st));
	CHECK_EQ(st.st_uid, STRANGER);
	CHECK_EQ(st.st_gid, GROUP);
	rooms_remove();
}

static void another_s_ids(void)
{
	control_for_all();
	tap_join(tap_spawn(ask_for_others, NULL));
}

/* Who asks is who opened the control node, not who holds the file */
static void asks_for_its_opener(void)
{
	struct kchat_spec spec = room_spec();
	int control;

	control_for_all();
	CHECK_OK(seteuid(STRANGER));
	control = control_open(O_RDWR);
	CHECK_OK(seteuid(0));
	spec.uid = 0;
	CHECK_ERRNO(ioctl(control, KCHAT_CREATE, &spec), EPERM);
	spec.uid = STRANGER;
	spec.gid = 0;
	/* Its group was root's still, so it may give that */
	CHECK_OK(ioctl(control, KCHAT_CREATE, &spec));
	CHECK_OK(ioctl(control, KCHAT_REMOVE, &spec));
}

static void touch_others(void *arg)
{
	struct kchat_spec spec = named(arg);
	int control;

	become(STRANGER);
	control = control_open(O_RDWR);
	CHECK_ERRNO(ioctl(control, KCHAT_REMOVE, &spec), EPERM);
	spec.change = KCHAT_CHANGE_PATIENCE;
	CHECK_ERRNO(ioctl(control, KCHAT_CHANGE, &spec), EPERM);
	spec = named(KCHAT_LOBBY);
	CHECK_ERRNO(ioctl(control, KCHAT_REMOVE, &spec), EPERM);
}

static void strangers_do_not(void)
{
	struct kchat_spec spec = room_spec();
	int fd;

	control_for_all();
	/* That the room is open to all does not make it everybody's */
	spec.mode = 0666;
	fd = path_open(room_create(spec), O_RDWR);
	tap_join(tap_spawn(touch_others, spec.name));
	put(fd, "x", 1);
	CHECK_EQ(info_of(fd).patience_ms, KCHAT_PATIENCE_FOREVER);
}

static void manage_own(void *arg)
{
	struct kchat_spec spec = named(arg);
	int control;

	become(STRANGER);
	control = control_open(O_RDWR);
	spec.change = KCHAT_CHANGE_PATIENCE;
	spec.patience_ms = 77;
	CHECK_OK(ioctl(control, KCHAT_CHANGE, &spec));
	CHECK_OK(ioctl(control, KCHAT_REMOVE, &spec));
}

static void owners_and_root_do(void)
{
	struct kchat_spec spec = room_spec();
	int fd, control;

	control_for_all();
	control = control_open(O_RDWR);
	spec.uid = STRANGER;
	fd = path_open(room_create(spec), O_RDONLY);
	tap_join(tap_spawn(manage_own, spec.name));
	CHECK_EQ(info_of(fd).patience_ms, 77);
	close(fd);
	CHECK_SOON(!ioctl(control, KCHAT_CREATE, &spec));
	CHECK_OK(ioctl(control, KCHAT_REMOVE, &spec));
}

static void owner_stays(void)
{
	struct kchat_spec spec = room_spec();
	struct stat st;
	char *path;

	control_for_all();
	spec.uid = STRANGER;
	path = room_create(spec);
	/* chmod and chown work as on any node, and change who may open it */
	CHECK_OK(chmod(path, 0600));
	CHECK_OK(chown(path, 0, 0));
	CHECK_OK(stat(path, &st));
	CHECK_EQ(st.st_uid, 0);
	CHECK_EQ(st.st_mode & 0777, 0600);
	path_open(path, O_RDWR);
	/* Whose room it is does not change by that */
	tap_join(tap_spawn(manage_own, spec.name));
}

/*
 * Who had a room no longer decides who may open it, by what he has open from
 * before least of all.
 */
static void owner_no_more(void)
{
	struct kchat_spec spec = room_spec();
	struct stat st;
	char *path;
	int fd;

	need_root();
	spec.uid = STRANGER;
	spec.mode = 0600;
	path = room_create(spec);
	CHECK_OK(seteuid(STRANGER));
	fd = path_open(path, O_RDWR);
	CHECK_OK(fchmod(fd, 0640));
	CHECK_OK(fchmod(fd, 0600));
	CHECK_OK(fchown(fd, STRANGER, getegid()));
	CHECK_OK(seteuid(0));
	CHECK_OK(chown(path, 0, GROUP));
	CHECK_OK(chmod(path, 0600));
	CHECK_OK(seteuid(STRANGER));
	CHECK_ERRNO(fchmod(fd, 0666), EPERM);
	CHECK_ERRNO(fchmod(fd, 0400), EPERM);
	CHECK_ERRNO(fchown(fd, STRANGER, -1), EPERM);
	CHECK_ERRNO(fchown(fd, -1, getegid()), EPERM);
	CHECK_OK(seteuid(0));
	CHECK_OK(stat(path, &st));
	CHECK_EQ(st.st_mode & 07777, 0600);
	CHECK_EQ(st.st_uid, 0);
	CHECK_EQ(st.st_gid, GROUP);
	/* Root may by any */
	CHECK_OK(fchmod(fd, 0660));
	CHECK_OK(fchown(fd, STRANGER, -1));
	CHECK_OK(stat(path, &st));
	CHECK_EQ(st.st_mode & 07777, 0660);
	CHECK_EQ(st.st_uid, STRANGER);
}

/* ---- C1: change ---- */

static void changes(void)
{
	struct kchat_spec spec = room_spec(), change;
	int control = control_open(O_RDWR), fd;

	fd = path_open(room_create(spec), O_RDONLY);
	change = named(spec.name);
	change.change = KCHAT_CHANGE_PATIENCE;
	change.patience_ms = 42;
	change.flags = KCHAT_ROOM_HISTORY;
	CHECK_OK(ioctl(control, KCHAT_CHANGE, &change));
	CHECK_EQ(info_of(fd).patience_ms, 42);
	CHECK_EQ(info_of(fd).flags, 0);
	change.change = KCHAT_CHANGE_HISTORY;
	change.patience_ms = 43;
	CHECK_OK(ioctl(control, KCHAT_CHANGE, &change));
	CHECK_EQ(info_of(fd).patience_ms, 42);
	CHECK_EQ(info_of(fd).flags, KCHAT_ROOM_HISTORY);
	change.change = 0;
	CHECK_ERRNO(ioctl(control, KCHAT_CHANGE, &change), EINVAL);
	change.change = 4;
	CHECK_ERRNO(ioctl(control, KCHAT_CHANGE, &change), EINVAL);
	change.change = KCHAT_CHANGE_HISTORY;
	change.flags = KCHAT_ROOM_REMOVED;
	CHECK_ERRNO(ioctl(control, KCHAT_CHANGE, &change), EINVAL);
	change = named("there-is-none");
	change.change = KCHAT_CHANGE_PATIENCE;
	CHECK_ERRNO(ioctl(control, KCHAT_CHANGE, &change), ENOENT);
}

/* ---- C1: list ---- */

static struct kchat_spec *listed(const struct kchat_list *list,
				 const char *name)
{
	static struct kchat_spec spec;
	unsigned int i;

	for (i = 0; i < list->n; i++) {
		spec = list->room[i];
		if (!strcmp(spec.name, name))
			return &spec;
	}
	return NULL;
}

static void lists_all(void)
{
	static char names[20][KCHAT_NAME_MAX + 1];
	unsigned int i, seen[20] = { 0 }, lobby = 0, pages = 0;
	int control;
	struct kchat_list list;
	uint64_t last = 0;

	for (i = 0; i < 20; i++) {
		struct kchat_spec spec = room_spec();

		memcpy(names[i], spec.name, sizeof(spec.name));
		room_create(spec);
	}
	control = control_open(O_RDONLY);
	memset(&list, 0, sizeof(list));
	do {
		list.after = last;
		CHECK_OK(ioctl(control, KCHAT_LIST, &list));
		CHECK_EQ(list.reserved, 0);
		for (i = 0; i < list.n; i++) {
			CHECK(list.room[i].id > last);
			last = list.room[i].id;
		}
		for (i = 0; i < 20; i++)
			seen[i] += listed(&list, names[i]) != NULL;
		lobby += listed(&list, KCHAT_LOBBY) != NULL;
		pages++;
	} while (list.n == KCHAT_LIST_PAGE);
	for (i = 0; i < 20; i++)
		CHECK_EQ(seen[i], 1);
	CHECK_EQ(lobby, 1);
	CHECK(pages >= 3);
	list.reserved = 1;
	CHECK_ERRNO(ioctl(control, KCHAT_LIST, &list), EINVAL);
}

/* Where @spec stands in the list */
static struct kchat_spec find(const struct kchat_spec *spec)
{
	int control = control_open(O_RDONLY);
	struct kchat_list list;
	struct kchat_spec *found = NULL;

	memset(&list, 0, sizeof(list));
	do {
		CHECK_OK(ioctl(control, KCHAT_LIST, &list));
		found = listed(&list, spec->name);
		if (list.n)
			list.after = list.room[list.n - 1].id;
	} while (!found && list.n == KCHAT_LIST_PAGE);
	close(control);
	if (!found)
		FAIL("%s is not listed", spec->name);
	return *found;
}

static void lists_what_it_is(void)
{
	struct kchat_spec spec = room_spec(), got;
	char *path;
	int a, b;

	spec.capacity = KCHAT_CAPACITY_MIN;
	spec.patience_ms = 17;
	spec.flags = KCHAT_ROOM_HISTORY;
	spec.mode = 0640;
	path = room_create(spec);
	a = path_open(path, O_RDONLY);
	b = path_open(path, O_WRONLY);
	got = find(&spec);
	CHECK_EQ(got.capacity, spec.capacity);
	CHECK_EQ(got.patience_ms, 17);
	CHECK_EQ(got.flags, KCHAT_ROOM_HISTORY);
	CHECK_EQ(got.mode, 0640);
	CHECK_EQ(got.uid, geteuid());
	CHECK_EQ(got.gid, getegid());
	CHECK_EQ(got.openers, 2);
	CHECK_EQ(got.change, 0);
	close(b);
	room_remove(path);
	got = find(&spec);
	CHECK_EQ(got.flags, KCHAT_ROOM_HISTORY | KCHAT_ROOM_REMOVED);
	close(a);
}

const struct tap_test tests_rooms[] = {
	{ "N1 what a room may be called", names_of_rooms, 0 },
	{ "N2 a removed room's number is used again as late as possible",
	  numbers_come_again_late, 0 },
	{ "N3 owner, group and mode are those asked for", as_it_was_asked_for,
	  0 },
	{ "N3 nobody gets in before it is its owner's", nobody_comes_first, 60 },
	{ "N3 a new node is never more open than it shall be", never_more_open,
	  60 },
	{ "C1 a new room is one of its own", a_new_room, 0 },
	{ "C1 what is left open is the default", what_is_left_to_us, 0 },
	{ "C1 what can be no room is refused", what_can_be_no_room, 0 },
	{ "C1 any other request is ENOTTY", other_requests, 0 },
	{ "C1 managing takes a file open for writing", only_for_writing, 0 },
	{ "C1 another's uid or gid takes the right to chown", another_s_ids, 0 },
	{ "C1 who asks is who opened the control node", asks_for_its_opener, 0 },
	{ "C1 a stranger neither changes nor removes a room", strangers_do_not,
	  0 },
	{ "C1 its owner and root do", owners_and_root_do, 0 },
	{ "C1 chmod and chown work, and the owner stays", owner_stays, 0 },
	{ "C1 N3 who was its owner cannot open it to others any more",
	  owner_no_more, 0 },
	{ "C1 patience and history can be changed", changes, 0 },
	{ "C1 the list has every room once", lists_all, 0 },
	{ "C1 and what it is", lists_what_it_is, 0 },
	{ NULL, NULL, 0 },
};
