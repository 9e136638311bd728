# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The module's sources and headers. This is the only list of them: kmod/local.mk
# and packaging/dkms/Makefile both include it.

KMOD_C = \
	common/batch.c \
	common/claim.c \
	common/event.c \
	common/hub.c \
	common/member.c \
	common/read.c \
	common/ring.c \
	common/room.c \
	common/user.c \
	common/water.c \
	kmod/control.c \
	kmod/file.c \
	kmod/hub.c \
	kmod/ioctl.c \
	kmod/main.c \
	kmod/node.c \
	kmod/read.c \
	kmod/room.c \
	kmod/trace.c \
	kmod/write.c

KMOD_H = \
	common/hub.h \
	common/kchat.h \
	common/ring.h \
	common/room.h \
	common/user.h \
	compat/kernel/kc_env.h \
	compat/kernel/kchat_compat.h \
	kmod/kchat_trace.h \
	kmod/kmod.h
