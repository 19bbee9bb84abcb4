/* check_held.c - holding a message without memory for it. */
#include <errno.h>

#include "fail_alloc.h"
#include "harness.h"
#include "number.h"

/* Has no config, no timers, nothing: so holding is what takes memory. */
struct holder {
	unsigned heard;
};

BSK_HANDLER(on_number, holder, number)
{
	bsk_message *held;

	self->heard++;
	fail_alloc_start(body->value == 0 ? 1 : 0);
	held = bsk_hold(ctx);
	(void)fail_alloc_stop();
	ck_assert_int_eq(held == NULL, body->value == 0);
	if (body->value == 0)
		ck_assert_int_eq(bsk_answer(ctx, held, BSK_NEW(number,
		    .value = 1)), -EINVAL);
	bsk_let_go(ctx, held, BSK_END_DROPPED);
	return 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(number, on_number),
};
static const struct bsk_class holder_class =
    BSK_CLASS(holder, "holder", "holds", handlers);

START_TEST(what_cannot_be_held_may_be_let_go)
{
	bsk_system *system = harness_system(1, NULL);
	bsk_message *answer;
	bsk_ref ref;

	ck_assert_int_eq(bsk_system_spawn(system, &holder_class, NULL, NULL,
	    &ref), 0);
	for (uint64_t i = 0; i < 2; i++)
		ck_assert_int_eq(bsk_system_call(system, ref, BSK_NEW(number,
		    .value = i), HARNESS_PATIENCE_NS, &answer), -ENODATA);
	harness_system_end(system);
}
END_TEST

static Suite *
suite(void)
{
	Suite *made = suite_create("held");
	TCase *tcase = harness_case("held");

	tcase_add_test(tcase, what_cannot_be_held_may_be_let_go);
	suite_add_tcase(made, tcase);
	return made;
}

int
main(void)
{
	return harness_main(suite);
}
