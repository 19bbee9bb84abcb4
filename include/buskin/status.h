/* buskin/status.h - asking an actor how it stands.
 *
 * What the runtime counts of an actor is seen without asking it
 * (buskin/inspect.h). What only the actor knows (its descriptors, its children,
 * how far a handshake has come) it tells as a message of its own: the type that
 * its class names as `status`. An inspector shows that beside the actor.
 *
 * The answer tells of one instant and changes nothing. It must be cheap: an
 * actor that knows of thousands tells how many, and lists no more than
 * BSK_STATUS_LIST_MAX of them.
 */
#ifndef BUSKIN_STATUS_H
#define BUSKIN_STATUS_H

#include <buskin/field.h>

#ifdef __cplusplus
extern "C" {
#endif

/* How many items a list in a status has at most. */
#define BSK_STATUS_LIST_MAX 1024

/* How do you stand? Control: overtakes data. The reply is a message of the
 * class's status type. For actors of a class that has one. */
struct bsk_status_ask {
	uint8_t reserved; /* 0 */
};
BSK_DECLARE(bsk_status_ask);

/* Something of the process that an actor keeps for another. A list of these in
 * a status is shown among the resources of the whole system, under the name of
 * its field ("fds", "children", "signals"). */
struct bsk_resource {
	bsk_ref owner;  /* for whom; nobody: for itself, or not known */
	int32_t number; /* the descriptor, process id, signal number, ... */
	bsk_text what;  /* a few words about it; NULL: none */
};
BSK_DECLARE(bsk_resource);

/* Adds one to such a list, which is all zeros at first; no more than
 * BSK_STATUS_LIST_MAX. `what` is copied; NULL: none. For want of memory the
 * list is lost, and the message that it goes into with it. */
void bsk_resources_add(bsk_list *list, bsk_ref owner, int32_t number,
    const char *what);

#ifdef __cplusplus
}
#endif

#endif
