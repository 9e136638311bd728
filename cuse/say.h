/* SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause */
/*
 * say.h - what the daemon has to say, to whoever may hear it
 *
 * On standard error, as long as somebody is there to read it; in the background
 * to the system's log.
 */
#ifndef KCHATD_SAY_H
#define KCHATD_SAY_H

void say(const char *format, ...) __attribute__((format(printf, 1, 2)));
void say_for_libfuse(void);
void say_to_syslog(void);

#endif /* KCHATD_SAY_H */
