// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * S1, S2: whose name a message bears. Here others try to speak in somebody's
 * name: by an inherited or a passed file, by a setuid program, from within
 * namespaces, and by a number that was somebody else's.
 */
#include "config.h"

#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "conform.h"

/* Somebody who is not root, and another */
#define JOE	1234
#define ANN	4321

/* The first id of those that a namespace has outside, and how many */
#define OUTSIDE	100000
#define IDS	1000

/* What a reader gets for ids it does not have (kernel.overflowuid) */
#define OVERFLOW 65534

static union {
	struct kchat_record record;
	char bytes[4096];
} in;

/* A room that everybody may use */
static const char *open_room(void)
{
	struct kchat_spec spec = room_spec();

	spec.mode = 0666;
	return room_create(spec);
}

static int open_reader(const char *path)
{
	int fd = path_open(path, O_RDONLY);

	set_options(fd, KCHAT_OPTION_RECORDS);
	return fd;
}

/* The next record, which says this */
static void heard(int r, const char *text)
{
	ssize_t n = CHECK_OK(read(r, &in, sizeof(in)));

	CHECK(n >= (ssize_t)sizeof(in.record));
	CHECK_EQ(in.record.len, strlen(text));
	CHECK_MEM(in.bytes + sizeof(in.record), text, strlen(text));
}

/* ---- other programs ---- */

static const char *speaker(void)
{
	static char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 20);

	CHECK(n > 0);
	path[n] = '\0';
	dirname(path);
	strcat(path, "/speaker");
	CHECK_OK(access(path, X_OK));
	return path;
}

struct speech {
	const char *program, *to, *text;
	uid_t uid;
};

static void speak(void *arg)
{
	struct speech *s = arg;

	if (s->uid)
		become(s->uid);
	execl(s->program, s->program, s->to, s->text, (char *)NULL);
	FAIL("%s: %s", s->program, strerror(errno));
}

/* It runs another program, as another user, on a file it was handed down */
static void inherited_by_another(void)
{
	const char *path = open_room();
	int r = open_reader(path), w = CHECK_OK(open(path, O_WRONLY));
	char number[20];
	struct speech speech = { speaker(), number, "inherited", JOE };

	need_root();
	snprintf(number, sizeof(number), "%d", w);
	tap_join(tap_spawn(speak, &speech));
	heard(r, "inherited");
	CHECK_EQ(in.record.pid, getpid());
	CHECK_EQ(in.record.uid, 0);
	CHECK_EQ(in.record.gid, getegid());
}

/* A copy of the speaker that is setuid and setgid @owner */
static const char *setuid_speaker(uid_t owner)
{
	static char dir[] = "/tmp/kchat-setuid.XXXXXX", path[80];
	char command[2 * PATH_MAX];
	struct statvfs fs;

	need_root();
	CHECK(mkdtemp(dir));
	CHECK_OK(chmod(dir, 0755));
	CHECK_OK(statvfs(dir, &fs));
	if (fs.f_flag & ST_NOSUID) {
		rmdir(dir);
		SKIP("/tmp is mounted nosuid");
	}
	snprintf(path, sizeof(path), "%s/speaker", dir);
	snprintf(command, sizeof(command), "cp '%s' '%s'", speaker(), path);
	CHECK_EQ(system(command), 0);
	CHECK_OK(chown(path, owner, owner));
	CHECK_OK(chmod(path, 06755));
	return path;
}

static void setuid_gone(const char *path)
{
	char dir[80];

	snprintf(dir, sizeof(dir), "%s", path);
	unlink(path);
	rmdir(dirname(dir));
}

static void setuid_program(void)
{
	const char *path = open_room();
	struct speech speech = { .to = path, .text = "setuid", .uid = JOE };
	int r = open_reader(path);

	speech.program = setuid_speaker(ANN);
	tap_join(tap_spawn(speak, &speech));
	setuid_gone(speech.program);
	heard(r, "setuid");
	/* It is who may open the file that counts, not who has started it */
	CHECK_EQ(in.record.uid, ANN);
	CHECK_EQ(in.record.gid, ANN);
}

/* ---- passed files ---- */

static int sockets[2];

static void write_what_is_passed(void *arg)
{
	char byte, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	int fd;

	(void)arg;
	if (!geteuid())
		become(ANN);
	CHECK_EQ(CHECK_OK(recvmsg(sockets[1], &msg, 0)), 1);
	CHECK(CMSG_FIRSTHDR(&msg));
	memcpy(&fd, CMSG_DATA(CMSG_FIRSTHDR(&msg)), sizeof(fd));
	put(fd, "passed", 6);
}

static void passed_by_socket(void)
{
	char byte = 0, control[CMSG_SPACE(sizeof(int))];
	struct iovec iov = { &byte, 1 };
	struct msghdr msg = { .msg_iov = &iov, .msg_iovlen = 1,
			      .msg_control = control,
			      .msg_controllen = sizeof(control) };
	const char *path = open_room();
	int r = open_reader(path), w;
	struct cmsghdr *head;
	pid_t pid;

	CHECK_OK(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, sockets));
	pid = tap_spawn(write_what_is_passed, NULL);
	w = path_open(path, O_WRONLY);
	memset(control, 0, sizeof(control));
	head = CMSG_FIRSTHDR(&msg);
	head->cmsg_level = SOL_SOCKET;
	head->cmsg_type = SCM_RIGHTS;
	head->cmsg_len = CMSG_LEN(sizeof(int));
	memcpy(CMSG_DATA(head), &w, sizeof(w));
	CHECK_EQ(CHECK_OK(sendmsg(sockets[0], &msg, 0)), 1);
	tap_join(pid);
	heard(r, "passed");
	CHECK_EQ(in.record.pid, getpid());
	CHECK_EQ(in.record.uid, geteuid());
	CHECK_EQ(in.record.gid, getegid());
}

/* ---- namespaces ---- */

struct inside {
	void (*run)(void *arg);
	void *arg;
	int ready[2], go[2];
};

/* Process 1 of a pid namespace, and root of a user namespace */
static void inside_run(void *arg)
{
	struct inside *inside = arg;

	CHECK_OK(setresgid(0, 0, 0));
	CHECK_OK(setresuid(0, 0, 0));
	CHECK_EQ(getpid(), 1);
	inside->run(inside->arg);
}

static void inside_enter(void *arg)
{
	struct inside *inside = arg;
	char byte;

	if (unshare(CLONE_NEWUSER | CLONE_NEWPID) < 0)
		SKIP("no namespaces here: %s", strerror(errno));
	CHECK_EQ(write(inside->ready[1], "", 1), 1);
	CHECK_EQ(read(inside->go[0], &byte, 1), 1);
	tap_join(tap_spawn(inside_run, inside));
}

static void map_ids(pid_t pid, const char *file)
{
	char path[80], map[80];
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/%s", (int)pid, file);
	snprintf(map, sizeof(map), "0 %d %d\n", OUTSIDE, IDS);
	fd = CHECK_OK(open(path, O_WRONLY | O_CLOEXEC));
	CHECK_EQ(write(fd, map, strlen(map)), strlen(map));
	close(fd);
}

/* Run something in namespaces of its own, where ids 0.. are OUTSIDE.. */
static void run_inside(void (*run)(void *arg), void *arg)
{
	struct inside inside = { .run = run, .arg = arg };
	char byte;
	pid_t pid;

	need_root();
	CHECK_OK(pipe(inside.ready));
	CHECK_OK(pipe(inside.go));
	pid = tap_spawn(inside_enter, &inside);
	CHECK_EQ(read(inside.ready[0], &byte, 1), 1);
	map_ids(pid, "uid_map");
	map_ids(pid, "gid_map");
	CHECK_EQ(write(inside.go[1], "", 1), 1);
	tap_join(pid);
}

static void wait_and_end(void *arg)
{
	sigset_t set;
	int sig;

	/* Blocked: it may come before we wait for it */
	on_signal(SIGTERM, 0);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	CHECK_OK(sigprocmask(SIG_BLOCK, &set, NULL));
	put(path_open(arg, O_WRONLY), "inside", 6);
	/* Until it was read: the dead have no pid */
	CHECK_EQ(sigwait(&set, &sig), 0);
}

static void enter_and_say(void *arg)
{
	run_inside(wait_and_end, arg);
}

/* The process that has the room's other end: the only child of a child */
static pid_t child_of(pid_t pid)
{
	char path[80], text[40] = "";
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/task/%d/children", (int)pid,
		 (int)pid);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		SKIP("this kernel tells no children in /proc");
	CHECK_OK(read(fd, text, sizeof(text) - 1));
	close(fd);
	return atoi(text);
}

static void writer_inside(void)
{
	const char *path = open_room();
	int r = open_reader(path);
	pid_t pid;

	need_root();
	pid = tap_spawn(enter_and_say, (void *)path);
	heard(r, "inside");
	/* As we know them here */
	CHECK_EQ(in.record.uid, OUTSIDE);
	CHECK_EQ(in.record.gid, OUTSIDE);
	CHECK(in.record.pid > 1);
	CHECK_EQ(in.record.pid, child_of(child_of(pid)));
	CHECK_OK(kill(in.record.pid, SIGTERM));
	tap_join(pid);
}

struct reader_inside {
	int r;
	pid_t writer;
	uid_t uid;
	const char *path;
};

/*
 * The module gives ids as the reader has them. A daemon answers for readers it
 * does not know: everybody sees the ids that the daemon has (D4).
 */
static void read_inside(void *arg)
{
	struct reader_inside *ri = arg;
	int w;

	heard(ri->r, "outside");
	if (backend == KMOD) {
		CHECK_EQ(in.record.uid, OVERFLOW);
		CHECK_EQ(in.record.gid, OVERFLOW);
		CHECK_EQ(in.record.pid, 0);
	} else {
		CHECK_EQ(in.record.uid, ri->uid);
		CHECK_EQ(in.record.gid, ri->uid);
		CHECK_EQ(in.record.pid, ri->writer);
	}
	/* And of who is inside as well */
	w = path_open(ri->path, O_WRONLY);
	put(w, "from inside", 11);
	heard(ri->r, "from inside");
	if (backend == KMOD) {
		CHECK_EQ(in.record.uid, 0);
		CHECK_EQ(in.record.gid, 0);
		CHECK_EQ(in.record.pid, 1);
	} else {
		CHECK_EQ(in.record.uid, OUTSIDE);
		CHECK_EQ(in.record.gid, OUTSIDE);
		CHECK(in.record.pid > 1);
	}
}

static void reader_inside(void)
{
	struct reader_inside ri = { .path = open_room(), .writer = getpid(),
				    .uid = geteuid() };
	int w;

	need_root();
	ri.r = open_reader(ri.path);
	w = path_open(ri.path, O_WRONLY);
	put(w, "outside", 7);
	run_inside(read_inside, &ri);
}

/* ---- a number that was somebody else's ---- */

/* A process of this number that waits to be killed; 0 if that cannot be had */
static pid_t process_numbered(pid_t pid)
{
	pid_t wanted[1] = { pid };
	struct clone_args args;
	long child;

	memset(&args, 0, sizeof(args));
	args.exit_signal = SIGCHLD;
	args.set_tid = (uintptr_t)wanted;
	args.set_tid_size = 1;
	child = syscall(SYS_clone3, &args, sizeof(args));
	if (!child) {
		pause();
		_exit(0);
	}
	if (child < 0)
		return 0;
	CHECK_EQ(child, pid);
	return child;
}

/* When a process began, in clock ticks since boot (proc(5): stat, field 22) */
static unsigned long long tick_of(pid_t pid)
{
	char path[40], line[1024], *rest;
	unsigned long long tick;
	unsigned int field;

	snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
	slurp(path, line, sizeof(line));
	/* The name, field 2 in parentheses, may have blanks */
	rest = strrchr(line, ')');
	for (field = 2; rest && field < 22; field++)
		rest = strchr(rest + 1, ' ');
	CHECK(rest && sscanf(rest, "%llu", &tick) == 1);
	return tick;
}

/* One who says something in a room, and leaves when it began for who comes next */
struct mayfly {
	const char *path;
	unsigned long long tick;
};

static void say_once(void *arg)
{
	struct mayfly *mayfly = arg;

	put(path_open(mayfly->path, O_WRONLY), "recycled", 8);
	mayfly->tick = tick_of(getpid());
}

/*
 * Another process has the number of who said it when it is read.
 *
 * Return: whether both began in one tick.
 */
static bool recycled(int r, struct mayfly *mayfly, unsigned int pause_ms)
{
	unsigned long long tick;
	pid_t pid;

	need_root();
	pid = tap_spawn(say_once, mayfly);
	tap_join(pid);
	tap_sleep(pause_ms);
	if (!process_numbered(pid))
		SKIP("no process can be had by number here: %s",
		     strerror(errno));
	tick = tick_of(pid);
	heard(r, "recycled");
	CHECK_EQ(in.record.pid, 0);
	CHECK_EQ(in.record.uid, 0);
	CHECK_OK(kill(pid, SIGKILL));
	tap_reap(pid, SIGKILL);
	return tick == mayfly->tick;
}

static struct mayfly *open_mayfly(int *r)
{
	struct mayfly *mayfly = share(sizeof(*mayfly));

	mayfly->path = open_room();
	*r = open_reader(mayfly->path);
	return mayfly;
}

static void recycled_pid(void)
{
	int r;
	struct mayfly *mayfly = open_mayfly(&r);

	CHECK(!recycled(r, mayfly, 30));
}

/* A machine that has much to do may need some tries until one tick has both. */
static void recycled_at_once(void)
{
	long long end = tap_now() + 20000;
	int r, tries = 1;
	struct mayfly *mayfly = open_mayfly(&r);

	while (!recycled(r, mayfly, 0) && tap_now() < end)
		tries++;
	printf("%d tries\n", tries);
}

const struct tap_test tests_senders[] = {
	{ "S1 another program and user on an inherited file lend no name",
	  inherited_by_another, 0 },
	{ "S1 a setuid program speaks as who may open", setuid_program, 0 },
	{ "S1 who writes to a passed file lends no name", passed_by_socket, 0 },
	{ "S1 a recycled pid is not the sender", recycled_pid, 0 },
	{ "S1 nor is one recycled at once", recycled_at_once, 0 },
	{ "S2 a sender in namespaces has the ids it has outside", writer_inside,
	  0 },
	{ "S2 D4 a reader in namespaces, and whose ids it sees", reader_inside,
	  0 },
	{ NULL, NULL, 0 },
};
