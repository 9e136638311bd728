# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# libkchat, for programs that talk in rooms: static, and shared from the same
# objects. libtool would be a tool more to ask of everybody who builds from a
# clone, and wraps programs in scripts that nobody could copy into a virtual
# machine; on Linux alone, a shared library is one command.

lib_LIBRARIES = lib/libkchat.a
lib_libkchat_a_SOURCES = \
	lib/control.c \
	lib/internal.h \
	lib/libkchat.h \
	lib/node.c \
	lib/path.c \
	lib/room.c
lib_libkchat_a_CFLAGS = $(AM_CFLAGS) -fPIC

# <kchat/libkchat.h>
pkginclude_HEADERS += lib/libkchat.h

pkgconfigdir = $(libdir)/pkgconfig
nodist_pkgconfig_DATA = lib/kchat.pc

# A new number once programs that were linked before would break.
LIBKCHAT_SONAME = libkchat.so.0

EXTRA_DIST += lib/libkchat.map
CLEANFILES += lib/$(LIBKCHAT_SONAME) lib/libkchat.so

libsodir = $(libdir)
nodist_libso_DATA = lib/$(LIBKCHAT_SONAME)

lib/$(LIBKCHAT_SONAME): $(lib_libkchat_a_OBJECTS) lib/libkchat.map
	$(AM_V_CCLD)$(CC) $(AM_CFLAGS) $(CFLAGS) $(AM_LDFLAGS) $(LDFLAGS) -shared \
		-Wl,-soname,$(LIBKCHAT_SONAME) \
		-Wl,--version-script,$(srcdir)/lib/libkchat.map \
		-o $@ $(lib_libkchat_a_OBJECTS) $(LIBS) && \
	ln -sf $(LIBKCHAT_SONAME) lib/libkchat.so

# The name that the linker looks for
install-exec-hook:
	ln -sf $(LIBKCHAT_SONAME) '$(DESTDIR)$(libdir)/libkchat.so'

# And the one folder that is ours alone
uninstall-hook:
	rm -f '$(DESTDIR)$(libdir)/libkchat.so'
	@rmdir '$(DESTDIR)$(pkgincludedir)' 2>/dev/null || :
