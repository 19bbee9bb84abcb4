/* check_router.c - who is passed what a router is sent. */
#include <errno.h>
#include <string.h>

#include <buskin/inspect.h>
#include <buskin/router.h>
#include <buskin/sim.h>
#include <buskin/status.h>

#include "favours.h"
#include "harness.h"
#include "number.h"
#include "probe.h"

#define WORKERS 4
#define VALUES 200

/* --- workers that count --------------------------------------------------- */

static unsigned got[WORKERS];   /* messages of each */
static unsigned got_of[VALUES]; /* which worker had a value last */

struct desk_config {
	uint32_t number;
};
BSK_DECLARE(desk_config);

static const struct bsk_field desk_fields[] = {
	BSK_FIELD(desk_config, number, "which"),
};
const struct bsk_type desk_config_type = BSK_TYPE(desk_config, "a worker",
    desk_fields);

struct desk {
	uint8_t reserved;
};

BSK_HANDLER(on_number, desk, number)
{
	const struct desk_config *config = bsk_config(ctx);

	(void)self;
	got[config->number]++;
	if (body->value < VALUES)
		got_of[body->value] = config->number;
	return 0;
}

BSK_HANDLER(on_bytes, desk, bsk_bytes)
{
	const struct desk_config *config = bsk_config(ctx);

	(void)self;
	(void)body;
	got[config->number]++;
	return 0;
}

static const struct bsk_handler desk_handlers[] = {
	BSK_ON(number,    on_number),
	BSK_ON(bsk_bytes, on_bytes),
};
static const struct bsk_class desk_class = BSK_CLASS(desk, "desk",
    "counts", desk_handlers, .config = &desk_config_type);

/* --- a simulated world ---------------------------------------------------- */

static bsk_system *sys;
static bsk_ref desks[WORKERS];
static bsk_ref router;
static struct probe_log heard;
static bsk_ref boss;

static void
run(void)
{
	ck_assert_int_eq(bsk_sim_run(sys, INT64_MAX), 0);
}

static void
send_value(uint64_t value)
{
	ck_assert_int_eq(bsk_system_send(sys, router,
	    BSK_NEW(number, .value = value)), 0);
	run();
}

static int
answered(struct bsk_parcel *request)
{
	probe_ask(sys, boss, router, request);
	run();
	return ((const struct bsk_result *)probe_last(&heard,
	    &bsk_result_type))->error;
}

static int
add(bsk_ref who)
{
	return answered(BSK_PARCEL(bsk_router_add, .worker = who));
}

static int
take_out(bsk_ref who)
{
	return answered(BSK_PARCEL(bsk_router_remove, .worker = who));
}

static struct bsk_router_status
status(void)
{
	probe_ask(sys, boss, router, BSK_PARCEL(bsk_status_ask));
	run();
	return *(const struct bsk_router_status *)probe_last(&heard,
	    &bsk_router_status_type);
}

static void
begin(int32_t policy, const char *key)
{
	memset(got, 0, sizeof(got));
	probe_log_init(&heard);
	ck_assert_int_eq(bsk_sim_create(NULL, harness_seed(), &sys), 0);
	for (uint32_t i = 0; i < WORKERS; i++)
		ck_assert_int_eq(bsk_system_spawn(sys, &desk_class,
		    BSK_PARCEL(desk_config, .number = i), NULL, &desks[i]), 0);
	ck_assert_int_eq(bsk_system_spawn(sys, &bsk_router_class,
	    BSK_PARCEL(bsk_router_config, .policy = policy,
	    .key = bsk_text_copy(key)), NULL, &router), 0);
	boss = probe_spawn(sys, &heard, NULL);
}

static void
begin_with_all(int32_t policy, const char *key)
{
	begin(policy, key);
	for (int i = 0; i < WORKERS; i++)
		ck_assert_int_eq(add(desks[i]), 0);
}

static void
end(void)
{
	bsk_system_stop(sys, 0);
	ck_assert_int_eq(bsk_sim_run(sys, INT64_MAX), 1);
	bsk_system_destroy(sys);
	probe_log_release(&heard);
}

static unsigned
got_in_all(void)
{
	unsigned sum = 0;

	for (int i = 0; i < WORKERS; i++)
		sum += got[i];
	return sum;
}

/* --- claims --------------------------------------------------------------- */

START_TEST(each_worker_has_its_turn)
{
	begin_with_all(BSK_ROUTE_ROUND_ROBIN, NULL);
	for (uint64_t i = 0; i < 10 * WORKERS; i++)
		send_value(i);
	for (int i = 0; i < WORKERS; i++)
		ck_assert_uint_eq(got[i], 10);
	ck_assert_uint_eq(status().passed, 10 * WORKERS);
	ck_assert_uint_eq(status().workers, WORKERS);
	end();
}
END_TEST

static void
send_all_values(void)
{
	for (uint64_t value = 0; value < VALUES; value++)
		send_value(value);
}

/* And only what one had that has gone is somebody else's then. */
START_TEST(the_same_key_has_the_same_worker)
{
	unsigned first[VALUES];

	begin_with_all(BSK_ROUTE_HASH, "value");
	send_all_values();
	for (int i = 0; i < WORKERS; i++)
		ck_assert_uint_ge(got[i], VALUES / WORKERS / 4);
	memcpy(first, got_of, sizeof(first));
	send_all_values();
	ck_assert_mem_eq(first, got_of, sizeof(first));
	ck_assert_int_eq(take_out(desks[1]), 0);
	send_all_values();
	for (int value = 0; value < VALUES; value++)
		ck_assert(first[value] == 1 ? got_of[value] != 1 :
		    got_of[value] == first[value]);
	ck_assert_int_eq(add(desks[1]), 0);
	send_all_values();
	ck_assert_mem_eq(first, got_of, sizeof(first));
	end();
}
END_TEST

START_TEST(without_the_key_it_is_a_dead_letter)
{
	begin_with_all(BSK_ROUTE_HASH, "name");
	send_value(1);
	send_value(2);
	ck_assert_uint_eq(got_in_all(), 0);
	ck_assert_uint_eq(status().unrouted, 2);
	end();
}
END_TEST

START_TEST(all_of_them_have_a_copy)
{
	begin_with_all(BSK_ROUTE_BROADCAST, NULL);
	send_value(1);
	for (int i = 0; i < WORKERS; i++)
		ck_assert_uint_eq(got[i], 1);
	ck_assert_int_eq(take_out(desks[WORKERS - 1]), 0);
	send_value(2);
	ck_assert_uint_eq(got_in_all(), 2 * WORKERS - 1);
	end();
}
END_TEST

/* The pool changes while messages are on their way: each is handled once. */
START_TEST(nothing_is_lost_while_the_pool_changes)
{
	begin_with_all(BSK_ROUTE_ROUND_ROBIN, NULL);
	for (unsigned round = 0; round < 100; round++) {
		for (uint64_t i = 0; i < 10; i++)
			ck_assert_int_eq(bsk_system_send(sys, router,
			    BSK_NEW(number, .value = i)), 0);
		ck_assert_int_eq(take_out(desks[round % WORKERS]), 0);
		for (uint64_t i = 0; i < 10; i++)
			ck_assert_int_eq(bsk_system_send(sys, router,
			    BSK_NEW(number, .value = i)), 0);
		ck_assert_int_eq(add(desks[round % WORKERS]), 0);
	}
	ck_assert_uint_eq(got_in_all(), 2000);
	end();
}
END_TEST

START_TEST(who_has_ended_is_no_worker)
{
	begin_with_all(BSK_ROUTE_ROUND_ROBIN, NULL);
	probe_kill(sys, boss, desks[2]);
	run();
	ck_assert_uint_eq(status().workers, WORKERS - 1);
	for (uint64_t i = 0; i < 30; i++)
		send_value(i);
	ck_assert_uint_eq(got_in_all(), 30);
	ck_assert_uint_eq(got[2], 0);
	ck_assert_int_eq(take_out(desks[2]), -ENOENT);
	end();
}
END_TEST

START_TEST(without_a_worker_it_is_a_dead_letter)
{
	begin(BSK_ROUTE_ROUND_ROBIN, NULL);
	send_value(1);
	probe_ask(sys, boss, router, BSK_PARCEL(number, .value = 2));
	run();
	ck_assert_int_eq(((const struct bsk_ask_failed *)probe_last(&heard,
	    &bsk_ask_failed_type))->reason, -ESRCH);
	ck_assert_uint_eq(status().unrouted, 2);
	ck_assert_uint_eq(status().passed, 0);
	end();
}
END_TEST

START_TEST(what_cannot_be_a_worker_is_refused)
{
	begin(BSK_ROUTE_BROADCAST, NULL);
	ck_assert_int_eq(add(desks[0]), 0);
	ck_assert_int_eq(add(desks[0]), -EEXIST);
	ck_assert_int_eq(add(router), -EINVAL);
	ck_assert_int_eq(answered(BSK_PARCEL(bsk_router_add,
	    .worker = desks[1], .on_full = BSK_DROP_OLD + 1)), -EINVAL);
	ck_assert_int_eq(add(bsk_nobody()), 0); /* whoever asks */
	ck_assert_int_eq(take_out(bsk_nobody()), 0);
	ck_assert_int_eq(take_out(bsk_nobody()), -ENOENT);
	ck_assert_uint_eq(status().workers, 1);
	end();
}
END_TEST

START_TEST(what_is_wired_is_a_worker)
{
	struct bsk_wire wires[2];
	const struct bsk_spawn_options options = { .wires = wires,
	    .wire_count = 2 };

	begin(BSK_ROUTE_ROUND_ROBIN, NULL);
	for (int i = 0; i < 2; i++)
		wires[i] = (struct bsk_wire){ .port = { "workers" },
		    .to = desks[i] };
	ck_assert_int_eq(bsk_system_spawn(sys, &bsk_router_class, NULL,
	    &options, &router), 0);
	for (int i = 0; i < 10; i++)
		ck_assert_int_eq(bsk_system_send(sys, router, BSK_NEW(
		    bsk_bytes, .bytes = bsk_buf_copy("x", 1))), 0);
	run();
	ck_assert_uint_eq(got[0], 5);
	ck_assert_uint_eq(got[1], 5);
	end();
}
END_TEST

START_TEST(a_key_is_for_the_hash_alone)
{
	struct bsk_router_config config = { .policy = BSK_ROUTE_HASH };
	struct bsk_config_fault fault;

	ck_assert_int_eq(bsk_router_class.check(&config, &fault), -EINVAL);
	ck_assert_str_eq(fault.field, "key");
	config = (struct bsk_router_config){ .key = { "value" } };
	ck_assert_int_eq(bsk_router_class.check(&config, &fault), -EINVAL);
	ck_assert_str_eq(fault.field, "key");
	config.policy = BSK_ROUTE_HASH;
	ck_assert_int_eq(bsk_router_class.check(&config, &fault), 0);
}
END_TEST

/* --- with threads --------------------------------------------------------- */

static bsk_ref
busy_helper(uint32_t capacity, enum bsk_placement placement)
{
	const struct bsk_spawn_options options = { .capacity = capacity,
	    .placement = placement };
	bsk_ref busy;

	ck_assert_int_eq(bsk_system_spawn(sys, &helper_class, NULL, &options,
	    &busy), 0);
	ck_assert_int_eq(bsk_system_send(sys, busy, favour(BLOCK)), 0);
	wait_for(&in_handler);
	return busy;
}

static void
add_now(bsk_ref who, uint8_t on_full)
{
	bsk_message *answer;

	ck_assert_int_eq(bsk_system_call(sys, router, BSK_NEW(bsk_router_add,
	    .worker = who, .on_full = on_full), HARNESS_PATIENCE_NS, &answer),
	    0);
	ck_assert_int_eq(((const struct bsk_result *)bsk_message_body(
	    answer))->error, 0);
	bsk_message_free(answer);
}

static void
begin_threads(int32_t policy)
{
	sys = new_system();
	ck_assert_int_eq(bsk_system_start(sys), 0);
	ck_assert_int_eq(bsk_system_spawn(sys, &bsk_router_class,
	    BSK_PARCEL(bsk_router_config, .policy = policy), NULL, &router),
	    0);
}

/* The worker answers, not the router; and never the one with much to do. An ask
 * may be answered a moment before it has ended, so one more is not much. */
START_TEST(the_fewest_waiting_are_passed_an_ask)
{
	bsk_ref busy;

	begin_threads(BSK_ROUTE_SMALLEST);
	busy = busy_helper(0, BSK_PLACE_THREAD);
	add_now(busy, BSK_ON_FULL_DEFAULT);
	for (int i = 0; i < 5; i++)
		ck_assert_int_eq(bsk_system_send(sys, router,
		    favour(IGNORE)), 0);
	add_now(helper(sys, BSK_PLACE_THREAD), BSK_ON_FULL_DEFAULT);
	for (int i = 0; i < 50; i++)
		ck_assert_int_eq(call(sys, router, ANSWER,
		    HARNESS_PATIENCE_NS), 0);
	sem_post(&go_on);
	harness_system_end(sys);
}
END_TEST

/* One has room for two; what else it is passed is refused there. */
START_TEST(a_full_worker_does_what_was_said)
{
	struct bsk_system_info info;

	begin_threads(BSK_ROUTE_ROUND_ROBIN);
	add_now(busy_helper(2, BSK_PLACE_POOL), BSK_REFUSE);
	for (int i = 0; i < 7; i++)
		ck_assert_int_eq(bsk_system_send(sys, router,
		    favour(IGNORE)), 0);
	do
		bsk_inspect_system(sys, &info);
	while (info.ends[BSK_END_DROPPED] < 5);
	sem_post(&go_on);
	harness_system_end(sys);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("router");
	TCase *tcase = harness_case("router");

	tcase_add_test(tcase, each_worker_has_its_turn);
	tcase_add_test(tcase, the_same_key_has_the_same_worker);
	tcase_add_test(tcase, without_the_key_it_is_a_dead_letter);
	tcase_add_test(tcase, all_of_them_have_a_copy);
	tcase_add_test(tcase, nothing_is_lost_while_the_pool_changes);
	tcase_add_test(tcase, who_has_ended_is_no_worker);
	tcase_add_test(tcase, without_a_worker_it_is_a_dead_letter);
	tcase_add_test(tcase, what_cannot_be_a_worker_is_refused);
	tcase_add_test(tcase, what_is_wired_is_a_worker);
	tcase_add_test(tcase, a_key_is_for_the_hash_alone);
	tcase_add_test(tcase, the_fewest_waiting_are_passed_an_ask);
	tcase_add_test(tcase, a_full_worker_does_what_was_said);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
