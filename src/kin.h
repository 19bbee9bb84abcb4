/* kin.h - parents and children.
 *
 * The links between siblings belong to the parent's home worker. A child that
 * is at home elsewhere is linked and unlinked there by errands.
 */
#ifndef KIN_H
#define KIN_H

#include "system.h"

enum { KIN_KEYS = 257 };

/* Makes `child` the newest child of `parent`; both at home here, or the child
 * just made. */
void kin_link(struct worker *worker, struct cell *parent, struct cell *child);

/* Takes it out again. */
void kin_unlink(struct worker *worker, struct cell *parent,
    struct cell *child);

/* The newest child; NULL: none. */
struct cell *kin_newest(struct worker *worker, struct cell *parent);

/* The next older sibling; NULL: none. */
struct cell *kin_older(struct worker *worker, struct cell *child);

/* Sorts the children by a key below KIN_KEYS, the lowest first; among equals
 * the newest stays first. */
void kin_sort(struct worker *worker, struct cell *parent,
    unsigned (*key)(struct bsk_system *system, struct cell *child));

#endif
