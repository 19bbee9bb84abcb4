/* actors/routes.c - the workers of a router, and which of them is next. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <buskin/inspect.h>
#include <buskin/log.h>
#include <buskin/routes.h>

/* --- keys ----------------------------------------------------------------- */

static const struct bsk_field *
find_field(const struct bsk_type *type, const char *name)
{
	for (size_t i = 0; i < type->field_count; i++)
		if (strcmp(type->fields[i].name, name) == 0)
			return &type->fields[i];
	return NULL;
}

/* Bytes of a value that lies in place; 0: it does not. */
static size_t
size_in_place(enum bsk_kind kind)
{
	static const uint8_t sizes[] = {
		[BSK_KIND_BOOL] = sizeof(bool), [BSK_KIND_I8] = 1,
		[BSK_KIND_I16] = 2, [BSK_KIND_I32] = 4, [BSK_KIND_I64] = 8,
		[BSK_KIND_U8] = 1, [BSK_KIND_U16] = 2, [BSK_KIND_U32] = 4,
		[BSK_KIND_U64] = 8, [BSK_KIND_F64] = 8,
		[BSK_KIND_REF] = sizeof(bsk_ref),
	};

	return (size_t)kind < sizeof(sizes) ? sizes[kind] : 0;
}

static uint64_t
hash_bytes(const void *bytes, size_t size)
{
	const unsigned char *at = bytes;
	uint64_t hash = 0xcbf29ce484222325u; /* FNV-1a */

	for (size_t i = 0; i < size; i++)
		hash = (hash ^ at[i]) * 0x100000001b3u;
	return hash;
}

/* Whether the message has that field, and its value can be hashed. */
static bool
hash_key(const bsk_message *message, const char *key, uint64_t *ret_hash)
{
	const struct bsk_field *field =
	    find_field(bsk_message_type(message), key);
	const char *value = bsk_message_body(message);
	size_t size;

	if (field == NULL)
		return false;
	value += field->offset;
	size = size_in_place(field->kind);
	if (field->kind == BSK_KIND_TEXT) {
		value = bsk_text_chars(*(const bsk_text *)(const void *)value);
		size = strlen(value);
	} else if (field->kind == BSK_KIND_BUF) {
		const bsk_buf *buf = (const void *)value;

		value = (const char *)buf->bytes;
		size = buf->size;
	} else if (size == 0) {
		return false;
	}
	*ret_hash = hash_bytes(value, size);
	return true;
}

/* Every bit of both counts. */
static uint64_t
mix(uint64_t one, uint64_t other)
{
	uint64_t hash = one ^ (other * 0x9e3779b97f4a7c15u);

	hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93u;
	hash = (hash ^ hash >> 32) * 0xd6e8feb86659fd93u;
	return hash ^ hash >> 32;
}

/* --- policies ------------------------------------------------------------- */

/* The number of a worker, of `count` > 0; -1: nobody is to have it. */
typedef ptrdiff_t choose(struct bsk_routes *routes, bsk_ctx *ctx,
    const bsk_message *message);

static ptrdiff_t
choose_next(struct bsk_routes *routes, bsk_ctx *ctx, const bsk_message *message)
{
	(void)ctx;
	(void)message;
	return (ptrdiff_t)(routes->next++ % routes->count);
}

static ptrdiff_t
choose_by_key(struct bsk_routes *routes, bsk_ctx *ctx,
    const bsk_message *message)
{
	const struct bsk_router_config *config = bsk_config(ctx);
	const char *key = bsk_text_chars(config->key);
	uint64_t most = 0;
	ptrdiff_t best = 0;
	uint64_t hash;

	if (!hash_key(message, key, &hash)) {
		if (!routes->has_warned)
			(void)bsk_log(ctx, BSK_LOG_WARNING, "%s has no \"%s\" "
			    "to hash: such messages are dead letters",
			    bsk_message_type(message)->name, key);
		routes->has_warned = true;
		return -1;
	}
	for (size_t i = 0; i < routes->count; i++) {
		uint64_t weight = mix(hash, routes->all[i].wire.to.bits);

		if (weight >= most) {
			most = weight;
			best = (ptrdiff_t)i;
		}
	}
	return best;
}

/* What is known of how much one has to do. */
struct load {
	uint64_t ended; /* messages, ever */
	uint64_t depth; /* in its mailbox */
};

static bool
look(void *arg, const struct bsk_actor_info *info)
{
	struct load *load = arg;

	load->ended = 0;
	for (int i = 0; i < BSK_END_COUNT; i++)
		load->ended += info->ends[i];
	load->depth = info->depth;
	return true;
}

/* Messages that it was passed and that have not ended, also those that have not
 * come in there yet, or are in its hands. That is right while all it is sent
 * comes from here; no fewer than there are in its mailbox in any case. */
static uint64_t
load_of(struct bsk_route *route, bsk_ctx *ctx)
{
	struct load load = { .ended = UINT64_MAX };
	int64_t open; /* by our own books */

	(void)bsk_inspect_actor(bsk_system_of(ctx), route->wire.to, look,
	    &load);
	if (load.ended == UINT64_MAX)
		return UINT64_MAX; /* gone */
	open = (int64_t)(route->passed + route->strange - load.ended);
	if (open < (int64_t)load.depth) {
		route->strange += load.depth - (uint64_t)open;
		open = (int64_t)load.depth;
	}
	return (uint64_t)open;
}

/* Those who have equally few take turns. */
static ptrdiff_t
choose_smallest(struct bsk_routes *routes, bsk_ctx *ctx,
    const bsk_message *message)
{
	size_t first = routes->next++ % routes->count;
	uint64_t fewest = UINT64_MAX;
	size_t best = first;

	(void)message;
	for (size_t i = 0; i < routes->count && fewest > 0; i++) {
		size_t at = (first + i) % routes->count;
		uint64_t load = load_of(&routes->all[at], ctx);

		if (load < fewest) {
			fewest = load;
			best = at;
		}
	}
	routes->all[best].passed++;
	return (ptrdiff_t)best;
}

/* By policy; NULL: all are chosen. */
static choose *const choices[] = {
	[BSK_ROUTE_ROUND_ROBIN] = choose_next,
	[BSK_ROUTE_HASH] = choose_by_key,
	[BSK_ROUTE_SMALLEST] = choose_smallest,
	[BSK_ROUTE_BROADCAST] = NULL,
};

ptrdiff_t
bsk_routes_choose(struct bsk_routes *routes, bsk_ctx *ctx,
    const struct bsk_router_config *config, const bsk_message *message)
{
	choose *choice = choices[config == NULL ? BSK_ROUTE_ROUND_ROBIN :
	    config->policy];

	return choice == NULL ? -1 : choice(routes, ctx, message);
}

/* --- workers -------------------------------------------------------------- */

size_t
bsk_routes_find(const struct bsk_routes *routes, bsk_ref who)
{
	size_t i = 0;

	while (i < routes->count &&
	    !bsk_ref_equal(routes->all[i].wire.to, who))
		i++;
	return i;
}

static int
make_room(struct bsk_routes *routes)
{
	size_t room = routes->room == 0 ? 8 : routes->room * 2;
	struct bsk_route *all;

	if (routes->count < routes->room)
		return 0;
	all = realloc(routes->all, room * sizeof(*all));
	if (all == NULL)
		return -ENOMEM;
	routes->all = all;
	routes->room = room;
	return 0;
}

int
bsk_routes_add(struct bsk_routes *routes, bsk_ctx *ctx, bsk_ref who,
    uint8_t on_full)
{
	struct bsk_route *route;
	int error = make_room(routes);

	if (bsk_routes_find(routes, who) < routes->count)
		return -EEXIST;
	if (error < 0)
		return error;
	route = &routes->all[routes->count];
	error = bsk_monitor(ctx, who, &route->monitor);
	if (error < 0)
		return error;
	route->wire = (struct bsk_wire){ .to = who, .on_full = on_full };
	routes->count++;
	return 0;
}

/* The others keep their order. */
void
bsk_routes_take_out(struct bsk_routes *routes, size_t at)
{
	routes->count--;
	memmove(&routes->all[at], &routes->all[at + 1],
	    (routes->count - at) * sizeof(routes->all[0]));
}

void
bsk_routes_release(struct bsk_routes *routes)
{
	free(routes->all);
	memset(routes, 0, sizeof(*routes));
}
