/* actors/unix_types.c - the words of Unix sockets. */
#include <buskin/unix.h>

static const char *const accept_names[] = {
	[BSK_UNIX_STREAM] = "stream",
	[BSK_UNIX_FD] = "fd",
	NULL,
};

static const struct bsk_field listener_fields[] = {
	BSK_FIELD(bsk_unix_listener_config, path, "where: a path, or @name",
	    .min = 1, .max = BSK_UNIX_PATH_MAX, .marks = BSK_REQUIRED),
	BSK_FIELD(bsk_unix_listener_config, fd, "a socket that listens"),
	BSK_FIELD(bsk_unix_listener_config, mode, "of the socket's file",
	    .min = 0, .max = 0777, .unit = BSK_UNIT_MODE, .preset = "\"0600\""),
	BSK_FIELD(bsk_unix_listener_config, backlog,
	    "connections that may wait", .min = 0, .max = 65535,
	    .preset = "128"),
	BSK_FIELD(bsk_unix_listener_config, accept,
	    "what is made of a connection", .names = accept_names,
	    .preset = "\"stream\""),
	BSK_FIELD(bsk_unix_listener_config, to, "who is told"),
	BSK_FIELD(bsk_unix_listener_config, frame, "how to cut what is read",
	    .names = bsk_frame_names, .preset = "\"none\""),
	BSK_FIELD(bsk_unix_listener_config, max_frame,
	    "bytes in the largest frame", .min = 0, .max = 1 << 30,
	    .unit = BSK_UNIT_BYTES, .preset = "\"1MiB\""),
	BSK_FIELD(bsk_unix_listener_config, max_connections,
	    "connections at a time", .min = 0, .max = 1 << 20,
	    .preset = "1024"),
	BSK_FIELD(bsk_unix_listener_config, half_close,
	    "at end of file go on writing until told to finish"),
	BSK_FIELD(bsk_unix_listener_config, linger_ns,
	    "at end of file, how long to wait for more to write",
	    .json = "linger", .unit = BSK_UNIT_NS, .min = 0, .max = INT64_MAX,
	    .preset = "\"1s\""),
	BSK_FIELD(bsk_unix_listener_config, drain_ns,
	    "how long connections may take to finish", .json = "drain",
	    .unit = BSK_UNIT_NS, .min = 0, .max = INT64_MAX,
	    .preset = "\"2s\""),
};
const struct bsk_type bsk_unix_listener_config_type =
	BSK_OWNING_TYPE(bsk_unix_listener_config,
	    "where and how to listen", listener_fields);

static const struct bsk_field ready_fields[] = {
	BSK_FIELD(bsk_listener_ready, path, "where it listens"),
};
const struct bsk_type bsk_listener_ready_type =
	BSK_OWNING_TYPE(bsk_listener_ready, "a listener listens", ready_fields);

static const struct bsk_field accepted_fields[] = {
	BSK_FIELD(bsk_unix_accepted, fd, "the connection"),
	BSK_FIELD(bsk_unix_accepted, pid, "the peer's process"),
	BSK_FIELD(bsk_unix_accepted, uid, "the peer's user"),
	BSK_FIELD(bsk_unix_accepted, gid, "the peer's group"),
};
const struct bsk_type bsk_unix_accepted_type = BSK_OWNING_TYPE(
    bsk_unix_accepted, "somebody has connected", accepted_fields);

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
	BSK_FIELD(bsk_unix_connector_config, max_waiting,
	    "messages kept while there is no connection", .min = 0,
	    .max = 1 << 20, .preset = "1024"),
};
const struct bsk_type bsk_unix_connector_config_type =
	BSK_OWNING_TYPE(bsk_unix_connector_config,
	    "where and how to connect", connector_fields);

static const struct bsk_field connect_fields[] = {
	BSK_FIELD(bsk_unix_connect, path, "where to: a path, or @name",
	    .marks = BSK_REQUIRED),
	BSK_FIELD(bsk_unix_connect, timeout_ns,
	    "how long, while the accept queue is full", .json = "timeout",
	    .unit = BSK_UNIT_NS, .min = 0, .max = INT64_MAX,
	    .preset = "\"5s\""),
};
const struct bsk_type bsk_unix_connect_type =
	BSK_OWNING_TYPE(bsk_unix_connect, "connect", connect_fields);

static const struct bsk_field connected_fields[] = {
	BSK_FIELD(bsk_unix_connected, fd, "the connection"),
	BSK_FIELD(bsk_unix_connected, pid, "the process that listens"),
	BSK_FIELD(bsk_unix_connected, uid, "its user"),
	BSK_FIELD(bsk_unix_connected, gid, "its group"),
};
const struct bsk_type bsk_unix_connected_type = BSK_OWNING_TYPE(
    bsk_unix_connected, "it is connected", connected_fields);
