/* check_notice.c - messages that are sent again and again. */
#include <errno.h>
#include <stdatomic.h>
#include <stdlib.h>

#include <buskin/inspect.h>
#include <buskin/notice.h>

#include "fail_alloc.h"
#include "harness.h"
#include "notice.h"
#include "tally.h"

#define POSTERS 3u
#define POSTS 30000u

struct event {
	uint64_t token;
	uint32_t bits;
};
BSK_DECLARE(event);
static const struct bsk_field event_fields[] = {
	BSK_FIELD(event, token, "of its maker's"),
	BSK_FIELD(event, bits, "what happened"),
};
const struct bsk_type event_type = BSK_TYPE(event, "an event", event_fields);

/* What a test tells an actor to do. */
enum deed { MAKE, POST, POST_AND_FREE, POST_MANY, GO };

struct wish {
	uint32_t deed;
	uint32_t bits;
	uint64_t notice; /* the address of a bsk_notice */
	bsk_ref to;
};
BSK_DECLARE(wish);
static const struct bsk_field wish_fields[] = {
	BSK_FIELD(wish, deed, "what to do"),
	BSK_FIELD(wish, bits, "with which bits"),
	BSK_FIELD(wish, notice, "to which notice"),
	BSK_FIELD(wish, to, "for whom it is"),
};
const struct bsk_type wish_type = BSK_TYPE(wish, "do it", wish_fields);

/* Each test has a process of its own. */
static bsk_notice *made;
static atomic_uint messages;
static atomic_uint bits_heard;
static atomic_uint posted[POSTERS]; /* how often each has begun to post */
/* what of that the hearer has seen */
static struct tally noticed[POSTERS] = {TALLY_INIT, TALLY_INIT, TALLY_INIT};

struct hearer {
	char unused;
};

BSK_HANDLER(hearer_event, hearer, event);
BSK_HANDLER(hearer_wish, hearer, wish);

static const struct bsk_handler hearer_handlers[] = {
	BSK_ON(event, hearer_event),
	BSK_ON(wish, hearer_wish),
};
static const struct bsk_class hearer_class =
    BSK_CLASS(hearer, "hearer", "hears events", hearer_handlers);

static int
hearer_event(struct hearer *self, bsk_ctx *ctx, const struct event *event)
{
	(void)self;
	ck_assert_uint_eq(event->token, 42);
	ck_assert_uint_ne(event->bits, 0);
	ck_assert_ptr_null(bsk_hold(ctx)); /* it is its maker's */
	ck_assert_int_eq(bsk_forward(ctx, bsk_self(ctx)), -EINVAL);
	/* counted before anybody is told, and looks */
	atomic_fetch_or(&bits_heard, event->bits);
	atomic_fetch_add(&messages, 1);
	for (unsigned i = 0; i < POSTERS; i++)
		if ((event->bits & 1u << i) != 0)
			tally_raise(&noticed[i], atomic_load(&posted[i]));
	return 0;
}

static int
hearer_wish(struct hearer *self, bsk_ctx *ctx, const struct wish *wish)
{
	(void)self;
	(void)wish;
	bsk_exit(ctx, 0);
	return 0;
}

struct maker {
	char unused;
};

BSK_HANDLER(maker_wish, maker, wish);

static const struct bsk_handler maker_handlers[] = {
	BSK_ON(wish, maker_wish),
};
static const struct bsk_class maker_class =
    BSK_CLASS(maker, "maker", "posts", maker_handlers);

static int
maker_wish(struct maker *self, bsk_ctx *ctx, const struct wish *wish)
{
	bsk_notice *notice = (bsk_notice *)(uintptr_t)wish->notice;
	const struct event event = {.token = 42};

	(void)self;
	switch (wish->deed) {
	case MAKE:
		return bsk_notice_new(ctx, wish->to, &event_type, &event,
		    offsetof(struct event, bits), &made);
	case POST:
		bsk_notice_post(ctx, notice, wish->bits);
		return 0;
	case POST_AND_FREE:
		bsk_notice_post(ctx, notice, wish->bits);
		bsk_notice_free(ctx, notice);
		return 0;
	case POST_MANY:
		for (unsigned i = 0; i < POSTS; i++) {
			atomic_fetch_add(&posted[wish->bits], 1);
			bsk_notice_post(ctx, notice, 1u << wish->bits);
		}
		return 0;
	default:
		bsk_exit(ctx, 0);
		return 0;
	}
}

/* --- in a simulation ----------------------------------------------------- */

static bsk_system *
simulated(bsk_ref *ret_maker, bsk_ref *ret_hearer)
{
	bsk_system *system;

	ck_assert_int_eq(bsk_sim_create(NULL, harness_seed(), &system), 0);
	ck_assert_int_eq(bsk_system_spawn(system, &maker_class, NULL, NULL,
	    ret_maker), 0);
	ck_assert_int_eq(bsk_system_spawn(system, &hearer_class, NULL, NULL,
	    ret_hearer), 0);
	return system;
}

static void
tell(bsk_system *system, bsk_ref to, enum deed deed, uint32_t bits,
    bsk_ref hearer)
{
	ck_assert_int_eq(bsk_system_send(system, to, BSK_NEW(wish,
	    .deed = deed, .bits = bits, .notice = (uintptr_t)made,
	    .to = hearer)), 0);
}

static void
rest(bsk_system *system)
{
	ck_assert_int_eq(bsk_sim_run(system, bsk_sim_now(system) + 1000), 0);
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

START_TEST(what_is_posted_meanwhile_is_one_message)
{
	bsk_ref maker;
	bsk_ref hearer;
	bsk_system *system = simulated(&maker, &hearer);

	tell(system, maker, MAKE, 0, hearer);
	rest(system);
	for (unsigned round = 1; round <= 20; round++) {
		atomic_store(&bits_heard, 0);
		tell(system, maker, POST, 8, hearer);
		rest(system);
		ck_assert_uint_eq(atomic_load(&bits_heard), 8);
		ck_assert_uint_eq(atomic_load(&messages), round);
	}
	finish(system);
}
END_TEST

START_TEST(freed_under_way_it_still_arrives)
{
	for (int i = 0; i < 10; i++) {
		bsk_ref maker;
		bsk_ref hearer;
		bsk_system *system = simulated(&maker, &hearer);

		atomic_store(&messages, 0);
		tell(system, maker, MAKE, 0, hearer);
		rest(system);
		tell(system, maker, POST_AND_FREE, 16, hearer);
		rest(system);
		ck_assert_uint_eq(atomic_load(&messages), 1);
		finish(system);
	}
}
END_TEST

START_TEST(it_goes_with_its_maker)
{
	bsk_ref maker;
	bsk_ref hearer;
	bsk_system *system = simulated(&maker, &hearer);

	tell(system, maker, MAKE, 0, hearer);
	rest(system);
	tell(system, maker, POST, 32, hearer);
	tell(system, maker, GO, 0, hearer);
	rest(system);
	ck_assert_uint_eq(atomic_load(&messages), 1);
	finish(system);
}
END_TEST

START_TEST(posted_to_the_dead_it_is_dead_each_time)
{
	struct bsk_system_info info;
	bsk_ref maker;
	bsk_ref hearer;
	bsk_system *system = simulated(&maker, &hearer);

	tell(system, maker, MAKE, 0, hearer);
	tell(system, hearer, GO, 0, hearer);
	rest(system);
	for (unsigned i = 1; i <= 5; i++) {
		tell(system, maker, POST, 1, hearer);
		rest(system);
		bsk_inspect_system(system, &info);
		ck_assert_uint_eq(info.ends[BSK_END_DEAD], i);
	}
	ck_assert_uint_eq(atomic_load(&messages), 0);
	finish(system);
}
END_TEST

START_TEST(what_cannot_be_a_notice_is_refused)
{
	static const struct bsk_type owning = {.name = "owning", .size = 64,
	    .marks = BSK_TYPE_OWNS};
	const struct event event = {.token = 42};
	const bsk_ref nobody = {0};
	bsk_notice *first = NULL;
	bsk_notice *notice = NULL;
	int r;

	ck_assert_int_eq(notice_new(&first, nobody, nobody, &owning, &event,
	    0, &notice), -EINVAL);
	ck_assert_int_eq(notice_new(&first, nobody, nobody, &event_type,
	    &event, sizeof(event) - 3, &notice), -EINVAL);
	fail_alloc_start(1);
	r = notice_new(&first, nobody, nobody, &event_type, &event, 0,
	    &notice);
	(void)fail_alloc_stop();
	ck_assert_int_eq(r, -ENOMEM);
	ck_assert_ptr_null(first);
	ck_assert_ptr_null(notice);
}
END_TEST

/* --- between threads ----------------------------------------------------- */

/* A call that nobody answers is over when it has been handled. */
static void
make_now(bsk_system *system, bsk_ref maker, bsk_ref hearer)
{
	bsk_message *none;

	ck_assert_int_eq(bsk_system_call(system, maker, BSK_NEW(wish,
	    .deed = MAKE, .to = hearer), HARNESS_PATIENCE_NS, &none),
	    -ENODATA);
	ck_assert_ptr_nonnull(made);
}

/* Each says what it will have posted before it posts: so the hearer, when it
 * gets a bit, sees at least that, and the last post of each is seen at last. */
START_TEST(no_post_of_several_workers_is_lost)
{
	static const enum bsk_placement places[POSTERS] = {
		BSK_PLACE_POOL, BSK_PLACE_THREAD, BSK_PLACE_HOST,
	};
	bsk_system *system = harness_system(2, NULL);
	bsk_ref posters[POSTERS];
	bsk_ref hearer;

	ck_assert_int_eq(bsk_system_spawn(system, &hearer_class, NULL,
	    &(struct bsk_spawn_options){.placement = BSK_PLACE_THREAD},
	    &hearer), 0);
	for (unsigned i = 0; i < POSTERS; i++)
		ck_assert_int_eq(bsk_system_spawn(system, &maker_class, NULL,
		    &(struct bsk_spawn_options){.placement = places[i]},
		    &posters[i]), 0);
	make_now(system, posters[0], hearer);
	for (unsigned i = 0; i < POSTERS; i++)
		tell(system, posters[i], POST_MANY, i, hearer);
	for (unsigned i = 0; i < POSTERS; i++)
		tally_wait(&noticed[i], POSTS);
	ck_assert_uint_ge(atomic_load(&messages), 1);
	ck_assert_uint_le(atomic_load(&messages), POSTERS * POSTS);
	harness_system_end(system);
}
END_TEST

static Suite *
notice_suite(void)
{
	Suite *suite = suite_create("notice");
	TCase *tcase = harness_case("notice");

	tcase_add_test(tcase, what_is_posted_meanwhile_is_one_message);
	tcase_add_test(tcase, freed_under_way_it_still_arrives);
	tcase_add_test(tcase, it_goes_with_its_maker);
	tcase_add_test(tcase, posted_to_the_dead_it_is_dead_each_time);
	tcase_add_test(tcase, what_cannot_be_a_notice_is_refused);
	tcase_add_test(tcase, no_post_of_several_workers_is_lost);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(notice_suite);
}
