// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * doctor-daemon.c - could kchatd serve a room, over CUSE or over FUSE?
 */
#include "config.h"
#include "doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

void prescribe_kchatd(struct doctor *doctor, enum cure cure, const char *aim,
		      const char *root, const char *module)
{
	const char *dir = getenv("KCHAT_DIR");
	struct word word;

	if (!*doctor->kchatd) {
		prescribe(doctor, cure,
			  "install kchatd, in the directory of kchat's sources",
			  "./configure && make && %smake install", as_root());
		return;
	}
	dir = dir && *dir ? quote(&word, dir) : NULL;
	prescribe(doctor, cure, aim, "%s%s%s%s%s%s%s%s", *module ? root : "",
		  *module ? "modprobe " : "", module, *module ? " && " : "",
		  root, doctor->kchatd, dir ? " --directory " : "",
		  dir ? dir : "");
}

/*
 * Does opening it work? Asked only where its driver is there already, as an
 * open may load that.
 */
static int try_device(const struct doctor *doctor, const char *name)
{
	char path[PATH_MAX];
	int fd;

	if (snprintf(path, sizeof(path), "%s/dev/%s", doctor->facts.root,
		     name) >= PATH_MAX)
		return -ENAMETOOLONG;
	fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);
	if (fd < 0)
		return -errno;
	close(fd);
	return 0;
}

enum device { DEVICE_NONE, DEVICE_TO_LOAD, DEVICE_THERE };

/* What there is of CUSE or FUSE; where it is not to be had, that is said. */
static enum device find_device(struct doctor *doctor, const char *name,
			       const char *in_capitals)
{
	const struct facts *facts = &doctor->facts;
	bool there = fact_exists(facts, "/dev/%s", name);

	if (fact_exists(facts, "/sys/class/misc/%s", name)) {
		if (there)
			return DEVICE_THERE;
		finding(doctor, name, NO,
			"the kernel has %s, but there is no /dev/%s; a container must be given it",
			in_capitals, name);
		return DEVICE_NONE;
	}
	if (doctor->loads_modules && fact_indexed(facts, name, NULL)) {
		finding(doctor, name, OK,
			"not loaded, but there is a module %s for this kernel",
			name);
		/* An open of the node, if there is one already, loads it. */
		return there ? DEVICE_THERE : DEVICE_TO_LOAD;
	}
	finding(doctor, name, NO, "this kernel has no %s%s%s", in_capitals,
		doctor->loads_modules ? ", and there is no module for it" : "",
		there ? ", although there is a node" : "");
	return DEVICE_NONE;
}

static void examine_cuse(struct doctor *doctor)
{
	enum device device = find_device(doctor, "cuse", "CUSE");
	int err = 0;

	if (device == DEVICE_NONE)
		return;
	if (!geteuid() && fact_exists(&doctor->facts, "/sys/class/misc/cuse"))
		err = try_device(doctor, "cuse");
	if (err) {
		finding(doctor, "cuse", NO, "/dev/cuse cannot be opened: %s",
			strerror(-err));
		return;
	}
	if (!doctor->may_make) {
		finding(doctor, "cuse", NO,
			"root may not make devices here, as in a container");
		return;
	}
	if (device == DEVICE_THERE)
		finding(doctor, "cuse", OK, "/dev/cuse is there%s",
			geteuid() ? ", for root" : "");
	prescribe_kchatd(doctor, CURE_CUSE,
			 "have kchatd serve a room over CUSE",
			 as_root(), device == DEVICE_TO_LOAD ? "cuse" : "");
}

/* Can the user serve a room of his own? If not, why. */
static bool can_serve_alone(struct doctor *doctor)
{
	const char *run = getenv("XDG_RUNTIME_DIR");
	char command[PATH_MAX];
	int err = try_device(doctor, "fuse");

	if (err)
		finding(doctor, "fuse", NOTE, "/dev/fuse is for root only: %s",
			strerror(-err));
	else if (!find_program("fusermount3", command))
		finding(doctor, "fuse", NOTE,
			"it is for root only: fusermount3 is not installed, which mounts for others (Debian: fuse3)");
	else if (!run || *run != '/' || access(run, W_OK))
		finding(doctor, "fuse", NOTE,
			"it is for root only: XDG_RUNTIME_DIR names no directory of yours for the room");
	else
		return true;
	return false;
}

static void examine_fuse(struct doctor *doctor)
{
	static const char aim[] = "have kchatd serve a room over FUSE";
	enum device device = find_device(doctor, "fuse", "FUSE");
	int err;

	if (device == DEVICE_NONE)
		return;
	if (!doctor->may_mount) {
		finding(doctor, "fuse", NO,
			"root may not mount here, as in a container");
		return;
	}
	if (device == DEVICE_TO_LOAD) {
		prescribe_kchatd(doctor, CURE_FUSE, aim, as_root(), "fuse");
		return;
	}
	if (!geteuid()) {
		err = try_device(doctor, "fuse");
		if (err) {
			finding(doctor, "fuse", NO,
				"/dev/fuse cannot be opened: %s",
				strerror(-err));
			return;
		}
		finding(doctor, "fuse", OK, "/dev/fuse is there");
	} else if (can_serve_alone(doctor)) {
		finding(doctor, "fuse", OK,
			"/dev/fuse is there, and fusermount3 mounts for you");
		prescribe_kchatd(doctor, CURE_FUSE,
				 "have kchatd serve a room of your own over FUSE",
				 "", "");
	}
	prescribe_kchatd(doctor, CURE_FUSE, aim, as_root(), "");
}

void examine_daemon(struct doctor *doctor)
{
	if (!find_program("kchatd", doctor->kchatd))
		*doctor->kchatd = '\0';
	examine_cuse(doctor);
	examine_fuse(doctor);
	if (*doctor->kchatd)
		finding(doctor, "kchatd", OK, "installed");
	else
		finding(doctor, "kchatd", NO, "not installed, or not in PATH");
}
