/* behavior.h - a handler table made ready for look-up.
 *
 * A class's handlers stand in a small table that is indexed by a hash of the
 * message type's address, with a multiplier that was chosen so that no two
 * collide: finding a handler is one load and one comparison.
 */
#ifndef BEHAVIOR_H
#define BEHAVIOR_H

#include <stddef.h>
#include <stdint.h>

#include <buskin/class.h>

struct behavior {
	const struct bsk_class *class_;     /* whose it is */
	const struct bsk_handler *handlers; /* what it was made of */
	struct behavior *next;              /* of the same system */
	uint64_t multiplier;
	unsigned shift;
	struct bsk_handler slots[];         /* 2^(64 - shift) of them */
};

/* Makes a behavior of a table that is sound. NULL for want of memory. */
struct behavior *behavior_new(const struct bsk_class *class_,
    const struct bsk_handler *handlers, size_t count);

void behavior_free(struct behavior *behavior);

/* Looks whether a handler table is sound: each type once. 0, -EINVAL. */
int behavior_check_handlers(const struct bsk_handler *handlers,
    size_t count);

/* Looks whether a class is sound: tables agree with each other. 0, -EINVAL. */
int behavior_check(const struct bsk_class *class_);

/* Where the handler for a type is, if it hears it: else it is for another. */
static inline const struct bsk_handler *
behavior_slot(const struct behavior *behavior, const struct bsk_type *type)
{
	return &behavior->slots[((uintptr_t)type * behavior->multiplier) >>
	    behavior->shift];
}

/* The handler for a type; NULL: it does not hear it. */
static inline bsk_door *
behavior_find(const struct behavior *behavior, const struct bsk_type *type)
{
	const struct bsk_handler *slot = behavior_slot(behavior, type);

	return slot->type == type ? slot->door : NULL;
}

#endif
