/* check_router_pool.c - the workers that a router makes itself: how many there
 * are, and that each message is handled once whatever becomes of them.
 */
#include <errno.h>
#include <string.h>

#include <buskin/supervisor.h>

#include "fail_alloc.h"
#include "favours.h"
#include "harness.h"
#include "number.h"
#include "pooled.h"

/* --- claims --------------------------------------------------------------- */

START_TEST(it_makes_as_many_as_are_named)
{
	begin(pool_of(5));
	ck_assert_uint_eq(children(), 5);
	ck_assert_uint_eq(status().workers, 5);
	ck_assert_uint_eq(status().size, 5);
	send_values(50);
	run();
	all_are_handled_once();
	end();
}
END_TEST

START_TEST(its_size_changes_and_nothing_is_lost)
{
	static const uint32_t sizes[] = { 7, 1, 4, 3, 12, 2 };

	begin(pool_of(3));
	for (unsigned round = 0; round < 60; round++) {
		uint32_t size = sizes[round % 6];

		send_values(20);
		ask_for(size);
		send_values(20);
		run();
		ck_assert_uint_eq(children(), size);
		ck_assert_uint_eq(status().workers, size);
		ck_assert_uint_eq(status().leaving, 0);
		all_are_handled_once();
		probe_log_clear(&heard);
	}
	ck_assert_uint_eq(status().restarts, 0);
	end();
}
END_TEST

START_TEST(what_waits_for_one_that_fails_is_handled_by_its_next_life)
{
	begin(pool_of(2));
	for (int i = 0; i < 20; i++) {
		send_values(5);
		send_failure();
		send_values(5);
	}
	run();
	all_are_handled_once();
	ck_assert_uint_eq(status().restarts, 20);
	ck_assert_uint_eq(status().size, 2);
	ck_assert_uint_eq(children(), 2);
	end();
}
END_TEST

START_TEST(one_too_many_that_fails_handles_the_rest_and_goes)
{
	begin(pool_of(8));
	for (int i = 0; i < 8; i++)
		send_failure();
	send_values(80);
	ask_for(1);
	send_values(8);
	run();
	all_are_handled_once();
	ck_assert_uint_eq(status().restarts, 8);
	ck_assert_uint_eq(status().leaving, 0);
	ck_assert_uint_eq(children(), 1);
	end();
}
END_TEST

START_TEST(whose_life_is_ended_has_another)
{
	begin(pool_of(2));
	probe_kill(sys, boss, last_child());
	run();
	ck_assert_uint_eq(children(), 2);
	ck_assert_uint_eq(status().restarts, 1);
	probe_stop(sys, boss, last_child());
	run();
	ck_assert_uint_eq(children(), 2);
	ck_assert_uint_eq(status().restarts, 2);
	send_values(10);
	run();
	all_are_handled_once();
	end();
}
END_TEST

/* Not hot, and not for ever. */
START_TEST(those_that_end_too_often_end_the_router)
{
	struct bsk_router_config config = pool_of(3);

	config.restarts = 4;
	config.worker_config = BSK_PARCEL(hand_config, .stillborn = true);
	begin(config);
	ck_assert_int_eq(ended_with(), -ELOOP);
	ck_assert_uint_le(atomic_load(&lives), 3 + 4);
	ck_assert_uint_eq(children(), 0);
	end();
}
END_TEST

/* The boss restarts it, as a supervisor would. */
START_TEST(in_its_next_life_it_has_a_pool_again)
{
	struct bsk_router_config config = pool_of(3);

	config.restarts = 0;
	begin_nobody();
	probe_spawn_child(sys, boss, &bsk_router_class,
	    bsk_parcel_new(&bsk_router_config_type, &config), true);
	run();
	router = ((const struct bsk_child_started *)probe_last(&heard,
	    &bsk_child_started_type))->child;
	send_failure();
	run();
	ck_assert_int_eq(((const struct bsk_child_ended *)probe_last(&heard,
	    &bsk_child_ended_type))->reason, -ELOOP);
	ck_assert_uint_eq(children(), 3);
	ck_assert_uint_eq(atomic_load(&lives), 6);
	send_values(30);
	run();
	all_are_handled_once();
	end();
}
END_TEST

START_TEST(asked_to_stop_it_lets_them_handle_what_they_have)
{
	begin(pool_of(4));
	send_values(100);
	send_failure();
	send_values(100);
	run();
	send_values(200);
	probe_stop(sys, boss, router);
	run();
	ck_assert_int_eq(ended_with(), 0);
	all_are_handled_once();
	ck_assert_uint_eq(children(), 0);
	end();
}
END_TEST

START_TEST(their_port_leads_where_the_routers_does)
{
	struct bsk_router_config config = pool_of(2);
	struct bsk_wire wire = { .port = { "out" } };
	const struct bsk_spawn_options options = { .wires = &wire,
	    .wire_count = 1 };

	config.out = bsk_text_copy("said");
	config.worker_config = BSK_PARCEL(hand_config,
	    .said = bsk_text_copy("done"));
	begin_nobody();
	wire.to = boss;
	spawn_router(config, &options);
	send_values(3);
	resize(4);
	send_values(4);
	run();
	ck_assert_uint_eq(probe_count(&heard, &bsk_bytes_type), 7);
	end();
}
END_TEST

START_TEST(what_cannot_be_is_refused)
{
	const struct bsk_result *result;

	begin(pool_of(2));
	result = refused(BSK_PARCEL(bsk_router_resize, .size = 0));
	ck_assert_int_eq(result->error, -EINVAL);
	ck_assert_str_eq(bsk_text_chars(result->field), "size");
	result = refused(BSK_PARCEL(bsk_router_resize,
	    .size = BSK_ROUTER_SIZE_MAX + 1));
	ck_assert_int_eq(result->error, -EINVAL);
	ck_assert_str_eq(bsk_text_chars(result->field), "size");
	result = refused(BSK_PARCEL(bsk_router_remove,
	    .worker = last_child()));
	ck_assert_int_eq(result->error, -EPERM);
	ck_assert_uint_eq(status().workers, 2);
	spawn_router((struct bsk_router_config){ .policy = 0 }, NULL);
	ck_assert_int_eq(refused(BSK_PARCEL(bsk_router_resize,
	    .size = 2))->error, -ENOENT);
	end();
}
END_TEST

/* Told as its parent, the boss hears why. */
static void
fails_to_open(struct bsk_router_config config, int reason)
{
	begin_nobody();
	probe_spawn_child(sys, boss, &bsk_router_class,
	    bsk_parcel_new(&bsk_router_config_type, &config), false);
	run();
	ck_assert_int_eq(ended_with(), reason);
	ck_assert_uint_eq(atomic_load(&lives), 0);
	end();
}

START_TEST(what_the_system_does_not_have_is_no_worker)
{
	struct bsk_router_config config = pool_of(2);

	bsk_text_drop(&config.worker);
	config.worker = bsk_text_copy("foot");
	fails_to_open(config, -ENOENT);
	config = pool_of(2);
	config.worker_config = BSK_PARCEL(number, .value = 1);
	fails_to_open(config, -EINVAL);
}
END_TEST

START_TEST(no_wire_leads_from_a_port_that_they_do_not_have)
{
	struct bsk_router_config config = pool_of(2);
	struct bsk_wire wire = { .port = { "out" } };

	config.out = bsk_text_copy("heard");
	begin_nobody();
	wire.to = boss;
	spawn_router(config, &(struct bsk_spawn_options){ .wire_count = 1,
	    .wires = &wire });
	ck_assert_ptr_nonnull(probe_last(&heard, &bsk_down_type));
	ck_assert_uint_eq(atomic_load(&lives), 0);
	end();
}
END_TEST

static void
faulty(struct bsk_router_config config, const char *field)
{
	struct bsk_config_fault fault;

	ck_assert_int_eq(bsk_router_class.check(&config, &fault), -EINVAL);
	ck_assert_str_eq(fault.field, field);
}

START_TEST(a_config_that_cannot_work_names_the_field)
{
	const struct bsk_router_config good = { .worker = { "hand" },
	    .size = 1, .within_ns = MS };
	struct bsk_router_config config = good;

	ck_assert_int_eq(bsk_router_class.check(&good, NULL), 0);
	config.size = 0;
	faulty(config, "size");
	config.size = BSK_ROUTER_SIZE_MAX + 1;
	faulty(config, "size");
	config = good;
	config.within_ns = 0;
	faulty(config, "within_ns");
	config = good;
	config.restarts = 100001;
	faulty(config, "restarts");
	config = good;
	config.backoff_first_ns = -1;
	faulty(config, "backoff_first_ns");
	config = good;
	config.backoff_max_ns = -1;
	faulty(config, "backoff_max_ns");
	faulty((struct bsk_router_config){ .size = 1 }, "worker");
	faulty((struct bsk_router_config){ .out = { "said" } }, "out");
	config = (struct bsk_router_config){ .worker_config =
	    BSK_PARCEL(hand_config) };
	faulty(config, "worker_config");
	bsk_parcel_free(config.worker_config);
}
END_TEST

/* Whichever allocation fails: all of them are made, or none. */
START_TEST(without_memory_it_stays_as_it_was)
{
	unsigned reached = 1000;
	unsigned refusals = 0;

	for (unsigned n = 1; reached >= n - 1; n++) {
		ck_assert_uint_lt(n, 1000);
		begin(pool_of(2));
		fail_alloc_start(n);
		(void)bsk_system_send(sys, router, BSK_NEW(bsk_router_resize,
		    .size = 6));
		(void)bsk_sim_run(sys, INT64_MAX);
		reached = fail_alloc_stop();
		if (probe_count(&heard, &bsk_down_type) == 0) {
			refusals += status().size == 2;
			ck_assert(status().size == 2 || status().size == 6);
			ck_assert_uint_eq(children(), status().size);
			ck_assert_uint_eq(status().workers, children());
			memset(got, 0, sizeof(got));
			send_values(12);
			run();
			all_are_handled_once();
		}
		end();
	}
	ck_assert_uint_gt(refusals, 3);
}
END_TEST

/* --- with threads --------------------------------------------------------- */

static void
resize_now(uint32_t size)
{
	bsk_message *answer;

	ck_assert_int_eq(bsk_system_call(sys, router, BSK_NEW(bsk_router_resize,
	    .size = size), HARNESS_PATIENCE_NS, &answer), 0);
	ck_assert_ptr_eq(bsk_message_type(answer), &bsk_router_resized_type);
	ck_assert_uint_eq(((const struct bsk_router_resized *)bsk_message_body(
	    answer))->size, size);
	bsk_message_free(answer);
}

START_TEST(each_is_handled_once_on_several_threads)
{
	struct bsk_router_config config = pool_of(4);
	unsigned rounds = harness_is_instrumented() ? 40 : 300;

	sem_init(&handled, 0, 0);
	sys = harness_system(4, classes);
	config.policy = BSK_ROUTE_SMALLEST;
	ck_assert_int_eq(bsk_system_spawn(sys, &bsk_router_class,
	    bsk_parcel_new(&bsk_router_config_type, &config), NULL, &router),
	    0);
	for (unsigned round = 0; round < rounds; round++) {
		send_values(6);
		if (round % 8 == 0)
			send_failure();
		resize_now(1 + round * 7 % 9);
		send_values(6);
	}
	for (uint64_t i = 0; i < sent; i++)
		wait_for(&handled);
	harness_system_end(sys);
	all_are_handled_once();
	ck_assert_uint_eq(atomic_load(&lives), atomic_load(&ends));
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("router_pool");
	TCase *tcase = harness_case("router_pool");

	tcase_add_test(tcase, it_makes_as_many_as_are_named);
	tcase_add_test(tcase, its_size_changes_and_nothing_is_lost);
	tcase_add_test(tcase,
	    what_waits_for_one_that_fails_is_handled_by_its_next_life);
	tcase_add_test(tcase,
	    one_too_many_that_fails_handles_the_rest_and_goes);
	tcase_add_test(tcase, whose_life_is_ended_has_another);
	tcase_add_test(tcase, those_that_end_too_often_end_the_router);
	tcase_add_test(tcase, in_its_next_life_it_has_a_pool_again);
	tcase_add_test(tcase,
	    asked_to_stop_it_lets_them_handle_what_they_have);
	tcase_add_test(tcase, their_port_leads_where_the_routers_does);
	tcase_add_test(tcase, what_cannot_be_is_refused);
	tcase_add_test(tcase, what_the_system_does_not_have_is_no_worker);
	tcase_add_test(tcase, no_wire_leads_from_a_port_that_they_do_not_have);
	tcase_add_test(tcase, a_config_that_cannot_work_names_the_field);
	tcase_add_test(tcase, without_memory_it_stays_as_it_was);
	tcase_add_test(tcase, each_is_handled_once_on_several_threads);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
