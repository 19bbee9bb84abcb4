/* check_behavior.c - handlers are found by their types. */
#include <errno.h>
#include <stdlib.h>

#include "behavior.h"
#include "fail_alloc.h"
#include "harness.h"

#define TYPES 300u

static const struct bsk_field fields[] = {
	{.name = "value", .doc = "a value", .kind = BSK_KIND_U64},
};
static struct bsk_type types[TYPES];
static struct bsk_handler handlers[TYPES];

static int
door(void *self, bsk_ctx *ctx, const void *body)
{
	(void)self;
	(void)ctx;
	(void)body;
	return 0;
}

static int
other_door(void *self, bsk_ctx *ctx, const void *body)
{
	return door(self, ctx, body);
}

static void
begin(void)
{
	for (unsigned i = 0; i < TYPES; i++) {
		types[i] = (struct bsk_type){
			.name = "a_type", .doc = "a type", .size = 8,
			.fields = fields, .field_count = 1,
		};
		handlers[i].type = &types[i];
		handlers[i].door = i % 2 == 0 ? door : other_door;
	}
}

START_TEST(each_type_finds_its_own_handler_and_no_other_does)
{
	static const struct bsk_class class_ = {.name = "some"};

	begin();
	for (unsigned count = 0; count < TYPES; count = count * 2 + 1) {
		struct behavior *behavior;

		behavior = behavior_new(&class_, handlers, count);
		ck_assert_ptr_nonnull(behavior);
		ck_assert_ptr_eq(behavior->class_, &class_);
		for (unsigned i = 0; i < TYPES; i++)
			ck_assert(behavior_find(behavior, &types[i]) ==
			    (i < count ? handlers[i].door : NULL));
		behavior_free(behavior);
	}
	behavior_free(NULL);
}
END_TEST

START_TEST(an_unsound_class_is_refused)
{
	struct bsk_port ports[] = {{.name = "out", .direction = BSK_OUT,
	    .type = &types[0], .doc = "a port"}};
	struct bsk_class class_ = {
		.name = "some", .handlers = handlers, .handler_count = 4,
		.ports = ports, .port_count = 1, .config = &types[5],
	};

	begin();
	ck_assert_int_eq(behavior_check(&class_), 0);
	handlers[3].type = &types[1];
	ck_assert_int_eq(behavior_check(&class_), -EINVAL);
	handlers[3].type = NULL;
	ck_assert_int_eq(behavior_check(&class_), -EINVAL);
	handlers[3].type = &types[3];
	handlers[2].door = NULL;
	ck_assert_int_eq(behavior_check(&class_), -EINVAL);
	handlers[2].door = door;
	types[5].size = BSK_TYPE_SIZE_MAX + 1;
	ck_assert_int_eq(behavior_check(&class_), -EINVAL);
	class_.config = NULL;
	ck_assert_int_eq(behavior_check(&class_), 0);
	ports[0].type = NULL;
	ck_assert_int_eq(behavior_check(&class_), -EINVAL);
	ports[0].type = &types[0];
	class_.name = "";
	ck_assert_int_eq(behavior_check(&class_), -EINVAL);
	class_.name = NULL;
	ck_assert_int_eq(behavior_check(&class_), -EINVAL);
}
END_TEST

START_TEST(a_table_with_a_type_twice_is_refused)
{
	begin();
	ck_assert_int_eq(behavior_check_handlers(handlers, TYPES), 0);
	handlers[TYPES - 1].type = &types[0];
	ck_assert_int_eq(behavior_check_handlers(handlers, TYPES), -EINVAL);
	ck_assert_int_eq(behavior_check_handlers(NULL, 0), 0);
}
END_TEST

START_TEST(without_memory_there_is_none)
{
	static const struct bsk_class class_ = {.name = "some"};
	struct behavior *behavior;

	begin();
	fail_alloc_start(1);
	behavior = behavior_new(&class_, handlers, 9);
	(void)fail_alloc_stop();
	ck_assert_ptr_null(behavior);
}
END_TEST

static Suite *
behavior_suite(void)
{
	Suite *suite = suite_create("behavior");
	TCase *tcase = harness_case("behavior");

	tcase_add_test(tcase,
	    each_type_finds_its_own_handler_and_no_other_does);
	tcase_add_test(tcase, an_unsound_class_is_refused);
	tcase_add_test(tcase, a_table_with_a_type_twice_is_refused);
	tcase_add_test(tcase, without_memory_there_is_none);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(behavior_suite);
}
