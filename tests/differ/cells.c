// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Which operation had which outcome, and how often.
 */
#include "config.h"

#include <stdio.h>
#include <string.h>

#include "differ.h"

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

	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++)
		if (expected[i].row == (int)cell->row &&
		    !(expected[i].needs & ~has) &&
		    !strcmp(expected[i].outcome, cell->outcome))
			return true;
	return false;
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
	for (i = 0; i < sizeof(expected) / sizeof(expected[0]); i++) {
		unsigned long count = 0;

		if (expected[i].needs & ~has)
			continue;
		for (k = 0; k < from->n_cells; k++)
			if ((int)from->cells[k].row == expected[i].row &&
			    !strcmp(from->cells[k].outcome,
				    expected[i].outcome))
				count = from->cells[k].count;
		if (count >= least)
			continue;
		printf("# too seldom: %s %s, %lu times of %lu\n",
		       row_name(expected[i].row), expected[i].outcome, count,
		       least);
		full = false;
	}
	return full;
}
