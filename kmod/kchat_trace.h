/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * kchat_trace.h - tracepoints (D4): events/kchat in tracefs
 *
 * Rooms are made and end, messages are accepted and delivered, somebody waits,
 * somebody was lapped. Nothing is printed per operation; whoever wants to know
 * turns these on.
 */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM kchat

#if !defined(KCHAT_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define KCHAT_TRACE_H

#include <linux/string.h>
#include <linux/tracepoint.h>

#include "kchat.h"

/* What becomes of a room (kchat_room). */
#define KCHAT_TRACE_MADE	0
#define KCHAT_TRACE_ENDED	1
#define KCHAT_TRACE_FREED	2

TRACE_EVENT(kchat_room,
	TP_PROTO(const char *room, unsigned int what),
	TP_ARGS(room, what),
	TP_STRUCT__entry(
		__array(char, room, KCHAT_NAME_MAX + 1)
		__field(unsigned int, what)
	),
	TP_fast_assign(
		memcpy(__entry->room, room, KCHAT_NAME_MAX + 1);
		__entry->what = what;
	),
	TP_printk("room=%s %s", __entry->room,
		  __print_symbolic(__entry->what,
				   { KCHAT_TRACE_MADE, "made" },
				   { KCHAT_TRACE_ENDED, "ended" },
				   { KCHAT_TRACE_FREED, "freed" }))
);

/* @seq: of the last message accepted, or of the next one to be read */
DECLARE_EVENT_CLASS(kchat_bytes,
	TP_PROTO(const char *room, u64 member, u64 bytes, u64 seq),
	TP_ARGS(room, member, bytes, seq),
	TP_STRUCT__entry(
		__array(char, room, KCHAT_NAME_MAX + 1)
		__field(u64, member)
		__field(u64, bytes)
		__field(u64, seq)
	),
	TP_fast_assign(
		memcpy(__entry->room, room, KCHAT_NAME_MAX + 1);
		__entry->member = member;
		__entry->bytes = bytes;
		__entry->seq = seq;
	),
	TP_printk("room=%s member=%llu bytes=%llu seq=%llu", __entry->room,
		  __entry->member, __entry->bytes, __entry->seq)
);

DEFINE_EVENT(kchat_bytes, kchat_write,
	TP_PROTO(const char *room, u64 member, u64 bytes, u64 seq),
	TP_ARGS(room, member, bytes, seq)
);

DEFINE_EVENT(kchat_bytes, kchat_read,
	TP_PROTO(const char *room, u64 member, u64 bytes, u64 seq),
	TP_ARGS(room, member, bytes, seq)
);

TRACE_EVENT(kchat_lap,
	TP_PROTO(const char *room, u64 member, u64 messages, u64 bytes),
	TP_ARGS(room, member, messages, bytes),
	TP_STRUCT__entry(
		__array(char, room, KCHAT_NAME_MAX + 1)
		__field(u64, member)
		__field(u64, messages)
		__field(u64, bytes)
	),
	TP_fast_assign(
		memcpy(__entry->room, room, KCHAT_NAME_MAX + 1);
		__entry->member = member;
		__entry->messages = messages;
		__entry->bytes = bytes;
	),
	TP_printk("room=%s member=%llu lost so far: messages=%llu bytes=%llu",
		  __entry->room, __entry->member, __entry->messages,
		  __entry->bytes)
);

TRACE_EVENT(kchat_wait,
	TP_PROTO(const char *room, u64 member, bool writes),
	TP_ARGS(room, member, writes),
	TP_STRUCT__entry(
		__array(char, room, KCHAT_NAME_MAX + 1)
		__field(u64, member)
		__field(bool, writes)
	),
	TP_fast_assign(
		memcpy(__entry->room, room, KCHAT_NAME_MAX + 1);
		__entry->member = member;
		__entry->writes = writes;
	),
	TP_printk("room=%s member=%llu %s", __entry->room, __entry->member,
		  __entry->writes ? "to write" : "to read")
);

#endif /* KCHAT_TRACE_H */

/* Where the kernel's machinery finds this file again. */
#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE kchat_trace
#include <trace/define_trace.h>
