/* growth_actors.c - a token that goes round among few actors and among many: in
 * the order of their birth, and in one of chance. Beside it what the machine
 * itself takes for one step from record to record, in the same order of chance,
 * where each record says which is the next: records of one and a half hundred
 * bytes, as many as there are actors.
 */
#include <errno.h>
#include <stdlib.h>

#include "brood.h"
#include "growth.h"

#define HOPS 3000000u
#define ROUNDS 5u
#define MANY 1000000u

/* Where the token goes; the same actors, in order and in disorder. */
struct circle {
	bsk_ref *order;
	uint64_t count;
};

/* The one that the token is in; its actors' until bench_done. */
static struct circle circle;

struct runner {
	uint64_t seen;
};

/* `a` hops are left; `b` is the receiver's place. */
BSK_HANDLER(on_words, runner, words)
{
	uint64_t next = body->b + 1 == circle.count ? 0 : body->b + 1;

	self->seen++;
	if (body->a == 0) {
		bench_done();
		return 0;
	}
	return bsk_send(ctx, circle.order[next], BSK_NEW(words,
	    .a = body->a - 1, .b = next));
}

static const struct bsk_handler handlers[] = {
	BSK_ON(words, on_words),
};
static const struct bsk_class runner_class =
    BSK_CLASS(runner, "runner", "hands a token on", handlers);

static struct circle
shuffled(const struct circle *from)
{
	struct circle to = { calloc(from->count, sizeof(*to.order)),
		from->count };
	uint64_t random = 88172645463325252u;

	io_must(to.order == NULL ? -ENOMEM : 0, "refs");
	for (uint64_t i = 0; i < to.count; i++) {
		uint64_t place = io_random(&random) % (i + 1);

		to.order[i] = to.order[place];
		to.order[place] = from->order[i];
	}
	return to;
}

static double
go_round(const struct bench *bench, const struct circle *chosen)
{
	int64_t begun_ns = io_now_ns();

	circle = *chosen;
	io_must(bsk_system_send(bench->system, circle.order[0],
	    BSK_NEW(words, .a = HOPS, .b = 0)), "send");
	bench_wait(1);
	return (double)(io_now_ns() - begun_ns) / HOPS;
}

/* --- records ----------------------------------------------------------- */

struct record {
	uint64_t next;
	char rest[152];
};

/* One circle through all of them (Sattolo). */
static struct record *
chained(uint64_t count)
{
	struct record *records = calloc(count, sizeof(*records));
	uint64_t random = 88172645463325252u;

	io_must(records == NULL ? -ENOMEM : 0, "records");
	for (uint64_t i = 0; i < count; i++)
		records[i].next = i;
	for (uint64_t i = count; i-- > 1;) {
		uint64_t place = io_random(&random) % i;
		uint64_t next = records[i].next;

		records[i].next = records[place].next;
		records[place].next = next;
	}
	return records;
}

/* Writes into each, as a message does. */
static double
step(struct record *records)
{
	int64_t begun_ns = io_now_ns();
	uint64_t at = 0;

	for (unsigned i = 0; i < HOPS; i++) {
		records[at].rest[0]++;
		at = records[at].next;
	}
	records[at].rest[1]++; /* so that it is done */
	return (double)(io_now_ns() - begun_ns) / HOPS;
}

/* --- one beside the other ---------------------------------------------- */

static void
actors(const struct bench *bench)
{
	static struct series order = { .metric = "in-order",
		.unit = "ns/message", .sizes = { 10, 10000 } };
	static struct series chance = { .metric = "by-chance",
		.unit = "ns/message", .sizes = { 10, 10000 } };
	static struct series bare = { .metric = "bare", .unit = "ns/step",
		.sizes = { 10, 10000 } };
	struct record *records[SERIES_SIZES];
	struct circle near[SERIES_SIZES];
	struct circle far[SERIES_SIZES];
	unsigned count;

	order.sizes[2] = bench->size > 0 ? bench->size : MANY;
	chance.sizes[2] = bare.sizes[2] = order.sizes[2];
	count = series_sizes(&order);
	for (unsigned i = 0; i < count; i++) {
		near[i].count = order.sizes[i];
		near[i].order = brood_spawn(bench, &runner_class,
		    near[i].count, NULL);
		far[i] = shuffled(&near[i]);
		records[i] = chained(order.sizes[i]);
	}
	for (unsigned round = 0; round < ROUNDS; round++)
		for (unsigned i = 0; i < count; i++) {
			series_note(&order, i, go_round(bench, &near[i]));
			series_note(&chance, i, go_round(bench, &far[i]));
			series_note(&bare, i, step(records[i]));
		}
	series_print(bench, &order);
	series_print(bench, &chance);
	series_print(bench, &bare);
	for (unsigned i = 0; i < count; i++) {
		free(near[i].order);
		free(far[i].order);
		free(records[i]);
	}
}

const struct workload growth_actors = { "actors", actors };
