# SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
#
# mutate.awk FILE: one mutant a line: LINE TAB what the line is TAB what it becomes,
# without indent
#
# Works on lines in kernel style: binary operators stand between blanks, a
# statement that is one line ends in a semicolon.

function plain(text) {
	gsub(/^[ \t]+|[ \t]+$/, "", text)
	gsub(/[ \t]+/, " ", text)
	return text
}

function say(new) {
	if (new != $0)
		printf "%d\t%s\t%s\n", FNR, plain($0), plain(new)
}

# Each place where @old stands in the code of this line becomes @new
function swap(old, new,   at, from) {
	from = 1
	while ((at = index(substr(code, from), old))) {
		at += from - 1
		say(substr($0, 1, at - 1) new substr($0, at + length(old)))
		from = at + length(old)
	}
}

# Each number becomes the next one, and that before it
function numbers(   at, from, n, before, len) {
	from = 1
	while (match(substr(code, from), /[0-9]+/)) {
		at = from + RSTART - 1
		len = RLENGTH
		from = at + len
		before = substr(code, at - 1, 1)
		if (before ~ /[A-Za-z0-9_]/ || (declares && before == "[") || substr(code, from, 1) ~ /[x.]/)
			continue
		n = substr(code, at, len)
		say(substr($0, 1, at - 1) (n + 1) substr($0, from))
		if (n > 0)
			say(substr($0, 1, at - 1) (n - 1) substr($0, from))
	}
}

/^\/\*/ { comment = 1 }
comment || /^\/\// || /^#/ {
	if (/\*\/[ \t]*$/)
		comment = 0
	next
}
/^[ \t]+\/\*/ {
	if (!/\*\/[ \t]*$/)
		comment = 1
	next
}

# Only what stands in a function
/^[^ \t{}]/ { before = ""; next }
/^[{}]/ { before = $0; next }

{
	code = $0
	sub(/[ \t]*\/\*.*\*\/[ \t]*$/, "", code)
	declares = code ~ /^\t+(const |static |struct |u8 |u16 |u32 |u64 |s32 |s64 |int |bool |size_t |unsigned )/

	swap(" < ", " <= "); swap(" <= ", " < ")
	swap(" > ", " >= "); swap(" >= ", " > ")
	swap(" == ", " != "); swap(" != ", " == ")
	swap(" && ", " || "); swap(" || ", " && ")
	swap(" + ", " - "); swap(" - ", " + ")
	swap(" += ", " -= "); swap(" -= ", " += ")
	swap(" |= ", " &= "); swap(" & ", " | ")
	swap("++", "--"); swap("--", "++")
	swap("(!", "("); swap("|| !", "|| "); swap("&& !", "&& ")
	swap("true", "false"); swap("false", "true")
	if (match(code, /-E[A-Z]+/))
		swap(substr(code, RSTART, RLENGTH), "-EIO")
	if (match(code, /^\t+(if|while) \(.*\)( \{)?$/)) {
		match(code, /\(.*\)/)
		say(substr(code, 1, RSTART) "!" substr(code, RSTART, RLENGTH) ")" \
			substr(code, RSTART + RLENGTH))
	}
	numbers()
	if (!declares && code ~ /;$/ && code !~ /^\t+(return|break|goto|continue|for|while|;)/ &&
	    before ~ /([;{}:]|^|\)|else|do)$/ && before !~ /^\t+return.*\)$/) {
		match(code, /^\t+/)
		say(substr(code, 1, RLENGTH) ";")
	}
	before = code
}
