# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The kernel module: its sources and headers stand in the two lists below.
#
# Kbuild wants them beside its Kbuild, and the build directory need not be the
# source directory: so all are linked flat into kmod/stage, and kbuild runs
# there. The engine's files get the prefix kc_, since both floors have a room.c.

KMOD_C = \
	common/ring.c \
	common/room.c \
	kmod/file.c \
	kmod/main.c \
	kmod/read.c \
	kmod/room.c \
	kmod/write.c

KMOD_H = \
	common/kchat.h \
	common/ring.h \
	common/room.h \
	compat/kernel/kc_env.h \
	compat/kernel/kchat_compat.h \
	kmod/kmod.h

EXTRA_DIST += $(KMOD_C) $(KMOD_H)

# Our own builds know no warning, with kbuild's stricter set as well.
if WERROR
KMOD_STRICT = W=1 KCFLAGS=-Werror
endif

KMOD_KBUILD = -C $(KERNEL_BUILD) M=$(abs_builddir)/kmod/stage \
	$(KERNEL_ARGS) $(KMOD_STRICT)

if BUILD_KMOD
all-local: kmod/kchat.ko

kmod/stage/Kbuild: Makefile
	$(AM_V_GEN)rm -rf kmod/stage && $(MKDIR_P) kmod/stage && \
	objects= && \
	for f in $(KMOD_C) $(KMOD_H); do \
		name=$${f##*/}; \
		case $$f in common/*.c) name=kc_$$name ;; esac; \
		case $$f in *.c) objects="$$objects $${name%.c}.o" ;; esac; \
		$(LN_S) $(abs_top_srcdir)/$$f kmod/stage/$$name || exit 1; \
	done && \
	$(LN_S) ../probe/kchat_config.h kmod/stage/ && \
	printf '%s\n' 'obj-m := kchat.o' "kchat-y :=$$objects" \
		'ccflags-y := -I$$(src)' >$@

kmod/kchat.ko: kmod/stage/Kbuild kmod/probe/kchat_config.h \
		$(KMOD_C) $(KMOD_H)
	$(AM_V_GEN)$(MAKE) $(KMOD_KBUILD) modules && cp kmod/stage/kchat.ko $@

# Not a part of `make install`, which keeps to its prefix.
install-kmod: kmod/kchat.ko
	$(MAKE) $(KMOD_KBUILD) INSTALL_MOD_PATH=$(DESTDIR) modules_install
endif

clean-local: clean-kmod
clean-kmod:
	rm -rf kmod/stage kmod/kchat.ko

distclean-local: distclean-kmod
distclean-kmod:
	rm -rf kmod/probe

.PHONY: install-kmod clean-kmod distclean-kmod
