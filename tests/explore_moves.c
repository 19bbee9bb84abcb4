/* explore_moves.c - actors that move from worker to worker while they talk.
 *
 * Each sends numbered messages to all of the others, also one of the host's
 * thread, and one outside sends to them. However they move: what one of them
 * sends to another one comes in order, and all of it.
 */
#include <buskin/inspect.h>

#include "explore.h"

#define TALKERS 5u         /* the last is the host's, and stays there */
#define OUTSIDE TALKERS    /* who sends from outside */
#define FIRST 10u          /* words that are said to begin with */
#define SENT_MAX 150u      /* in all */

struct word {
	uint32_t from;
	uint32_t number; /* of those from there to here; from 1 */
};
static const struct bsk_field word_fields[] = {
	BSK_FIELD(word, from, "whose"),
	BSK_FIELD(word, number, "which"),
};
static const struct bsk_type word_type = BSK_TYPE(word, "a word", word_fields);

struct world {
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

struct talker {
	uint32_t id;
};

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
