/* counting.c - producers that send as fast as one consumer lets them: one, or
 * eight.
 */
#include "workload.h"

#define BATCH 64u
#define COUNTING 10000000u
#define PRODUCERS 8u
#define FANIN 1000000u

struct counter_config {
	uint64_t goal;
};
BSK_DECLARE(counter_config);
static const struct bsk_field counter_fields[] = {
	BSK_FIELD(counter_config, goal, "done at so many"),
};
const struct bsk_type counter_config_type =
    BSK_TYPE(counter_config, "a counter", counter_fields);

struct counter {
	uint64_t left;
};

BSK_HANDLER(counter_open, counter, bsk_open)
{
	const struct counter_config *config = bsk_config(ctx);

	(void)body;
	self->left = config->goal;
	return 0;
}

BSK_HANDLER(counter_words, counter, words)
{
	(void)ctx;
	(void)body;
	if (--self->left == 0)
		bench_done();
	return 0;
}

static const struct bsk_handler counter_handlers[] = {
	BSK_ON(bsk_open, counter_open),
	BSK_ON(words, counter_words),
};
static const struct bsk_class counter_class = BSK_CLASS(counter, "counter",
    "counts", counter_handlers, .config = &counter_config_type);

struct producer_config {
	bsk_ref to;
	uint64_t count;
};
BSK_DECLARE(producer_config);
static const struct bsk_field producer_fields[] = {
	BSK_FIELD(producer_config, to, "to whom"),
	BSK_FIELD(producer_config, count, "how many"),
};
const struct bsk_type producer_config_type =
    BSK_TYPE(producer_config, "a producer", producer_fields);

struct producer {
	uint64_t sent;
};

/* A batch, and then others have their turn. */
BSK_HANDLER(producer_go, producer, go)
{
	const struct producer_config *config = bsk_config(ctx);
	int result = 0;

	(void)body;
	for (unsigned i = 0; i < BATCH && result == 0 &&
	    self->sent < config->count; i++)
		result = bsk_send(ctx, config->to,
		    BSK_NEW(words, .a = self->sent++, .b = 1));
	if (result == 0 && self->sent < config->count)
		result = bsk_send(ctx, bsk_self(ctx), BSK_NEW(go,
		    .count = 1));
	return result;
}

static const struct bsk_handler producer_handlers[] = {
	BSK_ON(go, producer_go),
};
static const struct bsk_class producer_class = BSK_CLASS(producer, "producer",
    "sends", producer_handlers, .config = &producer_config_type);

static void
pour(const struct bench *bench, unsigned producers, uint64_t count)
{
	bsk_ref counter = bench_spawn(bench, &counter_class,
	    BSK_PARCEL(counter_config, .goal = producers * count), NULL);
	bsk_ref refs[PRODUCERS];
	int64_t begun_ns;

	for (unsigned i = 0; i < producers; i++)
		refs[i] = bench_spawn(bench, &producer_class,
		    BSK_PARCEL(producer_config, .to = counter,
		    .count = count), NULL);
	begun_ns = io_now_ns();
	for (unsigned i = 0; i < producers; i++)
		io_must(bsk_system_send(bench->system, refs[i],
		    BSK_NEW(go, .count = 1)), "send");
	bench_wait(1);
	bench_print_rate(bench, (double)(producers * count), begun_ns,
	    "msg/s");
	bench_print_peak(bench);
}

static void
counting(const struct bench *bench)
{
	pour(bench, 1, COUNTING);
}

static void
fanin(const struct bench *bench)
{
	pour(bench, PRODUCERS, FANIN);
}

const struct workload workload_counting = { "counting", counting };
const struct workload workload_fanin = { "fanin", fanin };
