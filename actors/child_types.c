/* actors/child_types.c - what the messages about child processes are made
 * of. */
#include <buskin/child.h>

static const struct bsk_field watch_fields[] = {
	BSK_FIELD(bsk_child_watch, pid, "which child", .min = 1,
	    .max = INT32_MAX, .marks = BSK_REQUIRED),
	BSK_FIELD(bsk_child_watch, pidfd, "its pidfd, given away"),
	BSK_FIELD(bsk_child_watch, owned, "it is killed when its owner ends"),
};

const struct bsk_type bsk_child_watch_type =
	BSK_OWNING_TYPE(bsk_child_watch, "tell how a child ends",
	    watch_fields);

static const struct bsk_field unwatch_fields[] = {
	BSK_FIELD(bsk_child_unwatch, pid, "which child", .min = 1,
	    .max = INT32_MAX, .marks = BSK_REQUIRED),
};

const struct bsk_type bsk_child_unwatch_type =
	BSK_TYPE(bsk_child_unwatch, "do not tell any more", unwatch_fields);

static const struct bsk_field signal_fields[] = {
	BSK_FIELD(bsk_child_signal, pid, "which child", .min = 1,
	    .max = INT32_MAX, .marks = BSK_REQUIRED),
	BSK_FIELD(bsk_child_signal, number, "the signal",
	    .unit = BSK_UNIT_SIGNAL, .marks = BSK_REQUIRED),
};

const struct bsk_type bsk_child_signal_type =
	BSK_TYPE(bsk_child_signal, "send a watched child a signal",
	    signal_fields);

static const struct bsk_field exited_fields[] = {
	BSK_FIELD(bsk_child_exited, pid, "which child"),
	BSK_FIELD(bsk_child_exited, code,
	    "its exit code, or minus the signal that killed it"),
	BSK_FIELD(bsk_child_exited, signal,
	    "the signal that killed it; 0: none"),
	BSK_FIELD(bsk_child_exited, core, "it left a core image"),
	BSK_FIELD(bsk_child_exited, lost, "how it ended is not known"),
	BSK_FIELD(bsk_child_exited, user_ns, "time it ran", .json = "user",
	    .unit = BSK_UNIT_NS),
	BSK_FIELD(bsk_child_exited, system_ns, "time the kernel ran for it",
	    .json = "system", .unit = BSK_UNIT_NS),
	BSK_FIELD(bsk_child_exited, memory_bytes,
	    "the most that was resident", .json = "memory",
	    .unit = BSK_UNIT_BYTES),
};

/* Of the control lane: no full mailbox may keep an end from being told. */
const struct bsk_type bsk_child_exited_type =
	BSK_CONTROL_TYPE(bsk_child_exited, "a child has ended",
	    exited_fields);

static const char *const strategy_names[] = { "auto", "pidfd", NULL };

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_child_watcher_config, strategy,
	    "how children are watched", .names = strategy_names,
	    .preset = "\"auto\""),
};

const struct bsk_type bsk_child_watcher_config_type =
	BSK_TYPE(bsk_child_watcher_config, "how children are watched",
	    config_fields);
