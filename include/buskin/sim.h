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
	uint32_t worker; /* on which, from 0; see bsk_actor_info */
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
 * 0 when it is at rest until then; -ECANCELED in the run of a scenario that has
 * failed, or has had as many turns as it may; -EOWNERDEAD in a child that was
 * forked. */
int bsk_sim_run(bsk_system *system, int64_t until_ns);

/* The virtual time. */
int64_t bsk_sim_now(const bsk_system *system);

/* A number drawn from the seed, for whoever drives the system. */
uint64_t bsk_sim_draw(bsk_system *system);

/* --- scenarios ----------------------------------------------------------
 *
 * A scenario is a small world and what must hold in it, in whatever order
 * things happen there. It is played under many seeds; the first under which it
 * fails is played once more, and told: every actor's steps with their times,
 * what was sent and how it ended, and the command that repeats that run.
 *
 *	struct world { unsigned sold; };
 *
 *	static int
 *	on_buy(struct shop *self, bsk_ctx *ctx, const struct buy *buy)
 *	{
 *		struct world *world = bsk_sim_state(bsk_system_of(ctx));
 *
 *		world->sold++;
 *		...
 *	}
 *
 *	static void
 *	play(bsk_system *system, void *state)
 *	{
 *		... bsk_system_spawn, bsk_system_send, ...
 *		bsk_sim_run(system, 1000000000);
 *		bsk_sim_expect(system, ((struct world *)state)->sold == 1);
 *	}
 *
 *	static const struct bsk_sim_scenario last_ticket = {
 *		.name = "last_ticket",
 *		.state_size = sizeof(struct world),
 *		.play = play,
 *	};
 *
 *	bsk_sim_explore(&last_ticket,
 *	    &(struct bsk_sim_seeds){ .first = 1, .count = 1000 });
 *
 * Whole: examples/07_explore.c. It does without threads and processes, so it
 * goes into a test of any framework; what is expected is better said by
 * bsk_sim_expect than by the framework's own assertions, which may end the
 * process before the seed is told.
 *
 * A run costs some 50 us beside what its actors do where malloc(3) keeps what
 * it is given back, as mallopt(3) can tell it (M_MMAP_MAX 0, M_TRIM_THRESHOLD
 * large), and a millisecond where it does not. */

/* A scenario. Without state and check it may be as short as a name and a
 * play. */
struct bsk_sim_scenario {
	/* for people: of letters, digits and _ */
	const char *name;
	/* how to make its systems; NULL: all zeros */
	const struct bsk_system_options *options;
	/* bytes of its state, which begins as zeros in every run; see
	 * bsk_sim_state */
	size_t state_size;
	/* time also passes while there is something to do, as it does on a
	 * busy machine: deadlines run out that need not have */
	bool busy;
	/* turns that actors may have in one run before it is taken for one
	 * without an end; 0: 1,000,000 */
	uint64_t turns_max;
	/* makes actors, sends, lets time pass by bsk_sim_run. After it the
	 * system is stopped, if it was not yet, and must come to its end: no
	 * actor left, no message left, and on every edge as many ended as were
	 * sent */
	void (*play)(bsk_system *system, void *state);
	/* looks at the state after that; the actors are gone, the system can
	 * be inspected. NULL: there is nothing more to look at */
	void (*check)(bsk_system *system, void *state);
};

/* Under which seeds, and how that is told. All but `count` may be zero. */
struct bsk_sim_seeds {
	uint64_t first; /* the seeds are first, first + 1, ... */
	uint64_t count; /* so many */
	/* where the seed is kept that is being played: memory that is shared
	 * with another process tells that one, should this one crash; NULL:
	 * nowhere */
	uint64_t *at;
	/* hears the report of a failure, line by line; NULL: it goes to
	 * standard error */
	void (*say)(void *arg, const char *line);
	void *arg; /* the first argument of that */
	/* tell every run as it goes, not only one that has failed: so one that
	 * crashes is told up to there */
	bool traced;
	/* what repeats the run when BUSKIN_SEED is in its environment, for the
	 * report; NULL: that is left to people */
	const char *command;
};

/* Plays a scenario under seeds, to the first failure. Where the environment has
 * BUSKIN_SEED, and not empty, that is the only seed. Returns 0 when nothing
 * failed, 1 when a seed did; -EINVAL: BUSKIN_SEED is no number, which is told;
 * -ENOMEM, or what bsk_sim_create fails with. */
int bsk_sim_explore(const struct bsk_sim_scenario *scenario,
    const struct bsk_sim_seeds *seeds);

/* The state of the scenario that the system is a run of; NULL: it is of none.
 * The scenario's own functions and its actors may use it. */
void *bsk_sim_state(bsk_system *system);

/* Says that the run has failed, and why; the first time counts. The run ends
 * with the turn in hand: no other actor has one. Without a scenario it does
 * nothing. */
void bsk_sim_fail(bsk_system *system, const char *format, ...)
    __attribute__((format(printf, 2, 3)));

/* Fails the run unless `condition` is true. */
#define bsk_sim_expect(system, condition) \
	((condition) ? (void)0 : bsk_sim_fail((system), "%s:%d: %s", \
	    __FILE__, __LINE__, #condition))

#ifdef __cplusplus
}
#endif

#endif
