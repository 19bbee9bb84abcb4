/* check_router_pool.c - the workers that a router makes itself: how many there
 * are, and that each message is handled once whatever becomes of them.
 */
#include <errno.h>
#include <stdatomic.h>
#include <string.h>

#include <buskin/inspect.h>
#include <buskin/router.h>
#include <buskin/status.h>

#include "fail_alloc.h"
#include "favours.h"
#include "harness.h"
#include "number.h"
#include "probe.h"

#define MS INT64_C(1000000)
#define VALUES 4000u
#define FAILS UINT64_C(1000000) /* added to a value: its worker fails on it */

/* --- workers -------------------------------------------------------------- */

static atomic_uint got[VALUES]; /* how often each was handled */
static atomic_uint lives;       /* of workers */
static atomic_uint ends;
static sem_t handled;

struct hand_config {
	bool stillborn; /* fails to open */
	bsk_text said;  /* what it says of each number; none: nothing */
};
BSK_DECLARE(hand_config);

static const struct bsk_field hand_fields[] = {
	BSK_FIELD(hand_config, stillborn, "fails to open"),
	BSK_FIELD(hand_config, said, "what it says of each"),
};
const struct bsk_type hand_config_type = BSK_OWNING_TYPE(hand_config,
    "a worker", hand_fields);

struct hand {
	uint8_t reserved;
};

BSK_HANDLER(on_open, hand, bsk_open)
{
	const struct hand_config *config = bsk_config(ctx);

	(void)self;
	(void)body;
	atomic_fetch_add(&lives, 1);
	return config != NULL && config->stillborn ? -EIO : 0;
}

BSK_HANDLER(on_number, hand, number)
{
	const struct hand_config *config = bsk_config(ctx);
	const char *said = config == NULL ? "" : bsk_text_chars(config->said);

	(void)self;
	atomic_fetch_add(&got[body->value % FAILS], 1);
	sem_post(&handled);
	if (said[0] != '\0')
		(void)bsk_emit(ctx, 0, BSK_NEW(bsk_bytes,
		    .bytes = bsk_buf_copy(said, strlen(said))));
	return body->value >= FAILS ? -EIO : 0;
}

BSK_HANDLER(on_close, hand, bsk_close)
{
	(void)self;
	(void)ctx;
	(void)body;
	atomic_fetch_add(&ends, 1);
	return 0;
}

static const struct bsk_handler hand_handlers[] = {
	BSK_ON(bsk_open,  on_open),
	BSK_ON(number,    on_number),
	BSK_ON(bsk_close, on_close),
};
static const struct bsk_port hand_ports[] = {
	BSK_PORT_OUT("said", bsk_bytes, "what it says"),
};
static const struct bsk_class hand_class = BSK_CLASS(hand, "hand", "works",
    hand_handlers, BSK_PORTS(hand_ports), .config = &hand_config_type);

static const struct bsk_class *const classes[] = {
	&hand_class, &bsk_router_class, NULL,
};

/* --- the world ------------------------------------------------------------ */

static bsk_system *sys;
static bsk_ref router;
static struct probe_log heard;
static bsk_ref boss;
static uint64_t sent; /* values */

static struct bsk_router_config
pool_of(uint32_t size)
{
	return (struct bsk_router_config){ .worker = bsk_text_copy("hand"),
	    .size = size, .restarts = 1000, .within_ns = 1000 * MS,
	    .backoff_first_ns = MS, .backoff_max_ns = 4 * MS };
}

static void
run(void)
{
	ck_assert_int_eq(bsk_sim_run(sys, INT64_MAX), 0);
}

static void
spawn_router(struct bsk_router_config config,
    const struct bsk_spawn_options *options)
{
	ck_assert_int_eq(bsk_system_spawn(sys, &bsk_router_class,
	    bsk_parcel_new(&bsk_router_config_type, &config), options,
	    &router), 0);
	probe_monitor(sys, boss, router);
	run();
}

static void
begin_nobody(void)
{
	sent = 0;
	sem_init(&handled, 0, 0);
	probe_log_init(&heard);
	ck_assert_int_eq(bsk_sim_create(&(struct bsk_system_options){
	    .classes = classes }, harness_seed(), &sys), 0);
	boss = probe_spawn(sys, &heard, NULL);
}

static void
begin(struct bsk_router_config config)
{
	begin_nobody();
	spawn_router(config, NULL);
}

static void
end(void)
{
	bsk_system_stop(sys, 0);
	ck_assert_int_eq(bsk_sim_run(sys, INT64_MAX), 1);
	bsk_system_destroy(sys);
	probe_log_release(&heard);
	ck_assert_uint_eq(atomic_load(&lives), atomic_load(&ends));
}

/* Values go out without anybody being given time to handle them. */
static void
send_values(unsigned count)
{
	for (; count > 0; count--)
		ck_assert_int_eq(bsk_system_send(sys, router,
		    BSK_NEW(number, .value = sent++)), 0);
}

static void
send_failure(void)
{
	ck_assert_int_eq(bsk_system_send(sys, router,
	    BSK_NEW(number, .value = FAILS + sent++)), 0);
}

static void
all_are_handled_once(void)
{
	for (uint64_t i = 0; i < sent; i++)
		ck_assert_uint_eq(atomic_load(&got[i]), 1);
}

static bool
count_child(void *arg, const struct bsk_actor_info *info)
{
	*(unsigned *)arg += bsk_ref_equal(info->parent, router);
	return true;
}

static unsigned
children(void)
{
	unsigned count = 0;

	ck_assert_int_eq(bsk_inspect_actors(sys, count_child, &count), 0);
	return count;
}

static bool
note_child(void *arg, const struct bsk_actor_info *info)
{
	if (bsk_ref_equal(info->parent, router))
		*(bsk_ref *)arg = info->ref;
	return true;
}

static bsk_ref
last_child(void)
{
	bsk_ref child = bsk_nobody();

	(void)bsk_inspect_actors(sys, note_child, &child);
	return child;
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
ask_for(uint32_t size)
{
	probe_ask(sys, boss, router, BSK_PARCEL(bsk_router_resize,
	    .size = size));
}

static void
resize(uint32_t size)
{
	ask_for(size);
	run();
	ck_assert_uint_eq(((const struct bsk_router_resized *)probe_last(&heard,
	    &bsk_router_resized_type))->size, size);
}

static const struct bsk_result *
refused(struct bsk_parcel *request)
{
	probe_ask(sys, boss, router, request);
	run();
	return probe_last(&heard, &bsk_result_type);
}

static int
ended_with(void)
{
	const struct bsk_down *down = probe_last(&heard, &bsk_down_type);

	ck_assert_ptr_nonnull(down);
	return down->reason;
}

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
