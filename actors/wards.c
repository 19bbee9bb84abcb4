/* actors/wards.c - the children of a supervisor: a list in order of starting.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/status.h>
#include <buskin/wards.h>

#define DEFAULT_GRACE_NS 5000000000

/* --- asks that are held --------------------------------------------------- */

int
bsk_held_ask_add(struct bsk_held_ask **list, bsk_ctx *ctx)
{
	struct bsk_held_ask *held = calloc(1, sizeof(*held));

	if (held == NULL)
		return -ENOMEM;
	held->ask = bsk_hold(ctx);
	if (held->ask == NULL) {
		free(held);
		return -ENOMEM;
	}
	held->next = *list;
	*list = held;
	return 0;
}

static struct bsk_held_ask *
take(struct bsk_held_ask **list)
{
	struct bsk_held_ask *held = *list;

	if (held != NULL)
		*list = held->next;
	return held;
}

void
bsk_held_ask_return(struct bsk_held_ask **list, bsk_ctx *ctx)
{
	struct bsk_held_ask *held;

	while ((held = take(list)) != NULL) {
		bsk_unhold(ctx, held->ask);
		free(held);
	}
}

void
bsk_held_ask_release(struct bsk_held_ask **list)
{
	struct bsk_held_ask *held;

	while ((held = take(list)) != NULL)
		free(held);
}

int
bsk_ward_await(struct bsk_ward *ward, bsk_ctx *ctx)
{
	return bsk_held_ask_add(&ward->waiters, ctx);
}

void
bsk_ward_tell(struct bsk_ward *ward, bsk_ctx *ctx)
{
	struct bsk_held_ask *held;

	while ((held = take(&ward->waiters)) != NULL) {
		(void)bsk_answer(ctx, held->ask,
		    BSK_NEW(bsk_result, .error = 0));
		free(held);
	}
}

/* --- the list ------------------------------------------------------------- */

static void
free_ward(struct bsk_ward *ward)
{
	bsk_held_ask_release(&ward->waiters);
	bsk_intensity_release(&ward->budget);
	bsk_type_drop(&bsk_child_start_type, &ward->spec);
	free(ward);
}

int
bsk_wards_add(struct bsk_wards *wards, const struct bsk_child_start *start,
    const struct bsk_class *class_, struct bsk_ward **ret_ward)
{
	struct bsk_ward *ward = calloc(1, sizeof(*ward));
	int result = ward == NULL ? -ENOMEM :
	    bsk_type_copy(&bsk_child_start_type, start, &ward->spec);

	if (result == 0)
		result = bsk_intensity_init(&ward->budget, start->restarts,
		    start->within_ns);
	if (result < 0) {
		if (ward != NULL)
			free_ward(ward);
		return result;
	}
	ward->class_ = class_;
	ward->number = ++wards->numbers;
	ward->older = wards->newest;
	if (ward->older != NULL)
		ward->older->newer = ward;
	else
		wards->oldest = ward;
	wards->newest = ward;
	wards->count++;
	*ret_ward = ward;
	return 0;
}

void
bsk_wards_remove(struct bsk_wards *wards, struct bsk_ward *ward)
{
	if (ward->older != NULL)
		ward->older->newer = ward->newer;
	else
		wards->oldest = ward->newer;
	if (ward->newer != NULL)
		ward->newer->older = ward->older;
	else
		wards->newest = ward->older;
	wards->count--;
	free_ward(ward);
}

void
bsk_wards_release(struct bsk_wards *wards)
{
	while (wards->newest != NULL)
		bsk_wards_remove(wards, wards->newest);
}

/* From the newest on, since that is who ends next when all do. */
struct bsk_ward *
bsk_wards_of(const struct bsk_wards *wards, bsk_ref ref)
{
	struct bsk_ward *ward = wards->newest;

	while (ward != NULL && (bsk_ref_is_nobody(ward->ref) ||
	    !bsk_ref_equal(ward->ref, ref)))
		ward = ward->older;
	return ward;
}

struct bsk_ward *
bsk_wards_named(const struct bsk_wards *wards, const char *name)
{
	struct bsk_ward *ward = wards->newest;

	while (ward != NULL && strcmp(ward->spec.name.chars, name) != 0)
		ward = ward->older;
	return ward;
}

struct bsk_ward *
bsk_wards_numbered(const struct bsk_wards *wards, uint64_t number)
{
	struct bsk_ward *ward = wards->newest;

	while (ward != NULL && ward->number != number)
		ward = ward->older;
	return ward;
}

struct bsk_ward *
bsk_wards_due(const struct bsk_wards *wards)
{
	struct bsk_ward *ward = wards->oldest;

	while (ward != NULL && !ward->is_due)
		ward = ward->newer;
	return ward;
}

/* One that is put down, its actor not gone yet, counts as stopped. */
bool
bsk_wards_have_significant(const struct bsk_wards *wards,
    const struct bsk_ward *but)
{
	const struct bsk_ward *ward = wards->oldest;

	while (ward != NULL && (ward == but || !ward->spec.significant ||
	    ward->state == BSK_WARD_STOPPED ||
	    (ward->state == BSK_WARD_STOPPING && !ward->is_due)))
		ward = ward->newer;
	return ward != NULL;
}

/* --- one of them ---------------------------------------------------------- */

bool
bsk_ward_lives(const struct bsk_ward *ward)
{
	return ward->state != BSK_WARD_STOPPED &&
	    ward->state != BSK_WARD_WAITING;
}

static int
spawn(struct bsk_ward *ward, bsk_ctx *ctx)
{
	const struct bsk_child_start *spec = &ward->spec;
	const struct bsk_spawn_options options = {
		.name = spec->name.chars,
		.placement = (enum bsk_placement)spec->placement,
		.supervised = true,
		.tells_open = true,
		.forgets = spec->mailbox == BSK_MAILBOX_DROP,
		.redelivers = spec->redeliver,
		.poison = (uint8_t)spec->poison,
		.capacity = spec->capacity,
		.capacity_bytes = spec->capacity_bytes,
		.alarm = (uint8_t)spec->alarm,
		.on_full = (enum bsk_on_full)spec->on_full,
		.wires = spec->wires.items,
		.wire_count = spec->wires.count,
	};

	return bsk_spawn(ctx, ward->class_, bsk_parcel_copy(spec->config),
	    &options, &ward->ref);
}

int
bsk_ward_start(struct bsk_ward *ward, bsk_ctx *ctx)
{
	int result = bsk_ref_is_nobody(ward->ref) ? spawn(ward, ctx) :
	    bsk_restart(ctx, ward->ref);

	if (result < 0)
		return result;
	ward->state = BSK_WARD_STARTING;
	ward->started_ns = bsk_now(ctx);
	if (ward->has_lived)
		ward->restarts++;
	ward->has_lived = true;
	return 0;
}

/* --- and its end ---------------------------------------------------------- */

bool
bsk_ward_is_temporary(const struct bsk_ward *ward)
{
	return ward->spec.restart == BSK_TEMPORARY;
}

int64_t
bsk_ward_grace(const struct bsk_ward *ward)
{
	if (ward->spec.grace_ns != 0)
		return ward->spec.grace_ns;
	return ward->class_->config == &bsk_supervisor_config_type ?
	    BSK_GRACE_FOREVER : DEFAULT_GRACE_NS;
}

void
bsk_ward_stop(struct bsk_ward *ward, bsk_ctx *ctx)
{
	int64_t grace_ns = bsk_ward_grace(ward);

	if (ward->state == BSK_WARD_STOPPING)
		return;
	ward->state = BSK_WARD_STOPPING;
	if ((grace_ns != BSK_GRACE_FOREVER &&
	    bsk_timer_arm(ctx, ward->number, grace_ns, 0) < 0) ||
	    bsk_stop(ctx, ward->ref) < 0)
		bsk_ward_end(ward, ctx);
}

void
bsk_ward_end(const struct bsk_ward *ward, bsk_ctx *ctx)
{
	if (ward->is_due && !bsk_ward_is_temporary(ward))
		(void)bsk_halt(ctx, ward->ref);
	else
		(void)bsk_kill(ctx, ward->ref);
}

int64_t
bsk_ward_delay(struct bsk_ward *ward, bsk_ctx *ctx,
    const struct bsk_supervisor_config *config)
{
	struct bsk_backoff *backoff = &ward->backoff;

	if (bsk_now(ctx) - ward->started_ns >= config->within_ns)
		bsk_backoff_reset(backoff);
	backoff->first_ns = config->backoff_first_ns;
	backoff->max_ns = config->backoff_max_ns;
	backoff->jitter = config->backoff_jitter;
	return bsk_backoff_next(backoff, bsk_random(ctx));
}

bool
bsk_ward_allows(struct bsk_ward *ward, int64_t now_ns)
{
	return ward->spec.within_ns == 0 ||
	    bsk_intensity_allows(&ward->budget, now_ns);
}

/* --- shown ---------------------------------------------------------------- */

static struct bsk_child_info
info_of(const struct bsk_ward *ward)
{
	return (struct bsk_child_info){
		.name = bsk_text_copy(ward->spec.name.chars),
		.class_name = bsk_text_copy(ward->class_->name),
		.child = ward->ref,
		.state = (int32_t)ward->state,
		.restart = ward->spec.restart,
		.significant = ward->spec.significant,
		.restarts = ward->restarts,
		.reason = ward->reason,
	};
}

bsk_list
bsk_wards_list(const struct bsk_wards *wards, uint32_t from)
{
	uint32_t count = from >= wards->count ? 0 : wards->count - from;
	const struct bsk_ward *ward = wards->oldest;
	struct bsk_child_info *items;
	bsk_list list;
	uint32_t i;

	if (count > BSK_STATUS_LIST_MAX)
		count = BSK_STATUS_LIST_MAX;
	list = bsk_list_new(sizeof(*items), count);
	if (bsk_list_is_lost(list))
		return list;
	items = list.items;
	for (i = 0; i < from && ward != NULL; i++)
		ward = ward->newer;
	for (i = 0; i < count; i++, ward = ward->newer)
		items[i] = info_of(ward);
	return list;
}
