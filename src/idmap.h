/* idmap.h - a hash map from numbers to pointers. */
#ifndef IDMAP_H
#define IDMAP_H

#include <stddef.h>
#include <stdint.h>

struct idmap_entry {
	uint64_t id;
	void *value; /* NULL: an empty place */
};

/* All zeros is an empty map. */
struct idmap {
	struct idmap_entry *entries;
	size_t places; /* a power of two, or 0 */
	size_t count;
	size_t emptied; /* where idmap_take_any found something last */
};

void idmap_release(struct idmap *map);

/* The value of an id; NULL: none. */
void *idmap_get(const struct idmap *map, uint64_t id);

/* Puts a value, not NULL, under an id that has none. -ENOMEM. */
int idmap_put(struct idmap *map, uint64_t id, void *value);

/* Takes an id's value out and returns it; NULL: there was none. A map that was
 * large gives back what it does not need any more. */
void *idmap_take(struct idmap *map, uint64_t id);

/* Any one value, taken out; NULL: the map is empty. */
void *idmap_take_any(struct idmap *map);

#endif
