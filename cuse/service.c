// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * service.c - the daemon's life: start, event loop, orderly stop
 *
 *   lock the site - clear what a predecessor left - start a transport - make
 *   the lobby and the control node - say so - serve - end all rooms - serve until
 *   all have left, at most 2 s - take the nodes away - unlock
 *
 * In the background all this happens in a child; its parent waits to hear that
 * the lobby can be opened, and what the child has to say until then goes to the
 * terminal they share, what comes later to the system's log.
 */
#include "config.h"

#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <sys/epoll.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "lock.h"
#include "rights.h"
#include "say.h"
#include "service.h"
#include "transport.h"

#define START_NS	(5 * NS_PER_S)
#define SHOW_MS		20
#define STOP_NS		(2 * NS_PER_S)
#define KILL_NS		(10 * NS_PER_S)
#define DRAIN_NS	(4 * NS_PER_MS)

/* Requests served before signals and time are looked at again. */
#define BURST		64

/**
 * struct service - a daemon at work; there is one
 * @rooms: what it serves
 * @site: where they appear
 * @buf: the request at hand
 * @epoll: waits for requests and signals
 * @signals: the signals that end the daemon
 * @stop: one of them came
 * @serving: the door whose requests are being served; NULL once it is closed
 * @ended: the kernel closed a door
 */
static struct service {
	struct rooms rooms;
	struct site site;
	struct fuse_buf buf;
	int epoll;
	int signals;
	bool stop;
	struct door *serving;
	bool ended;
} service;

/* --- doors -------------------------------------------------------------- */

static int watch(int fd, struct door *door)
{
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = door };

	return epoll_ctl(service.epoll, EPOLL_CTL_ADD, fd, &event);
}

/**
 * door_open() - let requests in
 * @door: a door that is not open
 * @session: where they come from; it is the door's from now on
 * @ret_why: on failure, why
 *
 * Return: 0 or -1; door_close() is due in either case.
 */
int door_open(struct door *door, struct fuse_session *session,
	      struct reason *ret_why)
{
	int fd = fuse_session_fd(session);

	door->session = session;
	if (!fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) &&
	    !watch(fd, door))
		return 0;
	because(ret_why, "cannot wait for requests: %s", strerror(errno));
	return -1;
}

/**
 * door_await() - serve one door only, until something has come true
 * @door: the door; only the kernel's handshake is expected
 * @done: has it?
 * @context: passed to @done
 * @ret_why: on failure, why
 *
 * May be called while a request of another door is being served.
 *
 * Return: 0, or -1 if it takes too long.
 */
int door_await(struct door *door, bool (*done)(void *context), void *context,
	       struct reason *ret_why)
{
	u64 deadline_ns = clock_ns(CLOCK_MONOTONIC) + START_NS;
	struct pollfd fd = {
		.fd = fuse_session_fd(door->session),
		.events = POLLIN,
	};
	struct fuse_buf buf = { 0 };
	bool came = false;

	while (!(came = done(context)) &&
	       !fuse_session_exited(door->session) &&
	       clock_ns(CLOCK_MONOTONIC) < deadline_ns) {
		if (poll(&fd, 1, SHOW_MS) > 0 &&
		    fuse_session_receive_buf(door->session, &buf) > 0)
			fuse_session_process_buf(door->session, &buf);
	}
	free(buf.mem);
	if (!came)
		because(ret_why, "the kernel did not answer in time");
	return came ? 0 : -1;
}

/**
 * door_drain() - serve what has come in through a door already
 * @door: an open door
 *
 * A few ms at most: who asks again and again must not keep the others waiting. What
 * is left fails when the door is closed. Not while one of its requests is being
 * served.
 */
void door_drain(struct door *door)
{
	u64 deadline_ns = clock_ns(CLOCK_MONOTONIC) + DRAIN_NS;
	struct fuse_buf buf = { 0 };
	int i;

	for (i = 0; i < BURST || clock_ns(CLOCK_MONOTONIC) < deadline_ns; i++) {
		if (fuse_session_receive_buf(door->session, &buf) <= 0)
			break;
		fuse_session_process_buf(door->session, &buf);
	}
	free(buf.mem);
}

/**
 * door_close() - let no more requests in
 * @door: a door, open or not
 */
void door_close(struct door *door)
{
	if (service.serving == door)
		service.serving = NULL;
	if (door->session)
		fuse_session_destroy(door->session);
	door->session = NULL;
}

/* --- the event loop ----------------------------------------------------- */

static int wait_ms(u64 now_ns, u64 deadline_ns)
{
	u64 ms;

	if (!deadline_ns)
		return -1;
	if (deadline_ns <= now_ns)
		return 0;
	ms = (deadline_ns - now_ns + NS_PER_MS - 1) / NS_PER_MS;
	return ms < 3600000 ? (int)ms : 3600000;
}

/* A room may go with its last opener's request, and a door with the room. */
static void serve_door(struct door *door)
{
	int i;

	service.serving = door;
	for (i = 0; i < BURST; i++) {
		int got = fuse_session_receive_buf(door->session,
						   &service.buf);

		if (got > 0)
			fuse_session_process_buf(door->session, &service.buf);
		rooms_reap(&service.rooms);
		if (service.serving != door)
			return;
		service.ended |= fuse_session_exited(door->session);
		if (service.ended || (got <= 0 && got != -EINTR))
			break;
	}
	service.serving = NULL;
}

/*
 * Serve once, waiting until @deadline_ns at most (0: for ever).
 * Return: 0, or -1 when the kernel ended a session.
 */
static int serve(u64 deadline_ns)
{
	u64 tick_ns = rooms_deadline(&service.rooms);
	struct signalfd_siginfo info;
	struct epoll_event event;
	int n;

	if (!deadline_ns || (tick_ns && tick_ns < deadline_ns))
		deadline_ns = tick_ns;
	n = epoll_wait(service.epoll, &event, 1,
		       wait_ms(clock_ns(CLOCK_MONOTONIC), deadline_ns));
	if (n > 0 && !event.data.ptr) {
		if (read(service.signals, &info, sizeof(info)) > 0)
			service.stop = true;
	} else if (n > 0) {
		serve_door(event.data.ptr);
	}
	if (tick_ns && clock_ns(CLOCK_MONOTONIC) >= tick_ns)
		rooms_tick(&service.rooms);
	return service.ended ? -1 : 0;
}

/* --- bringing the rooms up ---------------------------------------------- */

static void take_down(void)
{
	rooms_end(&service.rooms);
	service.rooms.transport->stop(&service.rooms);
	rooms_deinit(&service.rooms);
	/* Another session may want another size. */
	free(service.buf.mem);
	memset(&service.buf, 0, sizeof(service.buf));
}

/* Return: 0 when the lobby can be opened, -1 and why if it cannot. */
static int bring_up(const struct transport *transport,
		    const struct options *options, struct reason *ret_why)
{
	const struct kc_asker root = { .root = true, .chown = true };
	struct kchat_spec lobby = {
		.name = KCHAT_LOBBY,
		.patience_ms = options->patience,
		.mode = service.site.mode,
		.uid = service.site.uid,
		.gid = service.site.gid,
	};
	int error;

	rooms_init(&service.rooms, &service.site, &options->limits);
	service.rooms.transport = transport;
	if (transport->start(&service.rooms, ret_why))
		return -1;
	because(ret_why, "the limits leave no room for the lobby");
	error = rooms_create(&service.rooms, &root, &lobby, ret_why);
	if (!error)
		error = transport->manage(&service.rooms, ret_why);
	if (!error)
		return 0;
	take_down();
	return -1;
}

/* By the best transport asked for and possible; says which, and why. */
static int bring_up_any(const struct options *options)
{
	const char *node = service.site.node;
	struct reason cuse, fuse;

	if (options->cuse && !bring_up(&transport_cuse, options, &cuse)) {
		say("serving %s over CUSE", node);
		return 0;
	}
	if (!options->fuse) {
		say("cannot serve %s over CUSE: %s", node, cuse.text);
		return -1;
	}
	if (!bring_up(&transport_fuse, options, &fuse)) {
		if (options->cuse)
			say("serving %s over FUSE (CUSE not possible: %s)",
			    node, cuse.text);
		else
			say("serving %s over FUSE", node);
		return 0;
	}
	if (options->cuse)
		say("cannot serve %s: CUSE: %s; FUSE: %s", node, cuse.text,
		    fuse.text);
	else
		say("cannot serve %s over FUSE: %s", node, fuse.text);
	return -1;
}

/* --- the daemon's life -------------------------------------------------- */

/* Over CUSE every room takes a descriptor. */
static void take_descriptors(void)
{
	struct rlimit limit;

	if (getrlimit(RLIMIT_NOFILE, &limit))
		return;
	limit.rlim_cur = limit.rlim_max;
	setrlimit(RLIMIT_NOFILE, &limit);
}

/*
 * Rings, and long messages that wait, go back to the system as soon as they are
 * freed. Left alone, glibc keeps pieces of the size it was last given back.
 */
static void give_back_memory(void)
{
#ifdef M_MMAP_THRESHOLD
	mallopt(M_MMAP_THRESHOLD, KCHAT_MSG_MAX);
#endif
}

static int watch_signals(void)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -1;
	service.signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	service.epoll = epoll_create1(EPOLL_CLOEXEC);
	if (service.signals < 0 || service.epoll < 0)
		return -1;
	return watch(service.signals, NULL);
}

/* Serve until told to stop, then until all have left. Return: 0 or -1. */
static int live(void)
{
	u64 deadline_ns;

	while (!service.stop) {
		if (serve(0)) {
			say("the kernel ended the service of %s",
			    service.site.node);
			return -1;
		}
	}
	rooms_end(&service.rooms);
	deadline_ns = clock_ns(CLOCK_MONOTONIC) + STOP_NS;
	while (!rooms_are_empty(&service.rooms) &&
	       clock_ns(CLOCK_MONOTONIC) < deadline_ns)
		if (serve(deadline_ns))
			break;
	return 0;
}

/*
 * Leave the terminal, and tell the parent that the room can be opened. If it
 * was killed meanwhile, nobody wants the room.
 */
static void detach(int ready)
{
	int null;

	if (ready < 0)
		return;
	if (chdir("/"))
		say("cannot leave the working directory: %s", strerror(errno));
	null = open("/dev/null", O_RDWR);
	dup2(null, STDIN_FILENO);
	dup2(null, STDOUT_FILENO);
	dup2(null, STDERR_FILENO);
	if (null > STDERR_FILENO)
		close(null);
	say_to_syslog();
	if (write(ready, "", 1) != 1)
		service.stop = true;
	close(ready);
}

static int serve_site(const struct options *options, int ready)
{
	struct reason why;
	int error;

	if (watch_signals()) {
		say("cannot wait for signals: %s", strerror(errno));
		return -1;
	}
	if (site_prepare(&service.site, &why)) {
		say("%s", why.text);
		return -1;
	}
	take_descriptors();
	give_back_memory();
	error = bring_up_any(options);
	if (!error) {
		rights_give_up();
		detach(ready);
		error = live();
		take_down();
	}
	site_leave(&service.site);
	close(service.epoll);
	close(service.signals);
	return error;
}

static int run(const struct options *options, int ready)
{
	struct reason why;
	struct lock lock;
	pid_t holder;
	int taken, error;

	if (lock_name(&lock, service.site.directory, &why)) {
		say("%s", why.text);
		return -1;
	}
	taken = lock_take(&lock, &holder, &why);
	if (taken < 0) {
		say("%s", why.text);
		return -1;
	}
	if (!taken) {
		if (holder)
			say("%s is already served by process %ld (kchatd --stop ends it)",
			    service.site.node, (long)holder);
		else
			say("%s is already served, by a process that is just starting or ending, or of another pid namespace",
			    service.site.node);
		return -1;
	}
	error = serve_site(options, ready);
	lock_drop(&lock);
	return error;
}

/* The parent's part: hear how the child's start went, and do likewise. */
static int await(pid_t child, int ready)
{
	char byte;
	int status;

	if (read(ready, &byte, 1) == 1)
		return 0;
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		;
	if (WIFSIGNALED(status))
		say("killed by signal %d", WTERMSIG(status));
	return -1;
}

/**
 * service_run() - serve rooms
 * @options: what the command line asks for
 *
 * Return: 0 when it was served and stopped, or, in the background, when it can
 * be opened; -1 after saying why it is not possible.
 */
int service_run(const struct options *options)
{
	int ready[2] = { -1, -1 };
	struct reason why;
	pid_t child = 0;
	int error;

	say_for_libfuse();
	if (site_init(&service.site, options->directory, &why)) {
		say("%s", why.text);
		return -1;
	}
	service.site.mode = options->mode;
	service.site.control_mode = options->control_mode;
	service.site.gid = options->gid;
	if (!options->foreground) {
		if (pipe2(ready, O_CLOEXEC) || (child = fork()) < 0) {
			say("cannot go to the background: %s", strerror(errno));
			site_deinit(&service.site);
			return -1;
		}
		close(ready[child ? 1 : 0]);
	}
	if (child) {
		error = await(child, ready[0]);
	} else {
		if (!options->foreground)
			setsid();
		umask(0022);
		error = run(options, ready[1]);
	}
	site_deinit(&service.site);
	return error;
}

/**
 * service_stop() - end the daemon that serves a directory
 * @options: names the directory
 *
 * Return: 0 when none serves it and nothing of one is left there; -1 after
 * saying why not.
 */
int service_stop(const struct options *options)
{
	u64 deadline_ns = clock_ns(CLOCK_MONOTONIC) + KILL_NS;
	const struct timespec nap = { 0, 10 * NS_PER_MS };
	struct reason why;
	struct site site;
	struct lock lock;
	pid_t holder, told = 0;
	int taken, error = -1;

	if (site_init(&site, options->directory, &why)) {
		say("%s", why.text);
		return -1;
	}
	if (lock_name(&lock, site.directory, &why)) {
		say("%s", why.text);
		goto out;
	}
	while (!(taken = lock_take(&lock, &holder, &why))) {
		/* Who has ended meanwhile has given the lock up. */
		if (holder && holder != told && kill(holder, SIGTERM) &&
		    errno != ESRCH) {
			say("cannot stop process %ld, which serves %s: %s",
			    (long)holder, site.node, strerror(errno));
			goto out;
		}
		if (holder)
			told = holder;
		if (clock_ns(CLOCK_MONOTONIC) > deadline_ns) {
			if (holder)
				say("process %ld, which serves %s, does not end",
				    (long)holder, site.node);
			else
				say("the lock file %s is locked, but not by the process that %s names",
				    lock.path, lock.pid_path);
			goto out;
		}
		nanosleep(&nap, NULL);
	}
	if (taken < 0) {
		say("%s", why.text);
		goto out;
	}
	error = site_clear(&site, &why);
	if (error)
		say("%s", why.text);
	lock_drop(&lock);
out:
	site_deinit(&site);
	return error;
}
