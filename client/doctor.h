/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * doctor.h - what the parts of `kchat doctor` share
 *
 * Each part looks at one thing, prints what it finds, one line a finding, and
 * prescribes what would help. The verdict takes the best cure of all.
 */
#ifndef KCHAT_DOCTOR_H
#define KCHAT_DOCTOR_H

#include <sys/types.h>

#include "facts.h"

/**
 * enum cure - what would give us a room, the best first
 * @CURE_ROOM: there is one, but it does not let us in or does not work
 * @CURE_LOAD: load the module
 * @CURE_BUILD: the module is here for another kernel: build it for this one
 * @CURE_CUSE: start kchatd over CUSE
 * @CURE_FUSE: start kchatd over FUSE
 * @CURE_INSTALL: build the module, which is not here at all
 * @NR_CURES: how many there are
 */
enum cure {
	CURE_ROOM,
	CURE_LOAD,
	CURE_BUILD,
	CURE_CUSE,
	CURE_FUSE,
	CURE_INSTALL,
	NR_CURES,
};

/**
 * struct prescription - a cure as it is told
 * @aim: what it does, to follow "To"
 * @command: what to type; empty: this is no way
 */
struct prescription {
	char aim[256];
	char command[PATH_MAX + 256];
};

/**
 * struct doctor - what is known so far
 * @facts: the machine
 * @group: the group of the last finding
 * @may_load: this process could load modules, or sudo(8) could
 * @may_mount: the same for mounting
 * @may_make: the same for making devices
 * @loads_modules: and the kernel takes some
 * @signed_only: but only signed ones
 * @module_loaded: kchat.ko is in the kernel
 * @kchatd: the daemon as it is to be typed, or empty if there is none
 * @cures: what would help
 */
struct doctor {
	struct facts facts;
	const char *group;
	bool may_load;
	bool may_mount;
	bool may_make;
	bool loads_modules;
	bool signed_only;
	bool module_loaded;
	char kchatd[PATH_MAX];
	struct prescription cures[NR_CURES];
};

/* The marks: as it should be, in the way, neither. */
#define OK "ok"
#define NO "no"
#define NOTE "--"

/**
 * finding - print one
 * @doctor: the doctor
 * @group: what it is about; the same string for all of a group
 * @mark: OK, NO or NOTE
 * @format: as for printf. Bytes that a terminal would obey are spelt out.
 */
__attribute__((format(printf, 4, 5)))
void finding(struct doctor *doctor, const char *group, const char *mark,
	     const char *format, ...);

/**
 * prescribe - say what would help, unless it has been said
 * @doctor: the doctor
 * @cure: which
 * @aim: what it does
 * @format: what to type, as for printf
 */
__attribute__((format(printf, 4, 5)))
void prescribe(struct doctor *doctor, enum cure cure, const char *aim,
	       const char *format, ...);

/**
 * prescribe_kchatd - say how to start the daemon, or else how to install it
 * @doctor: the doctor
 * @cure: which
 * @aim: what it does
 * @root: as_root(), or "" if the user himself is to serve
 * @module: what to load before, or ""
 *
 * It serves where kchat looks for rooms.
 */
void prescribe_kchatd(struct doctor *doctor, enum cure cure, const char *aim,
		      const char *root, const char *module);

/** struct word - one word of a command line, quoted if need be */
struct word {
	char text[4 * PATH_MAX];
};

/**
 * quote - make it one word for a shell
 * @ret_word: where to
 * @text: what
 *
 * Return: the word
 */
const char *quote(struct word *ret_word, const char *text);

/**
 * as_root - what to put before a command that takes root
 *
 * Return: "sudo ", or "" for root
 */
const char *as_root(void);

/**
 * find_program - where is it, and how is it called?
 * @name: its name
 * @ret_command: set to what to type: the name if it is in $PATH, or its path if
 *	it is where root's programs are; PATH_MAX bytes
 *
 * Return: whether it is there
 */
bool find_program(const char *name, char *ret_command);

/** enum membership - is the user in a group? */
enum membership { STRANGER, MEMBER_NEXT_TIME, MEMBER };

/**
 * membership - is the user in this group?
 * @gid: the group
 *
 * Return: MEMBER; MEMBER_NEXT_TIME for one whom the user database has in the
 * group, but who had logged in before that; or STRANGER
 */
enum membership membership(gid_t gid);

/**
 * user_name - the user's name, or number
 * @ret_word: where to, quoted
 */
void user_name(struct word *ret_word);

/**
 * group_name - a group's name, or number
 * @ret_word: where to, quoted
 * @gid: the group
 */
void group_name(struct word *ret_word, gid_t gid);

/**
 * examine_kernel, examine_module, examine_daemon, examine_user - the parts
 * @doctor: the doctor
 *
 * Findings and cures, to be called in this order.
 */
void examine_kernel(struct doctor *doctor);
void examine_module(struct doctor *doctor);
void examine_daemon(struct doctor *doctor);
void examine_user(struct doctor *doctor);

/**
 * examine_rooms - is there a room, and does it let us in?
 * @doctor: the doctor
 *
 * Return: whether it does
 */
bool examine_rooms(struct doctor *doctor);

#endif /* KCHAT_DOCTOR_H */
