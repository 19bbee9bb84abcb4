/* behavior.c - a handler table made ready for look-up. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "behavior.h"

#define TRIES 64u

static int
check_ports(const struct bsk_class *class_)
{
	for (size_t i = 0; i < class_->port_count; i++) {
		const struct bsk_port *port = &class_->ports[i];

		if (port->name == NULL || port->type == NULL ||
		    bsk_type_check(port->type, NULL) < 0)
			return -EINVAL;
	}
	return 0;
}

int
behavior_check_handlers(const struct bsk_handler *handlers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct bsk_handler *handler = &handlers[i];

		if (handler->door == NULL || handler->type == NULL ||
		    bsk_type_check(handler->type, NULL) < 0)
			return -EINVAL;
		for (size_t j = 0; j < i; j++)
			if (handlers[j].type == handler->type)
				return -EINVAL;
	}
	return 0;
}

int
behavior_check(const struct bsk_class *class_)
{
	if (class_->name == NULL || class_->name[0] == '\0' ||
	    behavior_check_handlers(class_->handlers,
	    class_->handler_count) < 0)
		return -EINVAL;
	if (class_->config != NULL && bsk_type_check(class_->config, NULL) < 0)
		return -EINVAL;
	return check_ports(class_);
}

/* Whether all handlers found places of their own. */
static int
place(struct behavior *behavior, const struct bsk_handler *handlers,
    size_t count)
{
	size_t slots = (size_t)1 << (64 - behavior->shift);

	memset(behavior->slots, 0, slots * sizeof(behavior->slots[0]));
	for (size_t i = 0; i < count; i++) {
		struct bsk_handler *slot;

		slot = &behavior->slots[((uintptr_t)handlers[i].type *
		    behavior->multiplier) >> behavior->shift];
		if (slot->type != NULL)
			return 0;
		*slot = handlers[i];
	}
	return 1;
}

/* Whether some multiplier parts all handlers in a table of this size. */
static int
settle(struct behavior *behavior, const struct bsk_handler *handlers,
    size_t count)
{
	behavior->multiplier = 0x9e3779b97f4a7c15u;
	for (unsigned i = 0; i < TRIES; i++) {
		if (place(behavior, handlers, count))
			return 1;
		behavior->multiplier = behavior->multiplier *
		    0x5851f42d4c957f2du + 2;
	}
	return 0;
}

/* Larger tables are tried until one works: distinct addresses part at last. */
struct behavior *
behavior_new(const struct bsk_class *class_,
    const struct bsk_handler *handlers, size_t count)
{
	unsigned bits = 1;

	while (((size_t)1 << bits) < count)
		bits++;
	for (;; bits++) {
		struct behavior *behavior;

		behavior = malloc(sizeof(*behavior) +
		    ((size_t)1 << bits) * sizeof(behavior->slots[0]));
		if (behavior == NULL)
			return NULL;
		behavior->class_ = class_;
		behavior->handlers = handlers;
		behavior->next = NULL;
		behavior->shift = 64 - bits;
		if (settle(behavior, handlers, count))
			return behavior;
		free(behavior);
	}
}

void
behavior_free(struct behavior *behavior)
{
	free(behavior);
}
