/* ambient.c - rows N: what a runtime with a garbage collector does unasked and
 * a C program must do itself.
 */
#include <buskin/os.h>

#include "../harness.h"

START_TEST(N08)
{
	const struct bsk_os *os = &bsk_os_libc;
	int64_t then = os->now(os);

	for (int i = 0; i < 100000; i++) {
		int64_t now = os->now(os);

		ck_assert_int_ge(now, then);
		then = now;
	}
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("ambient");
	TCase *tcase = harness_case("ambient");

	tcase_add_test(tcase, N08);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
