/* check_books.c - books that do not balance are seen, in any test. */
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "books.h"
#include "harness.h"
#include "system.h"

struct note {
	uint64_t number;
};
BSK_DECLARE(note);
static const struct bsk_field note_fields[] = {
	BSK_FIELD(note, number, "which"),
};
const struct bsk_type note_type = BSK_TYPE(note, "a note", note_fields);

/* Holds what it hears; the first it lets go again when it hears the next. */
struct holder {
	bsk_message *held;
};

BSK_HANDLER(on_note, holder, note)
{
	(void)body;
	bsk_let_go(ctx, self->held, BSK_END_HANDLED);
	self->held = bsk_hold(ctx);
	ck_assert_ptr_nonnull(self->held);
	return 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(note, on_note),
};
static const struct bsk_class holder_class =
    BSK_CLASS(holder, "holder", "holds", handlers);

static bsk_system *
begin(bsk_ref *ret_holder)
{
	bsk_system *system;

	ck_assert_int_eq(bsk_sim_create(NULL, harness_seed(), &system), 0);
	ck_assert_int_eq(bsk_system_spawn(system, &holder_class, NULL, NULL,
	    ret_holder), 0);
	return system;
}

static void
tell(bsk_system *system, bsk_ref to, unsigned count)
{
	for (unsigned i = 0; i < count; i++)
		ck_assert_int_eq(bsk_system_send(system, to,
		    BSK_NEW(note, .number = i)), 0);
}

/* A message more than there was, on some worker's books. */
static void
cook(bsk_system *system, unsigned worker)
{
	struct edges *edges = &system->workers[worker]->edges;

	bump(&edges_at(edges, EDGES_REST)->sent, 1);
}

START_TEST(what_is_queued_or_held_is_in_the_books)
{
	char why[256] = "";
	bsk_system *system;
	bsk_ref holder;

	system = begin(&holder);
	tell(system, holder, 3);
	ck_assert_int_eq(bsk_sim_run(system, 1000), 0);
	ck_assert_uint_eq(bsk_system_messages(system), 1);
	ck_assert(books_balance(system, why, sizeof(why)));
	cook(system, 1);
	ck_assert(!books_balance(system, why, sizeof(why)));
	ck_assert_ptr_nonnull(strstr(why, "the rest: "));
	ck_assert_ptr_nonnull(strstr(why, "sent"));
	bump(&edges_at(&system->workers[0]->edges, EDGES_REST)->ends[0], 1);
	ck_assert(books_balance(system, why, sizeof(why)));
	bsk_system_destroy(system);
}
END_TEST

START_TEST(an_edge_is_named)
{
	char why[256] = "";
	bsk_system *system;
	bsk_ref holder;
	uint32_t number;

	system = begin(&holder);
	tell(system, holder, 3);
	ck_assert_int_eq(bsk_sim_run(system, 1000), 0);
	number = edges_find(&system->workers[0]->edges, bsk_nobody(), holder,
	    &note_type);
	bump(&edges_at(&system->workers[0]->edges, number)->ends[0], 1);
	ck_assert(!books_balance(system, why, sizeof(why)));
	ck_assert_ptr_nonnull(strstr(why, "note: 3 sent, 3 ended, 1 queued"));
	bump(&edges_at(&system->workers[0]->edges, number)->sent, 1);
	bsk_system_destroy(system);
}
END_TEST

START_TEST(cooked)
{
	bsk_system *system;
	bsk_ref holder;

	system = begin(&holder);
	cook(system, 0);
	bsk_system_destroy(system);
}
END_TEST

/* Whether that test fails, in a runner of its own. */
static bool
cooked_fails(void)
{
	Suite *suite = suite_create("cooked");
	TCase *tcase = tcase_create("cooked");
	SRunner *runner;
	int failed;

	tcase_add_test(tcase, cooked);
	suite_add_tcase(suite, tcase);
	runner = srunner_create(suite);
	srunner_set_tap(runner, "/dev/null");
	srunner_run_all(runner, CK_SILENT);
	failed = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failed == 1;
}

START_TEST(a_test_that_frees_a_system_with_wrong_books_fails)
{
	pid_t pid = fork();
	int status;

	ck_assert_int_ge(pid, 0);
	if (pid == 0)
		_exit(cooked_fails() ? 0 : 1);
	ck_assert_int_eq(waitpid(pid, &status, 0), pid);
	ck_assert_int_eq(status, 0);
}
END_TEST

START_TEST(threads_keep_their_books_too)
{
	bsk_system *system = harness_system(2, NULL);
	struct bsk_spawn_options options = {.placement = BSK_PLACE_THREAD};
	bsk_ref holder;

	ck_assert_int_eq(bsk_system_spawn(system, &holder_class, NULL,
	    &options, &holder), 0);
	tell(system, holder, 100);
	harness_system_end(system);
}
END_TEST

static Suite *
books_suite(void)
{
	Suite *suite = suite_create("books");
	TCase *tcase = harness_case("books");

	tcase_add_test(tcase, what_is_queued_or_held_is_in_the_books);
	tcase_add_test(tcase, an_edge_is_named);
	tcase_add_test(tcase,
	    a_test_that_frees_a_system_with_wrong_books_fails);
	tcase_add_test(tcase, threads_keep_their_books_too);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(books_suite);
}
