/* explore_ask.c - every ask is over exactly once.
 *
 * Askers ask two servers, with deadlines, and take some asks back. A server
 * answers at once or late, or not at all, passes the ask on, or fails over it.
 * Each ask has one answer or one failure, and after that, or after it was taken
 * back, neither. Where time passes only in between, no answer comes after its
 * deadline.
 */
#include <errno.h>

#include "explore.h"

#define ASKERS 3u
#define ASKS 6u
#define SERVERS 2u
#define DEADLINE_NS 1000000
#define TICK_NS 16384 /* what deadlines are rounded up to */

struct query {
	uint32_t number; /* of the asker's, from 0 */
	uint32_t hops;
};
static const struct bsk_field query_fields[] = {
	BSK_FIELD(query, number, "which"),
	BSK_FIELD(query, hops, "how often it may be passed on"),
};
static const struct bsk_type query_type =
    BSK_TYPE(query, "a question", query_fields);

struct answer {
	uint32_t number;
};
static const struct bsk_field answer_fields[] = {
	BSK_FIELD(answer, number, "to which"),
};
static const struct bsk_type answer_type =
    BSK_TYPE(answer, "an answer", answer_fields);

struct world {
	bsk_ref servers[SERVERS];
	uint32_t over;  /* asks that are */
	uint32_t asked;
	uint32_t taken_back;
	bool is_busy;
};

static struct world *
world_of(bsk_ctx *ctx)
{
	return bsk_sim_state(bsk_system_of(ctx));
}

/* --- a server --- */

struct server {
	bsk_message *held[ASKERS * ASKS * 2];
	uint32_t numbers[ASKERS * ASKS * 2];
	uint32_t count;
};

static int
answer_later(struct server *self, bsk_ctx *ctx, uint32_t number)
{
	self->held[self->count] = bsk_hold(ctx);
	self->numbers[self->count] = number;
	EXPECT(ctx, self->held[self->count] != NULL);
	return bsk_timer_arm(ctx, self->count++,
	    (int64_t)(bsk_random(ctx) % (2 * DEADLINE_NS)), 0);
}

BSK_HANDLER(on_query, server, query)
{
	switch (bsk_random(ctx) % 16) {
	case 0:
		return -EIO;
	case 1:
	case 2:
		return 0; /* without an answer */
	case 3:
	case 4:
	case 5:
		return bsk_forward(ctx, world_of(ctx)->servers[
		    bsk_random(ctx) % SERVERS]);
	case 6:
	case 7:
	case 8:
	case 9:
		return answer_later(self, ctx, body->number);
	default:
		EXPECT(ctx, bsk_reply(ctx, BSK_NEW(answer,
		    .number = body->number)) == 0);
		EXPECT(ctx, bsk_reply(ctx, BSK_NEW(answer,
		    .number = body->number)) == -EINVAL);
		return 0;
	}
}

BSK_HANDLER(server_due, server, bsk_timer_due)
{
	EXPECT(ctx, bsk_answer(ctx, self->held[body->timer], BSK_NEW(answer,
	    .number = self->numbers[body->timer])) == 0);
	return 0;
}

static const struct bsk_handler server_handlers[] = {
	BSK_ON(query,         on_query),
	BSK_ON(bsk_timer_due, server_due),
};
static const struct bsk_class server_class =
    BSK_CLASS(server, "server", "answers, or not", server_handlers);

/* --- an asker --- */

struct asker {
	uint32_t count;
	uint64_t asks[ASKS];
	int64_t deadlines_ns[ASKS];
	bool are_over[ASKS];
};

static int
ask(struct asker *self, bsk_ctx *ctx)
{
	struct world *world = world_of(ctx);
	uint32_t number = self->count++;
	int64_t after_ns = 1 + (int64_t)(bsk_random(ctx) % DEADLINE_NS);

	world->asked++;
	self->deadlines_ns[number] = bsk_now(ctx) + after_ns;
	return bsk_ask(ctx, world->servers[bsk_random(ctx) % SERVERS],
	    BSK_NEW(query, .number = number), after_ns, &self->asks[number]);
}

/* What happens next: a question, or one is taken back. */
static int
go_on(struct asker *self, bsk_ctx *ctx)
{
	uint32_t number = (uint32_t)(bsk_random(ctx) % ASKS);
	int r;

	if (number < self->count && bsk_random(ctx) % 4 == 0) {
		r = bsk_ask_cancel(ctx, self->asks[number]);
		EXPECT(ctx, r == (self->are_over[number] ? -ENOENT : 0));
		world_of(ctx)->over += r == 0;
		world_of(ctx)->taken_back += r == 0;
		self->are_over[number] = true;
	}
	if (self->count < ASKS && (r = ask(self, ctx)) < 0)
		return r;
	return self->count == ASKS ? 0 : bsk_timer_arm(ctx, 1,
	    (int64_t)(bsk_random(ctx) % DEADLINE_NS), 0);
}

BSK_HANDLER(asker_open, asker, bsk_open)
{
	(void)body;
	return go_on(self, ctx);
}

BSK_HANDLER(asker_due, asker, bsk_timer_due)
{
	(void)body;
	return go_on(self, ctx);
}

static uint32_t
end_ask(struct asker *self, bsk_ctx *ctx, uint64_t ask)
{
	uint32_t number = 0;

	while (number < self->count && self->asks[number] != ask)
		number++;
	EXPECT(ctx, number < self->count);
	if (number == self->count)
		return 0;
	EXPECT(ctx, !self->are_over[number]);
	self->are_over[number] = true;
	world_of(ctx)->over++;
	return number;
}

BSK_HANDLER(on_answer, asker, answer)
{
	uint32_t number = end_ask(self, ctx, bsk_asked(ctx));

	EXPECT(ctx, body->number == number);
	EXPECT(ctx, world_of(ctx)->is_busy ||
	    bsk_now(ctx) <= self->deadlines_ns[number] + TICK_NS);
	return 0;
}

BSK_HANDLER(on_failed, asker, bsk_ask_failed)
{
	uint32_t number = end_ask(self, ctx, body->ask);

	EXPECT(ctx, bsk_asked(ctx) == body->ask);
	EXPECT(ctx, body->reason == -ESRCH || body->reason == -ENODATA ||
	    body->reason == -EIO || body->reason == -ETIMEDOUT);
	EXPECT(ctx, body->reason != -ETIMEDOUT ||
	    bsk_now(ctx) >= self->deadlines_ns[number]);
	return 0;
}

static const struct bsk_handler asker_handlers[] = {
	BSK_ON(bsk_open,       asker_open),
	BSK_ON(bsk_timer_due,  asker_due),
	BSK_ON(answer,         on_answer),
	BSK_ON(bsk_ask_failed, on_failed),
};
static const struct bsk_class asker_class =
    BSK_CLASS(asker, "asker", "asks", asker_handlers);

/* --- the scenario --- */

static void
play(bsk_system *system, void *state)
{
	struct bsk_spawn_options options = {
		.placement = bsk_sim_draw(system) % 2 == 0 ?
		    BSK_PLACE_THREAD : BSK_PLACE_POOL,
	};
	struct world *world = state;

	world->servers[0] = explore_spawn(system, &server_class, NULL, NULL);
	world->servers[1] = explore_spawn(system, &server_class, NULL,
	    &options);
	for (unsigned i = 0; i < ASKERS; i++)
		(void)explore_spawn(system, &asker_class, NULL, NULL);
	(void)bsk_sim_run(system, 1000 * DEADLINE_NS);
	bsk_sim_expect(system, world->asked == ASKERS * ASKS);
	bsk_sim_expect(system, world->over == ASKERS * ASKS);
}

static void
play_busy(bsk_system *system, void *state)
{
	((struct world *)state)->is_busy = true;
	play(system, state);
}

const struct bsk_sim_scenario explore_ask = {
	.name = "ask",
	.state_size = sizeof(struct world),
	.play = play,
};

const struct bsk_sim_scenario explore_ask_busy = {
	.name = "ask_busy",
	.state_size = sizeof(struct world),
	.busy = true,
	.play = play_busy,
};
