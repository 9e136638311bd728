/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * kc_env.h - what the engine needs from the world, for programs
 *
 * The seam between common/ and its surroundings. compat/kernel has a header of
 * the same name; -I chooses. Whatever the engine uses that is not plain C is
 * named here, in the kernel's own words, and nothing else is.
 */
#ifndef KC_ENV_H
#define KC_ENV_H

#include <errno.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef uint32_t u32;
typedef uint64_t u64;
typedef int32_t s32;
typedef int64_t s64;

/**
 * kc_assert() - a condition that only a bug in the engine can break
 * @cond: what must hold
 *
 * A room whose bookkeeping is wrong may hand one reader's bytes to another:
 * better no daemon than that one.
 */
#define kc_assert(cond) do {						\
	if (!(cond)) {							\
		fprintf(stderr, "kchat: engine broken at %s:%d: %s\n",	\
			__FILE__, __LINE__, #cond);			\
		abort();						\
	}								\
} while (0)

/* What others may read without the lock is written at one go. */
#define WRITE_ONCE(x, val) (*(volatile __typeof__(x) *)&(x) = (val))

/* The engine's lists: the kernel's names and meaning, as few as it uses. */

struct list_head {
	struct list_head *next, *prev;
};

#ifndef container_of
#define container_of(ptr, type, member) \
	((type *)((char *)(ptr) - offsetof(type, member)))
#endif

#define list_entry(ptr, type, member) container_of(ptr, type, member)

#define list_first_entry(head, type, member) \
	list_entry((head)->next, type, member)

#define list_for_each_entry(pos, head, member)				\
	for (pos = list_entry((head)->next, __typeof__(*pos), member);	\
	     &pos->member != (head);					\
	     pos = list_entry(pos->member.next, __typeof__(*pos), member))

#define list_for_each_entry_safe(pos, n, head, member)			\
	for (pos = list_entry((head)->next, __typeof__(*pos), member),	\
	     n = list_entry(pos->member.next, __typeof__(*pos), member); \
	     &pos->member != (head);					\
	     pos = n,							\
	     n = list_entry(n->member.next, __typeof__(*n), member))

static inline void INIT_LIST_HEAD(struct list_head *head)
{
	head->next = head;
	head->prev = head;
}

static inline bool list_empty(const struct list_head *head)
{
	return head->next == head;
}

static inline void list_add_tail(struct list_head *link,
				 struct list_head *head)
{
	link->next = head;
	link->prev = head->prev;
	head->prev->next = link;
	head->prev = link;
}

static inline void list_del_init(struct list_head *link)
{
	link->next->prev = link->prev;
	link->prev->next = link->next;
	INIT_LIST_HEAD(link);
}

static inline void list_splice_init(struct list_head *from,
				    struct list_head *head)
{
	if (list_empty(from))
		return;
	from->prev->next = head->next;
	head->next->prev = from->prev;
	from->next->prev = head;
	head->next = from->next;
	INIT_LIST_HEAD(from);
}

#endif /* KC_ENV_H */
