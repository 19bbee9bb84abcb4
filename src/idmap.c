/* idmap.c - a hash map from numbers to pointers. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "idmap.h"

#define PLACES_FIRST 8u
#define PLACES_KEPT 1024u /* so many are never given back */
#define SPARSE 8u         /* at a value in more places the map shrinks, */
#define SHRINK 4u         /* to one in that: far from where it grows again */
#define HUGE_BYTES ((size_t)2 << 20) /* from there on, huge pages */

void
idmap_release(struct idmap *map)
{
	free(map->entries);
	memset(map, 0, sizeof(*map));
}

static size_t
home(const struct idmap *map, uint64_t id)
{
	return (size_t)(id * 0x9e3779b97f4a7c15u >> 32) & (map->places - 1);
}

static size_t
next(const struct idmap *map, size_t place)
{
	return (place + 1) & (map->places - 1);
}

/* Where an id stands, or the empty place where it would. */
static size_t
find(const struct idmap *map, uint64_t id)
{
	size_t place = home(map, id);

	while (map->entries[place].value != NULL &&
	    map->entries[place].id != id)
		place = next(map, place);
	return place;
}

_Static_assert((sizeof(struct idmap_entry) & (sizeof(struct idmap_entry) - 1))
    == 0 || sizeof(void *) < 8, "a large map is a multiple of a huge page");

/* All zeros. A large map is touched everywhere at once, so the pages that the
 * kernel has to fill should be few. */
static struct idmap_entry *
new_entries(size_t places)
{
	size_t bytes = places * sizeof(struct idmap_entry);
	struct idmap_entry *entries;

	if (bytes < HUGE_BYTES)
		return calloc(places, sizeof(*entries));
	entries = aligned_alloc(HUGE_BYTES, bytes);
	if (entries == NULL)
		return NULL;
	(void)madvise(entries, bytes, MADV_HUGEPAGE);
	memset(entries, 0, bytes);
	return entries;
}

static int
resize(struct idmap *map, size_t places)
{
	struct idmap other = {NULL, places, map->count, 0};

	other.entries = new_entries(places);
	if (other.entries == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < map->places; i++)
		if (map->entries[i].value != NULL)
			other.entries[find(&other, map->entries[i].id)] =
			    map->entries[i];
	free(map->entries);
	*map = other;
	return 0;
}

static int
grow(struct idmap *map)
{
	return resize(map, map->places == 0 ? PLACES_FIRST : map->places * 2);
}

/* Without memory for a smaller one it stays as it is until the next is taken:
 * the larger one is no less right. */
static void
shrink(struct idmap *map)
{
	if (map->places > PLACES_KEPT && map->count < map->places / SPARSE)
		(void)resize(map, map->places / SHRINK);
}

void *
idmap_get(const struct idmap *map, uint64_t id)
{
	if (map->count == 0)
		return NULL;
	return map->entries[find(map, id)].value;
}

int
idmap_put(struct idmap *map, uint64_t id, void *value)
{
	size_t place;

	if (map->count * 4 >= map->places * 3 && grow(map) < 0)
		return -ENOMEM;
	place = find(map, id);
	map->entries[place].id = id;
	map->entries[place].value = value;
	map->count++;
	return 0;
}

/* Empties a place and moves up whatever was only behind it for want of room. */
static void
vacate(struct idmap *map, size_t place)
{
	size_t gap = place;

	for (;;) {
		size_t wanted;

		place = next(map, place);
		if (map->entries[place].value == NULL)
			break;
		wanted = home(map, map->entries[place].id);
		if (((place - wanted) & (map->places - 1)) >=
		    ((place - gap) & (map->places - 1))) {
			map->entries[gap] = map->entries[place];
			gap = place;
		}
	}
	map->entries[gap].value = NULL;
	map->count--;
}

void *
idmap_take(struct idmap *map, uint64_t id)
{
	size_t place;
	void *value;

	if (map->count == 0)
		return NULL;
	place = find(map, id);
	value = map->entries[place].value;
	if (value != NULL) {
		vacate(map, place);
		shrink(map);
	}
	return value;
}

/* Goes on where it was last, so that to empty a map is one walk over it. */
void *
idmap_take_any(struct idmap *map)
{
	size_t place = map->emptied;

	if (map->count == 0)
		return NULL;
	place &= map->places - 1;
	while (map->entries[place].value == NULL)
		place = next(map, place);
	map->emptied = place;
	return idmap_take(map, map->entries[place].id);
}
