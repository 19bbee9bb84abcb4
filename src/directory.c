/* directory.c - the names of actors, and the wires that were declared. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "directory.h"
#include "utf8.h"

struct directory_entry {
	struct directory_entry *next; /* in the bucket of its name */
	bsk_ref ref;
	char name[DIRECTORY_NAME_MAX + 1]; /* "": none */
	size_t wire_count;
	struct bsk_wire_info *wires;  /* port names are copies */
};

int
directory_init(struct directory *directory)
{
	memset(directory, 0, sizeof(*directory));
	directory->buckets = directory->first_buckets;
	directory->bucket_count = DIRECTORY_BUCKETS;
	return -pthread_mutex_init(&directory->lock, NULL);
}

static void
free_entry(struct directory_entry *entry)
{
	for (size_t i = 0; i < entry->wire_count; i++)
		free((char *)(uintptr_t)entry->wires[i].port);
	free(entry->wires);
	free(entry);
}

void
directory_release(struct directory *directory)
{
	struct directory_entry *entry;

	while ((entry = idmap_take_any(&directory->by_ref)) != NULL)
		free_entry(entry);
	idmap_release(&directory->by_ref);
	if (directory->buckets != directory->first_buckets)
		free(directory->buckets);
	pthread_mutex_destroy(&directory->lock);
}

static struct directory_entry **
bucket(struct directory *directory, const char *name)
{
	uint32_t hash = 2166136261u; /* FNV-1a */

	for (; *name != '\0'; name++)
		hash = (hash ^ (unsigned char)*name) * 16777619u;
	return &directory->buckets[hash & (directory->bucket_count - 1)];
}

static struct directory_entry *
find_name(struct directory *directory, const char *name)
{
	struct directory_entry *entry = *bucket(directory, name);

	while (entry != NULL && strcmp(entry->name, name) != 0)
		entry = entry->next;
	return entry;
}

/* Names go out as JSON, which holds nothing but UTF-8. */
static bool
is_name(const char *name)
{
	size_t length = strlen(name);

	return length > 0 && length <= DIRECTORY_NAME_MAX &&
	    utf8_is_valid(name, length);
}

static void
put_into_bucket(struct directory *directory, struct directory_entry *entry)
{
	struct directory_entry **first = bucket(directory, entry->name);

	entry->next = *first;
	*first = entry;
}

/* Twice as many buckets. Without memory for them the old ones serve. */
static void
grow_buckets(struct directory *directory)
{
	struct directory_entry **old = directory->buckets;
	size_t count = directory->bucket_count;
	struct directory_entry **buckets = calloc(count * 2, sizeof(*buckets));

	if (buckets == NULL)
		return;
	directory->buckets = buckets;
	directory->bucket_count = count * 2;
	for (size_t i = 0; i < count; i++) {
		struct directory_entry *entry = old[i];

		while (entry != NULL) {
			struct directory_entry *next = entry->next;

			put_into_bucket(directory, entry);
			entry = next;
		}
	}
	if (old != directory->first_buckets)
		free(old);
}

/* Under the lock. The name must be good and free. */
static void
set_name(struct directory *directory, struct directory_entry *entry,
    const char *name)
{
	if (directory->named >= directory->bucket_count)
		grow_buckets(directory);
	memcpy(entry->name, name, strlen(name) + 1);
	put_into_bucket(directory, entry);
	directory->named++;
}

static int
copy_wire(struct directory_entry *entry, const struct bsk_wire *wire,
    const struct bsk_type *type)
{
	struct bsk_wire_info *copy = &entry->wires[entry->wire_count];

	copy->from = entry->ref;
	copy->to = wire->to;
	copy->type = type;
	copy->on_full = (enum bsk_on_full)wire->on_full;
	copy->port = strdup(bsk_text_chars(wire->port));
	if (copy->port == NULL)
		return -ENOMEM;
	entry->wire_count++;
	return 0;
}

static int
copy_wires(struct directory_entry *entry, const struct bsk_wire *wires,
    const struct bsk_type *const *types, size_t count)
{
	int r = 0;

	if (count == 0)
		return 0;
	entry->wires = calloc(count, sizeof(*entry->wires));
	if (entry->wires == NULL)
		return -ENOMEM;
	for (size_t i = 0; i < count && r == 0; i++)
		r = copy_wire(entry, &wires[i], types[i]);
	return r;
}

static struct directory_entry *
new_entry(bsk_ref ref, const struct bsk_wire *wires,
    const struct bsk_type *const *types, size_t count)
{
	struct directory_entry *entry = calloc(1, sizeof(*entry));

	if (entry == NULL)
		return NULL;
	entry->ref = ref;
	if (copy_wires(entry, wires, types, count) < 0) {
		free_entry(entry);
		return NULL;
	}
	return entry;
}

int
directory_add(struct directory *directory, bsk_ref ref, const char *name,
    const struct bsk_wire *wires, const struct bsk_type *const *wire_types,
    size_t wire_count)
{
	struct directory_entry *entry;
	int r;

	if (name != NULL && !is_name(name))
		return -EINVAL;
	entry = new_entry(ref, wires, wire_types, wire_count);
	if (entry == NULL)
		return -ENOMEM;
	pthread_mutex_lock(&directory->lock);
	r = name != NULL && find_name(directory, name) != NULL ? -EEXIST :
	    idmap_put(&directory->by_ref, ref.bits, entry);
	if (r == 0 && name != NULL)
		set_name(directory, entry, name);
	pthread_mutex_unlock(&directory->lock);
	if (r < 0)
		free_entry(entry);
	return r;
}

int
directory_name(struct directory *directory, bsk_ref ref, const char *name)
{
	struct directory_entry *entry;
	int r = 0;

	if (!is_name(name))
		return -EINVAL;
	pthread_mutex_lock(&directory->lock);
	entry = idmap_get(&directory->by_ref, ref.bits);
	if (entry != NULL && entry->name[0] != '\0')
		r = -EALREADY;
	else if (find_name(directory, name) != NULL)
		r = -EEXIST;
	else if (entry == NULL) {
		entry = new_entry(ref, NULL, NULL, 0);
		r = entry == NULL ? -ENOMEM :
		    idmap_put(&directory->by_ref, ref.bits, entry);
		if (r < 0)
			free(entry);
	}
	if (r == 0)
		set_name(directory, entry, name);
	pthread_mutex_unlock(&directory->lock);
	return r;
}

/* Under the lock. */
static struct directory_entry *
entry_of(struct directory *directory, bsk_ref ref)
{
	struct directory_entry *entry =
	    idmap_get(&directory->by_ref, ref.bits);

	if (entry != NULL)
		return entry;
	entry = new_entry(ref, NULL, NULL, 0);
	if (entry != NULL &&
	    idmap_put(&directory->by_ref, ref.bits, entry) < 0) {
		free_entry(entry);
		return NULL;
	}
	return entry;
}

static int
grow_wires(struct directory_entry *entry)
{
	struct bsk_wire_info *wires = realloc(entry->wires,
	    (entry->wire_count + 1) * sizeof(*wires));

	if (wires == NULL)
		return -ENOMEM;
	entry->wires = wires;
	return 0;
}

int
directory_add_wire(struct directory *directory, bsk_ref ref,
    const struct bsk_wire *wire, const struct bsk_type *type)
{
	struct directory_entry *entry;
	int r = -ENOMEM;

	pthread_mutex_lock(&directory->lock);
	entry = entry_of(directory, ref);
	if (entry != NULL)
		r = grow_wires(entry);
	if (r == 0)
		r = copy_wire(entry, wire, type);
	pthread_mutex_unlock(&directory->lock);
	return r;
}

static void
remember(struct directory *directory, const struct directory_entry *entry)
{
	struct directory_gone *gone = &directory->gone[directory->gone_next];

	directory->gone_next = (directory->gone_next + 1) % DIRECTORY_GONE;
	gone->ref = entry->ref;
	memcpy(gone->name, entry->name, sizeof(gone->name));
}

void
directory_remove(struct directory *directory, bsk_ref ref)
{
	struct directory_entry *entry;

	pthread_mutex_lock(&directory->lock);
	entry = idmap_take(&directory->by_ref, ref.bits);
	if (entry != NULL && entry->name[0] != '\0') {
		struct directory_entry **place;

		place = bucket(directory, entry->name);
		while (*place != entry)
			place = &(*place)->next;
		*place = entry->next;
		directory->named--;
		remember(directory, entry);
	}
	pthread_mutex_unlock(&directory->lock);
	if (entry != NULL)
		free_entry(entry);
}

int
directory_find(struct directory *directory, const char *name,
    bsk_ref *ret_ref)
{
	struct directory_entry *entry;

	pthread_mutex_lock(&directory->lock);
	entry = find_name(directory, name);
	if (entry != NULL)
		*ret_ref = entry->ref;
	pthread_mutex_unlock(&directory->lock);
	return entry == NULL ? -ENOENT : 0;
}

/* Under the lock; "": none. */
static const char *
name_of(struct directory *directory, bsk_ref ref)
{
	const struct directory_entry *entry =
	    idmap_get(&directory->by_ref, ref.bits);
	unsigned i = 0;

	if (entry != NULL)
		return entry->name;
	while (i < DIRECTORY_GONE &&
	    !bsk_ref_equal(directory->gone[i].ref, ref))
		i++;
	return i < DIRECTORY_GONE ? directory->gone[i].name : "";
}

bool
directory_name_of(struct directory *directory, bsk_ref ref, char *ret_name,
    size_t size)
{
	const char *name;
	bool found;

	pthread_mutex_lock(&directory->lock);
	name = name_of(directory, ref);
	found = name[0] != '\0' && size > 0;
	if (found) {
		size_t length = strnlen(name, size - 1);

		memcpy(ret_name, name, length);
		ret_name[length] = '\0';
	}
	pthread_mutex_unlock(&directory->lock);
	return found;
}

int
directory_each_wire(struct directory *directory,
    bool (*on_wire)(void *arg, const struct bsk_wire_info *info), void *arg)
{
	int r = 0;

	pthread_mutex_lock(&directory->lock);
	for (size_t i = 0; r == 0 && i < directory->by_ref.places; i++) {
		struct directory_entry *entry;

		entry = directory->by_ref.entries[i].value;
		for (size_t w = 0; entry != NULL && w < entry->wire_count; w++)
			if (!on_wire(arg, &entry->wires[w])) {
				r = 1;
				break;
			}
	}
	pthread_mutex_unlock(&directory->lock);
	return r;
}
