/* check_owner.c - what a process that was forked by a handler goes on with:
 * nothing.
 */
#include <errno.h>
#include <pthread.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "favours.h"
#include "harness.h"
#include "number.h"

#define MANY 5u

/* How the handler that has forked returns in the child. */
enum way { RETURNS, EXITS, FAILS, WAYS };

/* Forks with the first number. Says n for each other one and c as it is
 * closed; the last one stops the system. */
struct forker {
	uint32_t heard;
};

static enum way way;
static pid_t child;
static sem_t forked;
static int said[2]; /* a pipe that both processes write to */

static void
say(const char *what)
{
	ck_assert_int_eq(write(said[1], what, 1), 1);
}

/* What a sanitizer had locked at the fork, for a thread that the copy has not,
 * stays so: no thread can end there, and what the others had would be leaks.
 * So the copy's one thread is gone when it has come to its end. */
static void
be_gone(void *value)
{
	(void)value;
	_exit(0);
}

static void
be_gone_at_the_end(void)
{
	pthread_key_t key;

	ck_assert_int_eq(pthread_key_create(&key, be_gone), 0);
	ck_assert_int_eq(pthread_setspecific(key, &key), 0);
}

static int
be_forked(bsk_ctx *ctx)
{
	child = fork();
	ck_assert_int_ge(child, 0);
	if (child == 0 && harness_is_instrumented())
		be_gone_at_the_end();
	sem_post(&forked);
	if (child == 0 && way == EXITS)
		bsk_exit(ctx, 0);
	return child == 0 && way == FAILS ? -EIO : 0;
}

BSK_HANDLER(on_number, forker, number)
{
	(void)body;
	if (self->heard++ == 0)
		return be_forked(ctx);
	say("n");
	if (self->heard == MANY)
		bsk_stop_system(ctx, 0);
	return 0;
}

BSK_HANDLER(on_close, forker, bsk_close)
{
	(void)self;
	(void)ctx;
	(void)body;
	say("c");
	return 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(number, on_number),
	BSK_ON(bsk_close, on_close),
};
static const struct bsk_class forker_class =
    BSK_CLASS(forker, "forker", "forks", handlers);

static void
add_forker(bsk_system *system, enum bsk_placement placement)
{
	struct bsk_spawn_options options = {.placement = placement};
	bsk_ref ref;

	sem_init(&forked, 0, 0);
	ck_assert_int_eq(bsk_system_spawn(system, &forker_class, NULL,
	    &options, &ref), 0);
	for (unsigned i = 0; i < MANY; i++)
		ck_assert_int_eq(bsk_system_send(system, ref,
		    BSK_NEW(number, .value = i)), 0);
}

static bsk_system *
with_full_mailbox(bool is_simulated)
{
	struct bsk_system_options small = {.workers = 1};
	bsk_system *system;

	ck_assert_int_eq(is_simulated ? bsk_sim_create(&small, 1, &system) :
	    bsk_system_create(&small, &system), 0);
	add_forker(system, BSK_PLACE_HOST);
	return system;
}

/* What both have said, and then the child has ended as it must. */
static void
check_parent(bsk_system *system)
{
	char all[4 * MANY] = "";
	siginfo_t end;

	bsk_system_destroy(system);
	ck_assert_int_eq(waitid(P_PID, (id_t)child, &end, WEXITED), 0);
	ck_assert_int_eq(end.si_code, CLD_EXITED);
	ck_assert_int_eq(end.si_status, 0);
	ck_assert_int_ge(read(said[0], all, sizeof(all) - 1), 0);
	ck_assert_str_eq(all, "nnnnc");
	close(said[0]);
	close(said[1]);
}

START_TEST(a_forked_child_runs_no_actors)
{
	bsk_system *system = with_full_mailbox(false);
	int r;

	way = (enum way)_i;
	ck_assert_int_eq(pipe(said), 0);
	r = bsk_system_run(system);
	if (child == 0)
		_exit(r == -EOWNERDEAD ? 0 : 1);
	ck_assert_int_eq(r, 0);
	check_parent(system);
}
END_TEST

START_TEST(a_forked_child_simulates_nothing)
{
	bsk_system *system = with_full_mailbox(true);
	int r;

	way = (enum way)_i;
	ck_assert_int_eq(pipe(said), 0);
	r = bsk_sim_run(system, INT64_MAX);
	if (child == 0)
		_exit(r == -EOWNERDEAD ? 0 : 1);
	ck_assert_int_eq(r, 1);
	check_parent(system);
}
END_TEST

/* Its one thread ends, and so it ends too: also where that one stood in for
 * another, which is in a handler meanwhile. */
START_TEST(a_forked_child_of_the_pool_ends)
{
	bool is_spare = _i == 1;
	bsk_system *system = new_system();
	bsk_ref blocker = helper(system, BSK_PLACE_POOL);

	way = RETURNS;
	ck_assert_int_eq(pipe(said), 0);
	ck_assert_int_eq(bsk_system_start(system), 0);
	if (is_spare) {
		ck_assert_int_eq(bsk_system_send(system, blocker,
		    favour(BLOCK)), 0);
		wait_for(&in_handler);
	}
	add_forker(system, BSK_PLACE_POOL);
	wait_for(&forked);
	sem_post(&go_on);
	ck_assert_int_eq(bsk_system_wait(system, HARNESS_PATIENCE_NS), 0);
	check_parent(system);
}
END_TEST

static Suite *
suite(void)
{
	Suite *made = suite_create("owner");
	TCase *tcase = harness_case("owner");

	tcase_add_loop_test(tcase, a_forked_child_runs_no_actors, 0, WAYS);
	tcase_add_loop_test(tcase, a_forked_child_of_the_pool_ends, 0, 2);
	tcase_add_loop_test(tcase, a_forked_child_simulates_nothing, 0, WAYS);
	suite_add_tcase(made, tcase);
	return made;
}

int
main(void)
{
	return harness_main(suite);
}
