/* monitors.c - who is told of whose end.
 *
 * The watcher remembers what it asked for, so that it is told exactly once and
 * never after it has taken that back; the watched remembers whom to tell.
 */
#include <errno.h>

#include "monitors.h"
#include "post.h"

static const struct bsk_field demonitor_fields[] = {
	BSK_FIELD(monitors_demonitor, number, "the watching actor's own"),
};
const struct bsk_type monitors_demonitor_type = BSK_CONTROL_TYPE(
    monitors_demonitor, "tell me no more of your end", demonitor_fields);

/* The watcher's side. */
struct watch {
	bsk_ref actor;
};

/* The watched actor's side. */
struct watcher {
	bsk_ref ref;
	uint64_t number; /* unique among all watchers: see monitors_watch */
};

int
monitors_watch(struct worker *worker, struct cell *cell, bsk_ref actor,
    uint64_t *ret_number)
{
	struct extras *extras = cell_extras(cell);
	struct watch *watch;
	uint64_t number;
	int r;

	if (extras == NULL)
		return -ENOMEM;
	watch = arena_get(&worker->arena, sizeof(*watch));
	if (watch == NULL)
		return -ENOMEM;
	watch->actor = actor;
	do
		number = (uint64_t)cell->index << 32 |
		    (uint32_t)++extras->own.next_number;
	while (idmap_get(&extras->own.watching, number) != NULL);
	r = idmap_put(&extras->own.watching, number, watch);
	if (r < 0) {
		arena_put(&worker->arena, watch, sizeof(*watch));
		return r;
	}
	r = post_runtime(worker, cell_ref(cell), actor,
	    BSK_NEW(post_monitor, .number = number));
	if (r < 0)
		monitors_open(worker, cell, number);
	else
		*ret_number = number;
	return r;
}

bool
monitors_open(struct worker *worker, struct cell *cell, uint64_t number)
{
	struct extras *extras = cell_has_extras(cell);
	struct watch *watch = NULL;

	if (extras != NULL)
		watch = idmap_take(&extras->own.watching, number);
	if (watch == NULL)
		return false;
	arena_put(&worker->arena, watch, sizeof(*watch));
	return true;
}

/* When there is no memory to say so, the news will come and not count. */
static void
say_unwatch(struct worker *worker, struct cell *cell, bsk_ref actor,
    uint64_t number)
{
	post_runtime(worker, cell_ref(cell), actor,
	    BSK_NEW(monitors_demonitor, .number = number));
}

int
monitors_unwatch(struct worker *worker, struct cell *cell, uint64_t number)
{
	struct extras *extras = cell_has_extras(cell);
	struct watch *watch = NULL;

	if (extras != NULL)
		watch = idmap_get(&extras->own.watching, number);
	if (watch == NULL)
		return -ENOENT;
	say_unwatch(worker, cell, watch->actor, number);
	monitors_open(worker, cell, number);
	return 0;
}

void
monitors_unwatch_all(struct worker *worker, struct cell *cell)
{
	struct extras *extras = cell_has_extras(cell);

	if (extras == NULL)
		return;
	for (size_t i = 0; i < extras->own.watching.places; i++) {
		struct idmap_entry *entry;

		entry = &extras->own.watching.entries[i];
		if (entry->value == NULL)
			continue;
		say_unwatch(worker, cell,
		    ((struct watch *)entry->value)->actor, entry->id);
		arena_put(&worker->arena, entry->value,
		    sizeof(struct watch));
	}
	idmap_release(&extras->own.watching);
}

static void
forget(struct worker *worker, struct watcher *watcher)
{
	arena_put(&worker->arena, watcher, sizeof(*watcher));
}

/* Without memory to remember the watcher, it is told at once: better a wrong
 * alarm than none. */
void
monitors_accept(struct worker *worker, struct cell *cell, bsk_ref ref,
    uint64_t number)
{
	struct extras *extras = cell_extras(cell);
	struct watcher *watcher = arena_get(&worker->arena, sizeof(*watcher));

	if (extras == NULL || watcher == NULL ||
	    idmap_put(&extras->own.watched, number, watcher) < 0) {
		if (watcher != NULL)
			forget(worker, watcher);
		post_down(worker, &bsk_down_type, ref, number,
		    cell_ref(cell), -ENOMEM);
		return;
	}
	watcher->ref = ref;
	watcher->number = number;
}

void
monitors_drop(struct worker *worker, struct cell *cell, uint64_t number)
{
	struct extras *extras = cell_has_extras(cell);
	struct watcher *watcher = NULL;

	if (extras != NULL)
		watcher = idmap_take(&extras->own.watched, number);
	if (watcher != NULL)
		forget(worker, watcher);
}

void
monitors_tell(struct worker *worker, struct cell *cell, int reason)
{
	struct extras *extras = cell_has_extras(cell);
	struct watcher *watcher;

	if (extras == NULL)
		return;
	while ((watcher = idmap_take_any(&extras->own.watched)) != NULL) {
		post_down(worker, &bsk_down_type, watcher->ref,
		    watcher->number, cell_ref(cell), reason);
		forget(worker, watcher);
	}
}
