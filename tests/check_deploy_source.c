/* check_deploy_source.c - the files of a deployment, read. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "deploying.h"
#include "faulty_os.h"
#include "harness.h"

#define SOUND "{\"buskin\": 1, \"name\": \"t\", \"actors\": {}}"

static char path[] = "/tmp/buskin-source-XXXXXX";

static void
write_file(const char *text)
{
	int fd = mkstemp(path);

	ck_assert_int_ge(fd, 0);
	ck_assert_int_eq(write(fd, text, strlen(text)),
	    (ssize_t)strlen(text));
	(void)close(fd);
}

/* Loads a file; `code` (NULL: none) is that of its one mistake. */
static int
load(const char *name, const struct bsk_os *os, const char *code)
{
	struct bsk_deployment_source source = {.name = name};
	struct bsk_deployment_options options = {.sources = &source,
		.source_count = 1, .classes = deploying_classes, .os = os,
		.variable = deploying_variable};
	bsk_diagnoses *diagnoses = bsk_diagnoses_new();
	const struct bsk_diagnosis *seen;
	bsk_deployment *deployment = NULL;
	int result = bsk_deployment_load(&options, diagnoses, &deployment);

	seen = bsk_diagnoses_at(diagnoses, 0);
	if (code == NULL)
		ck_assert_ptr_null(seen);
	else
		ck_assert_str_eq(seen->code, code);
	if (code != NULL)
		ck_assert_str_eq(seen->file, name);
	ck_assert_int_eq(result == 0, deployment != NULL);
	bsk_deployment_free(deployment);
	bsk_diagnoses_free(diagnoses);
	return result;
}

START_TEST(a_file_is_read)
{
	write_file(SOUND);
	ck_assert_int_eq(load(path, NULL, NULL), 0);
	(void)unlink(path);
}
END_TEST

START_TEST(a_file_that_is_not_there_is_named)
{
	ck_assert_int_eq(load("/nowhere/at.json", NULL, "no-input"), -ENOENT);
	ck_assert_int_eq(load("/tmp", NULL, "no-input"), -EISDIR);
}
END_TEST

START_TEST(a_file_that_cannot_be_read_is_closed)
{
	struct faulty_os faulty;

	write_file(SOUND);
	faulty_os_init(&faulty, &bsk_os_libc);
	faulty_os_fail(&faulty, FAULTY_READ, 1, EIO);
	ck_assert_int_eq(load(path, &faulty.table, "no-input"), -EIO);
	faulty_os_fail(&faulty, FAULTY_READ, 2, EIO);
	ck_assert_int_eq(load(path, &faulty.table, "no-input"), -EIO);
	(void)unlink(path);
}
END_TEST

START_TEST(a_file_without_an_end_is_refused)
{
	ck_assert_int_eq(load("/dev/zero", NULL, "no-input"), -EFBIG);
}
END_TEST

START_TEST(a_dash_is_standard_input)
{
	write_file(SOUND);
	ck_assert_ptr_nonnull(freopen(path, "r", stdin));
	ck_assert_int_eq(load("-", NULL, NULL), 0);
	(void)unlink(path);
	ck_assert_ptr_nonnull(freopen("/dev/null", "r", stdin));
}
END_TEST

START_TEST(what_is_no_json_is_told_at_its_place)
{
	struct deploying deploying;

	deploying_load(&deploying, "{'buskin': 1,\n 'name': 't',}", NULL);
	ck_assert_int_eq(deploying.result, -EINVAL);
	ck_assert_uint_eq(bsk_diagnoses_count(deploying.diagnoses), 1);
	ck_assert_str_eq(bsk_diagnoses_at(deploying.diagnoses, 0)->code,
	    "trailing-comma");
	ck_assert_uint_eq(bsk_diagnoses_at(deploying.diagnoses,
	    0)->place.line, 2);
	deploying_release(&deploying);
}
END_TEST

START_TEST(every_file_s_mistakes_are_told)
{
	struct deploying deploying;

	deploying_load(&deploying, "{", "[", "{}", NULL);
	ck_assert_int_eq(deploying.result, -EINVAL);
	ck_assert_uint_eq(bsk_diagnoses_count(deploying.diagnoses), 2);
	ck_assert_str_eq(bsk_diagnoses_at(deploying.diagnoses, 0)->file,
	    "1.json");
	ck_assert_str_eq(bsk_diagnoses_at(deploying.diagnoses, 1)->file,
	    "2.json");
	deploying_release(&deploying);
}
END_TEST

static Suite *
suite(void)
{
	Suite *made = suite_create("deploy_source");
	TCase *tcase = harness_case("source");

	tcase_add_test(tcase, a_file_is_read);
	tcase_add_test(tcase, a_file_that_is_not_there_is_named);
	tcase_add_test(tcase, a_file_that_cannot_be_read_is_closed);
	tcase_add_test(tcase, a_file_without_an_end_is_refused);
	tcase_add_test(tcase, a_dash_is_standard_input);
	tcase_add_test(tcase, what_is_no_json_is_told_at_its_place);
	tcase_add_test(tcase, every_file_s_mistakes_are_told);
	suite_add_tcase(made, tcase);
	return made;
}

int
main(void)
{
	return harness_main(suite);
}
