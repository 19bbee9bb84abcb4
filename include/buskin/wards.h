/* buskin/wards.h - the children of a supervisor: a list in order of starting.
 *
 * For an actor that looks after others, inside its handlers. What is done with
 * the children, and when, is up to that actor.
 */
#ifndef BUSKIN_WARDS_H
#define BUSKIN_WARDS_H

#include <buskin/actor.h>
#include <buskin/backoff.h>
#include <buskin/supervisor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An ask that is held until it can be answered, or heard again. */
struct bsk_held_ask {
	struct bsk_held_ask *next; /* held before it */
	bsk_message *ask;          /* the message; held by the actor */
};

/* One child. */
struct bsk_ward {
	struct bsk_ward *older; /* started before it; NULL: the first */
	struct bsk_ward *newer; /* started after it; NULL: the last */
	/* of its timer: from 1, never used again in this list */
	uint64_t number;
	struct bsk_child_start spec;    /* as asked for; the ward's */
	const struct bsk_class *class_; /* its class */
	bsk_ref ref;                    /* nobody: there is no actor */
	enum bsk_ward_state state;      /* where it is */
	bool is_due;           /* is to be started again with its group */
	bool is_unwanted;      /* is being stopped on request */
	bool has_lived;        /* was started before */
	int32_t reason;        /* of its last end */
	uint32_t restarts;     /* starts but the first */
	int64_t started_ns;    /* its last life, or the last try of one */
	struct bsk_backoff backoff;      /* before its restarts */
	struct bsk_intensity budget;     /* its own, if its spec has one */
	struct bsk_held_ask *waiters;    /* who waits for its end */
};

/* The list. All zeros: empty. */
struct bsk_wards {
	struct bsk_ward *oldest; /* NULL: empty */
	struct bsk_ward *newest; /* NULL: empty */
	uint32_t count;          /* how many */
	uint64_t numbers;        /* given so far */
};

/* Adds one at the end, stopped, from a copy of its spec. -ENOMEM. */
int bsk_wards_add(struct bsk_wards *wards,
    const struct bsk_child_start *start, const struct bsk_class *class_,
    struct bsk_ward **ret_ward);

/* Takes one off the list and frees it. What its waiters hold is the caller's to
 * answer before, or the runtime's when the actor ends. */
void bsk_wards_remove(struct bsk_wards *wards, struct bsk_ward *ward);

/* Removes all. */
void bsk_wards_release(struct bsk_wards *wards);

/* The one with that ref, name, number; NULL. */
struct bsk_ward *bsk_wards_of(const struct bsk_wards *wards, bsk_ref ref);
/* The same by name. */
struct bsk_ward *bsk_wards_named(const struct bsk_wards *wards,
    const char *name);
/* The same by number. */
struct bsk_ward *bsk_wards_numbered(const struct bsk_wards *wards,
    uint64_t number);

/* The oldest that is to be started again with its group; NULL. */
struct bsk_ward *bsk_wards_due(const struct bsk_wards *wards);

/* Whether there is an actor that runs, or is being started or stopped. */
bool bsk_ward_lives(const struct bsk_ward *ward);

/* Gives it a life: another one of the actor that waits, else a new actor.
 * Errors as bsk_spawn; it is left as it was then. */
int bsk_ward_start(struct bsk_ward *ward, bsk_ctx *ctx);

/* Whether it is never restarted. */
bool bsk_ward_is_temporary(const struct bsk_ward *ward);

/* How long it may take to stop, nanoseconds; or BSK_GRACE_FOREVER. */
int64_t bsk_ward_grace(const struct bsk_ward *ward);

/* Asks one that lives to stop, and arms its timer with its grace; unless that
 * was done. One that cannot be told, or not be timed, ends at once: never left
 * behind. */
void bsk_ward_stop(struct bsk_ward *ward, bsk_ctx *ctx);

/* Ends its life at once; if it is due, and not temporary, its actor then waits
 * for another, else it is gone. */
void bsk_ward_end(const struct bsk_ward *ward, bsk_ctx *ctx);

/* The delay before its next life, nanoseconds: longer than the one before,
 * unless its last life was as long as restarts are counted over. */
int64_t bsk_ward_delay(struct bsk_ward *ward, bsk_ctx *ctx,
    const struct bsk_supervisor_config *config);

/* Whether its own budget allows one more restart, which counts then. */
bool bsk_ward_allows(struct bsk_ward *ward, int64_t now_ns);

/* Holds the ask in hand for its end. -ENOMEM: it is not held. */
int bsk_ward_await(struct bsk_ward *ward, bsk_ctx *ctx);

/* Tells all who wait that it has ended. */
void bsk_ward_tell(struct bsk_ward *ward, bsk_ctx *ctx);

/* Puts the ask in hand onto a list of held ones. -ENOMEM: it is not held. */
int bsk_held_ask_add(struct bsk_held_ask **list, bsk_ctx *ctx);

/* Puts all of them back into the actor's mailbox, in the order they came. */
void bsk_held_ask_return(struct bsk_held_ask **list, bsk_ctx *ctx);

/* Frees the list; the messages are the runtime's, as the actor ends. */
void bsk_held_ask_release(struct bsk_held_ask **list);

/* Whether there is a significant one beside `but` that is not stopped, nor put
 * down for good. */
bool bsk_wards_have_significant(const struct bsk_wards *wards,
    const struct bsk_ward *but);

/* The list of struct bsk_child_info from the n-th child on. */
bsk_list bsk_wards_list(const struct bsk_wards *wards, uint32_t from);

#ifdef __cplusplus
}
#endif

#endif
