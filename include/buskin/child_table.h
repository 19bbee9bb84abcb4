/* buskin/child_table.h - what the child watcher knows.
 *
 * Who watches which child, which strategy is in charge, and who has ended
 * without being watched: plain parts of the one actor that is the service (see
 * buskin/child.h), each with its own functions. All are of that actor's thread.
 */
#ifndef BUSKIN_CHILD_TABLE_H
#define BUSKIN_CHILD_TABLE_H

#include <buskin/backoff.h>
#include <buskin/child_strategy.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An actor that watches a child. */
struct bsk_child_asker {
	struct bsk_child_asker *next; /* of the same child; NULL: the last */
	bsk_ref who;       /* the actor */
	bsk_message *held; /* its ask, to be answered; NULL: none */
	bool leaving;      /* that is to unwatch, not to watch */
	bool shared;       /* see bsk_child_watch */
	bool stops;        /* see bsk_child_watch */
};

/* How far a child has come with the strategy. */
enum bsk_child_state {
	BSK_CHILD_ASKED,    /* is to be followed; not said yet that it is */
	BSK_CHILD_FOLLOWED, /* is followed */
	BSK_CHILD_LEAVING   /* is to be followed no longer; not said yet */
};

/* A child as the child watcher knows it. */
struct bsk_child_entry {
	struct bsk_child_node node;     /* in its set */
	struct bsk_child_asker *askers; /* who watches; NULL: nobody */
	bsk_fd pidfd;   /* for the strategy, until it has been given */
	enum bsk_child_state state; /* how far it has come */
	bool owned;     /* see bsk_child_watch */
	bool exit_only; /* see bsk_child_watch */
	bool known;     /* see bsk_child_follow */
};

/* The one that watches, and does not leave; NULL: none. */
struct bsk_child_asker *bsk_child_asker_find(
    const struct bsk_child_entry *entry, bsk_ref who);

/* Whether anybody but `who` watches, and does not leave. */
bool bsk_child_asker_is_other(const struct bsk_child_entry *entry,
    bsk_ref who);

/* Takes the message in hand for a watch of the child: its sender becomes an
 * asker, or is one and wants something else now. It is answered when the child
 * is followed. Returns 0, or what it is to be answered at once: -EBUSY,
 * -EALREADY, -ENOMEM. */
int bsk_child_asker_join(bsk_ctx *ctx, struct bsk_child_entry *entry,
    const struct bsk_child_watch *request);

/* Takes an asker away, who is not told any more; its ask is answered with
 * `error`. */
void bsk_child_asker_remove(bsk_ctx *ctx, struct bsk_child_entry *entry,
    struct bsk_child_asker *asker, int error);

/* Takes the message in hand for an end of the watch, to be answered when the
 * child is not followed any more. */
void bsk_child_asker_leave(bsk_ctx *ctx, struct bsk_child_asker *asker);

/* Answers all that wait to hear that it is watched; with an error they are
 * askers no longer. */
void bsk_child_askers_settle(bsk_ctx *ctx, struct bsk_child_entry *entry,
    int error, const char *text);

/* Answers all that leave, and takes them away. */
void bsk_child_askers_let_go(bsk_ctx *ctx, struct bsk_child_entry *entry);

/* Tells all of an end, and takes them away. Returns 0 or -ENOMEM. */
int bsk_child_askers_tell(bsk_ctx *ctx, struct bsk_child_entry *entry,
    const struct bsk_child_exited *exited);

/* Whether any of them wants to hear of stops. */
bool bsk_child_askers_want_stops(const struct bsk_child_entry *entry);

/* The strategy in charge, and how it is replaced. Zeroed, there is none. */
struct bsk_child_charge {
	bsk_ref strategy;     /* the actor */
	bsk_message *setting; /* wants another strategy; NULL: nothing does */
	struct bsk_intensity failures; /* how often it may fail */
	enum bsk_child_strategy kind; /* which it is; not BSK_CHILD_AUTO */
	enum bsk_child_strategy previous; /* if that will not do */
	bool may_choose;      /* where `kind` cannot begin, the next may */
	bool ready;           /* it watches */
	bool ending;          /* it has been asked to end */
	bool closing;         /* and none follows it: the watcher ends */
};

/* Puts a strategy in charge, by enum bsk_child_strategy. Returns 0, -EINVAL or
 * what bsk_spawn returns. */
int bsk_child_charge_open(bsk_ctx *ctx, struct bsk_child_charge *charge,
    int wanted);

/* Does what the message in hand wants, and answers it then or later. */
int bsk_child_charge_set(bsk_ctx *ctx, struct bsk_child_charge *charge,
    const struct bsk_child_strategy_set *request);

/* It has said that it is ready, or not. Returns 1 when it watches from here on
 * and must be told of all children; 0; or why there can be no strategy. */
int bsk_child_charge_ready(bsk_ctx *ctx, struct bsk_child_charge *charge,
    const struct bsk_child_strategy_ready *ready);

/* Has it end, and the actor in hand when it has. */
void bsk_child_charge_close(bsk_ctx *ctx, struct bsk_child_charge *charge);

/* It has ended; the next one is put in charge. Returns 0, or why there is
 * none. */
int bsk_child_charge_down(bsk_ctx *ctx, struct bsk_child_charge *charge,
    int reason);

/* Ended children that nobody had watched, the oldest first. Zeroed, there are
 * none. */
struct bsk_child_strangers {
	struct bsk_child_kept *first; /* the oldest; NULL: none */
	struct bsk_child_kept *last;  /* the newest */
	uint32_t count;               /* how many */
	uint64_t forgotten;           /* dropped for want of room */
	bsk_ref reader;               /* who is told; nobody: nobody */
};

/* Keeps one more; the oldest goes when there are too many, and the new one when
 * there is no memory. */
void bsk_child_strangers_keep(struct bsk_child_strangers *strangers,
    const struct bsk_child_exited *exited, int64_t now_ns);

/* Takes the newest of that pid. False: none. */
bool bsk_child_strangers_claim(struct bsk_child_strangers *strangers,
    int32_t pid, struct bsk_child_exited *ret_exited);

/* Tells those that were kept at `before_ns` or earlier to the reader and by the
 * port "strangers", if there is anybody there. `ret_next_ns` is when the oldest
 * that is left was kept; INT64_MAX: none, or nobody is there. Returns 0 or
 * -ENOMEM. */
int bsk_child_strangers_tell(bsk_ctx *ctx,
    struct bsk_child_strangers *strangers, int64_t before_ns,
    int64_t *ret_next_ns);

/* Lets go of all. */
void bsk_child_strangers_clear(struct bsk_child_strangers *strangers);

/* All of it. Zeroed, it is empty. */
struct bsk_child_table {
	struct bsk_child_set set;       /* of struct bsk_child_entry */
	struct bsk_child_charge charge; /* the strategy */
	bsk_ref stops;  /* who sees stops; nobody: not needed yet */
	uint32_t owned; /* children that somebody will have killed */
};

/* The child of that pid; NULL: none. */
struct bsk_child_entry *bsk_child_table_find(
    const struct bsk_child_table *table, int32_t pid);

/* Takes the message in hand for a watch; it is answered now or later. Returns 0
 * or a negative errno. */
int bsk_child_table_watch(bsk_ctx *ctx, struct bsk_child_table *table,
    const struct bsk_child_watch *request);

/* Takes the message in hand for an end of a watch, in the same way. */
int bsk_child_table_unwatch(bsk_ctx *ctx, struct bsk_child_table *table,
    const struct bsk_child_unwatch *request);

/* The strategy is ready: tells it of all children. Returns 0 or -ENOMEM. */
int bsk_child_table_follow_all(bsk_ctx *ctx, struct bsk_child_table *table);

/* What the strategy says to that. Returns 0 or -ENOMEM. */
int bsk_child_table_followed(bsk_ctx *ctx, struct bsk_child_table *table,
    const struct bsk_child_followed *followed);

/* Lets go of a child; who still asks about it is answered -ECANCELED. */
void bsk_child_table_forget(bsk_ctx *ctx, struct bsk_child_table *table,
    struct bsk_child_entry *entry);

/* Lets go of all, and of what else it holds. */
void bsk_child_table_clear(bsk_ctx *ctx, struct bsk_child_table *table);

/* Refuses the message in hand, for its pid. */
void bsk_child_refuse(bsk_ctx *ctx, int error, const char *text);

/* The children of a set of struct bsk_child_entry, for a status. */
bsk_list bsk_child_resources(const struct bsk_child_set *set);

#ifdef __cplusplus
}
#endif

#endif
