/* check_deadlock.c - actors that wait for room in each other's mailboxes. */
#include <errno.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#include <buskin/inspect.h>
#include <buskin/log.h>
#include <buskin/sim.h>

#include "favours.h"
#include "harness.h"
#include "number.h"

#define RING_MAX 63u /* as many as are found */
#define DEPTH 8u     /* of a tree of messages */
#define TREE ((1u << (DEPTH + 1)) - 1)

static bsk_system *sys;
static bsk_ref ring[RING_MAX];
static atomic_uint handled;
static sem_t all_handled;

/* --- one of a ring: passes on two for each -------------------------------- */

struct link_config {
	uint32_t number;
	uint32_t count;
};
BSK_DECLARE(link_config);

static const struct bsk_field link_fields[] = {
	BSK_FIELD(link_config, number, "which"),
	BSK_FIELD(link_config, count, "of how many"),
};
const struct bsk_type link_config_type = BSK_TYPE(link_config,
    "one of a ring", link_fields);

struct link {
	uint8_t reserved;
};

BSK_HANDLER(on_number, link, number)
{
	const struct link_config *config = bsk_config(ctx);
	int error = 0;

	(void)self;
	if (atomic_fetch_add(&handled, 1) + 1 == TREE)
		sem_post(&all_handled);
	for (int i = 0; i < 2 && body->value > 0 && error == 0; i++)
		error = bsk_send(ctx,
		    ring[(config->number + 1) % config->count],
		    BSK_NEW(number, .value = body->value - 1));
	return error == -ESRCH ? 0 : error;
}

static const struct bsk_handler link_handlers[] = {
	BSK_ON(number, on_number),
};
static const struct bsk_class link_class = BSK_CLASS(link, "link",
    "one of a ring", link_handlers, .config = &link_config_type);

/* --- who is told ---------------------------------------------------------- */

#define TOLD_MAX 16u

static atomic_uint told;
static char words[TOLD_MAX][1024]; /* of the first that were told */

struct taker {
	uint8_t reserved;
};

BSK_HANDLER(on_open, taker, bsk_open)
{
	(void)self;
	(void)body;
	return bsk_take_faults(ctx);
}

BSK_HANDLER(on_fault, taker, bsk_fault)
{
	bsk_text text = bsk_fault_text(body);
	unsigned nth;

	(void)self;
	(void)ctx;
	ck_assert_int_eq(body->reason, -EDEADLK);
	nth = atomic_fetch_add(&told, 1);
	if (nth < TOLD_MAX)
		(void)snprintf(words[nth], sizeof(words[nth]), "%s",
		    bsk_text_chars(text));
	bsk_text_drop(&text);
	return 0;
}

static const struct bsk_handler taker_handlers[] = {
	BSK_ON(bsk_open,  on_open),
	BSK_ON(bsk_fault, on_fault),
};
static const struct bsk_class taker_class = BSK_CLASS(taker, "taker",
    "takes faults", taker_handlers);

/* --- claims --------------------------------------------------------------- */

/* So little room that all wait for each other soon. */
static void
spawn_ring(unsigned count)
{
	static const char *const names[] = { "ann", "bob", "cid" };
	bsk_ref taker;

	ck_assert_int_eq(bsk_system_spawn(sys, &taker_class, NULL, NULL,
	    &taker), 0);
	for (unsigned i = 0; i < count; i++)
		ck_assert_int_eq(bsk_system_spawn(sys, &link_class,
		    BSK_PARCEL(link_config, .number = i, .count = count),
		    &(struct bsk_spawn_options){ .capacity = 2,
		    .name = i < 3 ? names[i] : NULL }, &ring[i]), 0);
}

static void
begin_sim(enum bsk_on_deadlock on_deadlock, unsigned count, uint64_t seed)
{
	ck_assert_int_eq(bsk_sim_create(&(struct bsk_system_options){
	    .on_deadlock = on_deadlock }, seed, &sys), 0);
	spawn_ring(count);
	ck_assert_int_eq(bsk_sim_run(sys, 0), 0); /* the taker takes them */
	ck_assert_int_eq(bsk_system_send(sys, ring[0],
	    BSK_NEW(number, .value = DEPTH)), 0);
	ck_assert_int_eq(bsk_sim_run(sys, INT64_MAX), 0);
}

static void
end_sim(void)
{
	bsk_system_stop(sys, 0);
	ck_assert_int_eq(bsk_sim_run(sys, INT64_MAX), 1);
	bsk_system_destroy(sys);
}

/* The length of a ring for each run of a test. */
static const unsigned lengths[] = { 2, 3, 7, RING_MAX };
#define LENGTHS (int)(sizeof(lengths) / sizeof(lengths[0]))

static void
go_round(unsigned length, uint64_t first_seed)
{
	for (unsigned i = 0; i < 100; i++) {
		atomic_store(&handled, 0);
		atomic_store(&told, 0);
		begin_sim(BSK_DEADLOCK_GO_ON, length, first_seed + i);
		ck_assert_uint_eq(atomic_load(&handled), TREE);
		ck_assert_uint_eq(bsk_system_messages(sys), 0);
		if (length == 2)
			ck_assert_uint_ge(atomic_load(&told), 1);
		end_sim();
	}
}

START_TEST(a_ring_is_told_of_and_goes_on)
{
	go_round(lengths[_i], harness_seed());
}
END_TEST

/* One of these moved, and its probe had the number of an earlier one. */
START_TEST(one_that_moves_is_told_of_too)
{
	go_round(2, UINT64_C(1795475514102738428));
}
END_TEST

START_TEST(all_of_a_ring_are_named)
{
	static const char *const expected[] = {
		"actor ann (link) waited for room in a ring with bob (link), "
		    "cid (link)",
		"actor bob (link) waited for room in a ring with cid (link), "
		    "ann (link)",
		"actor cid (link) waited for room in a ring with ann (link), "
		    "bob (link)",
	};
	bool is_expected = false;

	begin_sim(BSK_DEADLOCK_GO_ON, 3, harness_seed());
	ck_assert_uint_ge(atomic_load(&told), 1);
	/* Two may find the same ring; the later one finds it broken. */
	for (unsigned nth = 0; nth < TOLD_MAX; nth++)
		for (int i = 0; i < 3; i++)
			is_expected = is_expected ||
			    strcmp(words[nth], expected[i]) == 0;
	ck_assert_msg(is_expected, "%s", words[0]);
	end_sim();
}
END_TEST

static unsigned waits; /* that were seen */

static bool
look_at_wait(void *arg, const struct bsk_actor_info *info)
{
	const bsk_ref *next = arg;

	if (bsk_ref_is_nobody(info->waits_for))
		return true;
	ck_assert(info->suspended);
	ck_assert(bsk_ref_equal(info->waits_for, *next));
	waits++;
	return true;
}

static void
look_at_waits(void *arg, const struct bsk_sim_step *step)
{
	(void)arg;
	(void)step;
	for (unsigned i = 0; i < 3; i++)
		(void)bsk_inspect_actor(sys, ring[i], look_at_wait,
		    &ring[(i + 1) % 3]);
}

/* Who waits for whom can be seen meanwhile, and no longer than that. */
START_TEST(waits_can_be_seen)
{
	ck_assert_int_eq(bsk_sim_create(NULL, harness_seed(), &sys), 0);
	spawn_ring(3);
	bsk_sim_trace(sys, look_at_waits, NULL);
	ck_assert_int_eq(bsk_system_send(sys, ring[0],
	    BSK_NEW(number, .value = DEPTH)), 0);
	ck_assert_int_eq(bsk_sim_run(sys, INT64_MAX), 0);
	ck_assert_uint_gt(waits, 0);
	waits = 0;
	look_at_waits(NULL, NULL);
	ck_assert_uint_eq(waits, 0);
	bsk_sim_trace(sys, NULL, NULL);
	end_sim();
}
END_TEST

/* As many as it takes; whoever is left goes on. */
START_TEST(one_of_a_ring_is_killed)
{
	unsigned left = 0;

	begin_sim(BSK_DEADLOCK_KILL, 3, harness_seed());
	ck_assert_uint_ge(atomic_load(&told), 1);
	for (int i = 0; i < 3; i++)
		left += bsk_system_send(sys, ring[i],
		    BSK_NEW(number, .value = 0)) == 0;
	ck_assert_uint_ge(left, 2);
	ck_assert_int_eq(bsk_sim_run(sys, INT64_MAX), 0);
	ck_assert_uint_eq(bsk_system_messages(sys), 0);
	end_sim();
}
END_TEST

/* A consumer that is slow is none: nobody is told. */
START_TEST(to_wait_is_no_deadlock)
{
	ck_assert_int_eq(bsk_sim_create(NULL, harness_seed(), &sys), 0);
	spawn_ring(1); /* to itself */
	ck_assert_int_eq(bsk_system_send(sys, ring[0],
	    BSK_NEW(number, .value = DEPTH)), 0);
	ck_assert_int_eq(bsk_sim_run(sys, INT64_MAX), 0);
	ck_assert_uint_eq(atomic_load(&handled), TREE);
	ck_assert_uint_eq(atomic_load(&told), 0);
	end_sim();
}
END_TEST

/* The homes of the ring are different threads'. */
START_TEST(also_between_threads)
{
	sem_init(&all_handled, 0, 0);
	for (int round = 0; round < 20; round++) {
		atomic_store(&handled, 0);
		ck_assert_int_eq(bsk_system_create(
		    &(struct bsk_system_options){ .workers = 3 }, &sys), 0);
		ck_assert_int_eq(bsk_system_start(sys), 0);
		spawn_ring(lengths[_i]);
		ck_assert_int_eq(bsk_system_send(sys, ring[0],
		    BSK_NEW(number, .value = DEPTH)), 0);
		wait_for(&all_handled);
		harness_system_end(sys);
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("deadlock");
	TCase *tcase = harness_case("deadlock");

	tcase_add_loop_test(tcase, a_ring_is_told_of_and_goes_on, 0, LENGTHS);
	tcase_add_test(tcase, one_that_moves_is_told_of_too);
	tcase_add_test(tcase, all_of_a_ring_are_named);
	tcase_add_test(tcase, waits_can_be_seen);
	tcase_add_test(tcase, one_of_a_ring_is_killed);
	tcase_add_test(tcase, to_wait_is_no_deadlock);
	tcase_add_loop_test(tcase, also_between_threads, 0, LENGTHS);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
