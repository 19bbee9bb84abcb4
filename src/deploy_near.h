/* src/deploy_near.h - a hint for a word that is unknown. */
#ifndef BUSKIN_SRC_DEPLOY_NEAR_H
#define BUSKIN_SRC_DEPLOY_NEAR_H

#include <stddef.h>

#include <buskin/value.h>

#include "nearest.h"

/* Enough to name some twenty words. */
#define DEPLOY_NEAR_LIST 200

/* A word, and what is known so far of the candidates for it. */
struct deploy_near {
	struct nearest nearest;
	char list[DEPLOY_NEAR_LIST]; /* the candidates, as far as they fit */
	size_t length;               /* of the list */
};

/* Begins a search. `word` must live as long as it is used. */
void deploy_near_start(struct deploy_near *near, const char *word);

/* Looks at one candidate; it must live as long as the search is used. */
void deploy_near_try(struct deploy_near *near, const char *candidate);

/* "did you mean ...?" or, when nothing is near, what there is; no text when
 * there is nothing at all. The caller's to drop. */
bsk_text deploy_near_hint(const struct deploy_near *near);

#endif
