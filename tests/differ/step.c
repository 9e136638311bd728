// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The operations: each done on both sides, and compared.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/fsuid.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "differ.h"
#include "tap.h"

/* An hour: longer than any case, so that only we say when patience ends */
#define PATIENCE_LONG	3600000u

/* Somebody who is neither root nor a room's owner */
#define STRANGER	4242

static unsigned char *buffers[SIDES];
static unsigned char *pattern;
static unsigned int spoken;

/* ---- helpers ---- */

/* Choose among @n by @x */
#define CHOOSE(table, x) ((table)[(x) % (sizeof(table) / sizeof((table)[0]))])

/* Bytes unlike those of the messages before */
static const void *speech(void)
{
	return pattern + ++spoken * 61 % (64 << 10);
}

enum want { ANY, READER, WRITER, LEFT_OVER };

/*
 * The slot at @a, or the next one that can do what is wanted, in a room that
 * was not removed. Now and then one that cannot, or was, will do as well.
 */
static struct slot *pick(unsigned int a, enum want want)
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
static struct slot *pick_idle(unsigned int a)
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

/* A call that waits, if there is one */
static struct call *pick_call(unsigned int a)
{
	unsigned int i;

	for (i = 0; i < CALLS; i++)
		if (calls[(a + i) % CALLS].used)
			return &calls[(a + i) % CALLS];
	return NULL;
}

static void begin(struct outcome *o, long ret)
{
	o->ret = ret;
	o->err = ret < 0 ? errno : 0;
	o->data = NULL;
	o->len = 0;
}

/* Compare what was done at once on both sides, and then what that caused */
static enum did finish(enum row row, const char *what, struct outcome o[SIDES],
		       size_t asked)
{
	tell(what, o);
	if (differs(what, o))
		return DIFFERENT;
	cell_count(row, outcome_name(row, &o[0], asked));
	return settle() ? DONE : DIFFERENT;
}

/* An ioctl with a structure that both sides get alike, and give back */
static void ask(const struct slot *slot, unsigned long request, void *arg[],
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
static int pieces(struct iovec *iov, void *buf, size_t len, unsigned int c)
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

/* ---- opening and closing ---- */

static enum did do_open(const struct op *op)
{
	static const int modes[] = { O_RDWR, O_RDONLY, O_RDWR, O_WRONLY,
				     O_RDONLY };
	struct slot *slot = &slots[op->a % SLOTS];
	unsigned int name = op->b % 8 < 6 ? 0 : op->b % NAMES, stranger;
	struct room *room;
	struct outcome o[SIDES];
	char path[PATH_MAX + 40];
	struct kchat_info info;
	int i, flags;

	if (slot->open || call_of(slot, READ) || call_of(slot, WRITE))
		return NOTHING;
	/* Mostly where there is a room */
	for (i = 0; i < NAMES && !names[name] && op->c >> 11 & 3; i++)
		name = (name + 1) % NAMES;
	room = names[name];
	memset(slot, 0, sizeof(*slot));
	slot->access = CHOOSE(modes, op->c);
	slot->nonblock = (op->c >> 4) % 8 < 5;
	stranger = (op->c >> 8) % 8 ? 0 : STRANGER;
	flags = slot->access | (slot->nonblock ? O_NONBLOCK : 0) | O_CLOEXEC;
	slot->room = room;
	for (i = 0; i < SIDES; i++) {
		room_path(path, &sides[i], name);
		if (features & HAS_CONTROL)
			setfsuid(stranger);
		slot->fd[i] = open(path, flags);
		begin(&o[i], slot->fd[i]);
		setfsuid(0);
		if (o[i].ret >= 0)
			o[i].ret = 0;
	}
	slot->open = !o[0].ret && !o[1].ret && room;
	for (i = 0; slot->open && i < SIDES; i++) {
		if (ioctl(slot->fd[i], KCHAT_INFO, &info) < 0)
			return DIFFERENT;
		slot->member[i] = info.member;
		if (!room->known) {
			room->member[i] = info.member;
			room->seq[i] = info.messages_in;
		}
	}
	if (slot->open)
		room->known = true;
	return finish((enum row)op->code, "open", o, 0);
}

static enum did do_close(const struct op *op)
{
	struct slot *slot = pick(op->a, op->b & 1 ? LEFT_OVER : ANY);
	struct outcome o[SIDES];
	bool pending;
	int i;

	/* A descriptor that is polled stands for another file, once reused */
	if (!slot || call_of(slot, AWAIT))
		return NOTHING;
	pending = call_of(slot, READ) || call_of(slot, WRITE);
	if (pending && !close_is_sure(slot))
		return NOTHING;
	for (i = 0; i < SIDES; i++)
		begin(&o[i], close(slot->fd[i]));
	slot->open = false;
	if (pending)
		cell_count((enum row)op->code, "while a call waits");
	return finish((enum row)op->code, "close", o, 0);
}

/* O_NONBLOCK on and off; not under a call that looks at it later */
static enum did do_mode(const struct op *op)
{
	struct slot *slot = pick(op->a, ANY);
	struct outcome o[SIDES];
	int i;

	if (!slot || call_of(slot, READ) || call_of(slot, WRITE))
		return NOTHING;
	slot->nonblock = !slot->nonblock;
	for (i = 0; i < SIDES; i++)
		begin(&o[i], fcntl(slot->fd[i], F_SETFL,
				   slot->nonblock ? O_NONBLOCK : 0));
	return finish((enum row)op->code,
		      slot->nonblock ? "O_NONBLOCK" : "no O_NONBLOCK", o, 0);
}

/* ---- reading and writing ---- */

static enum did do_read(const struct op *op)
{
	static const unsigned int lens[] = { 1, 7, 40, 100, 1000, 4096, 4200,
					     10000, 20000, 65576, 66000, 48,
					     66000, 30000, 66000, 0 };
	struct slot *slot = pick(op->a, READER);
	size_t len = CHOOSE(lens, op->b);
	struct outcome o[SIDES];
	struct call *await;
	struct iovec iov[8];
	char what[80];
	int i, n;

	if (op->c % 8 == 3 && pick_idle(op->a))
		slot = pick_idle(op->a);
	if (!slot || call_of(slot, READ))
		return NOTHING;
	await = call_of(slot, AWAIT);
	if (await && await->helper[0]->events != POLLOUT && !slot->nonblock)
		return NOTHING;
	if (slot->options & KCHAT_OPTION_RECORDS &&
	    op->c % 16 < (slot->nonblock ? 2 : 10))
		len = 48;
	if (slot->access != O_WRONLY && !read_is_sure(slot, &len))
		return NOTHING;
	if (!slot->nonblock) {
		if (!call_begin(slot, READ, NULL, len, 0))
			return NOTHING;
		return settle() ? DONE : DIFFERENT;
	}
	for (i = 0; i < SIDES; i++) {
		n = pieces(iov, buffers[i], len, op->c);
		begin(&o[i], readv(slot->fd[i], iov, n));
		if (o[i].ret <= 0)
			continue;
		level_records(slot, i, buffers[i], o[i].ret);
		o[i].data = buffers[i];
		o[i].len = o[i].ret;
	}
	snprintf(what, sizeof(what), "slot %d, read %zu in %d",
		 (int)(slot - slots), len, n);
	return finish((enum row)op->code, what, o, len);
}

/* One more framed message; its place is @at of @buf */
static size_t frame(unsigned char *buf, size_t at, size_t len)
{
	struct kchat_record rec = {
		.size = (sizeof(rec) + len + 7) & ~7u,
		.len = len,
		.type = KCHAT_RECORD_MESSAGE,
	};

	memset(buf + at, 0, rec.size);
	memcpy(buf + at, &rec, sizeof(rec));
	memcpy(buf + at + sizeof(rec), speech(), len);
	return at + rec.size;
}

/* Framed messages, and now and then something wrong with one */
static size_t batch(unsigned char *buf, unsigned int b, unsigned int c)
{
	static const unsigned int lens[] = { 1, 100, 8, 3000, 9000, 400 };
	unsigned int n = 1 + c % 5, i;
	struct kchat_record rec;
	size_t at = 0, last = 0;

	if (b % 16 == 15)
		n = 1;
	for (i = 0; i < n; i++) {
		last = at;
		at = frame(buf, at, b % 16 == 15 ? KCHAT_MSG_MAX :
			   CHOOSE(lens, b / 16 + i * 7));
	}
	memcpy(&rec, buf + last, sizeof(rec));
	switch ((c >> 4) % 24) {
	case 0:
		rec.len = 0;
		break;
	case 1:
		rec.size += 8;
		break;
	case 2:
		rec.type = KCHAT_RECORD_JOIN;
		break;
	case 3:
		rec.flags = 1;
		break;
	case 4:
		at -= 8;
		break;
	case 5:
		rec.pid = 1;
		rec.seq = 12345;
		break;
	case 6:
		rec.size = 0;
		break;
	}
	memcpy(buf + last, &rec, sizeof(rec));
	return at;
}

static enum did do_write(const struct op *op)
{
	static const unsigned int lens[] = { 1, 7, 64, 500, 4000, 4096, 9000,
					     30000, 65536, 65536, 70000, 20000,
					     60000, 50000, 3, 64, 40000, 70000,
					     4096 };
	struct slot *slot = pick(op->a, WRITER);
	size_t len = op->b % 64 ? CHOOSE(lens, op->b) : 0;
	static unsigned char *buf;
	struct outcome o[SIDES];
	struct call *await;
	struct iovec iov[8];
	bool batched;
	char what[80];
	int i, n = 1;

	if (!slot || call_of(slot, WRITE))
		return NOTHING;
	await = call_of(slot, AWAIT);
	if (await && await->helper[0]->events == POLLOUT && !slot->nonblock)
		return NOTHING;
	batched = slot->options & KCHAT_OPTION_BATCH;
	if (!write_is_sure(slot, batched))
		return NOTHING;
	if (!buf)
		buf = malloc(BUF_SIZE);
	if (batched && len)
		len = batch(buf, op->b, op->c);
	else
		memcpy(buf, speech(), len);
	if (!slot->nonblock) {
		if (!call_begin(slot, WRITE, buf, len, 0))
			return NOTHING;
		return settle() ? DONE : DIFFERENT;
	}
	n = pieces(iov, buf, len, op->c);
	for (i = 0; i < SIDES; i++)
		begin(&o[i], writev(slot->fd[i], iov, n));
	snprintf(what, sizeof(what), "slot %d, write %zu in %d%s",
		 (int)(slot - slots), len, n, batched ? ", batched" : "");
	if (o[0].ret > 0)
		record_sizes(slot, buf, o[0].ret);
	return finish((enum row)op->code, what, o, len);
}

/* Memory of which only so much can be accessed: its first byte */
static unsigned char *edge(size_t valid)
{
	static unsigned char *mem;
	static const size_t len = 64 << 10;

	if (!mem) {
		mem = mmap(NULL, 2 * len, PROT_READ | PROT_WRITE,
			   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		mprotect(mem + len, len, PROT_NONE);
	}
	return mem + len - valid;
}

static const unsigned int fronts[] = { 0, 1, 100, 5000, 48, 9000 };
static const unsigned int beyonds[] = { 1, 50, 5000 };

/*
 * Read into memory that ends. Asked for only where something is to be read:
 * otherwise the module looks at the memory last, and FUSE first.
 */
static enum did do_fault_read(const struct op *op)
{
	size_t front = CHOOSE(fronts, op->b), len = front + CHOOSE(beyonds,
								   op->b / 8);
	struct slot *slot = pick(op->a, READER);
	static unsigned char copy[SIDES][16 << 10];
	struct outcome o[SIDES];
	int i, kmod;

	if (!slot || !slot->nonblock || slot->access == O_WRONLY ||
	    call_of(slot, READ) || calls_in(slot->room, WRITE) ||
	    slot_ready(slot, POLLIN | POLLPRI) != POLLIN)
		return NOTHING;
	for (i = 0; i < SIDES; i++) {
		begin(&o[i], read(slot->fd[i], edge(front), len));
		if (o[i].ret <= 0)
			continue;
		memcpy(copy[i], edge(front), o[i].ret);
		level_records(slot, i, copy[i], o[i].ret);
		o[i].data = copy[i];
		o[i].len = o[i].ret;
	}
	if (kmod_and_another(&kmod) && o[0].ret < 0 && o[1].ret < 0 &&
	    slot->options & KCHAT_OPTION_RECORDS && o[0].err != o[1].err &&
	    (o[kmod].err == EFAULT || o[kmod].err == EMSGSIZE) &&
	    (o[!kmod].err == EFAULT || o[!kmod].err == EMSGSIZE)) {
		known_seen(KNOWN_FRONT_READ);
		o[kmod].err = o[!kmod].err;
	}
	return finish((enum row)op->code, "read into memory that ends", o, len);
}

/* Write the same on both sides, or on one */
static bool write_sides(struct slot *slot, unsigned int which, const void *buf,
			size_t len, struct outcome o[SIDES])
{
	int i;

	for (i = 0; i < SIDES; i++)
		if (which & (1u << i))
			begin(&o[i], write(slot->fd[i], buf, len));
	if (differs("write", o))
		return false;
	if (o[0].ret > 0)
		record_sizes(slot, buf, o[0].ret);
	return true;
}

/* Write from memory that ends */
static enum did do_fault_write(const struct op *op)
{
	size_t front = CHOOSE(fronts, op->b), len = front + CHOOSE(beyonds,
								   op->b / 8);
	struct slot *slot = pick(op->a, WRITER);
	struct outcome o[SIDES];
	int i, kmod;

	if (!slot || !slot->nonblock || slot->access == O_RDONLY ||
	    !slot->room->live || slot->options & KCHAT_OPTION_BATCH ||
	    !write_is_sure(slot, true))
		return NOTHING;
	memcpy(edge(front), speech(), front);
	for (i = 0; i < SIDES; i++)
		begin(&o[i], write(slot->fd[i], edge(front), len));
	if (!kmod_and_another(&kmod) || (o[0].ret == o[1].ret &&
					 o[0].err == o[1].err)) {
		if (o[0].ret > 0 && o[0].ret == o[1].ret)
			record_sizes(slot, edge(front), o[0].ret);
		if (!kmod_and_another(&kmod))
			return finish((enum row)op->code,
				      "write from memory that ends", o, len);
	}
	/* Each side has refused or accepted what it saw; now both the same */
	if (o[kmod].ret >= 0 || (o[kmod].err != EFAULT &&
				 o[kmod].err != EAGAIN) ||
	    (o[!kmod].ret >= 0 && o[!kmod].ret != (long)front) ||
	    (o[!kmod].ret < 0 && o[!kmod].err != EAGAIN &&
	     o[!kmod].err != EFAULT)) {
		if (differs("write from memory that ends", o))
			return DIFFERENT;
	}
	if (o[kmod].ret != o[!kmod].ret || o[kmod].err != o[!kmod].err)
		known_seen(KNOWN_FRONT_WRITTEN);
	cell_count((enum row)op->code,
		   outcome_name((enum row)op->code, &o[!kmod], len));
	if (o[!kmod].ret > 0 &&
	    !write_sides(slot, 1u << kmod, edge(front), front, o))
		return DIFFERENT;
	if (!write_sides(slot, 3, speech(), len, o))
		return DIFFERENT;
	return settle() ? DONE : DIFFERENT;
}

/* ---- polling and signals ---- */

static enum did do_poll(const struct op *op)
{
	struct slot *slot = pick(op->a, op->c % 4 ? ANY : LEFT_OVER);
	struct outcome o[SIDES];
	struct pollfd pfd;
	int i;

	if (!slot)
		return NOTHING;
	for (i = 0; i < SIDES; i++) {
		pfd.fd = slot->fd[i];
		pfd.events = op->b % 8 ? POLLIN | POLLOUT | POLLPRI :
			     op->b & 8 ? POLLIN : POLLOUT;
		begin(&o[i], poll(&pfd, 1, 0));
		if (o[i].ret > 0)
			o[i].ret = pfd.revents;
	}
	return finish((enum row)op->code, "poll", o, 0);
}

/* Wait for one event: of several the first is a matter of luck */
static enum did do_await(const struct op *op)
{
	static const short events[] = { POLLIN, POLLOUT, POLLPRI, POLLIN };
	short event = CHOOSE(events, op->b);
	unsigned int i;
	struct slot *slot = pick(op->a, op->c % 8 == 0 ? LEFT_OVER :
				 event == POLLOUT ? WRITER : READER);

	if (event == POLLIN && op->c % 8 == 3 && pick_idle(op->a))
		slot = pick_idle(op->a);
	for (i = 0; op->c % 4 == 0 && i < SLOTS; i++)
		if (slots[i].open && !slots[i].room->live &&
		    slot_ready(&slots[i], POLLPRI) & POLLPRI) {
			slot = &slots[i];
			event = POLLPRI;
		}
	if (!slot || call_of(slot, AWAIT) ||
	    call_of(slot, event == POLLOUT ? WRITE : READ))
		return NOTHING;
	if (!call_begin(slot, AWAIT, NULL, 0, event))
		return NOTHING;
	return settle() ? DONE : DIFFERENT;
}

static enum did do_signal(const struct op *op)
{
	bool restart = op->code == OP_RESTART;
	struct call *call = pick_call(op->a);
	struct helper *h;
	bool restarted;
	int kmod;

	/* Polls would hardly end otherwise */
	if (!call || (call->kind == AWAIT && op->b % 3))
		return NOTHING;
	/* Begun anew it would find another file by its number, or none */
	if (restart && (!call->slot->open || !restart_is_sure(call)))
		return NOTHING;
	if (restart && call->kind == WRITE)
		call->slot->room->restarted = true;
	if (!call_signal(call, restart ? SIG_RESTART : SIG_PLAIN))
		return DIFFERENT;
	if (restart && call->kind != AWAIT && kmod_and_another(&kmod)) {
		/* Begun anew, it may end at once: an option has changed, say */
		h = call->helper[kmod];
		restarted = !h->done || h->ret >= 0 || h->err != EINTR;
		h = call->helper[!kmod];
		if (restarted && h->done && h->ret < 0 && h->err == EINTR) {
			known_seen(KNOWN_RESTART);
			call_again(call, !kmod);
		}
	}
	cell_count((enum row)op->code, call->kind == READ ? "read" :
		   call->kind == WRITE ? "write" : "poll");
	return settle() ? DONE : DIFFERENT;
}

/* ---- requests to a room ---- */

static enum did do_set(const struct op *op)
{
	static const unsigned int marks[] = { 0, 0, 0, 1, 10, 100, 5000,
					      70000 };
	struct kchat_options options[SIDES] = { { .flags = 0 } };
	void *arg[SIDES] = { &options[0], &options[1] };
	struct slot *slot = pick(op->a, ANY);
	uint32_t flags, known = KCHAT_OPTION_RECORDS | KCHAT_OPTION_LOSSY;
	struct outcome o[SIDES];

	if (!slot)
		return NOTHING;
	if (features & HAS_NO_ECHO)
		known |= KCHAT_OPTION_NO_ECHO;
	if (features & HAS_EVENTS)
		known |= KCHAT_OPTION_EVENTS;
	if (features & HAS_BATCH)
		known |= KCHAT_OPTION_BATCH;
	/* Half of the time most are off, or hardly anybody would hold back */
	flags = op->b & known;
	if (op->c & 1)
		flags &= ~KCHAT_OPTION_LOSSY;
	if (op->c & 2)
		flags &= ~(KCHAT_OPTION_EVENTS | KCHAT_OPTION_NO_ECHO);
	if (op->c & 4 && slot->access == O_WRONLY)
		flags &= KCHAT_OPTION_BATCH;
	if (op->c & 4 && slot->access == O_RDONLY)
		flags &= ~(KCHAT_OPTION_BATCH | KCHAT_OPTION_NO_ECHO);
	if (op->c & 8 && !(flags & KCHAT_OPTION_RECORDS))
		flags &= ~(KCHAT_OPTION_EVENTS | KCHAT_OPTION_BATCH);
	options[0].flags = flags;
	if (features & HAS_LOW_WATER)
		options[0].low_water = CHOOSE(marks, op->c >> 8);
	if (op->c >> 4 & 1 && slot->access == O_WRONLY)
		options[0].low_water = 0;
	if ((op->b >> 8) % 16 == 0)
		options[0].flags |= 1u << 31;
	if ((op->b >> 8) % 16 == 1)
		options[0].reserved[op->b >> 12 & 3] = 1;
	/* Under a read that waits these would leave its end to luck: known.c */
	if (call_of(slot, READ)) {
		options[0].flags &= ~KCHAT_OPTION_EVENTS;
		options[0].low_water = 0;
	}
	if (slot->room->restarted)
		options[0].low_water = 0;
	if (!events_are_sure(slot->room))
		options[0].flags &= ~KCHAT_OPTION_EVENTS;
	options[1] = options[0];
	ask(slot, KCHAT_SET_OPTIONS, arg, 0, o);
	if (!o[0].ret && !o[1].ret) {
		flags = slot->options = options[0].flags;
		slot->low_water = options[0].low_water;
		if (flags & (KCHAT_OPTION_EVENTS | KCHAT_OPTION_NO_ECHO))
			slot->skips = true;
	}
	return finish((enum row)op->code, "set options", o, 0);
}

static enum did do_get(const struct op *op)
{
	struct kchat_options options[SIDES];
	void *arg[SIDES] = { &options[0], &options[1] };
	struct slot *slot = pick(op->a, ANY);
	struct outcome o[SIDES];

	if (!slot)
		return NOTHING;
	ask(slot, KCHAT_GET_OPTIONS, arg, sizeof(options[0]), o);
	return finish((enum row)op->code, "get options", o, 0);
}

static enum did do_info(const struct op *op)
{
	struct kchat_info info[SIDES];
	void *arg[SIDES] = { &info[0], &info[1] };
	struct slot *slot = pick(op->a, ANY);
	static struct kchat_info first[SIDES];
	struct outcome o[SIDES];
	int i;

	if (!slot)
		return NOTHING;
	ask(slot, KCHAT_INFO, arg, sizeof(info[0]), o);
	for (i = 0; i < SIDES; i++) {
		info[i].member = level_member(slot->room, i, info[i].member);
		info[i].messages_in -= slot->room->seq[i];
		if (features & HAS_CONTROL)
			continue;
		/* A room that was there before has a past */
		if (!first[i].version)
			first[i] = info[i];
		info[i].bytes_in -= first[i].bytes_in;
		info[i].messages_out -= first[i].messages_out;
		info[i].bytes_out -= first[i].bytes_out;
		info[i].laps -= first[i].laps;
	}
	return finish((enum row)op->code, "information", o, 0);
}

static enum did do_members(const struct op *op)
{
	struct kchat_members page[SIDES];
	void *arg[SIDES] = { &page[0], &page[1] };
	struct slot *slot = pick(op->a, ANY), *other = pick(op->b, ANY);
	struct outcome o[SIDES];
	unsigned int i, k;

	if (!slot)
		return NOTHING;
	memset(page, 0, sizeof(page));
	for (i = 0; i < SIDES; i++) {
		if (op->c % 4 == 1 && other &&
		    other->room == slot->room)
			page[i].after = other->member[i];
		if (op->c % 16 == 2)
			page[i].reserved = 1;
	}
	ask(slot, KCHAT_MEMBERS, arg, sizeof(page[0]), o);
	for (i = 0; i < SIDES; i++) {
		if (page[i].after)
			page[i].after = level_member(slot->room, i,
						     page[i].after);
		for (k = 0; k < page[i].n && k < KCHAT_MEMBERS_PAGE; k++) {
			struct kchat_member *m = &page[i].member[k];

			m->id = level_member(slot->room, i, m->id);
			m->pid = level_pid(m->pid);
		}
	}
	return finish((enum row)op->code, "members", o, 0);
}

static enum did do_lap(const struct op *op)
{
	struct kchat_lap lap[SIDES] = { { .member = 0 } };
	void *arg[SIDES] = { &lap[0], &lap[1] };
	struct slot *slot = pick(op->a, ANY), *other = pick(op->b, READER);
	struct outcome o[SIDES];
	int i;

	if (!slot || !other)
		return NOTHING;
	for (i = 0; i < SIDES; i++) {
		lap[i].member = other->member[i];
		if (other->room != slot->room || op->c % 8 == 1)
			lap[i].member += 1000;
		if (op->c % 16 == 2)
			lap[i].reserved[1] = 1;
	}
	ask(slot, KCHAT_LAP, arg, 0, o);
	return finish((enum row)op->code, "lap", o, 0);
}

static enum did do_history(const struct op *op)
{
	static const uint64_t far[] = { 0, 1, 2, 3, 5, 8, KCHAT_HISTORY_ALL };
	struct kchat_history history[SIDES] = { { .messages = 0 } };
	void *arg[SIDES] = { &history[0], &history[1] };
	struct slot *slot = pick(op->a, op->c % 8 == 2 ? ANY : READER);
	struct outcome o[SIDES];

	/* A read that waits would see one message, or several */
	if (!slot || call_of(slot, READ))
		return NOTHING;
	history[0].messages = CHOOSE(far, op->b);
	if (op->c % 16 == 1)
		history[0].reserved[0] = 7;
	history[1] = history[0];
	ask(slot, KCHAT_HISTORY, arg, sizeof(history[0]), o);
	return finish((enum row)op->code, "history", o, 0);
}

static enum did do_unknown(const struct op *op)
{
	static const unsigned long requests[] = {
		_IO(KCHAT_IOC, 31),
		_IOR(KCHAT_IOC, 31, struct kchat_info),
		_IOW(KCHAT_IOC, 2, int),
		_IOWR(KCHAT_IOC, 0, struct kchat_info),
		KCHAT_CREATE,
		KCHAT_LIST,
		_IO('T', 1),
	};
	static char arg[SIDES][4096];
	void *args[SIDES] = { arg[0], arg[1] };
	struct slot *slot = pick(op->a, ANY);
	struct outcome o[SIDES];

	if (!slot)
		return NOTHING;
	ask(slot, CHOOSE(requests, op->b), args, 0, o);
	return finish((enum row)op->code, "an unknown request", o, 0);
}

/* ---- requests to the control node ---- */

static void manage(unsigned long request, void *arg[], struct outcome o[SIDES])
{
	int i;

	for (i = 0; i < SIDES; i++)
		begin(&o[i], ioctl(sides[i].control, request, arg[i]));
}

static const uint32_t patiences[] = { KCHAT_PATIENCE_FOREVER, PATIENCE_LONG, 0,
				      PATIENCE_LONG };

static enum did do_create(const struct op *op)
{
	static const uint32_t capacities[] = { KCHAT_CAPACITY_MIN,
					       KCHAT_CAPACITY_MIN, 0,
					       256 << 10 };
	struct kchat_spec spec = { .mode = 0666, .uid = KCHAT_SELF,
				   .gid = KCHAT_SELF };
	void *arg[SIDES] = { &spec, &spec };
	unsigned int name = op->a % NAMES;
	struct outcome o[SIDES];

	if (!names[0] && op->a & 16)
		name = 0;
	room_name(spec.name, case_number, name);
	spec.capacity = CHOOSE(capacities, op->b);
	spec.patience_ms = CHOOSE(patiences, op->b >> 4);
	spec.flags = op->b >> 8 & 1 ? KCHAT_ROOM_HISTORY : 0;
	switch (op->c % 24) {
	case 0:
		spec.capacity = 1000;
		break;
	case 1:
		spec.capacity = 2 * KCHAT_CAPACITY_MAX;
		break;
	case 2:
		spec.flags |= 1u << 20;
		break;
	case 3:
		spec.mode = 01777;
		break;
	case 4:
		spec.reserved[2] = 1;
		break;
	case 5:
		memset(spec.name, 0, sizeof(spec.name));
		strcpy(spec.name, ".hidden");
		break;
	case 6:
		spec.name[KCHAT_NAME_MAX] = 'x';
		break;
	case 7:
		memset(spec.name, 0, sizeof(spec.name));
		strcpy(spec.name, KCHAT_CONTROL);
		break;
	case 8:
		memset(spec.name, 0, sizeof(spec.name));
		strcpy(spec.name, KCHAT_LOBBY);
		break;
	case 9:
		spec.id = 3;
		break;
	case 10:
		spec.change = KCHAT_CHANGE_PATIENCE;
		break;
	}
	manage(KCHAT_CREATE, arg, o);
	if (!o[0].ret && !o[1].ret)
		names[name] = room_new(spec.patience_ms);
	return finish((enum row)op->code, "create", o, 0);
}

/*
 * A room that is worth removing: somebody waits there for messages, or has yet
 * to be told of a loss, or waits at all.
 */
static const struct room *busy_room(unsigned int a)
{
	struct call *call = pick_call(a);
	unsigned int i;

	for (i = 0; a & 1 && i < CALLS; i++)
		if (calls[i].used && calls[i].slot->room->live &&
		    (calls[i].kind == READ ||
		     (calls[i].kind == AWAIT &&
		      calls[i].helper[0]->events == POLLIN)))
			return calls[i].slot->room;
	for (i = 0; a & 2 && i < SLOTS; i++)
		if (slots[i].open && slots[i].room->live &&
		    slot_ready(&slots[i], POLLPRI) & POLLPRI)
			return slots[i].room;
	return call ? call->slot->room : NULL;
}

static enum did do_remove(const struct op *op)
{
	struct kchat_spec spec = { .mode = 0 };
	void *arg[SIDES] = { &spec, &spec };
	unsigned int name = op->b % 6 ? 1 + op->a % (NAMES - 1) : 0, i;
	const struct room *room = op->b % 6 < 3 ? busy_room(op->a) : NULL;
	struct outcome o[SIDES];

	for (i = 0; room && i < NAMES; i++)
		if (room == names[i])
			name = i;
	if ((op->b >> 4) % 10 == 0)
		strcpy(spec.name, KCHAT_LOBBY);
	else
		room_name(spec.name, case_number, name);
	manage(KCHAT_REMOVE, arg, o);
	if (!o[0].ret && !o[1].ret && names[name]) {
		names[name]->live = false;
		names[name] = NULL;
	}
	return finish((enum row)op->code, "remove", o, 0);
}

static enum did do_change(const struct op *op)
{
	struct kchat_spec spec = { .mode = 0 };
	void *arg[SIDES] = { &spec, &spec };
	unsigned int name = op->b % 4 ? 0 : op->a % NAMES;
	struct outcome o[SIDES];

	room_name(spec.name, case_number, name);
	spec.change = op->c & (KCHAT_CHANGE_PATIENCE | KCHAT_CHANGE_HISTORY);
	if (op->c % 16 == 15)
		spec.change |= 1u << 9;
	if (spec.change & KCHAT_CHANGE_PATIENCE)
		spec.patience_ms = CHOOSE(patiences, op->b >> 4);
	if (spec.change & KCHAT_CHANGE_HISTORY)
		spec.flags = op->b >> 8 & 1 ? KCHAT_ROOM_HISTORY : 0;
	manage(KCHAT_CHANGE, arg, o);
	if (!o[0].ret && !o[1].ret && names[name] &&
	    spec.change & KCHAT_CHANGE_PATIENCE)
		names[name]->patience = spec.patience_ms;
	return finish((enum row)op->code, "change", o, 0);
}

/* Of the list only our rooms count, and their order */
static size_t list_ours(int side, struct kchat_spec *ours, struct outcome *o)
{
	struct kchat_list page;
	char prefix[KCHAT_NAME_MAX + 1];
	unsigned int i, n = 0;

	room_name(prefix, case_number, 0);
	prefix[strlen(prefix) - 1] = '\0';
	memset(&page, 0, sizeof(page));
	do {
		begin(o, ioctl(sides[side].control, KCHAT_LIST, &page));
		if (o->ret < 0)
			return 0;
		for (i = 0; i < page.n && i < KCHAT_LIST_PAGE; i++) {
			page.after = page.room[i].id;
			if (strncmp(page.room[i].name, prefix, strlen(prefix)))
				continue;
			if (n == 2 * NAMES)
				break;
			ours[n] = page.room[i];
			ours[n++].id = 0;
		}
	} while (page.n == KCHAT_LIST_PAGE);
	return n * sizeof(*ours);
}

static enum did do_list(const struct op *op)
{
	struct kchat_spec ours[SIDES][2 * NAMES];
	struct outcome o[SIDES];
	size_t len;
	int i;

	for (i = 0; i < SIDES; i++) {
		len = list_ours(i, ours[i], &o[i]);
		o[i].data = len ? ours[i] : NULL;
		o[i].len = len;
	}
	return finish((enum row)op->code, "list", o, 0);
}

/*
 * Patience ends: for all who wait now, and for each of them anew, since the
 * clock starts again when the next in line finds no room.
 */
static enum did do_expire(const struct op *op)
{
	unsigned int name = op->b % 4 ? 0 : op->a % NAMES;
	struct kchat_spec spec = { .change = KCHAT_CHANGE_PATIENCE };
	void *arg[SIDES] = { &spec, &spec };
	struct room *room = names[name];
	unsigned int ms = 10 * tap_slow();
	struct outcome o[SIDES];
	unsigned int waiting;

	if (!room)
		return NOTHING;
	waiting = calls_in(room, WRITE);
	room_name(spec.name, case_number, name);
	spec.patience_ms = ms;
	manage(KCHAT_CHANGE, arg, o);
	if (differs("change", o))
		return DIFFERENT;
	tap_sleep((waiting + 1) * ms + 15 * tap_slow());
	if (!settle())
		return DIFFERENT;
	cell_count((enum row)op->code, waiting ? "while writers wait" :
		   "nobody waits");
	spec.patience_ms = room->patience;
	manage(KCHAT_CHANGE, arg, o);
	if (differs("change", o))
		return DIFFERENT;
	return settle() ? DONE : DIFFERENT;
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
