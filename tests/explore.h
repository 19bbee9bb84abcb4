/* explore.h - small worlds that are played under many seeds; see explore.c. */
#ifndef BUSKIN_TESTS_EXPLORE_H
#define BUSKIN_TESTS_EXPLORE_H

#include <buskin/sim.h>

extern const struct bsk_sim_scenario explore_mailbox;
extern const struct bsk_sim_scenario explore_ask;
extern const struct bsk_sim_scenario explore_ask_busy;
extern const struct bsk_sim_scenario explore_monitor;
extern const struct bsk_sim_scenario explore_supervisor;
extern const struct bsk_sim_scenario explore_stop;
extern const struct bsk_sim_scenario explore_suspend;
extern const struct bsk_sim_scenario explore_restart;
extern const struct bsk_sim_scenario explore_moves;

/* A handler fails its run unless `condition` is true. */
#define EXPECT(ctx, condition) bsk_sim_expect(bsk_system_of(ctx), condition)

/* Spawns from outside, or fails the run. */
bsk_ref explore_spawn(bsk_system *system, const struct bsk_class *class_,
    struct bsk_parcel *config, const struct bsk_spawn_options *options);

/* Sends from outside, or fails the run. */
void explore_send(bsk_system *system, bsk_ref to, bsk_message *message);

#endif
