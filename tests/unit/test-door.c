// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * C2, C4: a door is closed in time, whatever comes in through it. Only CUSE closes
 * doors while the daemon serves; here libfuse's part is ours.
 */
#include "config.h"

#include <time.h>

#include "cuse/transport.h"
#include "tap.h"

static unsigned int waiting, served;
static bool endless;

/* What service.c is compiled to call instead of libfuse's */
int fuse_session_receive_buf(struct fuse_session *session, struct fuse_buf *buf)
{
	(void)session;
	(void)buf;
	return endless || waiting;
}

void fuse_session_process_buf(struct fuse_session *session,
			      const struct fuse_buf *buf)
{
	(void)session;
	(void)buf;
	served++;
	if (!endless)
		waiting--;
}

static void all_that_is_there(void)
{
	struct door door = { NULL };

	waiting = 50;
	door_drain(&door);
	CHECK_EQ(served, 50);
}

static void more_and_more(void)
{
	struct door door = { NULL };
	clock_t start = clock();

	endless = true;
	door_drain(&door);
	CHECK(served >= 50);
	/* Processor time: by others it may be held up for longer */
	CHECK(clock() - start < CLOCKS_PER_SEC * (clock_t)tap_slow());
}

static const struct tap_test tests[] = {
	{ "C2 who was about to open a room is still answered", all_that_is_there,
	  0 },
	{ "C2 C4 no door is open for ever", more_and_more, 0 },
	{ NULL, NULL, 0 },
};

int main(int argc, char **argv)
{
	return tap_main(argc, argv, tests);
}
