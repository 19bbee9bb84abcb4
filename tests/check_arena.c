/* check_arena.c - workers' memory: nothing is given twice, and what others free
 * comes home. Holds too where every piece is malloc's own. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "arena.h"
#include "harness.h"

#define PIECES 4000u
#define STEPS 60000u

struct piece {
	unsigned char *bytes; /* NULL: none */
	size_t size;
	unsigned char mark;   /* each byte is this */
};

static struct arena arenas[2];
static struct piece pieces[PIECES];
static uint64_t chance;

static uint64_t
draw(uint64_t below)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return chance % below;
}

static void
begin(void)
{
	chance = harness_seed() | 1;
	for (unsigned i = 0; i < 2; i++)
		arena_init(&arenas[i], i);
}

static void
take(struct piece *piece, struct arena *arena, size_t size)
{
	piece->bytes = arena_get(arena, size);
	piece->size = size;
	piece->mark = (unsigned char)draw(256);
	ck_assert_ptr_nonnull(piece->bytes);
	ck_assert_uint_eq((uintptr_t)piece->bytes % 16, 0);
	memset(piece->bytes, piece->mark, size);
}

static void
give(struct piece *piece, struct arena *here)
{
	size_t wrong = 0;

	for (size_t i = 0; i < piece->size; i++)
		wrong += piece->bytes[i] != piece->mark;
	ck_assert_uint_eq(wrong, 0);
	arena_put(here, piece->bytes, piece->size);
	piece->bytes = NULL;
}

static size_t
draw_size(void)
{
	return 1 + (size_t)draw(draw(10) == 0 ? 2 * ARENA_LARGEST : 200);
}

START_TEST(no_byte_is_given_twice)
{
	begin();
	for (unsigned step = 0; step < STEPS; step++) {
		struct piece *piece = &pieces[draw(PIECES)];

		if (piece->bytes == NULL)
			take(piece, &arenas[draw(2)], draw_size());
		else
			give(piece, &arenas[draw(2)]);
		if (draw(1000) == 0)
			arena_flush(&arenas[draw(2)]);
	}
	for (unsigned i = 0; i < PIECES; i++)
		if (pieces[i].bytes != NULL)
			give(&pieces[i], &arenas[0]);
	for (unsigned i = 0; i < 2; i++)
		arena_release(&arenas[i]);
}
END_TEST

START_TEST(every_size_has_room)
{
	begin();
	for (size_t size = 1; size <= ARENA_LARGEST + 64; size += 3) {
		take(&pieces[0], &arenas[0], size);
		take(&pieces[1], &arenas[0], size);
		give(&pieces[0], &arenas[0]);
		give(&pieces[1], &arenas[0]);
	}
	arena_release(&arenas[0]);
}
END_TEST

/* One side always allocates, the other always frees: memory goes round. */
START_TEST(what_others_free_is_used_again)
{
	const unsigned rounds = 2000;
	struct arena_block *first;

	begin();
	take(&pieces[0], &arenas[0], 100);
	give(&pieces[0], &arenas[0]);
	first = arenas[0].blocks; /* NULL where all is malloc's */
	for (unsigned round = 0; round < rounds; round++) {
		for (unsigned i = 0; i < 200; i++)
			take(&pieces[i], &arenas[0], 100);
		for (unsigned i = 0; i < 200; i++)
			give(&pieces[i], &arenas[1]);
	}
	arena_flush(&arenas[1]);
	/* blocks are never given back: one that is still the newest is all */
	ck_assert_ptr_eq(arenas[0].blocks, first);
	for (unsigned i = 0; i < 2; i++)
		arena_release(&arenas[i]);
}
END_TEST

/* --- two threads --------------------------------------------------------- */

struct basket {
	pthread_mutex_t lock;
	struct piece pieces[64];
	unsigned count;
	bool is_over;
};

static struct basket basket = {.lock = PTHREAD_MUTEX_INITIALIZER};

static void *
free_all(void *arg)
{
	bool is_over = false;

	(void)arg;
	while (!is_over) {
		struct piece mine[64];
		unsigned count;

		pthread_mutex_lock(&basket.lock);
		count = basket.count;
		memcpy(mine, basket.pieces, sizeof(mine));
		basket.count = 0;
		is_over = basket.is_over && count == 0;
		pthread_mutex_unlock(&basket.lock);
		for (unsigned i = 0; i < count; i++)
			give(&mine[i], &arenas[1]);
	}
	arena_flush(&arenas[1]);
	return NULL;
}

START_TEST(another_thread_may_free)
{
	unsigned made = 0;
	pthread_t thread;

	begin();
	ck_assert_int_eq(pthread_create(&thread, NULL, free_all, NULL), 0);
	while (made < STEPS) {
		struct piece piece;

		take(&piece, &arenas[0], draw_size() % 500 + 1);
		pthread_mutex_lock(&basket.lock);
		if (basket.count < 64) {
			basket.pieces[basket.count++] = piece;
			piece.bytes = NULL;
			made++;
		}
		pthread_mutex_unlock(&basket.lock);
		if (piece.bytes != NULL)
			give(&piece, &arenas[0]);
	}
	pthread_mutex_lock(&basket.lock);
	basket.is_over = true;
	pthread_mutex_unlock(&basket.lock);
	ck_assert_int_eq(pthread_join(thread, NULL), 0);
	for (unsigned i = 0; i < 2; i++)
		arena_release(&arenas[i]);
}
END_TEST

/* More owners than there are places for what is on its way to them. */
START_TEST(owners_may_share_a_place)
{
	struct arena *many = calloc(3, sizeof(*many));

	ck_assert_ptr_nonnull(many);
	for (unsigned i = 0; i < 3; i++)
		arena_init(&many[i], i < 2 ? i * ARENA_PEERS : 1);
	begin();
	for (unsigned i = 0; i < 1000; i++)
		take(&pieces[i], &many[i % 2], 64);
	for (unsigned i = 0; i < 1000; i++)
		give(&pieces[i], &many[2]);
	arena_flush(&many[2]);
	for (unsigned i = 0; i < 1000; i++)
		take(&pieces[i], &many[i % 2], 64);
	for (unsigned i = 0; i < 1000; i++)
		give(&pieces[i], &many[i % 2]);
	for (unsigned i = 0; i < 3; i++)
		arena_release(&many[i]);
	free(many);
}
END_TEST

static Suite *
arena_suite(void)
{
	Suite *suite = suite_create("arena");
	TCase *tcase = harness_case("arena");

	tcase_add_test(tcase, no_byte_is_given_twice);
	tcase_add_test(tcase, every_size_has_room);
	tcase_add_test(tcase, what_others_free_is_used_again);
	tcase_add_test(tcase, another_thread_may_free);
	tcase_add_test(tcase, owners_may_share_a_place);
	suite_add_tcase(suite, tcase);
	return suite;
}

int
main(void)
{
	return harness_main(arena_suite);
}
