// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * kchat-regress: what was wrong once. A test for each fault that was found
 * otherwise than by a test of its rule, as short as it could be made.
 */
#include "config.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "conform.h"

/*
 * Found by kchat-differ. POLLOUT is withheld because writers wait in line. Then
 * there is space for it, too, but the first in line takes it. The poller was
 * forgotten by the room's clock, and waited for ever.
 */
static void poller_behind_a_writer(void)
{
	struct kchat_spec spec = room_spec();
	struct call line, poller;
	const char *path;
	char *text = message(65536);
	int r, w, p;

	/* Less than what call_ends() waits, more than we may be held up before it */
	spec.patience_ms = 7000;
	spec.capacity = KCHAT_CAPACITY_MIN;
	path = room_create(spec);
	r = path_open(path, O_RDONLY);
	w = path_open(path, O_WRONLY);
	p = path_open(path, O_WRONLY);
	put(w, text, 20000);
	put(w, text, 65536);
	put(w, text, 20000);
	call_write(&line, w, text, 45000);
	call_waits(&line);
	call_poll(&poller, p, POLLOUT);
	call_waits(&poller);
	get(r, text, 20000);
	CHECK_EQ(call_ends(&line), 45000);
	CHECK_EQ(call_ends(&poller), POLLOUT);
	CHECK_EQ(ready(r) & (POLLIN | POLLPRI), POLLIN);
}

/*
 * Found by kchat-differ. A reader with a low-water mark, and enough to read, is
 * polled for a loss alone. The module woke it no more, since nobody was thought to
 * wait with so much there.
 */
static void loss_of_the_lazy(void)
{
	struct kchat_options options = { .flags = KCHAT_OPTION_LOSSY,
					 .low_water = 70000 };
	struct kchat_spec spec = room_spec();
	char *text = message(60000);
	const char *path;
	struct call poller;
	int r, w, i;

	spec.capacity = KCHAT_CAPACITY_MIN;
	path = room_create(spec);
	r = path_open(path, O_RDONLY);
	w = path_open(path, O_WRONLY);
	CHECK_OK(ioctl(r, KCHAT_SET_OPTIONS, &options));
	call_poll(&poller, r, POLLPRI);
	call_waits(&poller);
	for (i = 0; i < 2; i++)
		put(w, text, 60000);
	call_waits(&poller);
	put(w, text, 60000);
	CHECK_EQ(call_ends(&poller), POLLPRI);
}

/*
 * Found by kchat-differ. Writers in line whose messages fit wait for room no
 * longer, they are only not all served yet. Over CUSE, where one is served after
 * the other, that ended the wait of a reader with a low-water mark.
 */
static void served_one_by_one(void)
{
	struct kchat_options options = { .low_water = 70000 };
	static struct call first, second, reader;
	struct kchat_spec spec = room_spec();
	char *text = message(60000), byte;
	const char *path;
	int slow, lazy, w;

	spec.capacity = KCHAT_CAPACITY_MIN;
	path = room_create(spec);
	slow = path_open(path, O_RDONLY);
	w = path_open(path, O_WRONLY);
	put(w, text, 60000);
	put(w, text, 60000);
	lazy = path_open(path, O_RDONLY);
	CHECK_OK(ioctl(lazy, KCHAT_SET_OPTIONS, &options));
	call_write(&first, path_open(path, O_WRONLY), text, 20000);
	call_waits(&first);
	call_write(&second, path_open(path, O_WRONLY), text, 20000);
	call_waits(&second);
	call_read(&reader, lazy, &byte, 1);
	call_waits(&reader);
	get(slow, text, 60000);
	CHECK_EQ(call_ends(&first), 20000);
	CHECK_EQ(call_ends(&second), 20000);
	call_waits(&reader);
	/* One that does not fit ends it */
	call_write(&first, w, text, 60000);
	CHECK_EQ(call_ends(&reader), 1);
}

/*
 * Found by kchat-differ. A message that costs a reader what it has not read is
 * gathered first; the module's writers left the line for that, and whoever was
 * behind them came first.
 */
#define IN_LINE	6
#define FIRST	30000

static void place_in_line(void)
{
	struct kchat_spec spec = room_spec();
	struct call line[IN_LINE];
	char *text = message(65536), *got = message(FIRST + IN_LINE);
	const char *path;
	int r, q, w, i, round;

	spec.capacity = KCHAT_CAPACITY_MIN;
	for (round = 0; round < 5; round++) {
		spec.name[0] = 'a' + round;
		path = room_create(spec);
		r = path_open(path, O_RDONLY);
		w = path_open(path, O_WRONLY | O_NONBLOCK);
		/* The first does not fit, and whoever is behind it would */
		for (i = 65536; i > 1024; i /= 2)
			while (write(w, text, i) > 0)
				;
		q = path_open(path, O_RDONLY);
		memset(text, '0', FIRST);
		for (i = 0; i < IN_LINE; i++) {
			int fd = path_open(path, O_WRONLY);

			text[FIRST + i] = '0' + i;
			call_write(&line[i], fd, i ? text + FIRST + i : text,
				   i ? 1 : FIRST);
			call_waits(&line[i]);
		}
		set_options(r, KCHAT_OPTION_LOSSY);
		CHECK_EQ(call_ends(&line[0]), FIRST);
		for (i = 1; i < IN_LINE; i++)
			CHECK_EQ(call_ends(&line[i]), 1);
		get(q, got, FIRST + IN_LINE - 1);
		CHECK_MEM(got, text, FIRST);
		CHECK_MEM(got + FIRST, text + FIRST + 1, IN_LINE - 1);
		CHECK_EQ(ready(r) & POLLPRI, POLLPRI);
	}
}

/*
 * Found by reading. Over FUSE the numbers of files go round, and what was left of a
 * removed room without being open was taken for the later room of its number.
 */
static void number_of_a_removed_room(void)
{
	enum { NUMBERS = 65536 };
	struct kchat_spec spec = room_spec();
	struct stat left, later;
	int control, fd, i;
	char *path;

	if (backend != FUSE)
		SKIP("only the numbers of files go round");
	if (tap_slow() > 1)
		SKIP("to make %u rooms takes too long here", NUMBERS);
	spec.capacity = KCHAT_CAPACITY_MIN;
	path = room_create(spec);
	control = control_open(O_RDWR);
	fd = path_open(path, O_PATH);
	CHECK_OK(fstat(fd, &left));
	CHECK_OK(ioctl(control, KCHAT_REMOVE, &spec));
	CHECK_ERRNO(fstat(fd, &later), ENOENT);
	for (i = 0; i < NUMBERS; i++) {
		CHECK_OK(ioctl(control, KCHAT_CREATE, &spec));
		/* Some are in use, so it comes a little before the last */
		if (i >= NUMBERS - 100) {
			CHECK_OK(stat(path, &later));
			if (later.st_ino == left.st_ino)
				break;
		}
		CHECK_OK(ioctl(control, KCHAT_REMOVE, &spec));
	}
	CHECK_EQ(later.st_ino, left.st_ino);
	CHECK_ERRNO(fstat(fd, &left), ENOENT);
}

static const struct tap_test tests[] = {
	{ "W2 W7 a poller behind a writer in line starts the clock",
	  poller_behind_a_writer, 60 },
	{ "W7 O8 a low-water mark keeps no loss from a poller",
	  loss_of_the_lazy, 0 },
	{ "W1 who waits keeps its place, though a reader is lapped for it",
	  place_in_line, 60 },
	{ "O8 writers that are being served wait for room no longer",
	  served_one_by_one, 0 },
	{ "N2 what is left of a removed room is no later room",
	  number_of_a_removed_room, 300 },
	{ NULL, NULL, 0 },
};

int main(int argc, char **argv)
{
	const struct tap_test *const tables[] = { tests, NULL };

	return run_in_room(argc, argv, tables);
}
