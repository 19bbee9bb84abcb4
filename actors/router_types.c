/* actors/router_types.c - the words of the router. */
#include <buskin/router.h>

static const char *const policies[] = { "round_robin", "hash", "smallest",
    "broadcast", NULL };

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_router_config, policy, "who gets a message",
	    .names = policies),
	BSK_FIELD(bsk_router_config, key, "the field to hash"),
};
const struct bsk_type bsk_router_config_type = BSK_OWNING_TYPE(
    bsk_router_config, "how a router chooses", config_fields);

static const char *const on_full_words[] = { "default", "suspend", "refuse",
    "drop_new", "drop_old", NULL };

static const struct bsk_field add_fields[] = {
	BSK_FIELD(bsk_router_add, worker, "who; nobody: the sender"),
	BSK_FIELD(bsk_router_add, on_full, "what its full mailbox does",
	    .names = on_full_words),
};
const struct bsk_type bsk_router_add_type = BSK_TYPE(bsk_router_add,
    "add a worker", add_fields);

static const struct bsk_field remove_fields[] = {
	BSK_FIELD(bsk_router_remove, worker, "who; nobody: the sender"),
};
const struct bsk_type bsk_router_remove_type = BSK_TYPE(bsk_router_remove,
    "take a worker out", remove_fields);

static const struct bsk_field status_fields[] = {
	BSK_FIELD(bsk_router_status, policy, "who gets a message",
	    .names = policies),
	BSK_FIELD(bsk_router_status, workers, "there are now"),
	BSK_FIELD(bsk_router_status, passed, "messages, to one or to all",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_router_status, unrouted,
	    "messages that found no worker, or had no key",
	    .unit = BSK_UNIT_COUNTER),
};
const struct bsk_type bsk_router_status_type = BSK_TYPE(bsk_router_status,
    "what a router does", status_fields);
