/* buskin/actor.h - the verbs an actor has inside a handler.
 *
 * All take the ctx that the handler was given and may only be called from
 * there: where the library was built with assertions, another thread that uses
 * it is aborted. A verb that is given a message takes it, whatever it returns;
 * a NULL message (a BSK_NEW that found no memory) makes it return -ENOMEM.
 *
 * A service (bsk_service) is never made to wait for room: what it sends to a
 * full mailbox that suspends is taken all the same.
 *
 * Order: what one actor sends to another arrives in the order it was sent,
 * control messages among themselves and data messages among themselves.
 */
#ifndef BUSKIN_ACTOR_H
#define BUSKIN_ACTOR_H

#include <buskin/class.h>
#include <buskin/life.h>
#include <buskin/message.h>
#include <buskin/os.h>

#ifdef __cplusplus
extern "C" {
#endif

/* A running system; see buskin/system.h. */
typedef struct bsk_system bsk_system;

/* One wire from an out port. */
struct bsk_wire {
	bsk_text port;  /* the out port's name */
	bsk_ref to;     /* who gets what is emitted there */
	/* enum bsk_on_full: what to do when that one's mailbox is full;
	 * BSK_ON_FULL_DEFAULT: as that mailbox says */
	uint8_t on_full;
};
BSK_DECLARE(bsk_wire);

/* --- where am I ------------------------------------------------------- */

/* This actor's own ref. */
bsk_ref bsk_self(bsk_ctx *ctx);

/* Whose child this actor is; nobody for the system's own. */
bsk_ref bsk_parent(bsk_ctx *ctx);

/* Who sent the message in hand; nobody: from outside, or the runtime. */
bsk_ref bsk_sender(bsk_ctx *ctx);

/* The config it was spawned with: a struct of its class's config type, owned
 * by the runtime, the same for every incarnation. NULL when the class has
 * none. */
const void *bsk_config(bsk_ctx *ctx);

/* The system. */
bsk_system *bsk_system_of(bsk_ctx *ctx);

/* The seam to the world; see buskin/os.h. */
const struct bsk_os *bsk_os(bsk_ctx *ctx);

/* Now, on CLOCK_MONOTONIC (or the simulation's clock), in nanoseconds. */
int64_t bsk_now(bsk_ctx *ctx);

/* A number drawn from the system's generator: the same for the same seed in a
 * simulation. Not for secrets. */
uint64_t bsk_random(bsk_ctx *ctx);

/* --- messages --------------------------------------------------------- */

/* Sends. Returns 0 when it is on its way; -EAGAIN when a mailbox on this
 * worker refused it; -ENOMEM. That the receiver is gone is no error: the
 * message becomes a dead letter. */
int bsk_send(bsk_ctx *ctx, bsk_ref to, bsk_message *message);

/* Answers the message in hand, once. Returns 0, -ENOMEM, or -EINVAL when its
 * sender did not ask and so no answer is due (the answer is dropped then). */
int bsk_reply(bsk_ctx *ctx, bsk_message *answer);

/* Passes the message in hand on, with its sender and its ask, as soon as this
 * handler has returned 0. Returns 0, or -EINVAL when it has been passed on,
 * held or answered already. */
int bsk_forward(bsk_ctx *ctx, bsk_ref to);

/* The same along a wire, of this actor's own or made by it for the purpose:
 * that wire says what a full mailbox at its end does. Its port is not looked
 * at. */
int bsk_forward_along(bsk_ctx *ctx, const struct bsk_wire *wire);

/* Asks: sends, and expects one answer within `timeout_ns` (at least 1). The
 * answer comes to the handler of its own type, with bsk_asked(ctx) equal to
 * `ret_ask`; if none comes, bsk_ask_failed does, exactly once. A late answer
 * never reaches a handler. Returns 0 or -ENOMEM, and then nothing comes. */
int bsk_ask(bsk_ctx *ctx, bsk_ref to, bsk_message *message,
    int64_t timeout_ns, uint64_t *ret_ask);

/* Until when whoever asked `asking`, which is in hand (NULL) or held, waits for
 * an answer: a time as bsk_now has it, rounded up to about a millisecond.
 * INT64_MAX: it is no ask, or was answered, or there are more than 2.4 hours
 * left. Where the ask was passed on it is still the asker's. */
int64_t bsk_deadline(bsk_ctx *ctx, const bsk_message *asking);

/* As bsk_ask, in order to answer `asking`, which is in hand (NULL) or held: it
 * waits no longer than that one is waited for, and so on along a chain of asks.
 * -ETIMEDOUT: nobody waits any more; nothing was sent and nothing comes. */
int bsk_ask_for(bsk_ctx *ctx, const bsk_message *asking, bsk_ref to,
    bsk_message *message, int64_t timeout_ns, uint64_t *ret_ask);

/* The number of the ask that the message in hand answers; 0: none. */
uint64_t bsk_asked(bsk_ctx *ctx);

/* Takes an ask back: neither answer nor failure will come. Returns 0, or
 * -ENOENT when it is over already. */
int bsk_ask_cancel(bsk_ctx *ctx, uint64_t ask);

/* Sends through an out port to every target that is wired to it: a copy to
 * each. Unwired, the message ends as dropped and 0 is returned. Returns the
 * first error otherwise. */
int bsk_emit(bsk_ctx *ctx, unsigned port, bsk_message *message);

/* Sends along one wire, of this actor's own or made by it for the purpose: that
 * wire says what a full mailbox at its end does. Its port is not looked at.
 * Returns as bsk_send. */
int bsk_send_along(bsk_ctx *ctx, const struct bsk_wire *wire,
    bsk_message *message);

/* This actor's own wires of an out port: an array that the runtime owns and
 * that lives until the handler returns. Returns how many; `ret_wires` is
 * untouched when there are none. An actor that spawns others to speak in its
 * place gives them these. */
size_t bsk_wires(bsk_ctx *ctx, unsigned port,
    const struct bsk_wire **ret_wires);

/* Whether anybody is wired to an out port. */
bool bsk_is_wired(bsk_ctx *ctx, unsigned port);

/* Lays one more wire, from an out port of an actor that lives already; so a
 * cycle can be closed. It is there after what that actor was sent as control
 * before. `wire` is copied. What the actor has handed its wires to (the
 * connections of a listener) is not told. -ESRCH: no such actor; -EINVAL: its
 * class has no such out port, or `on_full` is none; -ENOMEM. Without memory for
 * it at its home, that actor fails with -ENOMEM. */
int bsk_wire_add(bsk_ctx *ctx, bsk_ref actor, const struct bsk_wire *wire);

/* --- holding a message ------------------------------------------------ */

/* Keeps the message in hand beyond this handler, whatever the handler returns:
 * to answer it later, or as an entry of the actor's own queue. It stays counted
 * as queued until it is let go, and its bytes (not its count) fill the mailbox
 * as if it were still there. What an actor still holds when it ends is let go
 * as lost, and asks fail with the actor's reason. NULL for want of memory, and
 * when it was passed on or held already. */
bsk_message *bsk_hold(bsk_ctx *ctx);

/* Lets a held message go, counted as `end`. A held ask that was not answered
 * fails with -ENODATA. NULL is let pass: what could not be held ends with its
 * handler. */
void bsk_let_go(bsk_ctx *ctx, bsk_message *held, enum bsk_end end);

/* Answers a held ask and lets it go. As bsk_reply; -EINVAL: `held` is NULL. */
int bsk_answer(bsk_ctx *ctx, bsk_message *held, bsk_message *answer);

/* Puts a held message back to the front of this actor's mailbox. Put several
 * back in reverse order to keep theirs. */
void bsk_unhold(bsk_ctx *ctx, bsk_message *held);

/* --- other actors ----------------------------------------------------- */

/* How to spawn. All zeros is a good default. */
struct bsk_spawn_options {
	/* to register, as bsk_register would; copied; NULL: none */
	const char *name;
	enum bsk_placement placement; /* where it runs */
	/* its end is told to us as bsk_child_ended and waits */
	bool supervised;
	/* and each time it has handled bsk_open, as bsk_child_opened */
	bool tells_open;
	/* of a supervised one: what waits in the mailbox of a life that has
	 * ended is not for the next; it becomes dead letters */
	bool forgets;
	/* of a supervised one: a data message whose handler returned an error
	 * is the first that the next life handles, and ends only when one does
	 * well, or when it has cost `poison` lives. Not what it has answered,
	 * passed on or held by then; nor timers, notices and answers. Without
	 * this such a message is a dead letter at once */
	bool redelivers;
	uint8_t poison; /* 0: 3; then it is a dead letter: see bsk_fault */
	/* data messages in the mailbox; 0: the system's default */
	uint32_t capacity;
	uint64_t capacity_bytes; /* and bytes; 0: the system's default */
	enum bsk_on_full on_full; /* what a full mailbox does */
	/* percent of either bound, at most 100: a message that finds so much
	 * there raises the alarm, see bsk_alarm; 0: the system's default;
	 * BSK_ALARM_NONE */
	uint8_t alarm;
	/* of one that is spawned from outside: when it is stopped with the
	 * system, see bsk_system_stop. An actor stops its children itself */
	uint8_t stop_phase;
	const struct bsk_wire *wires; /* `wire_count` of them, copied */
	size_t wire_count; /* how many */
};

/* No alarm, whatever the system's default. */
#define BSK_ALARM_NONE 255

/* Makes a child. `config` (of the class's config type; NULL: none) is taken.
 * When this returns 0, `ret_ref` is good and bsk_open is on its way. `options`
 * may be NULL. Errors: -ENOMEM; -EEXIST: the name is taken; -EINVAL: the
 * name is none, the config is of another type or one that must be given is
 * missing, the alarm is none, a wire names no out port or no policy, the class
 * is not sound, or the child of an actor has a `stop_phase`; what the class's
 * `check` says of the config; -EAGAIN: too many threads. */
int bsk_spawn(bsk_ctx *ctx, const struct bsk_class *class_,
    struct bsk_parcel *config, const struct bsk_spawn_options *options,
    bsk_ref *ret_ref);

/* Finds the system's one actor of a class that serves everybody (the reactor,
 * the logger, ...): the actor registered under the class's name, spawned with
 * an empty config when there is none. Errors as bsk_spawn. */
int bsk_service(bsk_ctx *ctx, const struct bsk_class *class_,
    bsk_ref *ret_ref);

/* The class of that name among those the system was created with; NULL. */
const struct bsk_class *bsk_class_find(bsk_ctx *ctx, const char *name);

/* Asks an actor to stop after the data it has: see bsk_drain. */
int bsk_stop(bsk_ctx *ctx, bsk_ref actor);

/* Ends an actor as soon as the handler that it may be running returns; what
 * is in its mailbox becomes dead letters. Its reason is -ECANCELED. By its
 * parent, also a supervised child that waits for a verdict; its reason is then
 * its own. By anybody else, a supervised child just ends this life of its, as
 * by bsk_halt: what comes of it is its parent's to judge. */
int bsk_kill(bsk_ctx *ctx, bsk_ref actor);

/* Ends this life of a supervised child as soon as it is open and the handler
 * that it may be running returns: with -ECANCELED, and bsk_child_ended. One
 * that has ended by itself is left alone. */
int bsk_halt(bsk_ctx *ctx, bsk_ref child);

/* Ends this actor when the handler returns 0: with 0 as ordinary, or with a
 * negative errno as failed. The first call counts. */
void bsk_exit(bsk_ctx *ctx, int reason);

/* Gives a supervised child that has ended a new life: state zeroed, bsk_open
 * again, then the mailbox it kept. Its ref stays good.
 *
 * Carried over: name, config, wires (also those laid later), the monitors that
 * others have on it, what waits in its mailbox (unless it `forgets`) save the
 * requests to stop that its parent made before. Gone with the life before: its
 * state, timers, monitors, links, asks (a late answer counts as expired),
 * notices, children, what it held (lost), its handler table if it was swapped.
 */
int bsk_restart(bsk_ctx *ctx, bsk_ref child);

/* Asks to be told by bsk_down, once, when `actor` ends: at once when it is
 * gone already. `ret_monitor` is the number in that message. */
int bsk_monitor(bsk_ctx *ctx, bsk_ref actor, uint64_t *ret_monitor);

/* Takes a monitor back: no bsk_down will come for it. -ENOENT: it is over. */
int bsk_demonitor(bsk_ctx *ctx, uint64_t monitor);

/* Links this actor and another, both ways: when either's life ends with a
 * reason other than 0, the other's ends too, with the same one; so it goes
 * along a chain of links. An actor that hears bsk_link_down is told by it
 * instead, of every end. Linked once more, or with itself: nothing changes. One
 * that is gone already has ended with -ESRCH, or as it did. A link is of these
 * two lives: with the first that ends it is over, and a supervised child's next
 * life has none. Returns 0 or -ENOMEM; without memory for it at the other's
 * home, this one is told that the other has ended with -ENOMEM. */
int bsk_link(bsk_ctx *ctx, bsk_ref actor);

/* Takes the link back, whichever of the two has made it: from here on neither
 * ends with the other, and no bsk_link_down comes, not even one that is on its
 * way; unless the other makes a new link, as it may be doing by now. -ENOENT:
 * they are not linked; -ENOMEM: they still are. */
int bsk_unlink(bsk_ctx *ctx, bsk_ref actor);

/* Registers this actor under a name as well (each actor has at most one).
 * -EEXIST: taken; -EALREADY: has a name; -EINVAL: empty, over 63 bytes, or not
 * UTF-8. */
int bsk_register(bsk_ctx *ctx, const char *name);

/* The actor of that name. -ENOENT: none. */
int bsk_find(bsk_ctx *ctx, const char *name, bsk_ref *ret_ref);

/* Swaps this actor's handler table, from its next message on. The table must
 * live as long as the actor. -EINVAL: two rows are for one type; -ENOMEM. */
int bsk_become(bsk_ctx *ctx, const struct bsk_handler *handlers,
    size_t count);

/* This actor gets every bsk_fault of the system from now on, and bsk_overrun;
 * the last to ask does, save where the system names a sink (fault_sink). A
 * fault that the sink itself fails on, dies with or does not hear goes on to
 * whoever took them by this; and what that one cannot take is written to
 * standard error. */
int bsk_take_faults(bsk_ctx *ctx);

/* Stops the whole system: as bsk_system_stop. */
void bsk_stop_system(bsk_ctx *ctx, int status);

/* --- time ------------------------------------------------------------- */

/* Arms this actor's timer number `timer` (any number; armed again, it is
 * moved): bsk_timer_due comes `after_ns` from now, never earlier, and then
 * every `every_ns` (0: once). Negative counts as 0. Returns 0 or -ENOMEM. */
int bsk_timer_arm(bsk_ctx *ctx, uint64_t timer, int64_t after_ns,
    int64_t every_ns);

/* Disarms it: no bsk_timer_due will come for it any more, not even one that
 * is in the mailbox. -ENOENT: it was not armed. */
int bsk_timer_disarm(bsk_ctx *ctx, uint64_t timer);

#ifdef __cplusplus
}
#endif

#endif
