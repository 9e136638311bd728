/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * facts.h - what the system's own files say about this machine
 *
 * Only reading, and nothing that takes rights.
 */
#ifndef KCHAT_FACTS_H
#define KCHAT_FACTS_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

/**
 * struct facts - the machine
 * @root: what stands before every path; "" but for tests
 * @release: the running kernel
 */
struct facts {
	const char *root;
	char release[256];
};

/**
 * facts_init - begin with the kernel that runs
 * @facts: set up
 * @root: the directory that is the machine's root, or ""
 */
void facts_init(struct facts *facts, const char *root);

/**
 * fact_exists - is there such a file?
 * @facts: the machine
 * @format: its absolute path, as for printf
 */
__attribute__((format(printf, 2, 3)))
bool fact_exists(const struct facts *facts, const char *format, ...);

/**
 * fact_read - the start of a file
 * @facts: the machine
 * @ret_bytes: set to it, a NUL behind
 * @size: room in @ret_bytes, with that of the NUL
 * @format: its absolute path, as for printf
 *
 * Return: bytes read; -1 if it cannot be read, and @ret_bytes is empty
 */
__attribute__((format(printf, 4, 5)))
int fact_read(const struct facts *facts, char *ret_bytes, size_t size,
	      const char *format, ...);

/**
 * fact_line - the first line of a file, without its end
 * @facts: the machine
 * @ret_line: set to it
 * @size: room in @ret_line
 * @path: its absolute path
 *
 * Return: whether it could be read
 */
bool fact_line(const struct facts *facts, char *ret_line, size_t size,
	       const char *path);

/**
 * fact_indexed - will modprobe(8) find this module for the running kernel?
 * @facts: the machine
 * @name: the module
 * @ret_path: set to where it is; PATH_MAX bytes, or NULL
 */
bool fact_indexed(const struct facts *facts, const char *name, char *ret_path);

/**
 * fact_module - where modules of others are put, is there this one?
 * @facts: the machine
 * @release: for this kernel
 * @name: the module
 * @ret_path: set to where it is; PATH_MAX bytes, or NULL
 */
bool fact_module(const struct facts *facts, const char *release,
		 const char *name, char *ret_path);

/**
 * fact_releases - for which kernels is there such a module, as fact_module()?
 * @facts: the machine
 * @name: the module
 * @ret_list: set to their releases, "A, B"
 * @size: room in @ret_list; what does not fit is left out
 *
 * Return: how many
 */
int fact_releases(const struct facts *facts, const char *name, char *ret_list,
		  size_t size);

#endif /* KCHAT_FACTS_H */
