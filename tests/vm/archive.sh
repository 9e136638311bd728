# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
# shellcheck shell=bash
#
# archive.sh: the Debian archive this machine's apt knows, every suite of it. To
# be sourced. No other suite comes into the reach of this machine's own apt:
# each has an apt of its own in the cache.

cache=${XDG_CACHE_HOME:-$HOME/.cache}/kchat
keyring=/usr/share/keyrings/debian-archive-keyring.gpg

# archive_source SUITE: its line of a sources.list
archive_source() {
	local kind='' site
	case $1 in *-security) kind=-security ;; esac
	# shellcheck disable=SC2016 # apt is to expand it
	site=$(apt-get indextargets --format '$(CODENAME) $(SITE)' \
		'Created-By: Packages' 'Origin: Debian' |
		awk -v kind="$kind" '(kind && $1 ~ /-security$/) || (!kind && $1 !~ /-security$/) {
			print $2; exit }')
	[ -n "$site" ] || return 1
	echo "deb [signed-by=$keyring] $site $1 main"
}

# archive_enter SUITE: from now on apt speaks of that suite alone. Its lists are
# asked for once in a day; false if there are none.
archive_enter() {
	local root=$cache/apt/$1
	unset APT_CONFIG
	mkdir -p "$root/state/lists/partial" "$root/cache/archives/partial"
	: >>"$root/status"
	archive_source "$1" >"$root/sources.list" || return 1
	cat >"$root/apt.conf" <<-END
		Dir::Etc::sourcelist "$root/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
		Dir::State "$root/state";
		Dir::State::status "$root/status";
		Dir::Cache "$root/cache";
		APT::Sandbox::User "";
	END
	export APT_CONFIG=$root/apt.conf
	if [ -z "$(find "$root/updated" -mtime -1 2>/dev/null)" ]; then
		if apt-get -qq update >&2; then
			touch "$root/updated"
		fi
	fi
	[ -e "$root/updated" ]
}
