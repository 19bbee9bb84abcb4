/* before.c - what a control message of the runtime's does before a handler. */
#include <errno.h>

#include <buskin/life.h>

#include "before.h"
#include "fault.h"
#include "life.h"
#include "links.h"
#include "monitors.h"
#include "post.h"
#include "wires.h"

/* As before_handling, for one type. */
typedef bool before(struct worker *worker, struct cell *cell,
    struct bsk_message *message);

static bool
before_open(struct worker *worker, struct cell *cell,
    struct bsk_message *message)
{
	(void)message;
	if (life_begin(worker, cell) < 0) {
		fault_tell(worker, cell, &bsk_open_type, -ENOMEM);
		life_end(worker, cell, -ENOMEM);
		return false;
	}
	return true;
}

static bool
before_monitor(struct worker *worker, struct cell *cell,
    struct bsk_message *message)
{
	const struct post_monitor *monitor = message_body(message);

	monitors_accept(worker, cell, message->from, monitor->number);
	return false;
}

static bool
before_demonitor(struct worker *worker, struct cell *cell,
    struct bsk_message *message)
{
	const struct monitors_demonitor *back = message_body(message);

	monitors_drop(worker, cell, back->number);
	return false;
}

static bool
before_down(struct worker *worker, struct cell *cell,
    struct bsk_message *message)
{
	const struct bsk_down *down = message_body(message);

	return down->monitor == 0 ||
	    monitors_open(worker, cell, down->monitor);
}

static bool
before_wire(struct worker *worker, struct cell *cell,
    struct bsk_message *message)
{
	int r = wires_add(worker, cell, message_body(message));

	if (r < 0) {
		fault_tell(worker, cell, &wires_laid_type, r);
		life_end(worker, cell, r);
	}
	return false;
}

static bool
before_link(struct worker *worker, struct cell *cell,
    struct bsk_message *message)
{
	const struct post_link *link = message_body(message);

	links_accept(worker, cell, message->from, link->number);
	return false;
}

static bool
before_unlink(struct worker *worker, struct cell *cell,
    struct bsk_message *message)
{
	const struct links_unlink *back = message_body(message);

	links_drop(worker, cell, message->from, back->number);
	return false;
}

/* One that hears of it handles it; any other goes the same way. That one was
 * killed is no fault, and that all go with it is none either. */
static bool
before_link_down(struct worker *worker, struct cell *cell,
    struct bsk_message *message)
{
	const struct bsk_link_down *down = message_body(message);
	int reason = down->reason;

	if (!links_open(worker, cell, down->actor, down->link))
		return false;
	if (behavior_find(cell->behavior, &bsk_link_down_type) != NULL)
		return true;
	if (reason >= 0)
		return false;
	if (reason != -ECANCELED)
		fault_tell(worker, cell, &bsk_link_down_type, reason);
	life_end(worker, cell, reason);
	return false;
}

/* The runtime's own control messages. */
static const struct {
	const struct bsk_type *type;
	before *before;
} befores[] = {
	{ &bsk_open_type, before_open },
	{ &post_monitor_type, before_monitor },
	{ &monitors_demonitor_type, before_demonitor },
	{ &bsk_down_type, before_down },
	{ &post_link_type, before_link },
	{ &links_unlink_type, before_unlink },
	{ &bsk_link_down_type, before_link_down },
	{ &wires_laid_type, before_wire },
};

bool
before_handling(struct worker *worker, struct cell *cell,
    struct bsk_message *message)
{
	for (size_t i = 0; i < sizeof(befores) / sizeof(befores[0]); i++)
		if (befores[i].type == message->type)
			return befores[i].before(worker, cell, message);
	return true;
}
