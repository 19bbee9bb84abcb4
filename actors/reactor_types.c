/* actors/reactor_types.c - the words of the reactor. */
#include <buskin/reactor.h>

static const struct bsk_field watch_fields[] = {
	BSK_FIELD(bsk_fd_watch, fd, "the descriptor's number", .min = 0,
	    .max = INT32_MAX, .marks = BSK_REQUIRED),
	BSK_FIELD(bsk_fd_watch, events,
	    "what for, or-ed: 1 to read, 2 to write, 4 peer's end",
	    .marks = BSK_REQUIRED),
};
const struct bsk_type bsk_fd_watch_type =
	BSK_TYPE(bsk_fd_watch, "watch a descriptor for me", watch_fields);

static const struct bsk_field ready_fields[] = {
	BSK_FIELD(bsk_fd_ready, fd, "the descriptor's number"),
	BSK_FIELD(bsk_fd_ready, events,
	    "what for, or-ed: 1 to read, 2 to write, 4 the peer's end, "
	    "8 hung up, 16 an error"),
};
const struct bsk_type bsk_fd_ready_type =
	BSK_TYPE(bsk_fd_ready, "a descriptor has become ready", ready_fields);

static const struct bsk_field unwatch_fields[] = {
	BSK_FIELD(bsk_fd_unwatch, fd, "the descriptor's number", .min = 0,
	    .max = INT32_MAX, .marks = BSK_REQUIRED),
};
const struct bsk_type bsk_fd_unwatch_type =
	BSK_TYPE(bsk_fd_unwatch, "stop watching a descriptor", unwatch_fields);

static const struct bsk_field release_fields[] = {
	BSK_FIELD(bsk_fd_release, fd, "the descriptor, to close"),
};
const struct bsk_type bsk_fd_release_type =
	BSK_OWNING_TYPE(bsk_fd_release, "stop watching a descriptor, close it",
	    release_fields);

static const struct bsk_field look_fields[] = {
	BSK_FIELD(bsk_reactor_look, reserved, "0"),
};
const struct bsk_type bsk_reactor_look_type =
	BSK_TYPE(bsk_reactor_look, "what are your figures?", look_fields);

static const struct bsk_field figures_fields[] = {
	BSK_FIELD(bsk_reactor_figures, watches, "descriptors watched now"),
	BSK_FIELD(bsk_reactor_figures, waits, "how often the kernel was asked",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_reactor_figures, events, "what it told",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_reactor_figures, stale,
	    "events about a descriptor that is another now; dropped",
	    .unit = BSK_UNIT_COUNTER),
};
const struct bsk_type bsk_reactor_figures_type =
	BSK_TYPE(bsk_reactor_figures, "the reactor's figures", figures_fields);

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_reactor_config, batch, "events taken per wait", .min = 0,
	    .max = 4096, .preset = "256"),
};
const struct bsk_type bsk_reactor_config_type =
	BSK_TYPE(bsk_reactor_config, "how the reactor waits", config_fields);
