/* actors/crew.c - the workers that a router has made itself. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/child_spec.h>
#include <buskin/crew.h>
#include <buskin/inspect.h>
#include <buskin/log.h>

/* --- the list ------------------------------------------------------------- */

static struct bsk_crew_member *
find(const struct bsk_crew *crew, bsk_ref who)
{
	for (uint32_t i = 0; i < crew->count; i++)
		if (bsk_ref_equal(crew->all[i].ref, who))
			return &crew->all[i];
	return NULL;
}

/* The others keep their order. */
static void
strike_off(struct bsk_crew *crew, struct bsk_crew_member *member)
{
	size_t after = crew->count - 1 - (size_t)(member - crew->all);

	crew->surplus -= member->is_surplus;
	memmove(member, member + 1, after * sizeof(*member));
	crew->count--;
}

static int
make_room(struct bsk_crew *crew, uint32_t more)
{
	uint32_t room = crew->count + more;
	struct bsk_crew_member *all;

	if (room <= crew->room)
		return 0;
	all = realloc(crew->all, room * sizeof(*all));
	if (all == NULL)
		return -ENOMEM;
	crew->all = all;
	crew->room = room;
	return 0;
}

uint32_t
bsk_crew_size(const struct bsk_crew *crew)
{
	return crew->count - crew->surplus;
}

bool
bsk_crew_has(const struct bsk_crew *crew, bsk_ref who)
{
	const struct bsk_crew_member *member = find(crew, who);

	return member != NULL && !member->is_surplus;
}

/* --- more of them --------------------------------------------------------- */

/* The router's own wires, from the worker's port. */
static int
copy_wires(const struct bsk_crew *crew, bsk_ctx *ctx, bsk_list *ret_wires)
{
	const struct bsk_wire *wires = NULL;
	size_t count = bsk_wires(ctx, BSK_ROUTER_OUT, &wires);
	bsk_list list = bsk_list_new(sizeof(*wires), (uint32_t)count);
	struct bsk_wire *items = list.items;

	if (bsk_list_is_lost(list))
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		items[i] = wires[i];
		items[i].port = crew->config->out; /* the config's still */
	}
	*ret_wires = list;
	return 0;
}

/* Its wires' texts are the config's. */
static void
free_wires(bsk_list *wires)
{
	free(wires->items);
	*wires = (bsk_list){ 0 };
}

static int
hire(struct bsk_crew *crew, bsk_ctx *ctx, struct bsk_routes *routes,
    const bsk_list *wires)
{
	const struct bsk_spawn_options options = { .supervised = true,
	    .wires = wires->items, .wire_count = wires->count };
	struct bsk_crew_member member = { .number = crew->numbers + 1,
	    .started_ns = bsk_now(ctx) };
	int error = bsk_spawn(ctx, crew->class_,
	    bsk_parcel_copy(crew->config->worker_config), &options,
	    &member.ref);

	if (error < 0)
		return error;
	error = bsk_routes_add(routes, ctx, member.ref, BSK_ON_FULL_DEFAULT);
	if (error < 0) {
		(void)bsk_kill(ctx, member.ref);
		return error;
	}
	crew->numbers++;
	crew->all[crew->count++] = member;
	return 0;
}

static void
take_out(struct bsk_routes *routes, bsk_ctx *ctx, bsk_ref who)
{
	size_t at = bsk_routes_find(routes, who);

	if (at == routes->count)
		return;
	(void)bsk_demonitor(ctx, routes->all[at].monitor);
	bsk_routes_take_out(routes, at);
}

/* Nothing has been passed to them yet. */
static void
undo(struct bsk_crew *crew, bsk_ctx *ctx, struct bsk_routes *routes,
    uint32_t count)
{
	while (crew->count > count) {
		bsk_ref who = crew->all[--crew->count].ref;

		take_out(routes, ctx, who);
		(void)bsk_kill(ctx, who);
	}
}

static int
grow(struct bsk_crew *crew, bsk_ctx *ctx, struct bsk_routes *routes,
    uint32_t more)
{
	uint32_t before = crew->count;
	bsk_list wires;
	int error = make_room(crew, more);

	if (error == 0)
		error = copy_wires(crew, ctx, &wires);
	if (error < 0)
		return error;
	while (error == 0 && crew->count < before + more)
		error = hire(crew, ctx, routes, &wires);
	if (error < 0)
		undo(crew, ctx, routes, before);
	free_wires(&wires);
	return error;
}

/* --- fewer of them -------------------------------------------------------- */

/* The request keeps its place among what it was passed: it comes last. */
static int
dismiss_newest(struct bsk_crew *crew, bsk_ctx *ctx, struct bsk_routes *routes)
{
	struct bsk_crew_member *member = &crew->all[crew->count - 1];
	int error;

	while (member->is_surplus)
		member--;
	error = bsk_stop(ctx, member->ref);
	if (error < 0)
		return error;
	take_out(routes, ctx, member->ref);
	member->is_surplus = true;
	crew->surplus++;
	return 0;
}

int
bsk_crew_resize(struct bsk_crew *crew, bsk_ctx *ctx, struct bsk_routes *routes,
    uint32_t size)
{
	int error = 0;

	if (size > bsk_crew_size(crew))
		return grow(crew, ctx, routes, size - bsk_crew_size(crew));
	while (error == 0 && bsk_crew_size(crew) > size)
		error = dismiss_newest(crew, ctx, routes);
	return error;
}

/* --- the first of them ---------------------------------------------------- */

/* What they are to be, looked at as a supervisor looks at a child. */
static int
check(const struct bsk_crew *crew, bsk_ctx *ctx)
{
	struct bsk_child_start start = { .class_name = crew->config->worker,
	    .config = crew->config->worker_config };
	struct bsk_config_fault fault;
	int error = copy_wires(crew, ctx, &start.wires);

	if (error < 0)
		return error;
	error = bsk_child_class_check(&start, crew->class_, &fault);
	if (error < 0)
		(void)bsk_log(ctx, BSK_LOG_ERROR, "cannot make workers: "
		    "\"%s\": %s", strcmp(fault.field, "class_name") == 0 ?
		    "worker" : strcmp(fault.field, "config") == 0 ?
		    "worker_config" : "out", fault.text);
	free_wires(&start.wires);
	return error;
}

int
bsk_crew_open(struct bsk_crew *crew, bsk_ctx *ctx, struct bsk_routes *routes)
{
	const struct bsk_router_config *config = bsk_config(ctx);
	int error;

	if (config == NULL || config->size == 0)
		return 0;
	crew->config = config;
	crew->class_ = bsk_class_find(ctx, bsk_text_chars(config->worker));
	error = check(crew, ctx);
	if (error < 0)
		return error;
	error = bsk_intensity_init(&crew->budget, config->restarts,
	    config->within_ns);
	if (error == 0)
		error = grow(crew, ctx, routes, config->size);
	if (error < 0)
		(void)bsk_log(ctx, BSK_LOG_ERROR, "cannot make %u workers of "
		    "the class \"%s\": %s", config->size, crew->class_->name,
		    bsk_reason_text(error));
	return error;
}

/* --- again and again ------------------------------------------------------ */

/* Counted before the delay, as a supervisor does. */
static int
count_restart(struct bsk_crew *crew, bsk_ctx *ctx, int reason)
{
	if (!bsk_intensity_allows(&crew->budget, bsk_now(ctx))) {
		(void)bsk_log(ctx, BSK_LOG_ERROR, "workers end too often, "
		    "this one with: %s; giving up", bsk_reason_text(reason));
		return -ELOOP;
	}
	crew->restarts++;
	return 0;
}

static int
restart_later(struct bsk_crew *crew, bsk_ctx *ctx,
    struct bsk_crew_member *member, int reason)
{
	const struct bsk_router_config *config = crew->config;
	struct bsk_backoff *backoff = &member->backoff;
	int error = count_restart(crew, ctx, reason);
	int64_t delay_ns;

	if (error < 0)
		return error;
	if (bsk_now(ctx) - member->started_ns >= config->within_ns)
		bsk_backoff_reset(backoff);
	backoff->first_ns = config->backoff_first_ns;
	backoff->max_ns = config->backoff_max_ns;
	delay_ns = bsk_backoff_next(backoff, bsk_random(ctx));
	(void)bsk_log(ctx, BSK_LOG_WARNING, "a worker has ended: %s; it is "
	    "restarted in %lld ms", bsk_reason_text(reason),
	    (long long)(delay_ns / 1000000));
	return bsk_timer_arm(ctx, member->number, delay_ns, 0);
}

static bool
look(void *arg, const struct bsk_actor_info *info)
{
	*(uint32_t *)arg = info->depth;
	return true;
}

/* Whether it has ended with nothing left to handle. */
static bool
is_done(const struct bsk_crew_member *member, bsk_ctx *ctx, int reason)
{
	uint32_t depth = 0;

	if (!member->is_surplus || reason != 0)
		return false;
	(void)bsk_inspect_actor(bsk_system_of(ctx), member->ref, look, &depth);
	return depth == 0;
}

int
bsk_crew_ended(struct bsk_crew *crew, bsk_ctx *ctx,
    const struct bsk_child_ended *ended)
{
	struct bsk_crew_member *member = find(crew, ended->child);

	if (member != NULL && !is_done(member, ctx, ended->reason))
		return restart_later(crew, ctx, member, ended->reason);
	(void)bsk_kill(ctx, ended->child);
	return 0;
}

/* A request to stop does not outlive the life that it was made to. */
int
bsk_crew_due(struct bsk_crew *crew, bsk_ctx *ctx, uint64_t timer)
{
	struct bsk_crew_member *member = crew->all;
	struct bsk_crew_member *end = crew->all + crew->count;
	int error;

	while (member < end && member->number != timer)
		member++;
	if (member == end)
		return 0;
	error = bsk_restart(ctx, member->ref);
	if (error < 0)
		return restart_later(crew, ctx, member, error);
	member->started_ns = bsk_now(ctx);
	return member->is_surplus ? bsk_stop(ctx, member->ref) : 0;
}

/* None but us ends a worker for good; else it is lost for want of memory. */
int
bsk_crew_gone(struct bsk_crew *crew, bsk_ctx *ctx, struct bsk_routes *routes,
    bsk_ref who)
{
	struct bsk_crew_member *member = find(crew, who);
	bool is_surplus;
	int error;

	if (member == NULL)
		return 0;
	is_surplus = member->is_surplus;
	(void)bsk_timer_disarm(ctx, member->number);
	take_out(routes, ctx, who);
	strike_off(crew, member);
	if (is_surplus)
		return 0;
	error = count_restart(crew, ctx, -ENOMEM);
	return error < 0 ? error : grow(crew, ctx, routes, 1);
}

void
bsk_crew_release(struct bsk_crew *crew)
{
	free(crew->all);
	bsk_intensity_release(&crew->budget);
	memset(crew, 0, sizeof(*crew));
}
