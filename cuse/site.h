/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * site.h - where rooms appear, and what a killed predecessor left there
 */
#ifndef KCHATD_SITE_H
#define KCHATD_SITE_H

#include <stdbool.h>
#include <sys/types.h>

/**
 * struct site - where rooms appear, and whose the lobby and the control node are
 * @directory: absolute path of the directory
 * @node: path of the lobby in it
 * @made: the directory was not there before
 * @mode: the lobby's permissions
 * @control_mode: the control node's
 * @uid: owner of both
 * @gid: group of both
 */
struct site {
	char *directory;
	char *node;
	bool made;
	mode_t mode;
	mode_t control_mode;
	uid_t uid;
	gid_t gid;
};

/**
 * struct reason - why something is not possible, and what to do about it
 * @text: one line without its end
 */
struct reason {
	char text[512];
};

int site_init(struct site *site, const char *directory,
	      struct reason *ret_why);
void site_deinit(struct site *site);
int site_clear(const struct site *site, struct reason *ret_why);
int site_prepare(struct site *site, struct reason *ret_why);
void site_leave(struct site *site);

void because(struct reason *why, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

#endif /* KCHATD_SITE_H */
