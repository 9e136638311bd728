// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * What people do in a room, at random: each act is done to the room and to the
 * model, and what the room answers must be what the model says.
 */
#include "config.h"

#include "random.h"

static unsigned int visits;

static void come(struct person *p)
{
	unsigned int access = (unsigned int)roll(8);

	memset(p, 0, sizeof(*p));
	p->m = unit_open(access > 3 ? KC_READS | KC_WRITES : access);
	p->claims = (p->m->access & KC_READS) != 0;
	p->id = ++visits;
	p->joined = n;
	p->at = n;
	p->home = n;
	p->want = KCHAT_POLLOUT_LEN;
	p->records = p->m->records = here(p, KC_READS) && !roll(3);
	tell(p->m->id, p->m->access, KCHAT_RECORD_JOIN);
}

static void leave_line(struct person *p)
{
	unsigned int i;

	for (i = 0; line[i] != p; i++)
		CHECK(i < in_line);
	for (in_line--; i < in_line; i++)
		line[i] = line[i + 1];
	p->in_line = false;
}

static void interrupt(struct person *p)
{
	leave_line(p);
	kc_turn_leave(&p->turn);
	withhold(p->turn.len);
}

static void go(struct person *p)
{
	unsigned int access = p->m->access;
	u64 id = p->m->id;

	if (p->in_line)
		interrupt(p);
	unit_close(p->m);
	p->m = NULL;
	tell(id, access, KCHAT_RECORD_LEAVE);
}

static void listen(struct person *p, bool on)
{
	kc_member_listen(p->m, on);
	if (p->events != on)
		p->event = n_events;
	p->events = on;
}

/* Who has come to another message may claim again: the room's word on it */
static void came_on(struct person *p)
{
	if (p->lossy)
		p->claims = false;
	else if (room.patience != KCHAT_PATIENCE_FOREVER || p->released)
		p->claims |= p->m->claimed;
	p->released = false;
}

static void publish(struct person *p, u32 len)
{
	bool may_lap = kc_room_would_lap(&room, len);
	struct kc_span span[2];
	unsigned int i;

	kc_room_spans(&room, len, span);
	CHECK_EQ(span[0].len + span[1].len, len);
	memcpy(span[0].mem, content(n), span[0].len);
	memcpy(span[1].mem, content(n) + span[0].len, span[1].len);
	kc_room_publish(&room, p->m, len, n + 1, unit_now);
	published = true;

	while (space_from(kept) + takes(len) > SIZE) {
		for (i = 0; i < PEOPLE; i++) {
			if (!here(&people[i], KC_READS))
				continue;
			CHECK(!people[i].claims || people[i].home != kept);
			CHECK(people[i].at != kept || may_lap);
		}
		kept++;
	}
	if (p->want > KCHAT_POLLOUT_LEN && withheld > KCHAT_POLLOUT_LEN)
		withheld = KCHAT_POLLOUT_LEN;
	lens[n] = len;
	before[n + 1] = before[n] + len;
	quiet_for[n] = p->m->no_echo ? p->id : 0;
	stamp[n] = unit_now;
	n++;
	p->want = KCHAT_POLLOUT_LEN;
	if (p->m->no_echo && p->at == n - 1) {
		pass(p);
		came_on(p);
	} else if (p->m->no_echo && p->home == n - 1) {
		p->home = n;
		p->claims &= !p->lossy;
	}
}

static int admit(struct person *p, u32 len, struct kc_turn *turn)
{
	bool next = !in_line || (turn && &line[0]->turn == turn);
	unsigned int i;
	int ret;

	ret = kc_room_admit(&room, p->m, len, turn);
	if (!here(p, KC_WRITES))
		CHECK_EQ(ret, -EBADF);
	else if (!next || (room.patience && !fits(len)))
		CHECK_EQ(ret, -EAGAIN);
	else
		CHECK_EQ(ret, 0);
	if (ret == 0 && !room.patience) {
		bool way[PEOPLE];

		for (i = 0; i < PEOPLE; i++)
			way[i] = in_the_way(&people[i], len);
		for (i = 0; i < PEOPLE; i++)
			people[i].claims &= !way[i];
	}
	return ret;
}

static void write_one(struct person *p)
{
	u32 len = roll(3) ? some_len() : tight_len();
	int ret = admit(p, len, NULL);

	if (ret == 0 && roll(10)) {
		publish(p, len);
	} else if (ret == -EAGAIN && roll(2)) {
		kc_room_refuse(&room, p->m, len);
		p->want = len;
		p->armed = true;
		withhold(len);
	} else if (ret == -EAGAIN && !p->in_line) {
		kc_turn_init(&p->turn, len);
		kc_turn_join(&p->turn, &room);
		p->in_line = true;
		p->called = false;
		p->first_since = 0;
		line[in_line++] = p;
	}
}

static void try_turn(struct person *p)
{
	if (!p->in_line)
		return;
	if (admit(p, p->turn.len, &p->turn) == 0) {
		publish(p, p->turn.len);
		leave_line(p);
		kc_turn_served(&p->turn);
	} else {
		p->called = false;
	}
}

/* Each event after the message that was the last when it came */
static void plan_records(struct person *p, size_t len, int ret)
{
	size_t at = p->at, event = p->event, missed = 0, i, left = len;
	const struct kc_head *head;

	if (n_events - event > KC_EVENTS)
		missed = n_events - event - KC_EVENTS;
	event += missed;
	for (i = 0; i < KC_PLAN_RECORDS; i++) {
		bool hears = p->events && event < n_events &&
			     events[event].after <= at;
		size_t takes = hears ? 56 : (40 + lens[at] + 7) / 8 * 8;

		if ((!hears && at == n) || left < takes)
			break;
		left -= takes;
		CHECK_EQ(ret, 1);
		head = &p->plan.head[i];
		CHECK_EQ(head->record.size, takes);
		CHECK_EQ(p->plan.piece[i].len, hears ? 0 : lens[at]);
		p->item[i].event = hears;
		p->item[i].index = hears ? event : at;
		if (!hears) {
			CHECK_EQ(head->record.type, KCHAT_RECORD_MESSAGE);
			CHECK_EQ(head->record.seq, at + 1);
			at++;
			while (at < n && quiet_for[at] == p->id)
				at++;
			continue;
		}
		CHECK_EQ(head->record.type, events[event].type);
		CHECK_EQ(head->record.seq, events[event].after);
		CHECK_EQ(head->event.member, events[event].member);
		CHECK_EQ(head->event.access, events[event].access);
		CHECK_EQ(head->event.missed, missed);
		missed = 0;
		event++;
	}
	if (!i) {
		CHECK_EQ(ret, -EMSGSIZE);
		p->planned = false;
		return;
	}
	CHECK_EQ(p->plan.n, i);
	CHECK_EQ(p->plan.bytes, len - left);
	p->items = (unsigned int)i;
	p->plan_events = p->events;
	p->plan_event = p->event;
	p->planned = true;
}

static void plan(struct person *p)
{
	size_t len = roll(2) ? some_len() : roll(4 * MAX) + 1;
	unsigned int pieces = 0;
	size_t i, want = 0;
	int ret;

	if (p->records && roll(4))
		len = 4 * MAX;
	ret = kc_member_plan(p->m, len, &p->plan);
	if (!here(p, KC_READS)) {
		CHECK_EQ(ret, -EBADF);
		return;
	}
	if (p->at < kept) {
		CHECK_EQ(ret, -EPIPE);
		if (!roll(3))
			return;
		kc_member_told(p->m);
		for (; p->at < kept; p->at++, p->off = 0) {
			if (quiet_for[p->at] == p->id) {
				p->own_bytes += lens[p->at];
				continue;
			}
			p->lost_messages++;
			p->lost_bytes += lens[p->at] - p->off;
		}
		pass(p);
		came_on(p);
		return;
	}
	if (p->at == n && (!p->events || p->event == n_events)) {
		CHECK_EQ(ret, -EAGAIN);
		return;
	}
	p->plan_at = p->at;
	p->plan_off = p->off;
	if (p->records) {
		plan_records(p, len, ret);
		return;
	}
	CHECK_EQ(ret, 1);
	for (i = p->at; i < n && pieces < KC_PLAN_MAX; i++) {
		if (quiet_for[i] == p->id)
			continue;
		want += lens[i] - (pieces++ ? 0 : p->off);
	}
	if (want > len)
		want = len;
	CHECK_EQ(p->plan.bytes, want);
	p->planned = true;
	p->plan_len = want;
}

/* Deliver some of the records that were planned */
static void commit_records(struct person *p)
{
	size_t k = roll(3) ? p->items : roll(p->items + 1), i, bytes = 0;
	size_t at = p->at;
	int ret;

	for (i = 0; i < k; i++)
		bytes += p->plan.head[i].record.size;
	CHECK_EQ(kc_plan_whole(&p->plan, bytes + (k < p->items ? 39 : 0)),
		 bytes);
	ret = kc_member_commit(p->m, &p->plan, bytes);
	if (p->at < kept || p->at != p->plan_at ||
	    p->events != p->plan_events || p->event != p->plan_event) {
		CHECK_EQ(ret, -ESTALE);
		return;
	}
	CHECK_EQ(ret, 0);
	for (i = 0; i < k; i++) {
		struct kc_span span[2];

		if (p->item[i].event) {
			p->event = p->item[i].index + 1;
			continue;
		}
		kc_ring_spans(&room.ring, p->plan.piece[i].pos,
			      p->plan.piece[i].len, span);
		CHECK_MEM(span[0].mem, content(p->at), span[0].len);
		CHECK_MEM(span[1].mem, content(p->at) + span[0].len,
			  span[1].len);
		p->got_bytes += lens[p->at++];
		pass(p);
	}
	if (p->at != at)
		came_on(p);
}

/* Copy what was planned, now or much later, and say how much was wanted */
static void commit(struct person *p)
{
	static u8 buf[KC_PLAN_MAX * MAX];
	size_t i, bytes, done = 0, at = p->at;
	u8 *to = buf;
	int k, ret;

	if (!p->planned)
		return;
	p->planned = false;
	if (p->records) {
		commit_records(p);
		return;
	}
	for (i = 0; i < p->plan.n; i++) {
		struct kc_span span[2];

		kc_ring_spans(&room.ring, p->plan.piece[i].pos,
			      p->plan.piece[i].len, span);
		for (k = 0; k < 2; k++) {
			memcpy(to, span[k].mem, span[k].len);
			to += span[k].len;
		}
	}
	CHECK_EQ(to - buf, p->plan_len);
	bytes = roll(3) ? p->plan_len : roll(p->plan_len + 1);
	ret = kc_member_commit(p->m, &p->plan, bytes);
	if (p->at < kept || p->at != p->plan_at || p->off != p->plan_off) {
		CHECK_EQ(ret, -ESTALE);
		return;
	}
	CHECK_EQ(ret, 0);
	while (done < bytes) {
		size_t piece = lens[p->at] - p->off;

		if (piece > bytes - done)
			piece = bytes - done;
		CHECK_MEM(buf + done, content(p->at) + p->off, piece);
		done += piece;
		p->off += (u32)piece;
		if (p->off == lens[p->at]) {
			p->off = 0;
			p->at++;
			pass(p);
		}
	}
	p->got_bytes += bytes;
	if (p->at != at)
		came_on(p);
}

static void go_back(struct person *p)
{
	struct kchat_history history;
	size_t at = p->at;
	u64 done = 0, own = 0, again = 0;
	int ret;

	memset(&history, 0, sizeof(history));
	history.messages = roll(4) ? roll(40) : KCHAT_HISTORY_ALL - roll(2);
	while (at > kept && done < history.messages) {
		at--;
		if (quiet_for[at] == p->id) {
			own += lens[at];
		} else {
			again += lens[at];
			done++;
		}
	}
	ret = kc_member_history(p->m, &history);
	if (!here(p, KC_READS)) {
		CHECK_EQ(ret, -EBADF);
		return;
	}
	if (p->off && p->at >= kept) {
		CHECK_EQ(ret, -EBUSY);
		return;
	}
	CHECK_EQ(ret, 0);
	CHECK_EQ(history.messages, done);
	if (p->at < kept)
		return;
	p->at = at;
	p->own_bytes -= own;
	p->again_bytes += again;
	pass(p);
	came_on(p);
	published = true;
}

static void set_water(struct person *p)
{
	struct kchat_options options;

	if (!here(p, KC_READS))
		return;
	kc_member_get_options(p->m, &options);
	options.low_water = roll(4) ? (u32)roll(40000) : (u32)roll(2);
	options.low_water_ms = roll(2) ? (u32)roll(60) : 0;
	/* If it dozes as it used to, the usual call will wake it */
	p->dozes &= p->m->lazy || options.low_water < 2;
	CHECK_EQ(kc_member_set_options(p->m, &options), 0);
	if (p->water != options.low_water ||
	    p->water_ms != options.low_water_ms)
		published = true;
	p->water = options.low_water;
	p->water_ms = options.low_water_ms;
}

static void release(struct person *p)
{
	struct kchat_lap lap = { .member = p->m->id };
	int ret;

	CHECK_EQ(kc_room_lap_member(&room, 1, &lap), -EPERM);
	ret = kc_room_lap_member(&room, roll(2) ? room.owner : 0, &lap);
	CHECK_EQ(ret, here(p, KC_READS) ? 0 : -ESRCH);
	if (ret || p->at == n)
		return;
	p->claims = false;
	p->released = true;
	p->home = n;
}

static void count(const struct person *p)
{
	struct kc_count unread;
	u64 messages = 0, bytes = 0;
	size_t i;

	if (!here(p, KC_READS))
		return;
	for (i = p->at; i < n; i++) {
		if (quiet_for[i] == p->id)
			continue;
		messages++;
		bytes += lens[i];
	}
	unread = kc_member_unread(p->m);
	CHECK_EQ(unread.messages, messages);
	CHECK_EQ(unread.bytes, bytes - p->off);
}

static void look(struct person *p)
{
	unsigned int asked = roll(3) ? KC_POLL_OUT : KC_POLL_IN;
	unsigned int found = kc_member_poll(p->m, asked, unit_now), want = 0;

	if (here(p, KC_READS) && readable(p))
		want |= KC_POLL_IN;
	if (here(p, KC_READS) && p->at < kept)
		want |= KC_POLL_PRI;
	if (here(p, KC_WRITES) && may_poll_out(p))
		want |= KC_POLL_OUT;
	CHECK_EQ(found, want);
	p->dozes = here(p, KC_READS) && !(want & KC_POLL_IN);
	if (!here(p, KC_WRITES))
		return;
	if (found & KC_POLL_OUT) {
		p->armed = false;
	} else if (asked & KC_POLL_OUT) {
		p->armed = true;
		withhold(p->want);
	}
}

/**
 * people_step() - somebody does something, in the room and in the model
 */
void people_step(void)
{
	struct person *p = &people[roll(PEOPLE)];
	unsigned int what = (unsigned int)roll(100);

	if (!p->m) {
		if (!roll(12))
			come(p);
	} else if (what < 30) {
		write_one(p);
	} else if (what < 42) {
		try_turn(in_line && roll(4) ? line[0] : p);
	} else if (what < 44) {
		if (p->in_line)
			interrupt(p);
	} else if (what < 81) {
		plan(p);
		if (roll(5))
			commit(p);
	} else if (what < 84) {
		commit(p);
	} else if (what < 88) {
		look(p);
	} else if (what < 90) {
		count(p);
	} else if (what < 92) {
		go(p);
	} else if (what < 93) {
		p->lossy = p->m->lossy = true;	/* but for what it claims */
	} else if (what < 95) {
		if (here(p, KC_READS | KC_WRITES))
			p->m->no_echo = roll(4);
		if (p->records)
			listen(p, roll(5));
	} else if (what < 96) {
		set_water(p);
	} else if (what < 97) {
		go_back(p);
	} else if (what < 98) {
		if (!roll(8))
			release(p);
	} else {
		unit_now += roll(4) ? roll(20 * MS) : roll(200 * MS);
	}
	unit_collect();
}

/**
 * people_end() - nobody waits in line any more
 */
void people_end(void)
{
	while (in_line)
		interrupt(line[0]);
}
