// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Memory whose pages go again as soon as they have come, and at some moment come
 * no more: before the call copies, while it does, or when it tries anew. So often,
 * and after another number of pages each time, that every such moment is met.
 */
#include "config.h"

#include <fcntl.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <sched.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "hostile.h"

#define LONG 20000
#define SIZE 65536
#define PROCESSES 8

/**
 * struct flicker - a process with such memory
 * @path: the room it uses
 * @nr: SYS_read or SYS_write
 * @pages: so many pages will come
 */
struct flicker {
	const char *path;
	long nr;
	unsigned int pages;
};

/* The memory, and what its pages shall have in them */
static char *memory, *content;
static int userfault;

static void *take_pages(void *arg)
{
	for (;;) {
		CHECK_OK(madvise(memory, SIZE, MADV_DONTNEED));
		sched_yield();
	}
	return arg;
}

static void *bring_pages(void *arg)
{
	unsigned int left = *(unsigned int *)arg;
	struct pollfd pfd = { .fd = userfault, .events = POLLIN };
	size_t page = sysconf(_SC_PAGESIZE);
	struct uffd_msg fault;
	struct uffdio_copy copy;

	while (left) {
		CHECK_OK(poll(&pfd, 1, -1));
		if (read(userfault, &fault, sizeof(fault)) < 0)
			continue;
		copy = (struct uffdio_copy){ .len = page };
		copy.dst = fault.arg.pagefault.address & ~(page - 1);
		copy.src = (uintptr_t)content + copy.dst - (uintptr_t)memory;
		/* It may have come by another's fault */
		if (!ioctl(userfault, UFFDIO_COPY, &copy))
			left--;
	}
	CHECK_OK(poll(&pfd, 1, -1));
	stall_ask();
	return NULL;
}

static char *zeroes(void)
{
	char *mem = mmap(NULL, SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(mem != MAP_FAILED);
	return mem;
}

/*
 * What to write: pages, each of them traffic by itself, and a rest. Over CUSE and
 * FUSE a front of whole pages may be accepted when its writer is killed (D3).
 */
static size_t next_write(struct traffic *traffic)
{
	size_t page = sysconf(_SC_PAGESIZE), len = 0;
	uint32_t pages = dice(&traffic->dice) % (LONG / page + 1);

	while (pages--)
		len += traffic_make(traffic, content + len, page);
	return len + traffic_next(traffic, content + len);
}

static void flicker(void *arg)
{
	struct flicker *flicker = arg;
	struct traffic traffic;
	pthread_t thread;
	size_t len;
	int fd;

	memory = zeroes();
	content = zeroes();
	userfault = userfault_open(memory, SIZE);
	traffic_init(&traffic, 1 + flicker->pages % 7, sysconf(_SC_PAGESIZE));
	fd = path_open(flicker->path,
		       flicker->nr == SYS_read ? O_RDONLY : O_WRONLY);
	CHECK_EQ(pthread_create(&thread, NULL, bring_pages, &flicker->pages),
		 0);
	CHECK_EQ(pthread_create(&thread, NULL, take_pages, NULL), 0);
	for (;;) {
		if (flicker->nr == SYS_read) {
			if (read(fd, memory, LONG) < 0)
				CHECK_EQ(errno, EPIPE);
			continue;
		}
		len = next_write(&traffic);
		CHECK_OK(madvise(memory, SIZE, MADV_DONTNEED));
		put(fd, memory, len);
	}
}

/* Seven share a room: a reader knows no more writers apart */
static void flickers(long nr)
{
	struct honest *there = honest_start(small_room(KCHAT_PATIENCE_FOREVER));
	struct flicker one = { .nr = nr };
	struct honest *here = NULL;
	unsigned int i;
	pid_t pid;

	for (i = 0; i < PROCESSES; i++) {
		one.pages = 1 + 5 * i;
		if (i % 7 == 0) {
			one.path = small_room(nr == SYS_read ?
					      PATIENCE_MS :
					      KCHAT_PATIENCE_FOREVER);
			here = honest_start(one.path);
		}
		stall_init();
		pid = start(flicker, &one);
		CHECK_SOON(stall_is_asked() && is_asleep(pid, nr));
		honest_goes_on(here);
		kill_hostile(pid);
	}
	honest_goes_on(here);
	honest_goes_on(there);
}

static void read_flickers(void)
{
	flickers(SYS_read);
}

static void write_flickers(void)
{
	flickers(SYS_write);
}

const struct tap_test tests_flicker[] = {
	{ "W2 pages that come and go, and at last stay away, in reads",
	  read_flickers, 60 },
	{ "W2 pages that come and go, and at last stay away, in writes",
	  write_flickers, 60 },
	{ NULL, NULL, 0 },
};
