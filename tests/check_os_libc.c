/* check_os_libc.c - the real world's table is whole. */
#include <check.h>
#include <stdlib.h>

#include "faulty_os.h"

START_TEST(no_member_is_missing)
{
#define EXPECT(NAME, type, name, parameters, arguments)                        \
	ck_assert_msg(bsk_os_libc.name != NULL, #name);
	FAULTY_OS_CALLS(EXPECT)
#undef EXPECT
	ck_assert_ptr_null(bsk_os_libc.self);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("os_libc");
	TCase *tcase = tcase_create("os_libc");
	SRunner *runner;
	int failures;

	tcase_add_test(tcase, no_member_is_missing);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
