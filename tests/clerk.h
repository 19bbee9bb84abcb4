/* clerk.h - an actor for tests of I/O: it does what a test tells it, in a
 * handler of its own, and keeps what it hears.
 *
 *	struct clerk *clerk = clerk_new(system);
 *
 *	clerk_do(clerk, spawn_stream, &pair);
 *	ended = clerk_wait(clerk, &bsk_stream_ended_type, 1);
 *	clerk_free(clerk);
 *
 * Whatever is waited for longer than HARNESS_PATIENCE_S fails the test.
 */
#ifndef CLERK_H
#define CLERK_H

#include <buskin/system.h>

struct clerk;

/* A clerk, and its end: free it after the system has ended. */
struct clerk *clerk_new(bsk_system *system);
void clerk_free(struct clerk *clerk);

/* Its address. */
bsk_ref clerk_ref(const struct clerk *clerk);

/* Has it do that, and waits until it is done. */
void clerk_do(struct clerk *clerk, void (*what)(bsk_ctx *, void *), void *arg);

/* Waits until it has heard so many messages of a type, from 1, and gives the
 * body of that one, which lives as long as the clerk. */
const void *clerk_wait(struct clerk *clerk, const struct bsk_type *type,
    unsigned nth);

/* Who sent that one, and how many there are. */
bsk_ref clerk_sender(struct clerk *clerk, const struct bsk_type *type,
    unsigned nth);
unsigned clerk_count(struct clerk *clerk, const struct bsk_type *type);

/* Waits for the first of a type, and tells its place among all it has heard,
 * from 0. */
unsigned clerk_place(struct clerk *clerk, const struct bsk_type *type);

/* Waits until it has heard at least so many bytes, as bsk_bytes; and gives
 * all it has heard, one after the other. */
const unsigned char *clerk_bytes(struct clerk *clerk, size_t size);

/* Fails the test unless these bytes, and no more, are what it hears. */
void clerk_expect(struct clerk *clerk, const char *text);

/* Spawns a child of the clerk; its port "data" or "packets", if any, is wired
 * to it. */
bsk_ref clerk_spawn(struct clerk *clerk, const struct bsk_class *class_,
    struct bsk_parcel *config);

/* The same for a config that cannot be: what bsk_spawn says. */
int clerk_spawn_error(struct clerk *clerk, const struct bsk_class *class_,
    struct bsk_parcel *config);

/* Waits until an actor has taken all that the clerk has sent it: a question
 * about its status would overtake that. */
void clerk_settle(struct clerk *clerk, bsk_ref actor);

/* Has the clerk send; ask; stop an actor. */
void clerk_tell(struct clerk *clerk, bsk_ref to, bsk_message *message);
void clerk_ask(struct clerk *clerk, bsk_ref to, bsk_message *message);
void clerk_stop(struct clerk *clerk, bsk_ref actor);

/* Has the clerk send some text as bsk_bytes. */
void clerk_say(struct clerk *clerk, bsk_ref to, const char *text);

#endif
