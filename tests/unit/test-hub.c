// SPDX-License-Identifier: GPL-2.0-only OR BSD-3-Clause
/*
 * The hub and its users: names, owners, and limits at their edges.
 */
#include "config.h"

#include "hub.h"
#include "unit.h"
#include "user.h"

static struct kc_hub hub;
static struct kc_limits limits = KC_LIMITS_DEFAULT;
static const struct kc_asker root = { .root = true, .chown = true };
static const struct kc_asker somebody = { .uid = 7, .gid = 8 };

/* A room for the hub needs no ring */
struct fake {
	struct kc_room room;
	struct kc_place place;
};

static struct kchat_spec spec_of(const char *name)
{
	struct kchat_spec spec = {
		.patience_ms = 5,
		.mode = 0600,
		.uid = KCHAT_SELF,
		.gid = KCHAT_SELF,
	};

	strcpy(spec.name, name);
	return spec;
}

static int make(struct fake *fake, const char *name,
		const struct kc_asker *asker)
{
	struct kchat_spec spec = spec_of(name);
	int err = kc_hub_check(&hub, &limits, asker, &spec);

	if (!err) {
		/* Nothing is left of what was there before */
		memset(&fake->place, 1, sizeof(fake->place));
		kc_hub_add(&hub, &fake->place, &fake->room, asker, &spec);
	}
	return err;
}

static void names(void)
{
	char name[KCHAT_NAME_MAX + 1];
	int c;

	/* Every byte, first and later */
	for (c = 0; c < 256; c++) {
		bool alnum = (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') ||
			     (c >= 'A' && c <= 'Z');

		memset(name, 0, sizeof(name));
		name[0] = (char)c;
		CHECK_EQ(kc_name_check(name), alnum ? 0 : -EINVAL);
		name[0] = 'x';
		name[1] = (char)c;
		CHECK_EQ(kc_name_check(name),
			 alnum || !c || c == '.' || c == '_' || c == '-' ?
				 0 : -EINVAL);
	}
	memset(name, 'x', sizeof(name));
	CHECK_EQ(kc_name_check(name), -EINVAL);
	name[KCHAT_NAME_MAX] = 0;
	CHECK_EQ(kc_name_check(name), 0);
	name[1] = 0;
	CHECK_EQ(kc_name_check(name), -EINVAL);
	memset(name, 0, sizeof(name));
	strcpy(name, KCHAT_CONTROL);
	CHECK_EQ(kc_name_check(name), -EINVAL);
	name[0] = 'C';
	CHECK_EQ(kc_name_check(name), 0);
}

static void specs(void)
{
	struct kchat_spec good = spec_of("room"), spec;

	kc_hub_init(&hub);
	spec = good;
	CHECK_EQ(kc_hub_check(&hub, &limits, &somebody, &spec), 0);
	CHECK_EQ(spec.capacity, KCHAT_CAPACITY_DEFAULT);
	CHECK_EQ(spec.uid, 7);
	CHECK_EQ(spec.gid, 8);
#define REFUSED(field, value) do {					\
	spec = good;							\
	spec.field = (value);						\
	CHECK_EQ(kc_hub_check(&hub, &limits, &somebody, &spec), -EINVAL); \
} while (0)
	REFUSED(capacity, 1);
	REFUSED(capacity, KCHAT_CAPACITY_MAX * 2);
	REFUSED(id, 1);
	REFUSED(openers, 1);
	REFUSED(change, 1);
	REFUSED(flags, KCHAT_ROOM_REMOVED);
	REFUSED(mode, 01000);
	REFUSED(reserved[0], 1);
	REFUSED(reserved[2], 1);
	REFUSED(name[0], '-');
#undef REFUSED
	/* Nothing of that is there now */
	CHECK(!kc_hub_next(&hub, 0));
}

static void owners(void)
{
	struct kc_asker asker = somebody;
	struct kchat_spec spec;

	kc_hub_init(&hub);
	spec = spec_of("room");
	spec.uid = 9;
	CHECK_EQ(kc_hub_check(&hub, &limits, &asker, &spec), -EPERM);
	spec = spec_of("room");
	spec.gid = 9;
	CHECK_EQ(kc_hub_check(&hub, &limits, &asker, &spec), -EPERM);
	/* A group of one's own may be given, a name may not */
	asker.in_group = true;
	CHECK_EQ(kc_hub_check(&hub, &limits, &asker, &spec), 0);
	spec.uid = 9;
	CHECK_EQ(kc_hub_check(&hub, &limits, &asker, &spec), -EPERM);
	asker.chown = true;
	CHECK_EQ(kc_hub_check(&hub, &limits, &asker, &spec), 0);
	/* To be root in all else is not the right to chown */
	asker = somebody;
	asker.root = true;
	CHECK_EQ(kc_hub_check(&hub, &limits, &asker, &spec), -EPERM);
}

static void whose(void)
{
	struct kc_asker other = { .uid = 9 };
	struct kc_place *place;
	static struct fake fake;
	struct kchat_spec spec;

	kc_hub_init(&hub);
	CHECK_EQ(make(&fake, "room", &somebody), 0);
	CHECK_EQ(fake.room.owner, 7);
	CHECK_EQ(fake.room.patience, 5);
	spec = spec_of("room");
	CHECK_EQ(kc_hub_find(&hub, &spec, &somebody, &place), 0);
	CHECK(place == &fake.place);
	CHECK_EQ(kc_hub_find(&hub, &spec, &root, &place), 0);
	CHECK_EQ(kc_hub_find(&hub, &spec, &other, &place), -EPERM);
	other.chown = true;
	CHECK_EQ(kc_hub_find(&hub, &spec, &other, &place), -EPERM);
	spec = spec_of("none");
	CHECK_EQ(kc_hub_find(&hub, &spec, &root, &place), -ENOENT);
	spec.name[0] = 0;
	CHECK_EQ(kc_hub_find(&hub, &spec, &root, &place), -EINVAL);
	fake.place.removed = true;
	spec = spec_of("room");
	CHECK_EQ(kc_hub_find(&hub, &spec, &root, &place), -ENOENT);
}

static void a_name_is_taken(void)
{
	static struct fake fake, again;

	kc_hub_init(&hub);
	CHECK_EQ(make(&fake, "room", &root), 0);
	CHECK_EQ(make(&again, "room", &root), -EEXIST);
	fake.place.removed = true;
	CHECK_EQ(make(&again, "room", &root), -EBUSY);
	kc_hub_forget(&hub, &fake.place);
	CHECK_EQ(make(&again, "room", &root), 0);
	/* Ids are not used again */
	CHECK_EQ(again.place.spec.id, fake.place.spec.id + 1);
}

/* While it is made a room is there for nobody but who wants the same name */
static void not_there_yet(void)
{
	static struct fake fake, again;
	struct kchat_spec spec = spec_of("room");
	struct kc_place *place;

	kc_hub_init(&hub);
	CHECK_EQ(make(&fake, "room", &root), 0);
	fake.place.making = true;
	CHECK_EQ(make(&again, "room", &root), -EEXIST);
	CHECK_EQ(kc_hub_find(&hub, &spec, &root, &place), -ENOENT);
	CHECK(!kc_hub_next(&hub, 0));
	CHECK_EQ(hub.n_rooms, 1);
	fake.place.making = false;
	CHECK(kc_hub_next(&hub, 0) == &fake.place);
}

static void rooms_are_limited(void)
{
	static struct fake fake[8];
	char name[16];
	int i;

	kc_hub_init(&hub);
	limits.rooms = 5;
	limits.user_rooms = 3;
	for (i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "r%d", i);
		CHECK_EQ(make(&fake[i], name, &somebody), 0);
	}
	CHECK_EQ(make(&fake[3], "r3", &somebody), -EDQUOT);
	/* A removed room is his still */
	fake[0].place.removed = true;
	CHECK_EQ(make(&fake[3], "r3", &somebody), -EDQUOT);
	CHECK_EQ(make(&fake[3], "r3", &root), 0);
	CHECK_EQ(make(&fake[4], "r4", &root), 0);
	CHECK_EQ(make(&fake[5], "r5", &root), -ENOSPC);
	kc_hub_forget(&hub, &fake[0].place);
	CHECK_EQ(make(&fake[5], "r5", &somebody), 0);
	CHECK_EQ(make(&fake[6], "r6", &root), -ENOSPC);
}

static void memory_is_limited(void)
{
	static struct fake fake[3];
	struct kchat_spec spec;

	kc_hub_init(&hub);
	limits.memory = 3;
	limits.capacity = 2 << 20;
	spec = spec_of("too-large");
	spec.capacity = 4 << 20;
	CHECK_EQ(kc_hub_check(&hub, &limits, &root, &spec), -ENOSPC);
	spec = spec_of("large");
	spec.capacity = 2 << 20;
	CHECK_EQ(kc_hub_check(&hub, &limits, &root, &spec), 0);
	kc_hub_add(&hub, &fake[0].place, &fake[0].room, &root, &spec);
	spec = spec_of("second");
	spec.capacity = 2 << 20;
	CHECK_EQ(kc_hub_check(&hub, &limits, &root, &spec), -ENOSPC);
	/* To the last byte */
	spec.capacity = 1 << 20;
	CHECK_EQ(kc_hub_check(&hub, &limits, &root, &spec), 0);
	kc_hub_add(&hub, &fake[1].place, &fake[1].room, &root, &spec);
	CHECK_EQ(make(&fake[2], "third", &root), -ENOSPC);
	/* A limit that shrinks below what there is forbids more, no less */
	limits.memory = 0;
	kc_hub_forget(&hub, &fake[1].place);
	CHECK_EQ(make(&fake[2], "third", &root), -ENOSPC);
	/* And one nobody can reach does not overflow */
	limits.memory = 0xffffffffU;
	CHECK_EQ(make(&fake[2], "third", &root), 0);
}

static void one_by_one(void)
{
	static struct fake fake[3];
	struct kc_place *place;

	kc_hub_init(&hub);
	CHECK_EQ(make(&fake[0], "a", &root), 0);
	CHECK_EQ(make(&fake[1], "b", &root), 0);
	CHECK_EQ(make(&fake[2], "c", &root), 0);
	kc_hub_forget(&hub, &fake[1].place);
	place = kc_hub_next(&hub, 0);
	CHECK(place == &fake[0].place);
	place = kc_hub_next(&hub, place->spec.id);
	CHECK(place == &fake[2].place);
	CHECK(!kc_hub_next(&hub, place->spec.id));
	/* Also from one that is gone */
	CHECK(kc_hub_next(&hub, fake[1].place.spec.id) == &fake[2].place);
	CHECK(!kc_hub_next(&hub, ~0ULL));
}

static void descriptions(void)
{
	static struct fake fake;
	struct kchat_spec spec;

	kc_hub_init(&hub);
	CHECK_EQ(make(&fake, "room", &somebody), 0);
	spec = spec_of("room");
	spec.change = KCHAT_CHANGE_PATIENCE;
	spec.patience_ms = 99;
	spec.flags = KCHAT_ROOM_HISTORY;
	CHECK_EQ(kc_change_check(&spec), 0);
	kc_room_change(&fake.room, &spec);
	fake.room.n_members = 4;
	kc_place_describe(&fake.place, &spec);
	CHECK_STR(spec.name, "room");
	CHECK_EQ(spec.patience_ms, 99);
	CHECK_EQ(spec.flags, 0);
	CHECK_EQ(spec.uid, 7);
	CHECK_EQ(spec.openers, 4);
	fake.place.removed = true;
	kc_place_describe(&fake.place, &spec);
	CHECK_EQ(spec.flags, KCHAT_ROOM_REMOVED);
	spec.change = 0;
	CHECK_EQ(kc_change_check(&spec), -EINVAL);
	spec.change = 4;
	CHECK_EQ(kc_change_check(&spec), -EINVAL);
}

static void users_open(void)
{
	struct kc_user a, b, c, spare, *user;
	struct kc_users users;

	kc_users_init(&users);
	CHECK_EQ(kc_user_open(&users, 1, 2, &a, &user), 0);
	CHECK(user == &a);
	/* One of the same list is not the same user */
	CHECK_EQ(kc_user_open(&users, 1 + KC_USER_LISTS, 2, &b, &user), 0);
	CHECK(user == &b);
	CHECK_EQ(kc_user_open(&users, 1, 2, &spare, &user), 0);
	CHECK(user == &a);
	CHECK_EQ(kc_user_open(&users, 1, 2, &spare, &user), -EUSERS);
	CHECK_EQ(kc_user_open(&users, 2, 0, &c, &user), -EUSERS);
	CHECK(!kc_user_close(&a));
	CHECK_EQ(kc_user_open(&users, 1, 2, &spare, &user), 0);
	CHECK(!kc_user_close(&a));
	CHECK(kc_user_close(&a));
	/* He is forgotten: the next time he is new */
	CHECK_EQ(kc_user_open(&users, 1, 2, &spare, &user), 0);
	CHECK(user == &spare);
	CHECK(kc_user_close(&spare));
	CHECK(kc_user_close(&b));
}

static void users_park(void)
{
	struct kc_user a, *user;
	struct kc_users users;

	kc_users_init(&users);
	CHECK_EQ(kc_user_open(&users, 1, 1, &a, &user), 0);
	CHECK_EQ(kc_user_park(user, 101, 100), -ENOBUFS);
	CHECK_EQ(kc_user_park(user, 60, 100), 0);
	CHECK_EQ(kc_user_park(user, 41, 100), -ENOBUFS);
	CHECK_EQ(kc_user_park(user, 40, 100), 0);
	CHECK_EQ(kc_user_park(user, 1, 100), -ENOBUFS);
	/* The limit may shrink below what waits */
	CHECK_EQ(kc_user_park(user, 1, 50), -ENOBUFS);
	CHECK_EQ(kc_user_park(user, 0xffffffffU, 0xffffffffU), -ENOBUFS);
	kc_user_unpark(user, 60);
	CHECK_EQ(kc_user_park(user, 60, 100), 0);
	kc_user_unpark(user, 100);
	CHECK(kc_user_close(user));
}

static const struct tap_test tests[] = {
	{ "N1 names", names, 0 },
	{ "C1 what can be a room", specs, 0 },
	{ "C1 another's uid and gid", owners, 0 },
	{ "C1 whose room it is", whose, 0 },
	{ "C1 a room that is being made is not there yet", not_there_yet, 0 },
	{ "C2 a name is taken until the room is forgotten", a_name_is_taken,
	  0 },
	{ "C3 rooms, in all and of one user", rooms_are_limited, 0 },
	{ "C3 memory", memory_is_limited, 0 },
	{ "C1 the rooms one by one", one_by_one, 0 },
	{ "C1 what a room is, and changes", descriptions, 0 },
	{ "C3 open files of a user", users_open, 0 },
	{ "C3 bytes that wait in a user's writes", users_park, 0 },
	UNIT_END,
};

int main(int argc, char **argv)
{
	return tap_main(argc, argv, tests);
}
