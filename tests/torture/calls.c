// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * System calls with arguments that make no sense, or only by chance. Pointers
 * are to memory for that purpose, to its very end, or to none.
 */
#include "config.h"

#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <unistd.h>

#include "outsider.h"

#define ARENA (512u << 10)

static unsigned char *arena;
static char names[4][KCHAT_NAME_MAX + 1] = { "fuzz", "lobby" };

static uint64_t any(void)
{
	return (uint64_t)draw(UINT_MAX) << 32 | draw(UINT_MAX);
}

/* A number of the kind that makes trouble */
static uint64_t number(void)
{
	static const uint64_t edges[] = {
		0, 1, 7, 8, 47, 48, 4095, 4096, 65535, 65536, 65537, 131072,
		INT_MAX, UINT_MAX, (uint64_t)INT64_MAX, ~0ull,
	};

	switch (draw(4)) {
	case 0:
		return any();
	case 1:
		return any() & 0xff;
	default:
		return edges[draw(LENGTH(edges))];
	}
}

/* Memory with random contents, its last bytes, or a pointer to nowhere */
static void *pointer(void)
{
	static const uintptr_t nowhere[] = {
		0, 1, 4096, (uintptr_t)1 << (sizeof(long) * 8 - 1), -4096,
	};
	unsigned int i, at = draw(ARENA - 4096);

	switch (draw(5)) {
	case 0:
		return (void *)nowhere[draw(LENGTH(nowhere))];
	case 1:
		return arena + ARENA - draw(200);
	default:
		for (i = 0; i < 256; i++)
			arena[at + i] = one_in(2) ? 0 : draw(256);
		return arena + at;
	}
}

/* Pieces that may be anything */
static struct iovec *pieces(void)
{
	struct iovec *iov = (void *)(arena + 4096 * draw(8));
	unsigned int i;

	for (i = 0; i < 16; i++) {
		iov[i].iov_base = pointer();
		iov[i].iov_len = one_in(3) ? number() : draw(5000);
	}
	return one_in(20) ? pointer() : iov;
}

/* A request of ours with a structure that is nearly right, or any request */
static void request(int fd)
{
	static const unsigned long ours[] = {
		KCHAT_INFO, KCHAT_GET_OPTIONS, KCHAT_SET_OPTIONS, KCHAT_HISTORY,
		KCHAT_MEMBERS, KCHAT_LAP, KCHAT_CREATE, KCHAT_REMOVE,
		KCHAT_CHANGE, KCHAT_LIST,
	};
	unsigned long nr = ours[draw(LENGTH(ours))];
	unsigned char *arg = arena + 8 * draw(ARENA / 16);
	unsigned int i, size = _IOC_SIZE(nr);

	switch (draw(6)) {
	case 0: /* another direction, number or size */
		nr = _IOC(draw(4), KCHAT_IOC - 1 + draw(3), draw(40), draw(16384));
		break;
	case 1: /* terminals', files' and sockets' */
		nr = one_in(2) ? 0x5400 + draw(0x80) : any();
		break;
	case 2:
		syscall(SYS_ioctl, fd, nr, pointer());
		return;
	}
	memset(arg, 0, 4096);
	for (i = draw(6); i; i--)
		arg[draw(size ? size : 1)] = draw(256);
	if (nr == KCHAT_SET_OPTIONS)
		((struct kchat_options *)(void *)arg)->flags = draw(64);
	/* A name, where there is to be one: of a new room, or of somebody's */
	if (one_in(2))
		strcpy((char *)arg, names[draw(LENGTH(names))]);
	syscall(SYS_ioctl, fd, nr, arg);
}

/* What may be a batch, whole or cut off (O7) */
static void frames(int fd)
{
	struct kchat_record *head = (void *)(arena + 8 * draw(ARENA / 32));
	unsigned char *first = (void *)head;
	unsigned int n = 1 + draw(4);

	for (; n; n--, head = (void *)((unsigned char *)head + head->size)) {
		memset(head, 0, sizeof(*head));
		head->len = 1 + draw(one_in(4) ? KCHAT_MSG_MAX : 300);
		head->size = (sizeof(*head) + head->len + 7) & ~7u;
		head->type = KCHAT_RECORD_MESSAGE;
		if ((unsigned char *)head - first > (int)(KCHAT_MSG_MAX))
			break;
	}
	syscall(SYS_write, fd, first, one_in(2) ? draw(KCHAT_MSG_MAX) :
		(unsigned char *)head - first);
}

static void transfer(int fd)
{
	void *iov = pieces();
	uint64_t n = one_in(8) ? number() : draw(17);

	switch (draw(10)) {
	case 0:
		syscall(SYS_readv, fd, iov, n);
		break;
	case 1:
		syscall(SYS_writev, fd, iov, n);
		break;
	case 2:
		syscall(SYS_preadv2, fd, iov, n, number(), number(), draw(64));
		break;
	case 3:
		syscall(SYS_pwritev2, fd, iov, n, number(), number(), draw(64));
		break;
	case 4:
		syscall(SYS_pread64, fd, pointer(), number(), number());
		break;
	case 5:
		syscall(SYS_pwrite64, fd, pointer(), number(), number());
		break;
	case 6:
	case 7:
		syscall(SYS_read, fd, pointer(), number());
		break;
	default:
		syscall(SYS_write, fd, pointer(), number());
	}
}

/* From or to another file, both perhaps a room */
static void move_bytes(int fd, int other)
{
	switch (draw(4)) {
	case 0:
		syscall(SYS_splice, fd, one_in(4) ? pointer() : NULL, other,
			NULL, number() & 0xfffff, draw(16));
		break;
	case 1:
		syscall(SYS_splice, other, NULL, fd, NULL, number() & 0xfffff,
			draw(16));
		break;
	case 2:
		syscall(SYS_sendfile, other, fd, NULL, number() & 0xfffff);
		break;
	default:
		syscall(SYS_copy_file_range, fd, NULL, other, NULL,
			number() & 0xfffff, 0);
	}
}

static void file_call(int fd)
{
	static const int commands[] = {
		F_GETFL, F_SETFL, F_SETFL, F_SETFL, F_GETLK, F_SETLK, F_SETLKW,
		F_OFD_SETLK, F_SETSIG, F_SETLEASE, F_NOTIFY, F_SETPIPE_SZ,
		F_ADD_SEALS, F_GETOWN, 1024 + 11,
	};

	switch (draw(12)) {
	case 0:
	case 1:
		syscall(SYS_fcntl, fd, commands[draw(LENGTH(commands))],
			one_in(2) ? (uintptr_t)pointer() : number());
		break;
	case 2:
		syscall(SYS_lseek, fd, number(), draw(6));
		break;
	case 3:
		syscall(SYS_fallocate, fd, draw(64), number(), number());
		break;
	case 4:
		syscall(SYS_ftruncate, fd, number());
		break;
	case 5:
		syscall(one_in(2) ? SYS_fsync : SYS_fdatasync, fd);
		break;
	case 6:
		syscall(SYS_sync_file_range, fd, number(), number(), draw(8));
		break;
	case 7:
		syscall(SYS_flock, fd, draw(16));
		break;
	case 8:
		syscall(one_in(2) ? SYS_fchmod : SYS_fchown, fd, number(), number());
		break;
	case 9:
		syscall(SYS_fsetxattr, fd, "user.fuzz", pointer(), draw(70000),
			draw(3));
		break;
	case 10:
		syscall(SYS_fgetxattr, fd, "user.fuzz", pointer(), draw(70000));
		break;
	default:
		syscall(SYS_fadvise64, fd, number(), number(), draw(8));
	}
}

/* What is mapped is touched, and must not bring the program down */
static void map(int fd)
{
	void *mem = mmap(NULL, 4096 * (1 + draw(40)), draw(8),
			 one_in(2) ? MAP_SHARED : MAP_PRIVATE, fd,
			 4096ull * draw(1000));

	if (mem != MAP_FAILED)
		munmap(mem, 4096);
}

static void wait_for_it(int fd)
{
	struct epoll_event event = { .events = any() };
	struct { int fd; short events, revents; } pfd = { fd, any(), 0 };
	struct timespec now = { 0, draw(1000000) };
	int ep = epoll_create1(EPOLL_CLOEXEC);

	syscall(SYS_ppoll, &pfd, 1, &now, NULL, 0);
	epoll_ctl(ep, EPOLL_CTL_ADD, fd, &event);
	epoll_wait(ep, &event, 1, draw(2));
	epoll_ctl(ep, draw(5), fd, &event);
	close(ep);
}

static void ignore(int sig)
{
	(void)sig;
}

/* Whatever waits is interrupted after a moment */
static void interrupt_often(void)
{
	struct itimerval often = { { 0, 5000 }, { 0, 5000 } };
	struct sigaction sa = { .sa_handler = ignore };
	int sig;

	/* Whatever F_SETSIG asked for, too; some may not be caught */
	for (sig = 1; sig < 65; sig++)
		if (sig != SIGSEGV && sig != SIGBUS && sig != SIGABRT)
			sigaction(sig, &sa, NULL);
	CHECK_OK(setitimer(ITIMER_REAL, &often, NULL));
}

/**
 * calls_start() - before the first call
 * @one: the name of a room that is not theirs
 * @other: and of another
 */
void calls_start(const char *one, const char *other)
{
	snprintf(names[2], sizeof(names[2]), "%s", one);
	snprintf(names[3], sizeof(names[3]), "%s", other);
	arena = mmap(NULL, ARENA + (1 << 20), PROT_READ | PROT_WRITE,
		     MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	CHECK(arena != MAP_FAILED);
	CHECK_OK(mprotect(arena + ARENA, 1 << 20, PROT_NONE));
	interrupt_often();
}

/**
 * calls_any() - one call
 * @fd: to this file
 * @other: perhaps together with this one
 */
void calls_any(int fd, int other)
{
	switch (draw(11)) {
	case 10:
		frames(fd);
		break;
	case 0:
	case 1:
	case 2:
		request(fd);
		break;
	case 3:
	case 4:
	case 5:
		transfer(fd);
		break;
	case 6:
		move_bytes(fd, other);
		break;
	case 7:
		map(fd);
		break;
	case 8:
		wait_for_it(fd);
		break;
	default:
		file_call(fd);
	}
}
