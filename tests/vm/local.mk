# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# make check-vm KERNEL=6.1: the room tests on that Debian kernel, under
# emulation, with the module and with CUSE. make check-matrix: the same for every
# series of MATRIX, and one table of all. make check-suites: user space in chroots
# of other Debian suites.

EXTRA_DIST += tests/vm/archive.sh tests/vm/complained tests/vm/source.sh tests/vm/chroot tests/vm/kernel \
	tests/vm/initramfs tests/vm/matrix tests/vm/run tests/vm/init tests/vm/module.sh \
	tests/vm/complaints tests/vm/probes tests/vm/skips tests/vm/suites \
	tests/vm/modules tests/vm/install tests/vm/installed.sh tests/vm/userland \
	tests/RESULTS.md

KERNEL = 6.1
check-vm:
	bash $(srcdir)/tests/vm/run $(KERNEL) $(srcdir) vm/$(notdir $(KERNEL:/=))

# What `make install` brings, at work in a Debian with systemd and udev.
check-vm-install:
	bash $(srcdir)/tests/vm/install $(KERNEL) $(srcdir) vm/$(KERNEL)

# Every series of which the archive has an image with its modules.
MATRIX = 5.10 6.1 6.12 6.12-rt 6.16 6.17 6.18 7.2 7.3
check-matrix:
	bash $(srcdir)/tests/vm/matrix $(srcdir) vm $(MATRIX)

# From the oldest compiler and libfuse to the newest.
SUITES = bullseye:gcc-10 bookworm:gcc-12 trixie:gcc-14 forky:gcc-15 sid:gcc-16
check-suites:
	bash $(srcdir)/tests/vm/suites $(srcdir) vm/suites $(SUITES)

# What the guest needs of this tree. It has no compiler: all programs are built.
vm-tree: all $(check_PROGRAMS) $(check_DATA)
	@test -n "$(VM_TREE)"
	$(MKDIR_P) $(VM_TREE)/src $(VM_TREE)/build/kmod
	cp -r $(srcdir)/tests $(VM_TREE)/src/
	for f in $(bin_PROGRAMS) $(sbin_PROGRAMS) $(check_PROGRAMS) \
			$(check_DATA) $(wildcard kmod/kchat.ko); do \
		$(MKDIR_P) $(VM_TREE)/build/$$(dirname $$f) && \
		cp $$f $(VM_TREE)/build/$$f || exit 1; \
	done

.PHONY: check-vm check-vm-install check-matrix check-suites vm-tree

# The kernels' own build trees; `make clean` keeps them no more than others.
clean-local: clean-vm
clean-vm:
	rm -rf vm
.PHONY: clean-vm
