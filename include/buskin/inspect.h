/* buskin/inspect.h - looking at a running system.
 *
 * What is shown are counters that the workers publish as they go: looking
 * neither stops nor slows an actor. Figures of different actors are not taken
 * at one instant; at rest they are exact. Callable inside a handler and, with
 * the system, from any thread.
 */
#ifndef BUSKIN_INSPECT_H
#define BUSKIN_INSPECT_H

#include <buskin/system.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Where an actor is in its life. */
enum bsk_state {
	BSK_STATE_STARTING,   /* bsk_open has not returned yet */
	BSK_STATE_ACTIVE,
	BSK_STATE_DRAINING,   /* was asked to stop and is finishing */
	BSK_STATE_RESTARTING, /* has ended and waits for its supervisor */
	BSK_STATE_STOPPED     /* is being taken down */
};

/* The word for a state: "active", ... */
const char *bsk_state_text(enum bsk_state state);

/* An actor as it is seen. Texts live until the callback returns. */
struct bsk_actor_info {
	bsk_ref ref;            /* its address */
	bsk_ref parent;         /* whose child */
	const char *name;       /* NULL: has none */
	const char *class_name; /* its class */
	const struct bsk_class *class_; /* the same as a table */
	enum bsk_state state;   /* where in its life */
	enum bsk_placement placement; /* pool, thread or host */
	uint32_t worker;        /* whose it is now, from 0 */
	bool supervised;        /* its parent decides about restarts */
	bool suspended;         /* waits for room in somebody's mailbox */
	/* whose, the latest; nobody: none, or for what is on its way */
	bsk_ref waits_for;
	/* data messages waiting in its mailbox. What others have sent since its
	 * worker last looked around is on its way: from another worker it is
	 * sent at its edge and has not ended, from outside it is as yet counted
	 * in bsk_system_info.messages alone */
	uint32_t depth;
	uint32_t capacity;      /* the bound of that */
	uint32_t high_water;    /* the most that ever waited */
	/* how long the oldest of them has waited, to some milliseconds, as of
	 * the actor's latest turn; 0: none waits. -1: not known, for fewer than
	 * 32 have ever waited there and the actor has no name, config, wires
	 * or the like. Asks do not count: they have a deadline of their own */
	int64_t oldest_ns;
	/* the mailbox's alarm is raised: see bsk_alarm in buskin/life.h */
	bool alarmed;
	uint32_t held;          /* messages it holds */
	uint32_t timers;        /* it has armed */
	uint32_t asks;          /* of its own that wait for an answer */
	/* when it began to drain, as bsk_now has it; 0: it does not, or that
	 * was not kept, as where it had neither config nor timers nor asks */
	int64_t drain_ns;
	uint64_t ends[BSK_END_COUNT]; /* of the messages it was sent */
	uint64_t handler_ns;    /* time in handlers, estimated from samples */
	uint32_t restarts;      /* how often */
};

/* A wire that was declared when its actor was spawned. */
struct bsk_wire_info {
	bsk_ref from;     /* whose port */
	const char *port; /* which */
	bsk_ref to;       /* where it leads */
	const struct bsk_type *type; /* what travels */
	enum bsk_on_full on_full; /* the wire's own policy */
};

/* What has passed from one actor to another, in one type of message. */
struct bsk_edge_info {
	/* sender; nobody: from outside, the runtime, or the rest */
	bsk_ref from;
	bsk_ref to;    /* receiver; nobody: the rest bucket of a full table */
	const struct bsk_type *type; /* NULL: the rest bucket */
	uint64_t sent; /* messages */
	/* the same in bytes: the structs, and what those own that a mailbox
	 * bounds; of the rest only what was summed into it when it was gone */
	uint64_t bytes;
	/* how those that ended did; sent less the sum of these are queued, held
	 * or on the way */
	uint64_t ends[BSK_END_COUNT];
};

/* Sums over the whole system. */
struct bsk_system_info {
	const char *name;     /* the system's */
	uint32_t workers;     /* of the pool */
	uint64_t actors;      /* alive */
	uint64_t messages;    /* alive: queued, held, on the way */
	uint64_t sent;        /* ever */
	uint64_t ends[BSK_END_COUNT]; /* ever */
	uint64_t wakeups;     /* of sleeping workers */
	int64_t uptime_ns;    /* since it was created */
	bool stopping;        /* an ordered stop is under way */
	bool hosted;          /* a thread is in bsk_system_run */
};

/* Each takes a callback that returns true to go on. They return 0, -ENOMEM, or
 * 1 when the callback ended them;
 * -EOWNERDEAD: see buskin/system.h. */

/* Every live actor, in order of its slot. */
int bsk_inspect_actors(bsk_system *system,
    bool (*on_actor)(void *arg, const struct bsk_actor_info *info), void *arg);

/* One actor. -ESRCH. */
int bsk_inspect_actor(bsk_system *system, bsk_ref ref,
    bool (*on_actor)(void *arg, const struct bsk_actor_info *info), void *arg);

/* The registered name of an actor, cut to `size` bytes with the zero byte; also
 * of one of the last 32 that had one and are gone, whose last words may still
 * be under way. "" and false: it has none, or is long gone. */
bool bsk_inspect_name(bsk_system *system, bsk_ref ref, char *ret_name,
    size_t size);

/* Room for any bsk_inspect_words. */
#define BSK_INSPECT_WORDS_SIZE 160

/* What to call an actor when speaking to people: "ann (clerk)", "a clerk" where
 * it has no name, "an actor that is gone", "nobody". Writes at most `size`
 * bytes with the zero byte. */
void bsk_inspect_words(bsk_system *system, bsk_ref ref, char *ret_words,
    size_t size);

/* A link between two actors. */
struct bsk_link_info {
	bsk_ref one;   /* either of them */
	bsk_ref other; /* and the other, which may be gone by now */
};

/* Every link, once. -EOWNERDEAD as above. As the callback runs no link can be
 * made or taken back: it must be short, and inspect nothing. */
int bsk_inspect_links(bsk_system *system,
    bool (*on_link)(void *arg, const struct bsk_link_info *info), void *arg);

/* Every declared wire. The callback runs under the lock of the names: it must
 * neither wait nor call anything of this system, not even a verb. */
int bsk_inspect_wires(bsk_system *system,
    bool (*on_wire)(void *arg, const struct bsk_wire_info *info), void *arg);

/* Every observed edge, summed over the workers, in no order. */
int bsk_inspect_edges(bsk_system *system,
    bool (*on_edge)(void *arg, const struct bsk_edge_info *info), void *arg);

/* The sums; zeros in a child that was forked. */
void bsk_inspect_system(bsk_system *system, struct bsk_system_info *ret_info);

#ifdef __cplusplus
}
#endif

#endif
