/* buskin/signal_table.h - what signals have of the process, not of a system.
 *
 * Dispositions belong to the process, and so does who has which signal. This
 * is the one table of it, for the actors that catch signals: a claim for each
 * signal, and the handler that puts down what it is told in a sink. The
 * handler takes no lock, allocates nothing and calls nothing but write(2).
 */
#ifndef BUSKIN_SIGNAL_TABLE_H
#define BUSKIN_SIGNAL_TABLE_H

#include <signal.h>
#include <stdbool.h>

#include <buskin/os.h>
#include <buskin/signal.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Claims a signal (1..64) for somebody, known by any address of theirs. True
 * also when it is theirs already; false: somebody else has it. Any thread. */
bool bsk_signal_claim(int number, const void *who);

/* Gives up a claim, if it is theirs. Any thread. */
void bsk_signal_give_up(int number, const void *who);

/* Where handlers put down what they were told, for one reader. */
struct bsk_signal_sink;

/* Makes a sink. `wake_fd` is an eventfd(2), borrowed, that is written to each
 * time something is put down. -ENOMEM. Any thread. */
int bsk_signal_sink_new(const struct bsk_os *os, int wake_fd,
    struct bsk_signal_sink **ret_sink);

/* Frees a sink to which no signal leads any more; waits for handlers that are
 * at it right now. NULL is let pass. Not in a handler. */
void bsk_signal_sink_free(struct bsk_signal_sink *sink);

/* Installs the handler for a claimed signal and leads it to `sink`. What
 * sigaction(2) fails with; nothing has changed then. In a child that is forked
 * meanwhile the signal has its old disposition: nothing of it is put down. */
int bsk_signal_lead(struct bsk_signal_sink *sink, int number);

/* Leads it nowhere and gives it the disposition back that it had before;
 * -EBUSY: somebody has installed another handler since, which is left alone.
 * What else sigaction(2) fails with: it leads nowhere, but still has our
 * handler, until this is called again. */
int bsk_signal_unlead(struct bsk_signal_sink *sink, int number);

/* Whether a handler is at work in any thread right now. Once it was seen that
 * none is, whatever they have put down can be taken. Any thread, not in a
 * handler. */
bool bsk_signal_is_busy(void);

/* Takes what was put down, the oldest first. Where more came than the sink has
 * room for, one record with its `count` stands for all the others of that
 * signal: so no number is ever lost. False: there is nothing. Only one thread
 * at a time. */
bool bsk_signal_take(struct bsk_signal_sink *sink,
    struct bsk_signal_raised *ret_raised);

#ifdef __cplusplus
}
#endif

#endif
