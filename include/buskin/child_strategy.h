/* buskin/child_strategy.h - between the child watcher and its strategy.
 *
 * The child watcher (buskin/child.h) knows who wants to be told of which child.
 * A strategy is an actor that it spawns, of a class of its own with the
 * watcher's config; it learns how children end, and reaps them. It
 *
 *	says   bsk_child_strategy_ready  once, as it begins
 *	hears  bsk_child_follow          begin to follow a child, or stop it
 *	says   bsk_child_followed        after each
 *	says   bsk_child_exited          a child it follows has ended
 *	hears  bsk_child_signal          ask, passed on; it answers
 *	hears  bsk_child_look            look at all children now
 *	says   bsk_child_unexpected      may say that another child has ended
 *
 * and ends as soon as it is asked to stop. A child that has ended by the time
 * it is to be followed is told as followed, then as exited; one that is gone
 * without a trace is told as exited and lost, and not as followed. It never
 * reaps a child that it does not follow; only a strategy that is exclusive in
 * the process may, and says bsk_child_exited of that too. What it says to the
 * watcher arrives in the order that it is said. A strategy that ends in any
 * other way is made anew and told of all children again: so nothing that only
 * it knows may be needed.
 *
 * Below are the functions that strategies share.
 */
#ifndef BUSKIN_CHILD_STRATEGY_H
#define BUSKIN_CHILD_STRATEGY_H

#include <buskin/actor.h>
#include <buskin/child.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The strategy watches from here on, or cannot. */
struct bsk_child_strategy_ready {
	int32_t error; /* 0, or a negative errno: it will be ended */
	bsk_text text; /* why not, for people; none when it works */
};
BSK_DECLARE(bsk_child_strategy_ready);

/* Follow a child, or follow it no longer. */
struct bsk_child_follow {
	int32_t pid;    /* which */
	bool on;        /* false: no longer */
	bool exit_only; /* as in bsk_child_watch */
	bool known;     /* it has been a child of ours: when it is not any
	                 * more, it is lost */
	bsk_fd pidfd;   /* its pidfd, the strategy's from here on; may be
	                 * none */
};
BSK_DECLARE(bsk_child_follow);

/* That has been done. */
struct bsk_child_followed {
	int32_t pid;   /* which */
	bool on;       /* as it was asked */
	int32_t error; /* 0; or why it is not followed; -ENOENT: it was not, or
	                * no longer */
};
BSK_DECLARE(bsk_child_followed);

/* Look now at every child that is followed. */
struct bsk_child_look {
	uint8_t reserved; /* 0 */
};
BSK_DECLARE(bsk_child_look);

/* A child that is not followed has ended, and was left alone. */
struct bsk_child_unexpected {
	int32_t pid; /* which */
};
BSK_DECLARE(bsk_child_unexpected);

/* Tell the sender also when a child is stopped or continued, or no longer. To
 * the class "child-stops", which says bsk_child_stopped and bsk_child_continued
 * to its parent. Not answered. */
struct bsk_child_stops_follow {
	int32_t pid; /* which */
	bool on;     /* false: no longer */
};
BSK_DECLARE(bsk_child_stops_follow);

/* Sleep until some child of the process has ended, and say which. Between the
 * strategy `thread` and its thread. */
struct bsk_child_wait {
	uint8_t reserved; /* 0 */
};
BSK_DECLARE(bsk_child_wait);

/* The sleep is over. */
struct bsk_child_woken {
	int32_t pid;   /* who has ended, and was not reaped; 0: not known */
	int32_t error; /* 0, or why there was no sleep: -ECHILD: no children */
};
BSK_DECLARE(bsk_child_woken);

/* The config of class "child-waiter". */
struct bsk_child_waiter_config {
	bsk_fd bell; /* an eventfd: the pid of the child that was born and
	              * ended only to wake it */
};
BSK_DECLARE(bsk_child_waiter_config);

/* A child in a set; the first member of a larger struct. */
struct bsk_child_node {
	struct bsk_child_node *next; /* in the set; NULL: the last */
	struct bsk_child_node *prev; /* in the set; NULL: the first */
	int32_t pid;                 /* which it is; no two of a set alike */
};

/* A set of children, found by pid. Zeroed, it is empty. One thread at a
 * time. */
struct bsk_child_set {
	void *tree;                   /* of tsearch(3), by pid */
	struct bsk_child_node *first; /* all of them; NULL: none */
	uint32_t count;               /* how many */
};

/* Puts a node in, whose pid is not there yet. Returns 0 or -ENOMEM. */
int bsk_child_set_insert(struct bsk_child_set *set,
    struct bsk_child_node *node);

/* The node of that pid; NULL: none. */
struct bsk_child_node *bsk_child_set_find(const struct bsk_child_set *set,
    int32_t pid);

/* Takes a node out, which must be there. */
void bsk_child_set_remove(struct bsk_child_set *set,
    struct bsk_child_node *node);

/* Puts in a node of the set's own that is nothing but a pid. -ENOMEM. */
int bsk_child_set_add(struct bsk_child_set *set, int32_t pid);

/* Takes out and frees a node that bsk_child_set_add made. */
void bsk_child_set_drop(struct bsk_child_set *set,
    struct bsk_child_node *node);

/* The same for all of them. */
void bsk_child_set_clear(struct bsk_child_set *set);

/* Looks whether a child has ended, by waitid(2) without waiting: `which` and
 * `id` as there, P_PID or P_PIDFD. Returns 1 when it has been reaped, or had
 * been by somebody else, and `ret_exited` says how; 0 when it has not ended;
 * or a negative errno. */
int bsk_child_end(const struct bsk_os *os, int which, id_t id,
    int32_t pid, struct bsk_child_exited *ret_exited);

/* How a child ended, from what waitid(2) said. */
struct bsk_child_exited bsk_child_exited_of(const struct bsk_os_wait *wait);

/* Whether a strategy without pidfds may follow that process: 0; -ECHILD: it is
 * a process, and no child of ours. One that is no process at all is taken: it
 * may have been a child, and is lost. */
int bsk_child_may_follow(const struct bsk_os *os,
    const struct bsk_child_follow *request);

/* Looks at every child of the set by its pid; who has ended is told to the
 * parent, and dropped. Returns 0 or a negative errno. */
int bsk_child_look_at_all(bsk_ctx *ctx, struct bsk_child_set *set);

/* The same for one of them. */
int bsk_child_look_at(bsk_ctx *ctx, struct bsk_child_set *set,
    struct bsk_child_node *node);

/* What a strategy without pidfds does with bsk_child_follow: checks, keeps the
 * set, answers, and looks at the child, which may have ended already. Returns 0
 * or a negative errno. */
int bsk_child_set_follow(bsk_ctx *ctx, struct bsk_child_set *set,
    const struct bsk_child_follow *request);

/* What it does with bsk_child_signal, if it alone reaps what is in the set. */
int bsk_child_set_signal(bsk_ctx *ctx, const struct bsk_child_set *set,
    const struct bsk_child_signal *request);

/* Says bsk_child_followed, exited, ready to the parent. As bsk_send. */
int bsk_child_say_followed(bsk_ctx *ctx, int32_t pid, bool on, int error);
/* See above. */
int bsk_child_say_exited(bsk_ctx *ctx, const struct bsk_child_exited *exited);
/* See above. `text` is copied; NULL: none. */
int bsk_child_say_ready(bsk_ctx *ctx, int error, const char *text);

/* How often to look, by the config: see bsk_child_watcher_config. */
int64_t bsk_child_look_ns(bsk_ctx *ctx);

/* Asks the signal actor for SIGCHLD: bsk_result or bsk_ask_failed tells whether
 * it comes. 0 or a negative errno. */
int bsk_child_ask_for_signal(bsk_ctx *ctx);

/* Whether this process ignores SIGCHLD, so that the kernel reaps children
 * itself and raises no signal for them. */
bool bsk_child_ends_are_ignored(const struct bsk_os *os);

/* The strategies, by enum bsk_child_strategy; NULL for BSK_CHILD_AUTO. */
extern const struct bsk_class *const
    bsk_child_strategy_classes[BSK_CHILD_STRATEGIES];

/* The class "child-watcher-pidfd". */
extern const struct bsk_class bsk_child_pidfd_class;
/* The class "child-watcher-scan". */
extern const struct bsk_class bsk_child_scan_class;
/* The class "child-watcher-reap-all". */
extern const struct bsk_class bsk_child_reap_all_class;
/* The class "child-watcher-thread". */
extern const struct bsk_class bsk_child_thread_class;
/* The class "child-waiter": the thread of the strategy `thread`. */
extern const struct bsk_class bsk_child_waiter_class;
/* The class "child-stops": tells of children that are stopped. */
extern const struct bsk_class bsk_child_stops_class;

#ifdef __cplusplus
}
#endif

#endif
