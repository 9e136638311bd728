// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * trace.c - where the tracepoints are made
 */
#define CREATE_TRACE_POINTS
#include "kchat_trace.h"
