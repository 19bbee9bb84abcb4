/* actors/proxy_types.c - the words of a proxy and its relays. */
#include <errno.h>

#include <buskin/proxy.h>

#define PIPE_MIN 4096
#define PIPE_MAX (1 << 30)

/* Times, the same for both. */
#define FIELD_NS(tag, member, doc, json_, preset_) \
	BSK_FIELD(tag, member, doc, .json = json_, .unit = BSK_UNIT_NS, \
	    .min = 0, .max = INT64_MAX, .preset = preset_)

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_proxy_config, path,
	    "where to pass on to: a path, or @name", .marks = BSK_REQUIRED,
	    .max = BSK_UNIX_PATH_MAX),
	FIELD_NS(bsk_proxy_config, timeout_ns,
	    "how long to try to connect", "timeout", "\"5s\""),
	FIELD_NS(bsk_proxy_config, idle_ns,
	    "end a connection on which nothing moved for so long; 0: never",
	    "idle", NULL),
	FIELD_NS(bsk_proxy_config, linger_ns,
	    "the same while stopping", "linger", "\"1s\""),
	FIELD_NS(bsk_proxy_config, drain_ns,
	    "how long connections may take to finish", "drain", "\"2s\""),
	BSK_FIELD(bsk_proxy_config, max_connections,
	    "connections at a time", .min = 0, .max = 1 << 20,
	    .preset = "1024"),
	BSK_FIELD(bsk_proxy_config, pipe_bytes,
	    "bytes on their way, each way of each connection", .json = "pipe",
	    .min = 0, .max = PIPE_MAX, .unit = BSK_UNIT_BYTES,
	    .preset = "\"1MiB\""),
};
const struct bsk_type bsk_proxy_config_type = BSK_OWNING_TYPE(
    bsk_proxy_config, "where and how to pass connections on", config_fields);

int
bsk_proxy_check(const void *body, struct bsk_config_fault *ret_fault)
{
	const struct bsk_proxy_config *config = body;
	struct bsk_config_fault found = { .field = "path" };
	int error = bsk_unix_path_check(bsk_text_chars(config->path),
	    found.text, sizeof(found.text));

	if (error == 0 && config->pipe_bytes > 0 &&
	    config->pipe_bytes < PIPE_MIN) {
		found = (struct bsk_config_fault){ .field = "pipe_bytes",
			.text = "a pipe holds 4 KiB at least" };
		error = -EINVAL;
	}
	if (error < 0)
		*ret_fault = found;
	return error;
}

static const struct bsk_field status_fields[] = {
	BSK_FIELD(bsk_proxy_status, path, "where it passes on to"),
	BSK_FIELD(bsk_proxy_status, connections, "now"),
	BSK_FIELD(bsk_proxy_status, accepted, "ever",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_proxy_status, refused, "hung up on at once",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_proxy_status, failures, "refused by the upstream socket",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_proxy_status, up_bytes, "passed on upstream",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_proxy_status, down_bytes, "passed on to clients",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_proxy_status, copied_bytes, "of these, through a buffer",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_proxy_status, clients, "the first of them",
	    .element = BSK_KIND_STRUCT, .type = &bsk_unix_client_type,
	    .max = BSK_STATUS_LIST_MAX),
};
const struct bsk_type bsk_proxy_status_type = BSK_OWNING_TYPE(
    bsk_proxy_status, "how a proxy stands", status_fields);

static const struct bsk_field relay_fields[] = {
	BSK_FIELD(bsk_relay_config, client, "the client's connection"),
	BSK_FIELD(bsk_relay_config, pid, "the client's process"),
	BSK_FIELD(bsk_relay_config, uid, "the client's user"),
	BSK_FIELD(bsk_relay_config, path, "where to pass on to",
	    .marks = BSK_REQUIRED, .max = BSK_UNIX_PATH_MAX),
	FIELD_NS(bsk_relay_config, timeout_ns,
	    "how long to try to connect", "timeout", "\"5s\""),
	FIELD_NS(bsk_relay_config, idle_ns,
	    "end when nothing moved for so long; 0: never", "idle", NULL),
	FIELD_NS(bsk_relay_config, linger_ns,
	    "the same while stopping", "linger", "\"1s\""),
	BSK_FIELD(bsk_relay_config, pipe_bytes, "bytes on their way, each way",
	    .json = "pipe", .min = 0, .max = PIPE_MAX,
	    .unit = BSK_UNIT_BYTES, .preset = "\"1MiB\""),
};
const struct bsk_type bsk_relay_config_type = BSK_OWNING_TYPE(
    bsk_relay_config, "a connection to pass on", relay_fields);

static const struct bsk_field moved_fields[] = {
	BSK_FIELD(bsk_relay_moved, up_bytes, "passed on upstream"),
	BSK_FIELD(bsk_relay_moved, down_bytes, "passed on to the client"),
	BSK_FIELD(bsk_relay_moved, copied_bytes, "of these, through a buffer"),
};
const struct bsk_type bsk_relay_moved_type = BSK_NEWS_TYPE(bsk_relay_moved,
    "what was passed on since the last time", moved_fields);

static const struct bsk_field ended_fields[] = {
	BSK_FIELD(bsk_relay_ended, reason, "0 or a negative errno"),
	BSK_FIELD(bsk_relay_ended, connected,
	    "the upstream socket had taken it"),
	BSK_FIELD(bsk_relay_ended, pid, "the client's process"),
	BSK_FIELD(bsk_relay_ended, uid, "the client's user"),
	BSK_FIELD(bsk_relay_ended, up_bytes, "passed on upstream",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_relay_ended, down_bytes, "passed on to the client",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_relay_ended, copied_bytes, "of these, through a buffer",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_relay_ended, lost_bytes, "taken, but not passed on",
	    .unit = BSK_UNIT_COUNTER),
};
const struct bsk_type bsk_relay_ended_type = BSK_NEWS_TYPE(
    bsk_relay_ended, "a connection that was passed on ended", ended_fields);

static const struct bsk_field relay_status_fields[] = {
	BSK_FIELD(bsk_relay_status, path, "where it passes on to"),
	BSK_FIELD(bsk_relay_status, connected,
	    "the upstream socket has taken it"),
	BSK_FIELD(bsk_relay_status, pid, "the client's process"),
	BSK_FIELD(bsk_relay_status, uid, "the client's user"),
	BSK_FIELD(bsk_relay_status, up_open, "the client may still write"),
	BSK_FIELD(bsk_relay_status, down_open, "the upstream side may"),
	BSK_FIELD(bsk_relay_status, up_bytes, "passed on upstream",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_relay_status, down_bytes, "passed on to the client",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_relay_status, copied_bytes, "of these, through a buffer",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_relay_status, up_waiting_bytes, "on their way upstream",
	    .unit = BSK_UNIT_BYTES),
	BSK_FIELD(bsk_relay_status, down_waiting_bytes,
	    "on their way to the client", .unit = BSK_UNIT_BYTES),
	BSK_FIELD(bsk_relay_status, fds, "its two sockets",
	    .element = BSK_KIND_STRUCT, .type = &bsk_resource_type),
};
const struct bsk_type bsk_relay_status_type = BSK_OWNING_TYPE(
    bsk_relay_status, "how a relay stands", relay_status_fields);
