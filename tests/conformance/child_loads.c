/* child_loads.c - rows X04 and X22: many children, by every strategy.
 *
 * X04 is about 100,000 quick children for each strategy. That takes minutes, so
 * it is done by `make loads`, which sets BUSKIN_LOADS; `make check` does 10,000
 * of each, and a tenth of that under sanitizers.
 */
#include <errno.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <time.h>
#include <unistd.h>

#include "../harness.h"
#include "../nursery.h"

#define STRATEGY nursery_strategies[_i]
#define FULL_LOAD 100000U
#define BATCH 250U
#define PID_MAX (4U << 20) /* the kernel's own limit */
#define PATIENCE_S 240
#define LIVE 10000U
#define ENDS 50U

/* A tenth of it under sanitizers. */
static unsigned
bearable(unsigned load)
{
	return harness_is_instrumented() ? load / 10 : load;
}

/* --- a mother: it bears children, watches them, and checks each end ------- */

/* What the test and the mother share; the semaphores order their accesses. */
static struct {
	unsigned to_bear;  /* quick children yet to be born */
	unsigned under_way;
	unsigned wrong;    /* ends that were not as they must be */
	_Atomic(int16_t) *codes; /* by pid: what it ends with; -1: no child */
	sem_t ended;       /* posted when all have ended; or for each idle */
	sem_t followed;    /* posted for each idle child that is watched */
} family;

struct mother {
	bsk_ref watcher;
	bool is_quick;
};

/* Bear so many idle children; 0: quick ones, as many as the family wants. */
struct mother_bear {
	uint32_t idle;
};

static const struct bsk_field bear_fields[] = {
	BSK_FIELD(mother_bear, idle, "how many"),
};
static const struct bsk_type mother_bear_type =
    BSK_TYPE(mother_bear, "bear children", bear_fields);

static int
watch_own(struct mother *self, bsk_ctx *ctx, pid_t pid, int code)
{
	uint64_t ask;

	family.codes[pid] = (int16_t)code;
	return bsk_ask(ctx, self->watcher,
	    BSK_NEW(bsk_child_watch, .pid = pid), 240 * INT64_C(1000000000),
	    &ask);
}

static int
bear_quick(struct mother *self, bsk_ctx *ctx)
{
	int error = 0;

	for (unsigned i = 0; i < BATCH && family.to_bear > 0 && error == 0;
	    i++) {
		int code = (int)(--family.to_bear % 256);

		family.under_way++;
		error = watch_own(self, ctx, nursery_bear_quick(code), code);
	}
	return error;
}

BSK_HANDLER(on_bear, mother, mother_bear)
{
	int error = bsk_service(ctx, &bsk_child_watcher_class,
	    &self->watcher);

	self->is_quick = body->idle == 0;
	if (error == 0 && self->is_quick)
		return bear_quick(self, ctx);
	for (unsigned i = 0; i < body->idle && error == 0; i++) {
		int code = (int)(i % 256);

		error = watch_own(self, ctx, nursery_bear_idle(code), code);
	}
	return error;
}

BSK_HANDLER(on_exited, mother, bsk_child_exited)
{
	int expected = atomic_load(&family.codes[body->pid]);

	atomic_store(&family.codes[body->pid], -1);
	family.wrong += body->lost ||
	    (body->code != expected && body->code != -SIGKILL);
	if (!self->is_quick)
		return sem_post(&family.ended);
	if (--family.under_way > 0)
		return 0;
	if (family.to_bear == 0)
		return sem_post(&family.ended);
	return bear_quick(self, ctx);
}

BSK_HANDLER(on_result, mother, bsk_result)
{
	(void)ctx;
	family.wrong += body->error < 0;
	return self->is_quick ? 0 : sem_post(&family.followed);
}

static const struct bsk_handler handlers[] = {
	BSK_ON(mother_bear, on_bear),
	BSK_ON(bsk_child_exited, on_exited),
	BSK_ON(bsk_result, on_result),
};

static const struct bsk_class mother_class = BSK_CLASS(mother, "mother",
    "bears children", handlers);

static void
wait_for(sem_t *semaphore, unsigned times)
{
	struct timespec deadline;

	ck_assert_int_eq(clock_gettime(CLOCK_REALTIME, &deadline), 0);
	deadline.tv_sec += PATIENCE_S;
	while (times-- > 0)
		while (sem_timedwait(semaphore, &deadline) < 0)
			ck_assert_int_eq(errno, EINTR);
}

/* A watcher whose clock does not disturb the count, and a mother. */
static void
begin_family(enum bsk_child_strategy strategy, unsigned quick, uint32_t idle)
{
	bsk_ref mother;

	family.codes = malloc(PID_MAX * sizeof(*family.codes));
	ck_assert_ptr_nonnull(family.codes);
	for (unsigned i = 0; i < PID_MAX; i++)
		family.codes[i] = -1;
	family.to_bear = quick;
	family.under_way = family.wrong = 0;
	ck_assert_int_eq(sem_init(&family.ended, 0, 0), 0);
	ck_assert_int_eq(sem_init(&family.followed, 0, 0), 0);
	(void)nursery_watcher_in(nursery_system,
	    (struct bsk_child_watcher_config){ .strategy = (int)strategy,
	    .look_ns = INT64_C(3600) * 1000000000 });
	ck_assert_int_eq(bsk_system_spawn(nursery_system, &mother_class,
	    NULL, NULL, &mother), 0);
	ck_assert_int_eq(bsk_system_send(nursery_system, mother,
	    BSK_NEW(mother_bear, .idle = idle)), 0);
}

static void
end_family(void)
{
	nursery_close();
	ck_assert_uint_eq(family.wrong, 0);
	free(family.codes);
	(void)sem_destroy(&family.ended);
	(void)sem_destroy(&family.followed);
}

/* Every code right; the fixture sees that no zombie and no descriptor stays. */
START_TEST(X04)
{
	unsigned load = getenv("BUSKIN_LOADS") != NULL ? FULL_LOAD :
	    FULL_LOAD / 10;

	begin_family(STRATEGY, bearable(load), 0);
	wait_for(&family.ended, 1);
	end_family();
}
END_TEST

/* --- ten thousand that live ----------------------------------------------- */

/* Any live child but those that were killed: the last that were born. */
static pid_t
next_victim(pid_t after)
{
	pid_t pid = after;

	do
		pid = pid + 1 < (pid_t)PID_MAX ? pid + 1 : 2;
	while (atomic_load(&family.codes[pid]) < 0);
	return pid;
}

/* How many system calls ENDS ends take, one at a time, while so many live. */
static unsigned
count_calls(unsigned live, enum bsk_child_strategy strategy)
{
	unsigned before;
	pid_t victim = 1;

	begin_family(strategy, 0, live);
	wait_for(&family.followed, live);
	before = faulty_os_count(&nursery_world, FAULTY_ANY);
	for (unsigned i = 0; i < ENDS; i++) {
		victim = next_victim(victim);
		ck_assert_int_eq(kill(victim, SIGKILL), 0);
		wait_for(&family.ended, 1);
	}
	before = faulty_os_count(&nursery_world, FAULTY_ANY) - before;
	nursery_let_all_go();
	wait_for(&family.ended, live - ENDS);
	end_family();
	return before;
}

static unsigned
live_now(void)
{
	struct rlimit limit;
	unsigned live = bearable(LIVE);

	ck_assert_int_eq(getrlimit(RLIMIT_NOFILE, &limit), 0);
	limit.rlim_cur = limit.rlim_max;
	ck_assert_int_eq(setrlimit(RLIMIT_NOFILE, &limit), 0);
	if (limit.rlim_cur < live + 100) {
		live = (unsigned)limit.rlim_cur - 100;
		printf("# only %u children: so many descriptors\n", live);
	}
	return live;
}

/* A call costs the same among many as among few: each end takes a handful,
 * where a look at each would take thousands. */
START_TEST(X22)
{
	unsigned live = live_now();
	unsigned calls = count_calls(live, STRATEGY);

	ck_assert_msg(calls < ENDS * 20, "%u calls for %u ends among %u",
	    calls, ENDS, live);
}
END_TEST

/* A thousand that end at once. */
START_TEST(X22_a_thousand_end_at_once)
{
	begin_family(STRATEGY, 0, 1000);
	wait_for(&family.followed, 1000);
	nursery_let_all_go();
	wait_for(&family.ended, 1000);
	end_family();
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("child_loads");
	TCase *tcase = harness_case("child_loads");

	tcase_set_timeout(tcase, 2 * PATIENCE_S);
	tcase_add_checked_fixture(tcase, nursery_begin, nursery_end);
	tcase_add_loop_test(tcase, X04, 0, NURSERY_STRATEGIES);
	tcase_add_loop_test(tcase, X22, 0, NURSERY_STRATEGIES);
	tcase_add_loop_test(tcase, X22_a_thousand_end_at_once, 0,
	    NURSERY_STRATEGIES);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
