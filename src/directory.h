/* directory.h - the names of actors, and the wires that were declared.
 *
 * Shared by all threads under a lock of its own; nothing here is on the way of
 * a message.
 */
#ifndef DIRECTORY_H
#define DIRECTORY_H

#include <pthread.h>

#include <buskin/actor.h>
#include <buskin/inspect.h>

#include "idmap.h"

enum {
	DIRECTORY_NAME_MAX = 63,
	DIRECTORY_GONE = 32, /* names that are remembered */
	DIRECTORY_BUCKETS = 256 /* to begin with */
};

struct directory_entry;

/* Who had a name, and is gone: its last words may still be under way. */
struct directory_gone {
	bsk_ref ref;
	char name[DIRECTORY_NAME_MAX + 1];
};

struct directory {
	pthread_mutex_t lock; /* guards all of it */
	/* by name: a power of two, so many that few names share one, unless
	 * there was no memory for more */
	struct directory_entry **buckets;
	size_t bucket_count;
	size_t named;         /* entries that are in a bucket */
	struct directory_entry *first_buckets[DIRECTORY_BUCKETS];
	struct idmap by_ref;  /* struct directory_entry by its ref's bits */
	struct directory_gone gone[DIRECTORY_GONE]; /* a ring: the latest */
	unsigned gone_next;   /* place in it */
};

int directory_init(struct directory *directory);
void directory_release(struct directory *directory);

/* Enters an actor. `name` may be NULL when it only has wires, which are
 * copied; `wire_types` says what travels through each. -EEXIST, -EINVAL,
 * -ENOMEM. */
int directory_add(struct directory *directory, bsk_ref ref, const char *name,
    const struct bsk_wire *wires, const struct bsk_type *const *wire_types,
    size_t wire_count);

/* Gives an actor that has none a name. -EEXIST, -EALREADY, -EINVAL, -ENOMEM. */
int directory_name(struct directory *directory, bsk_ref ref,
    const char *name);

/* One more wire of an actor. -ENOMEM. */
int directory_add_wire(struct directory *directory, bsk_ref ref,
    const struct bsk_wire *wire, const struct bsk_type *type);

/* Takes an actor out, if it is in. */
void directory_remove(struct directory *directory, bsk_ref ref);

/* The actor of a name. -ENOENT. */
int directory_find(struct directory *directory, const char *name,
    bsk_ref *ret_ref);

/* The name of an actor, or of one of the last DIRECTORY_GONE that had one and
 * were taken out; copied into `ret_name` and cut to `size`. False: none. */
bool directory_name_of(struct directory *directory, bsk_ref ref,
    char *ret_name, size_t size);

/* Tells of every wire, under the lock. 0, or 1 when the callback ended it. */
int directory_each_wire(struct directory *directory,
    bool (*on_wire)(void *arg, const struct bsk_wire_info *info), void *arg);

#endif
