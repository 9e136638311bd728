// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What must hold between two requests: whoever waits has to, nobody who polls was
 * forgotten, and what is charged is what waits.
 */
#include "config.h"

#include "fuzz-daemon.h"
#include "tap.h"

/* Lazy readers excepted: to ask whether they might read changes things */
static void check_reads(struct host *host)
{
	struct waiter *waiter;

	list_for_each_entry(waiter, &host->park.reads, link) {
		CHECK(!waiter->req->answered && !host->room.ended);
		if (!waiter->opener->member.lazy)
			CHECK(!kc_member_readable(&waiter->opener->member,
						  fake_now_ns));
	}
}

static void check_writes(struct host *host)
{
	struct kc_turn *turn = kc_room_first_turn(&host->room);
	struct waiter *waiter;

	list_for_each_entry(waiter, &host->park.writes, link)
		CHECK(!waiter->req->answered && !host->room.ended);
	if (!turn)
		return;
	waiter = container_of(turn, struct waiter, turn);
	CHECK_EQ(kc_room_admit(&host->room, &waiter->opener->member, turn->len,
			       turn), -EAGAIN);
}

static void check_polls(void)
{
	unsigned int i, found;

	for (i = 0; i < FILES; i++) {
		struct opener *opener = opener_at(i);

		if (!files[i].open || files[i].control || !opener->handle ||
		    opener->member.lazy)
			continue;
		found = opener_poll(opener, 0);
		CHECK(!(found & opener->events & ~files[i].found));
	}
}

static void check_parked(void)
{
	struct kc_user *user;
	struct waiter *waiter;
	struct host *host;
	unsigned int i;
	u64 parked, id;

	for (i = 0; i < KC_USER_LISTS; i++) {
		list_for_each_entry(user, &rooms.users.list[i], link) {
			parked = id = 0;
			while ((host = rooms_next(&rooms, id))) {
				id = host->place.spec.id;
				list_for_each_entry(waiter, &host->park.writes,
						    link)
					if (waiter->opener->user == user)
						parked += waiter->parked;
			}
			CHECK_EQ(user->parked, parked);
			CHECK(parked <= rooms.limits.user_parked);
		}
	}
}

/**
 * daemon_check() - between two requests
 */
void daemon_check(void)
{
	struct host *host;
	u64 id = 0;

	while ((host = rooms_next(&rooms, id))) {
		id = host->place.spec.id;
		check_reads(host);
		check_writes(host);
	}
	check_polls();
	check_parked();
}
