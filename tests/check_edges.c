/* check_edges.c - who sent what to whom: fill, overflow, sweep. */
#include <errno.h>
#include <stdlib.h>

#include "edges.h"
#include "fail_alloc.h"
#include "harness.h"
#include "published.h"

#define FULL ((uint32_t)EDGES_CHUNK * EDGES_CHUNKS)
#define TO(i) (UINT64_C(1000000000000) + (i) % 7 * 2)

static const struct bsk_type one_type = {.name = "one"};
static const struct bsk_type other_type = {.name = "other"};
static struct edges edges;

static void
begin(void)
{
	ck_assert_int_eq(edges_init(&edges), 0);
}

static bsk_ref
ref(uint64_t bits)
{
	return (bsk_ref){bits};
}

static uint32_t
find(uint64_t from, uint64_t to)
{
	return edges_find(&edges, ref(from), ref(to), &one_type);
}

/* Finds an edge and counts a message on it, sent and handled. */
static uint32_t
pass(uint64_t from, uint64_t to)
{
	uint32_t number = find(from, to);
	struct edge *edge = edges_at(&edges, number);

	bump(&edge->sent, 1);
	bump(&edge->ends[BSK_END_HANDLED], 1);
	return number;
}

static uint64_t
sum_of_sent(void)
{
	uint64_t sum = 0;

	for (uint32_t i = 0; i < peek(&edges.count); i++)
		sum += peek(&edges_at(&edges, i)->sent);
	return sum;
}

static void
fill(void)
{
	for (uint32_t i = 1; i < FULL; i++)
		ck_assert_uint_eq(pass(i, TO(i)), i);
}

static bool
is_odd(void *arg, bsk_ref it)
{
	(void)arg;
	return it.bits > 10 && it.bits % 2 == 1;
}

static bool
is_old(void *arg, bsk_ref it)
{
	return it.bits <= *(uint64_t *)arg;
}

START_TEST(an_edge_is_its_sender_its_receiver_and_its_type)
{
	uint32_t number;

	begin();
	number = find(1, 2);
	ck_assert_uint_ne(number, EDGES_REST);
	ck_assert_uint_ne(find(2, 1), number);
	ck_assert_uint_ne(find(1, 3), number);
	ck_assert_uint_ne(edges_find(&edges, ref(1), ref(2), &other_type),
	    number);
	ck_assert_uint_eq(find(1, 2), number);
	ck_assert_ptr_eq(peek(&edges_at(&edges, number)->type), &one_type);
	edges_release(&edges);
}
END_TEST

START_TEST(a_full_table_counts_the_rest)
{
	begin();
	fill();
	ck_assert(!edges_want_sweep(&edges));
	for (uint32_t i = 0; i < FULL; i++)
		ck_assert_uint_eq(pass(1000000 + i, 1), EDGES_REST);
	ck_assert(edges_want_sweep(&edges));
	for (uint32_t i = 1; i < FULL; i++)
		ck_assert_uint_eq(find(i, TO(i)), i);
	ck_assert_uint_eq(sum_of_sent(), 2 * (uint64_t)FULL - 1);
	edges_release(&edges);
}
END_TEST

START_TEST(a_sweep_folds_the_gone_and_makes_room)
{
	uint64_t before;

	begin();
	fill();
	before = sum_of_sent();
	edges_sweep(&edges, is_odd, NULL);
	ck_assert_uint_eq(sum_of_sent(), before);
	ck_assert_uint_ge(peek(&edges_at(&edges, EDGES_REST)->sent),
	    FULL / 2 - 10);
	for (uint32_t i = 12; i < FULL; i += 2)
		ck_assert_uint_eq(find(i, TO(i)), i); /* none has moved */
	for (uint32_t i = 0; i < FULL / 2 - 10; i++)
		ck_assert_uint_ne(pass(1000000 + i, 1), EDGES_REST);
	ck_assert_uint_eq(sum_of_sent(), before + FULL / 2 - 10);
	edges_release(&edges);
}
END_TEST

static bool
is_anybody(void *arg, bsk_ref it)
{
	(void)arg;
	(void)it;
	return true;
}

/* Whoever remembers an entry finds it again as it was, or as one that is not
 * known to lead anywhere: another's, or its own after it was another's. */
START_TEST(an_entry_used_again_leads_where_its_edge_leads)
{
	struct cell *there = (struct cell *)(void *)&edges;
	uint32_t number;

	begin();
	number = find(1, 2);
	edges_at(&edges, number)->cell = there;
	edges_sweep(&edges, is_anybody, NULL);
	ck_assert_uint_eq(find(1, 2), number);
	ck_assert_ptr_eq(edges_at(&edges, number)->cell, there);
	edges_sweep(&edges, is_anybody, NULL);
	ck_assert_uint_eq(find(1, 3), number);
	ck_assert_ptr_null(edges_at(&edges, number)->cell);
	edges_sweep(&edges, is_anybody, NULL);
	ck_assert_uint_eq(find(1, 2), number);
	ck_assert_ptr_null(edges_at(&edges, number)->cell);
	edges_release(&edges);
}
END_TEST

/* Where all are alive, looking for the gone is not worth it each time. */
START_TEST(a_sweep_in_vain_is_not_soon_repeated)
{
	uint64_t none = 0;
	unsigned sweeps = 0;

	begin();
	fill();
	for (uint64_t i = 0; i < 1000000; i++) {
		pass(1000000 + i, TO(i));
		if (edges_want_sweep(&edges)) {
			edges_sweep(&edges, is_old, &none);
			sweeps++;
		}
	}
	ck_assert_uint_ge(sweeps, 10);
	ck_assert_uint_le(sweeps, 20);
	edges_release(&edges);
}
END_TEST

START_TEST(what_is_on_its_way_keeps_its_entry)
{
	uint64_t old = 100;
	uint32_t number;

	begin();
	fill();
	/* the last of all, and one among the gone */
	edges_at(&edges, FULL - 1)->here = 1;
	edges_at(&edges, 50)->here = 1;
	number = find(50, TO(50));
	edges_sweep(&edges, is_old, &old);
	ck_assert_uint_eq(find(50, TO(50)), number);
	ck_assert_uint_eq(peek(&edges_at(&edges, number)->sent), 1);
	ck_assert_uint_eq(peek(&edges_at(&edges, EDGES_REST)->sent), 99);
	ck_assert_uint_ne(pass(1, 2), EDGES_REST);
	edges_release(&edges);
}
END_TEST

START_TEST(room_is_found_again_and_again)
{
	uint64_t old = 0;
	uint64_t sent = 0;

	begin();
	for (uint64_t i = 1; i <= 10 * FULL; i++) {
		if (edges_want_sweep(&edges)) {
			old = i - 1;
			edges_sweep(&edges, is_old, &old);
		}
		pass(i, i);
		ck_assert(!edges_want_sweep(&edges) || i > old + 1);
		sent++;
	}
	ck_assert_uint_gt(old, 8 * FULL);
	ck_assert_uint_eq(sum_of_sent(), sent);
	ck_assert_uint_le(peek(&edges.count), FULL);
	edges_release(&edges);
}
END_TEST

/* Also where a chunk and a larger index are due at once. */
START_TEST(without_memory_the_rest_is_counted)
{
	uint64_t id = 0;

	begin();
	for (unsigned n = 0; n < 40; n++) {
		uint32_t number;

		do {
			fail_alloc_start(1 + n % 2);
			number = pass(++id, 1);
		} while (fail_alloc_stop() == 0);
		if (number == EDGES_REST)
			number = pass(id, 1);
		ck_assert_uint_ne(number, EDGES_REST);
		ck_assert_uint_eq(find(id, 1), number);
	}
	edges_release(&edges);
}
END_TEST

START_TEST(cannot_begin_without_memory)
{
	for (unsigned n = 1; n <= 2; n++) {
		int r;

		fail_alloc_start(n);
		r = edges_init(&edges);
		(void)fail_alloc_stop();
		ck_assert_int_eq(r, -ENOMEM);
	}
}
END_TEST

static Suite *
edges_suite(void)
{
	Suite *suite = suite_create("edges");
	TCase *tcase = harness_case("edges");

	tcase_add_test(tcase,
	    an_edge_is_its_sender_its_receiver_and_its_type);
	tcase_add_test(tcase, a_full_table_counts_the_rest);
	tcase_add_test(tcase, a_sweep_folds_the_gone_and_makes_room);
	tcase_add_test(tcase, an_entry_used_again_leads_where_its_edge_leads);
	tcase_add_test(tcase, a_sweep_in_vain_is_not_soon_repeated);
	tcase_add_test(tcase, what_is_on_its_way_keeps_its_entry);
	tcase_add_test(tcase, room_is_found_again_and_again);
	tcase_add_test(tcase, without_memory_the_rest_is_counted);
	tcase_add_test(tcase, cannot_begin_without_memory);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(edges_suite);
}
