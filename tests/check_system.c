/* check_system.c - systems come and go, also when memory runs out at any
 * moment of their lives. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>

#include <buskin/inspect.h>
#include <buskin/notice.h>

#include "fail_alloc.h"
#include "harness.h"

#define LONG_NS INT64_C(60000000000)
#define ALLOCATIONS_MAX 5000u

/* --- a busy actor: does a little of everything --------------------------- */

struct task_config {
	bsk_text text;
	uint32_t children;
};
BSK_DECLARE(task_config);
static const struct bsk_field task_config_fields[] = {
	BSK_FIELD(task_config, text, "no matter"),
	BSK_FIELD(task_config, children, "how many to have"),
};
const struct bsk_type task_config_type =
    BSK_OWNING_TYPE(task_config, "a busy actor's config", task_config_fields);

struct news {
	uint32_t bits;
};
BSK_DECLARE(news);
static const struct bsk_field news_fields[] = {
	BSK_FIELD(news, bits, "what is new"),
};
const struct bsk_type news_type = BSK_TYPE(news, "news", news_fields);

struct busy {
	bsk_ref child;
	bsk_notice *notice;
	unsigned lives;
};

BSK_HANDLER(busy_open, busy, bsk_open);
BSK_HANDLER(busy_bytes, busy, bsk_bytes);
BSK_HANDLER(busy_news, busy, news);
BSK_HANDLER(busy_due, busy, bsk_timer_due);
BSK_HANDLER(busy_failed, busy, bsk_ask_failed);
BSK_HANDLER(busy_result, busy, bsk_result);
BSK_HANDLER(busy_ended, busy, bsk_child_ended);
BSK_HANDLER(busy_down, busy, bsk_down);
BSK_HANDLER(busy_fault, busy, bsk_fault);

static const struct bsk_handler busy_handlers[] = {
	BSK_ON(bsk_open, busy_open),
	BSK_ON(bsk_bytes, busy_bytes),
	BSK_ON(news, busy_news),
	BSK_ON(bsk_timer_due, busy_due),
	BSK_ON(bsk_ask_failed, busy_failed),
	BSK_ON(bsk_result, busy_result),
	BSK_ON(bsk_child_ended, busy_ended),
	BSK_ON(bsk_down, busy_down),
	BSK_ON(bsk_fault, busy_fault),
};
static const struct bsk_port busy_ports[] = {
	BSK_PORT_OUT("bytes", bsk_bytes, "bytes"),
};
static const struct bsk_class busy_class = BSK_CLASS(busy, "busy",
    "does a little of everything", busy_handlers, BSK_PORTS(busy_ports),
    .config = &task_config_type);

static const struct bsk_class serving_class =
    BSK_CLASS(busy, "serving", "a service", busy_handlers,
    .config = &task_config_type);

static bsk_message *
some_bytes(void)
{
	static const char block[600] = "bytes";

	return BSK_NEW(bsk_bytes, .bytes = bsk_buf_copy(block, sizeof(block)));
}

static int
bear(struct busy *self, bsk_ctx *ctx, uint32_t children)
{
	struct bsk_wire wire = {
		.port = bsk_text_copy("bytes"),
		.to = bsk_self(ctx),
	};
	struct bsk_spawn_options options = {
		.supervised = true,
		.name = children == 1 ? "last" : NULL,
		.wires = &wire,
		.wire_count = 1,
		.capacity = 2,
	};
	int r = bsk_spawn(ctx, &busy_class, BSK_PARCEL(task_config,
	    .text = bsk_text_copy("a text that does not fit in place"),
	    .children = children - 1), &options, &self->child);

	bsk_text_drop(&wire.port);
	return r;
}

static int
busy_open(struct busy *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct task_config *config = bsk_config(ctx);
	const struct news nothing = {0};
	uint64_t number;
	bsk_ref service;
	int r;

	(void)open;
	if (config->children == 0)
		return bsk_timer_arm(ctx, 1, 1000, 1000);
	r = bear(self, ctx, config->children);
	if (r == 0)
		r = bsk_monitor(ctx, self->child, &number);
	if (r == 0)
		r = bsk_ask(ctx, self->child, some_bytes(), 1000000, &number);
	if (r == 0)
		r = bsk_service(ctx, &serving_class, &service);
	if (r == 0)
		r = bsk_send(ctx, service, some_bytes());
	if (r == 0)
		r = bsk_notice_new(ctx, self->child, &news_type, &nothing, 0,
		    &self->notice);
	if (r == 0)
		bsk_notice_post(ctx, self->notice, 1);
	if (r == 0)
		r = bsk_take_faults(ctx);
	return r;
}

static int
busy_bytes(struct busy *self, bsk_ctx *ctx, const struct bsk_bytes *bytes)
{
	const struct task_config *config = bsk_config(ctx);

	(void)self;
	(void)bytes;
	if (config->children == 1)
		(void)bsk_hold(ctx);
	else
		(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = -EIO,
		    .text = bsk_text_copy("there is something to say")));
	return 0;
}

static int
busy_news(struct busy *self, bsk_ctx *ctx, const struct news *news)
{
	(void)self;
	(void)news;
	return bsk_emit(ctx, 0, some_bytes());
}

static int
busy_due(struct busy *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	(void)self;
	if (due->count > 3)
		return bsk_timer_arm(ctx, 2, 5, 0);
	return -EPIPE; /* fails and is made anew */
}

static int
busy_failed(struct busy *self, bsk_ctx *ctx,
    const struct bsk_ask_failed *failed)
{
	(void)self;
	(void)ctx;
	(void)failed;
	return 0;
}

static int
busy_result(struct busy *self, bsk_ctx *ctx, const struct bsk_result *result)
{
	(void)self;
	(void)ctx;
	(void)result;
	return 0;
}

static int
busy_ended(struct busy *self, bsk_ctx *ctx,
    const struct bsk_child_ended *ended)
{
	if (self->lives++ < 2)
		return bsk_restart(ctx, ended->child);
	return bsk_kill(ctx, ended->child);
}

static int
busy_down(struct busy *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	(void)self;
	(void)ctx;
	(void)down;
	return 0;
}

static int
busy_fault(struct busy *self, bsk_ctx *ctx, const struct bsk_fault *fault)
{
	(void)self;
	(void)ctx;
	(void)fault;
	return 0;
}

/* --- memory -------------------------------------------------------------- */

/* What is true at the end of a life, and was seen while nothing may fail. */
struct outcome {
	int made;       /* by bsk_sim_create */
	int ended;      /* by bsk_sim_run */
	uint64_t actors;
	uint64_t messages;
	unsigned unbalanced; /* edges */
};

static bool
check_edge(void *arg, const struct bsk_edge_info *edge)
{
	struct outcome *outcome = arg;
	uint64_t ended = 0;

	for (unsigned i = 0; i < BSK_END_COUNT; i++)
		ended += edge->ends[i];
	if (edge->sent != ended)
		outcome->unbalanced++;
	return true;
}

/* Nothing is asserted here, for that allocates too. */
static unsigned
live(unsigned nth, struct outcome *outcome)
{
	struct bsk_system_info info;
	bsk_system *system = NULL;
	unsigned allocations;
	bsk_ref ref;

	fail_alloc_start(nth);
	outcome->made = bsk_sim_create(NULL, 1 + nth, &system);
	if (outcome->made < 0)
		return fail_alloc_stop();
	if (bsk_system_spawn(system, &busy_class, BSK_PARCEL(task_config,
	    .text = bsk_text_copy("a text that does not fit in place"),
	    .children = 3), NULL, &ref) == 0)
		(void)bsk_system_send(system, ref, some_bytes());
	(void)bsk_sim_run(system, 1000000);
	bsk_system_stop(system, 0);
	outcome->ended = bsk_sim_run(system, INT64_MAX);
	allocations = fail_alloc_stop();
	bsk_inspect_system(system, &info);
	outcome->actors = info.actors;
	outcome->messages = info.messages;
	if (bsk_inspect_edges(system, check_edge, outcome) < 0)
		outcome->unbalanced = 1000;
	bsk_system_destroy(system);
	return allocations;
}

START_TEST(survives_the_failure_of_each_allocation)
{
	struct outcome calm = {0};
	unsigned all = live(0, &calm);

	ck_assert_int_eq(calm.made, 0);
	ck_assert_uint_gt(all, 50);
	ck_assert_uint_lt(all, ALLOCATIONS_MAX);
	for (unsigned nth = 1; nth <= all; nth++) {
		struct outcome outcome = {0};

		(void)live(nth, &outcome);
		if (outcome.made < 0) {
			ck_assert_int_eq(outcome.made, -ENOMEM);
			continue;
		}
		ck_assert_msg(outcome.ended == 1, "it did not end when "
		    "allocation %u failed", nth);
		ck_assert_msg(outcome.actors == 1 && outcome.messages == 0,
		    "allocation %u: %llu actors, %llu messages", nth,
		    (unsigned long long)outcome.actors,
		    (unsigned long long)outcome.messages);
		ck_assert_msg(outcome.unbalanced == 0, "allocation %u: %u "
		    "edges", nth, outcome.unbalanced);
	}
}
END_TEST

/* Never ends, and has a service that does not either. */
struct stubborn {
	bsk_ref service;
};

BSK_HANDLER(stubborn_open, stubborn, bsk_open);
BSK_HANDLER(stubborn_drain, stubborn, bsk_drain);

static const struct bsk_handler stubborn_handlers[] = {
	BSK_ON(bsk_open, stubborn_open),
	BSK_ON(bsk_drain, stubborn_drain),
};
static const struct bsk_class stubborn_class =
    BSK_CLASS(stubborn, "stubborn", "never ends", stubborn_handlers);

static int
stubborn_open(struct stubborn *self, bsk_ctx *ctx,
    const struct bsk_open *open)
{
	(void)open;
	return bsk_service(ctx, &stubborn_class, &self->service);
}

static int
stubborn_drain(struct stubborn *self, bsk_ctx *ctx,
    const struct bsk_drain *drain)
{
	(void)self;
	(void)ctx;
	(void)drain;
	return 0;
}

/* Whether a system of stubborn actors comes to its end all the same. */
static bool
is_ended(unsigned nth, unsigned *ret_allocations)
{
	struct bsk_system_options options = {.stop_timeout_ns = 20000000};
	bsk_system *system;
	bsk_ref ref;
	int ended;

	ck_assert_int_eq(bsk_sim_create(&options, 1, &system), 0);
	ck_assert_int_eq(bsk_system_spawn(system, &stubborn_class, NULL, NULL,
	    &ref), 0);
	ck_assert_int_eq(bsk_sim_run(system, 1000000), 0);
	fail_alloc_start(nth);
	bsk_system_stop(system, 0);
	ended = bsk_sim_run(system, LONG_NS);
	*ret_allocations = fail_alloc_stop();
	bsk_system_destroy(system);
	return ended == 1;
}

/* Built for a sanitizer every piece of memory is an allocation here. */
START_TEST(ends_without_memory_whoever_will_not)
{
	unsigned all = 1;
	unsigned counted;

	for (unsigned nth = 0; nth <= all; nth++) {
		ck_assert_msg(is_ended(nth, &counted), "it did not end when "
		    "allocation %u failed", nth);
		if (nth == 0)
			all = counted;
	}
}
END_TEST

/* The same on real threads, where a system must still start and end. */
START_TEST(cannot_be_made_or_can_be_run)
{
	for (unsigned nth = 1;; nth++) {
		struct bsk_system_options options = {.workers = 2};
		unsigned allocations;
		bsk_system *system;
		int r;

		fail_alloc_start(nth);
		r = bsk_system_create(&options, &system);
		allocations = fail_alloc_stop();
		if (r < 0) {
			ck_assert_int_eq(r, -ENOMEM);
			continue;
		}
		ck_assert_int_eq(bsk_system_start(system), 0);
		harness_system_end(system);
		if (allocations < nth)
			break;
	}
}
END_TEST

START_TEST(a_system_is_called_something_readable)
{
	struct bsk_system_options options = {.workers = 1, .name = "\xff"};
	struct bsk_system_info info;
	bsk_system *system = NULL;

	ck_assert_int_eq(bsk_system_create(&options, &system), -EINVAL);
	ck_assert_ptr_null(system);
	options.name = "\xc3\x84nne";
	ck_assert_int_eq(bsk_system_create(&options, &system), 0);
	bsk_inspect_system(system, &info);
	ck_assert_str_eq(info.name, options.name);
	bsk_system_destroy(system);
}
END_TEST

/* --- several ------------------------------------------------------------- */

START_TEST(two_systems_share_nothing)
{
	bsk_system *systems[2];
	bsk_ref refs[2];
	bsk_message *answer;
	bsk_ref found;

	for (int i = 0; i < 2; i++) {
		struct bsk_spawn_options options = {.name = "same"};

		systems[i] = harness_system(2, NULL);
		ck_assert_int_eq(bsk_system_spawn(systems[i], &busy_class,
		    BSK_PARCEL(task_config, .children = 2), &options,
		    &refs[i]), 0);
	}
	for (int i = 0; i < 2; i++) {
		ck_assert_int_eq(bsk_system_find(systems[i], "same", &found),
		    0);
		ck_assert_int_eq(bsk_system_call(systems[i], refs[i],
		    some_bytes(), HARNESS_PATIENCE_NS, &answer), 0);
		bsk_message_free(answer);
	}
	harness_system_end(systems[0]);
	ck_assert_int_eq(bsk_system_call(systems[1], refs[1], some_bytes(),
	    HARNESS_PATIENCE_NS, &answer), 0);
	bsk_message_free(answer);
	harness_system_end(systems[1]);
}
END_TEST

START_TEST(a_running_system_may_be_destroyed)
{
	for (int round = 0; round < 20; round++) {
		bsk_system *system = harness_system(3, NULL);
		bsk_ref ref;

		for (int i = 0; i < 5; i++)
			ck_assert_int_eq(bsk_system_spawn(system, &busy_class,
			    BSK_PARCEL(task_config, .children = 3), NULL,
			    &ref), i == 0 ? 0 : 0);
		bsk_system_destroy(system);
	}
}
END_TEST

START_TEST(a_simulation_may_be_destroyed_at_any_moment)
{
	for (int64_t until_ns = 0; until_ns < 40; until_ns++) {
		bsk_system *system;
		bsk_ref ref;

		ck_assert_int_eq(bsk_sim_create(NULL, (uint64_t)until_ns,
		    &system), 0);
		ck_assert_int_eq(bsk_system_spawn(system, &busy_class,
		    BSK_PARCEL(task_config, .children = 3), NULL, &ref), 0);
		(void)bsk_sim_run(system, until_ns * 500);
		if (until_ns % 3 == 0)
			bsk_system_stop(system, 0);
		bsk_system_destroy(system);
	}
}
END_TEST

static Suite *
system_suite(void)
{
	Suite *suite = suite_create("system");
	TCase *tcase = harness_case("system");

	tcase_add_test(tcase, survives_the_failure_of_each_allocation);
	tcase_add_test(tcase, ends_without_memory_whoever_will_not);
	tcase_add_test(tcase, cannot_be_made_or_can_be_run);
	tcase_add_test(tcase, a_system_is_called_something_readable);
	tcase_add_test(tcase, two_systems_share_nothing);
	tcase_add_test(tcase, a_running_system_may_be_destroyed);
	tcase_add_test(tcase, a_simulation_may_be_destroyed_at_any_moment);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(system_suite);
}
