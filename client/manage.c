// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * manage.c - make, change, remove and list rooms
 */
#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <grp.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "commands.h"
#include "out.h"
#include "users.h"

/* Who may give a room to others is for the backend to say. */
static int manage(const struct settings *settings, const char *name,
		  int (*act)(int control, const struct kchat_spec *spec))
{
	struct kchat_spec spec = settings->spec;
	struct reason reason;
	char path[PATH_MAX];
	int control, err;

	control = control_open(name, O_WRONLY, path, &reason);
	if (control < 0) {
		complain("%s", reason.text);
		return control == -EINVAL ? EXIT_USAGE : EXIT_FAILURE;
	}
	strcpy(spec.name, strrchr(path, '/') + 1);
	err = act(control, &spec);
	close(control);
	if (!err)
		return EXIT_SUCCESS;
	control_explain(path, err, &reason);
	complain("%s", reason.text);
	return EXIT_FAILURE;
}

static int create(int control, const struct kchat_spec *spec)
{
	struct kchat_spec made = *spec;

	made.change = 0;
	return kchat_control_create(control, &made);
}

static int remove_room(int control, const struct kchat_spec *spec)
{
	return kchat_control_remove(control, spec->name);
}

int command_create(const struct settings *settings, char **words)
{
	return manage(settings, words[0], create);
}

int command_remove(const struct settings *settings, char **words)
{
	return manage(settings, words[0], remove_room);
}

int command_set(const struct settings *settings, char **words)
{
	if (!settings->spec.change) {
		complain("set: what? There are --patience and --history");
		return EXIT_USAGE;
	}
	return manage(settings, words[0], kchat_control_change);
}

/* ---- rooms ---- */

static void group_text(uint32_t gid, char *ret_text)
{
	struct group *group = getgrgid(gid);

	if (group)
		plain_text(group->gr_name, ret_text);
	else
		snprintf(ret_text, TEXT_SIZE, "%" PRIu32, gid);
}

/*
 * Owner, group and mode are those of the node now, if it can be seen: chmod(1)
 * and chown(1) change them, and the list has them as they were when it was made.
 */
static void print_room(const char *dir, const struct kchat_spec *spec)
{
	char path[PATH_MAX], name[TEXT_SIZE];
	char owner[TEXT_SIZE], group[TEXT_SIZE];
	uint32_t uid = spec->uid, gid = spec->gid, mode = spec->mode;
	char patience[16] = "forever";
	struct stat st;

	if (!(spec->flags & KCHAT_ROOM_REMOVED) &&
	    snprintf(path, sizeof(path), "%s/%.*s", dir, KCHAT_NAME_MAX,
		     spec->name) < PATH_MAX && !stat(path, &st)) {
		uid = st.st_uid;
		gid = st.st_gid;
		mode = st.st_mode & 0777;
	}
	plain_text(spec->name, name);
	user_text(uid, owner);
	group_text(gid, group);
	if (spec->patience_ms != KCHAT_PATIENCE_FOREVER)
		snprintf(patience, sizeof(patience), "%" PRIu32,
			 spec->patience_ms);
	printf("%-16s %-10s %-10s %04" PRIo32 " %10s %-7s %10" PRIu32 " %7" PRIu32 "%s\n",
	       name, owner, group, mode, patience,
	       spec->flags & KCHAT_ROOM_HISTORY ? "on" : "off", spec->capacity,
	       spec->openers,
	       spec->flags & KCHAT_ROOM_REMOVED ? "  removed" : "");
}

int command_rooms(const struct settings *settings, char **words)
{
	struct kchat_spec *rooms;
	struct reason reason;
	char path[PATH_MAX];
	int control, err;
	size_t n, i;

	(void)settings;
	(void)words;
	control = control_open(KCHAT_LOBBY, O_RDONLY, path, &reason);
	if (control < 0) {
		complain("%s", reason.text);
		return EXIT_FAILURE;
	}
	err = kchat_control_list(control, &rooms, &n);
	close(control);
	if (err) {
		control_explain(path, err, &reason);
		complain("%s", reason.text);
		return EXIT_FAILURE;
	}
	*strrchr(path, '/') = '\0';
	printf("%-16s %-10s %-10s %4s %10s %-7s %10s %7s\n", "NAME", "OWNER",
	       "GROUP", "MODE", "PATIENCE", "HISTORY", "CAPACITY", "OPENERS");
	for (i = 0; i < n; i++)
		print_room(path, &rooms[i]);
	free(rooms);
	return out_flush() ? EXIT_FAILURE : EXIT_SUCCESS;
}
