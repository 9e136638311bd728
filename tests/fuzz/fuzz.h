/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * fuzz.h - what a fuzz target is
 *
 * Two functions. libFuzzer calls the second with inputs of its own making, the
 * replay (replay.c) with those that are kept in corpus/. A failed check or what a
 * sanitizer finds ends the process.
 */
#ifndef KCHAT_TESTS_FUZZ_H
#define KCHAT_TESTS_FUZZ_H

#include <stddef.h>
#include <stdint.h>

/* The name of the target: that of its folder in corpus/ */
extern const char fuzz_name[];

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

#endif /* KCHAT_TESTS_FUZZ_H */
