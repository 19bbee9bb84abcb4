/* scribe.h - an actor in the log's place: it keeps what is said. */
#ifndef BUSKIN_TESTS_SCRIBE_H
#define BUSKIN_TESTS_SCRIBE_H

#include <buskin/system.h>

/* Makes one, before anything is said; what earlier ones heard is forgotten. */
void scribe_spawn(bsk_system *system);

/* How many lines at that level (enum bsk_log_level) or more urgent have come,
 * with `words` in them; NULL: any. */
unsigned scribe_count(int level, const char *words);

/* The same, when the first has come. */
unsigned scribe_wait(int level, const char *words);

#endif
