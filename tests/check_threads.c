/* check_threads.c - threads that come and go with their actors. */
#include <errno.h>
#include <stdlib.h>

#include <buskin/inspect.h>

#include "faulty_os.h"
#include "harness.h"
#include "number.h"
#include "tally.h"

#define LIVES 1000u

/* What a test waits for; handlers on any thread count here. */
static struct tally done = TALLY_INIT;

/* --- a sink, and where actors are placed --------------------------------- */

struct sink {
	uint64_t count;
};

BSK_HANDLER(sink_number, sink, number);

static const struct bsk_handler sink_handlers[] = {
	BSK_ON(number, sink_number),
};
static const struct bsk_class sink_class =
    BSK_CLASS(sink, "sink", "hears numbers", sink_handlers);

static int
sink_number(struct sink *self, bsk_ctx *ctx, const struct number *number)
{
	(void)ctx;
	(void)number;
	self->count++;
	return 0;
}

static bsk_ref
spawn_placed(bsk_system *system, const struct bsk_class *class_,
    struct bsk_parcel *config, enum bsk_placement placement)
{
	struct bsk_spawn_options options = {
		.placement = placement,
	};
	bsk_ref ref;

	ck_assert_int_eq(bsk_system_spawn(system, class_, config, &options,
	    &ref), 0);
	return ref;
}

/* --- threads that come and go -------------------------------------------- */

/* Lives on a thread of its own, has a child on the pool, and ends. */
struct mayfly {
	bsk_ref child;
};

BSK_HANDLER(mayfly_open, mayfly, bsk_open);
BSK_HANDLER(mayfly_number, mayfly, number);
BSK_HANDLER(mayfly_close, mayfly, bsk_close);

static const struct bsk_handler mayfly_handlers[] = {
	BSK_ON(bsk_open, mayfly_open),
	BSK_ON(number, mayfly_number),
	BSK_ON(bsk_close, mayfly_close),
};
static const struct bsk_class mayfly_class = BSK_CLASS(mayfly, "mayfly",
    "ends when it is told", mayfly_handlers, .placement = BSK_PLACE_THREAD);

static int
mayfly_open(struct mayfly *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	(void)open;
	return bsk_spawn(ctx, &sink_class, NULL, NULL, &self->child);
}

static int
mayfly_number(struct mayfly *self, bsk_ctx *ctx, const struct number *number)
{
	(void)bsk_send(ctx, self->child, BSK_NEW(number, .value = 0));
	(void)bsk_reply(ctx, BSK_NEW(number, .value = number->value));
	bsk_exit(ctx, 0);
	return 0;
}

static int
mayfly_close(struct mayfly *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)self;
	(void)ctx;
	(void)close;
	tally_add(&done);
	return 0;
}

static bool
note_worker(void *arg, const struct bsk_actor_info *info)
{
	uint32_t *last = arg;

	if (info->worker > *last)
		*last = info->worker;
	return true;
}

START_TEST(a_thousand_lives_need_few_threads)
{
	bsk_system *system = harness_system(1, NULL);
	uint32_t last = 0;

	for (unsigned i = 0; i < LIVES; i++) {
		bsk_ref ref = spawn_placed(system, &mayfly_class, NULL,
		    BSK_PLACE_DEFAULT);
		bsk_message *answer;

		ck_assert_int_eq(bsk_inspect_actors(system, note_worker,
		    &last), 0);
		ck_assert_int_eq(bsk_system_call(system, ref, BSK_NEW(number,
		    .value = i), HARNESS_PATIENCE_NS, &answer), 0);
		bsk_message_free(answer);
		tally_wait(&done, i + 1);
	}
	/* one is done with, while the next is made already */
	ck_assert_uint_le(last, 60);
	harness_system_end(system);
	ck_assert_uint_eq(tally_count(&done), LIVES);
}
END_TEST

/* All at once, and what is sent to them reaches them or is buried. */
START_TEST(many_live_and_end_at_once)
{
	for (unsigned round = 0; round < 5; round++) {
		bsk_system *system = harness_system(2, NULL);
		bsk_ref refs[40];

		for (unsigned i = 0; i < 40; i++)
			refs[i] = spawn_placed(system, &mayfly_class, NULL,
			    BSK_PLACE_DEFAULT);
		for (unsigned k = 0; k < 20; k++)
			for (unsigned i = 0; i < 40; i++)
				ck_assert_int_eq(bsk_system_send(system,
				    refs[i], BSK_NEW(number, .value = 1)), 0);
		if (round % 2 == 0)
			tally_wait(&done, 40 * (round + 1));
		harness_system_end(system);
		ck_assert_uint_eq(tally_count(&done), 40 * (round + 1));
	}
}
END_TEST

START_TEST(there_is_a_limit_and_it_is_told)
{
	bsk_system *system = harness_system(1, NULL);
	unsigned count = 0;
	bsk_ref ref;
	int r;

	do
		r = bsk_system_spawn(system, &mayfly_class, NULL, NULL, &ref);
	while (r == 0 && ++count < 1000);
	ck_assert_int_eq(r, -EAGAIN);
	ck_assert_uint_ge(count, 200);
	ck_assert_int_eq(bsk_system_spawn(system, &sink_class, NULL, NULL,
	    &ref), 0);
	harness_system_end(system);
	ck_assert_uint_eq(tally_count(&done), count);
}
END_TEST

/* Whoever tried goes on; the worker that was made serves the next. */
START_TEST(a_thread_that_does_not_start_is_told_and_does_no_harm)
{
	struct faulty_os world;
	struct bsk_system_options options = {.workers = 1,
	    .handover_ns = -1};
	bsk_system *system;
	bsk_ref ref;

	faulty_os_init(&world, &bsk_os_libc);
	options.os = &world.table;
	ck_assert_int_eq(bsk_system_create(&options, &system), 0);
	ck_assert_int_eq(bsk_system_start(system), 0);
	for (unsigned i = 0; i < 3; i++) {
		faulty_os_fail(&world, FAULTY_SIGMASK, 1, EAGAIN);
		ck_assert_int_eq(bsk_system_spawn(system, &mayfly_class, NULL,
		    NULL, &ref), -EAGAIN);
		(void)spawn_placed(system, &mayfly_class, NULL,
		    BSK_PLACE_DEFAULT);
	}
	harness_system_end(system);
	ck_assert_uint_eq(tally_count(&done), 3);
}
END_TEST

START_TEST(a_system_that_cannot_start_says_so)
{
	for (unsigned nth = 1; nth <= 3; nth++) {
		struct faulty_os world;
		struct bsk_system_options options = {.workers = 2};
		bsk_system *system;
		bsk_ref ref;

		faulty_os_init(&world, &bsk_os_libc);
		options.os = &world.table;
		ck_assert_int_eq(bsk_system_create(&options, &system), 0);
		(void)spawn_placed(system, &mayfly_class, NULL,
		    BSK_PLACE_DEFAULT);
		faulty_os_fail(&world, FAULTY_SIGMASK, 2 * nth - 1, EAGAIN);
		ck_assert_int_eq(bsk_system_start(system), -EAGAIN);
		ck_assert_int_eq(bsk_system_spawn(system, &sink_class, NULL,
		    NULL, &ref), -ESHUTDOWN);
		bsk_system_destroy(system);
	}
}
END_TEST

/* --- what is made from a thread ------------------------------------------ */

/* Its child is found by its name, on another worker, while it is being made. */
struct infant {
	bool is_open;
};

BSK_HANDLER(infant_open, infant, bsk_open);
BSK_HANDLER(infant_shout, infant, shout);

static const struct bsk_handler infant_handlers[] = {
	BSK_ON(bsk_open, infant_open),
	BSK_ON(shout, infant_shout),
};
static const struct bsk_class infant_class =
    BSK_CLASS(infant, "infant", "hears shouts", infant_handlers);

static int
infant_open(struct infant *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	(void)ctx;
	(void)open;
	self->is_open = true;
	return 0;
}

static int
infant_shout(struct infant *self, bsk_ctx *ctx, const struct shout *shout)
{
	(void)shout;
	ck_assert(self->is_open);
	bsk_exit(ctx, 0);
	return 0;
}

struct nurse {
	unsigned born;
};

BSK_HANDLER(nurse_number, nurse, number);
BSK_HANDLER(nurse_down, nurse, bsk_down);

static const struct bsk_handler nurse_handlers[] = {
	BSK_ON(number, nurse_number),
	BSK_ON(bsk_down, nurse_down),
};
static const struct bsk_class nurse_class = BSK_CLASS(nurse, "nurse",
    "has one child after the other", nurse_handlers,
    .placement = BSK_PLACE_THREAD);

static int
bear(struct nurse *self, bsk_ctx *ctx)
{
	struct bsk_spawn_options options = {
		.name = "infant",
		.placement = self->born % 2 == 0 ? BSK_PLACE_POOL :
		    BSK_PLACE_THREAD,
	};
	bsk_ref child;

	if (++self->born > LIVES)
		return 0;
	return bsk_spawn(ctx, &infant_class, NULL, &options, &child);
}

static int
nurse_number(struct nurse *self, bsk_ctx *ctx, const struct number *number)
{
	(void)number;
	return bear(self, ctx);
}

static int
nurse_down(struct nurse *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	ck_assert_int_eq(down->reason, 0);
	tally_add(&done);
	return bear(self, ctx);
}

struct visitor {
	char unused;
};

BSK_HANDLER(visitor_number, visitor, number);

static const struct bsk_handler visitor_handlers[] = {
	BSK_ON(number, visitor_number),
};
static const struct bsk_class visitor_class =
    BSK_CLASS(visitor, "visitor", "looks for infants", visitor_handlers);

static int
visitor_number(struct visitor *self, bsk_ctx *ctx,
    const struct number *number)
{
	bsk_ref infant;

	(void)self;
	if (bsk_find(ctx, "infant", &infant) == 0)
		(void)bsk_send(ctx, infant, BSK_NEW(shout, .value = 1));
	if (tally_count(&done) == LIVES)
		return 0;
	return bsk_send(ctx, bsk_self(ctx), BSK_NEW(number,
	    .value = number->value));
}

START_TEST(open_is_first_also_for_one_found_by_name)
{
	bsk_system *system = harness_system(1, NULL);
	bsk_ref nurse = spawn_placed(system, &nurse_class, NULL,
	    BSK_PLACE_DEFAULT);

	for (int i = 0; i < 2; i++) {
		bsk_ref visitor = spawn_placed(system, &visitor_class, NULL,
		    i == 0 ? BSK_PLACE_POOL : BSK_PLACE_HOST);

		ck_assert_int_eq(bsk_system_send(system, visitor,
		    BSK_NEW(number, .value = 1)), 0);
	}
	ck_assert_int_eq(bsk_system_send(system, nurse, BSK_NEW(number,
	    .value = 1)), 0);
	tally_wait(&done, LIVES);
	harness_system_end(system);
}
END_TEST

/* Lives on a thread of its own, has a mayfly, and ends when that does. */
struct widow {
	bsk_ref child;
};

BSK_HANDLER(widow_open, widow, bsk_open);
BSK_HANDLER(widow_number, widow, number);
BSK_HANDLER(widow_down, widow, bsk_down);

static const struct bsk_handler widow_handlers[] = {
	BSK_ON(bsk_open, widow_open),
	BSK_ON(number, widow_number),
	BSK_ON(bsk_down, widow_down),
};
static const struct bsk_class widow_class = BSK_CLASS(widow, "widow",
    "outlives its child", widow_handlers, .placement = BSK_PLACE_THREAD);

static int
widow_open(struct widow *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	(void)open;
	return bsk_spawn(ctx, &mayfly_class, NULL, NULL, &self->child);
}

/* Whom it has. */
static int
widow_number(struct widow *self, bsk_ctx *ctx, const struct number *number)
{
	(void)number;
	return bsk_reply(ctx, BSK_NEW(number, .value = self->child.bits));
}

static int
widow_down(struct widow *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	(void)self;
	(void)down;
	bsk_exit(ctx, 0);
	return 0;
}

static int
call(bsk_system *system, bsk_ref ref, uint64_t *ret_value)
{
	bsk_message *answer;
	int r = bsk_system_call(system, ref, BSK_NEW(number, .value = 1),
	    HARNESS_PATIENCE_NS, &answer);

	if (r < 0)
		return r;
	*ret_value = ((const struct number *)bsk_message_body(answer))->value;
	bsk_message_free(answer);
	return 0;
}

/* Whoever is dead, and whose last home was a thread that has ended since, is
 * as dead as any other. */
START_TEST(who_died_at_a_home_that_is_closed_is_gone)
{
	bsk_system *system = harness_system(2, NULL);
	uint64_t value;

	for (unsigned i = 0; i < 20; i++) {
		bsk_ref widow = spawn_placed(system, &widow_class, NULL,
		    BSK_PLACE_DEFAULT);
		bsk_ref child;

		ck_assert_int_eq(call(system, widow, &child.bits), 0);
		ck_assert_int_eq(call(system, child, &value), 0);
		for (unsigned k = 0; k < 500; k++) {
			ck_assert_int_eq(call(system, child, &value), -ESRCH);
			(void)call(system, widow, &value);
		}
		ck_assert_int_eq(call(system, widow, &value), -ESRCH);
	}
	harness_system_end(system);
}
END_TEST

static Suite *
threads_suite(void)
{
	Suite *suite = suite_create("threads");
	TCase *tcase = harness_case("threads");

	tcase_add_test(tcase, a_thousand_lives_need_few_threads);
	tcase_add_test(tcase, many_live_and_end_at_once);
	tcase_add_test(tcase, there_is_a_limit_and_it_is_told);
	tcase_add_test(tcase,
	    a_thread_that_does_not_start_is_told_and_does_no_harm);
	tcase_add_test(tcase, a_system_that_cannot_start_says_so);
	tcase_add_test(tcase, open_is_first_also_for_one_found_by_name);
	tcase_add_test(tcase, who_died_at_a_home_that_is_closed_is_gone);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(threads_suite);
}
