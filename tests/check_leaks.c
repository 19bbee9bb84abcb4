/* check_leaks.c - who is left when a stop's time is over is told by name, with
 * what it still holds; of a stop that goes well there is nothing to tell.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <buskin/log.h>
#include <buskin/reactor.h>
#include <buskin/signal.h>
#include <buskin/status.h>

#include "bailiff.h"
#include "employer.h"
#include "favours.h"
#include "harness.h"
#include "scribe.h"

/* --- who keeps things ----------------------------------------------------- */

/* What it is to do; it does so and is silent. */
struct task {
	uint32_t what;
	bsk_ref whom;
	int32_t fd;
};
enum { HOLD_IT, ARM_TWO, ASK_WHOM, SEND_WHOM, WATCH, BE_QUICK };

static const struct bsk_field task_fields[] = {
	BSK_FIELD(task, what, "to do"),
	BSK_FIELD(task, whom, "with whom"),
	BSK_FIELD(task, fd, "with which descriptor"),
};
static const struct bsk_type task_type =
    BSK_TYPE(task, "something to do", task_fields);

/* What a hoarder tells of itself. */
struct hoard {
	bsk_list things;
};
static const struct bsk_field hoard_fields[] = {
	BSK_FIELD(hoard, things, "that it keeps",
	    .element = BSK_KIND_STRUCT, .type = &bsk_resource_type),
};
static const struct bsk_type hoard_type =
    BSK_OWNING_TYPE(hoard, "what a hoarder keeps", hoard_fields);

struct hoarder {
	unsigned watched; /* descriptors and signals */
	bool is_quick;    /* to stop */
};

BSK_HANDLER(on_task, hoarder, task)
{
	bsk_ref service;
	uint64_t ask;

	switch (body->what) {
	case HOLD_IT:
		ck_assert_ptr_nonnull(bsk_hold(ctx));
		return 0;
	case ARM_TWO:
		ck_assert_int_eq(bsk_timer_arm(ctx, 1, SECOND_NS * 100, 0), 0);
		return bsk_timer_arm(ctx, 2, SECOND_NS * 100, SECOND_NS);
	case ASK_WHOM:
		return bsk_ask(ctx, body->whom, favour(HOLD), SECOND_NS * 100,
		    &ask);
	case SEND_WHOM:
		return bsk_send(ctx, body->whom, favour(IGNORE));
	case WATCH:
		ck_assert_int_eq(bsk_service(ctx, &bsk_reactor_class,
		    &service), 0);
		ck_assert_int_eq(bsk_ask(ctx, service, BSK_NEW(bsk_fd_watch,
		    .fd = body->fd, .events = BSK_FD_IN), SECOND_NS * 100,
		    &ask), 0);
		ck_assert_int_eq(bsk_service(ctx, &bsk_signal_class,
		    &service), 0);
		return bsk_ask(ctx, service, BSK_NEW(bsk_signal_watch,
		    .number = SIGUSR1), SECOND_NS * 100, &ask);
	default:
		self->is_quick = true;
		return 0;
	}
}

BSK_HANDLER(on_result, hoarder, bsk_result)
{
	(void)ctx;
	ck_assert_int_eq(body->error, 0);
	if (++self->watched == 2)
		sem_post(&in_handler);
	return 0;
}

BSK_HANDLER(on_status, hoarder, bsk_status_ask)
{
	struct hoard hoard = { .things = { 0 } };

	(void)self;
	(void)body;
	bsk_resources_add(&hoard.things, bsk_nobody(), 7, "a spoon");
	bsk_resources_add(&hoard.things, bsk_self(ctx), 9, NULL);
	bsk_resources_add(&hoard.things, bsk_self(ctx), 9, NULL);
	return bsk_reply(ctx, bsk_message_new(&hoard_type, &hoard));
}

BSK_HANDLER(on_drain, hoarder, bsk_drain)
{
	(void)body;
	if (self->is_quick)
		bsk_exit(ctx, 0);
	return 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(task, on_task),
	BSK_ON(bsk_result, on_result),
	BSK_ON(bsk_status_ask, on_status),
	BSK_ON(bsk_drain, on_drain),
};
static const struct bsk_class hoarder_class = BSK_CLASS(hoarder, "hoarder",
    "keeps things", handlers, .status = &hoard_type);

static bsk_ref
spawn(bsk_system *system, const struct bsk_class *class_, const char *name)
{
	const struct bsk_spawn_options options = { .name = name,
	    .capacity = class_ == &helper_class ? 8 : 0 };
	bsk_ref ref;

	ck_assert_int_eq(bsk_system_spawn(system, class_, NULL, &options,
	    &ref), 0);
	return ref;
}

static void
tell(bsk_system *system, bsk_ref who, struct task task)
{
	ck_assert_int_eq(bsk_system_send(system, who,
	    bsk_message_new(&task_type, &task)), 0);
}

/* All that was sent to it before is in its mailbox, or was handled. */
static void
settle(bsk_system *system, bsk_ref who)
{
	bsk_message *answer;

	ck_assert_int_eq(bsk_system_call(system, who, BSK_NEW(bsk_status_ask,
	    .reserved = 0), HARNESS_PATIENCE_NS, &answer), 0);
	bsk_message_free(answer);
}

/* How a system ends: at its deadline, or by a second stop. */
static bsk_system *
hurried(int is_told_twice)
{
	const struct bsk_system_options options = { .workers = 2,
		.stop_timeout_ns = is_told_twice ? 0 : SECOND_NS / 50 };
	bsk_system *system;

	sem_init(&in_handler, 0, 0);
	sem_init(&go_on, 0, 0);
	ck_assert_int_eq(bsk_system_create(&options, &system), 0);
	bailiff_spawn(system);
	return system;
}

static void
hurry(bsk_system *system, int is_told_twice)
{
	bsk_system_stop(system, 0);
	if (is_told_twice)
		bsk_system_stop(system, 0);
}

static void
end(bsk_system *system)
{
	ck_assert_int_eq(bsk_system_wait(system, HARNESS_PATIENCE_NS), 0);
	bsk_system_destroy(system);
}

/* Fails the test unless `content` is `before`, a number, and `after`. */
static void
expect(const char *content, const char *before, const char *after)
{
	const char *at = content + strlen(before);

	ck_assert_msg(strncmp(content, before, strlen(before)) == 0 &&
	    strspn(at, "0123456789") > 0 &&
	    strcmp(at + strspn(at, "0123456789"), after) == 0, "%s", content);
}

/* --- what is left --------------------------------------------------------- */

START_TEST(what_it_holds_is_told)
{
	bsk_system *system = hurried(_i);
	bsk_ref cellar = helper(system, BSK_PLACE_POOL);
	bsk_ref full = spawn(system, &helper_class, "full");
	bsk_ref ann = spawn(system, &hoarder_class, "ann");

	ck_assert_int_eq(bsk_system_start(system), 0);
	ck_assert_int_eq(bsk_system_send(system, full, favour(BLOCK)), 0);
	wait_for(&in_handler);
	tell(system, ann, (struct task){ .what = HOLD_IT });
	tell(system, ann, (struct task){ .what = ARM_TWO });
	tell(system, ann, (struct task){ .what = ASK_WHOM, .whom = cellar });
	for (int i = 0; i < 9; i++) /* the last finds no room */
		tell(system, ann, (struct task){ .what = SEND_WHOM,
		    .whom = full });
	settle(system, ann);
	for (int i = 0; i < 3; i++)
		tell(system, ann, (struct task){ .what = ARM_TWO });
	settle(system, ann);
	hurry(system, _i);
	expect(bailiff_wait("ann"), "active, asked to stop ",
	    " ms ago; 3 messages wait, 1 held, 2 timers, 1 ask; "
	    "waits for room at full (helper); things 7 (a spoon), 9");
	ck_assert_str_eq(bailiff_wait("full"),
	    "active, not asked to stop yet; 9 messages wait");
	sem_post(&go_on);
	end(system);
	ck_assert_uint_eq(bailiff_count(), 3);
}
END_TEST

/* The keepers tell it: the hoarder itself says nothing of that. */
START_TEST(what_is_kept_for_it_is_told)
{
	bsk_system *system = hurried(_i);
	bsk_ref ann = spawn(system, &hoarder_class, "ann");
	char words[80];
	int fds[2];

	ck_assert_int_eq(pipe(fds), 0);
	ck_assert_int_eq(bsk_system_start(system), 0);
	tell(system, ann, (struct task){ .what = WATCH, .fd = fds[0] });
	wait_for(&in_handler);
	hurry(system, _i);
	(void)bailiff_wait("ann");
	end(system);
	(void)snprintf(words, sizeof(words), "; fds %d (in)", fds[0]);
	ck_assert_ptr_nonnull(strstr(bailiff_wait("ann"), words));
	ck_assert_ptr_nonnull(strstr(bailiff_wait("ann"), "; signals 10"));
	ck_assert_uint_eq(bailiff_count(), 1);
	(void)close(fds[0]);
	(void)close(fds[1]);
}
END_TEST

/* By the spawner, or by the child watcher once that has it in hand. */
START_TEST(its_child_process_is_told)
{
	char words[80];
	pid_t pid;

	employer_begin();
	scribe_spawn(employer_system); /* a log would take the faults */
	bailiff_spawn(employer_system);
	(void)employer_run((struct bsk_process_config){
	    .command = WORDS("sleep", "1000"), .grace_ns = SECOND_NS * 1000 });
	pid = employer_started(1);
	hurry(employer_system, 1);
	(void)snprintf(words, sizeof(words), "; children %d", (int)pid);
	ck_assert_ptr_nonnull(strstr(bailiff_wait("process-child"), words));
	employer_end();
}
END_TEST

/* So many, and no more, are told one by one. */
START_TEST(the_rest_of_a_crowd_is_summed_up)
{
	bsk_system *system = hurried(_i);

	for (int i = 0; i < 123; i++)
		(void)spawn(system, &dawdler_class, NULL);
	ck_assert_int_eq(bsk_system_start(system), 0);
	hurry(system, _i);
	ck_assert_str_eq(bailiff_wait("guardian"), "23 more actors are left");
	end(system);
	ck_assert_uint_eq(bailiff_count(), 101);
}
END_TEST

START_TEST(a_system_that_is_destroyed_unstopped_tells_too)
{
	bsk_system *system = hurried(0);

	(void)spawn(system, &dawdler_class, "bob");
	ck_assert_int_eq(bsk_system_start(system), 0);
	bsk_system_destroy(system);
	expect(bailiff_wait("bob"), "draining for ", " ms");
	ck_assert_uint_eq(bailiff_count(), 1);
}
END_TEST

/* --- services ------------------------------------------------------------- */

static char written[4096]; /* to standard error, by one thread at a time */
static pthread_mutex_t writing = PTHREAD_MUTEX_INITIALIZER;

static ssize_t
write_down(const struct bsk_os *os, int fd, const void *bytes, size_t size)
{
	if (fd != 2)
		return bsk_os_libc.write(os, fd, bytes, size);
	(void)pthread_mutex_lock(&writing);
	ck_assert_uint_lt(strlen(written) + size, sizeof(written));
	(void)strncat(written, bytes, size);
	(void)pthread_mutex_unlock(&writing);
	return (ssize_t)size;
}

BSK_HANDLER(on_any_task, hoarder, task)
{
	bsk_ref service;

	(void)self;
	(void)body;
	ck_assert_int_eq(bsk_service(ctx, &dawdler_class, &service), 0);
	sem_post(&in_handler);
	return 0;
}
static const struct bsk_handler patron_handlers[] = {
	BSK_ON(task, on_any_task),
};
static const struct bsk_class patron_class = BSK_CLASS(hoarder, "patron",
    "has a service made", patron_handlers);

/* It goes at the same time as whoever takes the faults. */
START_TEST(a_service_that_is_left_is_told_of_on_standard_error)
{
	struct bsk_os os = bsk_os_libc;
	const struct bsk_system_options options = { .workers = 2, .os = &os,
	    .stop_timeout_ns = SECOND_NS / 50 };
	bsk_system *system;

	os.write = write_down;
	sem_init(&in_handler, 0, 0);
	ck_assert_int_eq(bsk_system_create(&options, &system), 0);
	bailiff_spawn(system);
	tell(system, spawn(system, &patron_class, NULL), (struct task){ 0 });
	ck_assert_int_eq(bsk_system_start(system), 0);
	wait_for(&in_handler);
	bsk_system_stop(system, 0);
	end(system);
	ck_assert_ptr_nonnull(strstr(written, "actor dawdler (dawdler) on "
	    "bsk_drain: did not end in time: draining for "));
}
END_TEST

/* --- nothing is left ------------------------------------------------------ */

START_TEST(a_stop_that_goes_well_says_nothing)
{
	bsk_ref ann;
	int fds[2];

	employer_begin();
	sem_init(&in_handler, 0, 0);
	ck_assert_int_eq(pipe(fds), 0);
	scribe_spawn(employer_system);
	bailiff_spawn(employer_system);
	ann = spawn(employer_system, &hoarder_class, "ann");
	tell(employer_system, ann, (struct task){ .what = WATCH,
	    .fd = fds[0] });
	tell(employer_system, ann, (struct task){ .what = ARM_TWO });
	tell(employer_system, ann, (struct task){ .what = HOLD_IT });
	tell(employer_system, ann, (struct task){ .what = BE_QUICK });
	(void)employer_run((struct bsk_process_config){
	    .command = WORDS("cat") });
	(void)employer_started(1);
	wait_for(&in_handler);
	employer_end();
	ck_assert_uint_eq(bailiff_count(), 0);
	ck_assert_uint_eq(scribe_count(BSK_LOG_NOTICE, NULL), 0);
	(void)close(fds[0]);
	(void)close(fds[1]);
}
END_TEST

START_TEST(of_what_never_ran_there_is_nothing_to_tell)
{
	struct bsk_os os = bsk_os_libc;
	const struct bsk_system_options options = { .os = &os,
	    .fault_sink = "bailiff" };
	bsk_system *system;

	os.write = write_down;
	ck_assert_int_eq(bsk_system_create(&options, &system), 0);
	bailiff_spawn(system);
	(void)spawn(system, &dawdler_class, NULL);
	tell(system, spawn(system, &hoarder_class, NULL),
	    (struct task){ .what = HOLD_IT });
	bsk_system_destroy(system);
	ck_assert_uint_eq(bailiff_count(), 0);
	ck_assert_str_eq(written, "");
}
END_TEST

static Suite *
leaks_suite(void)
{
	Suite *suite = suite_create("leaks");
	TCase *tcase = harness_case("leaks");

	tcase_add_loop_test(tcase, what_it_holds_is_told, 0, 2);
	tcase_add_loop_test(tcase, what_is_kept_for_it_is_told, 0, 2);
	tcase_add_test(tcase, its_child_process_is_told);
	tcase_add_loop_test(tcase, the_rest_of_a_crowd_is_summed_up, 0, 2);
	tcase_add_test(tcase, a_system_that_is_destroyed_unstopped_tells_too);
	tcase_add_test(tcase,
	    a_service_that_is_left_is_told_of_on_standard_error);
	tcase_add_test(tcase, a_stop_that_goes_well_says_nothing);
	tcase_add_test(tcase, of_what_never_ran_there_is_nothing_to_tell);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(leaks_suite);
}
