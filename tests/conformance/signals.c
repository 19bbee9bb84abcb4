/* signals.c - rows B and X03: signals, each by both ways to catch. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <buskin/json.h>
#include <buskin/signal.h>

#include "../faulty_os.h"
#include "../harness.h"
#include "../stage.h"
#include "../storm.h"

static int
watch_instead(bsk_ref who, int number)
{
	return stage_ask(who, BSK_PARCEL(bsk_signal_watch, .number = number,
	    .replace = true));
}

static bsk_message *
status(const struct bsk_signal_status **ret_status)
{
	bsk_message *answer;
	bsk_ref actor;

	ck_assert_int_eq(bsk_system_find(all, "signal", &actor), 0);
	ck_assert_int_eq(bsk_system_call(all, actor,
	    BSK_NEW(bsk_status_ask, .reserved = 0), HARNESS_PATIENCE_NS,
	    &answer), 0);
	*ret_status = bsk_message_body(answer);
	return answer;
}

/* --- B01 to B09: what is refused ------------------------------------------ */

static void
on_fault(void *arg, const struct bsk_json_fault *fault)
{
	(void)fault;
	++*(unsigned *)arg;
}

START_TEST(B01)
{
	static const char *const texts[] = { "{\"number\": \"x\"}",
	    "{\"number\": 1.5}", "{\"number\": true}", "{\"number\": null}",
	    "{}" };
	struct bsk_signal_watch body;
	unsigned faults = 0;
	bsk_json *json;

	ck_assert_int_eq(bsk_json_read(texts[_i], strlen(texts[_i]), &json,
	    NULL), 0);
	ck_assert_int_lt(bsk_type_from_json(&bsk_signal_watch_type, json,
	    &body, on_fault, &faults), 0);
	ck_assert_uint_eq(faults, 1);
	bsk_json_free(json);
}
END_TEST

START_TEST(B02_names_are_numbers)
{
	static const char text[] = "{\"number\": \"SIGTERM\"}";
	struct bsk_signal_watch body;
	bsk_json *json;

	ck_assert_int_eq(bsk_json_read(text, strlen(text), &json, NULL), 0);
	ck_assert_int_eq(bsk_type_from_json(&bsk_signal_watch_type, json,
	    &body, NULL, NULL), 0);
	ck_assert_int_eq(body.number, SIGTERM);
	bsk_json_free(json);
}
END_TEST

STAGED(B02)
{
	static const int numbers[] = { 0, -1, 65, 32, 33 };
	char text[64];

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++) {
		ck_assert_int_eq(stage_watch(numbers[i]), -EINVAL);
		(void)snprintf(text, sizeof(text), "invalid signal number %d",
		    numbers[i]);
		ck_assert_str_eq(bsk_text_chars(stage_answer()->text), text);
		ck_assert_str_eq(bsk_text_chars(stage_answer()->field),
		    "number");
	}
}

STAGED(B03)
{
	for (int number = SIGRTMIN; number <= 64; number++)
		if (number != storm_number())
			ck_assert_int_eq(stage_watch(number), 0);
	ck_assert_int_eq(sigqueue(getpid(), 64,
	    (union sigval){ .sival_int = -7 }), 0);
	ck_assert_int_eq(stage_raised(1)->number, 64);
	ck_assert_int_eq(stage_raised(1)->value, -7);
}

/* Who asks is who is told: one that cannot be told is refused. */
STAGED(B04)
{
	bsk_message *answer;
	bsk_ref actor;

	ck_assert_int_eq(bsk_system_find(all, "signal", &actor), 0);
	ck_assert_int_eq(bsk_system_call(all, actor, BSK_NEW(bsk_signal_watch,
	    .number = SIGUSR1), HARNESS_PATIENCE_NS, &answer), 0);
	ck_assert_int_eq(((const struct bsk_result *)bsk_message_body(
	    answer))->error, -EINVAL);
	bsk_message_free(answer);
	ck_assert(!stage_is_caught(SIGUSR1));
}

/* The signal actor is gone: the ask fails, and nothing is installed. */
STAGED(B05)
{
	bsk_ref actor;

	ck_assert_int_eq(bsk_system_find(all, "signal", &actor), 0);
	patron_stop(all, patron, actor);
	(void)patron_hears(&heard, &bsk_down_type, 1);
	patron_ask_actor(all, patron, actor, BSK_PARCEL(bsk_signal_watch,
	    .number = SIGUSR1));
	(void)patron_hears(&heard, &bsk_ask_failed_type, 1);
	ck_assert(!stage_is_caught(SIGUSR1));
}

static int
watch_in(bsk_system *system, struct patron_log *log, int number)
{
	bsk_ref other = patron_spawn(system, log);
	unsigned before = patron_count(log, &bsk_result_type);

	patron_ask(system, other, &bsk_signal_class,
	    BSK_PARCEL(bsk_signal_watch, .number = number));
	return ((const struct bsk_result *)patron_hears(log,
	    &bsk_result_type, before + 1))->error;
}

/* Any actor on any thread may watch; another system of the process may not
 * take what one has. */
STAGED(B06)
{
	bsk_system *other = harness_system(1, NULL);
	struct patron_log log;

	patron_log_init(&log);
	ck_assert_int_eq(stage_watch(SIGUSR1), 0);
	ck_assert_int_eq(watch_in(other, &log, SIGUSR1), -EBUSY);
	ck_assert_int_eq(stage_unwatch(SIGUSR1), 0);
	ck_assert_int_eq(watch_in(other, &log, SIGUSR1), 0);
	harness_system_end(other);
	patron_log_release(&log);
}

STAGED(B07)
{
	const struct bsk_signal_status *it;
	bsk_message *answer;

	ck_assert_int_eq(stage_watch(SIGKILL), -EINVAL);
	ck_assert_str_eq(bsk_text_chars(stage_answer()->text),
	    "signal 9 cannot be caught");
	ck_assert_int_eq(stage_watch(SIGSTOP), -EINVAL);
	answer = status(&it);
	ck_assert_uint_eq(it->signals.count, 0);
	bsk_message_free(answer);
}

/* A world in which the kernel says no: B08 what was is not changed; B09 the
 * error is told as it is. */
static void
refused_by_the_kernel(int error)
{
	struct bsk_spawn_options options = { .name = "signal" };
	struct faulty_os world;
	struct patron_log log;
	bsk_system *system;
	bsk_ref actor;

	faulty_os_init(&world, &bsk_os_libc);
	patron_log_init(&log);
	ck_assert_int_eq(bsk_system_create(&(struct bsk_system_options){
	    .workers = 1, .handover_ns = -1, .os = &world.table }, &system), 0);
	ck_assert_int_eq(bsk_system_spawn(system, &bsk_signal_class,
	    BSK_PARCEL(bsk_signal_config, .how = BSK_SIGNAL_HANDLER),
	    &options, &actor), 0);
	ck_assert_int_eq(bsk_system_start(system), 0);
	ck_assert_int_eq(watch_in(system, &log, SIGUSR2), 0);
	faulty_os_fail_always(&world, FAULTY_SIGACTION, error);
	ck_assert_int_eq(watch_in(system, &log, SIGUSR1), -error);
	faulty_os_fail_always(&world, FAULTY_SIGACTION, 0);
	ck_assert(!stage_is_caught(SIGUSR1));
	stage_raise(SIGUSR2);
	(void)patron_hears(&log, &bsk_signal_raised_type, 1);
	ck_assert_int_eq(watch_in(system, &log, SIGUSR1), 0);
	harness_system_end(system);
	patron_log_release(&log);
}

START_TEST(B08)
{
	refused_by_the_kernel(EINVAL);
}
END_TEST

START_TEST(B09)
{
	refused_by_the_kernel(_i == 0 ? EPERM : ENOSYS);
}
END_TEST

/* --- B10 to B17: what is told --------------------------------------------- */

/* The handler only puts down and wakes: what is told comes as a message, with
 * who sent it. */
STAGED(B10)
{
	ck_assert_int_eq(stage_watch(SIGUSR1), 0);
	stage_raise(SIGUSR1);
	ck_assert_int_eq(stage_raised(1)->number, SIGUSR1);
	ck_assert_int_eq(stage_raised(1)->pid, getpid());
	ck_assert_uint_eq(stage_raised(1)->uid, getuid());
}

/* Blocked everywhere or caught with SA_RESTART: no thread's call is broken
 * off. */
STAGED(B11)
{
	struct sigaction action;

	ck_assert_int_eq(stage_watch(SIGUSR1), 0);
	ck_assert_int_eq(sigaction(SIGUSR1, NULL, &action), 0);
	ck_assert((stage_host_mask() >> (SIGUSR1 - 1) & 1) != 0 ||
	    (action.sa_flags & SA_RESTART) != 0);
}

STAGED(B12)
{
	bsk_ref other = patron_spawn(all, &heard);

	ck_assert_int_eq(stage_watch(SIGUSR1), 0);
	ck_assert_int_eq(stage_ask(other, BSK_PARCEL(bsk_signal_watch,
	    .number = SIGUSR1)), 0);
	stage_raise(SIGUSR1);
	(void)stage_raised(2);
	/* Only who says so takes the place of others. */
	ck_assert_int_eq(watch_instead(other, SIGUSR1), 0);
	ck_assert_int_eq(stage_unwatch(SIGUSR1), -ENOENT);
	stage_raise(SIGUSR1);
	(void)stage_raised(3);
	stage_raise(SIGUSR1);
	(void)stage_raised(4);
	ck_assert_uint_eq(patron_count(&heard, &bsk_signal_raised_type), 4);
}

/* Waits until a real-time signal with that value has been told. */
static void
await_value(int value)
{
	const struct bsk_signal_raised *it;
	unsigned n = 0;

	do
		it = stage_raised(++n);
	while (it->number != SIGRTMIN + 2 || it->value != value);
}

STAGED(B13)
{
	unsigned rest = 0;

	ck_assert_int_eq(stage_watch(SIGUSR1), 0);
	ck_assert_int_eq(stage_watch(SIGUSR2), 0);
	ck_assert_int_eq(stage_watch(SIGRTMIN + 2), 0);
	for (int i = 0; i < 3; i++) {
		stage_raise(SIGUSR2);
		stage_raise(SIGUSR1);
		ck_assert_int_eq(sigqueue(getpid(), SIGRTMIN + 2,
		    (union sigval){ .sival_int = i }), 0);
		/* Of those that are kept back only one is left. */
		if (harness_keeps_signals_back())
			await_value(i);
	}
	for (unsigned n = 1; rest != 0x1f; n++) {
		const struct bsk_signal_raised *it = stage_raised(n);

		if (it->number == SIGRTMIN + 2)
			rest |= 1U << it->value;
		else
			rest |= it->number == SIGUSR1 ? 8 : 16;
		/* The real-time ones one by one, in order. */
		ck_assert((rest & 2) == 0 || (rest & 1) != 0);
		ck_assert((rest & 4) == 0 || (rest & 2) != 0);
	}
}

/* Many plain wakes of the reactor are no signals. */
STAGED(B14)
{
	const struct bsk_signal_status *it;

	ck_assert_int_eq(stage_watch(SIGUSR1), 0);
	for (int i = 0; i < 200; i++)
		bsk_message_free(status(&it));
	ck_assert_uint_eq(patron_count(&heard, &bsk_signal_raised_type), 0);
}

/* Raised, and let go before it may have been told: never told after the answer,
 * never fatal, and counted as late. A handler may be on its way in a thread as
 * its watch ends, and then counts for the next one. One that ThreadSanitizer
 * keeps back is raised for us when that lets it through. */
STAGED(B15)
{
	const struct bsk_signal_status *it;
	bsk_message *answer;
	unsigned told = 0;

	for (unsigned i = 0; i < 50; i++) {
		ck_assert_int_eq(stage_watch(SIGUSR1), 0);
		ck_assert(stage_by_handlers() ||
		    patron_count(&heard, &bsk_signal_raised_type) == told);
		stage_raise(SIGUSR1);
		ck_assert_int_eq(stage_unwatch(SIGUSR1), 0);
		told = patron_count(&heard, &bsk_signal_raised_type);
	}
	answer = status(&it);
	ck_assert(harness_keeps_signals_back() ||
	    (it->raised == told + it->late &&
	    patron_count(&heard, &bsk_signal_raised_type) == told));
	bsk_message_free(answer);
	stage_await_default(SIGUSR1);
}

STAGED(B16)
{
	bsk_ref other = patron_spawn(all, &heard);

	ck_assert_int_eq(stage_ask(other, BSK_PARCEL(bsk_signal_watch,
	    .number = SIGUSR2)), 0);
	patron_stop(all, patron, other);
	(void)patron_hears(&heard, &bsk_down_type, 1);
	while (stage_is_caught(SIGUSR2))
		continue;
}

/* --- B18 to B25: letting go ----------------------------------------------- */

STAGED(B18)
{
	ck_assert_int_eq(stage_unwatch(SIGUSR1), -ENOENT);
	ck_assert_int_eq(stage_unwatch(SIGKILL), -ENOENT);
	ck_assert_int_eq(stage_watch(SIGUSR1), 0);
	ck_assert_int_eq(stage_unwatch(SIGUSR1), 0);
	ck_assert_int_eq(stage_unwatch(SIGUSR1), -ENOENT);
}

STAGED(B19)
{
	ck_assert_int_eq(stage_unwatch(65), -EINVAL);
	ck_assert_str_eq(bsk_text_chars(stage_answer()->text),
	    "invalid signal number 65");
	ck_assert_int_eq(stage_unwatch(0), -EINVAL);
}

static void
on_old(int number)
{
	(void)number;
}

static void
let_go_is_as_before(int number)
{
	const struct sigaction mine = { .sa_handler = on_old,
	    .sa_flags = SA_RESTART };
	struct sigaction first;
	struct sigaction before;
	struct sigaction after;

	ck_assert_int_eq(sigaction(number, NULL, &first), 0);
	ck_assert_int_eq(stage_watch(number), 0);
	ck_assert_int_eq(stage_unwatch(number), 0);
	ck_assert_int_eq(sigaction(number, &mine, &before), 0);
	ck_assert_ptr_eq(before.sa_handler, first.sa_handler);
	ck_assert_int_eq(stage_watch(number), 0);
	ck_assert_int_eq(stage_unwatch(number), 0);
	ck_assert_int_eq(sigaction(number, &before, &after), 0);
	ck_assert_ptr_eq(after.sa_handler, on_old);
	ck_assert_int_ne(after.sa_flags & SA_RESTART, 0);
}

STAGED(B20)
{
	let_go_is_as_before(SIGINT);
}

STAGED(B21)
{
	let_go_is_as_before(SIGHUP);
	let_go_is_as_before(SIGTERM);
	let_go_is_as_before(SIGRTMIN + 3);
}

/* Somebody else's handler that came in between is left alone. */
STAGED(B20_not_of_another)
{
	const struct sigaction mine = { .sa_handler = on_old };
	const struct sigaction plain = { .sa_handler = SIG_DFL };
	struct sigaction now;

	ck_assert_int_eq(stage_watch(SIGUSR1), 0);
	ck_assert_int_eq(sigaction(SIGUSR1, &mine, NULL), 0);
	ck_assert_int_eq(stage_unwatch(SIGUSR1), 0);
	ck_assert_int_eq(sigaction(SIGUSR1, &plain, &now), 0);
	ck_assert_ptr_eq(now.sa_handler, on_old);
}

/* --- what the process is like after it all -------------------------------- */

/* B23: nothing is caught when nobody watches. B24 and X03: the fixture
 * compares all 64 dispositions and the mask when the system is gone, however
 * it went. */
STAGED(B23)
{
	unsigned long long before = stage_host_mask();

	ck_assert_int_eq(stage_watch(SIGUSR1), 0);
	ck_assert_int_eq(stage_watch(SIGUSR2), 0);
	ck_assert_int_eq(stage_unwatch(SIGUSR1), 0);
	ck_assert_int_eq(stage_unwatch(SIGUSR2), 0);
	stage_await_default(SIGUSR1);
	stage_await_default(SIGUSR2);
	ck_assert_uint_eq(stage_host_mask(), before);
}

static void
watch_them_all(void)
{
	for (int number = 1; number <= 64; number++)
		if (number != SIGKILL && number != SIGSTOP &&
		    number != 32 && number != 33)
			ck_assert_int_eq(stage_watch(number), 0);
}

STAGED(B24)
{
	watch_them_all();
}

STAGED(X03)
{
	watch_them_all();
	for (int number = 1; number <= 64; number += 3)
		(void)stage_unwatch(number);
}

static Suite *
suite(void)
{
	Suite *s = suite_create("signals");
	TCase *tcase = harness_case("signals");
	const struct {
		const TTest *test;
		int times;
	} tests[] = {
		{ B01, 5 }, { B02, 2 }, { B02_names_are_numbers, 1 },
		{ B03, 2 }, { B04, 2 }, { B05, 2 }, { B06, 2 }, { B07, 2 },
		{ B08, 1 }, { B09, 2 }, { B10, 2 }, { B11, 2 }, { B12, 2 },
		{ B13, 2 }, { B14, 2 }, { B15, 2 }, { B16, 2 }, { B18, 2 },
		{ B19, 2 }, { B20, 2 }, { B20_not_of_another, 2 },
		{ B21, 2 }, { B23, 2 }, { B24, 2 }, { X03, 2 },
	};

	for (size_t i = 0; i < sizeof(tests) / sizeof(tests[0]); i++)
		tcase_add_loop_test(tcase, tests[i].test, 0, tests[i].times);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
