/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * What the operations of the differential test share, and their names for step.c.
 */
#ifndef KCHAT_TESTS_DIFFER_STEP_H
#define KCHAT_TESTS_DIFFER_STEP_H

#include <sys/uio.h>

#include "differ.h"

/* Choose among the members of a table by @x */
#define CHOOSE(table, x) ((table)[(x) % (sizeof(table) / sizeof((table)[0]))])

/* Somebody who is neither root nor a room's owner */
#define STRANGER	4242

/* Which slot is wanted: pick() */
enum want { ANY, READER, WRITER, LEFT_OVER };

extern unsigned char *buffers[SIDES];
extern unsigned char *pattern;

const void *speech(void);
struct slot *pick(unsigned int a, enum want want);
struct slot *pick_idle(unsigned int a);
struct slot *pick_unlucky(unsigned int a);
struct call *pick_call(unsigned int a);
void begin(struct outcome *o, long ret);
enum did finish(enum row row, const char *what, struct outcome o[SIDES],
		size_t asked);
void ask(const struct slot *slot, unsigned long request, void *arg[],
	 size_t size, struct outcome o[SIDES]);
int pieces(struct iovec *iov, void *buf, size_t len, unsigned int c);

/* ---- files.c ---- */

enum did do_open(const struct op *op);
enum did do_close(const struct op *op);
enum did do_mode(const struct op *op);
enum did do_poll(const struct op *op);
enum did do_await(const struct op *op);
enum did do_signal(const struct op *op);

/* ---- bytes.c ---- */

enum did do_read(const struct op *op);
enum did do_write(const struct op *op);
enum did do_fault_read(const struct op *op);
enum did do_fault_write(const struct op *op);

/* ---- requests.c ---- */

enum did do_set(const struct op *op);
enum did do_get(const struct op *op);
enum did do_info(const struct op *op);
enum did do_members(const struct op *op);
enum did do_lap(const struct op *op);
enum did do_history(const struct op *op);
enum did do_unknown(const struct op *op);

/* ---- manage.c ---- */

enum did do_create(const struct op *op);
enum did do_remove(const struct op *op);
enum did do_change(const struct op *op);
enum did do_list(const struct op *op);
enum did do_expire(const struct op *op);

#endif /* KCHAT_TESTS_DIFFER_STEP_H */
