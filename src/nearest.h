/* src/nearest.h - "did you mean": the word nearest to one that is unknown. */
#ifndef BUSKIN_SRC_NEAREST_H
#define BUSKIN_SRC_NEAREST_H

#include <stddef.h>

/* A search: start it, offer it every word there is, ask for the best. */
struct nearest {
	const char *given;
	const char *best;  /* not copied; NULL: nothing near was offered */
	size_t distance;   /* changes that lead from `given` to `best` */
};

void nearest_start(struct nearest *nearest, const char *given);

/* `word` must live as long as the search. */
void nearest_offer(struct nearest *nearest, const char *word);

#endif
