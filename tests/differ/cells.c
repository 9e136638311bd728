// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Which operation had which outcome, and how often.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "differ.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/**
 * cell_count() - an operation had an outcome, on both sides
 * @row: the operation
 * @outcome: in a word
 */
void cell_count(enum row row, const char *outcome)
{
	struct cell *cell = report->cells, *end = cell + report->n_cells;

	while (cell < end && (cell->row != row ||
			      strcmp(cell->outcome, outcome)))
		cell++;
	if (cell == end) {
		if (report->n_cells == sizeof(report->cells) / sizeof(*cell))
			return;
		report->n_cells++;
		cell->row = row;
		cell->count = 0;
		snprintf(cell->outcome, sizeof(cell->outcome), "%s", outcome);
	}
	cell->count++;
}

/**
 * cells_add() - add what a case counted
 * @to: the sum
 * @from: the case's report
 */
void cells_add(struct report *to, const struct report *from)
{
	struct report *was = report;
	unsigned int i, k;

	report = to;
	for (i = 0; i < from->n_cells; i++) {
		cell_count(from->cells[i].row, from->cells[i].outcome);
		for (k = 0; k < to->n_cells; k++)
			if (to->cells[k].row == from->cells[i].row &&
			    !strcmp(to->cells[k].outcome,
				    from->cells[i].outcome))
				to->cells[k].count += from->cells[i].count - 1;
	}
	to->done += from->done;
	for (i = 0; i < N_KNOWN; i++)
		to->known[i] += from->known[i];
	report = was;
}

/*
 * What an operation can come to, and what that takes. Each must come up often
 * enough; what comes up besides is counted as well.
 */
static const struct {
	int row;
	const char *outcome;
	unsigned int needs;
} expected[] = {
	{ OP_OPEN, "ok", 0 },
	{ OP_OPEN, "ENOENT", HAS_CONTROL },
	{ OP_CLOSE, "ok", 0 },
	{ OP_CLOSE, "while a call waits", 0 },
	{ OP_MODE, "ok", 0 },
	{ OP_READ, "data", 0 },
	{ OP_READ, "waits", 0 },
	{ OP_READ, "EAGAIN", 0 },
	{ OP_READ, "EPIPE", 0 },
	{ OP_READ, "EMSGSIZE", 0 },
	{ OP_READ, "EBADF", 0 },
	{ OP_READ, "nothing asked", 0 },
	{ OP_READ, "end", HAS_CONTROL },
	{ ROW_READ_WAITED, "data", 0 },
	{ ROW_READ_WAITED, "EINTR", 0 },
	{ ROW_READ_WAITED, "EMSGSIZE", 0 },
	{ ROW_READ_WAITED, "end", HAS_CONTROL },
	{ OP_WRITE, "whole", 0 },
	{ OP_WRITE, "short", 0 },
	{ OP_WRITE, "waits", 0 },
	{ OP_WRITE, "EAGAIN", 0 },
	{ OP_WRITE, "EBADF", 0 },
	{ OP_WRITE, "nothing asked", 0 },
	{ OP_WRITE, "ENODEV", HAS_CONTROL },
	{ OP_WRITE, "EINVAL", HAS_BATCH },
	{ ROW_WRITE_WAITED, "whole", 0 },
	{ ROW_WRITE_WAITED, "short", 0 },
	{ ROW_WRITE_WAITED, "EINTR", 0 },
	{ ROW_WRITE_WAITED, "ENODEV", HAS_CONTROL },
	{ OP_POLL, "none", 0 },
	{ OP_POLL, "in", 0 },
	{ OP_POLL, "out", 0 },
	{ OP_POLL, "in|out", 0 },
	{ OP_POLL, "in|pri", 0 },
	{ OP_POLL, "in|pri|out", 0 },
	{ OP_POLL, "hup", HAS_CONTROL },
	{ OP_POLL, "err|hup", HAS_CONTROL },
	{ OP_POLL, "in|hup", HAS_CONTROL },
	{ OP_POLL, "in|err|hup", HAS_CONTROL },
	{ OP_POLL, "in|pri|hup", HAS_CONTROL },
	{ OP_POLL, "in|pri|err|hup", HAS_CONTROL },
	{ OP_AWAIT, "waits", 0 },
	{ OP_AWAIT, "in", 0 },
	{ OP_AWAIT, "out", 0 },
	{ OP_AWAIT, "pri", 0 },
	{ OP_AWAIT, "hup", HAS_CONTROL },
	{ OP_AWAIT, "err|hup", HAS_CONTROL },
	{ OP_AWAIT, "in|hup", HAS_CONTROL },
	{ OP_AWAIT, "in|err|hup", HAS_CONTROL },
	{ OP_AWAIT, "pri|hup", HAS_CONTROL },
	{ OP_AWAIT, "pri|err|hup", HAS_CONTROL },
	{ ROW_AWAIT_WAITED, "in", 0 },
	{ ROW_AWAIT_WAITED, "out", 0 },
	{ ROW_AWAIT_WAITED, "pri", 0 },
	{ ROW_AWAIT_WAITED, "EINTR", 0 },
	{ ROW_AWAIT_WAITED, "hup", HAS_CONTROL },
	{ ROW_AWAIT_WAITED, "err|hup", HAS_CONTROL },
	{ ROW_AWAIT_WAITED, "in|hup", HAS_CONTROL },
	{ OP_SIGNAL, "read", 0 },
	{ OP_SIGNAL, "write", 0 },
	{ OP_SIGNAL, "poll", 0 },
	{ OP_RESTART, "read", 0 },
	{ OP_RESTART, "write", 0 },
	{ OP_RESTART, "poll", 0 },
	{ OP_SET, "ok", 0 },
	{ OP_SET, "EINVAL", 0 },
	{ OP_SET, "EBADF", 0 },
	{ OP_SET, "EBUSY", 0 },
	{ OP_GET, "ok", 0 },
	{ OP_INFO, "ok", 0 },
	{ OP_MEMBERS, "ok", HAS_MEMBERS },
	{ OP_MEMBERS, "EINVAL", HAS_MEMBERS },
	{ OP_LAP, "ok", HAS_LAP },
	{ OP_LAP, "EPERM", HAS_LAP },
	{ OP_LAP, "EINVAL", HAS_LAP },
	{ OP_LAP, "ESRCH", HAS_LAP },
	{ OP_HISTORY, "ok", HAS_HISTORY | HAS_CONTROL },
	{ OP_HISTORY, "EPERM", HAS_HISTORY | HAS_CONTROL },
	{ OP_HISTORY, "EINVAL", HAS_HISTORY | HAS_CONTROL },
	{ OP_HISTORY, "EBADF", HAS_HISTORY | HAS_CONTROL },
	{ OP_HISTORY, "EBUSY", HAS_HISTORY | HAS_CONTROL },
	{ OP_FAULT_READ, "data", 0 },
	{ OP_FAULT_READ, "EFAULT", 0 },
	{ OP_FAULT_READ, "EMSGSIZE", 0 },
	{ OP_FAULT_WRITE, "short", 0 },
	{ OP_FAULT_WRITE, "EFAULT", 0 },
	{ OP_FAULT_WRITE, "EAGAIN", 0 },
	{ OP_UNKNOWN, "ENOTTY", 0 },
	{ OP_CREATE, "ok", HAS_CONTROL },
	{ OP_CREATE, "EEXIST", HAS_CONTROL },
	{ OP_CREATE, "EBUSY", HAS_CONTROL },
	{ OP_CREATE, "EINVAL", HAS_CONTROL },
	{ OP_REMOVE, "ok", HAS_CONTROL },
	{ OP_REMOVE, "ENOENT", HAS_CONTROL },
	{ OP_REMOVE, "EPERM", HAS_CONTROL },
	{ OP_CHANGE, "ok", HAS_CONTROL },
	{ OP_CHANGE, "ENOENT", HAS_CONTROL },
	{ OP_CHANGE, "EINVAL", HAS_CONTROL },
	{ OP_LIST, "ok", HAS_CONTROL },
	{ OP_EXPIRE, "nobody waits", HAS_CONTROL },
	{ OP_EXPIRE, "while writers wait", HAS_CONTROL },
};

static const char *row_name(int row)
{
	static const char *const waited[] = { "read, ended", "write, ended",
					      "await, ended" };

	return row < N_CODES ? op_name(row) : waited[row - N_CODES];
}

static bool is_expected(const struct cell *cell, unsigned int has)
{
	unsigned int i;

	for (i = 0; i < LENGTH(expected); i++)
		if (expected[i].row == (int)cell->row &&
		    !(expected[i].needs & ~has) &&
		    !strcmp(expected[i].outcome, cell->outcome))
			return true;
	return false;
}

/* How often an expected outcome came up */
static unsigned long times(const struct report *from, unsigned int i)
{
	unsigned int k;

	for (k = 0; k < from->n_cells; k++)
		if ((int)from->cells[k].row == expected[i].row &&
		    !strcmp(from->cells[k].outcome, expected[i].outcome))
			return from->cells[k].count;
	return 0;
}

/**
 * cells_full() - has each outcome come up often enough?
 * @from: the report
 * @least: how often that is
 * @has: HAS_* that were there
 */
bool cells_full(const struct report *from, unsigned long least,
		unsigned int has)
{
	unsigned int i;

	for (i = 0; i < LENGTH(expected); i++)
		if (!(expected[i].needs & ~has) && times(from, i) < least)
			return false;
	return true;
}

/**
 * cells_print() - print the table, and see whether it is full
 * @from: the report
 * @least: how often each outcome must have come up
 * @has: HAS_* that were there
 *
 * Return: whether each did.
 */
bool cells_print(const struct report *from, unsigned long least,
		 unsigned int has)
{
	const struct cell *cell;
	bool full = true;
	unsigned int i, k;
	int row;

	printf("# operation x outcome, how often (* nobody counts on it):\n");
	for (row = 0; row < N_ROWS; row++) {
		for (i = k = 0; i < from->n_cells; i++) {
			cell = &from->cells[i];
			if ((int)cell->row != row)
				continue;
			if (!k++)
				printf("#   %-14s", row_name(row));
			printf(" %s%s %lu", cell->outcome,
			       is_expected(cell, has) ? "" : "*", cell->count);
		}
		if (k)
			printf("\n");
	}
	for (i = 0; i < LENGTH(expected); i++) {
		if (expected[i].needs & ~has)
			continue;
		if (times(from, i) >= least)
			continue;
		printf("# too seldom: %s %s, %lu times of %lu\n",
		       row_name(expected[i].row), expected[i].outcome,
		       times(from, i), least);
		full = false;
	}
	return full;
}
