/* check_ring.c - the ring between two threads. */
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"
#include "ring.h"

#define MESSAGES 100000u

/* `ask` is the serial number. */
static struct bsk_message *
numbered(uint64_t number)
{
	struct bsk_message *message = calloc(1, sizeof(*message));

	ck_assert_ptr_nonnull(message);
	message->ask = number;
	return message;
}

static uint64_t
read_all(struct ring *ring, uint64_t next)
{
	struct bsk_message *messages[7];
	unsigned count;

	while ((count = ring_read(ring, messages, 7)) > 0)
		for (unsigned i = 0; i < count; i++) {
			ck_assert_uint_eq(messages[i]->ask, next++);
			free(messages[i]);
		}
	return next;
}

START_TEST(nothing_is_read_before_it_is_published)
{
	struct ring *ring = ring_new();
	struct bsk_message *message;

	ck_assert_ptr_nonnull(ring);
	ck_assert(ring_is_clear(ring));
	ck_assert(!ring_publish(ring));
	ck_assert(!ring_write(ring, numbered(0)));
	ck_assert(!ring_is_clear(ring));
	ck_assert_uint_eq(ring_read(ring, &message, 1), 0);
	ck_assert(ring_publish(ring));
	ck_assert(!ring_publish(ring));
	ck_assert(ring_is_clear(ring));
	ck_assert_uint_eq(read_all(ring, 0), 1);
	ring_free(ring);
	ring_free(NULL);
}
END_TEST

START_TEST(a_full_batch_wants_to_be_published)
{
	struct ring *ring = ring_new();
	uint64_t number = 0;

	for (int round = 0; round < 3; round++) {
		for (int i = 1; i < RING_BATCH; i++)
			ck_assert(!ring_write(ring, numbered(number++)));
		ck_assert(ring_write(ring, numbered(number++)));
		ck_assert(ring_publish(ring));
	}
	ck_assert_uint_eq(read_all(ring, 0), number);
	ring_free(ring);
}
END_TEST

/* What finds no room waits with the writer and keeps its place. */
START_TEST(more_than_fits_keeps_its_order)
{
	const uint64_t many = 3 * RING_SLOTS + 5;
	struct ring *ring = ring_new();
	uint64_t next = 0;

	for (uint64_t i = 0; i < many; i++)
		(void)ring_write(ring, numbered(i));
	ck_assert(ring_publish(ring));
	ck_assert(!ring_is_clear(ring));
	next = read_all(ring, 0);
	ck_assert_uint_eq(next, RING_SLOTS);
	(void)ring_write(ring, numbered(many));
	while (ring_publish(ring))
		next = read_all(ring, next);
	ck_assert_uint_eq(next, many + 1);
	ck_assert(ring_is_clear(ring));
	ring_free(ring);
}
END_TEST

static void *
write_all(void *arg)
{
	struct ring *ring = arg;

	for (uint64_t i = 0; i < MESSAGES; i++)
		if (ring_write(ring, numbered(i)))
			(void)ring_publish(ring);
	while (!ring_is_clear(ring)) {
		(void)ring_publish(ring);
		(void)sched_yield();
	}
	return NULL;
}

START_TEST(two_threads_pass_all_in_order)
{
	struct ring *ring = ring_new();
	pthread_t writer;
	uint64_t next = 0;

	ck_assert_int_eq(pthread_create(&writer, NULL, write_all, ring), 0);
	while (next < MESSAGES) {
		uint64_t before = next;

		next = read_all(ring, next);
		if (next == before)
			(void)sched_yield();
	}
	ck_assert_int_eq(pthread_join(writer, NULL), 0);
	ck_assert_uint_eq(read_all(ring, next), MESSAGES);
	ring_free(ring);
}
END_TEST

/* The counters are of 32 bits and go round. */
START_TEST(the_counters_may_go_round)
{
	struct ring *ring = ring_new();
	const uint32_t start = UINT32_MAX - RING_SLOTS / 2;

	ring->written = ring->seen_published = ring->seen_taken = start;
	ring->read = start;
	atomic_store(&ring->published, start);
	atomic_store(&ring->taken, start);
	for (uint64_t i = 0; i < 2 * RING_SLOTS; i++)
		(void)ring_write(ring, numbered(i));
	ck_assert(ring_publish(ring));
	ck_assert_uint_eq(read_all(ring, 0), RING_SLOTS);
	ck_assert(ring_publish(ring));
	ck_assert_uint_eq(read_all(ring, RING_SLOTS), 2 * RING_SLOTS);
	ring_free(ring);
}
END_TEST

static Suite *
ring_suite(void)
{
	Suite *suite = suite_create("ring");
	TCase *tcase = harness_case("ring");

	tcase_add_test(tcase, nothing_is_read_before_it_is_published);
	tcase_add_test(tcase, a_full_batch_wants_to_be_published);
	tcase_add_test(tcase, more_than_fits_keeps_its_order);
	tcase_add_test(tcase, two_threads_pass_all_in_order);
	tcase_add_test(tcase, the_counters_may_go_round);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(ring_suite);
}
