/* before.h - what a control message of the runtime's does before a handler. */
#ifndef BEFORE_H
#define BEFORE_H

#include "system.h"

/* Does what the message is there for, which may end the actor. Returns whether
 * there is anything left to handle. */
bool before_handling(struct worker *worker, struct cell *cell,
    struct bsk_message *message);

#endif
