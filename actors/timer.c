/* actors/timer.c - tells whoever asked that the time is up.
 *
 *   hears   bsk_timer_set      from whoever wants to be told
 *           bsk_timer_cancel   from the same
 *           bsk_timer_due      from the runtime: one of them has run out
 *           bsk_down           a setter has ended: its timers go with it
 *           bsk_status_ask     how does it stand?
 *   says    bsk_timer_fired    to the setter, or by the port "fired"
 *
 * A timer is known to its setter by (setter, id) and to the runtime by its
 * place in the table, which may be used again at once: after a disarm the
 * runtime gives us no bsk_timer_due for it any more.
 */
#include <errno.h>
#include <stdlib.h>

#include <buskin/actor.h>
#include <buskin/timer.h>

#define NO_SLOT UINT32_MAX
#define FIRST_CAPACITY 16u
#define RETRY_NS 1000000

/* A timer, or what is known of a setter: that is the head of the ring of its
 * timers. Both are found by (setter, id, is_head). The config's own timer has
 * nobody for its setter, and so its own head is all there is of it. */
struct slot {
	bsk_ref setter;
	uint64_t id;      /* the setter's number; of a head 0 */
	uint64_t monitor; /* of a head */
	uint64_t untold;  /* periods that could not be told */
	int64_t due_ns;   /* of a timer: when it is due next */
	int64_t every_ns; /* of a timer: its period; 0: once */
	uint32_t chained; /* the next in the bucket, or of the free ones */
	uint32_t before;  /* in the setter's ring */
	uint32_t after;
	bool is_head;
};

struct timer {
	struct slot *slots;    /* `capacity` of them */
	uint32_t *buckets;     /* `capacity` of them: the first of each chain */
	uint32_t capacity;     /* a power of two, or 0 */
	uint32_t free;         /* the first slot that is free; NO_SLOT */
	struct bsk_timer_status figures;
};

BSK_HANDLER(on_open, timer, bsk_open);
BSK_HANDLER(on_set, timer, bsk_timer_set);
BSK_HANDLER(on_cancel, timer, bsk_timer_cancel);
BSK_HANDLER(on_due, timer, bsk_timer_due);
BSK_HANDLER(on_down, timer, bsk_down);
BSK_HANDLER(on_status, timer, bsk_status_ask);
BSK_HANDLER(on_close, timer, bsk_close);

static const struct bsk_handler handlers[] = {
	BSK_ON(bsk_open,         on_open),
	BSK_ON(bsk_timer_set,    on_set),
	BSK_ON(bsk_timer_cancel, on_cancel),
	BSK_ON(bsk_timer_due,    on_due),
	BSK_ON(bsk_down,         on_down),
	BSK_ON(bsk_status_ask,   on_status),
	BSK_ON(bsk_close,        on_close),
};

static const struct bsk_port ports[] = {
	BSK_PORT_OUT("fired", bsk_timer_fired, "each time `every` is over"),
};

const struct bsk_class bsk_timer_class = BSK_CLASS(timer, "timer",
    "tells when the time is up", handlers, BSK_PORTS(ports),
    .config = &bsk_timer_config_type, .status = &bsk_timer_status_type);

static int64_t
later(int64_t start_ns, int64_t span_ns)
{
	return span_ns > INT64_MAX - start_ns ? INT64_MAX : start_ns + span_ns;
}

/* Ends the handler by telling an asker how it went; whoever did not ask does
 * not want to know, and for want of memory the ask fails by itself. */
static int
answer(bsk_ctx *ctx, int error, const char *text, const char *field)
{
	(void)bsk_reply(ctx, BSK_NEW(bsk_result, .error = error,
	    .text = bsk_text_copy(text), .field = bsk_text_copy(field)));
	return 0;
}

/* --- the table ---------------------------------------------------------- */

static uint32_t *
bucket(const struct timer *self, bsk_ref setter, uint64_t id)
{
	uint64_t mix = (setter.bits ^ (id * 0x9e3779b97f4a7c15u)) *
	    0xff51afd7ed558ccdu;

	return &self->buckets[(mix >> 32) & (self->capacity - 1)];
}

static uint32_t
find(const struct timer *self, bsk_ref setter, uint64_t id, bool is_head)
{
	const struct slot *slot;
	uint32_t at;

	if (self->capacity == 0)
		return NO_SLOT;
	for (at = *bucket(self, setter, id); at != NO_SLOT;
	    at = slot->chained) {
		slot = &self->slots[at];
		if (bsk_ref_equal(slot->setter, setter) && slot->id == id &&
		    slot->is_head == is_head)
			break;
	}
	return at;
}

static void
chain(struct timer *self, uint32_t at)
{
	struct slot *slot = &self->slots[at];
	uint32_t *first = bucket(self, slot->setter, slot->id);

	slot->chained = *first;
	*first = at;
}

/* Only when none is free: so all the slots that there are hold something. */
static int
grow(struct timer *self)
{
	uint32_t old = self->capacity;
	uint32_t capacity = old == 0 ? FIRST_CAPACITY : old * 2;
	uint32_t *buckets;
	struct slot *slots;

	if (capacity > NO_SLOT / 2)
		return -ENOMEM;
	buckets = malloc(capacity * sizeof(*buckets));
	slots = buckets == NULL ? NULL :
	    realloc(self->slots, capacity * sizeof(*slots));
	if (slots == NULL) {
		free(buckets);
		return -ENOMEM;
	}
	free(self->buckets);
	self->buckets = buckets;
	self->slots = slots;
	self->capacity = capacity;
	for (uint32_t i = 0; i < capacity; i++)
		buckets[i] = NO_SLOT;
	for (uint32_t i = 0; i < old; i++)
		chain(self, i);
	for (uint32_t i = capacity; i-- > old; self->free = i)
		slots[i].chained = self->free;
	return 0;
}

static int
add(struct timer *self, bsk_ref setter, uint64_t id, bool is_head,
    uint32_t *ret_at)
{
	int result = self->free == NO_SLOT ? grow(self) : 0;
	uint32_t at = self->free;

	if (result < 0)
		return result;
	self->free = self->slots[at].chained;
	self->slots[at] = (struct slot){ .setter = setter, .id = id,
	    .before = at, .after = at, .is_head = is_head };
	chain(self, at);
	self->figures.timers += !is_head;
	*ret_at = at;
	return 0;
}

static void
drop(struct timer *self, uint32_t at)
{
	struct slot *slot = &self->slots[at];
	uint32_t *link = bucket(self, slot->setter, slot->id);

	self->figures.timers -= !slot->is_head;
	while (*link != at)
		link = &self->slots[*link].chained;
	*link = slot->chained;
	self->slots[slot->before].after = slot->after;
	self->slots[slot->after].before = slot->before;
	slot->chained = self->free;
	self->free = at;
}

static int
arm(struct timer *self, bsk_ctx *ctx, uint32_t at, int64_t after_ns,
    int64_t every_ns)
{
	self->slots[at].due_ns = later(bsk_now(ctx), after_ns);
	self->slots[at].every_ns = every_ns;
	self->slots[at].untold = 0;
	return bsk_timer_arm(ctx, at, after_ns, every_ns);
}

static int
on_open(struct timer *self, bsk_ctx *ctx, const struct bsk_open *open)
{
	const struct bsk_timer_config *config = bsk_config(ctx);
	uint32_t at;
	int result;

	(void)open;
	self->free = NO_SLOT;
	if (config == NULL || config->every_ns <= 0)
		return config == NULL || config->every_ns == 0 ? 0 : -EINVAL;
	result = add(self, bsk_nobody(), 0, true, &at);
	if (result < 0)
		return result;
	return arm(self, ctx, at, config->every_ns, config->every_ns);
}

/* The head of a setter's ring, made and monitored when it is new. */
static int
head_of(struct timer *self, bsk_ctx *ctx, bsk_ref setter, uint32_t *ret_head)
{
	uint32_t head = find(self, setter, 0, true);
	int result = 0;

	if (head == NO_SLOT) {
		result = add(self, setter, 0, true, &head);
		if (result < 0)
			return result;
		result = bsk_monitor(ctx, setter, &self->slots[head].monitor);
		if (result < 0)
			drop(self, head);
	}
	if (result == 0)
		*ret_head = head;
	return result;
}

/* A setter without timers need not be watched. */
static void
forget_idle(struct timer *self, bsk_ctx *ctx, uint32_t head)
{
	if (self->slots[head].after != head)
		return;
	(void)bsk_demonitor(ctx, self->slots[head].monitor);
	drop(self, head);
}

static void
forget(struct timer *self, bsk_ctx *ctx, uint32_t at)
{
	uint32_t head = find(self, self->slots[at].setter, 0, true);

	drop(self, at);
	forget_idle(self, ctx, head);
}

static int
take(struct timer *self, bsk_ctx *ctx, bsk_ref setter, uint64_t id,
    uint32_t *ret_at)
{
	uint32_t at = find(self, setter, id, false);
	uint32_t head = NO_SLOT;
	int result;

	if (at == NO_SLOT) {
		result = head_of(self, ctx, setter, &head);
		if (result < 0)
			return result;
		result = add(self, setter, id, false, &at);
		if (result < 0) {
			forget_idle(self, ctx, head);
			return result;
		}
		self->slots[at].before = self->slots[head].before;
		self->slots[at].after = head;
		self->slots[self->slots[head].before].after = at;
		self->slots[head].before = at;
	}
	*ret_at = at;
	return 0;
}

static int
on_set(struct timer *self, bsk_ctx *ctx, const struct bsk_timer_set *set)
{
	bsk_ref setter = bsk_sender(ctx);
	uint32_t at;
	int result;

	if (bsk_ref_is_nobody(setter))
		return answer(ctx, -EINVAL, "nobody to tell", NULL);
	if (set->after_ns < 0 || set->every_ns < 0)
		return answer(ctx, -EINVAL, "a time is never negative",
		    set->after_ns < 0 ? "after_ns" : "every_ns");
	result = take(self, ctx, setter, set->id, &at);
	if (result < 0)
		return answer(ctx, result, "no memory", NULL);
	result = arm(self, ctx, at, set->after_ns, set->every_ns);
	if (result < 0) {
		/* Better none than one at a time nobody asked for. */
		(void)bsk_timer_disarm(ctx, at);
		forget(self, ctx, at);
		return answer(ctx, result, "no memory", NULL);
	}
	return answer(ctx, 0, NULL, NULL);
}

static int
on_cancel(struct timer *self, bsk_ctx *ctx,
    const struct bsk_timer_cancel *cancel)
{
	uint32_t at = find(self, bsk_sender(ctx), cancel->id, false);

	if (at == NO_SLOT)
		return answer(ctx, -ENOENT, "no such timer", "id");
	(void)bsk_timer_disarm(ctx, at);
	forget(self, ctx, at);
	return answer(ctx, 0, NULL, NULL);
}

/* --- firing ------------------------------------------------------------- */

/* What to say of a timer of which `count` periods are over; moves it on. */
static bsk_message *
fired(bsk_ctx *ctx, struct slot *slot, uint64_t count)
{
	int64_t now_ns = bsk_now(ctx);
	int64_t last_ns = slot->due_ns;

	if (slot->every_ns > 0) {
		if (now_ns > last_ns)
			last_ns += (now_ns - last_ns) / slot->every_ns *
			    slot->every_ns;
		slot->due_ns = later(last_ns, slot->every_ns);
	}
	return BSK_NEW(bsk_timer_fired, .id = slot->id, .count = count,
	    .late_ns = now_ns > last_ns ? now_ns - last_ns : 0);
}

/* A period that could not be told, for want of memory or room, is counted in
 * with the next; a timer for once is tried again a little later. */
static int
on_due(struct timer *self, bsk_ctx *ctx, const struct bsk_timer_due *due)
{
	uint32_t at = (uint32_t)due->timer;
	struct slot *slot = &self->slots[at];
	uint64_t count = due->count + slot->untold;
	int result;

	self->figures.fired++;
	if (bsk_ref_is_nobody(slot->setter))
		result = bsk_emit(ctx, BSK_TIMER_FIRED,
		    fired(ctx, slot, count));
	else
		result = bsk_send(ctx, slot->setter, fired(ctx, slot, count));
	if (slot->every_ns > 0) {
		slot->untold = result < 0 ? count : 0;
		return 0;
	}
	if (result == 0 || bsk_timer_arm(ctx, at, RETRY_NS, 0) < 0)
		forget(self, ctx, at);
	return 0;
}

static int
on_down(struct timer *self, bsk_ctx *ctx, const struct bsk_down *down)
{
	uint32_t head = find(self, down->actor, 0, true);

	if (head == NO_SLOT)
		return 0;
	while (self->slots[head].after != head) {
		(void)bsk_timer_disarm(ctx, self->slots[head].after);
		drop(self, self->slots[head].after);
	}
	drop(self, head);
	return 0;
}

static int
on_status(struct timer *self, bsk_ctx *ctx, const struct bsk_status_ask *ask)
{
	(void)ask;
	(void)bsk_reply(ctx,
	    bsk_message_new(&bsk_timer_status_type, &self->figures));
	return 0;
}

static int
on_close(struct timer *self, bsk_ctx *ctx, const struct bsk_close *close)
{
	(void)ctx;
	(void)close;
	free(self->buckets);
	free(self->slots);
	return 0;
}
