/* check_builtin.c - the classes that come with buskin are sound. */
#include <check.h>
#include <string.h>

#include <buskin/builtin.h>

START_TEST(classes_are_in_the_order_of_their_names)
{
	const struct bsk_class *const *class_ = bsk_builtin_classes;

	ck_assert_ptr_nonnull(class_[0]);
	for (; class_[1] != NULL; class_++)
		ck_assert_str_lt(class_[0]->name, class_[1]->name);
}
END_TEST

static void
is_sound(const struct bsk_type *type)
{
	const char *why = "";
	int result = bsk_type_check(type, &why);

	ck_assert_msg(result == 0, "%s: %s", type->name, why);
	ck_assert_str_ne(type->doc, "");
}

START_TEST(every_type_that_they_name_is_sound_and_told)
{
	const struct bsk_class *const *class_;
	size_t i;

	for (class_ = bsk_builtin_classes; *class_ != NULL; class_++) {
		ck_assert_ptr_nonnull((*class_)->doc);
		ck_assert_str_ne((*class_)->doc, "");
		if ((*class_)->config != NULL)
			is_sound((*class_)->config);
		for (i = 0; i < (*class_)->handler_count; i++)
			is_sound((*class_)->handlers[i].type);
		for (i = 0; i < (*class_)->port_count; i++)
			is_sound((*class_)->ports[i].type);
	}
}
END_TEST

static bool
hears(const struct bsk_class *class_, const struct bsk_type *type)
{
	size_t i;

	for (i = 0; i < class_->handler_count; i++)
		if (class_->handlers[i].type == type)
			return true;
	return class_->other != NULL; /* it hears anything */
}

START_TEST(each_hears_what_its_in_ports_take)
{
	const struct bsk_class *const *class_;
	const struct bsk_port *port;

	for (class_ = bsk_builtin_classes; *class_ != NULL; class_++)
		for (port = (*class_)->ports;
		    port < (*class_)->ports + (*class_)->port_count; port++)
			ck_assert_msg(port->direction == BSK_OUT ||
			    hears(*class_, port->type), "%s: %s",
			    (*class_)->name, port->name);
}
END_TEST

START_TEST(who_holds_descriptors_says_how_many)
{
	static const char *const holders[] = {"file", "pipe", "process",
		"unix-connector", "unix-listener"};
	const struct bsk_class *const *class_;
	size_t found = 0;

	for (class_ = bsk_builtin_classes; *class_ != NULL; class_++)
		for (size_t i = 0; i < sizeof(holders) / sizeof(*holders); i++)
			if (strcmp((*class_)->name, holders[i]) == 0) {
				ck_assert_uint_gt((*class_)->fds, 0);
				found++;
			}
	ck_assert_uint_eq(found, sizeof(holders) / sizeof(*holders));
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("builtin");
	TCase *tcase = tcase_create("builtin");
	SRunner *runner = srunner_create(suite);
	int failures;

	tcase_add_test(tcase, classes_are_in_the_order_of_their_names);
	tcase_add_test(tcase, every_type_that_they_name_is_sound_and_told);
	tcase_add_test(tcase, each_hears_what_its_in_ports_take);
	tcase_add_test(tcase, who_holds_descriptors_says_how_many);
	suite_add_tcase(suite, tcase);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
