/* check_alarm.c - a mailbox that fills is told of, and its oldest message. */
#include <errno.h>
#include <semaphore.h>
#include <stdio.h>
#include <string.h>

#include <buskin/inspect.h>
#include <buskin/log.h>
#include <buskin/sim.h>
#include <buskin/supervisor.h>

#include "harness.h"
#include "number.h"
#include "probe.h"
#include "seeds.h"

#define MS 1000000

/* --- who is told ---------------------------------------------------------- */

#define TOLD_MAX 32u

struct told {
	bool raised;
	uint32_t depth;
	uint64_t bytes;
	int64_t oldest_ns;
	char name[64];
	char text[256]; /* as the log has it */
};

static struct told told[TOLD_MAX];
static unsigned told_count;

struct taker {
	uint8_t reserved;
};

BSK_HANDLER(taker_open, taker, bsk_open)
{
	(void)self;
	(void)body;
	return bsk_take_faults(ctx);
}

BSK_HANDLER(taker_alarm, taker, bsk_alarm)
{
	bsk_text text = bsk_alarm_text(body);

	(void)self;
	(void)ctx;
	ck_assert_uint_lt(told_count, TOLD_MAX);
	told[told_count] = (struct told){ .raised = body->raised,
	    .depth = body->depth, .bytes = body->bytes,
	    .oldest_ns = body->oldest_ns };
	(void)snprintf(told[told_count].name, 64, "%s",
	    bsk_text_chars(body->name));
	(void)snprintf(told[told_count].text, 256, "%s",
	    bsk_text_chars(text));
	bsk_text_drop(&text);
	told_count++;
	return 0;
}

BSK_HANDLER(taker_number, taker, number)
{
	(void)self;
	(void)ctx;
	(void)body;
	return 0;
}

static const struct bsk_handler taker_handlers[] = {
	BSK_ON(bsk_open, taker_open),
	BSK_ON(bsk_alarm, taker_alarm),
	BSK_ON(number, taker_number),
};
static const struct bsk_class taker_class =
    BSK_CLASS(taker, "taker", "is told", taker_handlers);

/* --- whose mailbox it is -------------------------------------------------- */

static unsigned handled;
static const char *script; /* how many to itself, a digit for each handled */

struct desk {
	uint8_t reserved;
};

BSK_HANDLER(desk_number, desk, number)
{
	int more = script == NULL || handled >= strlen(script) ? 0 :
	    script[handled] - '0';
	int error = 0;

	(void)self;
	(void)body;
	handled++;
	while (error == 0 && more-- > 0)
		error = bsk_send(ctx, bsk_self(ctx),
		    BSK_NEW(number, .value = 1));
	return error;
}

BSK_HANDLER(desk_bytes, desk, bsk_bytes)
{
	(void)self;
	(void)ctx;
	(void)body;
	handled++;
	return 0;
}

static const struct bsk_handler desk_handlers[] = {
	BSK_ON(number, desk_number),
	BSK_ON(bsk_bytes, desk_bytes),
};
static const struct bsk_class desk_class =
    BSK_CLASS(desk, "desk", "is sent much", desk_handlers);

/* --- the world ------------------------------------------------------------ */

static bsk_ref
spawn(bsk_system *system, const struct bsk_class *class_,
    const struct bsk_spawn_options *options)
{
	bsk_ref ref;

	ck_assert_int_eq(bsk_system_spawn(system, class_, NULL, options, &ref),
	    0);
	return ref;
}

static bsk_system *
simulated(const struct bsk_system_options *options, uint64_t seed)
{
	bsk_system *system;

	told_count = 0;
	handled = 0;
	script = NULL;
	ck_assert_int_eq(bsk_sim_create(options, seed, &system), 0);
	(void)spawn(system, &taker_class, NULL);
	ck_assert_int_eq(bsk_sim_run(system, 0), 0);
	return system;
}

static void
rest(bsk_system *system)
{
	ck_assert_int_eq(bsk_sim_run(system, bsk_sim_now(system) + 1000), 0);
}

/* All lie in the mailbox before its actor has a turn. */
static unsigned
pour(bsk_system *system, bsk_ref to, unsigned count)
{
	unsigned refused = 0;

	for (unsigned i = 0; i < count; i++)
		refused += bsk_system_send(system, to,
		    BSK_NEW(number, .value = i)) == -EAGAIN;
	rest(system);
	return refused;
}

static void
finish(bsk_system *system)
{
	bsk_system_stop(system, 0);
	ck_assert_int_eq(bsk_sim_run(system, INT64_MAX), 1);
	harness_check_books(system);
	ck_assert_uint_eq(bsk_system_messages(system), 0);
	bsk_system_destroy(system);
}

/* --- claims --------------------------------------------------------------- */

static const struct bsk_spawn_options half_of_ten = { .name = "ann",
    .capacity = 10, .alarm = 50 };

static void
it_is_told_when_it_fills_and_when_it_has_emptied(uint64_t seed)
{
	bsk_system *system = simulated(NULL, seed);
	bsk_ref desk = spawn(system, &desk_class, &half_of_ten);

	rest(system);
	pour(system, desk, 5);
	ck_assert_uint_eq(told_count, 0);
	pour(system, desk, 6);
	ck_assert_uint_eq(told_count, 2);
	ck_assert(told[0].raised && !told[1].raised);
	ck_assert_uint_eq(told[0].depth, 5);
	ck_assert_uint_eq(told[1].depth, 2);
	ck_assert_str_eq(told[0].name, "ann");
	ck_assert_str_eq(told[0].text, "the mailbox of ann (desk) fills: "
	    "5 messages wait, the oldest for 0 ms");
	ck_assert_str_eq(told[1].text, "the mailbox of ann (desk) empties: "
	    "2 messages wait, the oldest for 0 ms");
	ck_assert_uint_eq(handled, 11);
	finish(system);
}

/* Six, four, then again seven, and none of it is news. */
static void
between_the_mark_and_its_half_it_is_not_told_again(uint64_t seed)
{
	bsk_system *system = simulated(NULL, seed);
	bsk_ref desk = spawn(system, &desk_class, &half_of_ten);

	rest(system);
	script = "004003";
	pour(system, desk, 6);
	ck_assert_uint_eq(told_count, 2);
	ck_assert_uint_eq(told[1].depth, 2);
	pour(system, desk, 6);
	ck_assert_uint_eq(told_count, 4);
	ck_assert_uint_eq(handled, 19);
	finish(system);
}

static void
the_bounds_are_what_they_were(uint64_t seed)
{
	const struct bsk_spawn_options refuses = { .capacity = 10,
	    .alarm = 50, .on_full = BSK_DROP_NEW };
	bsk_system *system = simulated(NULL, seed);
	bsk_ref desk = spawn(system, &desk_class, &refuses);

	rest(system);
	ck_assert_uint_eq(pour(system, desk, 14), 0);
	ck_assert_uint_eq(handled, 10);
	ck_assert_uint_eq(told_count, 2);
	handled = 0;
	ck_assert_uint_eq(pour(system, desk, 4), 0);
	ck_assert_uint_eq(handled, 4);
	ck_assert_uint_eq(told_count, 2);
	finish(system);
}

static void
bytes_raise_it_too(uint64_t seed)
{
	const struct bsk_spawn_options options = { .capacity_bytes = 100000,
	    .alarm = 30 };
	bsk_system *system = simulated(NULL, seed);
	bsk_ref desk = spawn(system, &desk_class, &options);
	static const char zeros[10000];

	rest(system);
	for (unsigned i = 0; i < 5; i++)
		ck_assert_int_eq(bsk_system_send(system, desk, BSK_NEW(
		    bsk_bytes, .bytes = bsk_buf_copy(zeros, sizeof(zeros)))),
		    0);
	rest(system);
	ck_assert_uint_eq(handled, 5);
	ck_assert_uint_eq(told_count, 2);
	ck_assert(told[0].raised);
	ck_assert_uint_ge(told[0].bytes, 30000);
	ck_assert_uint_lt(told[0].bytes, 41000);
	ck_assert_uint_le(told[1].bytes, 15000);
	ck_assert_str_eq(told[0].name, "");
	finish(system);
}

static void
the_system_says_it_for_all(uint64_t seed)
{
	const struct bsk_system_options options = { .capacity = 10,
	    .alarm = 100 };
	const struct bsk_spawn_options none = { .alarm = BSK_ALARM_NONE };
	bsk_system *system = simulated(&options, seed);
	bsk_ref desk = spawn(system, &desk_class, NULL);
	bsk_ref silent = spawn(system, &desk_class, &none);

	rest(system);
	pour(system, silent, 12);
	ck_assert_uint_eq(told_count, 0);
	pour(system, desk, 10);
	ck_assert_uint_eq(told_count, 0);
	pour(system, desk, 11);
	ck_assert_uint_eq(told_count, 2);
	ck_assert_uint_eq(told[0].depth, 10);
	ck_assert_uint_eq(told[1].depth, 5);
	finish(system);
}

static void
a_supervised_child_has_one_too(uint64_t seed)
{
	static const struct bsk_class *const classes[] = { &desk_class, NULL };
	const struct bsk_system_options options = { .classes = classes };
	bsk_system *system = simulated(&options, seed);
	bsk_ref supervisor = spawn(system, &bsk_supervisor_class, NULL);
	struct probe_log heard;
	bsk_ref desk;
	bsk_ref probe;

	probe_log_init(&heard);
	probe = probe_spawn(system, &heard, NULL);
	probe_ask(system, probe, supervisor, BSK_PARCEL(bsk_child_start,
	    .name = bsk_text_copy("cyd"), .class_name = bsk_text_copy("desk"),
	    .capacity = 10, .alarm = 50));
	rest(system);
	ck_assert_int_eq(bsk_system_find(system, "cyd", &desk), 0);
	pour(system, desk, 6);
	ck_assert_uint_eq(told_count, 2);
	ck_assert_str_eq(told[0].name, "cyd");
	finish(system);
	probe_log_release(&heard);
}

/* Its own mailbox fills: nobody is left to be told, and nothing goes round. */
static void
the_taker_is_not_told_of_itself(uint64_t seed)
{
	const struct bsk_system_options options = { .capacity = 10,
	    .alarm = 50 };
	bsk_system *system = simulated(&options, seed);
	bsk_ref taker = spawn(system, &taker_class, NULL);

	rest(system);
	pour(system, taker, 8);
	ck_assert_uint_eq(told_count, 0);
	finish(system);
}

START_TEST(what_is_no_alarm_is_refused)
{
	const struct bsk_system_options options = { .alarm = 101 };
	const struct bsk_spawn_options spawned = { .alarm = 101 };
	bsk_system *system;
	bsk_ref ref;

	ck_assert_int_eq(bsk_system_create(&options, &system), -EINVAL);
	ck_assert_int_eq(bsk_sim_create(NULL, 1, &system), 0);
	ck_assert_int_eq(bsk_system_spawn(system, &desk_class, NULL, &spawned,
	    &ref), -EINVAL);
	bsk_system_destroy(system);
}
END_TEST

/* --- how old -------------------------------------------------------------- */

static sem_t is_in, may_go;

struct stuck {
	uint8_t reserved;
};

/* Puts so many into its own mailbox, then waits: what others send stays on its
 * way as long as its worker does. */
BSK_HANDLER(stuck_number, stuck, number)
{
	int error = 0;

	(void)self;
	if (body->value == 0)
		return 0;
	for (uint64_t i = 0; i < body->value && error == 0; i++)
		error = bsk_send(ctx, bsk_self(ctx),
		    BSK_NEW(number, .value = 0));
	sem_post(&is_in);
	sem_wait(&may_go);
	return error;
}

static const struct bsk_handler stuck_handlers[] = {
	BSK_ON(number, stuck_number),
};
static const struct bsk_class stuck_class =
    BSK_CLASS(stuck, "stuck", "waits in its handler", stuck_handlers,
    .placement = BSK_PLACE_THREAD);

static bool
keep(void *arg, const struct bsk_actor_info *info)
{
	*(struct bsk_actor_info *)arg = *info;
	return true;
}

/* Looks until the oldest has waited so long, or there is none. */
static struct bsk_actor_info
look(bsk_system *system, bsk_ref actor, int64_t age_ns)
{
	int64_t until_ns = bsk_os_libc.now(&bsk_os_libc) +
	    HARNESS_PATIENCE_NS;
	struct bsk_actor_info info;

	do {
		ck_assert_int_eq(bsk_inspect_actor(system, actor, keep,
		    &info), 0);
		if (age_ns == 0 ? info.depth == 0 : info.oldest_ns >= age_ns)
			return info;
	} while (bsk_os_libc.now(&bsk_os_libc) < until_ns);
	ck_abort_msg("depth %u, oldest %lld ns", info.depth,
	    (long long)info.oldest_ns);
	return info;
}

START_TEST(the_oldest_message_has_an_age)
{
	const struct bsk_spawn_options options = { .name = "bob",
	    .capacity = 10, .alarm = 30 };
	bsk_system *system = harness_system(1, NULL);
	bsk_ref actor = spawn(system, &stuck_class, &options);
	struct bsk_actor_info info;

	sem_init(&is_in, 0, 0);
	sem_init(&may_go, 0, 0);
	ck_assert_int_eq(bsk_system_send(system, actor,
	    BSK_NEW(number, .value = 5)), 0);
	sem_wait(&is_in);
	info = look(system, actor, 20 * MS);
	ck_assert_uint_eq(info.capacity, 10);
	ck_assert_int_lt(info.oldest_ns, HARNESS_PATIENCE_NS);
	sem_post(&may_go);
	info = look(system, actor, 0);
	ck_assert_int_eq(info.oldest_ns, 0);
	ck_assert(!info.alarmed);
	harness_system_end(system);
}
END_TEST

/* A hundred wait for one that has nothing else to be known by; what comes from
 * outside meanwhile is alive, and not in its mailbox. */
START_TEST(where_many_wait_their_age_is_known)
{
	bsk_system *system = harness_system(1, NULL);
	bsk_ref actor = spawn(system, &stuck_class, NULL);
	struct bsk_system_info all;

	sem_init(&is_in, 0, 0);
	sem_init(&may_go, 0, 0);
	ck_assert_int_eq(bsk_system_send(system, actor,
	    BSK_NEW(number, .value = 100)), 0);
	sem_wait(&is_in);
	for (int i = 0; i < 50; i++)
		ck_assert_int_eq(bsk_system_send(system, actor,
		    BSK_NEW(number, .value = 0)), 0);
	ck_assert_uint_eq(look(system, actor, 5 * MS).depth, 100);
	bsk_inspect_system(system, &all);
	ck_assert_uint_ge(all.messages, 150);
	sem_post(&may_go);
	(void)look(system, actor, 0);
	harness_system_end(system);
}
END_TEST

#define UNDER_SEEDS(scenario) START_TEST(test_##scenario) \
{ \
	seeds_walk(scenario); \
} \
END_TEST

UNDER_SEEDS(it_is_told_when_it_fills_and_when_it_has_emptied)
UNDER_SEEDS(between_the_mark_and_its_half_it_is_not_told_again)
UNDER_SEEDS(the_bounds_are_what_they_were)
UNDER_SEEDS(bytes_raise_it_too)
UNDER_SEEDS(the_system_says_it_for_all)
UNDER_SEEDS(a_supervised_child_has_one_too)
UNDER_SEEDS(the_taker_is_not_told_of_itself)

static Suite *
alarm_suite(void)
{
	Suite *suite = suite_create("alarm");
	TCase *tcase = harness_case("alarm");

#define ADD(scenario) seeds_add(suite, #scenario, test_##scenario)
	ADD(it_is_told_when_it_fills_and_when_it_has_emptied);
	ADD(between_the_mark_and_its_half_it_is_not_told_again);
	ADD(the_bounds_are_what_they_were);
	ADD(bytes_raise_it_too);
	ADD(the_system_says_it_for_all);
	ADD(a_supervised_child_has_one_too);
	ADD(the_taker_is_not_told_of_itself);
	tcase_add_test(tcase, what_is_no_alarm_is_refused);
	tcase_add_test(tcase, the_oldest_message_has_an_age);
	tcase_add_test(tcase, where_many_wait_their_age_is_known);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(alarm_suite);
}
