/* check_inbox.c - messages from threads outside to a worker. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>

#include "harness.h"
#include "inbox.h"

#define WRITERS 3u
#define EACH 20000u

static struct inbox inbox;

static struct bsk_message *
numbered(uint64_t writer, uint64_t number)
{
	struct bsk_message *message = calloc(1, sizeof(*message));

	ck_assert_ptr_nonnull(message);
	message->from.bits = writer;
	message->ask = number;
	return message;
}

START_TEST(gives_all_at_once_and_in_order)
{
	struct message_queue queue;
	struct bsk_message *message;

	ck_assert_int_eq(inbox_init(&inbox), 0);
	ck_assert_ptr_null(inbox_take(&inbox).last);
	for (uint64_t i = 0; i < 5; i++)
		ck_assert(inbox_put(&inbox, numbered(0, i)));
	queue = inbox_take(&inbox);
	for (uint64_t i = 0; i < 5; i++) {
		message = message_queue_pop(&queue);
		ck_assert_uint_eq(message->ask, i);
		free(message);
	}
	ck_assert_ptr_null(message_queue_pop(&queue));
	ck_assert_ptr_null(inbox_take(&inbox).last);
	inbox_release(&inbox);
}
END_TEST

START_TEST(closed_it_takes_no_more_but_gives_what_is_in)
{
	struct bsk_message *late = numbered(0, 2);
	struct message_queue queue;

	ck_assert_int_eq(inbox_init(&inbox), 0);
	ck_assert(inbox_put(&inbox, numbered(0, 1)));
	inbox_set_closed(&inbox, true);
	ck_assert(!inbox_put(&inbox, late));
	queue = inbox_take(&inbox);
	free(message_queue_pop(&queue));
	ck_assert_ptr_null(queue.last);
	inbox_set_closed(&inbox, false);
	ck_assert(inbox_put(&inbox, late));
	queue = inbox_take(&inbox);
	ck_assert_ptr_eq(message_queue_pop(&queue), late);
	free(late);
	inbox_release(&inbox);
}
END_TEST

static void *
write_all(void *arg)
{
	for (uint64_t i = 0; i < EACH; i++)
		ck_assert(inbox_put(&inbox, numbered((uintptr_t)arg, i)));
	return NULL;
}

START_TEST(several_threads_lose_nothing)
{
	uint64_t next[WRITERS] = {0};
	pthread_t writers[WRITERS];
	unsigned count = 0;

	ck_assert_int_eq(inbox_init(&inbox), 0);
	for (uintptr_t i = 0; i < WRITERS; i++)
		ck_assert_int_eq(pthread_create(&writers[i], NULL, write_all,
		    (void *)i), 0);
	while (count < WRITERS * EACH) {
		struct message_queue queue = inbox_take(&inbox);
		struct bsk_message *message;

		if (queue.last == NULL)
			(void)sched_yield();
		while ((message = message_queue_pop(&queue)) != NULL) {
			ck_assert_uint_eq(message->ask,
			    next[message->from.bits]++);
			free(message);
			count++;
		}
	}
	for (unsigned i = 0; i < WRITERS; i++)
		ck_assert_int_eq(pthread_join(writers[i], NULL), 0);
	ck_assert_ptr_null(inbox_take(&inbox).last);
	inbox_release(&inbox);
}
END_TEST

static Suite *
inbox_suite(void)
{
	Suite *suite = suite_create("inbox");
	TCase *tcase = harness_case("inbox");

	tcase_add_test(tcase, gives_all_at_once_and_in_order);
	tcase_add_test(tcase, closed_it_takes_no_more_but_gives_what_is_in);
	tcase_add_test(tcase, several_threads_lose_nothing);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(inbox_suite);
}
