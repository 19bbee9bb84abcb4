/* fault.h - what went wrong, told to whoever is there for it.
 *
 * The sinks in order: the actor that the system's options name; the one that
 * took the faults last (the log); standard error, if either was ever there. No
 * sink is told of its own faults: they go to the next, and so do those that it
 * fails on or leaves behind.
 */
#ifndef FAULT_H
#define FAULT_H

#include "system.h"

/* A handler failed, or an actor did not end in time; it may be another
 * worker's. `type` may be NULL. */
void fault_tell(struct worker *worker, struct cell *cell,
    const struct bsk_type *type, int reason);

/* The same, with what was in the message; the text is taken. */
void fault_tell_content(struct worker *worker, struct cell *cell,
    const struct bsk_type *type, int reason, bsk_text content);

/* A handler runs for too long, or has; it may be another worker's. `stack` says
 * where it is; it is taken. */
void fault_overrun(struct worker *worker, struct cell *cell,
    const struct bsk_type *type, int64_t ran_ns, bsk_text stack,
    bool is_running);

/* A mailbox here has become too full, or no longer is. */
void fault_alarm(struct worker *worker, struct cell *cell, bool is_raised);

/* Has the next sink told of a fault that `cell` was told of and will not
 * handle. Any other message is let pass. */
void fault_pass_on(struct worker *worker, struct cell *cell,
    struct bsk_message *message);

#endif
