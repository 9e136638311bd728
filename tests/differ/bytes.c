// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Operations that read and write, also from and to memory that is not there.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/uio.h>
#include <unistd.h>

#include "step.h"
#include "tap.h"

enum did do_read(const struct op *op)
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

enum did do_write(const struct op *op)
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

/* Longer than any front and what is beyond it */
#define FAULT_AHEAD	30000

/*
 * Read into memory that ends. Asked for only where something is to be read:
 * otherwise the module looks at the memory last, and FUSE first.
 */
enum did do_fault_read(const struct op *op)
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
enum did do_fault_write(const struct op *op)
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
	/*
	 * The module may refuse all of it where another accepts the front. That
	 * a writer waits for room is news to lazy readers (O8), on one side
	 * only then: so let them have heard it on both, by a longer one.
	 */
	if (front && kmod_and_another(&kmod)) {
		if (!write_sides(slot, 3, speech(), FAULT_AHEAD, o) || !settle())
			return DIFFERENT;
		if (o[0].ret > 0 && slot->room->patience)
			return DONE;
	}
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
	/*
	 * What was accepted lets POLLOUT promise less, until the next refusal:
	 * who polls this file has to see it on both sides, or on none.
	 */
	if (o[!kmod].ret > 0 && !settle())
		return DIFFERENT;
	if (!write_sides(slot, 3, speech(), len, o))
		return DIFFERENT;
	return settle() ? DONE : DIFFERENT;
}
