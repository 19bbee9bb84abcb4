/* check_links.c - who ends with whom, and who does not. */
#include <check.h>
#include <errno.h>
#include <string.h>

#include <buskin/inspect.h>

#include "harness.h"
#include "partners.h"
#include "seeds.h"

/* --- ends ---------------------------------------------------------------- */

static void
both_ways(uint64_t seed)
{
	bsk_ref ann, bob, cat, dan;

	open_world(seed);
	ann = join(&partner_class);
	bob = join(&partner_class);
	cat = join(&partner_class);
	dan = join(&partner_class);
	link_up(ann, bob);
	link_up(cat, dan);
	ck_assert_uint_eq(links(), 2);
	end(bob, -EIO);
	ck_assert_int_eq(reason_of(ann), -EIO);
	ck_assert_int_eq(reason_of(bob), -EIO);
	ck_assert_int_eq(reason_of(cat), ALIVE);
	end(cat, -EPIPE);
	ck_assert_int_eq(reason_of(dan), -EPIPE);
	ck_assert_uint_eq(links(), 0);
	close_world();
}

static void
ordinary(uint64_t seed)
{
	bsk_ref ann, bob;

	open_world(seed);
	ann = join(&partner_class);
	bob = join(&partner_class);
	link_up(ann, bob);
	end(bob, 0);
	ck_assert_int_eq(reason_of(bob), 0);
	ck_assert_int_eq(reason_of(ann), ALIVE);
	ck_assert_uint_eq(links(), 0);
	close_world();
}

static void
heirs(uint64_t seed)
{
	bsk_ref ann, bob, cat;

	open_world(seed);
	ann = join(&heir_class);
	bob = join(&partner_class);
	cat = join(&partner_class);
	link_up(bob, ann);
	link_up(ann, cat);
	end(bob, -EIO);
	ck_assert_uint_eq(told[0], 1);
	ck_assert(bsk_ref_equal(last_told.actor, bob));
	ck_assert_int_eq(last_told.reason, -EIO);
	end(cat, 0);
	ck_assert_uint_eq(told[0], 2);
	ck_assert(bsk_ref_equal(last_told.actor, cat));
	ck_assert_int_eq(last_told.reason, 0);
	ck_assert_int_eq(reason_of(ann), ALIVE);
	close_world();
}

static void
gone(uint64_t seed)
{
	bsk_ref ann, bob, cat;

	open_world(seed);
	ann = join(&partner_class);
	bob = join(&heir_class);
	cat = join(&partner_class);
	rest();
	end(cat, 0);
	link_up(bob, cat);
	ck_assert_uint_eq(told[1], 1);
	ck_assert_int_eq(last_told.reason, -ESRCH);
	link_up(ann, cat);
	ck_assert_int_eq(reason_of(ann), -ESRCH);
	ck_assert_uint_eq(links(), 0);
	close_world();
}

/* Both on their way at once: it is linked with the living or with the dead,
 * and ends either way. */
static void
ending(uint64_t seed)
{
	bsk_ref ann, bob;

	open_world(seed);
	ann = join(&partner_class);
	bob = join(&partner_class);
	order(ann, LINK, bob, 0);
	order(bob, END, bsk_nobody(), -EIO);
	rest();
	ck_assert(reason_of(ann) == -EIO || reason_of(ann) == -ESRCH);
	close_world();
}

#define CHAIN 12u

static void
chain(uint64_t seed)
{
	open_world(seed);
	for (unsigned i = 0; i < CHAIN; i++)
		(void)join(&partner_class);
	for (unsigned i = 0; i + 1 < CHAIN; i++)
		link_up(cast[i], cast[i + 1]);
	ck_assert_uint_eq(links(), CHAIN - 1);
	end(cast[seed % CHAIN], -EIO);
	for (unsigned i = 0; i < CHAIN; i++)
		ck_assert_int_eq(reasons[i], -EIO);
	close_world();
}

static void
stopping(uint64_t seed)
{
	open_world(seed);
	for (unsigned i = 0; i < 6; i++)
		(void)join(i % 3 == 0 ? &heir_class : &partner_class);
	for (unsigned i = 0; i < 6; i++)
		link_up(cast[i], cast[(i + 1) % 6]);
	ck_assert_uint_eq(links(), 6);
	if (seed % 2 == 0)
		order(cast[1], END, bsk_nobody(), -EIO);
	close_world();
	for (unsigned i = 0; i < 6; i++)
		ck_assert_int_ne(reasons[i], ALIVE);
}

/* --- taking back, twice, itself ------------------------------------------ */

static void
unlinked(uint64_t seed)
{
	bsk_ref ann, bob;

	open_world(seed);
	ann = join(&partner_class);
	bob = join(&partner_class);
	link_up(ann, bob);
	/* no matter who has made it */
	order(seed % 2 == 0 ? ann : bob, UNLINK, seed % 2 == 0 ? bob : ann, 0);
	rest();
	ck_assert_int_eq(result, 0);
	ck_assert_uint_eq(links(), 0);
	order(ann, UNLINK, bob, 0);
	rest();
	ck_assert_int_eq(result, -ENOENT);
	end(bob, -EIO);
	ck_assert_int_eq(reason_of(ann), ALIVE);
	close_world();
}

/* However the end and the taking back cross, who has taken it back lives. */
static void
crossing(uint64_t seed)
{
	bsk_ref ann, bob;

	open_world(seed);
	ann = join(&heir_class);
	bob = join(&partner_class);
	link_up(ann, bob);
	order(ann, UNLINK, bob, 0);
	order(bob, END, bsk_nobody(), -EIO);
	rest();
	ck_assert_uint_eq(told[0], result == -ENOENT);
	close_world();
}

static void
twice(uint64_t seed)
{
	bsk_ref ann, bob;

	open_world(seed);
	ann = join(&heir_class);
	bob = join(&partner_class);
	order(ann, LINK, bob, 0);
	order(bob, LINK, ann, 0); /* at the same time */
	link_up(ann, bob);
	ck_assert_uint_eq(links(), 1);
	if (seed % 2 == 0) {
		order(bob, UNLINK, ann, 0); /* once is enough */
		rest();
		ck_assert_uint_eq(links(), 0);
	}
	end(bob, -EIO);
	ck_assert_uint_eq(told[0], seed % 2);
	close_world();
}

static void
itself(uint64_t seed)
{
	bsk_ref ann;

	open_world(seed);
	ann = join(&heir_class);
	link_up(ann, ann);
	ck_assert_uint_eq(links(), 0);
	link_up(ann, bsk_nobody());
	ck_assert_uint_eq(told[0], 1);
	ck_assert_int_eq(last_told.reason, -ESRCH);
	end(ann, -EIO);
	ck_assert_uint_eq(told[0], 1);
	close_world();
}

/* --- anything, by anybody ------------------------------------------------ */

#define CROWD 6u

static bool linked[CROWD][CROWD];

static bool
on_pair(void *arg, const struct bsk_link_info *info)
{
	unsigned one = number_of(info->one);
	unsigned other = number_of(info->other);

	(void)arg;
	ck_assert(!linked[one][other]);
	linked[one][other] = true;
	linked[other][one] = true;
	return true;
}

/* At rest both sides agree: of each end just those are told that are shown as
 * linked. */
static void
crowd(uint64_t seed)
{
	open_world(seed);
	memset(linked, 0, sizeof(linked));
	for (unsigned i = 0; i < CROWD; i++)
		(void)join(&heir_class);
	for (unsigned i = 0; i < 60; i++)
		order(cast[bsk_sim_draw(sim) % CROWD],
		    bsk_sim_draw(sim) % 5 < 3 ? LINK : UNLINK,
		    cast[bsk_sim_draw(sim) % CROWD], 0);
	rest();
	ck_assert_int_eq(bsk_inspect_links(sim, on_pair, NULL), 0);
	for (unsigned i = 0; i < CROWD; i++) {
		memset(told, 0, sizeof(told));
		end(cast[i], -EIO);
		for (unsigned k = i + 1; k < CROWD; k++)
			ck_assert_uint_eq(told[k], linked[i][k]);
	}
	close_world();
}

START_TEST(the_end_of_either_is_the_others)
{
	seeds_walk(both_ways);
}
END_TEST

START_TEST(an_ordinary_end_ends_nobody_else)
{
	seeds_walk(ordinary);
}
END_TEST

START_TEST(who_hears_of_it_is_told_and_lives)
{
	seeds_walk(heirs);
}
END_TEST

START_TEST(one_that_is_gone_ends_who_links_with_it)
{
	seeds_walk(gone);
}
END_TEST

START_TEST(a_link_with_one_that_ends_is_never_lost)
{
	seeds_walk(ending);
}
END_TEST

START_TEST(a_chain_ends_as_a_whole)
{
	seeds_walk(chain);
}
END_TEST

START_TEST(a_ring_does_not_hold_up_a_stop)
{
	seeds_walk(stopping);
}
END_TEST

START_TEST(one_that_is_unlinked_lives)
{
	seeds_walk(unlinked);
}
END_TEST

START_TEST(no_end_comes_after_unlink)
{
	seeds_walk(crossing);
}
END_TEST

START_TEST(linked_twice_is_linked_once)
{
	seeds_walk(twice);
}
END_TEST

START_TEST(nobody_ends_twice_by_itself)
{
	seeds_walk(itself);
}
END_TEST

START_TEST(both_sides_agree)
{
	seeds_walk(crowd);
}
END_TEST

static Suite *
links_suite(void)
{
	Suite *suite = suite_create("links");

	seeds_add(suite, "both_ways", the_end_of_either_is_the_others);
	seeds_add(suite, "ordinary", an_ordinary_end_ends_nobody_else);
	seeds_add(suite, "heirs", who_hears_of_it_is_told_and_lives);
	seeds_add(suite, "gone", one_that_is_gone_ends_who_links_with_it);
	seeds_add(suite, "ending", a_link_with_one_that_ends_is_never_lost);
	seeds_add(suite, "chain", a_chain_ends_as_a_whole);
	seeds_add(suite, "stopping", a_ring_does_not_hold_up_a_stop);
	seeds_add(suite, "unlinked", one_that_is_unlinked_lives);
	seeds_add(suite, "crossing", no_end_comes_after_unlink);
	seeds_add(suite, "twice", linked_twice_is_linked_once);
	seeds_add(suite, "itself", nobody_ends_twice_by_itself);
	seeds_add(suite, "crowd", both_sides_agree);
	return suite;
}

int
main(void)
{
	return harness_main(links_suite);
}
