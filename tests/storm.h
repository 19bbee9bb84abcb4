/* storm.h - a signal each millisecond, as a program with timers of its own
 * might have, and threads that do not keep it out.
 *
 * The runtime's own threads block every signal. Here they leave that one open,
 * so that each of their calls that may be interrupted is; the test's thread
 * blocks it.
 */
#ifndef STORM_H
#define STORM_H

/* Begins when $BUSKIN_STORM is set: a handler that does nothing and restarts
 * nothing. */
void storm_begin(void);

/* Ends, with all as it was. */
void storm_end(void);

/* The number of its signal; 0: there is none. */
int storm_number(void);

#endif
