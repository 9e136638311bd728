// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Cases: made of a seed, kept as text.
 */
#include "config.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "differ.h"

/*
 * Each operation's name, how often it is drawn, and what it takes. In some
 * cases little is written, so that readers wait, and rooms come and go.
 */
static const struct {
	const char *name;
	unsigned int weight, calm;
	unsigned int needs;
} table[N_CODES] = {
	[OP_OPEN] = { "open", 70, 90, 0 },
	[OP_CLOSE] = { "close", 22, 45, 0 },
	[OP_MODE] = { "mode", 16, 16, 0 },
	[OP_READ] = { "read", 230, 260, 0 },
	[OP_WRITE] = { "write", 270, 60, 0 },
	[OP_POLL] = { "poll", 60, 60, 0 },
	[OP_AWAIT] = { "await", 70, 140, 0 },
	[OP_SIGNAL] = { "signal", 30, 24, 0 },
	[OP_RESTART] = { "restart", 22, 24, 0 },
	[OP_SET] = { "set", 70, 90, 0 },
	[OP_GET] = { "get", 10, 4, 0 },
	[OP_INFO] = { "info", 30, 12, 0 },
	[OP_MEMBERS] = { "members", 20, 8, HAS_MEMBERS },
	[OP_LAP] = { "lap", 24, 80, HAS_LAP },
	[OP_HISTORY] = { "history", 30, 24, HAS_HISTORY },
	[OP_FAULT_READ] = { "fault-read", 56, 30, 0 },
	[OP_FAULT_WRITE] = { "fault-write", 25, 6, 0 },
	[OP_UNKNOWN] = { "unknown", 8, 4, 0 },
	[OP_CREATE] = { "create", 22, 50, HAS_CONTROL },
	[OP_REMOVE] = { "remove", 14, 24, HAS_CONTROL },
	[OP_CHANGE] = { "change", 12, 12, HAS_CONTROL },
	[OP_LIST] = { "list", 8, 4, HAS_CONTROL },
	[OP_EXPIRE] = { "expire", 7, 2, HAS_CONTROL },
};

/**
 * roll() - a random number
 * @state: any; the same state, the same numbers
 *
 * Return: 32 random bits.
 */
uint32_t roll(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15ull;

	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ (z >> 27)) * 0x94d049bb133111ebull;
	return z >> 32;
}

const char *op_name(enum code code)
{
	return table[code].name;
}

unsigned int op_needs(enum code code)
{
	return table[code].needs;
}

static unsigned int weight(enum code code, bool calm)
{
	return calm ? table[code].calm : table[code].weight;
}

static enum code draw(uint64_t *state, unsigned int has, bool calm)
{
	unsigned int sum = 0, i, at;

	for (i = 0; i < N_CODES; i++)
		if (!(table[i].needs & ~has))
			sum += weight(i, calm);
	at = roll(state) % sum;
	for (i = 0;; i++) {
		if (table[i].needs & ~has)
			continue;
		if (at < weight(i, calm))
			return i;
		at -= weight(i, calm);
	}
}

/**
 * ops_make() - make a case
 * @ops: set
 * @n: how many operations
 * @seed: the same seed and features, the same case
 * @has: HAS_* that may be used
 *
 * It begins with some files opened, since little else makes sense before.
 */
void ops_make(struct op *ops, unsigned int n, uint64_t seed, unsigned int has)
{
	uint64_t state = seed;
	bool calm = roll(&state) % 4 == 0;
	unsigned int i;

	for (i = 0; i < n; i++) {
		ops[i].code = i < 6 ? OP_OPEN : draw(&state, has, calm);
		ops[i].a = i < 6 ? i : roll(&state) & 0xff;
		ops[i].b = roll(&state) & 0xffff;
		ops[i].c = roll(&state) & 0xffff;
	}
}

/**
 * ops_load() - read a case
 * @path: of a file with a line for each operation: its name and three numbers.
 *	A leading `# ` is ignored, and so is what follows the numbers.
 * @ret_n: set to how many there are
 *
 * Return: memory to free, NULL if it is no such file; then something was said.
 */
struct op *ops_load(const char *path, unsigned int *ret_n)
{
	struct op *ops = calloc(100000, sizeof(*ops));
	FILE *file = fopen(path, "re");
	unsigned int n = 0, i;
	char line[200], name[40], *p;

	if (!ops || !file) {
		perror(path);
		if (file)
			fclose(file);
		free(ops);
		return NULL;
	}
	while (n < 100000 && fgets(line, sizeof(line), file)) {
		p = line + (strncmp(line, "# ", 2) ? 0 : 2);
		if (sscanf(p, "%39s %u %u %u", name, &ops[n].a, &ops[n].b,
			   &ops[n].c) != 4)
			continue;
		for (i = 0; i < N_CODES && strcmp(name, table[i].name);)
			i++;
		if (i < N_CODES)
			ops[n++].code = i;
	}
	fclose(file);
	if (!n)
		fprintf(stderr, "kchat-differ: %s: no operation in it\n", path);
	*ret_n = n;
	return ops;
}
