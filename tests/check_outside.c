/* check_outside.c - threads outside a system: spawn, send, call, find, stop.
 *
 * size-exception: one world of threads and favours serves all of its claims
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <time.h>

#include <buskin/inspect.h>

#include "harness.h"

#define SECOND_NS INT64_C(1000000000)

struct number {
	uint64_t value;
};
BSK_DECLARE(number);
static const struct bsk_field number_fields[] = {
	BSK_FIELD(number, value, "which"),
};
const struct bsk_type number_type =
    BSK_TYPE(number, "a number", number_fields);

/* What a clerk does with what it is asked. */
enum wish { ANSWER, IGNORE, HOLD, FAIL, BLOCK, FILL, STOP_ALL, SELF };

struct favour {
	uint32_t wish;
	bsk_text text; /* so that what is not delivered leaks if it is lost */
};
BSK_DECLARE(favour);
static const struct bsk_field favour_fields[] = {
	BSK_FIELD(favour, wish, "what to do"),
	BSK_FIELD(favour, text, "no matter"),
};
const struct bsk_type favour_type =
    BSK_OWNING_TYPE(favour, "do something", favour_fields);

struct clerk {
	uint64_t handled;
};

static sem_t in_handler; /* posted by one that blocks */
static sem_t go_on;      /* what it waits for */
static atomic_uint opened;
static atomic_uint closed;

BSK_HANDLER(clerk_open, clerk, bsk_open);
BSK_HANDLER(clerk_favour, clerk, favour);
BSK_HANDLER(clerk_close, clerk, bsk_close);

static const struct bsk_handler clerk_handlers[] = {
	BSK_ON(bsk_open, clerk_open),
	BSK_ON(favour, clerk_favour),
	BSK_ON(bsk_close, clerk_close),
};
static const struct bsk_port clerk_ports[] = {
	BSK_PORT_OUT("out", number, "numbers"),
};
static const struct bsk_class clerk_class = BSK_CLASS(clerk, "clerk",
    "does favours", clerk_handlers, BSK_PORTS(clerk_ports),
    .config = &favour_type);

static int
clerk_open(struct clerk *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	(void)self;
	(void)ctx;
	(void)open;
	atomic_fetch_add(&opened, 1);
	return 0;
}

static int
clerk_favour(struct clerk *self, bsk_ctx *ctx, const struct favour *favour)
{
	self->handled++;
	switch (favour->wish) {
	case ANSWER:
		return bsk_reply(ctx, BSK_NEW(number,
		    .value = self->handled));
	case HOLD:
		ck_assert_ptr_nonnull(bsk_hold(ctx));
		return 0;
	case FAIL:
		return -EIO;
	case FILL: /* its own mailbox, of two */
		for (int i = 0; i < 2; i++)
			(void)bsk_send(ctx, bsk_self(ctx), BSK_NEW(favour,
			    .wish = IGNORE));
		/* fall through */
	case BLOCK:
		sem_post(&in_handler);
		while (sem_wait(&go_on) != 0)
			;
		return 0;
	case STOP_ALL:
		bsk_stop_system(ctx, 7);
		return 0;
	case SELF: /* for ever */
		return bsk_send(ctx, bsk_self(ctx), BSK_NEW(favour,
		    .wish = SELF));
	default:
		return 0;
	}
}

static int
clerk_close(struct clerk *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)self;
	(void)ctx;
	(void)close;
	atomic_fetch_add(&closed, 1);
	return 0;
}

/* One that never comes to the end of what it has begun. */
struct dawdler {
	char unused;
};

BSK_HANDLER(dawdler_drain, dawdler, bsk_drain);

static const struct bsk_handler dawdler_handlers[] = {
	BSK_ON(bsk_drain, dawdler_drain),
};
static const struct bsk_class dawdler_class =
    BSK_CLASS(dawdler, "dawdler", "never ends", dawdler_handlers);

static int
dawdler_drain(struct dawdler *self, bsk_ctx *ctx,
    const struct bsk_drain *drain)
{
	(void)self;
	(void)ctx;
	(void)drain;
	sem_post(&in_handler);
	return 0;
}

/* --- helpers ------------------------------------------------------------- */

static bsk_system *
new_system(void)
{
	struct bsk_system_options options = {.workers = 2};
	bsk_system *system;

	sem_init(&in_handler, 0, 0);
	sem_init(&go_on, 0, 0);
	ck_assert_int_eq(bsk_system_create(&options, &system), 0);
	return system;
}

static bsk_ref
clerk(bsk_system *system, enum bsk_placement placement)
{
	struct bsk_spawn_options options = {.placement = placement};
	bsk_ref ref;

	ck_assert_int_eq(bsk_system_spawn(system, &clerk_class, NULL,
	    &options, &ref), 0);
	return ref;
}

static bsk_message *
favour(enum wish wish)
{
	return BSK_NEW(favour, .wish = wish,
	    .text = bsk_text_copy("a text that is not kept in place"));
}

static void
wait_for(sem_t *sem)
{
	struct timespec until;

	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_sec += HARNESS_PATIENCE_S;
	ck_assert_int_eq(sem_timedwait(sem, &until), 0);
}

static int
call(bsk_system *system, bsk_ref to, enum wish wish, int64_t timeout_ns)
{
	bsk_message *answer;
	int r = bsk_system_call(system, to, favour(wish), timeout_ns, &answer);

	if (r == 0)
		bsk_message_free(answer);
	return r;
}

static void
end(bsk_system *system, int status)
{
	bsk_system_stop(system, status);
	ck_assert_int_eq(bsk_system_wait(system, HARNESS_PATIENCE_NS),
	    status);
}

/* --- calls --------------------------------------------------------------- */

START_TEST(a_call_is_answered_or_told_why_not)
{
	bsk_system *system = new_system();
	bsk_ref ref = clerk(system, BSK_PLACE_POOL);
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
	bsk_ref ref = clerk(system, BSK_PLACE_POOL);
	bsk_ref other;
	int64_t begin_ns = bsk_os_libc.now(&bsk_os_libc);

	ck_assert_int_eq(bsk_system_start(system), 0);
	end(system, 3);
	ck_assert_int_eq(call(system, ref, ANSWER, 1000 * SECOND_NS),
	    -ESHUTDOWN);
	ck_assert_int_eq(bsk_system_send(system, ref, favour(ANSWER)),
	    -ESHUTDOWN);
	ck_assert_int_eq(bsk_system_spawn(system, &clerk_class,
	    BSK_PARCEL(favour, .text = bsk_text_copy("long enough to be "
	    "allocated")), NULL, &other), -ESHUTDOWN);
	ck_assert_int_eq(bsk_system_find(system, "clerk", &other), -ENOENT);
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
			.to = clerk(system, round % 2 == 0 ? BSK_PLACE_POOL :
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
		end(system, 0);
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
	ck_assert_int_eq(bsk_system_spawn(system, &clerk_class, NULL,
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
	static const struct bsk_handler twice[] = {
		BSK_ON(favour, clerk_favour),
		BSK_ON(favour, clerk_favour),
	};
	static const struct bsk_class unsound =
	    BSK_CLASS(clerk, "unsound", "a type twice", twice);
	struct bsk_wire wire = {.port = bsk_text_copy("no-such-port")};
	struct bsk_spawn_options named = {.name = "ann"};
	struct bsk_spawn_options wired = {.wires = &wire, .wire_count = 1};
	bsk_ref ref;

	for (int is_started = 0; is_started < 2; is_started++) {
		bsk_system *system = new_system();

		if (is_started)
			ck_assert_int_eq(bsk_system_start(system), 0);
		ck_assert_int_eq(bsk_system_spawn(system, &unsound, NULL,
		    NULL, &ref), -EINVAL);
		ck_assert_int_eq(bsk_system_spawn(system, &clerk_class,
		    BSK_PARCEL(number, .value = 1), NULL, &ref), -EINVAL);
		ck_assert_int_eq(bsk_system_spawn(system, &clerk_class,
		    BSK_PARCEL(favour, .text = bsk_text_copy("one that is "
		    "certainly allocated")), &wired, &ref), -EINVAL);
		ck_assert_int_eq(bsk_system_spawn(system, &clerk_class,
		    BSK_PARCEL(favour, .text = bsk_text_copy("one that is "
		    "certainly allocated")), &named, &ref), 0);
		ck_assert_int_eq(bsk_system_spawn(system, &clerk_class,
		    BSK_PARCEL(favour, .text = bsk_text_copy("one that is "
		    "certainly allocated")), &named, &ref), -EEXIST);
		named.placement = BSK_PLACE_THREAD;
		ck_assert_int_eq(bsk_system_spawn(system, &clerk_class, NULL,
		    &named, &ref), -EEXIST);
		named.placement = BSK_PLACE_DEFAULT;
		if (is_started)
			end(system, 0);
		bsk_system_destroy(system);
	}
	bsk_text_drop(&wire.port);
}
END_TEST

static void *
spawn_many(void *arg)
{
	for (int i = 0; i < 300; i++)
		clerk(arg, i % 100 == 0 ? BSK_PLACE_HOST : BSK_PLACE_POOL);
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
	end(system, 0);
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
		r = bsk_system_spawn(arg, &clerk_class, BSK_PARCEL(favour,
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
			(void)call(system, clerk(system, BSK_PLACE_POOL),
			    ANSWER, HARNESS_PATIENCE_NS);
		end(system, 0);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
		ck_assert_uint_eq(atomic_load(&opened),
		    atomic_load(&closed));
		bsk_system_destroy(system);
	}
}
END_TEST

/* --- stopping ------------------------------------------------------------ */

START_TEST(a_stop_before_the_start_is_kept)
{
	bsk_system *system = new_system();

	(void)clerk(system, BSK_PLACE_POOL);
	bsk_system_stop(system, 5);
	ck_assert_int_eq(bsk_system_run(system), 5);
	ck_assert_uint_eq(atomic_load(&closed), 1);
	ck_assert_int_eq(bsk_system_run(system), -EALREADY);
	ck_assert_int_eq(bsk_system_start(system), -EALREADY);
	bsk_system_destroy(system);
}
END_TEST

START_TEST(an_actor_may_stop_the_system)
{
	bsk_system *system = new_system();
	bsk_ref ref = clerk(system, BSK_PLACE_POOL);

	ck_assert_int_eq(bsk_system_send(system, ref, favour(STOP_ALL)), 0);
	ck_assert_int_eq(bsk_system_send(system, ref, favour(STOP_ALL)), 0);
	ck_assert_int_eq(bsk_system_send(system, ref, favour(STOP_ALL)), 0);
	ck_assert_int_eq(bsk_system_run(system), 7);
	bsk_system_destroy(system);
}
END_TEST

START_TEST(a_second_stop_kills)
{
	bsk_system *system = new_system();
	bsk_ref ref;

	ck_assert_int_eq(bsk_system_spawn(system, &dawdler_class, NULL, NULL,
	    &ref), 0);
	ck_assert_int_eq(bsk_system_start(system), 0);
	bsk_system_stop(system, 2);
	wait_for(&in_handler);
	ck_assert_int_eq(bsk_system_wait(system, 1000000), -ETIMEDOUT);
	bsk_system_stop(system, 9);
	ck_assert_int_eq(bsk_system_wait(system, SECOND_NS * 10), 2);
	bsk_system_destroy(system);
}
END_TEST

START_TEST(the_deadline_of_a_stop_kills)
{
	struct bsk_system_options options = {
		.workers = 1,
		.stop_timeout_ns = 20000000,
	};
	bsk_system *system;
	bsk_ref ref;

	sem_init(&in_handler, 0, 0);
	ck_assert_int_eq(bsk_system_create(&options, &system), 0);
	ck_assert_int_eq(bsk_system_spawn(system, &dawdler_class, NULL, NULL,
	    &ref), 0);
	ck_assert_int_eq(bsk_system_start(system), 0);
	end(system, 0);
	bsk_system_destroy(system);
}
END_TEST

static void *
run(void *arg)
{
	ck_assert_int_eq(bsk_system_run(arg), 0);
	return NULL;
}

START_TEST(what_runs_in_another_thread_may_be_destroyed)
{
	for (int round = 0; round < 30; round++) {
		bsk_system *system = new_system();
		bsk_ref ref = clerk(system, BSK_PLACE_POOL);
		pthread_t thread;

		ck_assert_int_eq(pthread_create(&thread, NULL, run, system),
		    0);
		ck_assert_int_eq(call(system, ref, ANSWER,
		    HARNESS_PATIENCE_NS), 0);
		bsk_system_destroy(system);
		ck_assert_int_eq(pthread_join(thread, NULL), 0);
	}
}
END_TEST

START_TEST(what_never_ran_is_destroyed_without_running)
{
	bsk_system *system = new_system();

	for (int i = 0; i < 3; i++) {
		bsk_ref ref = clerk(system, BSK_PLACE_POOL);

		ck_assert_int_eq(bsk_system_send(system, ref, favour(SELF)),
		    0);
		(void)clerk(system, BSK_PLACE_HOST);
	}
	bsk_system_destroy(system);
	ck_assert_uint_eq(atomic_load(&opened), 0);
	ck_assert_uint_eq(atomic_load(&closed), 0);
}
END_TEST

START_TEST(what_was_stopped_and_never_ran_is_destroyed)
{
	bsk_system *system = new_system();

	(void)clerk(system, BSK_PLACE_POOL);
	bsk_system_stop(system, 0);
	bsk_system_stop(system, 0);
	bsk_system_destroy(system);
	system = new_system();
	bsk_system_destroy(system);
	bsk_system_destroy(NULL);
}
END_TEST

/* A thread of its own runs already, and has something to do for ever. */
START_TEST(threads_end_with_a_system_that_never_ran)
{
	bsk_system *system = new_system();

	for (int i = 0; i < 3; i++) {
		bsk_ref ref = clerk(system, BSK_PLACE_THREAD);

		ck_assert_int_eq(bsk_system_send(system, ref, favour(SELF)),
		    0);
		ck_assert_int_eq(bsk_system_send(system, ref, favour(BLOCK)),
		    0);
		wait_for(&in_handler);
		sem_post(&go_on);
	}
	bsk_system_destroy(system);
	ck_assert_uint_eq(atomic_load(&opened), 3);
	ck_assert_uint_eq(atomic_load(&closed), 3);
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
	tcase_add_test(tcase, a_stop_before_the_start_is_kept);
	tcase_add_test(tcase, an_actor_may_stop_the_system);
	tcase_add_test(tcase, a_second_stop_kills);
	tcase_add_test(tcase, the_deadline_of_a_stop_kills);
	tcase_add_test(tcase, what_runs_in_another_thread_may_be_destroyed);
	tcase_add_test(tcase, what_never_ran_is_destroyed_without_running);
	tcase_add_test(tcase, what_was_stopped_and_never_ran_is_destroyed);
	tcase_add_test(tcase, threads_end_with_a_system_that_never_ran);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(outside_suite);
}
