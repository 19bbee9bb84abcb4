/* check_actors_alloc.c - whichever allocation fails, the small actors leave
 * nothing behind: no message, no child, no timer that fires at the dead.
 */
#include <check.h>

#include <buskin/builtin.h>
#include <buskin/counter.h>
#include <buskin/file.h>
#include <buskin/log.h>
#include <buskin/router.h>
#include <buskin/sim.h>
#include <buskin/supervisor.h>
#include <buskin/timer.h>

#include "fail_alloc.h"

#define MS INT64_C(1000000)
#define MOST 2000u /* allocations of a scenario; far more than there are */

/* A world in which nothing that is written goes anywhere. */
static ssize_t
swallow(const struct bsk_os *os, int fd, const void *bytes, size_t size)
{
	(void)os;
	(void)fd;
	(void)bytes;
	return (ssize_t)size;
}

static struct bsk_os world;
static bsk_system *sim;

static void
begin(void)
{
	world = bsk_os_libc;
	world.write = swallow;
	ck_assert_int_eq(bsk_sim_create(&(struct bsk_system_options){
	    .os = &world, .classes = bsk_builtin_classes }, 1, &sim), 0);
}

static void
end(void)
{
	bsk_system_stop(sim, 0);
	ck_assert_int_eq(bsk_sim_run(sim, bsk_sim_now(sim) + 60000 * MS), 1);
	ck_assert_uint_eq(bsk_system_messages(sim), 0);
	bsk_system_destroy(sim);
}

/* Runs the scenario once for each of its allocations, which then fails. */
static void
walk(void (*scenario)(void))
{
	unsigned reached = MOST;
	unsigned n;

	for (n = 1; reached >= n - 1; n++) {
		ck_assert_uint_lt(n, MOST);
		begin();
		fail_alloc_start(n);
		scenario();
		reached = fail_alloc_stop();
		end();
	}
	ck_assert_uint_gt(n, 3);
}

static bsk_ref
spawn(const struct bsk_class *class_, struct bsk_parcel *config)
{
	bsk_ref ref = bsk_nobody();

	(void)bsk_system_spawn(sim, class_, config, NULL, &ref);
	return ref;
}

static void
tell(bsk_ref to, bsk_message *message)
{
	(void)bsk_system_send(sim, to, message);
	(void)bsk_sim_run(sim, bsk_sim_now(sim) + MS);
}

/* --- an actor that sets timers ------------------------------------------ */

struct setter {
	bsk_ref timer;
};

BSK_HANDLER(on_open, setter, bsk_open)
{
	uint64_t id;
	uint64_t ask;

	(void)body;
	(void)bsk_service(ctx, &bsk_timer_class, &self->timer);
	for (id = 0; id < 20; id++)
		(void)bsk_ask(ctx, self->timer, BSK_NEW(bsk_timer_set,
		    .id = id, .after_ns = MS, .every_ns = id % 2 == 0 ? 0 :
		    MS), 1000 * MS, &ask);
	return bsk_timer_arm(ctx, 1, 5 * MS, 0);
}

/* By then each timer has fired, or nobody promised that it would. */
BSK_HANDLER(on_due, setter, bsk_timer_due)
{
	(void)self;
	(void)body;
	bsk_exit(ctx, 0);
	return 0;
}

BSK_HANDLER(on_fired, setter, bsk_timer_fired)
{
	(void)self;
	(void)ctx;
	(void)body;
	return 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,        on_open),
	BSK_ON(bsk_timer_due,   on_due),
	BSK_ON(bsk_timer_fired, on_fired),
};

static const struct bsk_class setter_class = BSK_CLASS(setter, "setter",
    "sets timers", handlers);

static void
set_timers(void)
{
	(void)spawn(&setter_class, NULL);
	(void)bsk_sim_run(sim, 10 * MS);
}

START_TEST(the_timer)
{
	walk(set_timers);
}
END_TEST

/* --- the others --------------------------------------------------------- */

static void
count(void)
{
	bsk_ref counter = spawn(&bsk_counter_class,
	    BSK_PARCEL(bsk_counter_config, .every_ns = 2 * MS));

	tell(counter, BSK_NEW(bsk_bytes, .bytes = bsk_buf_copy("a\n", 2)));
	tell(counter, BSK_NEW(bsk_counter_get));
	(void)bsk_sim_run(sim, 10 * MS);
}

START_TEST(the_counter)
{
	walk(count);
}
END_TEST

static void
write_log(void)
{
	bsk_ref log = spawn(&bsk_log_class, NULL);

	tell(log, BSK_NEW(bsk_log_line, .level = BSK_LOG_ERROR,
	    .text = bsk_text_copy("one")));
	tell(log, BSK_NEW(bsk_bytes, .bytes = bsk_buf_copy("a\nb", 3)));
}

START_TEST(the_log)
{
	walk(write_log);
}
END_TEST

static void
write_file(void)
{
	bsk_ref file = spawn(&bsk_file_class, BSK_PARCEL(bsk_file_config,
	    .path = bsk_text_copy("/dev/null"), .sync = BSK_FILE_SYNC_SECOND));

	tell(file, BSK_NEW(bsk_bytes, .bytes = bsk_buf_copy("a\n", 2)));
	tell(file, BSK_NEW(bsk_file_reopen));
	tell(file, BSK_NEW(bsk_bytes, .bytes = bsk_buf_copy("b\n", 2)));
}

START_TEST(the_file)
{
	walk(write_file);
}
END_TEST

/* Two children, one of which cannot live and is restarted until it is too
 * often; so all its ways are gone. */
static void
supervise(void)
{
	bsk_ref supervisor = spawn(&bsk_supervisor_class,
	    BSK_PARCEL(bsk_supervisor_config, .restarts = 2,
	    .within_ns = 1000 * MS, .backoff_first_ns = MS));

	tell(supervisor, BSK_NEW(bsk_child_start,
	    .name = bsk_text_copy("c"), .class_name = bsk_text_copy("counter"),
	    .config = BSK_PARCEL(bsk_counter_config, .every_ns = MS)));
	tell(supervisor, BSK_NEW(bsk_child_start,
	    .name = bsk_text_copy("d"), .class_name = bsk_text_copy("counter"),
	    .config = BSK_PARCEL(bsk_counter_config, .every_ns = MS)));
	tell(supervisor, BSK_NEW(bsk_child_stop, .name = bsk_text_copy("d")));
	tell(supervisor, BSK_NEW(bsk_child_start,
	    .name = bsk_text_copy("f"), .class_name = bsk_text_copy("file"),
	    .config = BSK_PARCEL(bsk_file_config,
	    .path = bsk_text_copy("/"))));
	(void)bsk_sim_run(sim, 100 * MS);
}

START_TEST(the_supervisor)
{
	walk(supervise);
}
END_TEST

/* Whoever cannot be added or passed on to is told so, or the router ends. */
static void
route(void)
{
	bsk_ref router = spawn(&bsk_router_class, BSK_PARCEL(
	    bsk_router_config, .policy = BSK_ROUTE_BROADCAST));

	for (int i = 0; i < 3; i++)
		tell(router, BSK_NEW(bsk_router_add,
		    .worker = spawn(&bsk_counter_class, NULL)));
	tell(router, BSK_NEW(bsk_bytes, .bytes = bsk_buf_copy("a\n", 2)));
	tell(router, BSK_NEW(bsk_counter_get));
}

START_TEST(the_router)
{
	walk(route);
}
END_TEST

int
main(void)
{
	Suite *suite = suite_create("actors_alloc");
	TCase *tcase = tcase_create("nothing_is_left_behind_by");
	SRunner *runner = srunner_create(suite);
	int failures;

	tcase_set_timeout(tcase, 300);
	tcase_add_test(tcase, the_timer);
	tcase_add_test(tcase, the_counter);
	tcase_add_test(tcase, the_log);
	tcase_add_test(tcase, the_file);
	tcase_add_test(tcase, the_supervisor);
	tcase_add_test(tcase, the_router);
	suite_add_tcase(suite, tcase);
	srunner_set_tap(runner, "-");
	srunner_run_all(runner, CK_SILENT);
	failures = srunner_ntests_failed(runner);
	srunner_free(runner);
	return failures != 0;
}
