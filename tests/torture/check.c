// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Do the logs of a round fit together?
 *
 * A room numbers its messages from 1. A reader of records has each message's
 * number; a reader of bytes knows its own by counting: each message is one more,
 * a loss so many more, going back so many fewer. It counts from whatever is
 * known: a record, a message that somebody else read as a record, or the end of
 * the room, which stands behind its last message. So every line of every log has
 * a number, and all of them must agree (M4, W3, O3).
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "torture.h"

/* Of each number the message, 0 if nobody read it; and of each message the number */
static uint32_t order[AUTHORS_MAX * NUMBERS_MAX + 1];
static uint32_t place[AUTHORS_MAX][NUMBERS_MAX];
static uint64_t total;

#define KEY(author, number) ((author) * NUMBERS_MAX + (number) + 1)
#define AUTHOR(key) (((key) - 1) / NUMBERS_MAX)
#define NUMBER(key) (((key) - 1) % NUMBERS_MAX)

static uint32_t len_of(uint32_t key)
{
	uint32_t len = message_len(AUTHOR(key), NUMBER(key));

	return len < KCHAT_MSG_MAX ? len : KCHAT_MSG_MAX;
}

static const char *who(const struct life *l)
{
	return scene->actor[l->actor].role;
}

/* Somebody saw a message at a place in the order */
static void note(const struct life *l, const struct entry *e, uint64_t seq)
{
	uint32_t key = KEY(e->author, e->n);

	if (!seq || seq > total)
		FAIL("%s: message %u of author %u is the %llu-th of %llu",
		     who(l), e->n, e->author, (unsigned long long)seq,
		     (unsigned long long)total);
	if (e->seq && e->seq != seq)
		FAIL("%s: message %u of author %u is the %llu-th, but by what was told and lost the %llu-th",
		     who(l), e->n, e->author, (unsigned long long)e->seq,
		     (unsigned long long)seq);
	if (order[seq] && order[seq] != key)
		FAIL("%s: the %llu-th is message %u of author %u; others saw %u of %u",
		     who(l), (unsigned long long)seq, e->n, e->author,
		     NUMBER(order[seq]), AUTHOR(order[seq]));
	if (place[e->author][e->n] && place[e->author][e->n] != seq)
		FAIL("%s: message %u of author %u is both the %u-th and the %llu-th",
		     who(l), e->n, e->author, place[e->author][e->n],
		     (unsigned long long)seq);
	order[seq] = key;
	place[e->author][e->n] = seq;
}

/* Does the order of the log's lines tell nothing? Then records alone do. */
static bool counts(const struct life *l)
{
	return l->open && !l->shared && l->self < 0;
}

static bool whole(const struct life *l)
{
	return !l->closed && !scene->actor[l->actor].killed;
}

/* ---- lives that can be counted ---- */

static int64_t step(const struct entry *e)
{
	switch (atomic_load(&e->what)) {
	case MESSAGE:
		return 1;
	case LOST:
		return e->n;
	case WENT_BACK:
		return -(int64_t)e->n;
	default:
		return 0;
	}
}

/* What number a line has, if anybody knows */
static uint64_t known(const struct entry *e)
{
	if (e->what == END)
		return total;
	if (e->what != MESSAGE)
		return 0;
	return e->seq ? e->seq : place[e->author][e->n];
}

/* Find how many messages came before the life, or -1 */
static int64_t base_of(const struct life *l)
{
	int64_t at = 0;
	unsigned int i;

	for (i = 0; i < l->n; i++) {
		at += step(&l->log[i]);
		if (l->log[i].what == END || known(&l->log[i]))
			return (int64_t)known(&l->log[i]) - at;
	}
	return l->before == l->after ? (int64_t)l->after : -1;
}

static void check_start(const struct life *l, int64_t base)
{
	if (base < (int64_t)l->before || base > (int64_t)l->after)
		FAIL("%s: began behind %lld messages; there were %llu before its open, %llu after it",
		     who(l), (long long)base, (unsigned long long)l->before,
		     (unsigned long long)l->after);
}

/* Return whether it could be placed */
static bool place_life(const struct life *l)
{
	int64_t at = base_of(l);
	unsigned int i;

	if (at < 0)
		return false;
	check_start(l, at);
	for (i = 0; i < l->n; i++) {
		at += step(&l->log[i]);
		if (l->log[i].what == MESSAGE)
			note(l, &l->log[i], at);
		if (l->log[i].what == END && at != (int64_t)total)
			FAIL("%s: at the end it had read or lost %lld of %llu messages",
			     who(l), (long long)at, (unsigned long long)total);
	}
	return true;
}

/* Payload of the messages behind @from, up to @to; false if some is unknown */
static bool span(int64_t from, int64_t to, uint64_t *bytes)
{
	for (; from < to; from++) {
		if (!order[from + 1])
			return false;
		*bytes += len_of(order[from + 1]);
	}
	return true;
}

/* Bytes add up like messages: read and lost are all there were */
static void check_bytes(const struct life *l)
{
	int64_t at = base_of(l);
	uint64_t want = 0, got = l->bytes + l->lost_bytes;
	unsigned int i;

	if (at < 0 || !l->n || l->log[l->n - 1].what != END ||
	    !span(at, total, &want))
		return;
	for (i = 0; i < l->n; i++) {
		at += step(&l->log[i]);
		if (l->log[i].what == WENT_BACK &&
		    !span(at, at + l->log[i].n, &want))
			return;
	}
	if (got != want)
		FAIL("%s: read %llu bytes and lost %llu, of %llu", who(l),
		     (unsigned long long)l->bytes,
		     (unsigned long long)l->lost_bytes,
		     (unsigned long long)want);
}

/* ---- lives of records that two read, or that pass over their own ---- */

static int by_seq(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;

	return x->seq < y->seq ? -1 : x->seq > y->seq;
}

static void check_sum(struct life *l)
{
	uint64_t read = 0, own = 0, last = 0, sum;
	unsigned int i, ends = 0;

	/* Two readers' lines come in any order; one's must be in theirs */
	if (l->shared)
		qsort(l->log, l->n, sizeof(l->log[0]), by_seq);
	for (i = 0; i < l->n; i++) {
		ends += l->log[i].what == END;
		if (l->log[i].what != MESSAGE)
			continue;
		if (l->log[i].seq <= last)
			FAIL("%s: message %llu after %llu", who(l),
			     (unsigned long long)l->log[i].seq,
			     (unsigned long long)last);
		last = l->log[i].seq;
		read++;
	}
	/* What one read who was killed, the other has not */
	if (!ends || !whole(l))
		return;
	if (l->self >= 0)
		own = scene->author[l->self].accepted;
	sum = read + l->lost + own;
	if (sum < total - l->after || sum > total - l->before)
		FAIL("%s: read %llu, lost %llu, wrote %llu itself, of %llu to %llu messages",
		     who(l), (unsigned long long)read,
		     (unsigned long long)l->lost, (unsigned long long)own,
		     (unsigned long long)(total - l->after),
		     (unsigned long long)(total - l->before));
}

/* ---- authors ---- */

static void check_authors(uint64_t bytes)
{
	uint32_t next[AUTHORS_MAX] = { 0 }, author, number;
	uint64_t seq, sure = 0, most = 0, holes = 0, skipped = 0, sum = 0;
	const struct author *a;
	unsigned int i;

	for (i = 0; i < AUTHORS_MAX; i++) {
		a = &scene->author[i];
		sure += a->accepted;
		most += scene->actor[a->actor].killed ? a->started : a->accepted;
	}
	if (total < sure || total > most)
		FAIL("the room has accepted %llu messages, of %llu to %llu",
		     (unsigned long long)total, (unsigned long long)sure,
		     (unsigned long long)most);
	for (seq = 1; seq <= total; seq++) {
		if (!order[seq]) {
			holes++;
			continue;
		}
		author = AUTHOR(order[seq]);
		number = NUMBER(order[seq]);
		a = &scene->author[author];
		if (number < next[author])
			FAIL("message %u of author %u comes after %u", number,
			     author, next[author] - 1);
		if (number >= a->started)
			FAIL("message %u of author %u was not accepted",
			     number, author);
		skipped += number - next[author];
		next[author] = number + 1;
		sum += len_of(order[seq]);
	}
	if (skipped > holes)
		FAIL("%llu messages are missing in the order, %llu are unknown",
		     (unsigned long long)skipped, (unsigned long long)holes);
	if (!holes)
		CHECK_EQ(sum, bytes);
}

/**
 * check_round() - fit the logs together
 * @messages: how many the room says it has accepted
 * @bytes: payload of those
 */
void check_round(uint64_t messages, uint64_t bytes)
{
	unsigned int i, k, n = scene->n_lives, placed, before = 0;
	struct life *l;

	total = messages;
	CHECK(total < LENGTH(order));
	if (n > LIVES_MAX)
		n = LIVES_MAX;
	for (i = 0; i < n; i++) {
		l = &scene->life[i];
		if (l->open && whole(l) && (!l->n || (l->log[l->n - 1].what != END &&
					   !l->shared)))
			FAIL("%s: its log does not come to an end", who(l));
		for (k = 0; k < l->n; k++)
			if (l->log[k].seq)
				note(l, &l->log[k], l->log[k].seq);
	}
	/* Each one that is placed may tell where another belongs */
	do {
		for (i = placed = 0; i < n; i++)
			if (counts(&scene->life[i]))
				placed += place_life(&scene->life[i]);
		k = placed > before;
		before = placed;
	} while (k);
	check_authors(bytes);
	for (i = 0; i < n; i++)
		if (counts(&scene->life[i]))
			check_bytes(&scene->life[i]);
		else if (scene->life[i].open)
			check_sum(&scene->life[i]);
}
