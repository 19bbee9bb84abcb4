/* errand.h - work that one worker asks of another.
 *
 * What is carried between workers when it is no message between actors. An
 * errand cannot fail: each worker keeps some in reserve for when memory has
 * run out.
 */
#ifndef ERRAND_H
#define ERRAND_H

#include "system.h"

enum {
	ERRANDS_RESERVED = 16 /* of each worker; alive, but under way nowhere */
};

/* What to do, as a message. */
struct errand {
	void (*run)(struct worker *worker, uint64_t one, uint64_t other);
	uint64_t one;
	uint64_t other;
};
BSK_DECLARE(errand);

/* Has `run` called on another worker, or at once when it is this one. */
void errand_run(struct worker *worker, unsigned to,
    void (*run)(struct worker *worker, uint64_t one, uint64_t other),
    uint64_t one, uint64_t other);

/* The same for work on an actor: wherever that is at home, or will be when this
 * comes there. It goes the way of the actor's messages. */
void errand_run_at(struct worker *worker, bsk_ref actor,
    void (*run)(struct worker *worker, uint64_t one, uint64_t other),
    uint64_t one, uint64_t other);

/* The same as errand_run for another worker, in a message of type errand that
 * the caller has laid by. */
void errand_send(struct worker *worker, unsigned to,
    struct bsk_message *message,
    void (*run)(struct worker *worker, uint64_t one, uint64_t other),
    uint64_t one, uint64_t other);

/* An errand has come: does it and takes it, or sends it after its actor. */
void errand_arrived(struct worker *worker, struct bsk_message *message);

/* Does it here and takes it. */
void errand_perform(struct worker *worker, struct bsk_message *message);

/* A message of `type`, all else as new, out of what is laid by; its body is as
 * large as an errand's. NULL: there is none left. */
struct bsk_message *errand_spare(struct worker *worker,
    const struct bsk_type *type);

/* Lays some by; this thread must be the worker's. -ENOMEM. */
int errand_reserve(struct worker *worker);
void errand_unreserve(struct worker *worker);

#endif
