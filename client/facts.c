// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * facts.c - what the system's own files say about this machine
 */
#include "config.h"
#include "facts.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

#define MODULES "/lib/modules"

/* Below /lib/modules/RELEASE: make install, DKMS, and old habits. */
static const char *const places[] = {
	"updates", "updates/dkms", "extra", "extra/dkms", "weak-updates",
	"kernel/drivers/char", "misc",
};

static const char *const endings[] = { "", ".xz", ".zst", ".gz" };

#define NR(array) (sizeof(array) / sizeof((array)[0]))

/* A path of the machine as one of ours; false if it is too long. */
static bool locate(const struct facts *facts, char *path, const char *format,
		   va_list args)
{
	int len = snprintf(path, PATH_MAX, "%s", facts->root);

	if (len >= PATH_MAX)
		return false;
	return vsnprintf(path + len, PATH_MAX - len, format, args) <
		PATH_MAX - len;
}

bool fact_exists(const struct facts *facts, const char *format, ...)
{
	char path[PATH_MAX];
	va_list args;
	bool fits;

	va_start(args, format);
	fits = locate(facts, path, format, args);
	va_end(args);
	return fits && !access(path, F_OK);
}

int fact_read(const struct facts *facts, char *ret_bytes, size_t size,
	      const char *format, ...)
{
	char path[PATH_MAX];
	int fd, len = -1;
	va_list args;
	bool fits;

	va_start(args, format);
	fits = locate(facts, path, format, args);
	va_end(args);
	fd = fits ? open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK) : -1;
	if (fd >= 0) {
		len = read(fd, ret_bytes, size - 1);
		close(fd);
	}
	ret_bytes[len > 0 ? len : 0] = '\0';
	return len;
}

bool fact_line(const struct facts *facts, char *ret_line, size_t size,
	       const char *path)
{
	int len = fact_read(facts, ret_line, size, "%s", path);

	ret_line[strcspn(ret_line, "\n")] = '\0';
	return len >= 0;
}

void facts_init(struct facts *facts, const char *root)
{
	struct utsname name;

	facts->root = root;
	if (fact_line(facts, facts->release, sizeof(facts->release),
		      "/proc/sys/kernel/osrelease"))
		return;
	uname(&name);
	snprintf(facts->release, sizeof(facts->release), "%s", name.release);
}

/* Is this path, up to @len bytes of it, that of NAME.ko, compressed or not? */
static bool is_module(const char *path, size_t len, const char *name)
{
	const char *slash = memrchr(path, '/', len);
	const char *base = slash ? slash + 1 : path;
	size_t left = path + len - base;

	return left >= strlen(name) + 3 &&
		!strncmp(base, name, strlen(name)) &&
		!strncmp(base + strlen(name), ".ko", 3);
}

/*
 * modules.dep has a line for each module: its path, below the directory of the
 * release or from the root, a colon, and what it depends on.
 */
bool fact_indexed(const struct facts *facts, const char *name, char *ret_path)
{
	char path[PATH_MAX], *line = NULL;
	bool found = false;
	size_t size = 0, len;
	FILE *index;

	if (snprintf(path, sizeof(path), "%s" MODULES "/%s/modules.dep",
		     facts->root, facts->release) >= PATH_MAX)
		return false;
	index = fopen(path, "re");
	if (!index)
		return false;
	while (!found && getline(&line, &size, index) > 0) {
		len = strcspn(line, ":");
		if (!line[len] || !is_module(line, len, name))
			continue;
		line[len] = '\0';
		if (*line == '/')
			len = snprintf(path, sizeof(path), "%s%s", facts->root,
				       line);
		else
			len = snprintf(path, sizeof(path),
				       "%s" MODULES "/%s/%s", facts->root,
				       facts->release, line);
		found = len < sizeof(path) && !access(path, F_OK);
	}
	free(line);
	fclose(index);
	if (found && ret_path)
		strcpy(ret_path, path);
	return found;
}

bool fact_module(const struct facts *facts, const char *release,
		 const char *name, char *ret_path)
{
	char path[PATH_MAX];
	size_t i, k;

	for (i = 0; i < NR(places); i++) {
		for (k = 0; k < NR(endings); k++) {
			if (snprintf(path, sizeof(path),
				     "%s" MODULES "/%s/%s/%s.ko%s", facts->root,
				     release, places[i], name, endings[k]) >=
			    PATH_MAX || access(path, F_OK))
				continue;
			if (ret_path)
				strcpy(ret_path, path);
			return true;
		}
	}
	return false;
}

int fact_releases(const struct facts *facts, const char *name, char *ret_list,
		  size_t size)
{
	char path[PATH_MAX];
	struct dirent **entries;
	size_t used = 0, len;
	int nr, i, found = 0;

	*ret_list = '\0';
	snprintf(path, sizeof(path), "%s" MODULES, facts->root);
	nr = scandir(path, &entries, NULL, alphasort);
	for (i = 0; i < nr; i++) {
		const char *release = entries[i]->d_name;

		if (*release != '.' &&
		    fact_module(facts, release, name, NULL)) {
			len = strlen(release) + (found ? 2 : 0);
			if (used + len < size)
				used += sprintf(ret_list + used, "%s%s",
						found ? ", " : "", release);
			found++;
		}
		free(entries[i]);
	}
	if (nr >= 0)
		free(entries);
	return found;
}
