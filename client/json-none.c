// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * json-none.c - no JSON, as its library was not found when this was built
 */
#include "config.h"
#include "json.h"

bool json_there(void)
{
	return false;
}

size_t json_item(const struct kchat_item *item, char *ret_text, size_t size)
{
	(void)item;
	(void)ret_text;
	(void)size;
	return 0;
}
