/* actors/child_strategy_types.c - what the child watcher and its strategies say
 * to each other.
 *
 * What a strategy says is of the control lane, all of it: so it keeps its
 * order, and no full mailbox may keep an end from being told.
 */
#include <buskin/child_strategy.h>

static const struct bsk_field ready_fields[] = {
	BSK_FIELD(bsk_child_strategy_ready, error,
	    "0, or why it cannot watch"),
	BSK_FIELD(bsk_child_strategy_ready, text, "the same for people"),
};

const struct bsk_type bsk_child_strategy_ready_type = {
	.name = "bsk_child_strategy_ready",
	.doc = "a strategy watches, or cannot",
	.size = sizeof(struct bsk_child_strategy_ready),
	.fields = ready_fields,
	.field_count = sizeof(ready_fields) / sizeof(ready_fields[0]),
	.marks = BSK_TYPE_CONTROL | BSK_TYPE_OWNS,
};

static const struct bsk_field follow_fields[] = {
	BSK_FIELD(bsk_child_follow, pid, "which child"),
	BSK_FIELD(bsk_child_follow, on, "begin, or no longer"),
	BSK_FIELD(bsk_child_follow, exit_only, "it is not ours to reap"),
	BSK_FIELD(bsk_child_follow, known, "it has been a child of ours"),
	BSK_FIELD(bsk_child_follow, pidfd, "its pidfd, given away"),
};

const struct bsk_type bsk_child_follow_type =
	BSK_OWNING_TYPE(bsk_child_follow, "follow a child", follow_fields);

static const struct bsk_field followed_fields[] = {
	BSK_FIELD(bsk_child_followed, pid, "which child"),
	BSK_FIELD(bsk_child_followed, on, "as it was asked"),
	BSK_FIELD(bsk_child_followed, error, "0, or why not"),
};

const struct bsk_type bsk_child_followed_type =
	BSK_CONTROL_TYPE(bsk_child_followed, "a child is followed",
	    followed_fields);

static const struct bsk_field look_fields[] = {
	BSK_FIELD(bsk_child_look, reserved, "0"),
};

const struct bsk_type bsk_child_look_type =
	BSK_TYPE(bsk_child_look, "look at every child", look_fields);

static const struct bsk_field unexpected_fields[] = {
	BSK_FIELD(bsk_child_unexpected, pid, "which child"),
};

const struct bsk_type bsk_child_unexpected_type =
	BSK_CONTROL_TYPE(bsk_child_unexpected,
	    "a child that is not followed has ended", unexpected_fields);

static const struct bsk_field stops_fields[] = {
	BSK_FIELD(bsk_child_stops_follow, pid, "which child"),
	BSK_FIELD(bsk_child_stops_follow, on, "begin, or no longer"),
};

const struct bsk_type bsk_child_stops_follow_type =
	BSK_TYPE(bsk_child_stops_follow, "tell when a child is stopped",
	    stops_fields);

static const struct bsk_field wait_fields[] = {
	BSK_FIELD(bsk_child_wait, reserved, "0"),
};

const struct bsk_type bsk_child_wait_type =
	BSK_TYPE(bsk_child_wait, "sleep until a child has ended",
	    wait_fields);

static const struct bsk_field woken_fields[] = {
	BSK_FIELD(bsk_child_woken, pid, "who has ended; 0: not known"),
	BSK_FIELD(bsk_child_woken, error, "0, or why there was no sleep"),
};

const struct bsk_type bsk_child_woken_type =
	BSK_TYPE(bsk_child_woken, "the sleep is over", woken_fields);

static const struct bsk_field waiter_fields[] = {
	BSK_FIELD(bsk_child_waiter_config, bell, "what tells who rang"),
};

const struct bsk_type bsk_child_waiter_config_type =
	BSK_OWNING_TYPE(bsk_child_waiter_config, "what the waiter needs",
	    waiter_fields);
