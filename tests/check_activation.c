/* check_activation.c - the sockets that the process was started with. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "fail_alloc.h"
#include "harness.h"

/* A world where the process was started with two sockets. */
static unsigned taken;

static int
pretend_dup(const struct bsk_os *os, int fd)
{
	(void)os;
	return fd + 1000;
}

static int
pretend_close(const struct bsk_os *os, int fd)
{
	(void)os;
	if (fd < 1000)
		taken++;
	return 0;
}

static bsk_system *
with_sockets(unsigned nth, unsigned *ret_allocations)
{
	struct bsk_os os = bsk_os_libc;
	struct bsk_system_options options = {.os = &os, .activation = true};
	bsk_system *system = NULL;
	char number[16];

	os.dup = pretend_dup;
	os.close = pretend_close;
	taken = 0;
	(void)snprintf(number, sizeof(number), "%d", (int)getpid());
	(void)setenv("LISTEN_PID", number, 1);
	(void)setenv("LISTEN_FDS", "2", 1);
	fail_alloc_start(nth);
	(void)bsk_sim_create(&options, 1, &system);
	*ret_allocations = fail_alloc_stop();
	return system;
}

START_TEST(what_cannot_be_made_takes_no_sockets)
{
	bsk_system *system = NULL;
	unsigned all;

	for (unsigned nth = 1; system == NULL; nth++) {
		system = with_sockets(nth, &all);
		ck_assert_uint_eq(taken, system == NULL ? 0 : 2);
		ck_assert(system == NULL || all < nth);
		ck_assert_int_eq(getenv("LISTEN_FDS") != NULL,
		    system == NULL);
	}
	bsk_system_destroy(system);
}
END_TEST

static Suite *
suite(void)
{
	Suite *made = suite_create("activation");
	TCase *tcase = harness_case("activation");

	tcase_add_test(tcase, what_cannot_be_made_takes_no_sockets);
	suite_add_tcase(made, tcase);
	return made;
}

int
main(void)
{
	return harness_main(suite);
}
