# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# kchat, the client. What a test may want of it without a terminal or a room is
# in a library.

if BUILD_CLIENT
noinst_LIBRARIES += client/libclient.a
bin_PROGRAMS += client/kchat
endif

client_libclient_a_SOURCES = \
	client/lines.c client/lines.h \
	client/node.c client/node.h \
	client/room.c client/room.h \
	client/show.c client/show.h

client_kchat_SOURCES = \
	client/chat.c \
	client/commands.h \
	client/doctor.c client/doctor.h \
	client/doctor-daemon.c \
	client/doctor-kernel.c \
	client/doctor-room.c \
	client/doctor-user.c \
	client/facts.c client/facts.h \
	client/join.c \
	client/kchat.c \
	client/listen.c \
	client/modinfo.c client/modinfo.h \
	client/out.c client/out.h \
	client/prompt.c client/prompt.h \
	client/send.c
client_kchat_CPPFLAGS = $(AM_CPPFLAGS) $(READLINE_CFLAGS)
client_kchat_LDADD = client/libclient.a $(READLINE_LIBS)
