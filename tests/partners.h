/* partners.h - actors that are linked with each other.
 *
 * The cast are partners, which end with those they are linked with, and heirs,
 * which hear of it instead. They do as they are ordered, in a simulation. Each
 * test has a process of its own, and a simulation one thread.
 */
#ifndef BUSKIN_TESTS_PARTNERS_H
#define BUSKIN_TESTS_PARTNERS_H

#include <buskin/sim.h>
#include <buskin/system.h>

#define CAST 16u
#define ALIVE 1 /* no reason is positive */

enum deed { LINK, UNLINK, END };

extern const struct bsk_class partner_class;
extern const struct bsk_class heir_class;

extern bsk_system *sim;
extern bsk_ref cast[CAST];
extern unsigned count;
extern int reasons[CAST];   /* why the last life of each has ended; or ALIVE */
extern unsigned told[CAST]; /* bsk_link_down of each */
extern struct bsk_link_down last_told;
extern int result;          /* of the last bsk_link or bsk_unlink */

void open_world(uint64_t seed);
void close_world(void);

/* One more of the cast, at times on a worker of its own. */
bsk_ref join(const struct bsk_class *class_);

/* Has one of them do something; `reason` is for END: 0: exit, else fail. */
void order(bsk_ref who, enum deed deed, bsk_ref whom, int reason);

/* Lets it all happen. */
void rest(void);

/* Has one link with another, or end, and lets it happen. */
void link_up(bsk_ref one, bsk_ref other);
void end(bsk_ref who, int reason);

unsigned number_of(bsk_ref ref);
int reason_of(bsk_ref who);

/* How many links there are. */
unsigned links(void);

#endif
