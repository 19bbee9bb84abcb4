/* actors/router_types.c - the words of the router. */
#include <buskin/router.h>

static const char *const policies[] = { "round_robin", "hash", "smallest",
    "broadcast", NULL };

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_router_config, policy, "who gets a message",
	    .names = policies),
	BSK_FIELD(bsk_router_config, key, "the field to hash"),
	BSK_FIELD(bsk_router_config, worker,
	    "the class of the workers that it makes"),
	BSK_FIELD(bsk_router_config, worker_config, "the config of each"),
	BSK_FIELD(bsk_router_config, out,
	    "the out port of theirs that leads where its own \"out\" does"),
	BSK_FIELD(bsk_router_config, size, "how many it makes",
	    .max = BSK_ROUTER_SIZE_MAX),
	BSK_FIELD(bsk_router_config, restarts,
	    "how many of theirs are allowed within the time", .max = 100000,
	    .preset = "5"),
	BSK_FIELD(bsk_router_config, within_ns, "the time for that",
	    .json = "within", .unit = BSK_UNIT_NS, .min = 1000000,
	    .max = INT64_MAX, .preset = "\"30s\""),
	BSK_FIELD(bsk_router_config, backoff_first_ns,
	    "the delay before the first restart of one",
	    .json = "backoff_first", .unit = BSK_UNIT_NS, .max = INT64_MAX,
	    .preset = "\"100ms\""),
	BSK_FIELD(bsk_router_config, backoff_max_ns, "it doubles up to this",
	    .json = "backoff_max", .unit = BSK_UNIT_NS, .max = INT64_MAX,
	    .preset = "\"10s\""),
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

static const struct bsk_field resize_fields[] = {
	BSK_FIELD(bsk_router_resize, size, "how many there are to be",
	    .min = 1, .max = BSK_ROUTER_SIZE_MAX, .marks = BSK_REQUIRED),
};
const struct bsk_type bsk_router_resize_type = BSK_TYPE(bsk_router_resize,
    "change the size of the pool", resize_fields);

static const struct bsk_field resized_fields[] = {
	BSK_FIELD(bsk_router_resized, size, "there are now"),
	BSK_FIELD(bsk_router_resized, leaving,
	    "beside them, with what they have"),
};
const struct bsk_type bsk_router_resized_type = BSK_TYPE(bsk_router_resized,
    "the pool has another size", resized_fields);

static const struct bsk_field status_fields[] = {
	BSK_FIELD(bsk_router_status, policy, "who gets a message",
	    .names = policies),
	BSK_FIELD(bsk_router_status, workers, "there are now"),
	BSK_FIELD(bsk_router_status, size, "of those it has made itself"),
	BSK_FIELD(bsk_router_status, leaving,
	    "surplus, with what they have to handle still"),
	BSK_FIELD(bsk_router_status, restarts, "of those it has made"),
	BSK_FIELD(bsk_router_status, passed, "messages, to one or to all",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_router_status, unrouted,
	    "messages that found no worker, or had no key",
	    .unit = BSK_UNIT_COUNTER),
};
const struct bsk_type bsk_router_status_type = BSK_TYPE(bsk_router_status,
    "what a router does", status_fields);
