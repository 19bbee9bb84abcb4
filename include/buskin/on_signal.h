/* buskin/on_signal.h - what a signal does to the whole system.
 *
 * The class "on-signal" watches signals and stops the system, or lets them
 * pass without harm. A deployment's section "on_signal" makes one; a program
 * of one's own may spawn one too, and a file may name one among its actors.
 */
#ifndef BUSKIN_ON_SIGNAL_H
#define BUSKIN_ON_SIGNAL_H

#include <buskin/class.h>

#ifdef __cplusplus
extern "C" {
#endif

/* What a signal does. */
enum bsk_on_signal_action {
	BSK_ON_SIGNAL_STOP,   /* stops the system in order; the second time, at
	                       * once */
	BSK_ON_SIGNAL_RELOAD, /* reads the deployment's files again; as yet it
	                       * only says in the log that it cannot */
	BSK_ON_SIGNAL_IGNORE  /* nothing, not even its default action */
};

/* A signal and what it does. */
struct bsk_on_signal {
	int32_t number; /* which; one that can be caught */
	int32_t action; /* enum bsk_on_signal_action */
};
BSK_DECLARE(bsk_on_signal);

/* Which signals. */
struct bsk_on_signal_config {
	bsk_list signals; /* of struct bsk_on_signal */
};
BSK_DECLARE(bsk_on_signal_config);

/* The class "on-signal". What it cannot watch it says to the log. */
extern const struct bsk_class bsk_on_signal_class;

#ifdef __cplusplus
}
#endif

#endif
