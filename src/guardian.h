/* guardian.h - the parent of what has no other, and the order of the end. */
#ifndef GUARDIAN_H
#define GUARDIAN_H

#include "system.h"

/* From outside: make an actor. The pointers are good until it is answered, by
 * guardian_spawned. */
struct guardian_spawn {
	const struct bsk_class *class_;
	struct bsk_parcel *config; /* owned */
	const struct bsk_spawn_options *options;
};
BSK_DECLARE(guardian_spawn);

/* The answer. */
struct guardian_spawned {
	bsk_ref actor;
	int32_t error; /* 0, or as bsk_spawn */
};
BSK_DECLARE(guardian_spawned);

/* Stop everything, in order; told again: at once. */
struct guardian_stop {
	uint8_t reserved;
};
BSK_DECLARE(guardian_stop);

extern const struct bsk_class guardian_class;

#endif
