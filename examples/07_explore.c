/* 07_explore.c - a test that looks for the order of events that breaks it.
 *
 * A shop has two tickets and four customers. A ticket that was asked for is
 * kept for a while; whoever pays too late has lost it. So a payment and the end
 * of its time may cross, and a ticket must be sold once all the same.
 *
 * The scenario builds that world and says what must hold. It is played a
 * thousand times, each time in another order, in virtual time and in this one
 * thread. Were there an order that breaks it, the program would print it step
 * by step, and the command that plays it again. Try it: let the shop take the
 * money though bsk_timer_disarm says that it comes too late.
 */
#include <errno.h>
#include <stdio.h>

#include <buskin/sim.h>

#define TICKETS 2
#define CUSTOMERS 4
#define SECOND_NS INT64_C(1000000000)
#define KEPT_NS (2 * SECOND_NS)

/* What the actors tell the test: they find it by bsk_sim_state. */
struct world {
	bsk_ref shop;
	unsigned sold;
	unsigned bought;
	unsigned went_without;
};

static struct world *
world_of(bsk_ctx *ctx)
{
	return bsk_sim_state(bsk_system_of(ctx));
}

/* --- the messages --- */

struct keep {
	uint32_t tickets;
};

struct pay {
	uint32_t euros;
};

static const struct bsk_field keep_fields[] = {
	BSK_FIELD(keep, tickets, "how many"),
};
static const struct bsk_type keep_type =
    BSK_TYPE(keep, "keep a ticket for me", keep_fields);

static const struct bsk_field pay_fields[] = {
	BSK_FIELD(pay, euros, "how much"),
};
static const struct bsk_type pay_type =
    BSK_TYPE(pay, "pay for the ticket that was kept", pay_fields);

/* --- the shop --- */

struct shop {
	uint32_t left;
};

BSK_HANDLER(shop_open, shop, bsk_open)
{
	(void)body;
	world_of(ctx)->shop = bsk_self(ctx);
	self->left = TICKETS;
	return 0;
}

/* The customer's own ref is the number of the timer. */
BSK_HANDLER(on_keep, shop, keep)
{
	if (self->left < body->tickets)
		return bsk_reply(ctx, BSK_NEW(bsk_result, .error = -ENOENT));
	self->left -= body->tickets;
	(void)bsk_timer_arm(ctx, bsk_sender(ctx).bits, KEPT_NS, 0);
	return bsk_reply(ctx, BSK_NEW(bsk_result, .error = 0));
}

BSK_HANDLER(on_pay, shop, pay)
{
	(void)self;
	(void)body;
	if (bsk_timer_disarm(ctx, bsk_sender(ctx).bits) < 0)
		return bsk_reply(ctx, BSK_NEW(bsk_result,
		    .error = -ETIMEDOUT));
	world_of(ctx)->sold++;
	return bsk_reply(ctx, BSK_NEW(bsk_result, .error = 0));
}

BSK_HANDLER(on_late, shop, bsk_timer_due)
{
	(void)ctx;
	(void)body;
	self->left++;
	return 0;
}

static const struct bsk_handler shop_handlers[] = {
	BSK_ON(bsk_open,      shop_open),
	BSK_ON(keep,          on_keep),
	BSK_ON(pay,           on_pay),
	BSK_ON(bsk_timer_due, on_late),
};

static const struct bsk_class shop_class =
    BSK_CLASS(shop, "shop", "sells tickets", shop_handlers);

/* --- a customer --- */

enum { COMES = 1, PAYS }; /* its timers */

struct customer {
	uint64_t payment; /* the number of that ask; 0: not yet */
};

/* Some come later than others, and look for their money longer. */
static int
take_a_while(bsk_ctx *ctx, uint64_t timer)
{
	return bsk_timer_arm(ctx, timer,
	    (int64_t)(bsk_random(ctx) % (2 * KEPT_NS)), 0);
}

BSK_HANDLER(customer_open, customer, bsk_open)
{
	(void)self;
	(void)body;
	return take_a_while(ctx, COMES);
}

BSK_HANDLER(on_due, customer, bsk_timer_due)
{
	uint64_t number;

	if (body->timer == COMES)
		return bsk_ask(ctx, world_of(ctx)->shop,
		    BSK_NEW(keep, .tickets = 1), 60 * SECOND_NS, &number);
	return bsk_ask(ctx, world_of(ctx)->shop, BSK_NEW(pay, .euros = 20),
	    60 * SECOND_NS, &self->payment);
}

BSK_HANDLER(on_result, customer, bsk_result)
{
	if (body->error < 0)
		world_of(ctx)->went_without++;
	else if (bsk_asked(ctx) == self->payment)
		world_of(ctx)->bought++;
	else
		return take_a_while(ctx, PAYS);
	return 0;
}

static const struct bsk_handler customer_handlers[] = {
	BSK_ON(bsk_open,      customer_open),
	BSK_ON(bsk_timer_due, on_due),
	BSK_ON(bsk_result,    on_result),
};

static const struct bsk_class customer_class =
    BSK_CLASS(customer, "customer", "wants a ticket", customer_handlers);

/* --- the scenario --- */

static void
play(bsk_system *system, void *state)
{
	struct world *world = state;
	bsk_ref ref;

	bsk_sim_expect(system, bsk_system_spawn(system, &shop_class, NULL,
	    NULL, &ref) == 0);
	(void)bsk_sim_run(system, 0);
	for (int i = 0; i < CUSTOMERS; i++)
		bsk_sim_expect(system, bsk_system_spawn(system,
		    &customer_class, NULL, NULL, &ref) == 0);
	(void)bsk_sim_run(system, 600 * SECOND_NS);
	bsk_sim_expect(system, world->sold <= TICKETS);
	bsk_sim_expect(system, world->bought == world->sold);
	bsk_sim_expect(system,
	    world->bought + world->went_without == CUSTOMERS);
}

static const struct bsk_sim_scenario no_ticket_is_sold_twice = {
	.name = "no_ticket_is_sold_twice",
	.state_size = sizeof(struct world),
	.play = play,
};

int
main(int argc, char **argv)
{
	struct bsk_sim_seeds seeds = {
		.first = 1,
		.count = 1000,
		.command = argc > 0 ? argv[0] : NULL,
	};

	if (bsk_sim_explore(&no_ticket_is_sold_twice, &seeds) != 0)
		return 1;
	printf("a thousand times no ticket was sold twice\n");
	return 0;
}
