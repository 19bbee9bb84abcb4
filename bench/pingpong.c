/* pingpong.c - two actors send two words to and fro; and a ring of actors that
 * hand one token on.
 */
#include "workload.h"

#define ROUND_TRIPS 1000000u
#define RING 503u
#define HOPS 5000000u

struct player_config {
	bsk_ref next; /* nobody: back to whoever sent */
};
BSK_DECLARE(player_config);
static const struct bsk_field player_fields[] = {
	BSK_FIELD(player_config, next, "to whom"),
};
const struct bsk_type player_config_type =
    BSK_TYPE(player_config, "a player", player_fields);

struct player {
	bsk_ref next;
};

BSK_HANDLER(on_words, player, words)
{
	bsk_ref to = self->next;

	if (body->a == 0) {
		bench_done();
		return 0;
	}
	if (bsk_ref_is_nobody(to))
		to = bsk_sender(ctx);
	return bsk_send(ctx, to, BSK_NEW(words, .a = body->a - 1,
	    .b = body->b));
}

/* A ring is closed by whoever is told of a next one. */
BSK_HANDLER(on_config, player, player_config)
{
	(void)ctx;
	self->next = body->next;
	return 0;
}

BSK_HANDLER(on_open, player, bsk_open)
{
	const struct player_config *config = bsk_config(ctx);

	(void)body;
	self->next = config->next;
	return 0;
}

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open, on_open),
	BSK_ON(words, on_words),
	BSK_ON(player_config, on_config),
};
static const struct bsk_class player_class = BSK_CLASS(player, "player",
    "hands on", handlers, .config = &player_config_type);

static bsk_ref
player(const struct bench *bench, bsk_ref next)
{
	return bench_spawn(bench, &player_class,
	    BSK_PARCEL(player_config, .next = next), NULL);
}

static void
play(const struct bench *bench, bsk_ref first, uint64_t count,
    const char *unit)
{
	int64_t begun_ns = io_now_ns();

	io_must(bsk_system_send(bench->system, first,
	    BSK_NEW(words, .a = count, .b = 1)), "send");
	bench_wait(1);
	bench_print_rate(bench, (double)count, begun_ns, unit);
}

static void
pingpong(const struct bench *bench)
{
	bsk_ref one = player(bench, bsk_nobody());

	play(bench, player(bench, one), 2 * ROUND_TRIPS, "msg/s");
}

static void
ring(const struct bench *bench)
{
	bsk_ref last = player(bench, bsk_nobody());
	bsk_ref first = last;

	for (unsigned i = 1; i < RING; i++)
		first = player(bench, first);
	io_must(bsk_system_send(bench->system, last,
	    BSK_NEW(player_config, .next = first)), "send");
	play(bench, first, HOPS, "hop/s");
}

const struct workload workload_pingpong = { "pingpong", pingpong };
const struct workload workload_ring = { "ring", ring };
