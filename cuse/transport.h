/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * transport.h - how a room gets from the daemon to the programs
 *
 * A transport makes a node, DIR/lobby, and a libfuse session through which the
 * kernel brings what is done to it. CUSE and FUSE are the two there are.
 */
#ifndef KCHATD_TRANSPORT_H
#define KCHATD_TRANSPORT_H

#include "host.h"
#include "site.h"

/**
 * struct transport - a transport
 * @title: its name in messages
 * @start: open the kernel's door; a session, or NULL and the reason
 * @show: called after requests were served, until the room can be opened:
 *	1 if so, 0 if not yet, -1 and the reason if it never will be
 * @stop: take the node away and end the session
 */
struct transport {
	const char *title;
	struct fuse_session *(*start)(struct host *host,
				      const struct site *site,
				      struct reason *ret_why);
	int (*show)(const struct site *site, struct reason *ret_why);
	void (*stop)(struct fuse_session *session, const struct site *site);
};

extern const struct transport transport_cuse;
extern const struct transport transport_fuse;

#endif /* KCHATD_TRANSPORT_H */
