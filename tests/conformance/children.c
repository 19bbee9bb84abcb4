/* children.c - rows L, and M04: what all child watchers have in common. */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <buskin/log.h>

#include "../harness.h"
#include "../nursery.h"

#define STRATEGY nursery_strategies[_i]

static bsk_ref
new_patron(void)
{
	return patron_spawn(nursery_system, &nursery_heard);
}

static void
watch_from(bsk_ref other, struct bsk_child_watch request)
{
	patron_ask(nursery_system, other, &bsk_child_watcher_class,
	    bsk_parcel_new(&bsk_child_watch_type, &request));
}

static int
set_strategy(enum bsk_child_strategy strategy, unsigned answers)
{
	nursery_ask(BSK_PARCEL(bsk_child_strategy_set,
	    .strategy = (int)strategy));
	return nursery_answer(answers);
}

/* The later watch replaces the earlier, when it says so. */
START_TEST(L01)
{
	struct patron_log replaced;
	pid_t pid = nursery_bear_idle(3);
	bsk_ref first;

	patron_log_init(&replaced);
	first = patron_spawn(nursery_system, &replaced);
	nursery_watcher(STRATEGY);
	watch_from(first, (struct bsk_child_watch){ .pid = pid });
	(void)patron_hears(&replaced, &bsk_result_type, 1);
	nursery_ask(BSK_PARCEL(bsk_child_watch, .pid = pid, .replace = true));
	ck_assert_int_eq(nursery_answer(1), 0);
	nursery_let_all_go();
	ck_assert_int_eq(nursery_told(1)->code, 3);
	nursery_close();
	ck_assert_uint_eq(patron_count(&replaced, &bsk_child_exited_type), 0);
	patron_log_release(&replaced);
}
END_TEST

START_TEST(L01_shared)
{
	pid_t pid = nursery_bear_idle(3);
	bsk_ref other = new_patron();

	nursery_watcher(STRATEGY);
	nursery_ask(BSK_PARCEL(bsk_child_watch, .pid = pid, .shared = true));
	ck_assert_int_eq(nursery_answer(1), 0);
	watch_from(other, (struct bsk_child_watch){ .pid = pid });
	ck_assert_int_eq(nursery_answer(2), -EBUSY);
	watch_from(other, (struct bsk_child_watch){ .pid = pid,
	    .shared = true });
	ck_assert_int_eq(nursery_answer(3), 0);
	nursery_let_all_go();
	ck_assert_int_eq(nursery_told(2)->code, 3);
}
END_TEST

START_TEST(L02)
{
	pid_t pid = nursery_bear_quick(5);

	nursery_await_end(pid);
	nursery_watcher(STRATEGY);
	nursery_watch(pid);
	ck_assert_int_eq(nursery_told(1)->code, 5);
}
END_TEST

START_TEST(L03)
{
	pid_t pid = nursery_bear_idle(0);

	nursery_watcher(STRATEGY);
	nursery_unwatch(pid);
	ck_assert_int_eq(nursery_answer(1), -ENOENT);
	nursery_watch(pid);
	ck_assert_int_eq(nursery_answer(2), 0);
	nursery_unwatch(pid);
	ck_assert_int_eq(nursery_answer(3), 0);
	nursery_watch(pid);
	ck_assert_int_eq(nursery_answer(4), 0);
	nursery_let_all_go();
	ck_assert_int_eq(nursery_told(1)->code, 0);
	nursery_unwatch(pid);
	ck_assert_int_eq(nursery_answer(5), -ENOENT);
}
END_TEST

/* The strategy fails at its work, is made anew, and has lost nobody. */
START_TEST(L04)
{
	pid_t pid = nursery_bear_idle(4);

	nursery_watcher(STRATEGY);
	nursery_watch(pid);
	ck_assert_int_eq(nursery_answer(1), 0);
	faulty_os_fail(&nursery_world, FAULTY_WAITID, 1, EIO);
	nursery_let_all_go();
	ck_assert_int_eq(nursery_told(1)->pid, pid);
	ck_assert_int_eq(nursery_told(1)->code, 4);
}
END_TEST

START_TEST(L05)
{
	pid_t pid = nursery_bear_idle(0);
	bsk_ref watcher;

	watcher = nursery_watcher_in(nursery_system,
	    (struct bsk_child_watcher_config){ .strategy = (int)STRATEGY });
	nursery_watch(pid);
	ck_assert_int_eq(nursery_answer(1), 0);
	patron_stop(nursery_system, nursery_patron, watcher);
	patron_stop(nursery_system, nursery_patron, watcher);
	(void)patron_hears(&nursery_heard, &bsk_down_type, 2);
	nursery_let_all_go();
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
	ck_assert_uint_eq(nursery_tellings(), 0);
}
END_TEST

START_TEST(L06)
{
	const struct bsk_child_watcher_status *status;
	const struct bsk_resource *child;
	pid_t pid = nursery_bear_idle(0);
	bsk_message *answer;

	nursery_watcher(STRATEGY);
	nursery_watch(pid);
	ck_assert_int_eq(nursery_answer(1), 0);
	answer = nursery_status();
	status = bsk_message_body(answer);
	ck_assert(status->active);
	ck_assert_int_eq(status->strategy, (int)STRATEGY);
	ck_assert_uint_eq(status->watched, 1);
	ck_assert_uint_eq(status->children.count, 1);
	child = status->children.items;
	ck_assert_int_eq(child->number, pid);
	ck_assert(bsk_ref_equal(child->owner, nursery_patron));
	bsk_message_free(answer);
	nursery_let_all_go();
	(void)nursery_told(1);
	answer = nursery_status();
	status = bsk_message_body(answer);
	ck_assert_uint_eq(status->watched, 0);
	ck_assert_uint_eq(status->told, 1);
	bsk_message_free(answer);
}
END_TEST

/* Nothing must be entered before a child may be born. */
START_TEST(L07)
{
	pid_t first;

	nursery_watcher(STRATEGY);
	first = nursery_bear_quick(1);
	nursery_watch(first);
	ck_assert_int_eq(nursery_told(1)->code, 1);
}
END_TEST

static bool
hears(const struct bsk_class *class_, const struct bsk_type *type)
{
	for (size_t i = 0; i < class_->handler_count; i++)
		if (class_->handlers[i].type == type)
			return true;
	return false;
}

START_TEST(L08)
{
	const struct bsk_class *class_ = bsk_child_strategy_classes[STRATEGY];

	ck_assert(hears(class_, &bsk_open_type));
	ck_assert(hears(class_, &bsk_child_follow_type));
	ck_assert(hears(class_, &bsk_child_signal_type));
	ck_assert(hears(class_, &bsk_child_look_type));
	ck_assert_ptr_eq(class_->config, &bsk_child_watcher_config_type);
}
END_TEST

/* Only what reaps everybody is alone in its process; and who is refused goes on
 * as before. */
START_TEST(L09)
{
	bsk_system *second = harness_system(1, NULL);
	pid_t pid = nursery_bear_idle(9);

	(void)nursery_watcher_in(second, (struct bsk_child_watcher_config){
	    .strategy = BSK_CHILD_REAP_ALL });
	nursery_watcher(BSK_CHILD_PIDFD);
	nursery_watch(pid);
	ck_assert_int_eq(nursery_answer(1), 0);
	/* Wait until the other has begun. */
	for (bool is_active = false; !is_active;) {
		bsk_message *answer;
		bsk_ref other;

		ck_assert_int_eq(bsk_system_find(second, "child-watcher",
		    &other), 0);
		ck_assert_int_eq(bsk_system_call(second, other,
		    BSK_NEW(bsk_status_ask, 0), HARNESS_PATIENCE_NS,
		    &answer), 0);
		is_active = ((const struct bsk_child_watcher_status *)
		    bsk_message_body(answer))->active;
		bsk_message_free(answer);
	}
	ck_assert_int_eq(set_strategy(BSK_CHILD_REAP_ALL, 2), -EBUSY);
	harness_system_end(second);
	nursery_let_all_go();
	ck_assert_int_eq(nursery_told(1)->code, 9);
}
END_TEST

/* Has the log of the system written to a pipe; its reading end. */
static int
log_to_pipe(int *ret_writing_end)
{
	const struct bsk_spawn_options options = { .name = "log" };
	int ends[2];
	bsk_ref log;

	ck_assert_int_eq(pipe(ends), 0);
	ck_assert_int_eq(bsk_system_spawn(nursery_system, &bsk_log_class,
	    BSK_PARCEL(bsk_log_config, .level = BSK_LOG_INFO,
	    .fd = ends[1]), &options, &log), 0);
	*ret_writing_end = ends[1];
	return ends[0];
}

/* What was logged until the system's end. */
static void
read_log(int fd, int writing_end, char *ret_text, size_t size)
{
	size_t length = 0;
	ssize_t got;

	(void)close(writing_end);
	while (length < size - 1 &&
	    (got = read(fd, ret_text + length, size - 1 - length)) > 0)
		length += (size_t)got;
	ret_text[length] = '\0';
	(void)close(fd);
}

START_TEST(L10)
{
	pid_t pid = nursery_bear_idle(0);
	char text[4096];
	char expected[64];
	int writing;
	int reading = log_to_pipe(&writing);

	nursery_watcher(STRATEGY);
	nursery_watch(pid);
	ck_assert_int_eq(nursery_answer(1), 0);
	nursery_close();
	read_log(reading, writing, text, sizeof(text));
	(void)snprintf(expected, sizeof(expected),
	    "with 1 children still watched: pid %d", (int)pid);
	ck_assert_msg(strstr(text, expected) != NULL, "%s", text);
	nursery_let_all_go();
	ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
}
END_TEST

/* An error in the middle of the work is reported, and the work goes on. */
START_TEST(L29)
{
	char text[4096];
	int writing;
	int reading = log_to_pipe(&writing);
	pid_t pid = nursery_bear_idle(4);

	nursery_watcher(STRATEGY);
	nursery_watch(pid);
	ck_assert_int_eq(nursery_answer(1), 0);
	faulty_os_fail(&nursery_world, FAULTY_WAITID, 1, EIO);
	nursery_let_all_go();
	ck_assert_int_eq(nursery_told(1)->code, 4);
	nursery_close();
	read_log(reading, writing, text, sizeof(text));
	/* The thread may be the one that met the error: it just goes on. */
	ck_assert(STRATEGY == BSK_CHILD_THREAD ||
	    strstr(text, "has failed") != NULL);
}
END_TEST

#define SYSTEMS 3
#define EACH_MAX 80 /* three times that is a code's range */

struct household {
	bsk_system *system;
	struct patron_log heard;
	bsk_ref patron;
	pid_t pids[EACH_MAX];
};

static const enum bsk_child_strategy mixes[][SYSTEMS] = {
	{ BSK_CHILD_PIDFD, BSK_CHILD_PIDFD, BSK_CHILD_PIDFD },
	{ BSK_CHILD_SCAN, BSK_CHILD_SCAN, BSK_CHILD_SCAN },
	{ BSK_CHILD_THREAD, BSK_CHILD_THREAD, BSK_CHILD_THREAD },
	{ BSK_CHILD_PIDFD, BSK_CHILD_SCAN, BSK_CHILD_THREAD },
};

#define MIXES ((int)(sizeof(mixes) / sizeof(mixes[0])))

static void
found(struct household *house, enum bsk_child_strategy strategy)
{
	house->system = harness_system(1, NULL);
	patron_log_init(&house->heard);
	house->patron = patron_spawn(house->system, &house->heard);
	(void)nursery_watcher_in(house->system,
	    (struct bsk_child_watcher_config){ .strategy = (int)strategy });
}

static void
expect_own(struct household *house, int which, unsigned each)
{
	for (unsigned n = 1; n <= each; n++) {
		const struct bsk_child_exited *exited = patron_hears(
		    &house->heard, &bsk_child_exited_type, n);

		ck_assert(!exited->lost);
		ck_assert_int_eq(exited->code / EACH_MAX, which);
		ck_assert_int_eq(exited->pid,
		    house->pids[exited->code % EACH_MAX]);
	}
}

/* Each system has children, and hears of its own, with their codes. */
static void
live_together(const enum bsk_child_strategy *mix, int each)
{
	static struct household houses[SYSTEMS];

	for (int i = 0; i < SYSTEMS; i++)
		found(&houses[i], mix[i]);
	for (int n = 0; n < each; n++)
		for (int i = 0; i < SYSTEMS; i++) {
			pid_t pid = nursery_bear_quick(i * EACH_MAX + n);

			houses[i].pids[n] = pid;
			patron_ask(houses[i].system, houses[i].patron,
			    &bsk_child_watcher_class,
			    BSK_PARCEL(bsk_child_watch, .pid = pid));
		}
	for (int i = 0; i < SYSTEMS; i++)
		expect_own(&houses[i], i, (unsigned)each);
	for (int i = 0; i < SYSTEMS; i++) {
		harness_system_end(houses[i].system);
		patron_log_release(&houses[i].heard);
	}
}

/* Several systems in one process, each with its own watcher, of whichever
 * strategies may live together. */
START_TEST(L30)
{
	live_together(mixes[_i], 10);
}
END_TEST

START_TEST(L34)
{
	live_together(mixes[_i], EACH_MAX);
}
END_TEST

/* An end whose watcher is gone is a dead letter, and the child is reaped. */
START_TEST(L33)
{
	bsk_ref other = new_patron();
	pid_t pid = nursery_bear_idle(0);

	nursery_watcher(STRATEGY);
	watch_from(other, (struct bsk_child_watch){ .pid = pid });
	ck_assert_int_eq(nursery_answer(1), 0);
	patron_stop(nursery_system, nursery_patron, other);
	(void)patron_hears(&nursery_heard, &bsk_down_type, 1);
	nursery_let_all_go();
	nursery_await_reaped(pid);
}
END_TEST

/* One strategy goes, another comes, every other one in turn, with a child that
 * lives and one that ends meanwhile. */
START_TEST(M04)
{
	unsigned answers = 1;
	pid_t pid = nursery_bear_idle(11);

	nursery_watcher(STRATEGY);
	nursery_watch(pid);
	ck_assert_int_eq(nursery_answer(answers), 0);
	for (unsigned i = 0; i < NURSERY_STRATEGIES; i++) {
		pid_t quick = nursery_bear_quick((int)i);

		nursery_watch(quick);
		ck_assert_int_eq(set_strategy(nursery_strategies[i],
		    answers += 2), 0);
		ck_assert_int_eq(nursery_told(i + 1)->pid, quick);
		ck_assert_int_eq(nursery_told(i + 1)->code, (int)i);
	}
	nursery_let_all_go();
	ck_assert_int_eq(nursery_told(NURSERY_STRATEGIES + 1)->code, 11);
}
END_TEST

/* What is no strategy is refused, and the one that there is goes on. */
START_TEST(M04_something_else_is_refused)
{
	static const int others[] = { -1, BSK_CHILD_STRATEGIES, INT32_MAX };

	nursery_watcher(STRATEGY);
	nursery_watch(nursery_bear_idle(12));
	ck_assert_int_eq(nursery_answer(1), 0);
	for (unsigned i = 0; i < sizeof(others) / sizeof(others[0]); i++)
		ck_assert_int_eq(set_strategy(
		    (enum bsk_child_strategy)others[i], 2 + i), -EINVAL);
	nursery_let_all_go();
	ck_assert_int_eq(nursery_told(1)->code, 12);
	ck_assert(!nursery_told(1)->lost);
}
END_TEST

static Suite *
suite(void)
{
	const TTest *const looped[] = { L01, L01_shared, L02, L03, L04, L05,
	    L06, L07, L08, L10, L29, L33, M04,
	    M04_something_else_is_refused };
	Suite *s = suite_create("children");
	TCase *tcase = harness_case("children");

	tcase_add_checked_fixture(tcase, nursery_begin, nursery_end);
	for (size_t i = 0; i < sizeof(looped) / sizeof(looped[0]); i++)
		tcase_add_loop_test(tcase, looped[i], 0, NURSERY_STRATEGIES);
	tcase_add_test(tcase, L09);
	tcase_add_loop_test(tcase, L30, 0, MIXES);
	tcase_add_loop_test(tcase, L34, 0, MIXES);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
