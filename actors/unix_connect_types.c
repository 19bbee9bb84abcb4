/* actors/unix_connect_types.c - the words of connecting to Unix sockets. */
#include <buskin/unix.h>

static const struct bsk_field connector_fields[] = {
	BSK_FIELD(bsk_unix_connector_config, path,
	    "where to connect: a path, or @name", .max = BSK_UNIX_PATH_MAX),
	BSK_FIELD(bsk_unix_connector_config, timeout_ns,
	    "for one attempt, while the accept queue is full",
	    .json = "timeout", .unit = BSK_UNIT_NS, .min = 0,
	    .max = INT64_MAX, .preset = "\"5s\""),
	BSK_FIELD(bsk_unix_connector_config, reconnect_first_ns,
	    "wait after an end before connecting again; 0: end",
	    .json = "reconnect", .unit = BSK_UNIT_NS, .min = 0,
	    .max = INT64_MAX, .preset = "\"100ms\""),
	BSK_FIELD(bsk_unix_connector_config, reconnect_max_ns,
	    "the longest such wait", .json = "reconnect_max",
	    .unit = BSK_UNIT_NS, .min = 0, .max = INT64_MAX,
	    .preset = "\"10s\""),
	BSK_FIELD(bsk_unix_connector_config, frame, "how to cut what is read",
	    .names = bsk_frame_names, .preset = "\"none\""),
	BSK_FIELD(bsk_unix_connector_config, max_frame,
	    "bytes in the largest frame", .min = 0, .max = 1 << 30,
	    .unit = BSK_UNIT_BYTES, .preset = "\"1MiB\""),
	BSK_FIELD(bsk_unix_connector_config, tls,
	    "on which terms to speak TLS", .type = &bsk_tls_client_type),
	BSK_FIELD(bsk_unix_connector_config, max_waiting,
	    "messages kept while there is no connection", .min = 0,
	    .max = 1 << 20, .preset = "1024"),
};
const struct bsk_type bsk_unix_connector_config_type =
	BSK_OWNING_TYPE(bsk_unix_connector_config,
	    "where and how to connect", connector_fields);

static const struct bsk_field connect_fields[] = {
	BSK_FIELD(bsk_unix_connect, path, "where to: a path, or @name"),
	BSK_FIELD(bsk_unix_connect, fd, "a connected socket instead"),
	BSK_FIELD(bsk_unix_connect, timeout_ns,
	    "how long, while the accept queue is full", .json = "timeout",
	    .unit = BSK_UNIT_NS, .min = 0, .max = INT64_MAX,
	    .preset = "\"5s\""),
	BSK_FIELD(bsk_unix_connect, pidfd, "have a pidfd of the peer"),
};
const struct bsk_type bsk_unix_connect_type =
	BSK_OWNING_TYPE(bsk_unix_connect, "connect", connect_fields);

static const struct bsk_field connected_fields[] = {
	BSK_FIELD(bsk_unix_connected, fd, "the connection"),
	BSK_FIELD(bsk_unix_connected, pid, "the process that listens"),
	BSK_FIELD(bsk_unix_connected, uid, "its user"),
	BSK_FIELD(bsk_unix_connected, gid, "its group"),
	BSK_FIELD(bsk_unix_connected, pidfd, "that process, as such"),
	BSK_FIELD(bsk_unix_connected, name, "of our own socket"),
	BSK_FIELD(bsk_unix_connected, peer, "the name it is connected to"),
};
const struct bsk_type bsk_unix_connected_type = BSK_OWNING_TYPE(
    bsk_unix_connected, "it is connected", connected_fields);

static const struct bsk_field refused_fields[] = {
	BSK_FIELD(bsk_unix_refused, error, "a negative errno"),
	BSK_FIELD(bsk_unix_refused, text, "why"),
	BSK_FIELD(bsk_unix_refused, field, "of the request, at fault"),
	BSK_FIELD(bsk_unix_refused, path, "of the request"),
	BSK_FIELD(bsk_unix_refused, fd, "of the request: back to its owner"),
};
const struct bsk_type bsk_unix_refused_type = BSK_OWNING_TYPE(
    bsk_unix_refused, "it is not connected", refused_fields);

static const struct bsk_field cancel_fields[] = {
	BSK_FIELD(bsk_unix_cancel, reserved, "0"),
};
const struct bsk_type bsk_unix_cancel_type =
	BSK_CONTROL_TYPE(bsk_unix_cancel, "give up what waits", cancel_fields);

static const struct bsk_field status_fields[] = {
	BSK_FIELD(bsk_unix_connector_status, path, "where its own goes"),
	BSK_FIELD(bsk_unix_connector_status, connected, "its own is there"),
	BSK_FIELD(bsk_unix_connector_status, connection,
	    "the child that serves it"),
	BSK_FIELD(bsk_unix_connector_status, pid, "who listens there"),
	BSK_FIELD(bsk_unix_connector_status, uid, "and its user"),
	BSK_FIELD(bsk_unix_connector_status, gid, "and its group"),
	BSK_FIELD(bsk_unix_connector_status, attempts, "under way"),
	BSK_FIELD(bsk_unix_connector_status, waiting, "messages kept"),
	BSK_FIELD(bsk_unix_connector_status, made, "connections ever",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_unix_connector_status, failures,
	    "attempts that came to nothing", .unit = BSK_UNIT_COUNTER),
};
const struct bsk_type bsk_unix_connector_status_type =
	BSK_OWNING_TYPE(bsk_unix_connector_status, "how a connector stands",
	    status_fields);
