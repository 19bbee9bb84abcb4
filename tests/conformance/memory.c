/* memory.c - row N06: whichever allocation fails, somebody is told, and it goes
 * on.
 */
#include <errno.h>

#include <buskin/builtin.h>
#include <buskin/sim.h>
#include <buskin/supervisor.h>

#include "../fail_alloc.h"
#include "../favours.h"
#include "../harness.h"
#include "../number.h"

#define MS INT64_C(1000000)
#define MOST 200u /* allocations of a purchase; far more than there are */

/* Every allocation fails once: the answer is -ENOMEM or all is well, and
 * nothing is left (the fixture looks). */
START_TEST(N06)
{
	bool whole = false;
	unsigned n;

	for (n = 1; !whole; n++) {
		struct bsk_system_options options = { .workers = 1 };
		bsk_system *system = NULL;
		bsk_ref ref;
		int created;
		int spawned = 0;

		fail_alloc_start(n);
		created = bsk_system_create(&options, &system);
		if (created == 0)
			spawned = bsk_system_spawn(system, &helper_class,
			    NULL, NULL, &ref);
		whole = fail_alloc_stop() < n;
		ck_assert(created == 0 || created == -ENOMEM);
		ck_assert(spawned == 0 || spawned == -ENOMEM);
		bsk_system_destroy(system);
	}
	ck_assert_uint_gt(n, 3);
}
END_TEST

/* --- a till, which is restarted, and a customer --------------------------- */

static bsk_system *sim;
static bsk_ref customer;
static unsigned lives;    /* of the till */
static unsigned answered; /* purchases */
static unsigned failed;   /* asks of which the failure was told */
static unsigned refused;  /* those that could not be asked */

struct till {
	uint64_t sold;
	bsk_text receipt;
};

BSK_HANDLER(on_till_open, till, bsk_open)
{
	(void)self;
	(void)ctx;
	(void)body;
	lives++;
	return 0;
}

/* Whatever it cannot have ends it. */
BSK_HANDLER(on_buy, till, number)
{
	bsk_text_drop(&self->receipt);
	self->receipt = bsk_text_format("a receipt over %llu, so long that it "
	    "needs memory", (unsigned long long)body->value);
	if (bsk_text_is_lost(self->receipt))
		return -ENOMEM;
	self->sold++;
	return bsk_reply(ctx, BSK_NEW(number, .value = self->sold));
}

BSK_HANDLER(on_till_close, till, bsk_close)
{
	(void)ctx;
	(void)body;
	bsk_text_drop(&self->receipt);
	return 0;
}

static const struct bsk_handler till_handlers[] = {
	BSK_ON(bsk_open,  on_till_open),
	BSK_ON(number,    on_buy),
	BSK_ON(bsk_close, on_till_close),
};
static const struct bsk_class till_class = BSK_CLASS(till, "till",
    "sells", till_handlers);

struct customer {
	uint8_t reserved;
};

BSK_HANDLER(on_favour, customer, favour)
{
	bsk_ref till;
	uint64_t ask;
	int error = bsk_find(ctx, "till", &till);

	(void)self;
	(void)body;
	if (error == 0)
		error = bsk_ask(ctx, till, BSK_NEW(number, .value = 7),
		    1000 * MS, &ask);
	if (error < 0)
		refused++;
	return 0;
}

BSK_HANDLER(on_bought, customer, number)
{
	(void)self;
	(void)ctx;
	(void)body;
	answered++;
	return 0;
}

BSK_HANDLER(on_ask_failed, customer, bsk_ask_failed)
{
	(void)self;
	(void)ctx;
	(void)body;
	failed++;
	return 0;
}

static const struct bsk_handler customer_handlers[] = {
	BSK_ON(favour,         on_favour),
	BSK_ON(number,         on_bought),
	BSK_ON(bsk_ask_failed, on_ask_failed),
};
static const struct bsk_class customer_class = BSK_CLASS(customer, "customer",
    "buys", customer_handlers);

static void
run_for(int64_t span_ns)
{
	(void)bsk_sim_run(sim, bsk_sim_now(sim) + span_ns);
}

static const struct bsk_class *const classes[] = { &till_class, NULL };

static void
begin(void)
{
	bsk_ref supervisor;

	lives = answered = failed = refused = 0;
	ck_assert_int_eq(bsk_sim_create(&(struct bsk_system_options){
	    .classes = classes }, harness_seed(), &sim), 0);
	ck_assert_int_eq(bsk_system_spawn(sim, &bsk_supervisor_class,
	    BSK_PARCEL(bsk_supervisor_config, .restarts = 5,
	    .within_ns = 1000 * MS), NULL, &supervisor), 0);
	ck_assert_int_eq(bsk_system_spawn(sim, &customer_class, NULL, NULL,
	    &customer), 0);
	ck_assert_int_eq(bsk_system_send(sim, supervisor, BSK_NEW(
	    bsk_child_start, .name = bsk_text_copy("till"),
	    .class_name = bsk_text_copy("till"))), 0);
	run_for(10 * MS);
	ck_assert_uint_eq(lives, 1);
}

static void
end(void)
{
	bsk_system_stop(sim, 0);
	ck_assert_int_eq(bsk_sim_run(sim, INT64_MAX), 1);
	bsk_system_destroy(sim);
}

/* One purchase of which the n-th allocation fails; how many there were. */
static unsigned
buy(unsigned n)
{
	unsigned allocations;
	int sent;

	fail_alloc_start(n);
	sent = bsk_system_send(sim, customer, favour(IGNORE));
	run_for(2000 * MS);
	allocations = fail_alloc_stop();
	ck_assert(sent == 0 || sent == -ENOMEM);
	if (sent < 0)
		refused++;
	return allocations;
}

/* Every purchase is answered, fails, or cannot be asked for: never is there
 * silence. A till that fails is restarted, and the next purchase is as any. */
START_TEST(N06_reply_or_restart)
{
	unsigned restarts = 0;
	unsigned told = 0;
	unsigned n;

	for (n = 1; n < MOST; n++) {
		unsigned reached;

		begin();
		reached = buy(n);
		ck_assert_uint_eq(answered + failed + refused, 1);
		told += failed + refused;
		restarts += lives - 1;
		(void)buy(0);
		ck_assert_uint_eq(answered + failed + refused, 2);
		ck_assert_uint_ge(answered, 1);
		end();
		if (reached < n)
			break;
	}
	ck_assert_uint_lt(n, MOST);
	ck_assert_uint_ge(told, 1);
	ck_assert_uint_ge(restarts, 1);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("memory");
	TCase *tcase = harness_case("memory");

	tcase_add_test(tcase, N06);
	tcase_add_test(tcase, N06_reply_or_restart);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
