// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * fake-fuse.c - what of libfuse the daemon's requests use; see fake-fuse.h
 */
#include "config.h"

#include <sys/uio.h>
#include <time.h>

#include "cuse/site.h"
#include "fake-fuse.h"
#include "tap.h"

u8 fake_answer[FAKE_ANSWER_MAX];
unsigned int fake_handles;
u64 fake_now_ns;

static int answer(fuse_req_t req, int error, size_t bytes)
{
	CHECK(!req->answered);
	CHECK(error >= 0 && error < 200);
	CHECK(bytes <= req->size);
	req->answered = true;
	req->error = error;
	req->bytes = bytes;
	if (bytes && req->look)
		req->look(req);
	return req->late ? -ENOENT : 0;
}

int fuse_reply_err(fuse_req_t req, int err)
{
	return answer(req, err, 0);
}

int fuse_reply_write(fuse_req_t req, size_t count)
{
	return answer(req, 0, count);
}

int fuse_reply_poll(fuse_req_t req, unsigned revents)
{
	req->events = revents;
	return answer(req, 0, 0);
}

int fuse_reply_buf(fuse_req_t req, const char *buf, size_t size)
{
	CHECK(size <= sizeof(fake_answer));
	if (size)
		memcpy(fake_answer, buf, size);
	return answer(req, 0, size);
}

int fuse_reply_ioctl(fuse_req_t req, int result, const void *buf, size_t size)
{
	CHECK(!result);
	return fuse_reply_buf(req, buf, size);
}

int fuse_reply_iov(fuse_req_t req, const struct iovec *iov, int count)
{
	size_t bytes = 0;
	int i;

	/* writev(2) takes 1,024, and the first is libfuse's own */
	CHECK(count > 0 && count <= 1023);
	for (i = 0; i < count; i++) {
		CHECK(iov[i].iov_len <= sizeof(fake_answer) - bytes);
		memcpy(fake_answer + bytes, iov[i].iov_base, iov[i].iov_len);
		bytes += iov[i].iov_len;
	}
	return answer(req, 0, bytes);
}

const struct fuse_ctx *fuse_req_ctx(fuse_req_t req)
{
	return &req->ctx;
}

/* As libfuse does it: also from within the registering call */
void fuse_req_interrupt_func(fuse_req_t req, fuse_interrupt_func_t func,
			     void *data)
{
	CHECK(!req->answered);
	req->call = func;
	req->context = data;
	if (req->interrupted && func)
		func(req, data);
}

int fuse_req_interrupted(fuse_req_t req)
{
	return req->interrupted;
}

/**
 * fake_interrupt() - a signal has come for whoever waits
 * @req: his request, not answered yet
 */
void fake_interrupt(struct fuse_req *req)
{
	req->interrupted = true;
	if (req->call)
		req->call(req, req->context);
}

/**
 * fake_handle() - somebody polls
 *
 * Return: his handle, which fuse_pollhandle_destroy() frees.
 */
struct fuse_pollhandle *fake_handle(void)
{
	struct fuse_pollhandle *handle = calloc(1, sizeof(*handle));

	CHECK(handle);
	fake_handles++;
	return handle;
}

int fuse_lowlevel_notify_poll(struct fuse_pollhandle *ph)
{
	CHECK(!ph->notified);
	ph->notified = true;
	return 0;
}

void fuse_pollhandle_destroy(struct fuse_pollhandle *ph)
{
	fake_handles--;
	free(ph);
}

/* What the daemon is compiled to call instead of clock_gettime(2) */
int fake_clock_gettime(clockid_t clock, struct timespec *ret);

int fake_clock_gettime(clockid_t clock, struct timespec *ret)
{
	(void)clock;
	ret->tv_sec = (time_t)(fake_now_ns / 1000000000);
	ret->tv_nsec = (long)(fake_now_ns % 1000000000);
	return 0;
}

void because(struct reason *why, const char *format, ...)
{
	(void)why;
	(void)format;
}
