/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * transport.h - how rooms get from the daemon to the programs
 *
 * A transport makes a node for each room, and one for the control node, and a
 * door or more: a libfuse session through which the kernel brings what is done to
 * them. CUSE has a door for each device, FUSE one for its whole filesystem.
 */
#ifndef KCHATD_TRANSPORT_H
#define KCHATD_TRANSPORT_H

#include "fuse-api.h"
#include "rooms.h"

/**
 * struct door - where the kernel's requests come in
 * @session: libfuse's part; NULL: not open
 */
struct door {
	struct fuse_session *session;
};

/**
 * struct transport - a transport
 * @title: its name in messages
 * @start: get ready for rooms; 0, or -1 and the reason
 * @add: make a room's node, so that it can be opened when this returns; 0, or
 *	-errno and the reason
 * @manage: make the control node, the lobby being there; 0, or -errno and the
 *	reason
 * @hide: take a room's node away; who has it open keeps it
 * @drop: nobody has it open any more
 * @stop: take away all nodes that are left and close all doors
 */
struct transport {
	const char *title;
	int (*start)(struct rooms *rooms, struct reason *ret_why);
	int (*add)(struct host *host, struct reason *ret_why);
	int (*manage)(struct rooms *rooms, struct reason *ret_why);
	void (*hide)(struct host *host);
	void (*drop)(struct host *host);
	void (*stop)(struct rooms *rooms);
};

extern const struct transport transport_cuse;
extern const struct transport transport_fuse;

/* The service's part: it serves whatever comes through an open door. */
int door_open(struct door *door, struct fuse_session *session,
	      struct reason *ret_why);
int door_await(struct door *door, bool (*done)(void *context), void *context,
	       struct reason *ret_why);
void door_drain(struct door *door);
void door_close(struct door *door);

#endif /* KCHATD_TRANSPORT_H */
