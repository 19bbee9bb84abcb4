/* loop_faults.c - rows A11 to A15 and A27: what goes wrong is told. */
#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <buskin/log.h>

#include "../clerk.h"
#include "../favours.h"
#include "../harness.h"

#define MS INT64_C(1000000)

static bsk_system *sys;

static void
begin(struct bsk_system_options options)
{
	sem_init(&in_handler, 0, 0);
	sem_init(&go_on, 0, 0);
	options.workers = 2;
	ck_assert_int_eq(bsk_system_create(&options, &sys), 0);
}

/* --- a sink of one's own -------------------------------------------------- */

static sem_t told;
static char words[512]; /* of the last fault or overrun */
static int64_t ran_ns;
static bool is_running;

struct sink {
	char unused;
};

static void
tell(bsk_text name, bsk_text class_name, bsk_text type, int reason)
{
	(void)snprintf(words, sizeof(words), "%s|%s|%s|%d",
	    bsk_text_chars(name), bsk_text_chars(class_name),
	    bsk_text_chars(type), reason);
	sem_post(&told);
}

BSK_HANDLER(on_sink_open, sink, bsk_open)
{
	(void)self;
	(void)body;
	return bsk_take_faults(ctx);
}

BSK_HANDLER(on_fault, sink, bsk_fault)
{
	(void)self;
	(void)ctx;
	tell(body->name, body->class_name, body->type, body->reason);
	return 0;
}

BSK_HANDLER(on_overrun, sink, bsk_overrun)
{
	(void)self;
	(void)ctx;
	ran_ns = body->ran_ns;
	is_running = body->running;
	tell(body->name, body->class_name, body->type, 0);
	return 0;
}

static const struct bsk_handler taker_handlers[] = {
	BSK_ON(bsk_open, on_sink_open),
	BSK_ON(bsk_fault, on_fault),
	BSK_ON(bsk_overrun, on_overrun),
};
static const struct bsk_class taker_class = BSK_CLASS(sink, "taker",
    "takes faults", taker_handlers);

/* The same without taking them by itself: it is named. */
static const struct bsk_class sink_class = {
	.name = "sink",
	.doc = "is told of faults",
	.state_size = sizeof(struct sink),
	.handlers = taker_handlers + 1,
	.handler_count = 2,
};

BSK_HANDLER(on_fault_fail, sink, bsk_fault)
{
	(void)self;
	(void)ctx;
	(void)body;
	return -EPIPE;
}

static const struct bsk_handler broken_handlers[] = {
	BSK_ON(bsk_fault, on_fault_fail),
};
static const struct bsk_class broken_class = BSK_CLASS(sink, "broken",
    "fails on faults", broken_handlers);

static void
spawn(const struct bsk_class *class_, const char *name)
{
	struct bsk_spawn_options options = { .name = name };
	bsk_ref ref;

	sem_init(&told, 0, 0);
	ck_assert_int_eq(bsk_system_spawn(sys, class_, NULL, &options, &ref),
	    0);
}

/* --- where lines go ------------------------------------------------------- */

static int lines[2]; /* a pipe */
static char text[8192];
static bsk_ref log_;

static void
log_to_pipe(int level)
{
	struct bsk_spawn_options options = { .name = "log" };

	ck_assert_int_eq(pipe(lines), 0);
	ck_assert_int_eq(bsk_system_spawn(sys, &bsk_log_class, BSK_PARCEL(
	    bsk_log_config, .level = level, .fd = lines[1]), &options, &log_),
	    0);
}

/* Reads until there is a line with that. */
static void
expect_line(const char *part)
{
	size_t size = strlen(text);
	struct pollfd ready = { .fd = lines[0], .events = POLLIN };
	ssize_t got;

	while (strstr(text, part) == NULL) {
		ck_assert_msg(poll(&ready, 1, HARNESS_PATIENCE_S * 1000) == 1,
		    "no line with \"%s\" in:\n%s", part, text);
		got = read(lines[0], text + size, sizeof(text) - 1 - size);
		ck_assert_int_gt(got, 0);
		size += (size_t)got;
		text[size] = '\0';
	}
}

/* Until the log is open nobody takes what is said of faults. */
static void
start_with_log(void)
{
	ck_assert_int_eq(bsk_system_start(sys), 0);
	ck_assert_int_eq(bsk_system_send(sys, log_, BSK_NEW(bsk_log_line,
	    .level = BSK_LOG_ERROR, .text = bsk_text_copy("open"))), 0);
	expect_line("error open");
}

static void
close_lines(void)
{
	close(lines[0]);
	close(lines[1]);
}

/* --- the rows ------------------------------------------------------------- */

START_TEST(A11)
{
	bsk_ref bad;
	bsk_ref good;

	begin((struct bsk_system_options){ .name = "a11" });
	spawn(&taker_class, "taker");
	bad = helper(sys, BSK_PLACE_POOL);
	good = helper(sys, BSK_PLACE_POOL);
	ck_assert_int_eq(bsk_system_start(sys), 0);
	ck_assert_int_eq(call(sys, bad, FAIL, HARNESS_PATIENCE_NS), -EIO);
	wait_for(&told);
	ck_assert_str_eq(words, "|helper|favour|-5");
	ck_assert_int_eq(call(sys, bad, ANSWER, HARNESS_PATIENCE_NS), -ESRCH);
	ck_assert_int_eq(call(sys, good, ANSWER, HARNESS_PATIENCE_NS), 0);
	harness_system_end(sys);
}
END_TEST

START_TEST(A12)
{
	begin((struct bsk_system_options){ .fault_sink = "sink" });
	spawn(&taker_class, "taker");
	spawn(&sink_class, "sink");
	ck_assert_int_eq(bsk_system_start(sys), 0);
	ck_assert_int_eq(call(sys, helper(sys, BSK_PLACE_POOL), FAIL,
	    HARNESS_PATIENCE_NS), -EIO);
	wait_for(&told);
	ck_assert_str_eq(words, "|helper|favour|-5");
	harness_system_end(sys);
}
END_TEST

START_TEST(A12_the_log_by_default)
{
	struct bsk_spawn_options options = { .name = "ann" };
	bsk_ref ann;

	begin((struct bsk_system_options){ .name = "a12" });
	log_to_pipe(BSK_LOG_ERROR);
	ck_assert_int_eq(bsk_system_spawn(sys, &helper_class, NULL, &options,
	    &ann), 0);
	start_with_log();
	ck_assert_int_eq(call(sys, ann, FAIL, HARNESS_PATIENCE_NS), -EIO);
	expect_line("actor ann (helper) failed on favour: Input/output error");
	harness_system_end(sys);
	close_lines();
}
END_TEST

START_TEST(A13)
{
	begin((struct bsk_system_options){ .fault_sink = "sink" });
	log_to_pipe(BSK_LOG_ERROR);
	spawn(&broken_class, "sink");
	start_with_log();
	ck_assert_int_eq(call(sys, helper(sys, BSK_PLACE_POOL), FAIL,
	    HARNESS_PATIENCE_NS), -EIO);
	expect_line("actor sink (broken) failed on bsk_fault: Broken pipe");
	expect_line("actor (helper) failed on favour: Input/output error");
	harness_system_end(sys);
	close_lines();
}
END_TEST

/* A helper hears of no faults. */
START_TEST(A13_one_that_does_not_hear)
{
	begin((struct bsk_system_options){ .fault_sink = "sink" });
	log_to_pipe(BSK_LOG_ERROR);
	spawn(&helper_class, "sink");
	start_with_log();
	ck_assert_int_eq(call(sys, helper(sys, BSK_PLACE_POOL), FAIL,
	    HARNESS_PATIENCE_NS), -EIO);
	expect_line("actor (helper) failed on favour: Input/output error");
	harness_system_end(sys);
	close_lines();
}
END_TEST

START_TEST(A13_then_standard_error)
{
	int before = dup(STDERR_FILENO);

	ck_assert_int_eq(pipe(lines), 0);
	ck_assert_int_eq(dup2(lines[1], STDERR_FILENO), STDERR_FILENO);
	begin((struct bsk_system_options){ .fault_sink = "sink" });
	spawn(&broken_class, "sink");
	ck_assert_int_eq(bsk_system_start(sys), 0);
	ck_assert_int_eq(call(sys, helper(sys, BSK_PLACE_POOL), FAIL,
	    HARNESS_PATIENCE_NS), -EIO);
	expect_line("actor sink (broken) on bsk_fault: Broken pipe\n");
	expect_line("actor (helper) on favour: Input/output error\n");
	harness_system_end(sys);
	ck_assert_int_eq(dup2(before, STDERR_FILENO), STDERR_FILENO);
	close(before);
	close_lines();
}
END_TEST

/* A clock of the test's own, so that a handler takes as long as we say. */
static _Atomic(int64_t) ticked_ns;

static int64_t
tick(const struct bsk_os *os)
{
	(void)os;
	return atomic_load(&ticked_ns);
}

static void
block(bsk_ref actor)
{
	ck_assert_int_eq(bsk_system_send(sys, actor, favour(BLOCK)), 0);
	wait_for(&in_handler);
}

static void
end_block(bsk_ref actor)
{
	sem_post(&go_on);
	ck_assert_int_eq(call(sys, actor, ANSWER, HARNESS_PATIENCE_NS), 0);
}

static void
take_time(bsk_ref actor, int64_t span_ns)
{
	block(actor);
	(void)atomic_fetch_add(&ticked_ns, span_ns);
	end_block(actor);
}

static void
expect_told(int count)
{
	int left;

	ck_assert_int_eq(sem_getvalue(&told, &left), 0);
	ck_assert_int_eq(left, count);
}

static bsk_ref
spawn_ann(enum bsk_placement placement)
{
	struct bsk_spawn_options options = { .name = "ann",
	    .placement = placement };
	bsk_ref ann;

	ck_assert_int_eq(bsk_system_spawn(sys, &helper_class, NULL, &options,
	    &ann), 0);
	return ann;
}

/* On the host's thread it is the clock's ticks that count. */
START_TEST(A14)
{
	struct bsk_os slow = bsk_os_libc;
	bsk_ref ann;

	slow.tick = tick;
	begin((struct bsk_system_options){ .os = &slow,
	    .overrun_ns = 200 * MS });
	spawn(&taker_class, "taker");
	ann = spawn_ann(BSK_PLACE_HOST);
	ck_assert_int_eq(bsk_system_start(sys), 0);
	take_time(ann, 199 * MS);
	take_time(ann, 200 * MS);
	wait_for(&told);
	ck_assert_str_eq(words, "ann|helper|favour|0");
	ck_assert_int_eq(ran_ns, 200 * MS);
	expect_told(0);
	/* One on a thread of its own is there for that. */
	take_time(helper(sys, BSK_PLACE_THREAD), 500 * MS);
	expect_told(0);
	harness_system_end(sys);
}
END_TEST

/* On the pool it is told of while it runs, and again when it has ended; with
 * its worker lent to another thread, and without. One on a thread of its own is
 * there for that. */
START_TEST(A14_while_it_runs)
{
	struct bsk_spawn_options options = { .name = "taker",
	    .placement = BSK_PLACE_THREAD };
	bsk_ref slow;
	bsk_ref ann;
	bsk_ref ref;

	begin((struct bsk_system_options){ .overrun_ns = 20 * MS,
	    .handover_ns = _i == 0 ? 0 : -1 });
	sem_init(&told, 0, 0);
	ck_assert_int_eq(bsk_system_spawn(sys, &taker_class, NULL, &options,
	    &ref), 0);
	ann = spawn_ann(BSK_PLACE_POOL);
	slow = helper(sys, BSK_PLACE_THREAD);
	ck_assert_int_eq(bsk_system_start(sys), 0);
	block(slow);
	block(ann);
	wait_for(&told);
	ck_assert_str_eq(words, "ann|helper|favour|0");
	ck_assert(is_running);
	ck_assert_int_ge(ran_ns, 20 * MS);
	sem_post(&go_on);
	end_block(ann);
	wait_for(&told);
	ck_assert_str_eq(words, "ann|helper|favour|0");
	ck_assert(!is_running);
	ck_assert_int_ge(ran_ns, 20 * MS);
	ck_assert_int_eq(call(sys, slow, ANSWER, HARNESS_PATIENCE_NS), 0);
	expect_told(0);
	harness_system_end(sys);
}
END_TEST

START_TEST(A14_is_logged)
{
	struct bsk_os slow = bsk_os_libc;
	bsk_ref ann;

	slow.tick = tick;
	begin((struct bsk_system_options){ .os = &slow });
	log_to_pipe(BSK_LOG_WARNING);
	ann = spawn_ann(BSK_PLACE_HOST);
	start_with_log();
	take_time(ann, 100 * MS);
	expect_line("warning actor ann (helper) ran for 100 ms on favour");
	harness_system_end(sys);
	close_lines();
}
END_TEST

static void
lend(bsk_ctx *ctx, void *arg)
{
	*(bsk_ctx **)arg = ctx;
	sem_post(&in_handler);
	wait_for(&go_on);
}

static void *
borrow(void *arg)
{
	wait_for(&in_handler);
	(void)bsk_send(*(bsk_ctx **)arg, bsk_nobody(), favour(IGNORE));
	return NULL;
}

START_TEST(A15)
{
	bsk_ctx *ctx = NULL;
	pthread_t thread;

	begin((struct bsk_system_options){ .name = "a15" });
	ck_assert_int_eq(bsk_system_start(sys), 0);
	ck_assert_int_eq(pthread_create(&thread, NULL, borrow, &ctx), 0);
	clerk_do(clerk_new(sys), lend, &ctx);
}
END_TEST

START_TEST(A27)
{
	struct bsk_spawn_options options = { .name = "idle" };
	bsk_ref idle;

	begin((struct bsk_system_options){ .stop_timeout_ns = 50 * MS });
	log_to_pipe(BSK_LOG_ERROR);
	ck_assert_int_eq(bsk_system_spawn(sys, &dawdler_class, NULL, &options,
	    &idle), 0);
	start_with_log();
	harness_system_end(sys);
	expect_line("actor idle (dawdler) did not end in time: "
	    "draining for ");
	close_lines();
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("loop");
	TCase *tcase = harness_case("faults");
	TCase *aborts = tcase_create("aborts");

	tcase_add_test(tcase, A11);
	tcase_add_test(tcase, A12);
	tcase_add_test(tcase, A12_the_log_by_default);
	tcase_add_test(tcase, A13);
	tcase_add_test(tcase, A13_one_that_does_not_hear);
	tcase_add_test(tcase, A13_then_standard_error);
	tcase_add_test(tcase, A14);
	tcase_add_loop_test(tcase, A14_while_it_runs, 0, 2);
	tcase_add_test(tcase, A14_is_logged);
	tcase_add_test(tcase, A27);
	suite_add_tcase(s, tcase);
	tcase_add_test_raise_signal(aborts, A15, SIGABRT);
	suite_add_tcase(s, aborts);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
