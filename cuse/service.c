// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * service.c - the daemon's life: start, event loop, orderly stop
 *
 *   lock the site - clear what a predecessor left - start a transport - serve
 *   until the room can be opened - say so - serve - end the room - serve until
 *   all have left, at most 2 s - take the node away - unlock
 *
 * In the background all this happens in a child; its parent waits to hear that
 * the room can be opened, and what the child has to say until then goes to the
 * terminal they share.
 */
#include "config.h"

#include <signal.h>
#include <stdarg.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "clock.h"
#include "lock.h"
#include "service.h"
#include "transport.h"

#define START_NS	(5 * NS_PER_S)
#define SHOW_NS		(20 * NS_PER_MS)
#define STOP_NS		(2 * NS_PER_S)
#define KILL_NS		(10 * NS_PER_S)

/* Requests served before signals and time are looked at again. */
#define BURST		64

/**
 * struct service - a daemon at work
 * @host: the room
 * @site: where it appears
 * @transport: how
 * @session: libfuse's part
 * @buf: the request at hand
 * @epoll: waits for requests and signals
 * @signals: the signals that end the daemon
 * @stop: one of them came
 */
struct service {
	struct host host;
	struct site site;
	const struct transport *transport;
	struct fuse_session *session;
	struct fuse_buf buf;
	int epoll;
	int signals;
	bool stop;
};

/**
 * say() - one line on stderr, whole
 * @format: as printf
 */
void say(const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	dprintf(STDERR_FILENO, "kchatd: %s\n", line);
}

static void say_for_libfuse(enum fuse_log_level level, const char *format,
			    va_list args)
{
	char line[1024];

	(void)level;
	vsnprintf(line, sizeof(line), format, args);
	line[strcspn(line, "\n")] = '\0';
	say("%s", line);
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

static void serve_requests(struct service *service)
{
	int i;

	for (i = 0; i < BURST && !fuse_session_exited(service->session); i++) {
		int got = fuse_session_receive_buf(service->session,
						   &service->buf);

		if (got == -EINTR)
			continue;
		if (got <= 0)
			break;
		fuse_session_process_buf(service->session, &service->buf);
	}
}

/*
 * Serve once, waiting until @deadline_ns at most (0: for ever).
 * Return: 0, or -1 when the kernel ended the session.
 */
static int serve(struct service *service, u64 deadline_ns)
{
	u64 tick_ns = host_deadline(&service->host);
	struct signalfd_siginfo info;
	struct epoll_event event;
	int n;

	if (!deadline_ns || (tick_ns && tick_ns < deadline_ns))
		deadline_ns = tick_ns;
	n = epoll_wait(service->epoll, &event, 1,
		       wait_ms(clock_ns(CLOCK_MONOTONIC), deadline_ns));
	if (n > 0 && event.data.fd == service->signals) {
		if (read(service->signals, &info, sizeof(info)) > 0)
			service->stop = true;
	} else if (n > 0) {
		serve_requests(service);
	}
	if (tick_ns && clock_ns(CLOCK_MONOTONIC) >= tick_ns)
		host_tick(&service->host);
	return fuse_session_exited(service->session) ? -1 : 0;
}

static int watch(int epoll, int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	return epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event);
}

/* --- bringing a room up ------------------------------------------------- */

static void take_down(struct service *service)
{
	host_end(&service->host);
	service->transport->stop(service->session, &service->site);
	host_deinit(&service->host);
	/* Another session may want another size. */
	free(service->buf.mem);
	memset(&service->buf, 0, sizeof(service->buf));
}

/* Return: 0 when the room can be opened, -1 and why if it cannot. */
static int bring_up(struct service *service, const struct transport *transport,
		    struct reason *ret_why)
{
	u64 deadline_ns = clock_ns(CLOCK_MONOTONIC) + START_NS;
	int fd, shown = 0;

	if (host_init(&service->host, KCHAT_CAPACITY_DEFAULT)) {
		because(ret_why, "no memory");
		return -1;
	}
	service->transport = transport;
	service->session = transport->start(&service->host, &service->site,
					    ret_why);
	if (!service->session) {
		host_deinit(&service->host);
		return -1;
	}
	fd = fuse_session_fd(service->session);
	if (fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK) ||
	    watch(service->epoll, fd)) {
		because(ret_why, "cannot wait for requests: %s",
			strerror(errno));
		goto take_down;
	}
	while (!(shown = transport->show(&service->site, ret_why))) {
		u64 now_ns = clock_ns(CLOCK_MONOTONIC);

		because(ret_why, service->stop ? "told to stop" :
			"the kernel did not answer in time");
		if (service->stop || now_ns >= deadline_ns ||
		    serve(service, now_ns + SHOW_NS))
			break;
	}
	if (shown > 0)
		return 0;
take_down:
	take_down(service);
	return -1;
}

/* By the best transport asked for and possible; says which, and why. */
static int bring_up_any(struct service *service,
			const struct options *options)
{
	struct reason cuse, fuse;

	if (options->cuse && !bring_up(service, &transport_cuse, &cuse)) {
		say("serving %s over CUSE", service->site.node);
		return 0;
	}
	if (!options->fuse) {
		say("cannot serve %s over CUSE: %s", service->site.node,
		    cuse.text);
		return -1;
	}
	if (!bring_up(service, &transport_fuse, &fuse)) {
		if (options->cuse)
			say("serving %s over FUSE (CUSE not possible: %s)",
			    service->site.node, cuse.text);
		else
			say("serving %s over FUSE", service->site.node);
		return 0;
	}
	if (options->cuse)
		say("cannot serve %s: CUSE: %s; FUSE: %s", service->site.node,
		    cuse.text, fuse.text);
	else
		say("cannot serve %s over FUSE: %s", service->site.node,
		    fuse.text);
	return -1;
}

/* --- the daemon's life -------------------------------------------------- */

/* A room's messages are nobody else's business, on disk least of all. */
static void give_up_rights(void)
{
	const struct rlimit none = { 0, 0 };

	setrlimit(RLIMIT_CORE, &none);
	/* Others than root need fusermount3 to unmount, which is setuid. */
	if (geteuid() == 0)
		prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
}

static int watch_signals(struct service *service)
{
	sigset_t set;

	signal(SIGPIPE, SIG_IGN);
	sigemptyset(&set);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGINT);
	if (sigprocmask(SIG_BLOCK, &set, NULL))
		return -1;
	service->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
	service->epoll = epoll_create1(EPOLL_CLOEXEC);
	if (service->signals < 0 || service->epoll < 0)
		return -1;
	return watch(service->epoll, service->signals);
}

/* Serve until told to stop, then until all have left. Return: 0 or -1. */
static int live(struct service *service)
{
	u64 deadline_ns;

	while (!service->stop) {
		if (serve(service, 0)) {
			say("the kernel ended the service of %s",
			    service->site.node);
			return -1;
		}
	}
	host_end(&service->host);
	deadline_ns = clock_ns(CLOCK_MONOTONIC) + STOP_NS;
	while (!host_is_empty(&service->host) &&
	       clock_ns(CLOCK_MONOTONIC) < deadline_ns)
		if (serve(service, deadline_ns))
			break;
	return 0;
}

/*
 * Leave the terminal, and tell the parent that the room can be opened. If it
 * was killed meanwhile, nobody wants the room.
 */
static void detach(struct service *service, int ready)
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
	if (write(ready, "", 1) != 1)
		service->stop = true;
	close(ready);
}

static int serve_site(struct service *service, const struct options *options,
		      int ready)
{
	struct reason why;
	int error;

	if (watch_signals(service)) {
		say("cannot wait for signals: %s", strerror(errno));
		return -1;
	}
	if (site_prepare(&service->site, &why)) {
		say("%s", why.text);
		return -1;
	}
	error = bring_up_any(service, options);
	if (!error) {
		give_up_rights();
		detach(service, ready);
		error = live(service);
		take_down(service);
	}
	site_leave(&service->site);
	close(service->epoll);
	close(service->signals);
	return error;
}

static int run(struct service *service, const struct options *options,
	       int ready)
{
	struct reason why;
	struct lock lock;
	pid_t holder;
	int taken, error;

	if (lock_name(&lock, service->site.directory, &why)) {
		say("%s", why.text);
		return -1;
	}
	taken = lock_take(&lock, &holder, &why);
	if (taken < 0) {
		say("%s", why.text);
		return -1;
	}
	if (!taken) {
		say("%s is already served by process %ld (kchatd --stop ends it)",
		    service->site.node, (long)holder);
		return -1;
	}
	error = serve_site(service, options, ready);
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
 * service_run() - serve a room
 * @options: what the command line asks for
 *
 * Return: 0 when it was served and stopped, or, in the background, when it can
 * be opened; -1 after saying why it is not possible.
 */
int service_run(const struct options *options)
{
	struct service service = { .site = { 0 } };
	int ready[2] = { -1, -1 };
	struct reason why;
	pid_t child = 0;
	int error;

	fuse_set_log_func(say_for_libfuse);
	if (site_init(&service.site, options->directory, &why)) {
		say("%s", why.text);
		return -1;
	}
	service.site.mode = options->mode;
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
		error = run(&service, options, ready[1]);
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
		if (holder && holder != told && kill(holder, SIGTERM)) {
			say("cannot stop process %ld, which serves %s: %s",
			    (long)holder, site.node, strerror(errno));
			goto out;
		}
		if (holder)
			told = holder;
		if (clock_ns(CLOCK_MONOTONIC) > deadline_ns) {
			say("process %ld, which serves %s, does not end",
			    (long)holder, site.node);
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
