// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Memory whose pages never come: because whoever promised to bring them does
 * not (userfaultfd), or because they are a file's, whose filesystem does not
 * answer.
 *
 * That filesystem is one file. It speaks just enough of the kernel's FUSE
 * protocol for the file to be mapped; reads are not answered.
 */
#include "config.h"

#include <fcntl.h>
#include <linux/fuse.h>
#include <linux/userfaultfd.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include "hostile.h"

/* Has somebody asked for such a page? And who was to bring it, if that is one */
static struct {
	atomic_bool asked;
	_Atomic pid_t server;
} *shared;

/**
 * stall_init() - before the first process that stalls is started
 */
void stall_init(void)
{
	shared = share(sizeof(*shared));
}

/**
 * stall_ask() - somebody waits for a page
 */
void stall_ask(void)
{
	atomic_store(&shared->asked, true);
}

/**
 * stall_is_asked() - does somebody wait for a page?
 */
bool stall_is_asked(void)
{
	return atomic_load(&shared->asked);
}

/**
 * stall_end() - nobody waits for a page any more
 *
 * Who waits for a filesystem's answer can be killed no sooner.
 */
void stall_end(void)
{
	pid_t server = shared ? atomic_exchange(&shared->server, 0) : 0;

	if (server)
		kill(server, SIGKILL);
}

/*
 * Pages to read and write, the first of them there; the others are for the caller.
 * Over CUSE and FUSE the front may be accepted when its writer is killed (D3), so
 * that it is traffic: 16 messages.
 */
static char *pages(void)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *mem = mmap(NULL, page + STALL_SIZE, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	CHECK(mem != MAP_FAILED);
	memset(mem, STALL_WRITER << 4 | STALL_FRONT / 16, page);
	return mem + page;
}

/* ---- userfaultfd ---- */

static void *watch_userfault(void *arg)
{
	struct pollfd pfd = { .fd = (int)(intptr_t)arg, .events = POLLIN };

	while (poll(&pfd, 1, -1) < 1)
		;
	stall_ask();
	return NULL;
}

/**
 * userfault_open() - from now on, missing pages are brought by this process
 * @mem: the first page
 * @len: bytes, in whole pages
 *
 * Return: a userfaultfd, not to wait for; the test is skipped where there is none.
 */
int userfault_open(void *mem, size_t len)
{
	struct uffdio_api api = { .api = UFFD_API };
	struct uffdio_register range = {
		.range = { .start = (uintptr_t)mem, .len = len },
		.mode = UFFDIO_REGISTER_MODE_MISSING,
	};
	int fd;

	need_root();
	fd = syscall(SYS_userfaultfd, O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		SKIP("no userfaultfd: %s", strerror(errno));
	CHECK_OK(ioctl(fd, UFFDIO_API, &api));
	CHECK_OK(ioctl(fd, UFFDIO_REGISTER, &range));
	return fd;
}

static char *stall_by_userfault(void)
{
	size_t page = sysconf(_SC_PAGESIZE);
	char *mem = pages();
	pthread_t thread;
	int fd;

	fd = userfault_open(mem, (STALL_SIZE + page - 1) / page * page);
	CHECK_EQ(pthread_create(&thread, NULL, watch_userfault,
				(void *)(intptr_t)fd), 0);
	return mem;
}

/* ---- a file whose filesystem does not answer ---- */

static void answer(int fd, const struct fuse_in_header *in, int error,
		   const void *out, size_t len)
{
	struct fuse_out_header header = {
		.len = sizeof(header) + len,
		.error = -error,
		.unique = in->unique,
	};
	struct iovec iov[2] = { { &header, sizeof(header) },
				{ (void *)(uintptr_t)out, len } };

	/* Who asked may have been killed meanwhile */
	if (writev(fd, iov, 2) < 0)
		CHECK_EQ(errno, ENOENT);
}

static void answer_init(int fd, const struct fuse_in_header *in)
{
	const struct fuse_init_in *asks = (const void *)(in + 1);
	struct fuse_init_out out = {
		.major = asks->major,
		.minor = FUSE_KERNEL_MINOR_VERSION,
		.max_write = 4096,
	};

	answer(fd, in, 0, &out, sizeof(out));
}

static void answer_getattr(int fd, const struct fuse_in_header *in)
{
	struct fuse_attr_out out = {
		.attr_valid = 3600,
		.attr = { .ino = FUSE_ROOT_ID, .mode = S_IFREG | 0600,
			  .nlink = 1, .size = 1 << 20, .blksize = 4096 },
	};

	answer(fd, in, 0, &out, sizeof(out));
}

static void serve_mute(void *arg)
{
	static union {
		struct fuse_in_header in;
		char space[FUSE_MIN_READ_BUFFER];
	} request;
	const struct fuse_open_out opened = { .fh = 1 };
	int fd = (int)(intptr_t)arg;

	while (read(fd, &request, sizeof(request)) > 0) {
		switch (request.in.opcode) {
		case FUSE_INIT:
			answer_init(fd, &request.in);
			break;
		case FUSE_GETATTR:
			answer_getattr(fd, &request.in);
			break;
		case FUSE_OPEN:
			answer(fd, &request.in, 0, &opened, sizeof(opened));
			break;
		case FUSE_READ:
			stall_ask();
			break;
		case FUSE_FORGET:
		case FUSE_INTERRUPT:
			break;
		default:
			answer(fd, &request.in, ENOSYS, NULL, 0);
		}
	}
}

/* The mount is gone again when this returns; the file is still there. */
static int open_mute(void)
{
	char path[] = "/tmp/kchat-hostile.XXXXXX", options[80];
	int place = CHECK_OK(mkstemp(path)), fd, file;
	struct stat status;

	close(place);
	fd = open("/dev/fuse", O_RDWR | O_CLOEXEC);
	snprintf(options, sizeof(options),
		 "fd=%d,rootmode=100600,user_id=0,group_id=0", fd);
	if (fd < 0 || mount("hostile", path, "fuse", MS_NODEV | MS_NOSUID,
			    options)) {
		unlink(path);
		SKIP("no FUSE mount here: %s", strerror(errno));
	}
	shared->server = tap_spawn(serve_mute, (void *)(intptr_t)fd);
	file = open(path, O_RDWR | O_CLOEXEC);
	umount2(path, MNT_DETACH);
	unlink(path);
	CHECK_OK(file);
	close(fd);
	CHECK_OK(fstat(file, &status));
	CHECK_EQ(status.st_size, 1 << 20);
	return file;
}

static char *stall_by_file(void)
{
	char *mem = pages();

	CHECK(mmap(mem, STALL_SIZE, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_FIXED, open_mute(), 0) == mem);
	return mem;
}

/**
 * stall_memory() - memory that stalls whoever touches it
 * @kind: why
 *
 * For this process alone. The rest of the test is skipped where it cannot be had.
 *
 * Return: STALL_SIZE bytes that never come; STALL_FRONT bytes before them are there.
 */
void *stall_memory(enum stall kind)
{
	need_root();
	atomic_store(&shared->asked, false);
	return kind == BY_USERFAULT ? stall_by_userfault() : stall_by_file();
}
