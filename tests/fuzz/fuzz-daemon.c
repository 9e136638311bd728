// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Requests to kchatd, as a kernel might bring them and as none would, through a
 * libfuse of our own (fake-fuse.h).
 *
 * After each one: whoever waits has to; nobody who polls was forgotten; what is
 * charged is what waits. In the end everything was answered, once.
 */
#include "config.h"

#include <fcntl.h>
#include <linux/fuse.h>
#include <poll.h>
#include <unistd.h>

#include "cuse/control.h"
#include "cuse/transport.h"
#include "fuzz.h"
#include "fuzz-daemon.h"
#include "roll.h"
#include "tap.h"

#define REQUESTS 16
#define MS	1000000ULL

const char fuzz_name[] = "daemon";

struct daemon_file files[FILES];
struct rooms rooms;

static struct fuse_req *waiting[REQUESTS];
static struct site site;
static u8 *payload;	/* of one message: bytes all alike */
static u8 messages;

/* --- a transport of no kind --------------------------------------------- */

static int fake_add(struct host *host, struct reason *ret_why)
{
	(void)host;
	(void)ret_why;
	return roll(8) ? 0 : -EEXIST;
}

static void fake_hide(struct host *host)
{
	CHECK(host->place.removed);
}

static void fake_drop(struct host *host)
{
	CHECK(host->place.removed && !host->room.n_members);
}

static const struct transport fake_transport = {
	.title = "fake",
	.add = fake_add,
	.hide = fake_hide,
	.drop = fake_drop,
};

/* --- requests ----------------------------------------------------------- */

static struct fuse_req *request(unsigned int file, size_t size)
{
	struct fuse_req *req = calloc(1, sizeof(*req));

	CHECK(req);
	req->file = file;
	req->size = size;
	req->ctx.uid = (uid_t)roll(3);
	req->ctx.gid = (gid_t)roll(3);
	req->late = !roll(16);
	req->interrupted = !roll(16);
	return req;
}

/* A request that may wait */
static void keep(struct fuse_req *req)
{
	unsigned int i;

	if (req->answered) {
		free(req);
		return;
	}
	for (i = 0; waiting[i]; i++)
		CHECK(i + 1 < REQUESTS);
	waiting[i] = req;
}

static void must_be_answered(struct fuse_req *req)
{
	CHECK(req->answered);
	free(req);
}

static bool all_wait(void)
{
	unsigned int i;

	for (i = 0; i < REQUESTS; i++)
		if (!waiting[i])
			return false;
	return true;
}

static void sweep(void)
{
	unsigned int i;

	for (i = 0; i < REQUESTS; i++) {
		if (!waiting[i] || !waiting[i]->answered)
			continue;
		free(waiting[i]);
		waiting[i] = NULL;
	}
}

static void look_at_open(const struct fuse_req *req)
{
	struct fuse_open_out out;

	CHECK_EQ(req->bytes, sizeof(out));
	memcpy(&out, fake_answer, sizeof(out));
	files[req->file].fi.fh = out.fh;
	files[req->file].open = !req->late;
}

static void open_file(unsigned int i)
{
	static const int access[] = { O_RDONLY, O_WRONLY, O_RDWR, O_RDWR };
	static const char *const names[] = { KCHAT_LOBBY, "a", "b", "c" };
	struct host *host = rooms_by_name(&rooms, names[roll(4)]);
	struct fuse_req *req;

	if (!host)
		return;
	req = request(i, sizeof(struct fuse_open_out));
	req->look = look_at_open;
	memset(&files[i], 0, sizeof(files[i]));
	files[i].control = i >= FILES - 2;
	files[i].fi.flags = access[roll(4)];
	if (files[i].control) {
		/* Whose rights are ours, or nobody's */
		req->ctx.pid = roll(8) ? 0 : getpid();
		control_open(&rooms, req, 0, &files[i].fi);
	} else {
		host_open(host, req, 0, &files[i].fi);
	}
	must_be_answered(req);
}

static void close_file(unsigned int i)
{
	struct fuse_req *req = request(i, 0);

	if (files[i].control)
		control_release(req, &files[i].fi);
	else
		host_release(req, &files[i].fi);
	CHECK_EQ(req->error, 0);
	must_be_answered(req);
	files[i].open = false;
}

static void set_nonblock(unsigned int i)
{
	files[i].fi.flags &= ~O_NONBLOCK;
	if (!roll(4))
		files[i].fi.flags |= O_NONBLOCK;
}

/* A read with records: whole ones, each of one message */
static void look_at_read(const struct fuse_req *req)
{
	size_t at = 0, i, bytes = req->bytes;
	struct kchat_record head;
	u64 seq = 0;

	if (!opener_at(req->file)->member.records)
		return;
	while (at < bytes) {
		CHECK(bytes - at >= sizeof(head));
		memcpy(&head, fake_answer + at, sizeof(head));
		CHECK(head.size % 8 == 0 && head.size <= bytes - at);
		CHECK(head.len && head.len <= head.size - sizeof(head));
		CHECK(head.size - sizeof(head) - head.len < 8);
		CHECK(head.seq >= seq);
		seq = head.seq;
		if (head.type == KCHAT_RECORD_MESSAGE)
			for (i = 1; i < head.len; i++)
				CHECK_EQ(fake_answer[at + sizeof(head) + i],
					 fake_answer[at + sizeof(head)]);
		at += head.size;
	}
}

static void read_file(unsigned int i)
{
	size_t size = roll(4) ? 1U << roll(18) : roll(200000);
	struct fuse_req *req = request(i, size);

	req->look = look_at_read;
	set_nonblock(i);
	host_read(req, size, roll(8) ? 0 : 1, &files[i].fi);
	keep(req);
}

static size_t make_batch(u8 *batch)
{
	size_t size = 0, want = roll(KCHAT_BATCH_MAX + 100);
	struct kchat_record head;

	while (size < want && size + 5000 < KCHAT_BATCH_MAX && roll(8)) {
		memset(&head, 0, sizeof(head));
		head.len = (u32)roll(4000) + 1;
		head.size = (u32)kc_wire_size(head.len);
		head.type = KCHAT_RECORD_MESSAGE;
		if (!roll(8))
			((u8 *)&head)[roll(sizeof(head))] = (u8)roll(256);
		memcpy(batch + size, &head, sizeof(head));
		size += kc_wire_size((size_t)head.len % 4001);
	}
	return size + (roll(4) ? 0 : roll(100));
}

static void write_file(unsigned int i)
{
	static const u32 sizes[] = { 1, 4096, 65536, 70000 };
	size_t size = roll(4) ? roll(70000) : sizes[roll(4)];
	u8 *data = payload;
	struct fuse_req *req;

	memset(data, ++messages, 70100);
	if (opener_at(i)->member.batch)
		size = make_batch(data);
	req = request(i, size);
	set_nonblock(i);
	host_write(req, (char *)data, size, roll(8) ? 0 : 1, &files[i].fi);
	keep(req);
}

static void poll_file(unsigned int i)
{
	static const unsigned int some[] = {
		POLLIN, POLLOUT, POLLIN | POLLOUT, POLLPRI, POLLIN | POLLPRI,
	};
	struct fuse_req *req = request(i, 0);
	unsigned int before = files[i].found;
	bool arm = roll(4);

	files[i].fi.poll_events = some[roll(KC_ARRAY_SIZE(some))];
	host_poll(req, &files[i].fi, arm ? fake_handle() : NULL);
	/* Who asked for other events before knows what he found then */
	if (arm)
		files[i].found = (req->events & files[i].fi.poll_events) |
				 (before & ~files[i].fi.poll_events);
	must_be_answered(req);
}

/* At its exact size, so that AddressSanitizer sees a byte too many */
static void *exactly(const u8 *in, size_t size)
{
	void *copy = malloc(size + !size);

	CHECK(copy);
	memcpy(copy, in, size);
	return copy;
}

static size_t some_structure(u8 *in, size_t size)
{
	size_t i, n = roll(4) ? size : roll(size + 1);

	memset(in, 0, size);
	for (i = 0; i < 16 && i < size; i++)
		in[i] = (u8)roll(256);
	if (!roll(8) && size)
		in[roll(size)] = (u8)roll(256);
	return n;
}

static void ask_file(unsigned int i)
{
	static const unsigned int known[] = {
		KCHAT_INFO, KCHAT_GET_OPTIONS, KCHAT_SET_OPTIONS,
		KCHAT_SET_OPTIONS, KCHAT_HISTORY, KCHAT_MEMBERS, KCHAT_LAP,
		KCHAT_CREATE, KCHAT_LIST,
	};
	unsigned int cmd = known[roll(KC_ARRAY_SIZE(known))];
	struct kchat_options options;
	struct fuse_req *req;
	u8 in[1 << 14];
	size_t size;
	void *exact;

	if (!roll(16))
		cmd = (unsigned int)roll(1ULL << 32);
	size = some_structure(in, _IOC_SIZE(cmd));
	if (cmd == KCHAT_SET_OPTIONS && roll(4)) {
		memset(&options, 0, sizeof(options));
		options.flags = (u32)roll(32);
		options.low_water = roll(2) ? (u32)roll(9000) : 0;
		options.low_water_ms = roll(2) ? (u32)roll(100) : 0;
		size = sizeof(options);
		memcpy(in, &options, size);
	}
	if (!(_IOC_DIR(cmd) & _IOC_WRITE))
		size = 0;
	req = request(i, _IOC_SIZE(cmd));
	exact = exactly(in, size);
	host_ioctl(req, (int)cmd, NULL, &files[i].fi, 0, exact, size,
		   _IOC_SIZE(cmd));
	free(exact);
	must_be_answered(req);
}

static void manage(unsigned int i)
{
	static const unsigned int known[] = {
		KCHAT_CREATE, KCHAT_CREATE, KCHAT_REMOVE, KCHAT_CHANGE,
		KCHAT_LIST, KCHAT_INFO,
	};
	unsigned int cmd = known[roll(KC_ARRAY_SIZE(known))];
	size_t size = _IOC_SIZE(cmd);
	struct kchat_spec spec;
	struct fuse_req *req;
	u8 in[1 << 12];
	void *exact;

	memset(in, 0, sizeof(in));
	if (size == sizeof(spec)) {
		memset(&spec, 0, sizeof(spec));
		spec.name[0] = (char)('a' + roll(4));
		if (!roll(16))
			strcpy(spec.name, KCHAT_LOBBY);
		spec.capacity = KCHAT_CAPACITY_MIN;
		spec.patience_ms = roll(3) ? (u32)roll(2) * 100 :
					     KCHAT_PATIENCE_FOREVER;
		spec.flags = (u32)roll(2);
		spec.change = cmd == KCHAT_CHANGE ? (u32)roll(4) : 0;
		spec.uid = spec.gid = KCHAT_SELF;
		memcpy(in, &spec, sizeof(spec));
	}
	if (!roll(8))
		size = some_structure(in, size);
	req = request(i, _IOC_SIZE(cmd));
	exact = exactly(in, size);
	control_ioctl(&rooms, req, (int)cmd, &files[i].fi, exact, size);
	free(exact);
	must_be_answered(req);
}

static void pass_time(void)
{
	u64 deadline;

	fake_now_ns += roll(4) ? roll(1000) * 1000 : roll(300) * MS;
	deadline = rooms_deadline(&rooms);
	if (deadline && deadline <= fake_now_ns)
		rooms_tick(&rooms);
}

/* --- the run ------------------------------------------------------------ */

static void use_file(unsigned int i)
{
	u64 what = roll(32);

	if (what < 11)
		write_file(i);
	else if (what < 21)
		read_file(i);
	else if (what < 25)
		poll_file(i);
	else if (what < 30)
		ask_file(i);
	else
		close_file(i);
}

static void step(void)
{
	unsigned int i = (unsigned int)roll(FILES + 2), k;

	if (i == FILES) {
		pass_time();
	} else if (i > FILES) {
		k = (unsigned int)roll(REQUESTS);
		if (waiting[k])
			fake_interrupt(waiting[k]);
	} else if (!files[i].open) {
		open_file(i);
	} else if (files[i].control) {
		if (roll(8))
			manage(i);
		else
			close_file(i);
	} else if (!all_wait()) {
		use_file(i);
	}
	sweep();
	rooms_reap(&rooms);
	daemon_check();
}

static void begin(void)
{
	static const struct kc_limits small = {
		.rooms = 3, .user_rooms = 2, .capacity = KCHAT_CAPACITY_MIN,
		.memory = 1, .room_openers = 4, .user_openers = 3,
		.user_parked = 150000,
	};
	struct kc_asker root = { .root = true, .chown = true };
	struct kchat_spec lobby = {
		.name = KCHAT_LOBBY, .capacity = KCHAT_CAPACITY_MIN,
	};

	memset(files, 0, sizeof(files));
	memset(waiting, 0, sizeof(waiting));
	fake_now_ns = 1000 * MS;
	fake_handles = 0;
	messages = 0;
	payload = malloc(70100);
	CHECK(payload);
	rooms_init(&rooms, &site, &small);
	rooms.transport = &fake_transport;
	rooms.hold_ns = roll(4) ? 0 : 200 * MS;
	lobby.patience_ms = roll(3) ? (u32)roll(2) * 100 :
				      KCHAT_PATIENCE_FOREVER;
	lobby.flags = (u32)roll(2);
	if (rooms_create(&rooms, &root, &lobby, NULL))
		CHECK_EQ(rooms.hub.n_rooms, 0);
}

static void end(void)
{
	unsigned int i;

	rooms_end(&rooms);
	sweep();
	for (i = 0; i < REQUESTS; i++)
		CHECK(!waiting[i]);
	daemon_check();
	for (i = 0; i < FILES; i++)
		if (files[i].open && (files[i].control || roll(4)))
			close_file(i);
	rooms_reap(&rooms);
	rooms_deinit(&rooms);
	CHECK_EQ(fake_handles, 0);
	free(payload);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	script = data;
	script_end = data + size;
	begin();
	while (script < script_end)
		step();
	end();
	return 0;
}
