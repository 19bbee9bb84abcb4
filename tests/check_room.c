/* check_room.c - what is held fills a mailbox, and news is never bounded. */
#include <errno.h>

#include <buskin/inspect.h>

#include "harness.h"
#include "seeds.h"

#define PIECE 1024u
#define PIECES 200u
#define BOUND (16u * PIECE)

struct tick {
	uint64_t number;
};
BSK_DECLARE(tick);
static const struct bsk_field tick_fields[] = {
	BSK_FIELD(tick, number, "which"),
};
const struct bsk_type tick_type = BSK_TYPE(tick, "a tick", tick_fields);

struct note {
	uint64_t number;
};
BSK_DECLARE(note);
static const struct bsk_field note_fields[] = {
	BSK_FIELD(note, number, "which"),
};
const struct bsk_type note_type = BSK_NEWS_TYPE(note, "news", note_fields);

static unsigned pieces_heard;
static unsigned notes_heard;
static unsigned most_held;
static bsk_ref hoarder_ref;

/* Holds every piece, and lets one go each virtual millisecond. */
struct hoarder {
	bsk_message *held[PIECES];
	unsigned first;
	unsigned count;
};

BSK_HANDLER(hoarder_open, hoarder, bsk_open);
BSK_HANDLER(hoarder_bytes, hoarder, bsk_bytes);
BSK_HANDLER(hoarder_note, hoarder, note);
BSK_HANDLER(hoarder_due, hoarder, bsk_timer_due);

static const struct bsk_handler hoarder_handlers[] = {
	BSK_ON(bsk_open, hoarder_open),
	BSK_ON(bsk_bytes, hoarder_bytes),
	BSK_ON(note, hoarder_note),
	BSK_ON(bsk_timer_due, hoarder_due),
};
static const struct bsk_class hoarder_class =
    BSK_CLASS(hoarder, "hoarder", "holds what it is sent", hoarder_handlers);

static int
hoarder_open(struct hoarder *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	(void)self;
	(void)open;
	hoarder_ref = bsk_self(ctx);
	return bsk_timer_arm(ctx, 1, 1000000, 1000000);
}

static int
hoarder_bytes(struct hoarder *self, bsk_ctx *ctx,
    const struct bsk_bytes *bytes)
{
	(void)bytes;
	pieces_heard++;
	self->held[self->count] = bsk_hold(ctx);
	ck_assert_ptr_nonnull(self->held[self->count++]);
	if (self->count - self->first > most_held)
		most_held = self->count - self->first;
	return 0;
}

static int
hoarder_note(struct hoarder *self, bsk_ctx *ctx, const struct note *note)
{
	(void)self;
	(void)ctx;
	(void)note;
	notes_heard++;
	return 0;
}

static int
hoarder_due(struct hoarder *self, bsk_ctx *ctx,
    const struct bsk_timer_due *due)
{
	(void)due;
	if (self->first < self->count)
		bsk_let_go(ctx, self->held[self->first++], BSK_END_HANDLED);
	return 0;
}

/* Sends a piece and a note at each tick of its own. */
struct feeder {
	unsigned sent;
};

BSK_HANDLER(feeder_open, feeder, bsk_open);
BSK_HANDLER(feeder_tick, feeder, tick);

static const struct bsk_handler feeder_handlers[] = {
	BSK_ON(bsk_open, feeder_open),
	BSK_ON(tick, feeder_tick),
};
static const struct bsk_class feeder_class =
    BSK_CLASS(feeder, "feeder", "sends all it can", feeder_handlers);

static int
feeder_open(struct feeder *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	(void)self;
	(void)open;
	return bsk_send(ctx, bsk_self(ctx), BSK_NEW(tick, .number = 0));
}

static int
feeder_tick(struct feeder *self, bsk_ctx *ctx, const struct tick *tick)
{
	static const unsigned char piece[PIECE];

	(void)tick;
	if (self->sent == PIECES)
		return 0;
	self->sent++;
	ck_assert_int_eq(bsk_send(ctx, hoarder_ref, BSK_NEW(bsk_bytes,
	    .bytes = bsk_buf_static(piece, sizeof(piece)))), 0);
	ck_assert_int_eq(bsk_send(ctx, hoarder_ref,
	    BSK_NEW(note, .number = self->sent)), 0);
	return bsk_send(ctx, bsk_self(ctx), BSK_NEW(tick, .number = 0));
}

static void
what_is_held_fills_the_mailbox(uint64_t seed)
{
	struct bsk_spawn_options options = {.capacity_bytes = BOUND};
	/* between workers more may be on its way than there is here */
	struct bsk_system_options one_worker = {.workers = 1};
	bsk_system *system;
	bsk_ref ref;

	pieces_heard = notes_heard = most_held = 0;
	ck_assert_int_eq(bsk_sim_create(&one_worker, seed, &system), 0);
	ck_assert_int_eq(bsk_system_spawn(system, &hoarder_class, NULL,
	    &options, &ref), 0);
	ck_assert_int_eq(bsk_sim_run(system, 1000), 0);
	ck_assert_int_eq(bsk_system_spawn(system, &feeder_class, NULL, NULL,
	    &ref), 0);
	ck_assert_int_eq(bsk_sim_run(system, INT64_C(10000000000)), 0);
	ck_assert_uint_eq(pieces_heard, PIECES);
	ck_assert_uint_eq(notes_heard, PIECES);
	/* a piece and its envelope weigh a little more than the piece */
	ck_assert_uint_le(most_held, BOUND / PIECE + 1);
	ck_assert_uint_ge(most_held, BOUND / PIECE / 2);
	bsk_system_stop(system, 0);
	ck_assert_int_eq(bsk_sim_run(system, INT64_MAX), 1);
	harness_check_books(system);
	bsk_system_destroy(system);
}

static void
news_is_neither_dropped_nor_refused(uint64_t seed)
{
	struct bsk_spawn_options options = {
		.capacity = 1,
		.on_full = seed % 2 == 0 ? BSK_DROP_NEW : BSK_REFUSE,
	};
	bsk_system *system;
	bsk_ref ref;

	pieces_heard = notes_heard = most_held = 0;
	ck_assert_int_eq(bsk_sim_create(NULL, seed, &system), 0);
	ck_assert_int_eq(bsk_system_spawn(system, &hoarder_class, NULL,
	    &options, &ref), 0);
	for (uint64_t i = 0; i < 50; i++)
		ck_assert_int_eq(bsk_system_send(system, ref,
		    BSK_NEW(note, .number = i)), 0);
	ck_assert_int_eq(bsk_sim_run(system, 1000000), 0);
	ck_assert_uint_eq(notes_heard, 50);
	bsk_system_stop(system, 0);
	ck_assert_int_eq(bsk_sim_run(system, INT64_MAX), 1);
	harness_check_books(system);
	bsk_system_destroy(system);
}

/* --- the oldest make room for the youngest -------------------------------- */

#define TICKS 100u

struct listener {
	unsigned ticks;
};

BSK_HANDLER(listener_tick, listener, tick);
BSK_HANDLER(listener_bytes, listener, bsk_bytes);

static const struct bsk_handler listener_handlers[] = {
	BSK_ON(tick, listener_tick),
	BSK_ON(bsk_bytes, listener_bytes),
};
static const struct bsk_class listener_class = BSK_CLASS(listener, "listener",
    "counts what it hears", listener_handlers);

static int
listener_tick(struct listener *self, bsk_ctx *ctx, const struct tick *tick)
{
	(void)ctx;
	(void)tick;
	self->ticks++;
	return 0;
}

static int
listener_bytes(struct listener *self, bsk_ctx *ctx,
    const struct bsk_bytes *bytes)
{
	(void)self;
	(void)ctx;
	(void)bytes;
	pieces_heard++;
	return 0;
}

/* As many small ones go as a large one needs. */
static void
the_oldest_make_room_in_bytes_too(uint64_t seed)
{
	static const unsigned char piece[PIECE];
	struct bsk_spawn_options options = {
		.capacity = TICKS + PIECES,
		.capacity_bytes = BOUND,
		.on_full = BSK_DROP_OLD,
	};
	bsk_system *system;
	bsk_ref ref;

	pieces_heard = 0;
	ck_assert_int_eq(bsk_sim_create(NULL, seed, &system), 0);
	ck_assert_int_eq(bsk_system_spawn(system, &listener_class, NULL,
	    &options, &ref), 0);
	for (unsigned i = 0; i < TICKS; i++)
		ck_assert_int_eq(bsk_system_send(system, ref,
		    BSK_NEW(tick, .number = i)), 0);
	for (unsigned i = 0; i < PIECES; i++)
		ck_assert_int_eq(bsk_system_send(system, ref,
		    BSK_NEW(bsk_bytes, .bytes = bsk_buf_static(piece,
			sizeof(piece)))), 0);
	ck_assert_int_eq(bsk_sim_run(system, 1000000), 0);
	ck_assert_uint_le(pieces_heard, BOUND / PIECE + 1);
	ck_assert_uint_ge(pieces_heard, BOUND / PIECE / 2);
	bsk_system_stop(system, 0);
	ck_assert_int_eq(bsk_sim_run(system, INT64_MAX), 1);
	harness_check_books(system);
	bsk_system_destroy(system);
}

START_TEST(test_held)
{
	seeds_walk(what_is_held_fills_the_mailbox);
}
END_TEST

START_TEST(test_news)
{
	seeds_walk(news_is_neither_dropped_nor_refused);
}
END_TEST

START_TEST(test_oldest)
{
	seeds_walk(the_oldest_make_room_in_bytes_too);
}
END_TEST

static Suite *
room_suite(void)
{
	Suite *suite = suite_create("room");

	seeds_add(suite, "what_is_held_fills_the_mailbox", test_held);
	seeds_add(suite, "news_is_neither_dropped_nor_refused", test_news);
	seeds_add(suite, "the_oldest_make_room_in_bytes_too", test_oldest);
	return suite;
}

int
main(void)
{
	return harness_main(room_suite);
}
