// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A round: make a room, start all who come to it, watch that it goes on, end
 * the room, and see that nothing is left of it.
 */
#include "config.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "torture.h"

/* Without any progress for so long, in seconds, somebody is stuck */
#define STUCK 20

/* What they are */
#define READER	"reader"
#define AUTHOR	"author"
#define CHATTER	"chatter"
#define HAND	"hand"

struct scene *scene;
unsigned int me;

struct start {
	void (*run)(void *arg);
	void *arg;
};

static void actor_run(void *arg)
{
	const struct start *start = arg;

	luck_start(scene->plan.seed, me);
	handlers();
	start->run(start->arg);
}

static void actor_start(void (*run)(void *arg), unsigned int id,
			const char *role)
{
	struct start start = { run, (void *)(uintptr_t)id };
	struct actor *actor;

	me = scene->n_actors;
	actor = &scene->actor[me];
	snprintf(actor->role, sizeof(actor->role), "%s %u", role, id);
	/* A signal before it could catch one would end it */
	on_signal(SIGUSR1, 0);
	actor->pid = tap_spawn(actor_run, &start);
	scene->n_actors++;
}

/* Has it ended? It stays a zombie, so that its number is nobody else's. */
static bool ended(struct actor *actor)
{
	siginfo_t info = { .si_pid = 0 };

	CHECK_OK(waitid(P_PID, actor->pid, &info, WEXITED | WNOHANG | WNOWAIT));
	if (!info.si_pid)
		return false;
	if (info.si_code != CLD_EXITED && !actor->killed)
		FAIL("%s was killed by signal %d", actor->role, info.si_status);
	return true;
}

/* Do all of this kind write no more? */
static bool all_wrote(const char *kind)
{
	struct actor *actor;

	for (actor = scene->actor; actor < scene->actor + scene->n_actors;
	     actor++)
		if (strstr(actor->role, kind) && !actor->wrote && !ended(actor))
			return false;
	return true;
}

/* Has everything come that will come? Last of all the hand lets go. */
static bool all_written(void)
{
	scene->written = all_wrote(AUTHOR) && all_wrote(CHATTER);
	return scene->written && all_wrote(HAND);
}

static bool all_ended(void)
{
	unsigned int i;

	for (i = 0; i < scene->n_actors; i++)
		if (!ended(&scene->actor[i]))
			return false;
	return true;
}

/* A reader that wants more at once than there is may leave it */
static bool is_lazy(uint64_t member)
{
	unsigned int i;

	for (i = 0; i < scene->n_lives; i++)
		if (scene->life[i].member == member)
			return scene->life[i].options.low_water > 1;
	return false;
}

/* Has everybody read what there is? Nobody wakes them but who wrote it (W7). */
static bool all_read(void)
{
	struct kchat_members page = { .after = 0 };
	unsigned int i;

	do {
		CHECK_OK(ioctl(scene->watch, KCHAT_MEMBERS, &page));
		for (i = 0; i < page.n; i++) {
			page.after = page.member[i].id;
			if (page.member[i].unread_messages &&
			    !is_lazy(page.after))
				return false;
		}
	} while (page.n == KCHAT_MEMBERS_PAGE);
	return true;
}

static bool early(void)
{
	return scene->plan.early && accepted_by_all() >= scene->plan.early;
}

/* Until all have ended, the room goes on; it is removed meanwhile */
static void watch(void)
{
	long long since = tap_now();
	unsigned int progress = 0;

	while (!all_ended()) {
		if (!scene->removing && (early() || (all_written() && all_read()))) {
			scene->removing = true;
			room_remove(scene->path);
		}
		if (scene->progress != progress) {
			progress = scene->progress;
			since = tap_now();
		} else if (tap_now() - since > STUCK * 1000LL * tap_slow()) {
			watch_stuck();
			FAIL("no progress for %u s", STUCK * tap_slow());
		}
		tap_sleep(1);
	}
	if (!scene->removing) {
		scene->removing = true;
		room_remove(scene->path);
	}
}

static void open_room(void)
{
	struct kchat_spec spec = room_spec();

	spec.capacity = scene->plan.capacity;
	spec.patience_ms = scene->plan.patience;
	spec.flags = scene->plan.flags;
	snprintf(spec.name, sizeof(spec.name), ROOM_NAME, (int)getppid());
	snprintf(scene->path, sizeof(scene->path), "%s", room_create(spec));
	scene->watch = path_open(scene->path, O_WRONLY);
}

/**
 * round_forget() - remove what a round that has failed left behind
 *
 * Context: the process that started it.
 */
void round_forget(void)
{
	struct kchat_spec spec = { .mode = 0 };
	int fd = control_open(O_RDWR);

	snprintf(spec.name, sizeof(spec.name), ROOM_NAME, (int)getpid());
	ioctl(fd, KCHAT_REMOVE, &spec);
	close(fd);
}

static void close_room(void)
{
	struct kchat_info info;

	/* Over FUSE a close may be noticed late (D5) */
	CHECK_SOON(info_of(scene->watch).openers == 1);
	info = info_of(scene->watch);
	CHECK_EQ(info.readers, 0);
	check_round(info.messages_in, info.bytes_in);
	close(scene->watch);
	CHECK_SOON(!rooms_like());
}

/**
 * round_run() - one round, from the first open to the last word
 * @arg: its struct plan
 *
 * Context: a process of its own, whose failure ends it and all it has started.
 */
void round_run(void *arg)
{
	const struct plan *plan = arg;
	unsigned int i;

	CHECK_OK(setpgid(0, 0));
	scene = share(sizeof(*scene));
	scene->plan = *plan;
	open_room();
	for (i = 0; i < plan->readers; i++)
		actor_start(reader_run, i, READER);
	for (i = 0; i < plan->authors; i++)
		actor_start(writer_run, i, AUTHOR);
	for (i = 0; i < plan->chatters; i++)
		actor_start(chatter_run, AUTHORS_MAX - 2 - i, CHATTER);
	actor_start(hand_run, 0, HAND);
	watch();
	close_room();
	while (wait(NULL) > 0)
		;
}
