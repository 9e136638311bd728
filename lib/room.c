// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * room.c - an open room: read it, talk in it, ask about it
 *
 * The descriptor holds all that matters. Beside it stand records that were read
 * and not returned yet, and what was lost up to the last loss told, as the room
 * counts the losses of an opener from its beginning.
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <time.h>
#include <unistd.h>

#include "internal.h"
#include "libkchat.h"

/*
 * @options: KCHAT_OPTION_*, as they were set by way of the library
 * @lost_messages, @lost_bytes: what was told of already
 * @start, @end: the records in @buf that were not returned yet
 * @buf: holds any record, the longest alone; as does a batch
 */
struct kchat_room {
	int fd;
	uint32_t options;
	uint64_t lost_messages;
	uint64_t lost_bytes;
	struct kchat_item item;
	size_t start;
	size_t end;
	union {
		struct kchat_record first;
		unsigned char bytes[KCHAT_BATCH_MAX];
	} buf;
	char path[PATH_MAX];
};

int kchat__ioctl(int fd, unsigned long request, void *arg)
{
	int ret;

	do {
		ret = ioctl(fd, request, arg);
	} while (ret < 0 && errno == EINTR);
	if (ret >= 0)
		return 0;
	return errno == ENOTTY ? -EOPNOTSUPP : -errno;
}

/* ---- Opening ---- */

int kchat_room_open(struct kchat_room **ret_room, const char *name, int flags,
		    unsigned int options)
{
	struct kchat_options wanted = { .flags = options };
	struct kchat_room *room;
	const char *base;
	int err;

	base = strrchr(name, '/');
	if (base ? !strcmp(base + 1, KCHAT_CONTROL) : !kchat_name_ok(name))
		return -EINVAL;
	room = malloc(sizeof(*room));
	if (!room)
		return -ENOMEM;
	memset(room, 0, offsetof(struct kchat_room, buf));
	room->fd = kchat__open(name, flags, room->path);
	if (room->fd < 0) {
		err = room->fd;
		goto out_free;
	}
	if (options) {
		err = kchat_room_set_options(room, &wanted);
		if (err)
			goto out_close;
	}
	*ret_room = room;
	return 0;

out_close:
	close(room->fd);
out_free:
	free(room);
	return err;
}

void kchat_room_close(struct kchat_room *room)
{
	if (!room)
		return;
	close(room->fd);
	free(room);
}

int kchat_room_fd(const struct kchat_room *room)
{
	return room->fd;
}

const char *kchat_room_path(const struct kchat_room *room)
{
	return room->path;
}

int kchat_room_get_options(struct kchat_room *room,
			   struct kchat_options *ret_options)
{
	return kchat__ioctl(room->fd, KCHAT_GET_OPTIONS, ret_options);
}

int kchat_room_set_options(struct kchat_room *room,
			   const struct kchat_options *options)
{
	struct kchat_options wanted = *options;
	struct kchat_info info;
	int err;

	err = kchat__ioctl(room->fd, KCHAT_SET_OPTIONS, &wanted);
	if (!err)
		room->options = wanted.flags;
	/* Wrong, or newer than the backend? That knows what it knows. */
	if (err == -EINVAL && !kchat_room_info(room, &info) &&
	    (wanted.flags & KCHAT_OPTIONS & ~info.options))
		return -EOPNOTSUPP;
	return err;
}

/* ---- Reading ---- */

ssize_t kchat_room_read(struct kchat_room *room, void *buf, size_t len)
{
	ssize_t n;

	do {
		n = read(room->fd, buf, len);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

int kchat_room_loss(struct kchat_room *room, uint64_t *ret_messages,
		    uint64_t *ret_bytes)
{
	struct kchat_info info;
	int err;

	err = kchat_room_info(room, &info);
	if (err)
		return err;
	*ret_messages = info.lost_messages - room->lost_messages;
	*ret_bytes = info.lost_bytes - room->lost_bytes;
	room->lost_messages = info.lost_messages;
	room->lost_bytes = info.lost_bytes;
	return 0;
}

static int take_loss(struct kchat_room *room)
{
	struct kchat_item item = { .kind = KCHAT_ITEM_LOSS };
	int err;

	err = kchat_room_loss(room, &item.lost_messages, &item.lost_bytes);
	if (err)
		return err;
	room->item = item;
	return 1;
}

/* Is there a record in the @left bytes at @record, with all that it must have? */
static bool is_record(const struct kchat_record *record, size_t left)
{
	if (left < sizeof(*record) || record->size < sizeof(*record) ||
	    record->size > left || record->size % 8 ||
	    record->len > record->size - sizeof(*record))
		return false;
	return (record->type != KCHAT_RECORD_JOIN &&
		record->type != KCHAT_RECORD_LEAVE) ||
		record->len >= sizeof(struct kchat_event);
}

/*
 * What is no record stays where it is, and is told again: whoever took what was
 * before it may not have looked.
 *
 * Return: 1, 0 for a record of a kind we do not know, or -EPROTO
 */
static int take_record(struct kchat_room *room)
{
	const void *at = room->buf.bytes + room->start;
	struct kchat_item item = { .record = at };

	if (!is_record(at, room->end - room->start))
		return -EPROTO;
	room->start += item.record->size;

	switch (item.record->type) {
	case KCHAT_RECORD_MESSAGE:
		item.kind = KCHAT_ITEM_MESSAGE;
		item.data = item.record + 1;
		item.len = item.record->len;
		break;
	case KCHAT_RECORD_JOIN:
	case KCHAT_RECORD_LEAVE:
		item.kind = item.record->type == KCHAT_RECORD_JOIN ?
			KCHAT_ITEM_JOIN : KCHAT_ITEM_LEAVE;
		item.event = (const void *)(item.record + 1);
		break;
	default:
		return 0;
	}
	room->item = item;
	return 1;
}

int kchat_room_next(struct kchat_room *room,
		    const struct kchat_item **ret_item)
{
	ssize_t n;
	int ret;

	do {
		if (room->start < room->end) {
			ret = take_record(room);
			continue;
		}
		if (!(room->options & KCHAT_OPTION_RECORDS))
			return -EINVAL;
		n = kchat_room_read(room, room->buf.bytes,
				    sizeof(room->buf.bytes));
		if (!n)
			return 0;
		if (n > 0) {
			room->start = 0;
			room->end = n;
			ret = 0;
		} else if (n == -EPIPE) {
			ret = take_loss(room);
		} else {
			ret = n;
		}
	} while (!ret);
	if (ret > 0)
		*ret_item = &room->item;
	return ret;
}

bool kchat_room_pending(const struct kchat_room *room)
{
	return room->start < room->end;
}

int kchat_room_history(struct kchat_room *room, uint64_t messages,
		       uint64_t *ret_messages)
{
	struct kchat_history history = { .messages = messages };
	int err;

	err = kchat__ioctl(room->fd, KCHAT_HISTORY, &history);
	if (!err && ret_messages)
		*ret_messages = history.messages;
	return err;
}

/* ---- Writing ---- */

ssize_t kchat_room_write(struct kchat_room *room, const void *data, size_t len)
{
	ssize_t n;

	do {
		n = write(room->fd, data, len);
	} while (n < 0 && errno == EINTR);
	return n < 0 ? -errno : n;
}

int kchat_room_send(struct kchat_room *room, const void *data, size_t len)
{
	ssize_t n;

	if (!len || len > KCHAT_MSG_MAX)
		return -EMSGSIZE;
	if (room->options & KCHAT_OPTION_BATCH)
		return -EINVAL;
	n = kchat_room_write(room, data, len);
	if (n < 0)
		return n;
	return (size_t)n == len ? 0 : -EBADMSG;
}

static int64_t now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int kchat_room_send_within(struct kchat_room *room, const void *data,
			   size_t len, unsigned int timeout_ms)
{
	struct pollfd file = { .fd = room->fd, .events = POLLOUT };
	int64_t left, end = now_ms() + timeout_ms;
	int flags = fcntl(room->fd, F_GETFL);
	int err;

	if (flags < 0 || !(flags & O_NONBLOCK))
		return flags < 0 ? -errno : -EINVAL;
	for (;;) {
		err = kchat_room_send(room, data, len);
		if (err != -EAGAIN)
			return err;
		/* Something is wrong, though nobody says what. */
		if (file.revents & (POLLERR | POLLNVAL))
			return -EIO;
		left = end - now_ms();
		if (left <= 0)
			return -ETIMEDOUT;
		/* Over or interrupted, what counts is whether it fits now. */
		file.revents = 0;
		poll(&file, 1, left < INT_MAX ? left : INT_MAX);
	}
}

ssize_t kchat_room_send_split(struct kchat_room *room, const void *data,
			      size_t len)
{
	const unsigned char *bytes = data;
	size_t done = 0;
	ssize_t n;

	while (done < len) {
		n = kchat_room_write(room, bytes + done,
				     len - done < KCHAT_MSG_MAX ?
				     len - done : KCHAT_MSG_MAX);
		if (n <= 0)
			return done ? (ssize_t)done : n;
		done += n;
	}
	return done;
}

/* ---- About a room ---- */

int kchat_room_info(struct kchat_room *room, struct kchat_info *ret_info)
{
	return kchat__ioctl(room->fd, KCHAT_INFO, ret_info);
}

/* Without ids that grow from page to page there is no end. */
static bool page_grows(const struct kchat_members *page, uint64_t after)
{
	size_t i;

	for (i = 0; i < page->n; i++) {
		if (page->member[i].id <= after)
			return false;
		after = page->member[i].id;
	}
	return true;
}

int kchat_room_members(struct kchat_room *room,
		       struct kchat_member **ret_members, size_t *ret_n)
{
	struct kchat_member *members = NULL, *more;
	struct kchat_members page;
	uint64_t after;
	size_t n = 0;
	int err;

	do {
		memset(&page, 0, sizeof(page));
		after = n ? members[n - 1].id : 0;
		page.after = after;
		err = kchat__ioctl(room->fd, KCHAT_MEMBERS, &page);
		if (!err && (page.n > KCHAT_MEMBERS_PAGE ||
			     !page_grows(&page, after)))
			err = -EPROTO;
		if (err)
			goto out_free;
		more = realloc(members,
			       (n + KCHAT_MEMBERS_PAGE) * sizeof(*more));
		if (!more) {
			err = -ENOMEM;
			goto out_free;
		}
		members = more;
		memcpy(members + n, page.member, page.n * sizeof(*members));
		n += page.n;
	} while (page.n == KCHAT_MEMBERS_PAGE);
	*ret_members = members;
	*ret_n = n;
	return 0;

out_free:
	free(members);
	return err;
}

int kchat_room_lap(struct kchat_room *room, uint64_t member)
{
	struct kchat_lap lap = { .member = member };

	return kchat__ioctl(room->fd, KCHAT_LAP, &lap);
}
