# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# DKMS builds the module anew for every kernel that is installed. What it needs is
# a folder with dkms.conf at its top: the unpacked tarball is one, and `make
# install-dkms` makes a smaller one, where DKMS looks for it.

DKMS_SOURCE = $(DESTDIR)/usr/src/kchat-$(PACKAGE_VERSION)
DKMS_FILES = kmod/files.mk kmod/flatten packaging/dkms/Makefile $(KMOD_C) $(KMOD_H) \
	compat/kernel/probe compat/kernel/probes
DKMS_CONF = sed 's,[@]VERSION@,$(PACKAGE_VERSION),' \
	$(srcdir)/packaging/dkms/dkms.conf.in

EXTRA_DIST += packaging/dkms/Makefile packaging/dkms/dkms.conf.in

dist-hook:
	$(DKMS_CONF) >$(distdir)/dkms.conf

# The module is loaded at boot, as one from `make install` is.
install-dkms:
	rm -rf '$(DKMS_SOURCE)'
	$(MKDIR_P) '$(DKMS_SOURCE)'
	to=$$(cd '$(DKMS_SOURCE)' && pwd) && \
		cd $(srcdir) && cp -R --parents $(DKMS_FILES) "$$to"
	$(DKMS_CONF) >'$(DKMS_SOURCE)/dkms.conf'
	chmod -R u+w,go=rX '$(DKMS_SOURCE)'
	test -z '$(modulesloaddir)' || { \
		$(MKDIR_P) '$(DESTDIR)$(modulesloaddir)' && \
		$(INSTALL_DATA) $(srcdir)/packaging/modules-load.d/kchat.conf \
			'$(DESTDIR)$(modulesloaddir)'; }

uninstall-dkms:
	@PATH="$$PATH:/usr/sbin:/sbin"; \
	if test -z '$(DESTDIR)' && \
			test -n "$$(dkms status kchat/$(PACKAGE_VERSION) 2>/dev/null)"; then \
		dkms remove kchat/$(PACKAGE_VERSION) --all; \
	fi
	rm -rf '$(DKMS_SOURCE)'
	test -z '$(modulesloaddir)' || rm -f '$(DESTDIR)$(modulesloaddir)/kchat.conf'

.PHONY: install-dkms uninstall-dkms
