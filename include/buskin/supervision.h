/* buskin/supervision.h - what a supervisor does with its children, and when.
 *
 * For the actor that is the supervisor, inside its handlers: it tells this what
 * it heard. Whatever is heard of a child only changes where that stands; what
 * is to be done next follows from where all of them stand. So it does not
 * matter in which order they open, fail, end and are asked to stop.
 */
#ifndef BUSKIN_SUPERVISION_H
#define BUSKIN_SUPERVISION_H

#include <buskin/wards.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What is under way. */
enum bsk_supervision_phase {
	BSK_SUPERVISION_CALM,
	/* who is due is being stopped, the last first */
	BSK_SUPERVISION_FALLING,
	BSK_SUPERVISION_RESTING, /* they have ended; the delay runs */
	/* they are being started, each when the one before is open */
	BSK_SUPERVISION_RISING,
	/* all are being stopped; none is started any more */
	BSK_SUPERVISION_ENDING
};

/* Why a group is restarted. */
struct bsk_supervision_cause {
	char name[64];    /* of the child that failed first */
	int64_t ended_ns; /* when */
	int32_t reason;   /* why */
};

/* The state of it. All zeros before bsk_supervision_init. */
struct bsk_supervision {
	const struct bsk_supervisor_config *config; /* the runtime's */
	struct bsk_intensity restarts;   /* within the time */
	uint32_t restart_count;          /* in this life */
	struct bsk_wards wards;          /* the children */
	struct bsk_ward *rising;         /* whose opening is awaited; NULL */
	struct bsk_held_ask *postponed;  /* heard again once it is calm */
	enum bsk_supervision_phase phase; /* what is under way */
	int reason;                      /* why it ends */
	struct bsk_supervision_cause cause; /* of the group's restart */
	int64_t delay_ns;                /* before that */
	/* until then a name that is taken is waited for */
	int64_t names_until_ns;
};

/* Begins, with no children. -ENOMEM. */
int bsk_supervision_init(struct bsk_supervision *self,
    const struct bsk_supervisor_config *config);

/* Frees what it holds; the children are the runtime's to end. */
void bsk_supervision_release(struct bsk_supervision *self);

/* Starts all that are due, in order. */
void bsk_supervision_rise(struct bsk_supervision *self, bsk_ctx *ctx);

/* Stops a child, which is not due any more; at once when there is no actor.
 * Then its waiters are told, and it is taken off the list if it is temporary.
 */
void bsk_supervision_stop(struct bsk_supervision *self, bsk_ctx *ctx,
    struct bsk_ward *ward);

/* Stops all, the last started first, and ends the actor with that reason; the
 * first counts. */
void bsk_supervision_end(struct bsk_supervision *self, bsk_ctx *ctx,
    int reason);

/* What the actor has heard: bsk_child_opened, ... */
void bsk_supervision_opened(struct bsk_supervision *self, bsk_ctx *ctx,
    const struct bsk_child_opened *opened);
/* ... bsk_child_ended, ... */
void bsk_supervision_ended(struct bsk_supervision *self, bsk_ctx *ctx,
    const struct bsk_child_ended *ended);
/* ... bsk_down, ... */
void bsk_supervision_gone(struct bsk_supervision *self, bsk_ctx *ctx,
    const struct bsk_down *down);
/* ... bsk_timer_due: all the actor's timers are this one's. */
void bsk_supervision_due(struct bsk_supervision *self, bsk_ctx *ctx,
    uint64_t timer);

#ifdef __cplusplus
}
#endif

#endif
