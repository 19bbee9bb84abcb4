/* stage.h - a system whose host is the test's own thread, as a program's main
 * thread would be, and a script that another thread plays; for tests of
 * signals, by either way to catch them.
 */
#ifndef BUSKIN_TESTS_STAGE_H
#define BUSKIN_TESTS_STAGE_H

#include <stdbool.h>

#include "patron.h"

#define STAGE_WAYS 2 /* by signalfd; by handlers */

extern bsk_system *all;          /* the system, while the script is played */
extern struct patron_log heard;  /* what patrons of it have heard */
extern bsk_ref patron;           /* one of them */
extern const struct bsk_os *stage_os; /* the system's; NULL: bsk_os_libc */

/* Runs a system that catches that way, and the script beside it, in a thread
 * that blocks every signal. */
void stage(void (*script)(void), int way);

/* Whether they are caught by handlers. */
bool stage_by_handlers(void);

/* Which signals the host's thread blocks: bit n - 1. */
unsigned long long stage_host_mask(void);

/* Whether a signal does not get its default action now. */
bool stage_is_caught(int number);

/* Waits until it gets that again: it does a moment after the last watcher was
 * answered that it has let go. */
void stage_await_default(int number);

/* Has a patron ask the signal actor, and waits for the answer's error; the
 * answer itself. */
int stage_ask(bsk_ref who, struct bsk_parcel *message);
const struct bsk_result *stage_answer(void);

/* The same for our patron. */
int stage_watch(int number);
int stage_unwatch(int number);

/* The n-th signal that was heard of. */
const struct bsk_signal_raised *stage_raised(unsigned n);

/* Sends a signal to this process. */
void stage_raise(int number);

/* A test that is played on the stage, _i being the way. */
#define STAGED(name) \
	static void name##_script(void); \
	START_TEST(name) \
	{ \
		stage(name##_script, _i); \
	} \
	END_TEST \
	static void name##_script(void)

#endif
