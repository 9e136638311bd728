# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# What tells the system of kchat. configure finds the places (m4/install.m4); a
# place that is empty gets nothing.

include packaging/dkms/local.mk

dist_udevrules_DATA = packaging/60-kchat.rules
dist_sysusers_DATA = packaging/sysusers.d/kchat.conf

if BUILD_KMOD
dist_modulesload_DATA = packaging/modules-load.d/kchat.conf
endif

if BUILD_KCHATD
nodist_systemdsystemunit_DATA = packaging/kchatd.service
endif

EXTRA_DIST += packaging/kchatd.service.in
CLEANFILES += packaging/kchatd.service
packaging/kchatd.service: packaging/kchatd.service.in Makefile
	$(AM_V_GEN)$(MKDIR_P) packaging && \
	sed 's,[@]sbindir@,$(sbindir),' $(srcdir)/packaging/kchatd.service.in >$@

# A live system gets its group at once; udev, should it have read the rule before,
# did not know the group and reads it anew. Elsewhere, and wherever systemd is not,
# it is left to whoever installs.
install-data-hook:
	@if test -z '$(DESTDIR)' && test -n '$(sysusersdir)' && \
			$(IS_SYSTEM_PREFIX) && command -v systemd-sysusers >/dev/null; then \
		echo ' systemd-sysusers $(sysusersdir)/kchat.conf'; \
		systemd-sysusers '$(sysusersdir)/kchat.conf' || \
			echo "the group kchat is missing: groupadd --system kchat" >&2; \
		udevadm control --reload 2>/dev/null || :; \
	fi
