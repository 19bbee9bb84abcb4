/* pooled.h - a router with a pool of its own in a simulated system, and workers
 * that count what they handle.
 */
#ifndef BUSKIN_TESTS_POOLED_H
#define BUSKIN_TESTS_POOLED_H

#include <semaphore.h>
#include <stdatomic.h>

#include <buskin/router.h>

#include "probe.h"

#define MS INT64_C(1000000)
#define VALUES 4000u
#define FAILS UINT64_C(1000000) /* added to a value: its worker fails on it */

extern atomic_uint got[VALUES]; /* how often each value was handled */
extern atomic_uint lives;       /* of workers, ever */
extern atomic_uint ends;
extern sem_t handled;           /* posted for each value */

/* How a worker behaves. Its class is named "hand"; its out port "said" carries
 * bytes. */
struct hand_config {
	bool stillborn; /* fails to open */
	bsk_text said;  /* what it says of each number; none: nothing */
};
BSK_DECLARE(hand_config);

/* The hand and the router. */
extern const struct bsk_class *const classes[];

/* The system, the router in it, who asks it for things and monitors it, what
 * that one has heard, and how many values were sent. */
extern bsk_system *sys;
extern bsk_ref router;
extern bsk_ref boss;
extern struct probe_log heard;
extern uint64_t sent;

/* So many hands, restarted often and soon. */
struct bsk_router_config pool_of(uint32_t size);

/* Makes the world, without a router or with one; takes it down again and looks
 * that every life has ended. */
void begin_nobody(void);
void begin(struct bsk_router_config config);
void end(void);

/* Another router, the one that is meant from now on. */
void spawn_router(struct bsk_router_config config,
    const struct bsk_spawn_options *options);

/* Lets the system run until nothing is left to do. */
void run(void);

/* Sends values, each another, or one that a worker fails on, without anybody
 * being given time to handle them. */
void send_values(unsigned count);
void send_failure(void);

/* Every value that was sent was handled just once. */
void all_are_handled_once(void);

/* How many children the router has, and one of them. */
unsigned children(void);
bsk_ref last_child(void);

/* What the router tells of itself. */
struct bsk_router_status status(void);

/* Asks for a size; and runs until it is there. */
void ask_for(uint32_t size);
void resize(uint32_t size);

/* The refusal of a request. */
const struct bsk_result *refused(struct bsk_parcel *request);

/* Why whom the boss was told of has ended. */
int ended_with(void);

#endif
