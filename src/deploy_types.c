/* src/deploy_types.c - the sections of a deployment that field tables read. */
#include "deploy_types.h"

const char *const deploy_on_full_words[] = {"default", "suspend", "refuse",
    "drop_new", "drop_old", NULL};

const char *const deploy_placement_words[] = {"default", "pool", "thread",
    "host", NULL};

static const char *const restart_words[] = {"permanent", "transient",
    "temporary", NULL};

static const char *const strategy_words[] = {"one_for_one", "one_for_all",
    "rest_for_one", NULL};

static const char *const exhausted_words[] = {"escalate", "stop", "keep_down",
    NULL};

static const char *const shutdown_words[] = {"never", "any_significant",
    "all_significant", NULL};

static const char *const fate_words[] = {"default", "keep", "drop", NULL};

static const char *const deadlock_words[] = {"go_on", "kill", NULL};

const char *const deploy_action_words[] = {"stop", "reload", "ignore", NULL};

static const struct bsk_field top_fields[] = {
	BSK_FIELD(deploy_top, buskin, "the format's version, 1", .min = 1,
	    .max = 1, .marks = BSK_REQUIRED),
	BSK_FIELD(deploy_top, name, "what the deployment is called",
	    .marks = BSK_REQUIRED),
};
const struct bsk_type deploy_top_type =
	BSK_OWNING_TYPE(deploy_top, "a deployment", top_fields);

static const struct bsk_field mailbox_fields[] = {
	BSK_FIELD(deploy_mailbox, capacity,
	    "data messages that may wait; 0: the default", .max = 1 << 24),
	BSK_FIELD(deploy_mailbox, capacity_bytes,
	    "bytes in them; 0: the default", .unit = BSK_UNIT_BYTES),
	BSK_FIELD(deploy_mailbox, alarm,
	    "percent of either bound at which it is told of; 0: the default",
	    .max = 100),
	BSK_FIELD(deploy_mailbox, on_full, "what happens when it is full",
	    .names = deploy_on_full_words),
	BSK_FIELD(deploy_mailbox, on_restart,
	    "what becomes of it when its actor is restarted",
	    .names = fate_words),
};
const struct bsk_type deploy_mailbox_type =
	BSK_TYPE(deploy_mailbox, "the bounds of a mailbox", mailbox_fields);

static const struct bsk_field system_fields[] = {
	BSK_FIELD(deploy_system, shutdown_ns,
	    "how long an ordered stop may take", .json = "shutdown",
	    .unit = BSK_UNIT_NS, .min = 1000000, .preset = "\"15s\""),
	BSK_FIELD(deploy_system, handover_ns, "how long a handler keeps its "
	    "worker from the other actors there; 0: as long as it runs",
	    .json = "handover", .unit = BSK_UNIT_NS, .min = 0,
	    .preset = "\"2ms\""),
	BSK_FIELD(deploy_system, overrun_ns,
	    "a handler that runs so long is told of; 0: none is",
	    .json = "overrun", .unit = BSK_UNIT_NS, .min = 0,
	    .preset = "\"100ms\""),
	BSK_FIELD(deploy_system, overrun_signal, "the signal by which such a "
	    "handler's thread is asked for its stack; none: it is not",
	    .unit = BSK_UNIT_SIGNAL),
	BSK_FIELD(deploy_system, on_deadlock,
	    "what becomes of an actor that waits for room in a ring",
	    .names = deadlock_words),
	BSK_FIELD(deploy_system, mailbox,
	    "the bounds of mailboxes that say nothing themselves",
	    .type = &deploy_mailbox_type),
};
const struct bsk_type deploy_system_type =
	BSK_TYPE(deploy_system, "the system", system_fields);

static const struct bsk_field backoff_fields[] = {
	BSK_FIELD(deploy_backoff, first_ns, "the first delay",
	    .json = "first", .unit = BSK_UNIT_NS, .min = 0,
	    .max = INT64_MAX, .preset = "\"20ms\""),
	BSK_FIELD(deploy_backoff, max_ns, "the longest delay", .json = "max",
	    .unit = BSK_UNIT_NS, .min = 0, .max = INT64_MAX,
	    .preset = "\"10s\""),
	BSK_FIELD(deploy_backoff, jitter, "by which part a delay may vary",
	    .min = 0, .max = 1, .preset = "0.2"),
};
const struct bsk_type deploy_backoff_type =
	BSK_TYPE(deploy_backoff, "how the delay between restarts grows",
	    backoff_fields);

static const struct bsk_field judge_fields[] = {
	BSK_FIELD(deploy_judge, strategy, "who is restarted with whom",
	    .names = strategy_words),
	BSK_FIELD(deploy_judge, restarts, "how many restarts are let pass",
	    .max = 100000, .preset = "5"),
	BSK_FIELD(deploy_judge, within_ns, "in which time",
	    .json = "within", .unit = BSK_UNIT_NS, .min = 1000000,
	    .preset = "\"30s\""),
	BSK_FIELD(deploy_judge, backoff, "the delay before a restart",
	    .type = &deploy_backoff_type),
	BSK_FIELD(deploy_judge, on_exhausted,
	    "what it does when a restart would be one too many",
	    .names = exhausted_words),
	BSK_FIELD(deploy_judge, auto_shutdown,
	    "which significant actors end it by their end",
	    .names = shutdown_words),
};
const struct bsk_type deploy_judge_type =
	BSK_TYPE(deploy_judge, "a supervisor", judge_fields);

static const struct bsk_field budget_fields[] = {
	BSK_FIELD(deploy_budget, restarts, "how many restarts are let pass",
	    .max = 100000),
	BSK_FIELD(deploy_budget, within_ns, "in which time",
	    .json = "within", .unit = BSK_UNIT_NS),
};
const struct bsk_type deploy_budget_type =
	BSK_TYPE(deploy_budget, "a budget of restarts", budget_fields);

static const struct bsk_field role_fields[] = {
	BSK_FIELD(deploy_role, restart, "when it is restarted",
	    .names = restart_words),
	BSK_FIELD(deploy_role, placement, "on whose thread it runs",
	    .names = deploy_placement_words),
	BSK_FIELD(deploy_role, mailbox, "the bounds of its mailbox",
	    .type = &deploy_mailbox_type),
	BSK_FIELD(deploy_role, grace_ns,
	    "how long it may take to stop before it is killed",
	    .json = "grace", .unit = BSK_UNIT_NS, .min = 1000000,
	    .preset = "\"5s\""),
	BSK_FIELD(deploy_role, significant,
	    "whether its end may end its supervisor"),
	BSK_FIELD(deploy_role, redeliver,
	    "whether the next life handles what it failed on"),
	BSK_FIELD(deploy_role, poison, "lives that a message may cost",
	    .max = 255),
	BSK_FIELD(deploy_role, budget, "its own, beside its supervisor's",
	    .type = &deploy_budget_type),
};
const struct bsk_type deploy_role_type =
	BSK_TYPE(deploy_role, "an actor", role_fields);

static const struct bsk_field end_fields[] = {
	BSK_FIELD(deploy_end, to, "who gets what is sent, or NAME.PORT",
	    .min = 1, .marks = BSK_REQUIRED),
	BSK_FIELD(deploy_end, on_full,
	    "what happens when the mailbox there is full",
	    .names = deploy_on_full_words),
};
const struct bsk_type deploy_end_type =
	BSK_OWNING_TYPE(deploy_end, "a wire", end_fields);
