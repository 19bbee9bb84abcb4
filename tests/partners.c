/* partners.c - actors that are linked with each other. */
#include <assert.h>
#include <check.h>
#include <errno.h>

#include <buskin/inspect.h>

#include "harness.h"
#include "partners.h"

#define MS INT64_C(1000000)

struct order {
	uint8_t deed;   /* enum deed */
	bsk_ref whom;   /* to link with, or no more */
	int32_t reason; /* 0: exit; else fail with it */
};
static const struct bsk_field order_fields[] = {
	BSK_FIELD(order, deed, "what to do"),
	BSK_FIELD(order, whom, "with whom"),
	BSK_FIELD(order, reason, "why"),
};
static const struct bsk_type order_type =
    BSK_TYPE(order, "do it", order_fields);

bsk_system *sim;
bsk_ref cast[CAST];
unsigned count;
int reasons[CAST];
unsigned told[CAST];
struct bsk_link_down last_told;
int result;

unsigned
number_of(bsk_ref ref)
{
	unsigned i = 0;

	while (i < count && !bsk_ref_equal(cast[i], ref))
		i++;
	assert(i < CAST); /* ck_assert would allocate */
	return i;
}

struct member {
	uint8_t reserved;
};

BSK_HANDLER(on_order, member, order)
{
	(void)self;
	if (body->deed == LINK)
		result = bsk_link(ctx, body->whom);
	else if (body->deed == UNLINK)
		result = bsk_unlink(ctx, body->whom);
	else if (body->reason == 0)
		bsk_exit(ctx, 0);
	else
		return body->reason;
	return 0;
}

BSK_HANDLER(on_close, member, bsk_close)
{
	(void)self;
	reasons[number_of(bsk_self(ctx))] = body->reason;
	return 0;
}

BSK_HANDLER(on_link_down, member, bsk_link_down)
{
	(void)self;
	told[number_of(bsk_self(ctx))]++;
	last_told = *body;
	return 0;
}

static const struct bsk_handler partner_handlers[] = {
	BSK_ON(order,     on_order),
	BSK_ON(bsk_close, on_close),
};
const struct bsk_class partner_class =
    BSK_CLASS(member, "partner", "ends with others", partner_handlers);

static const struct bsk_handler heir_handlers[] = {
	BSK_ON(order,         on_order),
	BSK_ON(bsk_close,     on_close),
	BSK_ON(bsk_link_down, on_link_down),
};
const struct bsk_class heir_class =
    BSK_CLASS(member, "heir", "hears how others end", heir_handlers);

bsk_ref
join(const struct bsk_class *class_)
{
	struct bsk_spawn_options options = {
		.placement = bsk_sim_draw(sim) % 2 == 0 ? BSK_PLACE_POOL :
		    BSK_PLACE_THREAD,
	};

	ck_assert_uint_lt(count, CAST);
	ck_assert_int_eq(bsk_system_spawn(sim, class_, NULL, &options,
	    &cast[count]), 0);
	reasons[count] = ALIVE;
	told[count] = 0;
	return cast[count++];
}

void
order(bsk_ref who, enum deed deed, bsk_ref whom, int reason)
{
	ck_assert_int_eq(bsk_system_send(sim, who, BSK_NEW(order,
	    .deed = (uint8_t)deed, .whom = whom, .reason = reason)), 0);
}

void
rest(void)
{
	ck_assert_int_eq(bsk_sim_run(sim, bsk_sim_now(sim) + MS), 0);
}

void
link_up(bsk_ref one, bsk_ref other)
{
	order(one, LINK, other, 0);
	rest();
	ck_assert_int_eq(result, 0);
}

void
end(bsk_ref who, int reason)
{
	order(who, END, bsk_nobody(), reason);
	rest();
}

int
reason_of(bsk_ref who)
{
	return reasons[number_of(who)];
}

static bool
on_link(void *arg, const struct bsk_link_info *info)
{
	(void)number_of(info->one);
	ck_assert(!bsk_ref_equal(info->one, info->other));
	++*(unsigned *)arg;
	return true;
}

unsigned
links(void)
{
	unsigned links = 0;

	ck_assert_int_eq(bsk_inspect_links(sim, on_link, &links), 0);
	return links;
}

void
open_world(uint64_t seed)
{
	count = 0;
	ck_assert_int_eq(bsk_sim_create(NULL, seed, &sim), 0);
}

void
close_world(void)
{
	harness_check_books(sim);
	bsk_system_stop(sim, 0);
	ck_assert_int_eq(bsk_sim_run(sim, INT64_MAX), 1);
	ck_assert_uint_eq(links(), 0);
	ck_assert_uint_eq(bsk_system_messages(sim), 0);
	bsk_system_destroy(sim);
}
