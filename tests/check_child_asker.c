/* check_child_asker.c - who watches a child hears of its end once. */
#include <errno.h>
#include <stdlib.h>

#include <buskin/child_table.h>
#include <buskin/status.h>

#include "harness.h"
#include "patron.h"

/* Joins and leaves as it is asked, and says what it is told. */
struct ledger {
	struct bsk_child_entry entry;
};

BSK_HANDLER(on_watch, ledger, bsk_child_watch);
BSK_HANDLER(on_unwatch, ledger, bsk_child_unwatch);
BSK_HANDLER(on_look, ledger, bsk_child_look);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_child_watch, on_watch),
	BSK_ON(bsk_child_unwatch, on_unwatch),
	BSK_ON(bsk_child_look, on_look),
};

static const struct bsk_class ledger_class = BSK_CLASS(ledger, "ledger",
    "keeps who watches one child", handlers);

static int
on_watch(struct ledger *self, bsk_ctx *ctx,
    const struct bsk_child_watch *request)
{
	return bsk_child_asker_join(ctx, &self->entry, request);
}

static int
on_unwatch(struct ledger *self, bsk_ctx *ctx,
    const struct bsk_child_unwatch *request)
{
	struct bsk_child_asker *asker =
	    bsk_child_asker_find(&self->entry, bsk_sender(ctx));

	(void)request;
	ck_assert_ptr_nonnull(asker);
	bsk_child_asker_leave(ctx, asker);
	return 0;
}

/* The child has ended. It is no news of the child's, which would come before
 * what was asked. */
static int
on_look(struct ledger *self, bsk_ctx *ctx, const struct bsk_child_look *look)
{
	const struct bsk_child_exited exited = { .pid = 1, .code = 3 };

	(void)look;
	return bsk_child_askers_tell(ctx, &self->entry, &exited);
}

static bsk_system *ours;
static bsk_ref ledger;
static bsk_ref patron;
static struct patron_log heard;

static void
begin(void)
{
	ours = harness_system(1, NULL);
	patron_log_init(&heard);
	patron = patron_spawn(ours, &heard);
	ck_assert_int_eq(bsk_system_spawn(ours, &ledger_class, NULL, NULL,
	    &ledger), 0);
}

static void
end(void)
{
	patron_log_release(&heard);
}

static void
watch(bsk_ref who)
{
	patron_ask_actor(ours, who, ledger, BSK_PARCEL(bsk_child_watch,
	    .pid = 1, .shared = true));
}

static void
unwatch(bsk_ref who)
{
	patron_ask_actor(ours, who, ledger, BSK_PARCEL(bsk_child_unwatch,
	    .pid = 1));
}

/* Has the child end; what was heard by then is all there will be. */
static unsigned
tellings(unsigned answers)
{
	patron_ask_actor(ours, patron, ledger, BSK_PARCEL(bsk_child_look, 0));
	(void)patron_hears(&heard, &bsk_result_type, answers);
	harness_system_end(ours);
	return patron_count(&heard, &bsk_child_exited_type);
}

START_TEST(who_watches_is_told_once)
{
	watch(patron);
	ck_assert_uint_eq(tellings(1), 1);
}
END_TEST

START_TEST(who_leaves_is_told_before_the_answer)
{
	watch(patron);
	unwatch(patron);
	ck_assert_uint_eq(tellings(2), 1);
	ck_assert_uint_lt(patron_place(&heard, &bsk_child_exited_type), 2);
}
END_TEST

START_TEST(who_leaves_and_comes_back_is_told_once)
{
	for (int i = 0; i < _i; i++) {
		watch(patron);
		unwatch(patron);
	}
	watch(patron);
	ck_assert_uint_eq(tellings(2 * (unsigned)_i + 1), 1);
}
END_TEST

START_TEST(who_leaves_twice_is_told_once)
{
	for (int i = 0; i < 2; i++) {
		watch(patron);
		unwatch(patron);
	}
	ck_assert_uint_eq(tellings(4), 1);
}
END_TEST

/* A watch is answered as it is given up: so we know who came first. */
START_TEST(everybody_is_told_once)
{
	bsk_ref other = patron_spawn(ours, &heard);

	watch(patron);
	unwatch(patron);
	(void)patron_hears(&heard, &bsk_result_type, 1);
	watch(other);
	unwatch(other);
	(void)patron_hears(&heard, &bsk_result_type, 2);
	watch(patron);
	watch(other);
	/* The ledger does not hear that, and has heard all before it. */
	patron_ask_actor(ours, other, ledger,
	    BSK_PARCEL(bsk_status_ask, .reserved = 0));
	(void)patron_hears(&heard, &bsk_ask_failed_type, 1);
	ck_assert_uint_eq(tellings(6), 2);
}
END_TEST

static Suite *
child_asker_suite(void)
{
	Suite *suite = suite_create("child_asker");
	TCase *tcase = harness_case("child_asker");

	tcase_add_checked_fixture(tcase, begin, end);
	tcase_add_test(tcase, who_watches_is_told_once);
	tcase_add_test(tcase, who_leaves_is_told_before_the_answer);
	tcase_add_loop_test(tcase, who_leaves_and_comes_back_is_told_once, 1,
	    4);
	tcase_add_test(tcase, who_leaves_twice_is_told_once);
	tcase_add_test(tcase, everybody_is_told_once);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(child_asker_suite);
}
