/* buskin/sim.h - a system in one thread, in an order drawn from a seed, in
 * virtual time.
 *
 * For tests of actors' logic: the same seed gives the same run, message by
 * message. The system's workers are stepped by the caller's thread; time
 * stands still while anything can run and jumps to the next timer when nothing
 * can. Actors that need the kernel's readiness (the reactor) cannot live here.
 *
 * The caller's thread runs the actors: let it ignore or block SIGPIPE if any of
 * them writes to real descriptors.
 *
 * A simulated system is used by one thread: the functions of buskin/system.h
 * work on it from there, except start, run, wait and call.
 */
#ifndef BUSKIN_SIM_H
#define BUSKIN_SIM_H

#include <buskin/system.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One handled message, for a trace. */
struct bsk_sim_step {
	uint64_t number; /* from 1 */
	int64_t now_ns;  /* virtual time */
	bsk_ref from;    /* sender */
	bsk_ref to;      /* whose handler ran */
	const struct bsk_type *type; /* what it was given */
	int result;      /* what it returned */
};

/* Told of each handled message. */
typedef void bsk_on_sim_step(void *arg, const struct bsk_sim_step *step);

/* Makes a simulated system. `options->workers` 0 means 2 here. */
int bsk_sim_create(const struct bsk_system_options *options, uint64_t seed,
    bsk_system **ret_system);

/* Tells `on_step` of each handled message from now on; NULL: nobody. */
void bsk_sim_trace(bsk_system *system, bsk_on_sim_step *on_step, void *arg);

/* Runs until nothing is left to do at or before `until_ns` of virtual time
 * (which starts at 0), or the system has ended. Returns 1 when it has ended,
 * 0 when it is at rest until then; -EOWNERDEAD in a child that was forked. */
int bsk_sim_run(bsk_system *system, int64_t until_ns);

/* The virtual time. */
int64_t bsk_sim_now(const bsk_system *system);

#ifdef __cplusplus
}
#endif

#endif
