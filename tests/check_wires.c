/* check_wires.c - wires that cannot be laid are refused. */
#include <errno.h>

#include <buskin/plan.h>
#include <buskin/supervisor.h>

#include "clerk.h"
#include "favours.h"
#include "harness.h"

/* Policies that there are not; the last two would be some if they were cut to
 * a byte. */
static const int32_t policies[] = {
	BSK_DROP_OLD + 1, 255, 256 + BSK_REFUSE, -256 + BSK_REFUSE,
};
enum { IN_A_BYTE = 2, POLICIES = 4 };

static bsk_system *sys;
static struct clerk *it;

static void
begin(void)
{
	struct bsk_spawn_options options = {.name = "ann"};
	bsk_ref ann;

	sys = harness_system(1, NULL);
	it = clerk_new(sys);
	ck_assert_int_eq(bsk_system_spawn(sys, &helper_class, NULL, &options,
	    &ann), 0);
}

static void
end(void)
{
	harness_system_end(sys);
	clerk_free(it);
}

/* What a verb returns in a handler. */
struct attempt {
	int32_t on_full;
	int result;
};

static void
add_wire(bsk_ctx *ctx, void *arg)
{
	struct attempt *attempt = arg;
	struct bsk_wire wire = {.port = bsk_text_copy("out"),
		.on_full = (uint8_t)attempt->on_full};

	ck_assert_int_eq(bsk_find(ctx, "ann", &wire.to), 0);
	attempt->result = bsk_wire_add(ctx, wire.to, &wire);
	bsk_text_drop(&wire.port);
}

static void
spawn_wired(bsk_ctx *ctx, void *arg)
{
	struct attempt *attempt = arg;
	struct bsk_wire wire = {.port = bsk_text_copy("out"),
		.to = bsk_self(ctx), .on_full = (uint8_t)attempt->on_full};
	struct bsk_spawn_options options = {.wires = &wire, .wire_count = 1};
	bsk_ref ref;

	attempt->result = bsk_spawn(ctx, &helper_class, NULL, &options, &ref);
	bsk_text_drop(&wire.port);
}

static void
plan_wires(bsk_ctx *ctx, void *arg)
{
	struct attempt *attempt = arg;
	struct bsk_deployer_wire wire = {.port = bsk_text_copy("out"),
		.to = bsk_text_copy("ann"), .on_full = attempt->on_full};
	struct bsk_deployer_actor actor = {
		.wires = {.items = &wire, .count = 1}};
	bsk_list wires = {0};

	attempt->result = bsk_plan_wires(ctx, &actor, &wires);
	bsk_message_free(BSK_NEW(bsk_child_start, .wires = wires));
	bsk_text_drop(&wire.port);
	bsk_text_drop(&wire.to);
}

static void
plan_close(bsk_ctx *ctx, void *arg)
{
	struct attempt *attempt = arg;
	struct bsk_deployer_late late = {.from = bsk_text_copy("ann"),
		.port = bsk_text_copy("out"), .on_full = attempt->on_full};
	struct bsk_deployer_actor actor = {.name = bsk_text_copy("ann"),
		.late = {.items = &late, .count = 1}};

	attempt->result = bsk_plan_close(ctx, &actor);
	bsk_text_drop(&late.from);
	bsk_text_drop(&late.port);
	bsk_text_drop(&actor.name);
}

static int
result_of(void (*what)(bsk_ctx *, void *), int32_t on_full)
{
	struct attempt attempt = {.on_full = on_full};

	clerk_do(it, what, &attempt);
	return attempt.result;
}

START_TEST(a_wire_has_a_policy_that_there_is)
{
	ck_assert_int_eq(result_of(add_wire, BSK_DROP_OLD), 0);
	ck_assert_int_eq(result_of(spawn_wired, BSK_DROP_OLD), 0);
	for (int i = 0; i < IN_A_BYTE; i++) {
		ck_assert_int_eq(result_of(add_wire, policies[i]), -EINVAL);
		ck_assert_int_eq(result_of(spawn_wired, policies[i]),
		    -EINVAL);
	}
}
END_TEST

START_TEST(a_planned_wire_has_one_too)
{
	ck_assert_int_eq(result_of(plan_wires, BSK_DROP_OLD), 0);
	ck_assert_int_eq(result_of(plan_close, BSK_DROP_OLD), 0);
	for (int i = 0; i < POLICIES; i++) {
		ck_assert_int_eq(result_of(plan_wires, policies[i]), -EINVAL);
		ck_assert_int_eq(result_of(plan_close, policies[i]), -EINVAL);
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *made = suite_create("wires");
	TCase *tcase = harness_case("wires");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, a_wire_has_a_policy_that_there_is);
	tcase_add_test(tcase, a_planned_wire_has_one_too);
	suite_add_tcase(made, tcase);
	return made;
}

int
main(void)
{
	return harness_main(suite);
}
