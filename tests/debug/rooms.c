// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Failures where rooms and the module itself come and go.
 */
#include "config.h"

#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "conform.h"
#include "faults.h"

static int control;
static struct kchat_spec spec;
static struct kchat_list list;
/* Rooms there were before */
static unsigned int others;

/* How many rooms there are */
static unsigned int rooms(void)
{
	struct kchat_list page = { .after = 0 };

	CHECK_OK(ioctl(control, KCHAT_LIST, &page));
	return page.n;
}

static void prepare(void)
{
	module_load();
	control = control_open(O_RDWR);
	spec = room_spec();
	others = rooms();
}

static long call_create(void)
{
	return ioctl(control, KCHAT_CREATE, &spec);
}

static long call_remove(void)
{
	return ioctl(control, KCHAT_REMOVE, &spec);
}

static long call_change(void)
{
	return ioctl(control, KCHAT_CHANGE, &spec);
}

static long call_list(void)
{
	memset(&list, 0, sizeof(list));
	return ioctl(control, KCHAT_LIST, &list);
}

static void create(void)
{
	CHECK_OK(call_create());
}

/* C1: the whole room, or nothing of it */
static void after_create(struct trial trial)
{
	int fd;

	CHECK_EQ(rooms(), others + (trial.ret >= 0));
	if (trial.ret >= 0) {
		fd = open(beside(spec.name), O_RDWR | O_CLOEXEC);
		CHECK(fd >= 0 || (trial.failed && errno == ENOENT));
		if (fd >= 0) {
			put(fd, "x", 1);
			get(fd, &(char){ 0 }, 1);
			close(fd);
		}
		CHECK_OK(call_remove());
	}
	node_gone(beside(spec.name));
	CHECK_EQ(rooms(), others);
}

static void creates(void)
{
	const struct operation op = {
		.call = call_create, .after = after_create, .least = 20,
	};

	prepare();
	each_point(&op);
}

static void after_remove(struct trial trial)
{
	CHECK_EQ(rooms(), others + (trial.ret < 0));
	if (trial.ret < 0)
		CHECK_OK(call_remove());
	node_gone(beside(spec.name));
}

static void removes(void)
{
	const struct operation op = {
		.before = create, .call = call_remove, .after = after_remove,
		.least = 4,
	};

	prepare();
	each_point(&op);
}

/* Its patience is another, or as it was */
static void after_change(struct trial trial)
{
	CHECK_OK(call_list());
	CHECK_EQ(list.n, others + 1);
	CHECK_EQ(list.room[others].patience_ms, spec.patience_ms - (trial.ret < 0));
	spec.patience_ms += trial.ret >= 0;
}

static void changes(void)
{
	const struct operation op = {
		.call = call_change, .after = after_change, .least = 4,
	};

	prepare();
	spec.patience_ms = 1000;
	create();
	spec.change = KCHAT_CHANGE_PATIENCE;
	spec.patience_ms++;
	each_point(&op);
	CHECK_OK(call_remove());
}

static void after_list(struct trial trial)
{
	if (trial.ret < 0)
		return;
	CHECK_EQ(list.n, others);
	CHECK_STR(list.room[0].name, KCHAT_LOBBY);
}

static void lists(void)
{
	const struct operation op = {
		.call = call_list, .after = after_list, .least = 8,
	};

	prepare();
	each_point(&op);
}

const struct tap_test tests_rooms_made[] = {
	{ "C1 a room is made", creates, 200 },
	{ "C2 a room is removed", removes, 200 },
	{ "C1 a room is changed", changes, 60 },
	{ "C1 rooms are listed", lists, 60 },
	{ NULL, NULL, 0 },
};

/* ---- the module ---- */

static void after_load(struct trial trial)
{
	if (trial.ret >= 0)
		CHECK_OK(module_try_unload());
	module_left_nothing();
}

static void unload(void)
{
	module_load();
	CHECK_OK(module_try_unload());
	module_left_nothing();
}

static void loads(void)
{
	const struct operation op = {
		.call = module_try_load, .after = after_load, .least = 10,
	};

	unload();
	each_point(&op);
}

static void load(void)
{
	CHECK_OK(module_try_load());
}

static void after_unload(struct trial trial)
{
	if (trial.ret < 0)
		CHECK_OK(module_try_unload());
	module_left_nothing();
}

static void unloads(void)
{
	const struct operation op = {
		.before = load, .call = module_try_unload,
		.after = after_unload,
	};

	unload();
	each_point(&op);
}

const struct tap_test tests_module[] = {
	{ "the module is loaded", loads, 300 },
	{ "the module is unloaded", unloads, 200 },
	{ NULL, NULL, 0 },
};
