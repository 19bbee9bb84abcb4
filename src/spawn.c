/* spawn.c - making actors. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/life.h>

#include "behaviors.h"
#include "errand.h"
#include "kin.h"
#include "life.h"
#include "post.h"
#include "spawn.h"
#include "threads.h"
#include "turn.h"
#include "wires.h"

/* --- names ---------------------------------------------------------------- */

static int
enter_directory(struct worker *worker, struct cell *cell,
    const struct bsk_class *class_, const char *name)
{
	struct extras *extras = cell_has_extras(cell);
	size_t count = extras == NULL ? 0 : extras->own.wire_count;
	const struct bsk_type **types = NULL;
	int r;

	if (name == NULL && count == 0)
		return 0;
	if (count > 0) {
		types = calloc(count, sizeof(*types));
		if (types == NULL)
			return -ENOMEM;
	}
	for (size_t i = 0; i < count; i++)
		types[i] = class_->ports[extras->own.wire_ports[i]].type;
	r = directory_add(&worker->system->directory, cell_ref(cell), name,
	    count == 0 ? NULL : extras->own.wires, types, count);
	free(types);
	return r;
}

/* --- the cell ------------------------------------------------------------ */

static bool
needs_extras(const struct bsk_parcel *config,
    const struct bsk_spawn_options *options, enum bsk_placement placement)
{
	return config != NULL || options->wire_count > 0 ||
	    options->capacity_bytes != 0 ||
	    options->on_full != BSK_ON_FULL_DEFAULT ||
	    options->poison != 0 || options->stop_phase != 0 ||
	    placement != BSK_PLACE_POOL;
}

static int
set_extras(struct cell *cell, const struct bsk_class *class_,
    struct bsk_parcel *config, const struct bsk_spawn_options *options,
    enum bsk_placement placement)
{
	bool needed = needs_extras(config, options, placement);
	struct extras *extras = cell_has_extras(cell);

	if (needed)
		extras = cell_extras(cell);
	if (needed && extras == NULL)
		return -ENOMEM;
	if (extras != NULL) {
		extras->own.capacity_bytes = options->capacity_bytes;
		extras->own.on_full = options->on_full;
		extras->own.poison = options->poison;
		poke(&extras->placement, (uint8_t)placement);
		poke(&extras->stop_phase, options->stop_phase);
	}
	return wires_set(cell, class_, options);
}

/* The bounds are set. */
static int
set_alarm(struct worker *worker, struct cell *cell,
    const struct bsk_spawn_options *options)
{
	unsigned percent = options->alarm != 0 ? options->alarm :
	    worker->system->alarm;

	if (percent == 0 || percent == BSK_ALARM_NONE ||
	    cell_has(cell, CELL_SERVICE))
		return 0;
	if (percent > 100)
		return -EINVAL;
	if (cell_extras(cell) == NULL)
		return -ENOMEM;
	room_set_alarm(cell, percent);
	return 0;
}

static enum bsk_placement
placement_of(const struct bsk_class *class_,
    const struct bsk_spawn_options *options)
{
	if (options->placement != BSK_PLACE_DEFAULT)
		return options->placement;
	if (class_->placement != BSK_PLACE_DEFAULT)
		return class_->placement;
	return BSK_PLACE_POOL;
}

/* A child starts at its parent's home, or on the pool's first worker when that
 * is no worker of the pool. A simulation draws it: what may happen between two
 * workers is there to be found. */
static unsigned
home_of(struct worker *worker, enum bsk_placement placement)
{
	struct bsk_system *system = worker->system;

	if (placement == BSK_PLACE_HOST)
		return system->host;
	if (system->sim.on)
		return (unsigned)(worker_random(worker) % system->pool_size);
	return worker->index < system->pool_size ? worker->index : 0;
}

/* A child with a thread of its own moves there before anything reaches it. */
static int
move_to_thread(struct worker *worker, struct cell *cell)
{
	struct bsk_system *system = worker->system;
	struct extras *extras = cell_has_extras(cell);
	unsigned home;
	int r;

	if (extras == NULL ||
	    peek(&extras->placement) != BSK_PLACE_THREAD)
		return 0;
	r = threads_add(system, &home);
	if (r == 0)
		cells_set_home(&system->cells, cell->index, home);
	return r;
}

static int
check(const struct bsk_class *class_, struct bsk_parcel *config)
{
	if (config == NULL)
		return 0;
	if (bsk_parcel_is_lost(config))
		return -ENOMEM;
	return bsk_parcel_type(config) == class_->config ? 0 : -EINVAL;
}

/* What a config is when none is given: every field's preset. */
static int
default_config(const struct bsk_class *class_, struct bsk_parcel **config)
{
	_Alignas(16) char body[BSK_TYPE_SIZE_MAX];
	int r;

	if (*config != NULL || class_->config == NULL)
		return 0;
	r = bsk_type_from_json(class_->config, NULL, body, NULL, NULL);
	if (r < 0)
		return r;
	*config = bsk_parcel_new(class_->config, body);
	return bsk_parcel_is_lost(*config) ? -ENOMEM : 0;
}

/* Whether the class can work with it. */
static int
check_whole(const struct bsk_class *class_, const struct bsk_parcel *config)
{
	struct bsk_config_fault fault;

	if (class_->check == NULL || config == NULL)
		return 0;
	return class_->check(bsk_parcel_body(config), &fault);
}

/* Whether it may have a phase of its own: its parent stops it, and only the
 * guardian goes by phases. */
static int
check_phase(struct worker *worker, struct cell *parent,
    const struct bsk_spawn_options *options)
{
	return options->stop_phase == 0 || parent == NULL || bsk_ref_equal(
	    cell_ref(parent), worker->system->guardian) ? 0 : -EINVAL;
}

/* Gives back a cell that has not lived, and the thread that was made for it. */
static void
undo(struct worker *worker, struct cell *cell)
{
	struct bsk_system *system = worker->system;
	unsigned home = cells_home(&system->cells, cell->index);

	if (home > system->host)
		worker_leave(system->workers[home]);
	cells_set_home(&system->cells, cell->index, worker->index);
	cell_extras_clear(cell);
	cells_give(&system->cells, &worker->spare, cell);
}

static unsigned
flags_of(const struct bsk_spawn_options *options)
{
	unsigned flags = options->tells_open ? CELL_TELLS_OPEN : 0;

	if (!options->supervised)
		return flags;
	flags |= CELL_SUPERVISED;
	flags |= options->forgets ? CELL_FORGETS : 0;
	flags |= options->redelivers ? CELL_REDELIVERS : 0;
	return flags;
}

/* Fills the cell in, so that it is whole before its name can be found. */
static int
furnish(struct worker *worker, struct cell *cell, struct behavior *behavior,
    struct bsk_parcel *config, const struct bsk_spawn_options *options)
{
	const struct bsk_class *class_ = behavior->class_;
	enum bsk_placement placement = placement_of(class_, options);
	int r;

	cell->task.run = turn_run;
	cell->behavior = behavior;
	cell_set_class(cell, class_);
	poke(&cell->capacity, options->capacity != 0 ? options->capacity :
	    worker->system->capacity);
	cell_set(cell, flags_of(options));
	cells_set_home(&worker->system->cells, cell->index,
	    home_of(worker, placement));
	cell_set_life(cell, LIFE_STARTING);
	r = set_extras(cell, class_, config, options, placement);
	if (r == 0)
		r = set_alarm(worker, cell, options);
	if (r == 0)
		r = move_to_thread(worker, cell);
	if (r < 0)
		return r;
	if (config != NULL)
		cell_has_extras(cell)->own.config = config;
	r = enter_directory(worker, cell, class_, options->name);
	if (r < 0 && config != NULL)
		cell_has_extras(cell)->own.config = NULL;
	return r;
}

static void
adopt(struct worker *worker, uint64_t child, uint64_t unused)
{
	struct cells *cells = &worker->system->cells;
	struct cell *guardian = system_local(worker, worker->system->guardian);
	struct cell *cell = cells_find(cells, (bsk_ref){child});

	(void)unused;
	/* It may have ended, and its end may have come here before this. */
	if (guardian != NULL && cell_is(cell, (bsk_ref){child}))
		kin_link(worker, guardian, cell);
}

/* The guardian's links are its own home's to make. */
static void
give_to_parent(struct worker *worker, struct cell *parent,
    struct cell *child)
{
	struct bsk_system *system = worker->system;
	bsk_ref ref = system->guardian;

	if (parent != NULL)
		ref = cell_ref(parent);
	/* Release: pairs with the acquire in read_life of inspect.c. */
	atomic_store_explicit(&child->parent, ref.bits, memory_order_release);
	if (parent != NULL)
		kin_link(worker, parent, child);
	else if (!bsk_ref_is_nobody(ref))
		errand_run(worker,
		    cells_home(&system->cells, (uint32_t)ref.bits), adopt,
		    cell_ref(child).bits, 0);
}

static int
populate(struct worker *worker, const struct bsk_class *class_,
    struct bsk_parcel *config, const struct bsk_spawn_options *options,
    unsigned flags, struct cell **ret_cell)
{
	struct bsk_system *system = worker->system;
	struct behavior *behavior;
	struct cell *cell;
	int r;

	r = behaviors_get(&system->behaviors, class_, &behavior);
	if (r < 0)
		return r;
	cell = cells_take(&system->cells, &worker->spare);
	if (cell == NULL)
		return -ENOMEM;
	cell_set(cell, flags);
	r = furnish(worker, cell, behavior, config, options);
	if (r < 0)
		undo(worker, cell);
	else
		*ret_cell = cell;
	return r;
}

int
spawn(struct worker *worker, struct cell *parent,
    const struct bsk_class *class_, struct bsk_parcel *config,
    const struct bsk_spawn_options *options, unsigned flags,
    bsk_ref *ret_ref)
{
	static const struct bsk_spawn_options none;
	struct bsk_message *open = BSK_NEW(bsk_open, .incarnation = 0);
	struct cell *cell = NULL;
	int r;

	if (options == NULL)
		options = &none;
	r = open == NULL ? -ENOMEM : check(class_, config);
	if (r == 0)
		r = check_phase(worker, parent, options);
	if (r == 0)
		r = default_config(class_, &config);
	if (r == 0)
		r = check_whole(class_, config);
	if (r == 0)
		r = populate(worker, class_, config, options, flags, &cell);
	if (r < 0) {
		bsk_message_free(open);
		bsk_parcel_free(config);
		return r;
	}
	give_to_parent(worker, parent, cell);
	*ret_ref = cell_ref(cell);
	post_runtime(worker, bsk_nobody(), *ret_ref, open);
	return 0;
}
