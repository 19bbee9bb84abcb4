/* check_outside.c - threads outside a system: spawn, send, call, find. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <buskin/inspect.h>

#include "favours.h"
#include "harness.h"
#include "number.h"

/* --- calls --------------------------------------------------------------- */

START_TEST(a_call_is_answered_or_told_why_not)
{
	bsk_system *system = new_system();
	bsk_ref ref = helper(system, BSK_PLACE_POOL);
	const bsk_ref nobody = {UINT64_C(99) << 32 | 12345};

	ck_assert_int_eq(bsk_system_start(system), 0);
	ck_assert_int_eq(call(system, ref, ANSWER, SECOND_NS * 10), 0);
	ck_assert_int_eq(call(system, ref, IGNORE, SECOND_NS * 10), -ENODATA);
	ck_assert_int_eq(call(system, ref, HOLD, 1000000), -ETIMEDOUT);
	ck_assert_int_eq(call(system, ref, HOLD, -1), -ETIMEDOUT);
	ck_assert_int_eq(call(system, ref, HOLD, INT64_MIN), -ETIMEDOUT);
	ck_assert_int_eq(call(system, nobody, ANSWER, SECOND_NS * 10),
	    -ESRCH);
	ck_assert_int_eq(call(system, ref, FAIL, SECOND_NS * 10), -EIO);
	ck_assert_int_eq(call(system, ref, ANSWER, SECOND_NS * 10), -ESRCH);
	harness_system_end(system);
}
END_TEST

START_TEST(after_the_end_nobody_waits)
{
	bsk_system *system = new_system();
	bsk_ref ref = helper(system, BSK_PLACE_POOL);
	bsk_ref other;
	int64_t begin_ns = bsk_os_libc.now(&bsk_os_libc);

	ck_assert_int_eq(bsk_system_start(system), 0);
	end_system(system, 3);
	ck_assert_int_eq(call(system, ref, ANSWER, 1000 * SECOND_NS),
	    -ESHUTDOWN);
	ck_assert_int_eq(bsk_system_send(system, ref, favour(ANSWER)),
	    -ESHUTDOWN);
	ck_assert_int_eq(bsk_system_spawn(system, &helper_class,
	    BSK_PARCEL(favour, .text = bsk_text_copy("long enough to be "
	    "allocated")), NULL, &other), -ESHUTDOWN);
	ck_assert_int_eq(bsk_system_find(system, "helper", &other), -ENOENT);
	bsk_system_stop(system, 4);
	ck_assert_int_eq(bsk_system_wait(system, -1), 3);
	ck_assert_int_lt(bsk_os_libc.now(&bsk_os_libc) - begin_ns,
	    900 * SECOND_NS);
	bsk_system_destroy(system);
}
END_TEST

struct caller {
	bsk_system *system;
	bsk_ref to;
	enum wish wish;
	int last;
	unsigned answered;
};

static void *
call_until_the_end(void *arg)
{
	struct caller *caller = arg;

	do {
		caller->last = call(caller->system, caller->to, caller->wish,
		    1000 * SECOND_NS);
		caller->answered += caller->last == 0;
	} while (caller->last != -ESHUTDOWN);
	return NULL;
}

/* At whatever moment the end finds a caller, it is not left waiting. */
START_TEST(a_call_under_way_ends_with_the_system)
{
	for (unsigned round = 0; round < 60; round++) {
		bsk_system *system = new_system();
		struct caller caller = {
			.system = system,
			.to = helper(system, round % 2 == 0 ? BSK_PLACE_POOL :
			    BSK_PLACE_HOST),
			.wish = round % 3 == 0 ? HOLD : ANSWER,
		};
		pthread_t thread;

		ck_assert_int_eq(bsk_system_start(system), 0);
		ck_assert_int_eq(pthread_create(&thread, NULL,
		    call_until_the_end, &caller), 0);
		if (round % 4 == 0)
			ck_assert_int_eq(call(system, caller.to, ANSWER,
			    HARNESS_PATIENCE_NS), 0);
		end_system(system, 0);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
		ck_assert_int_eq(caller.last, -ESHUTDOWN);
		bsk_system_destroy(system);
	}
}
END_TEST

START_TEST(a_full_mailbox_is_told_outside)
{
	bsk_system *system = new_system();
	struct bsk_spawn_options options = {.capacity = 2};
	bsk_ref ref;

	ck_assert_int_eq(bsk_system_start(system), 0);
	ck_assert_int_eq(bsk_system_spawn(system, &helper_class, NULL,
	    &options, &ref), 0);
	ck_assert_int_eq(bsk_system_send(system, ref, favour(FILL)), 0);
	wait_for(&in_handler);
	ck_assert_int_eq(bsk_system_send(system, ref, favour(IGNORE)),
	    -EAGAIN);
	sem_post(&go_on);
	ck_assert_int_eq(call(system, ref, ANSWER, HARNESS_PATIENCE_NS), 0);
	ck_assert_int_eq(bsk_system_send(system, ref, favour(IGNORE)), 0);
	harness_system_end(system);
}
END_TEST

/* --- spawning ------------------------------------------------------------ */

START_TEST(a_wrong_request_says_so_and_keeps_nothing)
{
	const struct bsk_handler twice[] = {
		helper_class.handlers[0], helper_class.handlers[0],
	};
	struct bsk_class unsound = helper_class;
	struct bsk_wire wire = {.port = bsk_text_copy("no-such-port")};
	struct bsk_spawn_options named = {.name = "ann"};
	struct bsk_spawn_options wired = {.wires = &wire, .wire_count = 1};
	bsk_ref ref;

	unsound.handlers = twice;
	unsound.handler_count = 2;
	for (int is_started = 0; is_started < 2; is_started++) {
		bsk_system *system = new_system();

		if (is_started)
			ck_assert_int_eq(bsk_system_start(system), 0);
		ck_assert_int_eq(bsk_system_spawn(system, &unsound, NULL,
		    NULL, &ref), -EINVAL);
		ck_assert_int_eq(bsk_system_spawn(system, &helper_class,
		    BSK_PARCEL(number, .value = 1), NULL, &ref), -EINVAL);
		ck_assert_int_eq(bsk_system_spawn(system, &helper_class,
		    BSK_PARCEL(favour, .text = bsk_text_copy("one that is "
		    "certainly allocated")), &wired, &ref), -EINVAL);
		ck_assert_int_eq(bsk_system_spawn(system, &helper_class,
		    BSK_PARCEL(favour, .text = bsk_text_copy("one that is "
		    "certainly allocated")), &named, &ref), 0);
		ck_assert_int_eq(bsk_system_spawn(system, &helper_class,
		    BSK_PARCEL(favour, .text = bsk_text_copy("one that is "
		    "certainly allocated")), &named, &ref), -EEXIST);
		named.placement = BSK_PLACE_THREAD;
		ck_assert_int_eq(bsk_system_spawn(system, &helper_class, NULL,
		    &named, &ref), -EEXIST);
		named.placement = BSK_PLACE_DEFAULT;
		if (is_started)
			end_system(system, 0);
		bsk_system_destroy(system);
	}
	bsk_text_drop(&wire.port);
}
END_TEST

static void *
spawn_many(void *arg)
{
	for (int i = 0; i < 300; i++)
		helper(arg, i % 100 == 0 ? BSK_PLACE_HOST : BSK_PLACE_POOL);
	return NULL;
}

/* Before the start it is their own threads that make the actors. */
START_TEST(several_threads_may_spawn_before_and_after_the_start)
{
	bsk_system *system = new_system();
	struct bsk_system_info info;
	pthread_t threads[3];

	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, spawn_many,
		    system), 0);
	ck_assert_int_eq(bsk_system_start(system), 0);
	for (int i = 0; i < 3; i++)
		ck_assert_int_eq(pthread_join(threads[i], NULL), 0);
	bsk_inspect_system(system, &info);
	ck_assert_uint_eq(info.actors, 1 + 3 * 300);
	end_system(system, 0);
	ck_assert_uint_eq(atomic_load(&opened), 3 * 300);
	ck_assert_uint_eq(atomic_load(&closed), 3 * 300);
	bsk_system_destroy(system);
}
END_TEST

static void *
spawn_until_the_end(void *arg)
{
	bsk_ref ref;
	int r;

	do
		r = bsk_system_spawn(arg, &helper_class, BSK_PARCEL(favour,
		    .text = bsk_text_copy("one that is certainly allocated")),
		    NULL, &ref);
	while (r == 0);
	ck_assert_int_eq(r, -ESHUTDOWN);
	return NULL;
}

START_TEST(a_stop_finds_those_who_are_just_spawning)
{
	for (int round = 0; round < 20; round++) {
		bsk_system *system = new_system();
		pthread_t thread;

		ck_assert_int_eq(bsk_system_start(system), 0);
		ck_assert_int_eq(pthread_create(&thread, NULL,
		    spawn_until_the_end, system), 0);
		if (round % 2 == 0)
			(void)call(system, helper(system, BSK_PLACE_POOL),
			    ANSWER, HARNESS_PATIENCE_NS);
		end_system(system, 0);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
		ck_assert_uint_eq(atomic_load(&opened),
		    atomic_load(&closed));
		bsk_system_destroy(system);
	}
}
END_TEST

static Suite *
outside_suite(void)
{
	Suite *suite = suite_create("outside");
	TCase *tcase = harness_case("outside");

	tcase_add_test(tcase, a_call_is_answered_or_told_why_not);
	tcase_add_test(tcase, after_the_end_nobody_waits);
	tcase_add_test(tcase, a_call_under_way_ends_with_the_system);
	tcase_add_test(tcase, a_full_mailbox_is_told_outside);
	tcase_add_test(tcase, a_wrong_request_says_so_and_keeps_nothing);
	tcase_add_test(tcase,
	    several_threads_may_spawn_before_and_after_the_start);
	tcase_add_test(tcase, a_stop_finds_those_who_are_just_spawning);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(outside_suite);
}
