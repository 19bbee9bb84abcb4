/* buskin/message.h - messages.
 *
 * A message is a plain struct described by a field table, in an envelope that
 * says who sent it. Nobody frees a message by hand: every verb that is given
 * one takes it, delivered or not. In a handler the body is const and lives
 * until the handler returns (or, when held, until it is let go).
 *
 * Every message ends in exactly one way, and is counted there: see bsk_end.
 */
#ifndef BUSKIN_MESSAGE_H
#define BUSKIN_MESSAGE_H

#include <buskin/field.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A message on its way, or held. */
typedef struct bsk_message bsk_message;

/* How a message ended. */
enum bsk_end {
	BSK_END_HANDLED,   /* a handler took it and returned 0 */
	BSK_END_REPLIED,   /* handled, and answered */
	/* nobody to take it: no such actor (any more), no handler for its type,
	 * or its handler failed on it */
	BSK_END_DEAD,
	BSK_END_DROPPED,   /* let go by a mailbox's or wire's policy */
	BSK_END_EXPIRED,   /* an answer that came after its deadline */
	BSK_END_CANCELLED, /* an answer to an ask that was taken back */
	/* went down with the process or peer it was given to */
	BSK_END_LOST,
	BSK_END_COUNT      /* how many ends there are */
};

/* The word for an end: "handled", "replied", ... */
const char *bsk_end_text(enum bsk_end end);

/* A new message of a type; the fields' owned parts move into it. NULL for want
 * of memory or when a field was lost for want of memory: what the fields own
 * is dropped then, and every verb takes NULL and returns -ENOMEM. Any thread
 * may call this. */
bsk_message *bsk_message_new(const struct bsk_type *type, const void *body);

/* BSK_NEW(door_opened, .door = 4, .who = bsk_text_copy("ann")) (C only.) */
#define BSK_NEW(tag, ...) \
	bsk_message_new(&tag##_type, &(const struct tag){ __VA_ARGS__ })

/* A message made of a parcel's content; the parcel is taken. NULL as above. */
bsk_message *bsk_message_of_parcel(struct bsk_parcel *parcel);

/* A deep copy, addressed to nobody and asking nothing; NULL for want of
 * memory. */
bsk_message *bsk_message_copy(const bsk_message *message);

/* Drops a message that was never sent. NULL is let pass. */
void bsk_message_free(bsk_message *message);

/* What kind of message it is. */
const struct bsk_type *bsk_message_type(const bsk_message *message);

/* Its body: a struct of bsk_message_type(message)->size bytes. */
const void *bsk_message_body(const bsk_message *message);

/* Who sent it; nobody when it came from outside the system. */
bsk_ref bsk_message_sender(const bsk_message *message);

/* Whether its sender waits for an answer. */
bool bsk_message_is_ask(const bsk_message *message);

#ifdef __cplusplus
}
#endif

#endif
