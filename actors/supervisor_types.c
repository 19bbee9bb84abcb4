/* actors/supervisor_types.c - the words of the supervisor. */
#include <buskin/actor.h>
#include <buskin/supervisor.h>

static const char *const strategy_words[] = {
	"one_for_one", "one_for_all", "rest_for_one", NULL,
};

static const char *const exhausted_words[] = {
	"escalate", "stop", "keep_down", NULL,
};

static const char *const shutdown_words[] = {
	"never", "any_significant", "all_significant", NULL,
};

static const char *const mailbox_words[] = { "keep", "drop", NULL };

static const char *const state_words[] = {
	"stopped", "starting", "running", "stopping", "waiting", NULL,
};

static const char *const restart_words[] = {
	"permanent", "transient", "temporary", NULL,
};

static const char *const placement_words[] = {
	"default", "pool", "thread", "host", NULL,
};

static const char *const on_full_words[] = {
	"default", "suspend", "refuse", "drop_new", "drop_old", NULL,
};

static const struct bsk_field start_fields[] = {
	BSK_FIELD(bsk_child_start, name, "registered; unique in the system",
	    .min = 1, .max = 63, .marks = BSK_REQUIRED),
	BSK_FIELD(bsk_child_start, class_name, "one of the system's classes",
	    .json = "class", .min = 1, .marks = BSK_REQUIRED),
	BSK_FIELD(bsk_child_start, config, "of the class's config type"),
	BSK_FIELD(bsk_child_start, wires, "where its out ports lead",
	    .element = BSK_KIND_STRUCT, .type = &bsk_wire_type),
	BSK_FIELD(bsk_child_start, restart, "when it is restarted",
	    .names = restart_words, .preset = "\"permanent\""),
	BSK_FIELD(bsk_child_start, placement, "on whose thread it runs",
	    .names = placement_words, .preset = "\"default\""),
	BSK_FIELD(bsk_child_start, capacity,
	    "messages in its mailbox; 0: the system's default"),
	BSK_FIELD(bsk_child_start, capacity_bytes,
	    "bytes in its mailbox; 0: the system's default",
	    .unit = BSK_UNIT_BYTES),
	BSK_FIELD(bsk_child_start, alarm, "percent of either bound at which "
	    "it is told of; 0: the system's default", .max = 255),
	BSK_FIELD(bsk_child_start, on_full, "what a full mailbox does",
	    .names = on_full_words, .preset = "\"default\""),
	BSK_FIELD(bsk_child_start, grace_ns,
	    "how long it may take to stop before it is killed",
	    .json = "grace", .unit = BSK_UNIT_NS, .max = INT64_MAX,
	    .preset = "\"0s\""),
	BSK_FIELD(bsk_child_start, significant,
	    "whether its end may end the supervisor"),
	BSK_FIELD(bsk_child_start, mailbox,
	    "what becomes of its mailbox when it is restarted",
	    .names = mailbox_words, .preset = "\"keep\""),
	BSK_FIELD(bsk_child_start, redeliver,
	    "whether the next life handles what it failed on"),
	BSK_FIELD(bsk_child_start, poison,
	    "lives that a message may cost; 0: 3", .max = 255),
	BSK_FIELD(bsk_child_start, restarts,
	    "its own budget: how many restarts", .max = 100000),
	BSK_FIELD(bsk_child_start, within_ns, "the time for that",
	    .json = "within", .unit = BSK_UNIT_NS, .max = INT64_MAX,
	    .preset = "\"0s\""),
};
const struct bsk_type bsk_child_start_type = BSK_OWNING_TYPE(bsk_child_start,
    "start a child", start_fields);

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_supervisor_config, strategy,
	    "who is restarted when a child ends", .names = strategy_words,
	    .preset = "\"one_for_one\""),
	BSK_FIELD(bsk_supervisor_config, restarts,
	    "how many are allowed within the time", .max = 100000,
	    .preset = "5"),
	BSK_FIELD(bsk_supervisor_config, within_ns, "the time for that",
	    .json = "within", .unit = BSK_UNIT_NS, .min = 1000000,
	    .max = INT64_MAX, .preset = "\"30s\""),
	BSK_FIELD(bsk_supervisor_config, backoff_first_ns,
	    "the delay before the first restart", .json = "backoff_first",
	    .unit = BSK_UNIT_NS, .max = INT64_MAX, .preset = "\"100ms\""),
	BSK_FIELD(bsk_supervisor_config, backoff_max_ns,
	    "it doubles up to this", .json = "backoff_max",
	    .unit = BSK_UNIT_NS, .max = INT64_MAX, .preset = "\"10s\""),
	BSK_FIELD(bsk_supervisor_config, backoff_jitter,
	    "how far it is varied, as a part of it", .min = 0, .max = 1,
	    .preset = "0.2"),
	BSK_FIELD(bsk_supervisor_config, on_exhausted,
	    "what it does when a restart would be one too many",
	    .names = exhausted_words, .preset = "\"escalate\""),
	BSK_FIELD(bsk_supervisor_config, auto_shutdown,
	    "which significant children end it by their end",
	    .names = shutdown_words, .preset = "\"never\""),
	BSK_FIELD(bsk_supervisor_config, children, "who it begins with",
	    .element = BSK_KIND_STRUCT, .type = &bsk_child_start_type),
};
const struct bsk_type bsk_supervisor_config_type = BSK_OWNING_TYPE(
    bsk_supervisor_config, "how a supervisor judges", config_fields);

static const struct bsk_field started_fields[] = {
	BSK_FIELD(bsk_child_started, child, "stays the same over restarts"),
};
const struct bsk_type bsk_child_started_type = BSK_TYPE(bsk_child_started,
    "a child is started", started_fields);

static const struct bsk_field stop_fields[] = {
	BSK_FIELD(bsk_child_stop, name, "which", .min = 1, .max = 63,
	    .marks = BSK_REQUIRED),
};
const struct bsk_type bsk_child_stop_type = BSK_OWNING_TYPE(bsk_child_stop,
    "stop a child in order", stop_fields);

static const struct bsk_field restart_fields[] = {
	BSK_FIELD(bsk_child_restart, name, "which", .min = 1, .max = 63,
	    .marks = BSK_REQUIRED),
};
const struct bsk_type bsk_child_restart_type = BSK_OWNING_TYPE(
    bsk_child_restart, "start a stopped child again", restart_fields);

static const struct bsk_field delete_fields[] = {
	BSK_FIELD(bsk_child_delete, name, "which", .min = 1, .max = 63,
	    .marks = BSK_REQUIRED),
};
const struct bsk_type bsk_child_delete_type = BSK_OWNING_TYPE(
    bsk_child_delete, "take a stopped child off the list", delete_fields);

static const struct bsk_field info_fields[] = {
	BSK_FIELD(bsk_child_info, name, "its name"),
	BSK_FIELD(bsk_child_info, class_name, "its class", .json = "class"),
	BSK_FIELD(bsk_child_info, child, "the actor; null: there is none"),
	BSK_FIELD(bsk_child_info, state, "where it is", .names = state_words),
	BSK_FIELD(bsk_child_info, restart, "when it is restarted",
	    .names = restart_words),
	BSK_FIELD(bsk_child_info, significant, "whether it is"),
	BSK_FIELD(bsk_child_info, restarts, "how often it was started again"),
	BSK_FIELD(bsk_child_info, reason, "why its last life ended"),
};
const struct bsk_type bsk_child_info_type = BSK_OWNING_TYPE(bsk_child_info,
    "a child, as its supervisor knows it", info_fields);

static const struct bsk_field children_ask_fields[] = {
	BSK_FIELD(bsk_children_ask, from, "leave out so many"),
};
const struct bsk_type bsk_children_ask_type = BSK_CONTROL_TYPE(
    bsk_children_ask, "who are your children?", children_ask_fields);

static const struct bsk_field children_fields[] = {
	BSK_FIELD(bsk_children, strategy, "who is restarted with whom",
	    .names = strategy_words),
	BSK_FIELD(bsk_children, restarts, "of any child or group"),
	BSK_FIELD(bsk_children, count, "how many are listed"),
	BSK_FIELD(bsk_children, from, "so many were left out"),
	BSK_FIELD(bsk_children, children, "in the order of starting",
	    .element = BSK_KIND_STRUCT, .type = &bsk_child_info_type),
};
const struct bsk_type bsk_children_type = BSK_OWNING_TYPE(bsk_children,
    "the children of a supervisor", children_fields);
