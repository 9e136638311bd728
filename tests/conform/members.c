// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * O6: who has the room open, who is in the way, and what its owner may do.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conform.h"

static uint64_t id_of(int fd)
{
	struct kchat_info info;

	CHECK_OK(ioctl(fd, KCHAT_INFO, &info));
	return info.member;
}

/* Is there such a member? Walks all pages, and sees that ids grow */
static bool find(int fd, uint64_t id, struct kchat_member *ret)
{
	struct kchat_members page = { .after = 0 };
	bool found = false;
	unsigned int i;

	do {
		CHECK_OK(ioctl(fd, KCHAT_MEMBERS, &page));
		CHECK(page.n <= KCHAT_MEMBERS_PAGE);
		CHECK_EQ(page.reserved, 0);
		for (i = 0; i < page.n; i++) {
			CHECK(page.member[i].id > page.after);
			CHECK_EQ(page.member[i].reserved, 0);
			page.after = page.member[i].id;
			if (page.after != id)
				continue;
			*ret = page.member[i];
			found = true;
		}
	} while (page.n == KCHAT_MEMBERS_PAGE);
	return found;
}

static struct kchat_member member_of(int fd)
{
	struct kchat_member member;

	CHECK(find(fd, id_of(fd), &member));
	return member;
}

static int lap(int fd, uint64_t id)
{
	struct kchat_lap lap = { .member = id };

	return ioctl(fd, KCHAT_LAP, &lap);
}

static void who_it_is(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	int both = room_open(O_RDWR);
	struct kchat_member member = member_of(r);

	CHECK_EQ(member.pid, getpid());
	CHECK_EQ(member.uid, geteuid());
	CHECK_EQ(member.gid, getegid());
	CHECK_EQ(member.access, KCHAT_ACCESS_READ);
	CHECK_EQ(member_of(w).access, KCHAT_ACCESS_WRITE);
	CHECK_EQ(member_of(both).access,
		 KCHAT_ACCESS_READ | KCHAT_ACCESS_WRITE);
	CHECK(id_of(w) > id_of(r));
	CHECK(id_of(both) > id_of(w));
	/* Whoever has it open may ask */
	CHECK(find(w, id_of(r), &member));
}

static void many_pages(void)
{
	int fd[2 * KCHAT_MEMBERS_PAGE + 3], w = room_open(O_WRONLY);
	struct kchat_member member;
	uint64_t gone, last;
	unsigned int i;

	for (i = 0; i < LENGTH(fd); i++)
		fd[i] = room_open(O_RDONLY);
	for (i = 0; i < LENGTH(fd); i++)
		CHECK(find(w, id_of(fd[i]), &member));
	gone = id_of(fd[4]);
	last = id_of(fd[LENGTH(fd) - 1]);
	close(fd[4]);
	CHECK_SOON(!find(w, gone, &member));
	/* Its number is not another's now */
	CHECK(id_of(room_open(O_RDONLY)) > last);
	CHECK(!find(w, gone, &member));
}

static void who_is_behind(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	struct kchat_member member;
	struct kchat_info info;
	char buf[8];

	put(w, "twelve bytes", 12);
	put(w, "four", 4);
	get(r, buf, 5);
	member = member_of(r);
	CHECK_EQ(member.unread_messages, 2);
	CHECK_EQ(member.unread_bytes, 11);
	CHECK_EQ(member_of(w).unread_messages, 0);
	/* One that loses is behind all the more, until it is told */
	set_options(r, KCHAT_OPTION_LOSSY);
	CHECK_OK(ioctl(r, KCHAT_INFO, &info));
	while (info.capacity) {
		put(w, message(60000), 60000);
		info.capacity -= info.capacity < 60000 ? info.capacity : 60000;
	}
	CHECK(member_of(r).unread_bytes > 11 + 60000);
	CHECK_EQ(member_of(r).lost_messages, 0);
	CHECK_ERRNO(read(r, buf, sizeof(buf)), EPIPE);
	CHECK_OK(ioctl(r, KCHAT_INFO, &info));
	member = member_of(r);
	CHECK_EQ(member.unread_messages, info.unread_messages);
	CHECK_EQ(member.unread_bytes, info.unread_bytes);
	CHECK_EQ(member.lost_messages, info.lost_messages);
	CHECK_EQ(member.lost_bytes, info.lost_bytes);
	CHECK(member.lost_messages > 2);
}

static void stay(void *arg)
{
	uint64_t *id = arg;
	int fd = room_open(O_RDONLY);

	*id = id_of(fd);
	pause();
}

static void of_another_process(void)
{
	uint64_t *id = share(sizeof(*id));
	int r = room_open(O_RDONLY);
	struct kchat_member member;
	pid_t pid;

	pid = tap_spawn(stay, id);
	CHECK_SOON(*(volatile uint64_t *)id);
	CHECK(find(r, *id, &member));
	CHECK_EQ(member.pid, pid);
	CHECK_OK(kill(pid, SIGKILL));
	tap_reap(pid, SIGKILL);
	CHECK_SOON(!find(r, *id, &member));
}

/* A lossless room, a reader in the way, and a writer that waits for it */
static void lap_frees_who_waits(void)
{
	int slow = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	int quick = room_open(O_RDONLY);
	static struct stream s;
	struct kchat_info info;
	struct call c;
	char byte;

	if (geteuid())
		SKIP("needs root, to be sure to be the owner");
	stream_brim(&s, w, 4096);
	stream_rest(&s, quick);
	CHECK_ERRNO(write(w, "x", 1), EAGAIN);
	set_nonblock(w, false);
	call_write(&c, w, "waiting", 7);
	call_waits(&c);
	CHECK_OK(lap(w, id_of(slow)));
	CHECK_EQ(call_ends(&c), 7);
	stream_add(&s, "waiting", 7);
	stream_rest(&s, quick);
	/* It is told of the loss, and claims again */
	CHECK_EQ(ready(slow) & (POLLIN | POLLPRI), POLLIN | POLLPRI);
	CHECK_ERRNO(read(slow, &byte, 1), EPIPE);
	CHECK_OK(ioctl(slow, KCHAT_INFO, &info));
	CHECK(info.lost_messages > 0);
	CHECK_EQ(info.lost_bytes + info.unread_bytes, s.len);
	CHECK_OK(ioctl(quick, KCHAT_INFO, &info));
	CHECK_EQ(info.lost_messages, 0);
}

/* Until it reads it holds nobody back, however much comes */
static void lapped_holds_nobody(void)
{
	int slow = room_open(O_RDONLY), w = room_open(O_WRONLY | O_NONBLOCK);
	char *text = message(60000);
	struct kchat_info info;
	unsigned int i;

	if (geteuid())
		SKIP("needs root, to be sure to be the owner");
	put(w, text, 60000);
	CHECK_OK(lap(slow, id_of(slow)));
	CHECK_OK(ioctl(slow, KCHAT_INFO, &info));
	for (i = 0; i < 3 * (info.capacity / 60000); i++)
		put(w, text, 60000);
}

static void quick_loses_nothing(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	char buf[8];

	if (geteuid())
		SKIP("needs root, to be sure to be the owner");
	put(w, "still", 5);
	get(r, buf, 1);
	CHECK_OK(lap(w, id_of(r)));
	put(w, "there", 5);
	CHECK_EQ(ready(r) & (POLLIN | POLLPRI), POLLIN);
	get(r, buf, 4);
	CHECK_MEM(buf, "till", 4);
	get(r, buf, 5);
	CHECK_MEM(buf, "there", 5);
}

static void refused(void)
{
	int r = room_open(O_RDONLY), w = room_open(O_WRONLY);
	struct kchat_members page = { .reserved = 1 };
	struct kchat_lap who = { .member = id_of(r) };
	unsigned int i;

	CHECK_ERRNO(ioctl(r, KCHAT_MEMBERS, &page), EINVAL);
	CHECK_ERRNO(ioctl(r, KCHAT_MEMBERS, NULL), EFAULT);
	for (i = 0; i < LENGTH(who.reserved); i++) {
		who.reserved[i] = 1;
		CHECK_ERRNO(ioctl(r, KCHAT_LAP, &who), EINVAL);
		who.reserved[i] = 0;
	}
	if (geteuid())
		SKIP("needs root, to be sure to be the owner");
	CHECK_ERRNO(lap(r, id_of(w)), ESRCH);
	CHECK_ERRNO(lap(r, 1ull << 60), ESRCH);
}

/* Who opened the file asks, whatever it has become since */
static void not_for_others(void)
{
	int r = room_open(O_RDONLY), other;
	char *name = strrchr(room_path, '/'), *dir;
	struct stat st;

	if (geteuid())
		SKIP("needs root, to become somebody else");
	CHECK_OK(stat(room_path, &st));
	if ((st.st_mode & 060) != 060)
		SKIP("needs a room whose group may open it");
	/* The way to it may be open to root alone */
	dir = strndup(room_path, name - room_path);
	CHECK(dir);
	CHECK_OK(chdir(dir));
	free(dir);
	setfsgid(st.st_gid);
	setfsuid(1234);
	other = CHECK_OK(open(name + 1, O_RDWR | O_CLOEXEC));
	setfsuid(0);
	setfsgid(0);
	CHECK_EQ(member_of(other).uid, 1234);
	CHECK_ERRNO(lap(other, id_of(r)), EPERM);
	setfsuid(1234);
	CHECK_OK(lap(r, id_of(r)));
	CHECK_ERRNO(lap(other, id_of(r)), EPERM);
	setfsuid(0);
}

const struct tap_test tests_members[] = {
	{ "O6 members say who they are", who_it_is, 0 },
	{ "O6 members come in pages, and no id twice", many_pages, 0 },
	{ "O6 members say how far they are behind", who_is_behind, 0 },
	{ "O6 a member of another process", of_another_process, 0 },
	{ "O6 lapping a member frees who waits for it", lap_frees_who_waits,
	  0 },
	{ "O6 a lapped member holds nobody back", lapped_holds_nobody, 0 },
	{ "O6 a lapped member that is quick loses nothing",
	  quick_loses_nothing, 0 },
	{ "O6 refused: what is not there, what is not zero", refused, 0 },
	{ "O6 only the owner and root may lap", not_for_others, 0 },
	{ NULL, NULL, 0 },
};
