/* buskin/plan.h - the wires of a planned actor.
 *
 * For an actor that carries out a plan (buskin/deployer.h), inside a handler.
 */
#ifndef BUSKIN_PLAN_H
#define BUSKIN_PLAN_H

#include <buskin/actor.h>
#include <buskin/deployer.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The wires that `actor` starts with, as a list of struct bsk_wire, the
 * caller's also after an error. -ENOENT: one leads to a name that nobody has;
 * -EINVAL: one has an `on_full` that there is not; -ENOMEM. */
int bsk_plan_wires(bsk_ctx *ctx, const struct bsk_deployer_actor *actor,
    bsk_list *ret_wires);

/* What the supervisor of `actor` is asked for: a struct bsk_child_start; NULL
 * for want of memory. `wires` is taken. */
bsk_message *bsk_plan_start(const struct bsk_deployer_actor *actor,
    bsk_list wires);

/* Lays the wires that lead to `actor` and close a cycle, now that it is up.
 * -EINVAL: one begins at a port that its actor has not, or has an `on_full`
 * that there is not; -ENOMEM. */
int bsk_plan_close(bsk_ctx *ctx, const struct bsk_deployer_actor *actor);

#ifdef __cplusplus
}
#endif

#endif
