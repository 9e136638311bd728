// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * replay.c - a fuzz target without a fuzzer: the inputs that are kept
 *
 * replay [FILE...]: those; without any all of corpus/NAME in KCHAT_SRC, and some
 * long ones by chance, the same each time: what covers every line is short.
 */
#include "config.h"

#include <glob.h>
#include <stdio.h>
#include <stdlib.h>

#include "fuzz.h"
#include "tap.h"

#define LONGEST	5000

/* At its exact size, so that AddressSanitizer sees a byte too many */
static void replay_file(const char *path)
{
	FILE *file = fopen(path, "re");
	uint8_t *data;
	long size;

	CHECK(file && !fseek(file, 0, SEEK_END));
	size = ftell(file);
	rewind(file);
	data = malloc((size_t)size + !size);
	CHECK_EQ(fread(data, 1, (size_t)size, file), size);
	fclose(file);
	printf("%s\n", path);
	fflush(stdout);
	LLVMFuzzerTestOneInput(data, (size_t)size);
	free(data);
}

static void replay(void)
{
	const char *src = getenv("KCHAT_SRC");
	char pattern[4096];
	glob_t found;
	size_t i;

	snprintf(pattern, sizeof(pattern), "%s/tests/fuzz/corpus/%s/*",
		 src ? src : ".", fuzz_name);
	CHECK_EQ(glob(pattern, 0, NULL, &found), 0);
	for (i = 0; i < found.gl_pathc; i++)
		replay_file(found.gl_pathv[i]);
	globfree(&found);
	/* One that was not found would pass as well */
	CHECK(i >= 10);
}

static void replay_chance(void)
{
	uint32_t chance = 1;
	uint8_t *data;
	size_t size, i;

	for (size = 50; size <= LONGEST; size += 50) {
		data = malloc(size);
		CHECK(data);
		for (i = 0; i < size; i++) {
			chance = chance * 1103515245 + 12345;
			data[i] = (uint8_t)(chance >> 16);
		}
		LLVMFuzzerTestOneInput(data, size);
		free(data);
	}
}

int main(int argc, char **argv)
{
	char kept[80], chance[80];
	struct tap_test tests[] = {
		{ kept, replay, 120 },
		{ chance, replay_chance, 120 },
		{ NULL, NULL, 0 },
	};

	snprintf(kept, sizeof(kept), "fuzzing %s, the inputs kept", fuzz_name);
	snprintf(chance, sizeof(chance), "fuzzing %s, by chance", fuzz_name);
	if (argc == 1)
		return tap_main(argc, argv, tests);
	while (*++argv)
		replay_file(*argv);
	return 0;
}
