/* nursery.h - a system with a child watcher of some strategy, a patron that
 * asks it, and real children.
 */
#ifndef BUSKIN_TESTS_NURSERY_H
#define BUSKIN_TESTS_NURSERY_H

#include <sys/types.h>

#include <buskin/child_strategy.h>
#include <buskin/system.h>

#include "faulty_os.h"
#include "patron.h"

/* The world that the system is in: it counts calls, and can fail them. */
extern struct faulty_os nursery_world;

/* What is heard: patron_hears(&nursery_heard, ...). */
extern bsk_system *nursery_system;
extern bsk_ref nursery_patron;
extern struct patron_log nursery_heard;

/* The strategies, for a loop test; and how many they are. */
#define NURSERY_STRATEGIES 4
extern const enum bsk_child_strategy nursery_strategies[NURSERY_STRATEGIES];

/* A checked fixture around every test of this kind. */
void nursery_begin(void);
void nursery_end(void);

/* Ends the system before its time; what was heard stays. */
void nursery_close(void);

/* Puts a watcher with this strategy into the nursery, with signals caught by a
 * handler: a test's own thread leaves them open. */
void nursery_watcher(enum bsk_child_strategy strategy);

/* The same, with the whole config, in any system. Returns the watcher. */
bsk_ref nursery_watcher_in(bsk_system *system,
    struct bsk_child_watcher_config config);

/* A child that runs a shell script, which may `read` until its leash is
 * closed. */
pid_t nursery_bear(const char *script, int *ret_leash);
#define NURSERY_EXIT_7 "read line; exit 7"

/* A child that has ended, or will at once, with that code: as cheap as can
 * be. */
pid_t nursery_bear_quick(int code);

/* A child that lives until the leash is closed, and then ends with that code.
 * It shares our memory and does nothing: thousands may be had. It has the
 * test's dispositions: Check's are there for SIGTERM, SIGINT and SIGALRM. The
 * leash of all of them is closed by nursery_let_all_go. */
pid_t nursery_bear_idle(int code);
void nursery_let_all_go(void);

/* Waits until there is no such process any more: somebody has reaped it. */
void nursery_await_reaped(pid_t pid);

/* Waits until the child has ended, leaving it unreaped. */
void nursery_await_end(pid_t pid);

/* Has the patron ask. */
void nursery_ask(struct bsk_parcel *message);
void nursery_watch(pid_t pid);
void nursery_unwatch(pid_t pid);

/* The n-th answer that was heard, from 1; the n-th end. */
int nursery_answer(unsigned n);
const struct bsk_child_exited *nursery_told(unsigned n);

/* How many ends have been heard; how many answers. */
unsigned nursery_tellings(void);

/* The watcher's status; the caller's to free. */
bsk_message *nursery_status(void);

#endif
