// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The hand that disturbs: it signals, stops and kills the others, laps them,
 * counts them, and makes, changes and removes rooms. It ends when all was
 * written, or earlier, so that nothing it does can hide a lost wake-up.
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "torture.h"

/* Is it in the middle of a write? */
static bool writes(unsigned int actor)
{
	const struct author *a;

	for (a = scene->author; a < scene->author + AUTHORS_MAX; a++)
		if (a->actor == actor && a->started > a->accepted)
			return !scene->actor[actor].killed;
	return false;
}

/* Somebody, or his second process; 0 if he has none. Rather who writes. */
static pid_t somebody(struct actor **ret_actor)
{
	unsigned int tries = draw(12), i;
	struct actor *actor;

	do
		i = draw(scene->n_actors);
	while (tries-- && !writes(i));
	actor = &scene->actor[i];
	*ret_actor = actor;
	if (actor == &scene->actor[me])
		return 0;
	return actor->second && one_in(2) ? actor->second : actor->pid;
}

static void disturb(int sig)
{
	struct actor *actor;
	pid_t pid = somebody(&actor);

	if (!pid)
		return;
	COUNT(sig == SIGUSR1 ? SIGNALS : STOPS);
	kill(pid, sig);
	if (sig == SIGSTOP) {
		tap_sleep(draw(30));
		kill(pid, SIGCONT);
	}
}

static void murder(void)
{
	static unsigned int done;
	struct actor *actor;
	pid_t pid = somebody(&actor);

	if (!pid || done == scene->plan.kills)
		return;
	done++;
	actor->killed = true;
	kill(pid, SIGKILL);
	COUNT(KILLS);
}

/* ---- through the room ---- */

static void lap(void)
{
	struct kchat_members page = { .after = draw(20) };
	struct kchat_lap lap = { .member = 0 };

	CHECK_OK(ioctl(scene->watch, KCHAT_MEMBERS, &page));
	CHECK(page.n <= KCHAT_MEMBERS_PAGE);
	if (!page.n || scene->plan.lossless)
		return;
	lap.member = page.member[draw(page.n)].id;
	CHECK(lap.member > page.after);
	if (!ioctl(scene->watch, KCHAT_LAP, &lap))
		COUNT(LAPPED);
	else
		CHECK_EQ(errno, ESRCH);
}

/* End the claims of all files that a process has opened */
static void lap_all_of(pid_t pid)
{
	struct kchat_members page = { .after = 0 };
	struct kchat_lap lap = { .member = 0 };
	unsigned int i;

	do {
		CHECK_OK(ioctl(scene->watch, KCHAT_MEMBERS, &page));
		for (i = 0; i < page.n; i++) {
			page.after = lap.member = page.member[i].id;
			if (page.member[i].pid == (uint32_t)pid)
				ioctl(scene->watch, KCHAT_LAP, &lap);
		}
	} while (page.n == KCHAT_MEMBERS_PAGE);
}

static bool somebody_writes(void)
{
	unsigned int i;

	for (i = 0; i < scene->n_actors; i++)
		if (writes(i))
			return true;
	return false;
}

/* Nobody waits for a stopped reader once patience ends, or it is lapped (W2, O6) */
static void freeze(void)
{
	struct actor *reader = &scene->actor[draw(scene->plan.readers)];
	unsigned int before;

	if (scene->plan.lossless)
		return;
	COUNT(FROZEN);
	kill(reader->pid, SIGSTOP);
	if (reader->second)
		kill(reader->second, SIGSTOP);
	tap_sleep(draw(100));
	if (info_of(scene->watch).patience_ms == KCHAT_PATIENCE_FOREVER)
		lap_all_of(reader->pid);
	before = accepted_by_all();
	CHECK_SOON(!somebody_writes() || accepted_by_all() != before);
	kill(reader->pid, SIGCONT);
	if (reader->second)
		kill(reader->second, SIGCONT);
}

static void come_and_go(void)
{
	static const int flags[] = { O_RDONLY, O_WRONLY, O_RDWR };
	int fd = scene_open(flags[draw(3)]);

	if (fd >= 0)
		close(fd);
}

static void change_mode(void)
{
	if (chmod(scene->path, 0600 | draw(0100)) < 0)
		CHECK(errno == ENOENT && scene->removing);
}

/* ---- through the control node ---- */

static const char *room_name(void)
{
	return strrchr(scene->path, '/') + 1;
}

static int control(unsigned long request, struct kchat_spec *spec)
{
	int fd = control_open(O_RDWR), ret, err;

	ret = ioctl(fd, request, spec);
	err = errno;
	close(fd);
	errno = err;
	return ret;
}

static void change_room(void)
{
	static const uint32_t patience[] = { KCHAT_PATIENCE_FOREVER, 0, 2, 30 };
	struct kchat_spec spec = {
		.patience_ms = patience[draw(LENGTH(patience))],
		.flags = draw(2) * KCHAT_ROOM_HISTORY,
		.change = 1 + draw(3),
	};

	if (scene->plan.lossless)
		spec.change &= ~KCHAT_CHANGE_PATIENCE;
	if (!spec.change)
		return;
	if (!(spec.change & KCHAT_CHANGE_HISTORY))
		spec.flags = 0;
	if (!(spec.change & KCHAT_CHANGE_PATIENCE))
		spec.patience_ms = 0;
	snprintf(spec.name, sizeof(spec.name), "%s", room_name());
	if (control(KCHAT_CHANGE, &spec) < 0)
		CHECK(errno == ENOENT && scene->removing);
	else
		COUNT(CHANGES);
}

/**
 * rooms_like() - how many rooms of the round's name are in the list
 *
 * All are in the order of their ids.
 */
unsigned int rooms_like(void)
{
	struct kchat_list page = { .after = 0 };
	int fd = control_open(O_RDONLY);
	unsigned int i, seen = 0;

	do {
		CHECK_OK(ioctl(fd, KCHAT_LIST, &page));
		for (i = 0; i < page.n; i++) {
			CHECK(page.room[i].id > page.after);
			page.after = page.room[i].id;
			seen += !strcmp(page.room[i].name, room_name());
		}
	} while (page.n == KCHAT_LIST_PAGE);
	close(fd);
	return seen;
}

/* A room beside it comes and goes; what was said there last is read to the end */
static void churn(void)
{
	struct kchat_spec spec = room_spec();
	char text[] = "last words", got[sizeof(text)];
	int fd;

	CHECK_OK(control(KCHAT_CREATE, &spec));
	fd = path_open(beside(spec.name), O_RDWR);
	put(fd, text, sizeof(text));
	CHECK_OK(control(KCHAT_REMOVE, &spec));
	CHECK_ERRNO(open(beside(spec.name), O_RDWR), ENOENT);
	CHECK_ERRNO(control(KCHAT_CREATE, &spec), EBUSY);
	CHECK_ERRNO(write(fd, text, sizeof(text)), ENODEV);
	get(fd, got, sizeof(got));
	CHECK_MEM(got, text, sizeof(text));
	CHECK_EQ(read(fd, got, sizeof(got)), 0);
	close(fd);
	COUNT(CHURNS);
}

/* The module stays while somebody has it open (C4) */
static void unload(void)
{
	if (backend != KMOD || geteuid())
		return;
	CHECK_EQ(syscall(SYS_delete_module, "kchat", O_NONBLOCK), -1);
	CHECK(errno == EWOULDBLOCK || errno == EBUSY);
	COUNT(HELD);
}

/**
 * hand_run() - disturb
 * @arg: unused
 */
void hand_run(void *arg)
{
	bool storm = one_in(4);
	unsigned int times = (storm ? 1000 : 100) + draw(100);

	(void)arg;
	while (times-- && !scene->written) {
		if (storm && !one_in(16)) {
			disturb(SIGUSR1);
			usleep(draw(400));
			continue;
		}
		switch (draw(17)) {
		case 0:
			lap();
			break;
		case 16:
			freeze();
			break;
		case 1:
			come_and_go();
			break;
		case 2:
			change_mode();
			break;
		case 3:
			change_room();
			break;
		case 4:
			CHECK_EQ(rooms_like(), 1);
			break;
		case 5:
			churn();
			break;
		case 6:
			unload();
			break;
		case 7:
		case 8:
			murder();
			break;
		case 9:
		case 10:
			disturb(SIGSTOP);
			break;
		default:
			disturb(SIGUSR1);
		}
		usleep(draw(3000));
		atomic_fetch_add(&scene->progress, 1);
	}
	scene->actor[me].wrote = true;
}
