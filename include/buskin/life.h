/* buskin/life.h - the messages of every actor's life.
 *
 * bsk_open is an actor's first message and bsk_close its last, always, also
 * when bsk_open's handler failed: so a state that is still all zeros must be
 * safe to close (own descriptors as bsk_fd, whose zero is "none").
 *
 * Reasons are 0 for an ordinary end or a negative errno:
 *	-ECANCELED  it was killed, or its parent ended
 *	-ESRCH      there is no such actor (any more)
 *	others      what its handler returned
 */
#ifndef BUSKIN_LIFE_H
#define BUSKIN_LIFE_H

#include <buskin/field.h>

#ifdef __cplusplus
extern "C" {
#endif

/* First: begin. The config is bsk_config(ctx). Returning an error ends the
 * actor with that reason. */
struct bsk_open {
	uint32_t incarnation; /* 0 at first, then counts restarts */
};
BSK_DECLARE(bsk_open);

/* Somebody asked this actor to stop. It comes after all data that was in the
 * mailbox by then. A class without a handler for it just ends; a class with
 * one finishes what it has begun, as long as it takes, and then calls
 * bsk_exit(ctx, 0). */
struct bsk_drain {
	bool system; /* the whole system is stopping */
};
BSK_DECLARE(bsk_drain);

/* Last: let go of everything. Nothing that is sent from here on is sure to
 * arrive. */
struct bsk_close {
	int32_t reason; /* why this life ends: 0 or a negative errno */
};
BSK_DECLARE(bsk_close);

/* An actor that was monitored, or a child, has ended. */
struct bsk_down {
	bsk_ref actor;    /* which */
	/* the number bsk_monitor gave; 0: told as its parent */
	uint64_t monitor;
	int32_t reason;   /* why */
};
BSK_DECLARE(bsk_down);

/* An actor that this one was linked with has ended: see bsk_link. It comes to
 * an actor that hears it, also for an ordinary end, and then that is all. One
 * that does not hear it ends too, with the same reason, if that is not 0. */
struct bsk_link_down {
	bsk_ref actor;    /* which */
	uint64_t link;    /* the link's number, for the runtime */
	int32_t reason;   /* why */
};
BSK_DECLARE(bsk_link_down);

/* To the parent of a supervised child: its life has ended, by itself, by
 * bsk_halt or by a failure; it holds its mailbox and waits for bsk_restart or
 * bsk_kill. */
struct bsk_child_ended {
	bsk_ref child;        /* which */
	/* 0: it called bsk_exit(ctx, 0); else why it failed */
	int32_t reason;
	uint32_t incarnation; /* which life it was, from 0 */
	int64_t ended_ns;     /* when, as bsk_now has it */
};
BSK_DECLARE(bsk_child_ended);

/* To the parent of a child that was spawned with `tells_open`: it has handled
 * its bsk_open, in this life. */
struct bsk_child_opened {
	bsk_ref child;        /* which */
	uint32_t incarnation; /* which life it is, from 0 */
};
BSK_DECLARE(bsk_child_opened);

/* To whoever takes the system's faults (bsk_take_faults): a handler failed; or
 * an actor was left when the time of the system's stop was over, or a second
 * stop was asked for, and had to be killed: then the type is bsk_drain, the
 * reason -ETIMEDOUT, and there is a content; or it waited for room in a ring of
 * actors that all did, and had to go on or be killed: then there is no type and
 * the reason is -EDEADLK (see on_deadlock in buskin/system.h). */
struct bsk_fault {
	bsk_ref actor;     /* whose handler */
	bsk_text name;     /* its registered name; none when it has none */
	bsk_text class_name; /* its class */
	bsk_text type;     /* the message's type; none when it was no message */
	int32_t reason;    /* what the handler returned */
	/* of a message that has cost its receiver as many lives as it may
	 * (`redelivers` in buskin/actor.h): what was in it, as JSON of at most
	 * BSK_FAULT_CONTENT_MAX bytes, secrets masked. With -EDEADLK: the
	 * others of the ring, "bob (clerk), (desk)". Of an actor that was left:
	 * what it still held, see below. Else none */
	bsk_text content;
};
BSK_DECLARE(bsk_fault);

/* What the content says of an actor that was left, for people: the phase in
 * which its turn comes (see bsk_system_stop), if it is not 0; where it is in
 * its life and since when; and, as far as there is any, what waits in its
 * mailbox, what it holds, its timers and asks, in whose mailbox it waits for
 * room; then what is kept for it, by kind, as actors tell in their status
 * (struct bsk_resource in buskin/status.h): descriptors by the reactor, child
 * processes by the child watcher, ...
 *
 *	in phase 2, draining for 2100 ms; 3 messages wait, 1 held, 2 timers,
 *	1 ask; waits for room at bob (clerk); fds 7 (in), 9; children 4711
 *
 * A child of the system's own that has not begun to drain is "active, asked to
 * stop 2100 ms ago" or "active, not asked to stop yet". All actors are asked
 * for their status as the time is over, and given BSK_SURVEY_PATIENCE_NS. After
 * 100 actors the rest are summed up in one fault of the guardian's: "12 more
 * actors are left". */

/* A longer content is cut, between two characters. */
#define BSK_FAULT_CONTENT_MAX 4096

/* To whoever takes the system's faults, if it hears this: a handler runs for
 * too long; see overrun_ns in buskin/system.h. It is told twice: while it runs,
 * and when it has ended. */
struct bsk_overrun {
	bsk_ref actor;       /* whose handler */
	bsk_text name;       /* its registered name; none when it has none */
	bsk_text class_name; /* its class */
	bsk_text type;       /* the message's type */
	int64_t ran_ns;      /* for how long, to some milliseconds */
	bool running;        /* it has not ended yet */
	/* Where `overrun_signal` is set: where it is, the innermost first,
	 * "spin+0x1c (program) < serve+0x40 (program)"; of a function whose
	 * name the loader does not know, "program+0x1234", for addr2line(1).
	 * None where its thread has not answered within some 20 ms: it is in
	 * a call that no signal interrupts; nor when the handler has ended, but
	 * where that was before this was told while it ran */
	bsk_text stack;
};
BSK_DECLARE(bsk_overrun);

/* To whoever takes the system's faults, if it hears this: a mailbox has become
 * fuller than the `alarm` of its bounds (see bsk_spawn_options), told when a
 * message finds it so; or it has no more than half of that any more, and the
 * alarm is set again. An actor that ends takes its alarm with it. */
struct bsk_alarm {
	bsk_ref actor;       /* whose mailbox */
	bsk_text name;       /* its registered name; none when it has none */
	bsk_text class_name; /* its class */
	bool raised;         /* or no longer */
	uint32_t depth;      /* data messages that wait */
	uint64_t bytes;      /* in these, and in those that the actor holds */
	/* how long the oldest has waited, to some milliseconds */
	int64_t oldest_ns;
};
BSK_DECLARE(bsk_alarm);

/* An ask will not be answered. */
struct bsk_ask_failed {
	uint64_t ask;   /* the number bsk_ask gave */
	/* -ETIMEDOUT; -ESRCH: nobody there; -ENOMSG: it does not hear that
	 * type; -ENODATA: handled without an answer; -EAGAIN: its mailbox was
	 * full; else why it ended */
	int32_t reason;
};
BSK_DECLARE(bsk_ask_failed);

/* A timer of the actor's own has run out. */
struct bsk_timer_due {
	uint64_t timer; /* the number given to bsk_timer_arm */
	/* how many periods were due since the last message, from 1 */
	uint64_t count;
};
BSK_DECLARE(bsk_timer_due);

/* The plain answer: it worked, or it did not. */
struct bsk_result {
	int32_t error; /* 0, or a negative errno */
	bsk_text text; /* why, for people; none when it worked */
	/* the field of the request that is at fault; none: no one field */
	bsk_text field;
};
BSK_DECLARE(bsk_result);

/* A piece of a byte stream, or one whole frame of it (a line with its end, a
 * record), as the sender documents. The common coin of streams, framers,
 * processes and files. */
struct bsk_bytes {
	bsk_buf bytes; /* the bytes; empty is allowed and means nothing */
};
BSK_DECLARE(bsk_bytes);

#ifdef __cplusplus
}
#endif

#endif
