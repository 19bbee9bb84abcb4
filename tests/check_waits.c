/* check_waits.c - many that wait for room in many mailboxes. */
#include "favours.h"
#include "harness.h"
#include "number.h"

/* A mesh: who is of one layer sends to all of the next one further down, and
 * the lowest to one that is stuck. */
#define LAYERS 12
#define WIDTH 8

static bsk_ref mesh[LAYERS][WIDTH];
static bsk_ref stuck;

struct node {
	bool has_sent;
};

/* A number is the layer that it was sent to. */
BSK_HANDLER(on_number, node, number)
{
	if (self->has_sent)
		return 0;
	self->has_sent = true;
	if (body->value == 0)
		return bsk_send(ctx, stuck, favour(IGNORE));
	for (int i = 0; i < WIDTH; i++)
		(void)bsk_send(ctx, mesh[body->value - 1][i],
		    BSK_NEW(number, .value = body->value - 1));
	return 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(number, on_number),
};
static const struct bsk_class node_class =
    BSK_CLASS(node, "node", "sends on to many", handlers);

static void
spawn_mesh(bsk_system *system)
{
	const struct bsk_spawn_options small = { .capacity = 1 };

	for (int layer = 0; layer < LAYERS; layer++)
		for (int i = 0; i < WIDTH; i++)
			ck_assert_int_eq(bsk_system_spawn(system, &node_class,
			    NULL, &small, &mesh[layer][i]), 0);
}

/* One for each of a layer to pass on, and another that fills its mailbox. */
static void
block_layer(bsk_system *system, int layer, bsk_ref quick)
{
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < WIDTH; i++)
			(void)bsk_system_send(system, mesh[layer][i],
			    BSK_NEW(number, .value = (uint64_t)layer));
		ck_assert_int_eq(call(system, quick, ANSWER,
		    HARNESS_PATIENCE_NS), 0);
	}
}

/* There are more ways through it than could be gone. */
START_TEST(a_mesh_that_is_stuck_keeps_nobody_else)
{
	const struct bsk_spawn_options apart = { .capacity = 1,
	    .placement = BSK_PLACE_THREAD };
	bsk_system *system = new_system();
	bsk_ref quick;

	quick = helper(system, BSK_PLACE_POOL);
	ck_assert_int_eq(bsk_system_spawn(system, &helper_class, NULL, &apart,
	    &stuck), 0);
	spawn_mesh(system);
	ck_assert_int_eq(bsk_system_start(system), 0);
	ck_assert_int_eq(bsk_system_send(system, stuck, favour(BLOCK)), 0);
	wait_for(&in_handler);
	ck_assert_int_eq(bsk_system_send(system, stuck, favour(IGNORE)), 0);
	for (int layer = 0; layer < LAYERS; layer++)
		block_layer(system, layer, quick);
	sem_post(&go_on);
	harness_system_end(system);
}
END_TEST

static Suite *
waits_suite(void)
{
	Suite *suite = suite_create("waits");
	TCase *tcase = harness_case("waits");

	tcase_add_test(tcase, a_mesh_that_is_stuck_keeps_nobody_else);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(waits_suite);
}
