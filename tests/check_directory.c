/* check_directory.c - names, and the wires that were declared. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "directory.h"
#include "fail_alloc.h"
#include "harness.h"

static struct directory directory;
static const struct bsk_type some_type = {.name = "some"};

static bsk_ref
ref(uint64_t bits)
{
	return (bsk_ref){bits};
}

static int
add(uint64_t bits, const char *name)
{
	return directory_add(&directory, ref(bits), name, NULL, NULL, 0);
}

static int
add_wired(uint64_t bits, const char *name)
{
	const struct bsk_type *types[2] = {&some_type, &some_type};
	struct bsk_wire wires[2] = {
		{.port = bsk_text_copy("out"), .to = ref(7)},
		{.port = bsk_text_copy("err"), .to = ref(8),
		    .on_full = BSK_DROP_OLD},
	};
	int r = directory_add(&directory, ref(bits), name, wires, types, 2);

	bsk_text_drop(&wires[0].port);
	bsk_text_drop(&wires[1].port);
	return r;
}

static void
begin(void)
{
	ck_assert_int_eq(directory_init(&directory), 0);
}

START_TEST(a_name_is_one_actors_until_it_is_removed)
{
	bsk_ref found;

	begin();
	ck_assert_int_eq(directory_find(&directory, "ann", &found), -ENOENT);
	ck_assert_int_eq(add(1, "ann"), 0);
	ck_assert_int_eq(add(2, "ann"), -EEXIST);
	ck_assert_int_eq(directory_find(&directory, "ann", &found), 0);
	ck_assert_uint_eq(found.bits, 1);
	ck_assert_int_eq(directory_name(&directory, ref(1), "bob"),
	    -EALREADY);
	ck_assert_int_eq(directory_name(&directory, ref(2), "ann"), -EEXIST);
	ck_assert_int_eq(directory_name(&directory, ref(2), "bob"), 0);
	directory_remove(&directory, ref(1));
	directory_remove(&directory, ref(1));
	ck_assert_int_eq(directory_find(&directory, "ann", &found), -ENOENT);
	ck_assert_int_eq(directory_find(&directory, "bob", &found), 0);
	ck_assert_uint_eq(found.bits, 2);
	directory_release(&directory);
}
END_TEST

START_TEST(the_last_that_are_gone_are_remembered)
{
	char told[DIRECTORY_NAME_MAX + 1];
	char name[16];
	uint64_t i;

	begin();
	for (i = 1; i <= DIRECTORY_GONE + 1; i++) {
		(void)snprintf(name, sizeof(name), "n%d", (int)i);
		ck_assert_int_eq(add(i, name), 0);
		directory_remove(&directory, ref(i));
	}
	ck_assert_int_eq(add_wired(100, NULL), 0); /* has no name to lose */
	directory_remove(&directory, ref(100));
	ck_assert(!directory_name_of(&directory, ref(1), told, sizeof(told)));
	for (i = 2; i <= DIRECTORY_GONE + 1; i++) {
		(void)snprintf(name, sizeof(name), "n%d", (int)i);
		ck_assert(directory_name_of(&directory, ref(i), told,
		    sizeof(told)));
		ck_assert_str_eq(told, name);
	}
	ck_assert_int_eq(add(200, "n2"), 0); /* it is free all the same */
	ck_assert(directory_name_of(&directory, ref(2), told, sizeof(told)));
	ck_assert_str_eq(told, "n2");
	ck_assert(!directory_name_of(&directory, bsk_nobody(), told,
	    sizeof(told)));
	directory_release(&directory);
}
END_TEST

START_TEST(a_name_has_1_to_63_bytes)
{
	char name[66];
	char told[80] = "";

	begin();
	memset(name, 'n', sizeof(name));
	name[64] = '\0';
	ck_assert_int_eq(add(1, name), -EINVAL);
	ck_assert_int_eq(directory_name(&directory, ref(1), name), -EINVAL);
	ck_assert_int_eq(add(1, ""), -EINVAL);
	ck_assert_int_eq(directory_name(&directory, ref(1), ""), -EINVAL);
	name[63] = '\0';
	ck_assert_int_eq(add(1, name), 0);
	ck_assert(directory_name_of(&directory, ref(1), told, sizeof(told)));
	ck_assert_str_eq(told, name);
	ck_assert(directory_name_of(&directory, ref(1), told, 4));
	ck_assert_str_eq(told, "nnn");
	ck_assert(!directory_name_of(&directory, ref(1), told, 0));
	ck_assert(!directory_name_of(&directory, ref(2), told, 4));
	directory_release(&directory);
}
END_TEST

START_TEST(a_name_is_utf_8)
{
	static const char *const bad[] = {
		"\xff", "ann\xc3", "\xc0\xaf", "\xed\xa0\x80",
	};

	begin();
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		ck_assert_int_eq(add(1, bad[i]), -EINVAL);
		ck_assert_int_eq(directory_name(&directory, ref(1), bad[i]),
		    -EINVAL);
	}
	ck_assert_int_eq(add(1, "\xc3\x84nne"), 0);
	directory_release(&directory);
}
END_TEST

START_TEST(thousands_of_names_are_kept_apart)
{
	char name[32];
	bsk_ref found;

	begin();
	for (uint64_t i = 1; i <= 5000; i++) {
		snprintf(name, sizeof(name), "actor-%u", (unsigned)i);
		ck_assert_int_eq(add(i, name), 0);
	}
	for (uint64_t i = 1; i <= 5000; i += 2)
		directory_remove(&directory, ref(i));
	for (uint64_t i = 1; i <= 5000; i++) {
		snprintf(name, sizeof(name), "actor-%u", (unsigned)i);
		ck_assert_int_eq(directory_find(&directory, name, &found),
		    i % 2 == 1 ? -ENOENT : 0);
		if (i % 2 == 0)
			ck_assert_uint_eq(found.bits, i);
	}
	directory_release(&directory);
}
END_TEST

/* Without memory for more buckets the names share those there are. */
START_TEST(a_name_needs_no_bucket_of_its_own)
{
	char name[32];
	unsigned failed = 0;
	bsk_ref found;

	begin();
	for (uint64_t i = 1; i <= 1000; i++) {
		int r;

		snprintf(name, sizeof(name), "actor-%u", (unsigned)i);
		fail_alloc_start(2); /* the entry is the first */
		r = add(i, name);
		failed += fail_alloc_stop() > 1;
		if (r < 0) /* the map of refs had to grow */
			ck_assert_int_eq(add(i, name), 0);
	}
	ck_assert_uint_gt(failed, 2);
	for (uint64_t i = 1; i <= 1000; i++) {
		snprintf(name, sizeof(name), "actor-%u", (unsigned)i);
		ck_assert_int_eq(directory_find(&directory, name, &found), 0);
		ck_assert_uint_eq(found.bits, i);
	}
	directory_release(&directory);
}
END_TEST

#define CLAIMANTS 4u

/* One of several threads that want the same name: enters, finds, leaves. */
struct claim {
	uint64_t number;
	unsigned rounds;
	unsigned held;    /* how often it was its own */
	unsigned wrong;   /* what was found was not who held it */
};

static void *
claim(void *arg)
{
	struct claim *own = arg;

	for (unsigned i = 0; i < own->rounds; i++) {
		bsk_ref self = ref(own->number + (uint64_t)i * CLAIMANTS);
		bsk_ref found;
		int r = directory_add(&directory, self, "throne", NULL, NULL,
		    0);

		if (r == 0) {
			own->held++;
			if (directory_find(&directory, "throne", &found) < 0 ||
			    !bsk_ref_equal(found, self))
				own->wrong++;
			directory_remove(&directory, self);
			if (directory_find(&directory, "throne", &found) == 0 &&
			    bsk_ref_equal(found, self))
				own->wrong++;
		} else if (r != -EEXIST) {
			own->wrong++;
		}
	}
	return NULL;
}

START_TEST(a_name_is_one_actors_at_a_time)
{
	struct claim claims[CLAIMANTS];
	pthread_t threads[CLAIMANTS];
	unsigned held = 0;
	bsk_ref found;

	begin();
	for (unsigned i = 0; i < CLAIMANTS; i++) {
		claims[i] = (struct claim){ .number = i + 1,
		    .rounds = harness_is_instrumented() ? 2000 : 20000 };
		ck_assert_int_eq(pthread_create(&threads[i], NULL, claim,
		    &claims[i]), 0);
	}
	for (unsigned i = 0; i < CLAIMANTS; i++) {
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
		ck_assert_uint_eq(claims[i].wrong, 0);
		held += claims[i].held;
	}
	ck_assert_uint_gt(held, 0);
	ck_assert_int_eq(directory_find(&directory, "throne", &found),
	    -ENOENT);
	directory_release(&directory);
}
END_TEST

struct seen {
	unsigned count;
	unsigned enough;
	uint64_t to;
};

static bool
see(void *arg, const struct bsk_wire_info *info)
{
	struct seen *seen = arg;

	ck_assert_ptr_eq(info->type, &some_type);
	ck_assert_str_eq(info->port, info->to.bits == 7 ? "out" : "err");
	ck_assert_int_eq(info->on_full, info->to.bits == 7 ?
	    BSK_ON_FULL_DEFAULT : BSK_DROP_OLD);
	seen->to += info->to.bits;
	return ++seen->count < seen->enough;
}

START_TEST(wires_are_told_until_it_is_enough)
{
	struct seen all = {.enough = 100};
	struct seen some = {.enough = 3};

	begin();
	ck_assert_int_eq(add_wired(1, NULL), 0);
	ck_assert_int_eq(add_wired(2, "ann"), 0);
	ck_assert_int_eq(directory_name(&directory, ref(1), "bob"), 0);
	ck_assert_int_eq(directory_each_wire(&directory, see, &all), 0);
	ck_assert_uint_eq(all.count, 4);
	ck_assert_uint_eq(all.to, 30);
	ck_assert_int_eq(directory_each_wire(&directory, see, &some), 1);
	ck_assert_uint_eq(some.count, 3);
	directory_remove(&directory, ref(1));
	all.count = 0;
	ck_assert_int_eq(directory_each_wire(&directory, see, &all), 0);
	ck_assert_uint_eq(all.count, 2);
	directory_release(&directory);
}
END_TEST

START_TEST(without_memory_nothing_is_entered)
{
	for (unsigned nth = 1;; nth++) {
		unsigned allocations;
		bsk_ref found;
		int added;
		int named;

		begin();
		fail_alloc_start(nth);
		added = add_wired(1, "ann");
		named = directory_name(&directory, ref(2), "bob");
		allocations = fail_alloc_stop();
		ck_assert_int_eq(directory_find(&directory, "ann", &found),
		    added == 0 ? 0 : -ENOENT);
		ck_assert_int_eq(directory_find(&directory, "bob", &found),
		    named == 0 ? 0 : -ENOENT);
		directory_release(&directory);
		if (allocations < nth) {
			ck_assert_int_eq(added, 0);
			ck_assert_int_eq(named, 0);
			break;
		}
	}
}
END_TEST

static Suite *
directory_suite(void)
{
	Suite *suite = suite_create("directory");
	TCase *tcase = harness_case("directory");

	tcase_add_test(tcase, a_name_is_one_actors_until_it_is_removed);
	tcase_add_test(tcase, the_last_that_are_gone_are_remembered);
	tcase_add_test(tcase, a_name_has_1_to_63_bytes);
	tcase_add_test(tcase, a_name_is_utf_8);
	tcase_add_test(tcase, thousands_of_names_are_kept_apart);
	tcase_add_test(tcase, a_name_needs_no_bucket_of_its_own);
	tcase_add_test(tcase, a_name_is_one_actors_at_a_time);
	tcase_add_test(tcase, wires_are_told_until_it_is_enough);
	tcase_add_test(tcase, without_memory_nothing_is_entered);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(directory_suite);
}
