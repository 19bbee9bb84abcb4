/* loop.h - an actor that goes on sending to itself: so many messages lie in its
 * mailbox at any time, and each that is handled is sent anew.
 */
#ifndef BUSKIN_BENCH_LOOP_H
#define BUSKIN_BENCH_LOOP_H

#include "workload.h"

/* For ever, until the system stops. */
#define LOOP_FOR_EVER UINT64_MAX

/* Spawns one whose mailbox is to hold so many. */
bsk_ref loop_spawn(const struct bench *bench, uint64_t depth);

/* Sends it off with `depth` messages, each of which takes `work_ns` (0: no
 * time) to be handled. */
void loop_start(const struct bench *bench, bsk_ref loop, uint64_t depth,
    uint64_t hops, int64_t work_ns);

/* As loop_start; waits until so many messages were handled, and tells what
 * each took, nanoseconds. One loop at a time. */
double loop_measure(const struct bench *bench, bsk_ref loop, uint64_t depth,
    uint64_t hops);

#endif
