/* actors/child_types.c - what the messages about child processes are made
 * of. */
#include <buskin/child.h>

static const struct bsk_field watch_fields[] = {
	BSK_FIELD(bsk_child_watch, pid, "which child", .min = 1,
	    .max = INT32_MAX, .marks = BSK_REQUIRED),
	BSK_FIELD(bsk_child_watch, pidfd, "its pidfd, given away"),
	BSK_FIELD(bsk_child_watch, owned, "it is killed when its owner ends"),
	BSK_FIELD(bsk_child_watch, replace, "nobody else is told any more"),
	BSK_FIELD(bsk_child_watch, shared, "others may watch it too"),
	BSK_FIELD(bsk_child_watch, exit_only,
	    "any process; how it ends is not known"),
	BSK_FIELD(bsk_child_watch, stops,
	    "tell when it is stopped or continued"),
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

static const struct bsk_field stopped_fields[] = {
	BSK_FIELD(bsk_child_stopped, pid, "which child"),
	BSK_FIELD(bsk_child_stopped, signal, "the signal that stopped it"),
};

const struct bsk_type bsk_child_stopped_type =
	BSK_CONTROL_TYPE(bsk_child_stopped, "a child has been stopped",
	    stopped_fields);

static const struct bsk_field continued_fields[] = {
	BSK_FIELD(bsk_child_continued, pid, "which child"),
};

const struct bsk_type bsk_child_continued_type =
	BSK_CONTROL_TYPE(bsk_child_continued, "a stopped child goes on",
	    continued_fields);

static const struct bsk_field stranger_fields[] = {
	BSK_FIELD(bsk_child_stranger, pid, "which child"),
	BSK_FIELD(bsk_child_stranger, code,
	    "its exit code, or minus the signal that killed it"),
	BSK_FIELD(bsk_child_stranger, signal,
	    "the signal that killed it; 0: none"),
	BSK_FIELD(bsk_child_stranger, core, "it left a core image"),
};

const struct bsk_type bsk_child_stranger_type =
	BSK_TYPE(bsk_child_stranger, "a child that nobody watched has ended",
	    stranger_fields);

static const struct bsk_field read_fields[] = {
	BSK_FIELD(bsk_child_strangers_read, reserved, "0"),
};

const struct bsk_type bsk_child_strangers_read_type =
	BSK_TYPE(bsk_child_strangers_read, "tell of strangers", read_fields);

/* By enum bsk_child_strategy. */
static const char *const strategy_names[] = {
	"auto", "pidfd", "scan", "reap-all", "thread", NULL,
};

static const struct bsk_field set_fields[] = {
	BSK_FIELD(bsk_child_strategy_set, strategy,
	    "how children are to be watched", .names = strategy_names,
	    .marks = BSK_REQUIRED),
};

const struct bsk_type bsk_child_strategy_set_type =
	BSK_TYPE(bsk_child_strategy_set, "watch children another way",
	    set_fields);

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_child_watcher_config, strategy,
	    "how children are watched", .names = strategy_names,
	    .preset = "\"auto\""),
	BSK_FIELD(bsk_child_watcher_config, look_ns,
	    "how often all are looked at, for what no signal tells",
	    .json = "look", .unit = BSK_UNIT_NS, .max = INT64_MAX,
	    .preset = "\"1s\""),
	BSK_FIELD(bsk_child_watcher_config, stranger_after_ns,
	    "how long an ended child may still be claimed by a watch",
	    .json = "stranger_after", .unit = BSK_UNIT_NS, .max = INT64_MAX,
	    .preset = "\"1s\""),
};

const struct bsk_type bsk_child_watcher_config_type =
	BSK_TYPE(bsk_child_watcher_config, "how children are watched",
	    config_fields);

static const struct bsk_field status_fields[] = {
	BSK_FIELD(bsk_child_watcher_status, strategy,
	    "how children are watched", .names = strategy_names),
	BSK_FIELD(bsk_child_watcher_status, active, "the strategy watches"),
	BSK_FIELD(bsk_child_watcher_status, watched, "children watched now"),
	BSK_FIELD(bsk_child_watcher_status, strangers,
	    "ended children that nobody watched and nobody has read"),
	BSK_FIELD(bsk_child_watcher_status, told, "ends told so far",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_child_watcher_status, lost, "of these, without a code",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_child_watcher_status, forgotten,
	    "strangers dropped for want of room", .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_child_watcher_status, unexpected,
	    "ends seen of children that nobody watches",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_child_watcher_status, children,
	    "who watches which", .element = BSK_KIND_STRUCT,
	    .type = &bsk_resource_type),
};

const struct bsk_type bsk_child_watcher_status_type =
	BSK_OWNING_TYPE(bsk_child_watcher_status,
	    "how the child watcher stands", status_fields);
