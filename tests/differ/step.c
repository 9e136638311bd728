// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * A step: which file an operation is about, doing it on both sides, comparing. The
 * operations themselves are in files.c, bytes.c, requests.c and manage.c.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "step.h"
#include "tap.h"

unsigned char *buffers[SIDES];
unsigned char *pattern;

static unsigned int spoken;

/* Bytes unlike those of the messages before */
const void *speech(void)
{
	return pattern + ++spoken * 61 % (64 << 10);
}

/*
 * The slot at @a, or the next one that can do what is wanted, in a room that
 * was not removed. Now and then one that cannot, or was, will do as well.
 */
struct slot *pick(unsigned int a, enum want want)
{
	struct slot *slot;
	unsigned int i;

	for (i = 0; i < SLOTS; i++) {
		slot = &slots[(a + i) % SLOTS];
		if (!slot->open || (want != LEFT_OVER && !slot->room->live &&
				    (a >> 5) % 4))
			continue;
		if ((a >> 3) % 16 == 0 || want == ANY ||
		    (want == READER && slot->access != O_WRONLY) ||
		    (want == WRITER && slot->access != O_RDONLY) ||
		    (want == LEFT_OVER && !slot->room->live))
			return slot;
	}
	return want == LEFT_OVER ? pick(a & 31, ANY) : NULL;
}

/* A slot that would wait for something to read, if there is one */
struct slot *pick_idle(unsigned int a)
{
	struct slot *slot;
	unsigned int i;

	for (i = 0; i < SLOTS; i++) {
		slot = &slots[(a + i) % SLOTS];
		if (slot->open && slot->access != O_WRONLY &&
		    !slot->nonblock && !call_of(slot, READ) &&
		    !slot_ready(slot, POLLIN))
			return slot;
	}
	return NULL;
}

/* A slot with a loss to tell, of a room that was removed, if there is one */
struct slot *pick_unlucky(unsigned int a)
{
	struct slot *slot;
	unsigned int i;

	for (i = 0; i < SLOTS; i++) {
		slot = &slots[(a + i) % SLOTS];
		if (slot->open && !slot->room->live &&
		    slot_ready(slot, POLLPRI) & POLLPRI)
			return slot;
	}
	return NULL;
}

/* A call that waits, if there is one */
struct call *pick_call(unsigned int a)
{
	unsigned int i;

	for (i = 0; i < CALLS; i++)
		if (calls[(a + i) % CALLS].used)
			return &calls[(a + i) % CALLS];
	return NULL;
}

void begin(struct outcome *o, long ret)
{
	o->ret = ret;
	o->err = ret < 0 ? errno : 0;
	o->data = NULL;
	o->len = 0;
}

/* Compare what was done at once on both sides, and then what that caused */
enum did finish(enum row row, const char *what, struct outcome o[SIDES],
		       size_t asked)
{
	tell(what, o);
	if (differs(what, o))
		return DIFFERENT;
	cell_count(row, outcome_name(row, &o[0], asked));
	return settle() ? DONE : DIFFERENT;
}

/* An ioctl with a structure that both sides get alike, and give back */
void ask(const struct slot *slot, unsigned long request, void *arg[],
		size_t size, struct outcome o[SIDES])
{
	int i;

	for (i = 0; i < SIDES; i++) {
		begin(&o[i], ioctl(slot->fd[i], request, arg[i]));
		if (o[i].ret >= 0 && size) {
			o[i].data = arg[i];
			o[i].len = size;
		}
	}
}

/* Cut a buffer into up to 8 pieces of any alignment (more would be D2) */
int pieces(struct iovec *iov, void *buf, size_t len, unsigned int c)
{
	unsigned int n = c & 3 ? 1 : 1 + (c >> 2) % 8, i;
	size_t piece = len / n;

	for (i = 0; i < n; i++) {
		iov[i].iov_base = (char *)buf + i * piece;
		iov[i].iov_len = i < n - 1 ? piece : len - i * piece;
	}
	return n;
}

/**
 * record_sizes() - keep the lengths of messages that were accepted
 * @slot: through which file
 * @buf: what was written
 * @len: how much of it was accepted
 */
void record_sizes(const struct slot *slot, const void *buf, size_t len)
{
	struct room *room = slot->room;
	const unsigned char *p = buf;
	struct kchat_record rec;
	size_t at, step;

	for (at = 0; at < len; at += step) {
		step = rec.len = len - at;
		if (slot->options & KCHAT_OPTION_BATCH &&
		    len - at >= sizeof(rec)) {
			memcpy(&rec, p + at, sizeof(rec));
			step = rec.size;
			if (step < sizeof(rec))
				return;
		}
		if (room->n_sizes % 256 == 0)
			room->sizes = realloc(room->sizes,
					      (room->n_sizes + 256) *
						      sizeof(*room->sizes));
		room->sizes[room->n_sizes++] = rec.len;
	}
}

/* ---- a case ---- */

/**
 * case_start() - new rooms, and nobody in them
 */
void case_start(void)
{
	struct op first = { .code = OP_CREATE, .a = 0, .b = 0x100, .c = 23 };
	uint64_t state = 20261125;
	int i;

	sides_open();
	for (i = 0; i < SIDES; i++) {
		buffers[i] = mmap(NULL, BUF_SIZE, PROT_READ | PROT_WRITE,
				  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (buffers[i] == MAP_FAILED)
			exit(3);
	}
	pattern = malloc(BUF_SIZE + (64 << 10));
	for (i = 0; i < (int)BUF_SIZE + (64 << 10); i += 4) {
		uint32_t word = roll(&state);

		memcpy(pattern + i, &word, 4);
	}
	if (features & HAS_CONTROL)
		step(&first);
	else
		names[0] = names[1] = names[2] =
			room_new(KCHAT_PATIENCE_FOREVER);
}

/**
 * step() - do one operation on both sides
 * @op: the operation
 *
 * Return: whether it made sense and whether the sides were alike.
 */
enum did step(const struct op *op)
{
	static enum did (*const does[N_CODES])(const struct op *op) = {
		[OP_OPEN] = do_open,
		[OP_CLOSE] = do_close,
		[OP_MODE] = do_mode,
		[OP_READ] = do_read,
		[OP_WRITE] = do_write,
		[OP_POLL] = do_poll,
		[OP_AWAIT] = do_await,
		[OP_SIGNAL] = do_signal,
		[OP_RESTART] = do_signal,
		[OP_SET] = do_set,
		[OP_GET] = do_get,
		[OP_INFO] = do_info,
		[OP_MEMBERS] = do_members,
		[OP_LAP] = do_lap,
		[OP_HISTORY] = do_history,
		[OP_FAULT_READ] = do_fault_read,
		[OP_FAULT_WRITE] = do_fault_write,
		[OP_UNKNOWN] = do_unknown,
		[OP_CREATE] = do_create,
		[OP_REMOVE] = do_remove,
		[OP_CHANGE] = do_change,
		[OP_LIST] = do_list,
		[OP_EXPIRE] = do_expire,
	};

	if (op_needs(op->code) & ~features)
		return NOTHING;
	return does[op->code](op);
}

/**
 * case_end() - end all calls, close all files
 */
void case_end(void)
{
	int i, j;

	calls_end();
	for (i = 0; i < SLOTS; i++)
		for (j = 0; slots[i].open && j < SIDES; j++)
			close(slots[i].fd[j]);
}
