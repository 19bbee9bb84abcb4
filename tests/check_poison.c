/* check_poison.c - what a failed life leaves to the next: messages that are
 * handled again, mailboxes that are not, and lives that are ended from outside.
 */
#include <check.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include <buskin/inspect.h>

#include "harness.h"
#include "probe.h"
#include "seeds.h"

#define MS INT64_C(1000000)

/* --- a child that fails on what it is told -------------------------------- */

static char story[1024];

static void
tell_story(const char *format, unsigned number)
{
	size_t length = strlen(story);

	ck_assert_uint_lt(length, sizeof(story) - 16);
	(void)snprintf(story + length, sizeof(story) - length, format,
	    length == 0 ? "" : " ", number);
}

struct dose {
	uint32_t number;
	uint32_t kills;  /* so many lives, counted in the test's own memory */
	int32_t answers; /* first; then it kills, or not */
	bsk_text secret;
};
static const struct bsk_field dose_fields[] = {
	BSK_FIELD(dose, number, "which"),
	BSK_FIELD(dose, kills, "how many lives"),
	BSK_FIELD(dose, answers, "whether it is answered first"),
	BSK_FIELD(dose, secret, "not to be shown", .marks = BSK_SECRET),
};
static const struct bsk_type dose_type = BSK_OWNING_TYPE(dose,
    "a number, or poison", dose_fields);

static unsigned killed;

struct child {
	uint32_t life;
};

BSK_HANDLER(on_open, child, bsk_open)
{
	(void)ctx;
	self->life = body->incarnation;
	tell_story("%so%u", body->incarnation);
	return 0;
}

BSK_HANDLER(on_dose, child, dose)
{
	(void)self;
	tell_story("%s%u", body->number);
	if (body->answers != 0)
		(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = 0));
	if (killed >= body->kills)
		return 0;
	killed++;
	return -EIO;
}

BSK_HANDLER(on_close, child, bsk_close)
{
	(void)ctx;
	(void)body;
	tell_story("%sc%u", self->life);
	return 0;
}

static const struct bsk_handler child_handlers[] = {
	BSK_ON(bsk_open,  on_open),
	BSK_ON(dose,      on_dose),
	BSK_ON(bsk_close, on_close),
};
static const struct bsk_class child_class = BSK_CLASS(child, "child",
    "fails on what it is told", child_handlers);

/* --- its parent ----------------------------------------------------------- */

enum verb { HALT, KILL, STOP, STOP_AND_HALT };

struct order {
	uint32_t verb; /* what to do with the child */
};
static const struct bsk_field order_fields[] = {
	BSK_FIELD(order, verb, "what to do"),
};
static const struct bsk_type order_type = BSK_TYPE(order, "do", order_fields);

struct parent {
	bsk_ref child;
};

/* The next parent's child is spawned so; what the parent was told. */
static struct bsk_spawn_options how;
static unsigned opened;
static unsigned ended;
static int32_t last_reason;
static int64_t last_ended_ns;

BSK_HANDLER(on_parent_open, parent, bsk_open)
{
	(void)body;
	how.name = "child";
	how.supervised = true;
	how.tells_open = true;
	return bsk_spawn(ctx, &child_class, NULL, &how, &self->child);
}

BSK_HANDLER(on_opened, parent, bsk_child_opened)
{
	(void)ctx;
	ck_assert(bsk_ref_equal(body->child, self->child));
	ck_assert_uint_eq(body->incarnation, opened);
	opened++;
	return 0;
}

/* A new life after 10 ms. */
BSK_HANDLER(on_ended, parent, bsk_child_ended)
{
	(void)self;
	ended++;
	last_reason = body->reason;
	last_ended_ns = body->ended_ns;
	return bsk_timer_arm(ctx, 1, 10 * MS, 0);
}

BSK_HANDLER(on_due, parent, bsk_timer_due)
{
	(void)body;
	return bsk_restart(ctx, self->child);
}

BSK_HANDLER(on_order, parent, order)
{
	if (body->verb == STOP || body->verb == STOP_AND_HALT)
		(void)bsk_stop(ctx, self->child);
	if (body->verb == HALT || body->verb == STOP_AND_HALT)
		(void)bsk_halt(ctx, self->child);
	return body->verb == KILL ? bsk_kill(ctx, self->child) : 0;
}

static const struct bsk_handler parent_handlers[] = {
	BSK_ON(bsk_open,         on_parent_open),
	BSK_ON(bsk_child_opened, on_opened),
	BSK_ON(bsk_child_ended,  on_ended),
	BSK_ON(bsk_timer_due,    on_due),
	BSK_ON(order,            on_order),
};
static const struct bsk_class parent_class = BSK_CLASS(parent, "parent",
    "restarts its child", parent_handlers);

/* --- who is told of faults ------------------------------------------------ */

struct sink {
	int nothing;
};

static char content[2 * BSK_FAULT_CONTENT_MAX];
static unsigned faults;

BSK_HANDLER(on_sink_open, sink, bsk_open)
{
	(void)self;
	(void)body;
	return bsk_take_faults(ctx);
}

BSK_HANDLER(on_fault, sink, bsk_fault)
{
	(void)self;
	(void)ctx;
	faults++;
	ck_assert_str_eq(bsk_text_chars(body->name), "child");
	(void)strcat(content, bsk_text_chars(body->content));
	return 0;
}

static const struct bsk_handler sink_handlers[] = {
	BSK_ON(bsk_open,  on_sink_open),
	BSK_ON(bsk_fault, on_fault),
};
static const struct bsk_class sink_class = BSK_CLASS(sink, "sink",
    "is told of faults", sink_handlers);

/* --- the world ------------------------------------------------------------ */

static const struct bsk_spawn_options plain;
static bsk_system *sim;
static bsk_ref parent;
static bsk_ref asker;
static struct probe_log told;

static void
begin(uint64_t seed, struct bsk_spawn_options options)
{
	bsk_ref sink;

	how = options;
	story[0] = '\0';
	content[0] = '\0';
	killed = opened = ended = faults = 0;
	probe_log_init(&told);
	ck_assert_int_eq(bsk_sim_create(NULL, seed, &sim), 0);
	ck_assert_int_eq(bsk_system_spawn(sim, &sink_class, NULL, NULL, &sink),
	    0);
	ck_assert_int_eq(bsk_system_spawn(sim, &parent_class, NULL, NULL,
	    &parent), 0);
	asker = probe_spawn(sim, &told, NULL);
	ck_assert_int_eq(bsk_sim_run(sim, MS), 0);
}

static void
end(void)
{
	harness_check_books(sim);
	bsk_system_stop(sim, 0);
	ck_assert_int_eq(bsk_sim_run(sim, INT64_MAX), 1);
	harness_check_books(sim);
	ck_assert_uint_eq(bsk_system_messages(sim), 0);
	bsk_system_destroy(sim);
	probe_log_release(&told);
}

static void
run_until(int64_t now_ms)
{
	ck_assert_int_eq(bsk_sim_run(sim, now_ms * MS), 0);
}

static bsk_ref
child(void)
{
	bsk_ref ref = bsk_nobody();

	(void)bsk_system_find(sim, "child", &ref);
	return ref;
}

static void
give(struct dose dose)
{
	ck_assert_int_eq(bsk_system_send(sim, child(),
	    bsk_message_new(&dose_type, &dose)), 0);
}

static void
order(enum verb verb)
{
	(void)bsk_system_send(sim, parent, BSK_NEW(order, .verb = verb));
}

static bool
note(void *arg, const struct bsk_actor_info *info)
{
	*(struct bsk_actor_info *)arg = *info;
	return true;
}

static uint64_t
child_ends(enum bsk_end which)
{
	struct bsk_actor_info info = { .restarts = 0 };

	ck_assert_int_eq(bsk_inspect_actor(sim, child(), note, &info), 0);
	return info.ends[which];
}

/* --- claims --------------------------------------------------------------- */

static void
what_killed_is_handled_again_and_first(uint64_t seed)
{
	begin(seed, (struct bsk_spawn_options){ .redelivers = true });
	give((struct dose){ .number = 1, .kills = 2 });
	give((struct dose){ .number = 2 });
	run_until(100);
	ck_assert_str_eq(story, "o0 1 c0 o1 1 c1 o2 1 2");
	ck_assert_uint_eq(opened, 3);
	ck_assert_uint_eq(faults, 2);
	ck_assert_str_eq(content, "");
	ck_assert_uint_eq(child_ends(BSK_END_HANDLED), 2 + 3);
	ck_assert_uint_eq(child_ends(BSK_END_DEAD), 0);
	end();
}

static void
poison_is_a_dead_letter_and_its_content_told(uint64_t seed)
{
	begin(seed, (struct bsk_spawn_options){ .redelivers = true });
	give((struct dose){ .number = 7, .kills = 99,
	    .secret = bsk_text_copy("hush") });
	give((struct dose){ .number = 8 });
	run_until(100);
	ck_assert_str_eq(story, "o0 7 c0 o1 7 c1 o2 7 c2 o3 8");
	ck_assert_uint_eq(faults, 3);
	ck_assert_ptr_nonnull(strstr(content, "\"number\":7"));
	ck_assert_ptr_null(strstr(content, "hush"));
	ck_assert_uint_eq(child_ends(BSK_END_DEAD), 1);
	end();
}

static void
how_often_it_may_kill_is_up_to_the_spawner(uint64_t seed)
{
	begin(seed, (struct bsk_spawn_options){ .redelivers = true,
	    .poison = 1 });
	give((struct dose){ .number = 1, .kills = 99 });
	run_until(100);
	ck_assert_str_eq(story, "o0 1 c0 o1");
	ck_assert_uint_eq(faults, 1);
	ck_assert_str_ne(content, "");
	end();
}

static void
without_redelivery_it_is_dead_at_once(uint64_t seed)
{
	begin(seed, (struct bsk_spawn_options){ .poison = 5 });
	give((struct dose){ .number = 1, .kills = 1 });
	give((struct dose){ .number = 2 });
	run_until(100);
	ck_assert_str_eq(story, "o0 1 c0 o1 2");
	ck_assert_str_eq(content, "");
	end();
}

/* The asker waits all the while, and is told once. */
static void
an_ask_that_kills_is_asked_again(uint64_t seed)
{
	begin(seed, (struct bsk_spawn_options){ .redelivers = true });
	killed = 1; /* the first answer comes from the third life */
	probe_ask(sim, asker, child(), BSK_PARCEL(dose, .kills = 3));
	run_until(100);
	ck_assert_str_eq(story, "o0 0 c0 o1 0 c1 o2 0");
	ck_assert_uint_eq(probe_count(&told, &bsk_ask_failed_type), 1);
	ck_assert_int_eq(((const struct bsk_ask_failed *)probe_last(&told,
	    &bsk_ask_failed_type))->reason, -ENODATA);
	end();
}

static void
what_was_answered_is_not_handled_again(uint64_t seed)
{
	begin(seed, (struct bsk_spawn_options){ .redelivers = true });
	probe_ask(sim, asker, child(), BSK_PARCEL(dose, .number = 1,
	    .kills = 3, .answers = 1));
	run_until(100);
	ck_assert_str_eq(story, "o0 1 c0 o1");
	ck_assert_uint_eq(probe_count(&told, &bsk_result_type), 1);
	ck_assert_uint_eq(probe_count(&told, &bsk_ask_failed_type), 0);
	end();
}

/* What comes while the parent thinks it over is not for the next life. */
static void
who_forgets_begins_with_an_empty_mailbox(uint64_t seed)
{
	begin(seed, (struct bsk_spawn_options){ .forgets = true });
	give((struct dose){ .number = 1, .kills = 1 });
	give((struct dose){ .number = 2 });
	probe_ask(sim, asker, child(), BSK_PARCEL(dose, .number = 3));
	run_until(5);
	give((struct dose){ .number = 4 });
	run_until(100);
	give((struct dose){ .number = 5 });
	run_until(200);
	ck_assert_ptr_nonnull(strstr(story, "c0 o1 5"));
	ck_assert_ptr_null(strstr(story, "4"));
	ck_assert_uint_eq(probe_count(&told, &bsk_ask_failed_type), 1);
	end();
}

static void
a_life_that_is_halted_waits_for_the_verdict(uint64_t seed)
{
	bsk_ref before;

	begin(seed, plain);
	before = child();
	order(HALT);
	order(HALT);
	run_until(5);
	ck_assert_uint_eq(ended, 1);
	ck_assert_int_eq(last_reason, -ECANCELED);
	ck_assert_int_le(last_ended_ns, 5 * MS);
	give((struct dose){ .number = 1 });
	run_until(100);
	ck_assert_str_eq(story, "o0 c0 o1 1");
	ck_assert(bsk_ref_equal(before, child()));
	end();
}

/* A halt that overtakes bsk_open waits for it: no life is begun twice. */
static void
one_that_is_not_open_yet_is_halted_when_it_is(uint64_t seed)
{
	begin(seed, plain);
	order(HALT);
	run_until(10); /* it begins again at about 11 ms */
	for (int64_t us = 10900; us < 11200; us += 20) {
		order(HALT);
		ck_assert_int_eq(bsk_sim_run(sim, us * 1000), 0);
	}
	run_until(200);
	ck_assert_uint_eq(opened, ended + 1);
	end();
}

static void
a_request_to_stop_goes_with_the_life_it_was_for(uint64_t seed)
{
	begin(seed, plain);
	order(STOP_AND_HALT);
	run_until(100);
	ck_assert_uint_eq(ended, 1);
	ck_assert_str_eq(story, "o0 c0 o1");
	order(STOP); /* one for this life is heard */
	run_until(200);
	ck_assert_uint_eq(ended, 2);
	ck_assert_int_eq(last_reason, 0);
	end();
}

static void
killed_by_a_stranger_it_is_its_parents_to_judge(uint64_t seed)
{
	begin(seed, plain);
	probe_kill(sim, asker, child());
	run_until(100);
	ck_assert_uint_eq(ended, 1);
	ck_assert_int_eq(last_reason, -ECANCELED);
	ck_assert_str_eq(story, "o0 c0 o1");
	end();
}

static void
killed_by_its_parent_it_is_gone(uint64_t seed)
{
	begin(seed, plain);
	order(KILL);
	run_until(100);
	ck_assert_uint_eq(ended, 0);
	ck_assert_str_eq(story, "o0 c0");
	ck_assert(bsk_ref_is_nobody(child()));
	end();
}

#define CLAIMS(with) \
	with(what_killed_is_handled_again_and_first) \
	with(poison_is_a_dead_letter_and_its_content_told) \
	with(how_often_it_may_kill_is_up_to_the_spawner) \
	with(without_redelivery_it_is_dead_at_once) \
	with(an_ask_that_kills_is_asked_again) \
	with(what_was_answered_is_not_handled_again) \
	with(who_forgets_begins_with_an_empty_mailbox) \
	with(a_life_that_is_halted_waits_for_the_verdict) \
	with(one_that_is_not_open_yet_is_halted_when_it_is) \
	with(a_request_to_stop_goes_with_the_life_it_was_for) \
	with(killed_by_a_stranger_it_is_its_parents_to_judge) \
	with(killed_by_its_parent_it_is_gone)

#define TEST(claim) \
	START_TEST(test_##claim) \
	{ \
		seeds_walk(claim); \
	} \
	END_TEST

CLAIMS(TEST)

#define ADD(claim) seeds_add(suite, #claim, test_##claim);

static Suite *
poison_suite(void)
{
	Suite *suite = suite_create("poison");

	CLAIMS(ADD)
	return suite;
}

int
main(void)
{
	return harness_main(poison_suite);
}
