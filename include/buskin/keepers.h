/* buskin/keepers.h - the supervisors of a plan that is carried out, and what
 * they are asked for.
 *
 * For the actor that carries it out, inside its handlers. Those under none are
 * its children; one under another is an actor of the plan, known here from when
 * that actor says so.
 */
#ifndef BUSKIN_KEEPERS_H
#define BUSKIN_KEEPERS_H

#include <buskin/actor.h>
#include <buskin/deployer.h>
#include <buskin/supervisor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One of them. */
struct bsk_keeper {
	const char *name;  /* the plan's */
	const char *above; /* the name of its supervisor; NULL: under none */
	/* how it judges; the plan's. NULL: as the class presets */
	const struct bsk_supervisor_config *config;
	bsk_ref ref;       /* nobody: is not up yet, or has ended */
	bool has_ended;    /* it was up */
	/* whether the one above is ending too, which is the reason then; 0: was
	 * not asked */
	uint64_t ask;
};

/* All of them. All zeros: none. */
struct bsk_keepers {
	const struct bsk_deployer_config *plan; /* the runtime's */
	struct bsk_keeper *items; /* those under none first */
	uint32_t count;           /* how many */
};

/* Lists those of a plan. -ENOMEM. */
int bsk_keepers_init(struct bsk_keepers *self,
    const struct bsk_deployer_config *plan);

/* Frees the list. */
void bsk_keepers_release(struct bsk_keepers *self);

/* Spawns those under none. What bsk_spawn fails with. */
int bsk_keepers_spawn(struct bsk_keepers *self, bsk_ctx *ctx);

/* Stops the last under none that is left. False: none is. */
bool bsk_keepers_stop_last(const struct bsk_keepers *self, bsk_ctx *ctx);

/* The one of that name; NULL: there is none. */
struct bsk_keeper *bsk_keepers_named(const struct bsk_keepers *self,
    const char *name);

/* The one that is this actor; NULL: there is none. */
struct bsk_keeper *bsk_keepers_of(const struct bsk_keepers *self, bsk_ref ref);

/* The one of which the one above was asked; NULL: there is none. */
struct bsk_keeper *bsk_keepers_asked(const struct bsk_keepers *self,
    uint64_t ask);

/* The asks below go to the supervisor of a planned actor. Each returns 0, or
 * -ESRCH: that one has ended, -ENOENT: it is not up; -ENOMEM. */

/* Start it: answered by bsk_child_started or bsk_result. While a group is being
 * restarted, which is waited for, a supervisor does not answer. Fails also as
 * bsk_plan_wires does. */
int bsk_keepers_start(const struct bsk_keepers *self, bsk_ctx *ctx,
    const struct bsk_deployer_actor *actor, uint64_t *ret_ask);

/* Who are your children? The first `from` are left out. */
int bsk_keepers_list(const struct bsk_keepers *self, bsk_ctx *ctx,
    const struct bsk_deployer_actor *actor, uint32_t from, uint64_t *ret_ask);

/* Stop it. */
int bsk_keepers_stop(const struct bsk_keepers *self, bsk_ctx *ctx,
    const struct bsk_deployer_actor *actor, uint64_t *ret_ask);

/* Forget it, stopped as it is: else a group could bring it back. */
int bsk_keepers_delete(const struct bsk_keepers *self, bsk_ctx *ctx,
    const struct bsk_deployer_actor *actor, uint64_t *ret_ask);

/* Asks the one above a keeper that has ended whether it is ending too, which is
 * what -ESHUTDOWN in the answer says. Returns as the others. */
int bsk_keepers_ask_above(const struct bsk_keepers *self, bsk_ctx *ctx,
    struct bsk_keeper *keeper);

#ifdef __cplusplus
}
#endif

#endif
