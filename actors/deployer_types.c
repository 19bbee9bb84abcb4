/* actors/deployer_types.c - what a plan is made of, as field tables. */
#include <buskin/deployer.h>

static const char *const restart_words[] = {"permanent", "transient",
    "temporary", NULL};

static const char *const placement_words[] = {"default", "pool", "thread",
    "host", NULL};

static const char *const on_full_words[] = {"default", "suspend", "refuse",
    "drop_new", "drop_old", NULL};

static const char *const mailbox_words[] = {"keep", "drop", NULL};

static const struct bsk_field supervisor_fields[] = {
	BSK_FIELD(bsk_deployer_supervisor, name, "what it is called"),
	BSK_FIELD(bsk_deployer_supervisor, config, "how it judges"),
};
const struct bsk_type bsk_deployer_supervisor_type =
	BSK_OWNING_TYPE(bsk_deployer_supervisor, "a supervisor of a plan",
	    supervisor_fields);

static const struct bsk_field wire_fields[] = {
	BSK_FIELD(bsk_deployer_wire, port, "the out port"),
	BSK_FIELD(bsk_deployer_wire, to, "the actor it leads to"),
	BSK_FIELD(bsk_deployer_wire, on_full, "the wire's own policy",
	    .names = on_full_words),
};
const struct bsk_type bsk_deployer_wire_type =
	BSK_OWNING_TYPE(bsk_deployer_wire, "a wire of a plan", wire_fields);

static const struct bsk_field late_fields[] = {
	BSK_FIELD(bsk_deployer_late, from, "the actor it comes from"),
	BSK_FIELD(bsk_deployer_late, port, "that one's out port"),
	BSK_FIELD(bsk_deployer_late, on_full, "the wire's own policy",
	    .names = on_full_words),
};
const struct bsk_type bsk_deployer_late_type = BSK_OWNING_TYPE(
    bsk_deployer_late, "a wire that closes a cycle", late_fields);

static const struct bsk_field actor_fields[] = {
	BSK_FIELD(bsk_deployer_actor, name, "what it is called"),
	BSK_FIELD(bsk_deployer_actor, class_name, "its class",
	    .json = "class"),
	BSK_FIELD(bsk_deployer_actor, supervisor, "who looks after it"),
	BSK_FIELD(bsk_deployer_actor, config, "of its class's config type"),
	BSK_FIELD(bsk_deployer_actor, wires, "where its out ports lead",
	    .element = BSK_KIND_STRUCT, .type = &bsk_deployer_wire_type),
	BSK_FIELD(bsk_deployer_actor, late, "which wires close a cycle here",
	    .element = BSK_KIND_STRUCT, .type = &bsk_deployer_late_type),
	BSK_FIELD(bsk_deployer_actor, restart, "when it is restarted",
	    .names = restart_words),
	BSK_FIELD(bsk_deployer_actor, placement, "on whose thread it runs",
	    .names = placement_words),
	BSK_FIELD(bsk_deployer_actor, capacity,
	    "data messages that may wait; 0: the default"),
	BSK_FIELD(bsk_deployer_actor, capacity_bytes,
	    "bytes in them; 0: the default", .unit = BSK_UNIT_BYTES),
	BSK_FIELD(bsk_deployer_actor, alarm,
	    "percent of either bound at which it is told of"),
	BSK_FIELD(bsk_deployer_actor, on_full,
	    "what happens when its mailbox is full", .names = on_full_words),
	BSK_FIELD(bsk_deployer_actor, grace_ns,
	    "how long it may take to stop", .json = "grace",
	    .unit = BSK_UNIT_NS),
	BSK_FIELD(bsk_deployer_actor, significant,
	    "whether its end may end its supervisor"),
	BSK_FIELD(bsk_deployer_actor, mailbox,
	    "what becomes of its mailbox when it is restarted",
	    .names = mailbox_words),
	BSK_FIELD(bsk_deployer_actor, redeliver,
	    "whether the next life handles what it failed on"),
	BSK_FIELD(bsk_deployer_actor, poison, "lives that a message may cost"),
	BSK_FIELD(bsk_deployer_actor, restarts, "its own budget"),
	BSK_FIELD(bsk_deployer_actor, within_ns, "the time for that",
	    .json = "within", .unit = BSK_UNIT_NS),
};
const struct bsk_type bsk_deployer_actor_type =
	BSK_OWNING_TYPE(bsk_deployer_actor, "an actor of a plan",
	    actor_fields);

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_deployer_config, supervisors, "the supervisors",
	    .element = BSK_KIND_STRUCT,
	    .type = &bsk_deployer_supervisor_type),
	BSK_FIELD(bsk_deployer_config, actors,
	    "the actors, first to start first", .element = BSK_KIND_STRUCT,
	    .type = &bsk_deployer_actor_type),
};
const struct bsk_type bsk_deployer_config_type =
	BSK_OWNING_TYPE(bsk_deployer_config, "a plan", config_fields);
