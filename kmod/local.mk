# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# The kernel module. kbuild runs in kmod/stage, where kmod/flatten has linked all
# that kmod/files.mk lists.

include kmod/files.mk

EXTRA_DIST += $(KMOD_C) $(KMOD_H) kmod/flatten

# Our own builds know no warning, with kbuild's stricter set as well.
if WERROR
KMOD_STRICT = W=1 KCFLAGS=-Werror
endif

KMOD_MODULES = /lib/modules/$(KERNEL_RELEASE)
KMOD_ROOT = $(if $(INSTALL_MOD_PATH),$(INSTALL_MOD_PATH),$(DESTDIR))
KMOD_DEPMOD = @if test -z '$(KMOD_ROOT)' && test -d '$(KMOD_MODULES)'; then \
		echo ' depmod $(KERNEL_RELEASE)'; \
		PATH="$$PATH:/usr/sbin:/sbin" depmod $(KERNEL_RELEASE); \
	fi

KMOD_KBUILD = -C $(KERNEL_BUILD) M=$(abs_builddir)/kmod/stage \
	$(KERNEL_ARGS) $(KMOD_STRICT)

# It would lead kbuild to another tree.
unexport KBUILD_OUTPUT

if BUILD_KMOD
all-local: kmod/kchat.ko

kmod/stage/Kbuild: Makefile kmod/flatten
	$(AM_V_GEN)$(srcdir)/kmod/flatten $(abs_top_srcdir) kmod/stage \
		$(KMOD_C) $(KMOD_H)

kmod/kchat.ko: kmod/stage/Kbuild kmod/probe/kchat_config.h \
		$(KMOD_C) $(KMOD_H)
	$(AM_V_GEN)$(MAKE) $(KMOD_KBUILD) modules && cp kmod/stage/kchat.ko $@

# Part of `make install`, unless the prefix is a private one: whoever builds for
# himself gets no files of his system touched. Naming INSTALL_MOD_PATH, or the
# target install-kmod, installs it all the same.
install-exec-local:
	@if test -n '$(INSTALL_MOD_PATH)' || $(IS_SYSTEM_PREFIX); then \
		$(MAKE) install-kmod; \
	else \
		echo "kchat.ko is not installed, as $(prefix) is a private prefix; 'make install-kmod' does it"; \
	fi

# kbuild signs and compresses it if this kernel's modules are. Whether to run
# depmod is for us to say: only where the modules are this system's own.
install-kmod: kmod/kchat.ko
	$(MAKE) $(KMOD_KBUILD) INSTALL_MOD_PATH='$(KMOD_ROOT)' \
		INSTALL_MOD_DIR=updates DEPMOD=true modules_install
	$(KMOD_DEPMOD)

uninstall-local:
	@if test -n '$(INSTALL_MOD_PATH)' || $(IS_SYSTEM_PREFIX); then \
		$(MAKE) uninstall-kmod; \
	fi

uninstall-kmod:
	cd '$(KMOD_ROOT)$(KMOD_MODULES)/updates' 2>/dev/null || exit 0; \
	rm -f kchat.ko kchat.ko.gz kchat.ko.xz kchat.ko.zst; \
	cd .. && rmdir updates 2>/dev/null || :
	$(KMOD_DEPMOD)
endif

clean-local: clean-kmod
clean-kmod:
	rm -rf kmod/stage kmod/kchat.ko

distclean-local: distclean-kmod
distclean-kmod:
	rm -rf kmod/probe

.PHONY: install-kmod uninstall-kmod clean-kmod distclean-kmod
