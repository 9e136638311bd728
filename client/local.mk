# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# kchat, the client. What a test may want of it without a terminal or a room is
# in a library.

if BUILD_CLIENT
noinst_LIBRARIES += client/libclient.a
bin_PROGRAMS += client/kchat
endif

client_libclient_a_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/lib
client_libclient_a_SOURCES = \
	client/lines.c client/lines.h \
	client/show.c client/show.h \
	client/users.c client/users.h \
	client/view.c client/view.h

client_kchat_SOURCES = \
	client/about.c \
	client/chat.c \
	client/commands.h \
	client/doctor.c client/doctor.h \
	client/doctor-daemon.c \
	client/doctor-kernel.c \
	client/doctor-room.c \
	client/doctor-user.c \
	client/ear.c client/ear.h \
	client/facts.c client/facts.h \
	client/join.c \
	client/json.h \
	client/kchat.c \
	client/listen.c \
	client/manage.c \
	client/modinfo.c client/modinfo.h \
	client/out.c client/out.h \
	client/prompt.c client/prompt.h \
	client/room.c client/room.h \
	client/send.c
if BUILD_JSON
client_kchat_SOURCES += client/json.c
else
client_kchat_SOURCES += client/json-none.c
endif
client_kchat_CPPFLAGS = $(AM_CPPFLAGS) -I$(top_srcdir)/lib $(READLINE_CFLAGS) \
	$(JANSSON_CFLAGS)
client_kchat_LDADD = client/libclient.a lib/libkchat.a \
	$(READLINE_LIBS) $(JANSSON_LIBS)
