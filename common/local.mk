# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The engine, as programs link it; the module compiles the same files itself.

noinst_LIBRARIES += common/libkc.a
common_libkc_a_SOURCES = \
	common/batch.c \
	common/claim.c \
	common/event.c \
	common/hub.c \
	common/hub.h \
	common/kchat.h \
	common/member.c \
	common/read.c \
	common/ring.c \
	common/ring.h \
	common/room.c \
	common/room.h \
	common/user.c \
	common/user.h \
	common/water.c \
	compat/user/kc_env.h

# <kchat/kchat.h>
pkginclude_HEADERS += common/kchat.h
