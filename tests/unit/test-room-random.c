// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The room against a naive model of it, step by random step.
 *
 * The model is a list of all messages there ever were and, for each person, an
 * index into it. It knows no positions, counts no claims at records, and adds
 * up whatever it wants to know anew each time. Where the contract leaves the
 * room a choice (when a reader that lost its claim claims again) the model
 * takes the room's word; everything else must be as it says.
 *
 * KCHAT_TEST_SEED=N replays; KCHAT_TEST_STEPS=N goes on for longer.
 */
#include "config.h"

#include <time.h>
#include <unistd.h>

#include "unit.h"

#define PEOPLE	8
#define STEPS	60000
#define LAST	100000	/* more than are ever refused */

struct person {
	struct kc_member *m;	/* NULL: not here */
	bool claims, lossy;
	unsigned int id;	/* of this one visit */
	size_t joined, at;	/* indices of messages */
	size_t home;		/* where its claim begins */
	bool released;		/* its claim was ended by hand */
	u64 own_bytes;		/* its own that it passed over */
	u64 again_bytes;	/* that it went back to */
	u32 off, want;
	u64 got_bytes, lost_bytes, lost_messages;
	bool armed;		/* was told that there is no room for @want */
	bool in_line, called;
	u64 first_since;	/* ns: first in line and it does not fit; 0 */
	struct kc_turn turn;
	u32 water, water_ms;
	bool dozes;		/* found too little, and relies on a call */
	bool records, events;
	size_t event;		/* index of the next one */
	size_t plan_event;
	bool plan_events;
	unsigned int items;
	struct {
		bool event;
		size_t index;
	} item[KC_PLAN_RECORDS];
	bool planned;
	size_t plan_at, plan_len;
	u32 plan_off;
	struct kc_plan plan;
};

static struct person people[PEOPLE];
static struct person *line[PEOPLE];
static unsigned int in_line;

static u32 *lens;		/* of all messages ever */
static u64 *before;		/* bytes before each, and before the next one */
static u64 *stamp;		/* ns when each was accepted */
static unsigned int *quiet_for;	/* whose visit does not read it; 0 */
static size_t n, kept;		/* how many; the oldest that is still there */
static unsigned int visits;

static struct {
	size_t after;		/* how many messages there were */
	u64 member;
	u16 type;
} *events;			/* all ever, while somebody listened */
static size_t n_events;

static u32 refused[LAST];	/* lengths refused that did not fit since */
static unsigned int n_refused;
static u32 withheld;		/* the least refused since writers were called */
static u64 wanting_since;
static bool published;
static size_t calls;		/* of lazy readers */

static u8 noise[2 * MAX];
static u64 dice;

/* --- chance ------------------------------------------------------------- */

static u64 roll(u64 sides)
{
	dice ^= dice << 13;
	dice ^= dice >> 7;
	dice ^= dice << 17;
	return (dice >> 11) % sides;
}

static u32 some_len(void)
{
	switch (roll(8)) {
	case 0:
		return (u32)roll(16) + 1;
	case 1:
	case 2:
		return (u32)roll(300) + 1;
	case 3:
	case 4:
	case 5:
		return (u32)roll(8000) + 1;
	case 6:
		return MAX - (u32)roll(10);
	default:
		return (u32)roll(MAX) + 1;
	}
}

static const u8 *content(size_t message)
{
	return noise + message * 40503U % MAX;
}

/* --- the model ---------------------------------------------------------- */

static u32 takes(u32 len)
{
	u32 bytes = (u32)sizeof(struct kc_record) + len;

	while (bytes % 8)
		bytes++;
	return bytes;
}

static u64 space_from(size_t message)
{
	u64 sum = 0;

	for (; message < n; message++)
		sum += takes(lens[message]);
	return sum;
}

static bool here(const struct person *p, unsigned int access)
{
	return p->m && (p->m->access & access) == access;
}

static bool in_the_way(const struct person *p, u32 len)
{
	return here(p, KC_READS) && p->claims &&
	       space_from(p->home) + takes(len) > SIZE;
}

/* A cursor never rests on what its reader does not want, being its own */
static void pass(struct person *p)
{
	for (; p->at < n && quiet_for[p->at] == p->id; p->at++)
		p->own_bytes += lens[p->at];
	if (p->home < p->at)
		p->home = p->at;
}

static bool fits(u32 len)
{
	unsigned int i;

	for (i = 0; i < PEOPLE; i++)
		if (in_the_way(&people[i], len))
			return false;
	return true;
}

/* A message that fits exactly now, or is a little too long: most instructive */
static u32 tight_len(void)
{
	size_t oldest = n;
	unsigned int i;
	u64 space;

	for (i = 0; i < PEOPLE; i++)
		if (here(&people[i], KC_READS) && people[i].claims &&
		    people[i].home < oldest)
			oldest = people[i].home;
	space = SIZE - space_from(oldest);
	if (space <= sizeof(struct kc_record) + 1)
		return 1;
	space = space - sizeof(struct kc_record) + roll(10);
	return space > 5 && space - 5 <= MAX ? (u32)space - 5 : MAX;
}

static bool may_poll_out(const struct person *p)
{
	return !in_line && (!room.patience || fits(p->want));
}

/* What patience runs for: the first in line, or who was refused more */
static u32 longest_wanted(void)
{
	u32 len = in_line ? line[0]->turn.len : 0;
	unsigned int i;

	for (i = 0; i < n_refused; i++)
		if (refused[i] > len)
			len = refused[i];
	return withheld > len ? withheld : len;
}

static u64 unread_bytes(const struct person *p)
{
	u64 bytes = 0;
	size_t i;

	for (i = p->at; i < n; i++)
		if (quiet_for[i] != p->id)
			bytes += lens[i];
	return bytes - p->off;
}

/* When the first unread byte is old enough; time in records is coarse */
static u64 due(const struct person *p)
{
	return (((stamp[p->at] >> 20) + 1) << 20) + p->water_ms * MS;
}

static bool readable(const struct person *p)
{
	if (p->events && p->event < n_events && events[p->event].after <= p->at)
		return true;
	if (p->at == n)
		return false;
	return p->water <= 1 || p->at < kept ||
	       (in_line ? !line[0]->called : withheld) ||
	       unread_bytes(p) >= p->water ||
	       (p->water_ms && unit_now >= due(p));
}

static void withhold(u32 len)
{
	CHECK(n_refused < LAST);
	refused[n_refused++] = len;
	if (!withheld || len < withheld)
		withheld = len;
}

static void tell(u64 member, u16 type)
{
	unsigned int i;

	for (i = 0; i < PEOPLE && !(people[i].m && people[i].events); i++)
		;
	if (i == PEOPLE)
		return;
	events[n_events].after = n;
	events[n_events].member = member;
	events[n_events++].type = type;
	published = true;
}

/* --- what people do ----------------------------------------------------- */

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
	tell(p->m->id, KCHAT_RECORD_JOIN);
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
	u64 id = p->m->id;

	if (p->in_line)
		interrupt(p);
	unit_close(p->m);
	p->m = NULL;
	tell(id, KCHAT_RECORD_LEAVE);
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
	if (p->want > KCHAT_POLLOUT_LEN)
		withhold(KCHAT_POLLOUT_LEN);
	lens[n] = len;
	before[n + 1] = before[n] + len;
	quiet_for[n] = p->m->no_echo ? p->id : 0;
	stamp[n] = unit_now;
	n++;
	p->want = KCHAT_POLLOUT_LEN;
	if (p->m->no_echo && p->at == n - 1) {
		pass(p);
		came_on(p);
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

/* --- after each step ---------------------------------------------------- */

/* Claims that a settle took: for whom, and was it time? */
static void patience_ended(void)
{
	u32 due = longest_wanted();
	bool lost[PEOPLE], any = false;
	unsigned int i;

	for (i = 0; i < PEOPLE; i++) {
		lost[i] = here(&people[i], KC_READS) && people[i].claims &&
			  !people[i].m->claimed;
		any |= lost[i];
	}
	if (!any)
		return;
	CHECK(room.patience != KCHAT_PATIENCE_FOREVER);
	if (room.patience)
		CHECK(wanting_since &&
		      unit_now - wanting_since >= room.patience * MS);
	CHECK(due);
	/* Exactly those in the way of whom it ended for */
	for (i = 0; i < PEOPLE; i++)
		CHECK_EQ(lost[i], in_the_way(&people[i], due));
	for (i = 0; i < PEOPLE; i++)
		people[i].claims &= !lost[i];
}

static void settle(void)
{
	unsigned int i, wake = kc_room_settle(&room, unit_now);
	struct person *first = in_line ? line[0] : NULL;
	u64 deadline = kc_room_deadline(&room);

	patience_ended();
	CHECK_EQ(!!(wake & KC_WAKE_READERS), published);
	published = false;
	for (i = 0; i < PEOPLE; i++)
		if (wake & (people[i].m && people[i].m->lazy ?
			    KC_WAKE_LAZY : KC_WAKE_READERS))
			people[i].dozes = false;

	if (wake & KC_WAKE_TURN) {
		CHECK(first && !first->called && fits(first->turn.len));
		first->called = true;
	}
	if (first && fits(first->turn.len)) {
		CHECK(first->called);
		first->first_since = 0;
	} else if (first) {
		first->called = false;
		if (!first->first_since)
			first->first_since = unit_now;
		if (room.patience != KCHAT_PATIENCE_FOREVER) {
			CHECK(deadline > unit_now);
			CHECK(deadline <=
			      first->first_since + room.patience * MS);
		}
	}
	if (room.patience == KCHAT_PATIENCE_FOREVER && deadline)
		CHECK(room.lazy && deadline == room.lazy_ns);

	if (wake & KC_WAKE_WRITERS) {
		CHECK(withheld);
		withheld = 0;
		for (i = 0; i < PEOPLE; i++)
			people[i].armed = false;
	}
	/* Nobody who was told "no room" sleeps on while there is room */
	for (i = 0; i < PEOPLE; i++)
		if (here(&people[i], KC_WRITES) && people[i].armed)
			CHECK(!may_poll_out(&people[i]));
	CHECK(!(wake & ~(KC_WAKE_READERS | KC_WAKE_TURN | KC_WAKE_WRITERS |
			 KC_WAKE_LAZY)));
	/* And nobody who was told "too little" while there is enough */
	for (i = 0; i < PEOPLE; i++) {
		const struct person *p = &people[i];

		if (!p->m || !p->dozes)
			continue;
		CHECK(!readable(p));
		if (p->water > 1 && p->water_ms && p->at < n)
			CHECK(deadline && deadline <= due(p));
	}
	calls += !!(wake & KC_WAKE_LAZY);
	CHECK_EQ(kc_room_settle(&room, unit_now), 0);

	for (i = 0; i < n_refused; )
		if (fits(refused[i]))
			refused[i] = refused[--n_refused];
		else
			i++;
	if (!longest_wanted() || fits(longest_wanted()))
		wanting_since = 0;
	else if (!wanting_since)
		wanting_since = unit_now;
}

static void compare(void)
{
	unsigned int i;

	CHECK_EQ(room.next_seq, n + 1);
	CHECK_EQ(room.tail_seq, kept + 1);
	CHECK_EQ(room.head_bytes, before[n]);
	CHECK_EQ(room.tail_bytes, before[kept]);
	CHECK_EQ(room.ring.head - room.ring.tail, space_from(kept));
	for (i = 0; i < PEOPLE; i++) {
		const struct person *p = &people[i];

		if (!here(p, KC_READS))
			continue;
		CHECK_EQ(p->m->claimed, p->claims);
		CHECK_EQ(p->m->seq, p->at + 1);
		CHECK_EQ(p->m->off, p->off);
		CHECK_EQ(p->m->lost_messages, p->lost_messages);
		CHECK_EQ(p->m->lost_bytes, p->lost_bytes);
		/*
		 * Read and lost are what was written since it came, what it
		 * wrote quietly itself left out, and what it went back to
		 */
		CHECK_EQ(p->got_bytes + p->lost_bytes + p->own_bytes,
			 before[p->at] + p->off - before[p->joined] +
				 p->again_bytes);
		if (p->claims)
			CHECK(p->home >= kept);
		if (room.patience == KCHAT_PATIENCE_FOREVER && !p->lossy &&
		    !p->released)
			CHECK(p->claims);
	}
	unit_check();
}

static void step(void)
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

static void walk(u64 start, u32 patience)
{
	const char *seed = getenv("KCHAT_TEST_SEED");
	const char *wanted = getenv("KCHAT_TEST_STEPS");
	size_t i, steps = wanted ? strtoul(wanted, NULL, 0) : STEPS;

	dice = seed ? strtoull(seed, NULL, 0) :
		      ((u64)time(NULL) << 20 ^ (u64)getpid()) | 1;
	printf("KCHAT_TEST_SEED=%llu\n", (unsigned long long)dice);
	fflush(stdout);
	lens = calloc(steps + 1, sizeof(*lens));
	before = calloc(steps + 2, sizeof(*before));
	quiet_for = calloc(steps + 1, sizeof(*quiet_for));
	events = calloc(steps + 1, sizeof(*events));
	stamp = calloc(steps + 1, sizeof(*stamp));
	CHECK(dice && lens && before && quiet_for && events && stamp);
	for (i = 0; i < 64; i++)	/* neighbouring seeds part ways */
		roll(2);
	for (i = 0; i < sizeof(noise); i++)
		noise[i] = (u8)roll(256);
	unit_room(start, patience);
	room.flags = KCHAT_ROOM_HISTORY;
	room.owner = 7;
	for (i = 0; i < steps; i++) {
		step();
		settle();
		compare();
	}
	printf("%zu steps, %zu messages, %zu events, lazy ones called %zu times\n",
	       i, n, n_events, calls);
	while (in_line)
		interrupt(line[0]);
	unit_end();
	free(lens);
	free(before);
	free(quiet_for);
	free(events);
	free(stamp);
}

static void forever(u64 start)
{
	walk(start, KCHAT_PATIENCE_FOREVER);
}
UNIT_TEST(forever)

static void some(u64 start)
{
	walk(start, 100);
}
UNIT_TEST(some)

static void none(u64 start)
{
	walk(start, 0);
}
UNIT_TEST(none)

static const struct tap_test tests[] = {
	UNIT_ROWS("W1 at random with patience forever", forever),
	UNIT_ROWS("W2 at random with patience 100 ms", some),
	UNIT_ROWS("W2 at random with patience 0", none),
	UNIT_END
};

int main(int argc, char **argv)
{
	return tap_main(argc, argv, tests);
}
