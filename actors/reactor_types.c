/* actors/reactor_types.c - the words of the reactor. */
#include <buskin/reactor.h>

const char *
bsk_fd_events_text(uint32_t events)
{
	static const char *const words[] = {
		"", "in", "out", "in out",
		"rdhup", "in rdhup", "out rdhup", "in out rdhup",
	};

	return words[events & (BSK_FD_IN | BSK_FD_OUT | BSK_FD_RDHUP)];
}

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

static const struct bsk_field status_fields[] = {
	BSK_FIELD(bsk_reactor_status, kind, "by what it waits"),
	BSK_FIELD(bsk_reactor_status, watches, "descriptors watched now"),
	BSK_FIELD(bsk_reactor_status, waits, "how often the kernel was asked",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_reactor_status, wakeups, "how often a thread woke it",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_reactor_status, events, "what the kernel told",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_reactor_status, stale,
	    "events about a descriptor that is another now; dropped",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_reactor_status, fds, "what is watched, for whom",
	    .element = BSK_KIND_STRUCT, .type = &bsk_resource_type),
};
const struct bsk_type bsk_reactor_status_type =
	BSK_OWNING_TYPE(bsk_reactor_status, "how the reactor stands",
	    status_fields);

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_reactor_config, batch, "events taken per wait", .min = 0,
	    .max = 4096, .preset = "256"),
};
const struct bsk_type bsk_reactor_config_type =
	BSK_TYPE(bsk_reactor_config, "how the reactor waits", config_fields);
