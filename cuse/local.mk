# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# kchatd, the daemon that serves rooms over CUSE and FUSE.

if BUILD_KCHATD
sbin_PROGRAMS += cuse/kchatd
endif

# All but main()
DAEMON_SOURCES = \
	cuse/asker.c cuse/asker.h \
	cuse/clock.h \
	cuse/control.c cuse/control.h \
	cuse/fuse-api.h \
	cuse/host.c cuse/host.h \
	cuse/identity.c cuse/identity.h \
	cuse/lock.c cuse/lock.h \
	cuse/mount.c cuse/mount.h \
	cuse/node.c cuse/node.h \
	cuse/opener.c cuse/opener.h \
	cuse/park.c cuse/park.h \
	cuse/rights.c cuse/rights.h \
	cuse/rooms.c cuse/rooms.h \
	cuse/say.c cuse/say.h \
	cuse/service.c cuse/service.h \
	cuse/site.c cuse/site.h \
	cuse/transport.h \
	cuse/transport-cuse.c \
	cuse/transport-fuse.c
cuse_kchatd_SOURCES = cuse/kchatd.c $(DAEMON_SOURCES)
cuse_kchatd_CFLAGS = $(AM_CFLAGS) $(FUSE3_CFLAGS)
cuse_kchatd_LDADD = common/libkc.a $(FUSE3_LIBS)
