/* actors/keepers.c - the supervisors of a plan that is carried out. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/keepers.h>
#include <buskin/plan.h>

/* How long one may take to answer beyond what its actors may take. */
#define ANSWER_NS INT64_C(10000000000)

#define DEFAULT_GRACE_NS INT64_C(5000000000)

/* --- the list ------------------------------------------------------------- */

static bool
is_supervisor(const struct bsk_deployer_actor *actor)
{
	return strcmp(actor->class_name.chars, bsk_supervisor_class.name) == 0;
}

static const struct bsk_supervisor_config *
config_of(const struct bsk_parcel *parcel)
{
	return parcel == NULL ? NULL : bsk_parcel_body(parcel);
}

int
bsk_keepers_init(struct bsk_keepers *self,
    const struct bsk_deployer_config *plan)
{
	const struct bsk_deployer_supervisor *tops = plan->supervisors.items;
	const struct bsk_deployer_actor *actors = plan->actors.items;
	struct bsk_keeper *item;
	uint32_t i;

	self->plan = plan;
	self->items = calloc((size_t)plan->supervisors.count +
	    plan->actors.count + 1, sizeof(*self->items));
	if (self->items == NULL)
		return -ENOMEM;
	item = self->items;
	for (i = 0; i < plan->supervisors.count; i++)
		*item++ = (struct bsk_keeper){
			.name = tops[i].name.chars,
			.config = config_of(tops[i].config),
		};
	for (i = 0; i < plan->actors.count; i++)
		if (is_supervisor(&actors[i]))
			*item++ = (struct bsk_keeper){
				.name = actors[i].name.chars,
				.above = actors[i].supervisor.chars,
				.config = config_of(actors[i].config),
			};
	self->count = (uint32_t)(item - self->items);
	return 0;
}

void
bsk_keepers_release(struct bsk_keepers *self)
{
	free(self->items);
	*self = (struct bsk_keepers){ .items = NULL };
}

int
bsk_keepers_spawn(struct bsk_keepers *self, bsk_ctx *ctx)
{
	const struct bsk_deployer_supervisor *tops =
	    self->plan->supervisors.items;
	struct bsk_spawn_options options = {0};
	int result = 0;
	uint32_t i;

	for (i = 0; i < self->plan->supervisors.count && result == 0; i++) {
		options.name = tops[i].name.chars;
		result = bsk_spawn(ctx, &bsk_supervisor_class,
		    bsk_parcel_copy(tops[i].config), &options,
		    &self->items[i].ref);
	}
	return result;
}

bool
bsk_keepers_stop_last(const struct bsk_keepers *self, bsk_ctx *ctx)
{
	uint32_t i = self->plan->supervisors.count;

	while (i > 0 && bsk_ref_is_nobody(self->items[i - 1].ref))
		i--;
	if (i > 0)
		(void)bsk_stop(ctx, self->items[i - 1].ref);
	return i > 0;
}

struct bsk_keeper *
bsk_keepers_named(const struct bsk_keepers *self, const char *name)
{
	uint32_t i;

	for (i = 0; i < self->count; i++)
		if (strcmp(self->items[i].name, name) == 0)
			return &self->items[i];
	return NULL;
}

struct bsk_keeper *
bsk_keepers_of(const struct bsk_keepers *self, bsk_ref ref)
{
	uint32_t i;

	for (i = 0; i < self->count; i++)
		if (bsk_ref_equal(self->items[i].ref, ref))
			return &self->items[i];
	return NULL;
}

struct bsk_keeper *
bsk_keepers_asked(const struct bsk_keepers *self, uint64_t ask)
{
	uint32_t i;

	for (i = 0; i < self->count && ask != 0; i++)
		if (self->items[i].ask == ask)
			return &self->items[i];
	return NULL;
}

/* --- how long they may take ----------------------------------------------- */

/* Neither is negative. */
static int64_t
sum(int64_t one, int64_t other)
{
	return one > INT64_MAX - other ? INT64_MAX : one + other;
}

static int64_t
grace_of(const struct bsk_deployer_actor *actor)
{
	if (actor->grace_ns > 0)
		return actor->grace_ns;
	return is_supervisor(actor) ? BSK_GRACE_FOREVER : DEFAULT_GRACE_NS;
}

/* The longest that a group waits before it is started. */
static int64_t
delay_of(const struct bsk_supervisor_config *config)
{
	int64_t base = config->backoff_max_ns > config->backoff_first_ns ?
	    config->backoff_max_ns : config->backoff_first_ns;
	double delay = (double)base * (1 + config->backoff_jitter);

	return delay < 9e18 ? (int64_t)delay : INT64_MAX;
}

/* How long a start may be put off: its members stop one after the other, and
 * then there is the delay; and the group may fail as often as it is let. */
static int64_t
group_ns(const struct bsk_keepers *self, const struct bsk_keeper *keeper)
{
	const struct bsk_deployer_actor *actors = self->plan->actors.items;
	int64_t round_ns;
	uint32_t i;

	if (keeper->config == NULL || keeper->config->restarts == 0 ||
	    keeper->config->strategy == BSK_ONE_FOR_ONE)
		return 0;
	round_ns = delay_of(keeper->config);
	for (i = 0; i < self->plan->actors.count; i++)
		if (strcmp(actors[i].supervisor.chars, keeper->name) == 0)
			round_ns = sum(round_ns, grace_of(&actors[i]));
	return round_ns > INT64_MAX / keeper->config->restarts ? INT64_MAX :
	    round_ns * keeper->config->restarts;
}

/* --- asks ----------------------------------------------------------------- */

/* The supervisor, when it is there. */
static int
find(const struct bsk_keepers *self, const char *name,
    const struct bsk_keeper **ret_keeper)
{
	const struct bsk_keeper *keeper = bsk_keepers_named(self, name);

	if (keeper == NULL)
		return -ENOENT;
	if (bsk_ref_is_nobody(keeper->ref))
		return keeper->has_ended ? -ESRCH : -ENOENT;
	*ret_keeper = keeper;
	return 0;
}

/* The message is dropped when it cannot be asked. */
static int
ask(const struct bsk_keepers *self, bsk_ctx *ctx,
    const struct bsk_deployer_actor *actor, bsk_message *message,
    int64_t timeout_ns, uint64_t *ret_ask)
{
	const struct bsk_keeper *keeper;
	int result = find(self, actor->supervisor.chars, &keeper);

	if (result == 0)
		return bsk_ask(ctx, keeper->ref, message, timeout_ns, ret_ask);
	bsk_message_free(message);
	return result;
}

int
bsk_keepers_start(const struct bsk_keepers *self, bsk_ctx *ctx,
    const struct bsk_deployer_actor *actor, uint64_t *ret_ask)
{
	const struct bsk_keeper *keeper;
	bsk_list wires;
	int result = find(self, actor->supervisor.chars, &keeper);

	if (result < 0)
		return result;
	result = bsk_plan_wires(ctx, actor, &wires);
	/* Made in any case, so that the wires are dropped with it. */
	bsk_message *start = bsk_plan_start(actor, wires);

	if (result < 0) {
		bsk_message_free(start);
		return result;
	}
	return bsk_ask(ctx, keeper->ref, start,
	    sum(ANSWER_NS, group_ns(self, keeper)), ret_ask);
}

int
bsk_keepers_list(const struct bsk_keepers *self, bsk_ctx *ctx,
    const struct bsk_deployer_actor *actor, uint32_t from, uint64_t *ret_ask)
{
	return ask(self, ctx, actor, BSK_NEW(bsk_children_ask, .from = from),
	    ANSWER_NS, ret_ask);
}

int
bsk_keepers_stop(const struct bsk_keepers *self, bsk_ctx *ctx,
    const struct bsk_deployer_actor *actor, uint64_t *ret_ask)
{
	return ask(self, ctx, actor, BSK_NEW(bsk_child_stop,
	    .name = bsk_text_copy(actor->name.chars)),
	    sum(ANSWER_NS, actor->grace_ns), ret_ask);
}

int
bsk_keepers_delete(const struct bsk_keepers *self, bsk_ctx *ctx,
    const struct bsk_deployer_actor *actor, uint64_t *ret_ask)
{
	return ask(self, ctx, actor, BSK_NEW(bsk_child_delete,
	    .name = bsk_text_copy(actor->name.chars)), ANSWER_NS, ret_ask);
}

/* A child without a name is refused in any case; what a supervisor that is
 * ending says is another error. */
int
bsk_keepers_ask_above(const struct bsk_keepers *self, bsk_ctx *ctx,
    struct bsk_keeper *keeper)
{
	const struct bsk_keeper *above;
	int result = find(self, keeper->above, &above);

	if (result < 0)
		return result;
	return bsk_ask(ctx, above->ref, BSK_NEW(bsk_child_start,
	    .name = bsk_text_copy("")),
	    sum(ANSWER_NS, group_ns(self, above)), &keeper->ask);
}
