// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * Management against a naive model: a table of rooms, in which everything is
 * counted anew each time; fuzz-user.c has the same for users.
 */
#include "config.h"

#include "fuzz.h"
#include "fuzz-hub.h"
#include "roll.h"
#include "tap.h"

#define PLACES	24

const char fuzz_name[] = "hub";

/* A room as the model knows it; not @there: it was never made, or is gone */
static struct {
	bool there, removed;
	u64 id;
	u32 maker;
	struct kchat_spec spec;
	struct kc_place place;
	struct kc_room room;
} rooms[PLACES];

static struct kc_hub hub;
struct kc_limits limits;
static u64 last_id;

/* --- what is asked ------------------------------------------------------ */

static void some_name(char *name)
{
	static const char letters[] = "aZ09._-\n/ ";
	size_t len, i;

	memset(name, 0, KCHAT_NAME_MAX + 1);
	switch (roll(8)) {
	case 0:
		strcpy(name, KCHAT_CONTROL);
		return;
	case 1:
		strcpy(name, KCHAT_LOBBY);
		return;
	case 2:
		len = roll(KCHAT_NAME_MAX + 2);
		for (i = 0; i < len; i++)
			name[i] = letters[roll(sizeof(letters))];
		return;
	default:
		name[0] = (char)('a' + roll(26));
	}
}

static void some_asker(struct kc_asker *asker)
{
	u64 bits = roll(8);

	asker->uid = (u32)roll(4);
	asker->gid = (u32)roll(4);
	asker->root = bits & 1;
	asker->chown = bits & 2;
	asker->in_group = bits & 4;
}

static void some_spec(struct kchat_spec *spec)
{
	static const u32 capacity[] = {
		0, KCHAT_CAPACITY_MIN, KCHAT_CAPACITY_DEFAULT, 1U << 20,
		KCHAT_CAPACITY_MAX, KCHAT_CAPACITY_MAX * 2U,
		KCHAT_CAPACITY_MIN / 2U, KCHAT_CAPACITY_MIN + 8U,
	};
	static const u32 ids[] = { KCHAT_SELF, 0, 1, 2, 3 };
	u8 *bytes = (u8 *)spec;

	memset(spec, 0, sizeof(*spec));
	some_name(spec->name);
	spec->capacity = capacity[roll(KC_ARRAY_SIZE(capacity))];
	spec->patience_ms = roll(2) ? KCHAT_PATIENCE_FOREVER : (u32)roll(100);
	spec->flags = (u32)roll(2);
	spec->mode = (u32)roll(01000);
	spec->uid = ids[roll(KC_ARRAY_SIZE(ids))];
	spec->gid = ids[roll(KC_ARRAY_SIZE(ids))];
	spec->change = (u32)roll(4);
	/* And sometimes a byte of it is anything */
	if (!roll(8))
		bytes[roll(sizeof(*spec))] = (u8)roll(256);
}

/* --- what the model says ------------------------------------------------ */

static bool name_is_good(const char *name)
{
	static const char all[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
		"abcdefghijklmnopqrstuvwxyz0123456789._-";
	size_t len = strnlen(name, KCHAT_NAME_MAX + 1), i;

	if (len < 1 || len > KCHAT_NAME_MAX || strspn(name, all) != len ||
	    memchr("._-", name[0], 3) || !strcmp(name, "control"))
		return false;
	for (i = len; i < sizeof(rooms->spec.name); i++)
		if (name[i])
			return false;
	return true;
}

static int by_name(const char *name)
{
	int i;

	for (i = 0; i < PLACES; i++)
		if (rooms[i].there && !strcmp(rooms[i].spec.name, name))
			return i;
	return -1;
}

static bool reserved(const struct kchat_spec *spec)
{
	return spec->reserved[0] || spec->reserved[1] || spec->reserved[2];
}

static int quota(const struct kc_asker *asker, u32 capacity)
{
	u64 bytes = capacity;
	u32 all = 0, his = 0;
	int i;

	for (i = 0; i < PLACES; i++) {
		if (!rooms[i].there)
			continue;
		all++;
		his += rooms[i].maker == asker->uid;
		bytes += rooms[i].spec.capacity;
	}
	if (all + 1 > limits.rooms || capacity > limits.capacity ||
	    bytes > limits.memory * 1048576ULL)
		return -ENOSPC;
	return !asker->root && his + 1 > limits.user_rooms ? -EDQUOT : 0;
}

/* Fills in @spec as the hub does */
static int create_says(const struct kc_asker *asker, struct kchat_spec *spec)
{
	u32 size;
	int at;

	if (!spec->capacity)
		spec->capacity = 262144;
	for (size = 131072; size < spec->capacity && size < 67108864; size *= 2)
		;
	if (!name_is_good(spec->name) || size != spec->capacity ||
	    spec->id || spec->openers || spec->change || spec->flags > 1 ||
	    spec->mode > 0777 || reserved(spec))
		return -EINVAL;
	at = by_name(spec->name);
	if (at >= 0)
		return rooms[at].removed ? -EBUSY : -EEXIST;
	if (spec->uid == KCHAT_SELF)
		spec->uid = asker->uid;
	if (spec->gid == KCHAT_SELF)
		spec->gid = asker->gid;
	if (!asker->chown && spec->uid != asker->uid)
		return -EPERM;
	if (!asker->chown && !asker->in_group && spec->gid != asker->gid)
		return -EPERM;
	return quota(asker, spec->capacity);
}

static int find_says(const struct kc_asker *asker,
		     const struct kchat_spec *spec, int *ret_at)
{
	int at;

	if (!name_is_good(spec->name) || reserved(spec))
		return -EINVAL;
	at = by_name(spec->name);
	if (at < 0 || rooms[at].removed)
		return -ENOENT;
	*ret_at = at;
	return asker->root || rooms[at].spec.uid == asker->uid ? 0 : -EPERM;
}

/* --- what is done ------------------------------------------------------- */

static void create(void)
{
	struct kchat_spec spec, want;
	struct kc_asker asker;
	int i, ret;

	some_asker(&asker);
	some_spec(&spec);
	if (roll(8))
		spec.change = 0;
	want = spec;
	ret = create_says(&asker, &want);
	CHECK_EQ(kc_hub_check(&hub, &limits, &asker, &spec), ret);
	for (i = 0; i < PLACES && rooms[i].there; i++)
		;
	if (ret || i == PLACES)
		return;
	CHECK_MEM(&spec, &want, sizeof(spec));
	/* No memory of the ring's is touched */
	kc_room_init(&rooms[i].room, NULL, spec.capacity, 0);
	kc_hub_add(&hub, &rooms[i].place, &rooms[i].room, &asker, &spec);
	rooms[i].there = true;
	rooms[i].removed = false;
	rooms[i].id = ++last_id;
	rooms[i].maker = asker.uid;
	rooms[i].spec = spec;
}

static void remove_or_change(bool change)
{
	struct kc_place *place = NULL;
	struct kchat_spec spec;
	struct kc_asker asker;
	int at = -1, want;

	some_asker(&asker);
	some_spec(&spec);
	if (change) {
		want = spec.change && spec.change < 4 && spec.flags < 2 ?
			       0 : -EINVAL;
		CHECK_EQ(kc_change_check(&spec), want);
		if (want)
			return;
	}
	want = find_says(&asker, &spec, &at);
	CHECK_EQ(kc_hub_find(&hub, &spec, &asker, &place), want);
	CHECK_EQ(!!place, !want);
	if (want)
		return;
	CHECK(place == &rooms[at].place);
	if (!change) {
		rooms[at].removed = place->removed = true;
		return;
	}
	kc_room_change(place->room, &spec);
	if (spec.change & 1)
		rooms[at].spec.patience_ms = spec.patience_ms;
	if (spec.change & 2)
		rooms[at].spec.flags = spec.flags;
}

static void forget(void)
{
	u64 i = roll(PLACES);

	if (!rooms[i].there || !rooms[i].removed)
		return;
	kc_hub_forget(&hub, &rooms[i].place);
	rooms[i].there = false;
}

static void set_limits(void)
{
	limits.rooms = (u32)roll(PLACES);
	limits.user_rooms = (u32)roll(8);
	limits.capacity = KCHAT_CAPACITY_MIN << roll(11);
	limits.memory = (u32)roll(130);
	limits.user_openers = (u32)roll(5);
	limits.user_parked = (u32)roll(200000);
}

static void list(void)
{
	u64 after = roll(last_id + 2), want;
	struct kc_place *place;
	struct kchat_spec spec;
	int i, at;

	for (;;) {
		want = ~0ULL;
		for (at = -1, i = 0; i < PLACES; i++) {
			if (!rooms[i].there || rooms[i].id <= after ||
			    rooms[i].id >= want)
				continue;
			want = rooms[i].id;
			at = i;
		}
		place = kc_hub_next(&hub, after);
		CHECK(place == (at < 0 ? NULL : &rooms[at].place));
		if (!place)
			return;
		kc_place_describe(place, &spec);
		rooms[at].spec.id = rooms[at].id;
		rooms[at].spec.flags += 2 * rooms[at].removed;
		CHECK_MEM(&spec, &rooms[at].spec, sizeof(spec));
		rooms[at].spec.id = 0;
		rooms[at].spec.flags -= 2 * rooms[at].removed;
		after = want;
	}
}

/* --- the run ------------------------------------------------------------ */

static void step(void)
{
	u64 what = roll(16);

	if (what < 5)
		create();
	else if (what < 9)
		remove_or_change(what < 7);
	else if (what < 11)
		forget();
	else if (what < 12)
		set_limits();
	else if (what < 13)
		list();
	else
		user_step((unsigned int)what - 13);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const struct kc_limits usual = KC_LIMITS_DEFAULT;

	script = data;
	script_end = data + size;
	memset(rooms, 0, sizeof(rooms));
	limits = usual;
	last_id = 0;
	kc_hub_init(&hub);
	users_begin();
	while (script < script_end)
		step();
	users_end();
	return 0;
}
