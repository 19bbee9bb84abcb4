/* check_stock.c - large pieces are used again, nothing is given twice, and the
 * stock goes with the last that is out.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include <buskin/actor.h>

#include "fail_alloc.h"
#include "harness.h"
#include "stock.h"

#define PIECES 256u
#define STEPS 40000u

START_TEST(a_class_holds_what_is_asked_of_it)
{
	ck_assert_uint_eq(stock_class(0), STOCK_NO_CLASS);
	ck_assert_uint_eq(stock_class(4096), STOCK_NO_CLASS);
	ck_assert_uint_eq(stock_class(STOCK_SMALLEST), 0);
	ck_assert_uint_eq(stock_class(STOCK_SMALLEST + 1), 1);
	ck_assert_uint_eq(stock_class(65536 + 64), 2);
	ck_assert_uint_eq(stock_class((1 << 20) + 64), STOCK_CLASSES - 1);
	ck_assert_uint_eq(stock_class((1 << 20) + 65), STOCK_NO_CLASS);
}
END_TEST

START_TEST(what_was_put_back_is_given_again)
{
	struct stock *stock = stock_new();
	void *first = stock_get(stock, 2);
	void *second = stock_get(stock, 2);

	ck_assert_ptr_nonnull(first);
	ck_assert_ptr_ne(first, second);
	stock_put(stock, first, 2);
	ck_assert_ptr_eq(stock_get(stock, 2), first);
	stock_put(stock, first, 2);
	stock_put(stock, second, 2);
	stock_leave(stock);
}
END_TEST

/* What is over the bound went at once, and has to be had anew. */
START_TEST(no_more_is_kept_than_the_bound)
{
	enum { KEPT = (STOCK_KEEP >> 20) - 1, COUNT = 3 * KEPT };
	struct stock *stock = stock_new();
	void *pieces[COUNT];
	unsigned made;

	for (unsigned i = 0; i < COUNT; i++)
		pieces[i] = stock_get(stock, STOCK_CLASSES - 1);
	for (unsigned i = 0; i < COUNT; i++)
		stock_put(stock, pieces[i], STOCK_CLASSES - 1);
	fail_alloc_start(0);
	for (unsigned i = 0; i < COUNT; i++)
		pieces[i] = stock_get(stock, STOCK_CLASSES - 1);
	made = fail_alloc_stop();
	ck_assert_uint_eq(made, COUNT - KEPT);
	for (unsigned i = 0; i < COUNT; i++)
		stock_put(stock, pieces[i], STOCK_CLASSES - 1);
	stock_leave(stock);
}
END_TEST

/* Another size than before: the old ones make room. */
START_TEST(what_nobody_takes_makes_room)
{
	enum { MANY = STOCK_KEEP / STOCK_SMALLEST };
	static void *pieces[MANY];
	struct stock *stock = stock_new();
	unsigned made;

	for (unsigned i = 0; i < MANY; i++)
		pieces[i] = stock_get(stock, 0);
	for (unsigned i = 0; i < MANY; i++)
		stock_put(stock, pieces[i], 0);
	stock_put(stock, stock_get(stock, 4), 4);
	fail_alloc_start(0);
	stock_put(stock, stock_get(stock, 4), 4);
	made = fail_alloc_stop();
	ck_assert_uint_eq(made, 0);
	stock_leave(stock);
}
END_TEST

/* A figure that was raised is lowered, whatever failed. */
START_TEST(without_memory_there_is_none)
{
	struct stock *stock = stock_new();
	void *piece;

	fail_alloc_start(1);
	piece = stock_get(stock, 0);
	(void)fail_alloc_stop();
	ck_assert_ptr_null(piece);
	stock_leave(stock);
}
END_TEST

/* --- two threads ------------------------------------------------------- */

struct desk {
	struct stock *stock;
	_Atomic(unsigned char *) slots[PIECES]; /* what is out */
};

static size_t
bytes_of(unsigned index)
{
	return (size_t)16384 << index;
}

/* Takes whatever lies there, looks whether it is still as it was, and puts it
 * back. A piece's first byte is its class, and so is its last. */
static void *
put_back(void *arg)
{
	struct desk *desk = arg;

	for (unsigned i = 0; i < STEPS; i++) {
		unsigned char *piece = atomic_exchange(
		    &desk->slots[i % PIECES], NULL);

		if (piece == NULL)
			continue;
		ck_assert_uint_eq(piece[bytes_of(piece[0]) - 1], piece[0]);
		stock_put(desk->stock, piece, piece[0]);
	}
	return NULL;
}

START_TEST(another_thread_puts_back)
{
	static struct desk desk;
	pthread_t other;

	desk.stock = stock_new();
	ck_assert_int_eq(pthread_create(&other, NULL, put_back, &desk), 0);
	for (unsigned i = 0; i < STEPS; i++) {
		unsigned char index = (unsigned char)(i % 3);
		unsigned char *piece = stock_get(desk.stock, index);
		unsigned char *old;

		ck_assert_ptr_nonnull(piece);
		piece[0] = piece[bytes_of(index) - 1] = index;
		old = atomic_exchange(&desk.slots[i % PIECES], piece);
		if (old != NULL)
			stock_put(desk.stock, old, old[0]);
	}
	stock_leave(desk.stock);
	ck_assert_int_eq(pthread_join(other, NULL), 0);
	for (unsigned i = 0; i < PIECES; i++)
		if (desk.slots[i] != NULL)
			stock_put(desk.stock, desk.slots[i], desk.slots[i][0]);
}
END_TEST

/* --- buffers of actors --------------------------------------------------- */

struct giver {
	int unused;
};

BSK_HANDLER(on_open, giver, bsk_open)
{
	(void)self;
	(void)ctx;
	(void)body;
	return 0;
}

BSK_HANDLER(on_bytes, giver, bsk_bytes)
{
	unsigned char *bytes;
	bsk_buf buf;
	int error = bsk_buf_new(65536, &buf, &bytes);

	(void)self;
	(void)body;
	if (error < 0)
		return error;
	memset(bytes, 7, 65536);
	return bsk_reply(ctx, BSK_NEW(bsk_bytes, .bytes = buf));
}

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(bsk_bytes, on_bytes),
};
static const struct bsk_class giver_class =
    BSK_CLASS(giver, "giver", "gives buffers", handlers);

START_TEST(a_buffer_outlives_its_system)
{
	bsk_system *system = harness_system(1, NULL);
	const struct bsk_bytes *bytes;
	bsk_message *answer;
	bsk_ref giver;

	ck_assert_int_eq(bsk_system_spawn(system, &giver_class, NULL, NULL,
	    &giver), 0);
	ck_assert_int_eq(bsk_system_call(system, giver,
	    BSK_NEW(bsk_bytes, .bytes = { 0 }), HARNESS_PATIENCE_NS,
	    &answer), 0);
	harness_system_end(system);
	bytes = bsk_message_body(answer);
	ck_assert_uint_eq(bytes->bytes.size, 65536);
	ck_assert_uint_eq(bytes->bytes.bytes[65535], 7);
	bsk_message_free(answer);
}
END_TEST

static Suite *
suite(void)
{
	Suite *s = suite_create("stock");
	TCase *tcase = harness_case("stock");

	tcase_add_test(tcase, a_class_holds_what_is_asked_of_it);
	tcase_add_test(tcase, what_was_put_back_is_given_again);
	tcase_add_test(tcase, no_more_is_kept_than_the_bound);
	tcase_add_test(tcase, what_nobody_takes_makes_room);
	tcase_add_test(tcase, without_memory_there_is_none);
	tcase_add_test(tcase, another_thread_puts_back);
	tcase_add_test(tcase, a_buffer_outlives_its_system);
	suite_add_tcase(s, tcase);
	return s;
}

int
main(void)
{
	return harness_main(suite);
}
