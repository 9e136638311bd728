// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * doctor-kernel.c - may this kernel load kchat.ko, and is there one for it?
 *
 * The running kernel is asked, not the configuration file beside it: without
 * CONFIG_MODULES there is no /proc/modules, and with CONFIG_MODULE_SIG_FORCE
 * the parameter sig_enforce is set.
 */
#include "config.h"
#include "doctor.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "modinfo.h"

#define SECURE_BOOT \
	"/sys/firmware/efi/efivars/SecureBoot-8be4df61-93ca-11d2-aa0d-00e098032b8c"

/* A variable is four bytes of attributes and its value. */
static const char *secure_boot(const struct facts *facts)
{
	char variable[6];

	if (!fact_exists(facts, "/sys/firmware/efi"))
		return "no EFI";
	if (fact_read(facts, variable, sizeof(variable), SECURE_BOOT) < 5)
		return "unknown";
	return variable[4] ? "on" : "off";
}

/* The file has all modes, "none [integrity] confidentiality". */
static void lockdown(const struct facts *facts, char *ret_mode, size_t size)
{
	char line[128];
	char *mode = NULL;

	if (fact_line(facts, line, sizeof(line), "/sys/kernel/security/lockdown"))
		mode = strchr(line, '[');
	if (mode)
		mode[strcspn(mode, "]")] = '\0';
	snprintf(ret_mode, size, "%s", mode ? mode + 1 : "unknown");
}

static void examine_signing(struct doctor *doctor)
{
	char mode[32], enforced[8] = "";

	lockdown(&doctor->facts, mode, sizeof(mode));
	fact_line(&doctor->facts, enforced, sizeof(enforced),
		  "/sys/module/module/parameters/sig_enforce");
	doctor->signed_only = *enforced == 'Y' || !strcmp(mode, "integrity") ||
		!strcmp(mode, "confidentiality");
	finding(doctor, "kernel", doctor->signed_only ? NOTE : OK,
		"it takes %s (Secure Boot: %s, lockdown: %s%s)",
		doctor->signed_only ? "signed modules only" :
		strcmp(mode, "unknown") ? "any module" : "any module, it seems",
		secure_boot(&doctor->facts), mode,
		*enforced == 'Y' ? ", sig_enforce: on" : "");
}

void examine_kernel(struct doctor *doctor)
{
	const struct facts *facts = &doctor->facts;
	char disabled[8] = "";

	finding(doctor, "kernel", OK, "%s", facts->release);
	fact_line(facts, disabled, sizeof(disabled),
		  "/proc/sys/kernel/modules_disabled");
	if (!fact_exists(facts, "/proc/modules")) {
		finding(doctor, "kernel", NO,
			"it loads no modules: it was built without CONFIG_MODULES");
	} else if (*disabled == '1') {
		finding(doctor, "kernel", NO,
			"it loads no more modules until the next boot (kernel.modules_disabled is 1)");
	} else if (!doctor->may_load) {
		finding(doctor, "kernel", NO,
			"root may not load modules here, as in a container");
	} else {
		doctor->loads_modules = true;
		examine_signing(doctor);
	}
}

/* How to build the module for this kernel, and what is missing for that. */
static void prescribe_build(struct doctor *doctor, enum cure cure)
{
	static const char aim[] = "build the module for this kernel and load it";
	const struct facts *facts = &doctor->facts;
	bool dkms = fact_exists(facts, "/var/lib/dkms/kchat");
	char command[PATH_MAX];
	struct word release;

	quote(&release, facts->release);
	if (!fact_exists(facts, "/lib/modules/%s/build/Makefile",
			 facts->release)) {
		finding(doctor, "module", NO,
			"it cannot be built yet: there are no headers in /lib/modules/%s/build",
			facts->release);
		if (find_program("apt-get", command)) {
			prescribe(doctor, cure,
				  "be able to build the module for this kernel",
				  "%sapt-get install linux-headers-%s",
				  as_root(), release.text);
			return;
		}
	}
	if (dkms)
		prescribe(doctor, cure, aim,
			  "%sdkms autoinstall -k %s && %smodprobe kchat",
			  as_root(), release.text, as_root());
	else
		prescribe(doctor, cure,
			  "build the module for this kernel, in the directory of kchat's sources",
			  "./configure && make && %smake install && %smodprobe kchat",
			  as_root(), as_root());
}

static void explain_no_module(struct doctor *doctor)
{
	const struct facts *facts = &doctor->facts;
	char others[256];
	int nr = fact_releases(facts, "kchat", others, sizeof(others));

	if (nr)
		finding(doctor, "module", NO,
			"kchat.ko is here for %s, but %s runs: the kernel was changed after it was built",
			others, facts->release);
	else
		finding(doctor, "module", NO, "kchat.ko is not installed");

	if (!fact_exists(facts, "/lib/modules/%s", facts->release)) {
		finding(doctor, "module", NO,
			"/lib/modules/%s is gone: the kernel was upgraded or removed since it was booted",
			facts->release);
		prescribe(doctor, nr ? CURE_BUILD : CURE_INSTALL,
			  "run a kernel that has its modules",
			  "%sreboot", as_root());
		return;
	}
	prescribe_build(doctor, nr ? CURE_BUILD : CURE_INSTALL);
}

/* Is @path built for the kernel that runs? */
static bool examine_vermagic(struct doctor *doctor, const char *path,
			     const struct modinfo *info)
{
	const char *release = doctor->facts.release;
	size_t len = strcspn(info->vermagic, " ");

	if (len == strlen(release) && !strncmp(info->vermagic, release, len))
		return true;
	finding(doctor, "module", NO,
		"%s is built for %.*s, but %s runs%s", path,
		(int)len, info->vermagic, release,
		strstr(info->vermagic, " modversions ") ?
		", which takes it only if no symbol it needs has changed" : "");
	prescribe_build(doctor, CURE_BUILD);
	return false;
}

/* Is @path signed, where that matters? */
static bool examine_signature(struct doctor *doctor, const char *path,
			      const struct modinfo *info)
{
	if (!doctor->signed_only || info->is_signed || !info->shows_signatures)
		return true;
	finding(doctor, "module", NO,
		"%s is not signed: sign it with a key this machine trusts (see mokutil), or use kchatd",
		path);
	return false;
}

void examine_module(struct doctor *doctor)
{
	const struct facts *facts = &doctor->facts;
	struct modinfo info;
	char path[PATH_MAX];
	bool indexed;
	int err;

	doctor->module_loaded = fact_exists(facts, "/sys/module/kchat");
	if (doctor->module_loaded) {
		finding(doctor, "module", OK, "kchat.ko is loaded");
		return;
	}
	if (!doctor->loads_modules) {
		finding(doctor, "module", NO,
			"kchat.ko is not loaded, and cannot be");
		return;
	}
	indexed = fact_indexed(facts, "kchat", path);
	if (!indexed && !fact_module(facts, facts->release, "kchat", path)) {
		explain_no_module(doctor);
		return;
	}

	err = modinfo_read(path, &info);
	if (!err && (!examine_vermagic(doctor, path, &info) ||
		     !examine_signature(doctor, path, &info)))
		return;
	if (err == -ENOSYS)
		finding(doctor, "module", NOTE,
			"%s is there; whether it is built for this kernel cannot be seen without modinfo (Debian: kmod)",
			path);
	else if (err)
		finding(doctor, "module", NO,
			"%s is no module that modinfo can read", path);
	else
		finding(doctor, "module", OK,
			"%s is built for this kernel, and not loaded",
			path);
	if (!err && doctor->signed_only && info.is_signed)
		finding(doctor, "module", NOTE,
			"it is signed by %s; modprobe will tell whether the kernel trusts that",
			*info.signer ? info.signer : "somebody");
	else if (!err && doctor->signed_only)
		finding(doctor, "module", NOTE,
			"this modinfo does not show whether it is signed; modprobe will tell");
	if (!indexed)
		finding(doctor, "module", NOTE,
			"modprobe does not know it yet (modules.dep)");
	prescribe(doctor, CURE_LOAD, "load the module", "%s%s%smodprobe kchat",
		  indexed ? "" : as_root(), indexed ? "" : "depmod && ",
		  as_root());
}
