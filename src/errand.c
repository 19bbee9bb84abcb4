/* errand.c - work that one worker asks of another. */
#include <errno.h>
#include <stdlib.h>

#include "errand.h"

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

void
errand_run(struct worker *worker, unsigned to,
    void (*run)(struct worker *worker, uint64_t one, uint64_t other),
    uint64_t one, uint64_t other)
{
	struct bsk_message *message;

	if (to == worker->index) {
		run(worker, one, other);
		return;
	}
	message = BSK_NEW(errand, .run = run, .one = one,
	    .other = other);
	if (message == NULL)
		message = errand_spare(worker, &errand_type);
	if (message == NULL)
		abort(); /* neither memory nor reserve: actors would hang */
	fill(message, run, one, other);
	/* Who is closed has no actors: whoever finds that may do it. */
	if (!worker_carry(worker, to, message))
		errand_perform(worker, message);
}
