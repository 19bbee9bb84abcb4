/* check_registry.c - names under load: taken, lost, taken again, looked up. */
#include <errno.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>

#include "harness.h"
#include "number.h"
#include "tally.h"

#define NAMES 4u
#define HOUSES 12u /* three for each name */
#define LOOKERS 2u

static bsk_system *sys;
static atomic_uint reigning[NAMES]; /* who has the name, right now */
static atomic_uint refused, registered;
static atomic_bool is_over;
static struct tally extinct = TALLY_INIT; /* houses that have had enough */
static unsigned reigns;                   /* of each house */

static const char *
name_of(unsigned number)
{
	static const char *const names[NAMES] = { "ann", "bob", "cyd", "dan" };

	return names[number % NAMES];
}

/* --- a ruler: has a name, says which, and ends when it is told to --------- */

struct ruler_config {
	uint32_t house;
};
BSK_DECLARE(ruler_config);
static const struct bsk_field ruler_fields[] = {
	BSK_FIELD(ruler_config, house, "whose it is"),
};
const struct bsk_type ruler_config_type =
    BSK_TYPE(ruler_config, "a ruler", ruler_fields);

/* Every other house spawns its rulers by name; the others' take it. */
static bool
takes_its_name(unsigned house)
{
	return house / NAMES % 2 == 1;
}

struct ruler {
	bool reigns;
};

BSK_HANDLER(ruler_open, ruler, bsk_open)
{
	const struct ruler_config *config = bsk_config(ctx);
	int error = 0;

	(void)body;
	if (takes_its_name(config->house)) {
		error = bsk_register(ctx, name_of(config->house));
		atomic_fetch_add(error == 0 ? &registered : &refused, 1);
	}
	if (error == -EEXIST) {
		bsk_exit(ctx, 0);
		return 0;
	}
	self->reigns = error == 0;
	if (self->reigns)
		ck_assert_uint_eq(atomic_fetch_add(
		    &reigning[config->house % NAMES], 1), 0);
	return error;
}

BSK_HANDLER(ruler_number, ruler, number)
{
	const struct ruler_config *config = bsk_config(ctx);

	(void)self;
	(void)body;
	return bsk_reply(ctx,
	    BSK_NEW(number, .value = config->house % NAMES));
}

BSK_HANDLER(ruler_shout, ruler, shout)
{
	(void)self;
	(void)body;
	bsk_exit(ctx, 0);
	return 0;
}

BSK_HANDLER(ruler_close, ruler, bsk_close)
{
	const struct ruler_config *config = bsk_config(ctx);

	(void)body;
	if (self->reigns)
		atomic_fetch_sub(&reigning[config->house % NAMES], 1);
	return 0;
}

static const struct bsk_handler ruler_handlers[] = {
	BSK_ON(bsk_open, ruler_open),
	BSK_ON(number, ruler_number),
	BSK_ON(shout, ruler_shout),
	BSK_ON(bsk_close, ruler_close),
};
static const struct bsk_class ruler_class = BSK_CLASS(ruler, "ruler",
    "has a name", ruler_handlers, .config = &ruler_config_type);

/* --- a house: one ruler after the other ----------------------------------- */

struct house {
	bsk_ref ruler;
	unsigned count;
};

/* Where the name is another's, once more and at once: that is the load. */
static int
crown(struct house *self, bsk_ctx *ctx)
{
	const struct ruler_config *config = bsk_config(ctx);
	const struct bsk_spawn_options options = {
		.name = takes_its_name(config->house) ? NULL :
		    name_of(config->house),
	};
	int error = bsk_spawn(ctx, &ruler_class,
	    BSK_PARCEL(ruler_config, .house = config->house), &options,
	    &self->ruler);

	if (error == -EEXIST) {
		atomic_fetch_add(&refused, 1);
		return bsk_send(ctx, bsk_self(ctx),
		    BSK_NEW(number, .value = 0));
	}
	if (error < 0)
		return error;
	atomic_fetch_add(&registered, !takes_its_name(config->house));
	return bsk_send(ctx, self->ruler, BSK_NEW(shout, .value = 0));
}

BSK_HANDLER(house_number, house, number)
{
	(void)body;
	return crown(self, ctx);
}

/* By now the name is nobody's, or another's. */
BSK_HANDLER(house_down, house, bsk_down)
{
	const struct ruler_config *config = bsk_config(ctx);
	bsk_ref found;

	ck_assert(bsk_ref_equal(body->actor, self->ruler));
	if (bsk_find(ctx, name_of(config->house), &found) == 0)
		ck_assert(!bsk_ref_equal(found, self->ruler));
	if (++self->count == reigns) {
		tally_add(&extinct);
		return 0;
	}
	return crown(self, ctx);
}

static const struct bsk_handler house_handlers[] = {
	BSK_ON(number, house_number),
	BSK_ON(bsk_down, house_down),
};
static const struct bsk_class house_class = BSK_CLASS(house, "house",
    "one ruler after the other", house_handlers,
    .config = &ruler_config_type, .placement = BSK_PLACE_THREAD);

/* --- who looks them up ---------------------------------------------------- */

/* Whoever answers to a name has it. */
static void
look_up(unsigned number, unsigned *answers)
{
	const struct number *told;
	bsk_message *answer;
	bsk_ref found;
	int error = bsk_system_find(sys, name_of(number), &found);

	if (error < 0) {
		ck_assert_int_eq(error, -ENOENT);
		return;
	}
	error = bsk_system_call(sys, found, BSK_NEW(number, .value = 0),
	    HARNESS_PATIENCE_NS, &answer);
	if (error < 0) {
		ck_assert_int_eq(error, -ESRCH);
		return;
	}
	told = bsk_message_body(answer);
	ck_assert_uint_eq(told->value, number);
	bsk_message_free(answer);
	++*answers;
}

static void *
looker(void *arg)
{
	unsigned *answers = arg;

	for (unsigned i = 0; !atomic_load(&is_over); i++)
		look_up(i % NAMES, answers);
	return NULL;
}

START_TEST(a_name_is_one_actors_at_any_time)
{
	unsigned answers[LOOKERS] = {0};
	pthread_t threads[LOOKERS];
	bsk_ref ref;

	reigns = harness_is_instrumented() ? 200 : 2000;
	sys = harness_system(2, NULL);
	for (unsigned i = 0; i < HOUSES; i++) {
		ck_assert_int_eq(bsk_system_spawn(sys, &house_class,
		    BSK_PARCEL(ruler_config, .house = i), NULL, &ref), 0);
		ck_assert_int_eq(bsk_system_send(sys, ref,
		    BSK_NEW(number, .value = 0)), 0);
	}
	for (unsigned i = 0; i < LOOKERS; i++)
		ck_assert_int_eq(pthread_create(&threads[i], NULL, looker,
		    &answers[i]), 0);
	tally_wait(&extinct, HOUSES);
	atomic_store(&is_over, true);
	for (unsigned i = 0; i < LOOKERS; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < NAMES; i++) {
		ck_assert_uint_eq(atomic_load(&reigning[i]), 0);
		ck_assert_int_eq(bsk_system_find(sys, name_of(i), &ref),
		    -ENOENT);
	}
	printf("# %u names given, %u refused, %u answers\n",
	    atomic_load(&registered), atomic_load(&refused),
	    answers[0] + answers[1]);
	harness_system_end(sys);
}
END_TEST

static Suite *
registry_suite(void)
{
	Suite *suite = suite_create("registry");
	TCase *tcase = harness_case("registry");

	tcase_add_test(tcase, a_name_is_one_actors_at_any_time);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(registry_suite);
}
