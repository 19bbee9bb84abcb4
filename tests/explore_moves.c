/* explore_moves.c - actors that move from worker to worker while they talk.
 *
 * Each sends numbered messages to all of the others, also one of the host's
 * thread, and one outside sends to them. However they move: what one of them
 * sends to another one comes in order, and all of it. Now and then one has a
 * guest, a child with a thread of its own or at the host's, which writes to its
 * parent and ends: the end comes last.
 */
#include <buskin/inspect.h>

#include "explore.h"

#define TALKERS 5u         /* the last is the host's, and stays there */
#define OUTSIDE TALKERS    /* who sends from outside */
#define FIRST 10u          /* words that are said to begin with */
#define SENT_MAX 150u      /* in all */
#define GUESTS_MAX 6u
#define NOTES 3u           /* that a guest writes */

struct word {
	uint32_t from;
	uint32_t number; /* of those from there to here; from 1 */
};
static const struct bsk_field word_fields[] = {
	BSK_FIELD(word, from, "whose"),
	BSK_FIELD(word, number, "which"),
};
static const struct bsk_type word_type = BSK_TYPE(word, "a word", word_fields);

struct note {
	uint32_t number; /* from 1 */
};
static const struct bsk_field note_fields[] = {
	BSK_FIELD(note, number, "which"),
};
static const struct bsk_type note_type =
    BSK_CONTROL_TYPE(note, "a guest's", note_fields);

struct world {
	uint32_t guests; /* ever */
	bsk_ref talkers[TALKERS];
	uint32_t made;
	uint32_t sent_all;
	uint32_t sent[TALKERS + 1][TALKERS];
	uint32_t heard[TALKERS + 1][TALKERS];
};

static struct world *
world_of(bsk_ctx *ctx)
{
	return bsk_sim_state(bsk_system_of(ctx));
}

/* --- a guest --- */

struct guest {
	char unused;
};

BSK_HANDLER(guest_open, guest, bsk_open)
{
	(void)self;
	(void)body;
	for (uint32_t i = 1; i <= NOTES; i++)
		EXPECT(ctx, bsk_send(ctx, bsk_parent(ctx), BSK_NEW(note,
		    .number = i)) == 0);
	bsk_exit(ctx, 0);
	return 0;
}

static const struct bsk_handler guest_handlers[] = {
	BSK_ON(bsk_open, guest_open),
};
static const struct bsk_class guest_class =
    BSK_CLASS(guest, "guest", "writes home and ends", guest_handlers);

/* --- a talker --- */

struct talker {
	uint32_t id;
	uint32_t notes; /* of the guest that it has, */
	bool has_guest;
};

static void
have_guest(struct talker *self, bsk_ctx *ctx)
{
	struct bsk_spawn_options options = {
		.placement = bsk_random(ctx) % 2 == 0 ? BSK_PLACE_HOST :
		    BSK_PLACE_THREAD,
	};
	bsk_ref ref;

	if (self->has_guest || world_of(ctx)->guests == GUESTS_MAX ||
	    bsk_random(ctx) % 4 != 0)
		return;
	world_of(ctx)->guests++;
	self->has_guest = true;
	self->notes = 0;
	EXPECT(ctx, bsk_spawn(ctx, &guest_class, NULL, &options, &ref) == 0);
}

BSK_HANDLER(on_note, talker, note)
{
	EXPECT(ctx, self->has_guest && body->number == ++self->notes);
	return 0;
}

BSK_HANDLER(on_down, talker, bsk_down)
{
	(void)body;
	EXPECT(ctx, self->has_guest && self->notes == NOTES);
	self->has_guest = false;
	return 0;
}

BSK_HANDLER(on_open, talker, bsk_open)
{
	struct world *world = world_of(ctx);

	(void)body;
	for (uint32_t i = 0; i < world->made; i++)
		if (bsk_ref_equal(world->talkers[i], bsk_self(ctx)))
			self->id = i;
	return 0;
}

/* Says something to somebody; what is sent from outside goes another way. */
static void
say(bsk_system *system, bsk_ctx *ctx, uint32_t from, uint32_t to)
{
	struct world *world = bsk_sim_state(system);
	bsk_message *message = BSK_NEW(word, .from = from,
	    .number = ++world->sent[from][to]);

	world->sent_all++;
	if (from == OUTSIDE)
		explore_send(system, world->talkers[to], message);
	else
		EXPECT(ctx, bsk_send(ctx, world->talkers[to], message) == 0);
}

BSK_HANDLER(on_word, talker, word)
{
	struct world *world = world_of(ctx);

	EXPECT(ctx,
	    body->number == world->heard[body->from][self->id] + 1);
	world->heard[body->from][self->id] = body->number;
	have_guest(self, ctx);
	for (uint64_t i = bsk_random(ctx) % 4; i > 0 &&
	    world->sent_all < SENT_MAX; i--)
		say(bsk_system_of(ctx), ctx,
		    bsk_random(ctx) % 4 == 0 ? OUTSIDE : self->id,
		    (uint32_t)(bsk_random(ctx) % TALKERS));
	return 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(word,     on_word),
	BSK_ON(note,     on_note),
	BSK_ON(bsk_down, on_down),
};
static const struct bsk_class talker_class =
    BSK_CLASS(talker, "talker", "talks", handlers);

/* --- the scenario --- */

static void
play(bsk_system *system, void *state)
{
	struct world *world = state;

	for (uint32_t i = 0; i < TALKERS; i++) {
		struct bsk_spawn_options options = {
			.placement = i == TALKERS - 1 ? BSK_PLACE_HOST :
			    BSK_PLACE_POOL,
		};

		world->talkers[i] = explore_spawn(system, &talker_class, NULL,
		    &options);
		world->made++;
	}
	for (unsigned i = 0; i < FIRST; i++)
		say(system, NULL, OUTSIDE,
		    (uint32_t)(bsk_sim_draw(system) % TALKERS));
	(void)bsk_sim_run(system, 0);
	for (unsigned from = 0; from <= TALKERS; from++)
		for (unsigned to = 0; to < TALKERS; to++)
			bsk_sim_expect(system, world->heard[from][to] ==
			    world->sent[from][to]);
}

static const struct bsk_system_options options = { .workers = 4 };
const struct bsk_sim_scenario explore_moves = {
	.name = "moves",
	.options = &options,
	.state_size = sizeof(struct world),
	.play = play,
};
