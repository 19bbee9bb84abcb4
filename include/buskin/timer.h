/* buskin/timer.h - the timer: an actor that tells others the time is up.
 *
 * An actor that is written in C has timers of its own (bsk_timer_arm) and does
 * not need this one. It is for whoever has only messages: a deployment that
 * wants a tick on a wire, a peer behind a socket, an actor that gives its
 * timers to another.
 *
 * The timer is a service: bsk_service(ctx, &bsk_timer_class, &timer). Deployed
 * with `every` it also emits bsk_timer_fired through its out port "fired".
 *
 * What is fired is a data message like any other: a setter whose mailbox is
 * full and suspends its senders holds the timer up, for all its setters. One
 * that may fall behind does better with timers of its own.
 */
#ifndef BUSKIN_TIMER_H
#define BUSKIN_TIMER_H

#include <buskin/class.h>
#include <buskin/life.h>
#include <buskin/status.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Set a timer of the sender's; one of the same id is moved. When it is an ask
 * it is answered by bsk_result: -EINVAL: a negative time, or nobody to tell;
 * -ENOMEM. The sender's timers go with it. */
struct bsk_timer_set {
	uint64_t id;      /* the sender's own number for it; any */
	int64_t after_ns; /* from now; 0 and up */
	int64_t every_ns; /* and then again each so long; 0: once */
};
BSK_DECLARE(bsk_timer_set);

/* Cancel a timer of the sender's. A bsk_timer_fired that is on its way may
 * still arrive, but not after the answer: bsk_result, when it is an ask;
 * -ENOENT: no such timer, or it was for once and has fired. */
struct bsk_timer_cancel {
	uint64_t id; /* which */
};
BSK_DECLARE(bsk_timer_cancel);

/* A timer has fired: never early, and those that are due at the same time in
 * the order they were set. */
struct bsk_timer_fired {
	uint64_t id;     /* which; 0 when it comes from the port "fired" */
	uint64_t count;  /* periods since the last of these messages, from 1 */
	int64_t late_ns; /* since it was due, when this was sent; 0 and up */
};
BSK_DECLARE(bsk_timer_fired);

/* How the timer stands. */
struct bsk_timer_status {
	uint32_t timers; /* that others have set and that are to come */
	uint64_t fired;  /* how often one has run out, also its own */
};
BSK_DECLARE(bsk_timer_status);

/* The timer's config. */
struct bsk_timer_config {
	int64_t every_ns; /* emit "fired" each so long; 0: never */
};
BSK_DECLARE(bsk_timer_config);

/* The class "timer". */
extern const struct bsk_class bsk_timer_class;

/* The out port of a timer. */
enum bsk_timer_port {
	BSK_TIMER_FIRED /* bsk_timer_fired */
};

#ifdef __cplusplus
}
#endif

#endif
