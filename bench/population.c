/* population.c - a million actors: each born, spoken to and gone; or all there
 * at once without work.
 */
#include "workload.h"

#define SPAWNED 1000000u
#define IDLE 1000000u
#define BATCH 1000u

/* One that answers once and ends; or just is there. */
struct child {
	uint8_t unused;
};

BSK_HANDLER(child_words, child, words)
{
	(void)self;
	bsk_exit(ctx, 0);
	return bsk_send(ctx, bsk_sender(ctx), BSK_NEW(go,
	    .count = body->a));
}

static const struct bsk_handler child_handlers[] = {
	BSK_ON(words, child_words),
};
static const struct bsk_class child_class = BSK_CLASS(child, "child",
    "answers once", child_handlers);

struct parent_config {
	uint64_t count;
	bool speaks; /* to each child */
};
BSK_DECLARE(parent_config);
static const struct bsk_field parent_fields[] = {
	BSK_FIELD(parent_config, count, "how many children"),
	BSK_FIELD(parent_config, speaks, "to each of them"),
};
const struct bsk_type parent_config_type =
    BSK_TYPE(parent_config, "a parent", parent_fields);

struct parent {
	uint64_t born;
	uint64_t answered;
};

static int
bear(struct parent *self, bsk_ctx *ctx)
{
	const struct parent_config *config = bsk_config(ctx);
	bsk_ref child;
	int result = bsk_spawn(ctx, &child_class, NULL, NULL, &child);

	self->born++;
	if (result == 0 && config->speaks)
		result = bsk_send(ctx, child, BSK_NEW(words,
		    .a = self->born));
	return result;
}

/* Bears a batch, then takes the answers; then the next. */
static int
bear_batch(struct parent *self, bsk_ctx *ctx)
{
	const struct parent_config *config = bsk_config(ctx);
	int result = 0;

	for (unsigned i = 0; i < BATCH && result == 0 &&
	    self->born < config->count; i++)
		result = bear(self, ctx);
	if (result < 0 || config->speaks)
		return result;
	if (self->born < config->count)
		return bsk_send(ctx, bsk_self(ctx), BSK_NEW(words, .a = 0));
	bench_done();
	return 0;
}

BSK_HANDLER(parent_words, parent, words)
{
	(void)body;
	return bear_batch(self, ctx);
}

BSK_HANDLER(parent_go, parent, go)
{
	const struct parent_config *config = bsk_config(ctx);

	(void)body;
	if (++self->answered == config->count)
		bench_done();
	return self->answered == self->born ? bear_batch(self, ctx) : 0;
}

static const struct bsk_handler parent_handlers[] = {
	BSK_ON(words, parent_words),
	BSK_ON(go, parent_go),
};
static const struct bsk_class parent_class = BSK_CLASS(parent, "parent",
    "bears children", parent_handlers, .config = &parent_config_type);

static void
bear_all(const struct bench *bench, uint64_t count, bool speaks)
{
	bsk_ref parent = bench_spawn(bench, &parent_class,
	    BSK_PARCEL(parent_config, .count = count, .speaks = speaks),
	    NULL);

	io_must(bsk_system_send(bench->system, parent,
	    BSK_NEW(words, .a = 0)), "send");
	bench_wait(1);
}

static void
spawn(const struct bench *bench)
{
	int64_t begun_ns = io_now_ns();

	bear_all(bench, SPAWNED, true);
	bench_print_rate(bench, SPAWNED, begun_ns, "actor/s");
	bench_print_peak(bench);
}

static void
idle(const struct bench *bench)
{
	double before = bench_memory();

	bear_all(bench, IDLE, false);
	bench_print(bench, "bytes", (bench_memory() - before) / IDLE, "B");
}

const struct workload workload_spawn = { "spawn", spawn };
const struct workload workload_idle = { "idle", idle };
