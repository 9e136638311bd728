// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * show.c - other people's bytes, made fit for a terminal
 *
 * A decoder of UTF-8 that takes one byte at a time, and in front of the
 * terminal a short list of what it may not see. The decoder is strict: an
 * overlong form or a surrogate is how a control character slips past a lax one.
 */
#include "config.h"
#include "show.h"

#include <stdio.h>
#include <string.h>

/*
 * Characters that have no picture of their own but change the one around. The
 * variants U+FE00 to U+FE0F are not among them: they come with every other emoji,
 * and all they do is to choose its picture.
 */
static const struct {
	unsigned int first;
	unsigned int last;
} invisible[] = {
	{ 0x00ad, 0x00ad },	/* soft hyphen */
	{ 0x034f, 0x034f },	/* combining grapheme joiner */
	{ 0x061c, 0x061c },	/* Arabic letter mark: bidi */
	{ 0x115f, 0x1160 },	/* Hangul fillers */
	{ 0x17b4, 0x17b5 },	/* Khmer inherent vowels */
	{ 0x180b, 0x180f },	/* Mongolian variants, vowel separator */
	{ 0x200b, 0x200f },	/* zero-width space, joiners, bidi marks */
	{ 0x2028, 0x202e },	/* line and paragraph separator, bidi */
	{ 0x2060, 0x206f },	/* word joiner, invisible operators, bidi */
	{ 0x3164, 0x3164 },	/* Hangul filler */
	{ 0xfeff, 0xfeff },	/* byte order mark */
	{ 0xffa0, 0xffa0 },	/* halfwidth Hangul filler */
	{ 0xfff0, 0xfffb },	/* unassigned; interlinear annotation */
	{ 0x1bca0, 0x1bca3 },	/* shorthand format controls */
	{ 0x1d173, 0x1d17a },	/* beginnings and ends of musical beams, slurs */
	{ 0xe0000, 0xe0fff },	/* tags: invisible ASCII; variants */
};

static bool is_invisible(unsigned int c)
{
	size_t i;

	for (i = 0; i < sizeof(invisible) / sizeof(invisible[0]); i++)
		if (c >= invisible[i].first && c <= invisible[i].last)
			return true;
	return false;
}

/* The length a character has that begins with @byte, 0 if none does. */
static size_t length_from(unsigned char byte)
{
	if (byte < 0x80)
		return 1;
	if (byte >= 0xc2 && byte <= 0xdf)
		return 2;
	if (byte >= 0xe0 && byte <= 0xef)
		return 3;
	if (byte >= 0xf0 && byte <= 0xf4)
		return 4;
	return 0;
}

/*
 * May @byte follow @held? Only the second byte has a narrower range, which
 * shuts out overlong forms, surrogates and what lies beyond U+10FFFF.
 */
static bool may_follow(const unsigned char *held, size_t nr_held,
		       unsigned char byte)
{
	if (byte < 0x80 || byte > 0xbf)
		return false;
	if (nr_held > 1)
		return true;
	switch (held[0]) {
	case 0xe0:
		return byte >= 0xa0;
	case 0xed:
		return byte <= 0x9f;
	case 0xf0:
		return byte >= 0x90;
	case 0xf4:
		return byte <= 0x8f;
	}
	return true;
}

static unsigned int decode(const unsigned char *bytes, size_t len)
{
	unsigned int c = bytes[0] & (0xff >> (len + 1));
	size_t i;

	for (i = 1; i < len; i++)
		c = c << 6 | (bytes[i] & 0x3f);
	return c;
}

static size_t spell_ascii(unsigned char c, char *text)
{
	if (c == '\n' || c == '\t' || (c >= 0x20 && c < 0x7f)) {
		text[0] = c;
		return 1;
	}
	text[0] = '^';
	text[1] = c ^ 0x40;
	return 2;
}

static size_t spell_hex(const unsigned char *bytes, size_t len, char *text)
{
	static const char digits[] = "0123456789ABCDEF";
	char *end = text;
	size_t i;

	for (i = 0; i < len; i++) {
		*end++ = '\\';
		*end++ = 'x';
		*end++ = digits[bytes[i] >> 4];
		*end++ = digits[bytes[i] & 15];
	}
	return end - text;
}

/* A whole, valid character of two bytes or more. */
static size_t spell_character(const unsigned char *bytes, size_t len,
			      char *text)
{
	unsigned int c = decode(bytes, len);
	char name[sizeof("<U+10FFFF>")];

	if (c < 0xa0)
		return spell_hex(bytes, len, text);
	if (is_invisible(c)) {
		/* By way of a buffer: no NUL is due at the end of the text. */
		len = snprintf(name, sizeof(name), "<U+%04X>", c);
		bytes = (const unsigned char *)name;
	}
	memcpy(text, bytes, len);
	return len;
}

void show_init(struct show *show, bool utf8)
{
	show->utf8 = utf8;
	show->nr_held = 0;
}

size_t show_end(struct show *show, char *ret_text)
{
	size_t len = spell_hex(show->held, show->nr_held, ret_text);

	show->nr_held = 0;
	return len;
}

size_t show_bytes(struct show *show, const void *bytes, size_t len,
		  char *ret_text)
{
	const unsigned char *byte = bytes;
	const unsigned char *last = byte + len;
	char *end = ret_text;

	for (; byte < last; byte++) {
		if (show->nr_held &&
		    !may_follow(show->held, show->nr_held, *byte))
			end += show_end(show, end);
		if (!show->nr_held) {
			if (*byte < 0x80) {
				end += spell_ascii(*byte, end);
				continue;
			}
			if (!show->utf8 || !length_from(*byte)) {
				end += spell_hex(byte, 1, end);
				continue;
			}
		}
		show->held[show->nr_held++] = *byte;
		if (show->nr_held < length_from(show->held[0]))
			continue;
		end += spell_character(show->held, show->nr_held, end);
		show->nr_held = 0;
	}
	return end - ret_text;
}

void show_line(const char *line, bool utf8, char *ret_text)
{
	struct show show;
	char *end = ret_text;

	show_init(&show, utf8);
	for (; *line; line++) {
		if (*line != '\n' && *line != '\t') {
			end += show_bytes(&show, line, 1, end);
			continue;
		}
		end += show_end(&show, end);
		*end++ = '^';
		*end++ = *line ^ 0x40;
	}
	end += show_end(&show, end);
	*end = '\0';
}
