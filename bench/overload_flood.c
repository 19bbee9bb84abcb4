/* overload_flood.c - eight producers that send faster than one consumer takes:
 * its rate, beside its rate when they wait to be asked, and the memory that it
 * costs, for each way a mailbox has to be full; and from outside.
 */
#include <errno.h>
#include <sched.h>
#include <stdatomic.h>
#include <stdio.h>

#include "overload.h"

#define PRODUCERS 8u
#define BATCH 32u     /* that a producer sends in one turn */
#define CREDIT 2u     /* batches it may have under way when it is asked */
#define GOAL 1000000u
#define WORK 500u     /* steps for each message */
#define ROUNDS 3u

static atomic_bool is_over;     /* the consumer has all it wants */
static atomic_uint_fast64_t sent;

/* --- the consumer ------------------------------------------------------ */

struct consumer {
	uint64_t got;
	uint64_t sum;
};

/* `b` is not 0 when the sender waits to be asked for more. */
BSK_HANDLER(consumer_words, consumer, words)
{
	if (atomic_load_explicit(&is_over, memory_order_relaxed))
		return 0;
	for (unsigned i = 0; i < WORK; i++)
		self->sum = (self->sum ^ body->a) * 0x9e3779b97f4a7c15u;
	if (++self->got == GOAL) {
		atomic_store(&is_over, true);
		bench_done();
	}
	if (body->b == 0)
		return 0;
	return bsk_send(ctx, bsk_sender(ctx), BSK_NEW(go, .count = 1));
}

static const struct bsk_handler consumer_handlers[] = {
	BSK_ON(words, consumer_words),
};
static const struct bsk_class consumer_class =
    BSK_CLASS(consumer, "consumer", "takes its time", consumer_handlers);

/* --- the producers ----------------------------------------------------- */

struct producer_config {
	bsk_ref to;
	bool is_asked; /* sends no more than it is asked for */
};
BSK_DECLARE(producer_config);
static const struct bsk_field producer_fields[] = {
	BSK_FIELD(producer_config, to, "to whom"),
	BSK_FIELD(producer_config, is_asked, "only when asked"),
};
const struct bsk_type producer_config_type =
    BSK_TYPE(producer_config, "a producer", producer_fields);

struct producer {
	uint64_t sent;
};

/* That the consumer has no room is what this is about. */
BSK_HANDLER(producer_go, producer, go)
{
	const struct producer_config *config = bsk_config(ctx);
	int result = 0;

	(void)body;
	if (atomic_load_explicit(&is_over, memory_order_relaxed)) {
		bsk_exit(ctx, 0);
		return 0;
	}
	for (unsigned i = 0; i < BATCH && (result == 0 || result == -EAGAIN);
	    i++)
		result = bsk_send(ctx, config->to, BSK_NEW(words,
		    .a = self->sent++, .b = config->is_asked && i == 0));
	atomic_fetch_add_explicit(&sent, BATCH, memory_order_relaxed);
	if (result < 0 && result != -EAGAIN)
		return result;
	return config->is_asked ? 0 : bsk_send(ctx, bsk_self(ctx),
	    BSK_NEW(go, .count = 1));
}

static const struct bsk_handler producer_handlers[] = {
	BSK_ON(go, producer_go),
};
static const struct bsk_class producer_class =
    BSK_CLASS(producer, "producer", "sends", producer_handlers,
	.config = &producer_config_type);

static void
produce(const struct bench *bench, bsk_ref consumer, bool is_asked)
{
	for (unsigned i = 0; i < PRODUCERS; i++) {
		bsk_ref producer = bench_spawn(bench, &producer_class,
		    BSK_PARCEL(producer_config, .to = consumer,
			.is_asked = is_asked), NULL);

		for (unsigned k = 0; k < (is_asked ? CREDIT : 1); k++)
			io_must(bsk_system_send(bench->system, producer,
			    BSK_NEW(go, .count = 1)), "send");
	}
	bench_wait(1);
}

static void
produce_outside(const struct bench *bench, bsk_ref consumer)
{
	while (!atomic_load_explicit(&is_over, memory_order_relaxed)) {
		int result = bsk_system_send(bench->system, consumer,
		    BSK_NEW(words, .a = 1));

		if (result == -EAGAIN)
			(void)sched_yield();
		else
			io_must(result, "send");
		atomic_fetch_add_explicit(&sent, result == 0,
		    memory_order_relaxed);
	}
	bench_wait(1);
}

/* --- one way after another --------------------------------------------- */

struct way {
	const char *name;
	enum bsk_on_full on_full;
	bool is_asked;
	bool is_outside;
};

static const struct way ways[] = {
	{ "asked", BSK_SUSPEND, true, false },
	{ "suspend", BSK_SUSPEND, false, false },
	{ "refuse", BSK_REFUSE, false, false },
	{ "drop_new", BSK_DROP_NEW, false, false },
	{ "drop_old", BSK_DROP_OLD, false, false },
	{ "outside", BSK_SUSPEND, false, true },
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

struct outcome {
	double rate;   /* handled in a second */
	double sent;   /* for each that was handled */
	double memory; /* more than before, bytes */
};

static struct outcome
pour(const struct bench *bench, const struct way *way)
{
	bsk_ref consumer = bench_spawn(bench, &consumer_class, NULL,
	    &(const struct bsk_spawn_options){ .on_full = way->on_full });
	double memory = bench_memory();
	int64_t begun_ns = io_now_ns();

	atomic_store(&is_over, false);
	atomic_store(&sent, 0);
	if (way->is_outside)
		produce_outside(bench, consumer);
	else
		produce(bench, consumer, way->is_asked);
	return (struct outcome){
		.rate = GOAL * 1e9 / (double)(io_now_ns() - begun_ns),
		.sent = (double)atomic_load(&sent) / GOAL,
		.memory = bench_memory() - memory,
	};
}

static void
print(const struct bench *bench, const struct way *way, const char *what,
    double value, const char *unit)
{
	char metric[64];

	(void)snprintf(metric, sizeof(metric), "%s,%s", way->name, what);
	bench_print(bench, metric, value, unit);
}

/* What comes after its rounds is the median; of the memory, the most. */
static void
tell(const struct bench *bench, const struct way *way,
    const struct outcome *outcomes, const struct outcome *asked)
{
	uint64_t rates[ROUNDS];
	uint64_t ratios[ROUNDS];
	double memory = 0;

	for (unsigned i = 0; i < ROUNDS; i++) {
		rates[i] = (uint64_t)outcomes[i].rate;
		ratios[i] = (uint64_t)(1e3 * outcomes[i].rate /
		    asked[i].rate);
		if (outcomes[i].memory > memory)
			memory = outcomes[i].memory;
	}
	print(bench, way, "rate", io_quantile(rates, ROUNDS, 0.5), "msg/s");
	print(bench, way, "rate/asked", io_quantile(ratios, ROUNDS, 0.5) / 1e3,
	    "x");
	print(bench, way, "sent", outcomes[0].sent, "messages/handled");
	print(bench, way, "memory", memory / 1048576, "MiB");
}

static void
flood(const struct bench *bench)
{
	struct outcome outcomes[WAYS][ROUNDS];

	for (unsigned round = 0; round < ROUNDS; round++)
		for (size_t i = 0; i < WAYS; i++)
			outcomes[i][round] = pour(bench, &ways[i]);
	for (size_t i = 0; i < WAYS; i++)
		tell(bench, &ways[i], outcomes[i], outcomes[0]);
	bench_print_peak(bench);
}

const struct workload overload_flood = { "flood", flood };
