/* errand.c - work that one worker asks of another. */
#include <errno.h>
#include <stdlib.h>

#include "errand.h"
#include "transit.h"

static const struct bsk_field errand_fields[] = {
	BSK_FIELD(errand, one, "first operand"),
	BSK_FIELD(errand, other, "second operand"),
};
const struct bsk_type errand_type =
    BSK_CONTROL_TYPE(errand, "work for a worker", errand_fields);

/* A reserve that was used up fills itself from what comes in. */
static void
keep_or_free(struct worker *worker, struct bsk_message *message)
{
	if (worker->reserve.last == NULL)
		message_queue_push(&worker->reserve, message);
	else
		bsk_message_free(message);
}

void
errand_perform(struct worker *worker, struct bsk_message *message)
{
	struct errand errand;

	errand = *(struct errand *)message_body(message);
	keep_or_free(worker, message);
	errand.run(worker, errand.one, errand.other);
}

static void
fill(struct bsk_message *message,
    void (*run)(struct worker *worker, uint64_t one, uint64_t other),
    uint64_t one, uint64_t other)
{
	struct errand *errand = message_body(message);

	errand->run = run;
	errand->one = one;
	errand->other = other;
}

struct bsk_message *
errand_spare(struct worker *worker, const struct bsk_type *type)
{
	struct bsk_message *message = message_queue_pop(&worker->reserve);

	if (message == NULL)
		return NULL;
	message->type = type;
	message->flags &= MESSAGE_OUTSIDE;
	message->flags |= message_flags_of(type);
	message->ask = 0;
	message->on_full = BSK_ON_FULL_DEFAULT;
	return message;
}

int
errand_reserve(struct worker *worker)
{
	for (int i = 0; i < ERRANDS_RESERVED; i++) {
		struct bsk_message *message = BSK_NEW(errand, .one = 0);

		if (message == NULL)
			return -ENOMEM;
		message_queue_push(&worker->reserve, message);
	}
	return 0;
}

void
errand_unreserve(struct worker *worker)
{
	struct bsk_message *message;

	while ((message = message_queue_pop(&worker->reserve)) != NULL)
		bsk_message_free(message);
}

/* One to fill. */
static struct bsk_message *
blank(struct worker *worker)
{
	struct bsk_message *message = BSK_NEW(errand, .one = 0);

	if (message == NULL)
		message = errand_spare(worker, &errand_type);
	if (message == NULL)
		abort(); /* neither memory nor reserve: actors would hang */
	message->to = bsk_nobody();
	return message;
}

/* Who is closed has no actors: whoever finds that may do it. */
static void
carry(struct worker *worker, unsigned to, struct bsk_message *message)
{
	if (!worker_carry(worker, to, message))
		errand_perform(worker, message);
}

void
errand_send(struct worker *worker, unsigned to, struct bsk_message *message,
    void (*run)(struct worker *worker, uint64_t one, uint64_t other),
    uint64_t one, uint64_t other)
{
	fill(message, run, one, other);
	carry(worker, to, message);
}

void
errand_run(struct worker *worker, unsigned to,
    void (*run)(struct worker *worker, uint64_t one, uint64_t other),
    uint64_t one, uint64_t other)
{
	if (to == worker->index)
		run(worker, one, other);
	else
		errand_send(worker, to, blank(worker), run, one, other);
}

void
errand_run_at(struct worker *worker, bsk_ref actor,
    void (*run)(struct worker *worker, uint64_t one, uint64_t other),
    uint64_t one, uint64_t other)
{
	struct cells *cells = &worker->system->cells;
	struct bsk_message *message;
	unsigned home;

	if (cells_find(cells, actor) == NULL)
		return;
	home = home_read(cells_home_at(cells, (uint32_t)actor.bits));
	if (home_is(home, worker->index)) {
		run(worker, one, other);
		return;
	}
	message = blank(worker);
	message->to = actor;
	fill(message, run, one, other);
	if (!transit_keep_sent(worker, home, message))
		carry(worker, transit_way(worker, home), message);
}

void
errand_arrived(struct worker *worker, struct bsk_message *message)
{
	struct cells *cells = &worker->system->cells;
	struct cell *cell = NULL;
	unsigned home = worker->index;

	if (!bsk_ref_is_nobody(message->to)) {
		cell = cells_find(cells, message->to);
		home = home_read(cells_home_at(cells, cell->index));
	}
	if (home_is(home, worker->index))
		errand_perform(worker, message);
	else if (!transit_keep(worker, cell, home, message))
		carry(worker, transit_way(worker, home), message);
}
