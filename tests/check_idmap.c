/* check_idmap.c - the map from numbers to pointers, against an array. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "fail_alloc.h"
#include "harness.h"
#include "idmap.h"

#define IDS 512u
#define STEPS 100000u

static char targets[IDS]; /* what the values point to */
static uint64_t chance;

static uint64_t
draw(uint64_t below)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return chance % below;
}

/* Ids as they are used: small ones, refs, and neighbours in both halves. */
static uint64_t
id_of(unsigned i)
{
	switch (i % 3) {
	case 0:
		return i;
	case 1:
		return (uint64_t)i << 32 | 7;
	default:
		return UINT64_MAX - i;
	}
}

START_TEST(agrees_with_an_array)
{
	bool is_in[IDS] = {false};
	struct idmap map = {0};
	size_t count = 0;

	chance = harness_seed() | 1;
	for (unsigned step = 0; step < STEPS; step++) {
		unsigned i = (unsigned)draw(IDS);
		uint64_t reach = 1 + step / 1000 % IDS; /* fuller and fuller */

		i %= (unsigned)reach;
		if (is_in[i]) {
			ck_assert_ptr_eq(idmap_take(&map, id_of(i)),
			    &targets[i]);
			count--;
		} else {
			ck_assert_ptr_null(idmap_take(&map, id_of(i)));
			ck_assert_int_eq(idmap_put(&map, id_of(i),
			    &targets[i]), 0);
			count++;
		}
		is_in[i] = !is_in[i];
		ck_assert_uint_eq(map.count, count);
		i = (unsigned)draw(IDS);
		ck_assert_ptr_eq(idmap_get(&map, id_of(i)),
		    is_in[i] ? &targets[i] : NULL);
	}
	idmap_release(&map);
}
END_TEST

START_TEST(an_empty_map_has_nothing)
{
	struct idmap map = {0};

	ck_assert_ptr_null(idmap_get(&map, 0));
	ck_assert_ptr_null(idmap_take(&map, 0));
	ck_assert_ptr_null(idmap_take_any(&map));
	idmap_release(&map);
}
END_TEST

/* Also with others put in meanwhile, before and behind where it is. */
START_TEST(any_is_each_once_until_none_is_left)
{
	unsigned taken[IDS] = {0};
	struct idmap map = {0};
	char *value;

	for (unsigned i = 0; i < IDS / 2; i++)
		ck_assert_int_eq(idmap_put(&map, id_of(i), &targets[i]), 0);
	for (unsigned i = IDS / 2; i < IDS; i++) {
		value = idmap_take_any(&map);
		taken[value - targets]++;
		ck_assert_int_eq(idmap_put(&map, id_of(i), &targets[i]), 0);
	}
	while ((value = idmap_take_any(&map)) != NULL)
		taken[value - targets]++;
	for (unsigned i = 0; i < IDS; i++)
		ck_assert_uint_eq(taken[i], 1);
	ck_assert_uint_eq(map.count, 0);
	idmap_release(&map);
}
END_TEST

/* To take all of a million was a million walks over the empty part. */
START_TEST(a_large_map_can_be_emptied)
{
	const uint64_t many = 1000000;
	struct idmap map = {0};
	uint64_t taken = 0;

	for (uint64_t i = 0; i < many; i++)
		ck_assert_int_eq(idmap_put(&map, i, targets), 0);
	while (idmap_take_any(&map) != NULL)
		taken++;
	ck_assert_uint_eq(taken, many);
	idmap_release(&map);
}
END_TEST

/* And does not go to and fro where it stays as full as it is. */
START_TEST(a_large_map_becomes_small_again)
{
	const uint64_t many = 100000;
	struct idmap map = {0};
	struct idmap_entry *entries;

	for (uint64_t i = 0; i < many; i++)
		ck_assert_int_eq(idmap_put(&map, i, targets), 0);
	for (uint64_t left = many; left > 0; left--) {
		ck_assert_ptr_eq(idmap_take(&map, left - 1), targets);
		ck_assert_ptr_null(idmap_get(&map, left - 1));
		ck_assert(left == 1 || idmap_get(&map, 0) == targets);
		ck_assert_uint_le(map.places, 2048 + 8 * left);
		entries = map.entries;
		ck_assert_int_eq(idmap_put(&map, left - 1, targets), 0);
		ck_assert_ptr_eq(idmap_take(&map, left - 1), targets);
		ck_assert_ptr_eq(map.entries, entries);
	}
	idmap_release(&map);
}
END_TEST

/* Without memory for the smaller one it goes on with the larger. */
START_TEST(what_cannot_shrink_works)
{
	const uint64_t many = 4000;
	struct idmap map = {0};
	bool is_right = true;

	for (uint64_t i = 0; i < many; i++)
		ck_assert_int_eq(idmap_put(&map, i, targets), 0);
	for (uint64_t i = 0; i < many; i++) {
		fail_alloc_start(1);
		is_right = is_right && idmap_take(&map, i) == targets;
		(void)fail_alloc_stop();
	}
	ck_assert(is_right);
	ck_assert_uint_eq(map.count, 0);
	ck_assert_uint_ge(map.places, many);
	idmap_release(&map);
}
END_TEST

START_TEST(without_memory_it_stays_as_it_was)
{
	struct idmap map = {0};
	uint64_t i = 0;
	int r;

	for (unsigned round = 0; round < 4; round++) {
		fail_alloc_start(1);
		do
			r = idmap_put(&map, i++, &targets[1]);
		while (r == 0);
		(void)fail_alloc_stop();
		ck_assert_int_eq(r, -ENOMEM);
		ck_assert_uint_eq(map.count, --i);
		ck_assert_ptr_null(idmap_get(&map, i));
		for (uint64_t k = 0; k < i; k++)
			ck_assert_ptr_eq(idmap_get(&map, k), &targets[1]);
		ck_assert_int_eq(idmap_put(&map, i++, &targets[1]), 0);
	}
	idmap_release(&map);
}
END_TEST

static Suite *
idmap_suite(void)
{
	Suite *suite = suite_create("idmap");
	TCase *tcase = harness_case("idmap");

	tcase_add_test(tcase, agrees_with_an_array);
	tcase_add_test(tcase, an_empty_map_has_nothing);
	tcase_add_test(tcase, any_is_each_once_until_none_is_left);
	tcase_add_test(tcase, a_large_map_can_be_emptied);
	tcase_add_test(tcase, a_large_map_becomes_small_again);
	tcase_add_test(tcase, what_cannot_shrink_works);
	tcase_add_test(tcase, without_memory_it_stays_as_it_was);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(idmap_suite);
}
