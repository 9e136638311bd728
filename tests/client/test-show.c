// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * test-show.c - what a terminal gets to see of other people's bytes
 *
 * Every sample is shown whole, byte by byte, and cut in two at every place:
 * a read may end anywhere, and the text must be the same.
 */
#include "config.h"

#include <stdlib.h>
#include <string.h>

#include "client/show.h"
#include "tap.h"

/* Show @len bytes in two pieces, both at their exact size so that ASan sees. */
static char *show_cut(bool utf8, const char *bytes, size_t len, size_t cut)
{
	char *text = malloc(SHOW_SIZE(len) + SHOW_SIZE(0) + 1);
	char *piece = malloc(SHOW_SIZE(len));
	struct show show;
	size_t n, all;

	show_init(&show, utf8);
	all = show_bytes(&show, bytes, cut, text);
	n = show_bytes(&show, bytes + cut, len - cut, piece);
	CHECK(n <= SHOW_SIZE(len - cut));
	memcpy(text + all, piece, n);
	all += n;
	all += show_end(&show, text + all);
	text[all] = '\0';
	CHECK_EQ(show.nr_held, 0);
	free(piece);
	return text;
}

static void check_shown(bool utf8, const char *bytes, const char *want)
{
	char text[4096], *got;
	size_t len = strlen(bytes);
	struct show show;
	size_t i, n;

	for (i = 0; i <= len; i++) {
		got = show_cut(utf8, bytes, len, i);
		CHECK_STR(got, want);
		free(got);
	}
	show_init(&show, utf8);
	for (i = n = 0; i < len; i++)
		n += show_bytes(&show, bytes + i, 1, text + n);
	n += show_end(&show, text + n);
	text[n] = '\0';
	CHECK_STR(text, want);
}

static void plain_text_passes(void)
{
	check_shown(true, "", "");
	check_shown(true, "one\ttwo\nthree ~!\n", "one\ttwo\nthree ~!\n");
	check_shown(true, "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80\n",
		    "\xc3\xa4 \xe2\x82\xac \xf0\x9f\x98\x80\n");
	check_shown(true, "\xc2\xa0\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf",
		    "\xc2\xa0\xed\x9f\xbf\xee\x80\x80\xf4\x8f\xbf\xbf");
}

static void control_bytes_are_spelt(void)
{
	char c[2] = "", want[3] = "^";
	struct show show;
	char text[SHOW_SIZE(1)];
	int i;

	check_shown(true, "\033[2J\033]0;title\a\r\n\177",
		    "^[[2J^[]0;title^G^M\n^?");
	for (i = 1; i < 32; i++) {
		if (i == '\n' || i == '\t')
			continue;
		c[0] = i;
		want[1] = '@' + i;
		check_shown(true, c, want);
	}
	show_init(&show, true);
	CHECK_EQ(show_bytes(&show, "", 1, text), 2);
	CHECK_MEM(text, "^@", 2);
}

static void c1_controls_are_spelt(void)
{
	check_shown(true, "\xc2\x80|\xc2\x9b" "2J|\xc2\x9f",
		    "\\xC2\\x80|\\xC2\\x9B2J|\\xC2\\x9F");
	check_shown(true, "\x9b" "2J", "\\x9B2J");
}

static void invalid_bytes_are_spelt(void)
{
	/* alone, no beginning of anything */
	check_shown(true, "a\x80z\xff\xfe\xf5", "a\\x80z\\xFF\\xFE\\xF5");
	/* cut short by what is no continuation, which is then shown itself */
	check_shown(true, "\xe2\x82x\xf0\x9f\x98\n\xc3\033",
		    "\\xE2\\x82x\\xF0\\x9F\\x98\n\\xC3^[");
	check_shown(true, "\xe2\x82\xe2\x82\xac", "\\xE2\\x82\xe2\x82\xac");
	/* cut short by the end */
	check_shown(true, "x\xf0\x9f\x98", "x\\xF0\\x9F\\x98");
	/* overlong: ESC, NUL, U+009B */
	check_shown(true, "\xc0\x9b\xc1\x80", "\\xC0\\x9B\\xC1\\x80");
	check_shown(true, "\xe0\x80\x9b", "\\xE0\\x80\\x9B");
	check_shown(true, "\xe0\x82\x9b", "\\xE0\\x82\\x9B");
	check_shown(true, "\xf0\x80\x80\x9b", "\\xF0\\x80\\x80\\x9B");
	/* overlong: what would be shown if it came in its proper form */
	check_shown(true, "\xe0\x82\xa9\xf0\x82\x82\xac",
		    "\\xE0\\x82\\xA9\\xF0\\x82\\x82\\xAC");
	/* surrogates, and beyond the last character */
	check_shown(true, "\xed\xa0\x80\xed\xbf\xbf",
		    "\\xED\\xA0\\x80\\xED\\xBF\\xBF");
	check_shown(true, "\xf4\x90\x80\x80", "\\xF4\\x90\\x80\\x80");
}

static void invisible_characters_are_named(void)
{
	/* right-to-left override, isolate; zero width; separators; tags */
	check_shown(true, "a\xe2\x80\xae" "b\xe2\x81\xa6",
		    "a<U+202E>b<U+2066>");
	check_shown(true, "\xe2\x80\x8b\xe2\x80\x8d\xef\xbb\xbf",
		    "<U+200B><U+200D><U+FEFF>");
	check_shown(true, "\xe2\x80\xa8\xe2\x80\xa9", "<U+2028><U+2029>");
	check_shown(true, "\xd8\x9c\xc2\xad", "<U+061C><U+00AD>");
	check_shown(true, "\xf3\xa0\x81\x81\xf3\xa0\x84\x80\xf3\xa0\x87\xaf",
		    "<U+E0041><U+E0100><U+E01EF>");
	/* Hangul fillers, Khmer vowels, Mongolian variants, shorthand, music */
	check_shown(true, "\xe1\x85\x9f\xe1\x85\xa0\xe3\x85\xa4\xef\xbe\xa0",
		    "<U+115F><U+1160><U+3164><U+FFA0>");
	check_shown(true, "\xe1\x9e\xb4\xe1\x9e\xb5\xe1\xa0\x8b\xe1\xa0\x8f",
		    "<U+17B4><U+17B5><U+180B><U+180F>");
	check_shown(true, "\xf0\x9b\xb2\xa0\xf0\x9d\x85\xb3\xf0\x9d\x85\xba",
		    "<U+1BCA0><U+1D173><U+1D17A>");
	/* their neighbours are not */
	check_shown(true, "\xe2\x80\x8a\xe2\x80\x90\xe2\x80\xa7\xe2\x80\xaf",
		    "\xe2\x80\x8a\xe2\x80\x90\xe2\x80\xa7\xe2\x80\xaf");
	check_shown(true, "\xe1\x85\x9e\xe1\x85\xa1\xe1\xa0\x90\xef\xbf\xbc",
		    "\xe1\x85\x9e\xe1\x85\xa1\xe1\xa0\x90\xef\xbf\xbc");
	/* and neither is what chooses the picture of an emoji */
	check_shown(true, "\xe2\x9d\xa4\xef\xb8\x8f", "\xe2\x9d\xa4\xef\xb8\x8f");
}

static void other_terminals_get_ascii(void)
{
	check_shown(false, "a\tb\n\033\xc3\x9b\x9b",
		    "a\tb\n^[\\xC3\\x9B\\x9B");
}

/* Not one byte that a terminal may obey, whatever comes in. */
static void nothing_slips_through(void)
{
	unsigned char bytes[3], text[SHOW_SIZE(3) + SHOW_SIZE(0)];
	struct show show;
	unsigned int i;
	size_t n, k;

	for (i = 0; i < 1 << 24; i += 1 + i % 3) {
		bytes[0] = i >> 16;
		bytes[1] = i >> 8;
		bytes[2] = i;
		show_init(&show, true);
		n = show_bytes(&show, bytes, 3, (char *)text);
		n += show_end(&show, (char *)text + n);
		for (k = 0; k < n; k++) {
			if (text[k] < 0x20)
				CHECK(text[k] == '\n' || text[k] == '\t');
			if (text[k] == 0x7f)
				FAIL("DEL of %06x", i);
			if (text[k] >= 0x80 && text[k] < 0xa0 &&
			    (!k || text[k - 1] < 0x80 || text[k - 1] == 0xc2))
				FAIL("C1 of %06x", i);
		}
	}
}

static void lines_are_one(void)
{
	static const char line[] = "\303\244\tb\nc\033\303\n\342\202";
	char text[SHOW_SIZE(sizeof(line))];

	show_line(line, true, text);
	CHECK_STR(text, "\303\244^Ib^Jc^[\\xC3^J\\xE2\\x82");
	show_line(line, false, text);
	CHECK_STR(text, "\\xC3\\xA4^Ib^Jc^[\\xC3^J\\xE2\\x82");
	show_line("", true, text);
	CHECK_STR(text, "");
}

static const struct tap_test tests[] = {
	{ "show: plain text passes", plain_text_passes, 0 },
	{ "show: C0 controls and DEL are spelt", control_bytes_are_spelt, 0 },
	{ "show: C1 controls are spelt", c1_controls_are_spelt, 0 },
	{ "show: invalid UTF-8 is spelt", invalid_bytes_are_spelt, 0 },
	{ "show: invisible characters are named",
	  invisible_characters_are_named, 0 },
	{ "show: without UTF-8 all is ASCII", other_terminals_get_ascii, 0 },
	{ "show: a line stays one", lines_are_one, 0 },
	{ "show: nothing slips through", nothing_slips_through, 60 },
	{ NULL, NULL, 0 },
};

int main(int argc, char **argv)
{
	return tap_main(argc, argv, tests);
}
