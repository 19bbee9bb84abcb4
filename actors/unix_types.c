/* actors/unix_types.c - the words of Unix sockets. */
#include <buskin/unix.h>

#define ID_MAX UINT32_MAX

static const char *const accept_names[] = {
	[BSK_UNIX_STREAM] = "stream",
	[BSK_UNIX_FD] = "fd",
	[BSK_UNIX_CHANNEL] = "channel",
	NULL,
};

static const struct bsk_field listener_fields[] = {
	BSK_FIELD(bsk_unix_listener_config, path, "where: a path, or @name",
	    .max = BSK_UNIX_PATH_MAX),
	BSK_FIELD(bsk_unix_listener_config, fd, "a socket that listens"),
	BSK_FIELD(bsk_unix_listener_config, listen_fd,
	    "the name of one that this process was started with", .max = 255),
	BSK_FIELD(bsk_unix_listener_config, mode, "of the socket's file",
	    .min = 0, .max = 0777, .unit = BSK_UNIT_MODE, .preset = "\"0600\""),
	BSK_FIELD(bsk_unix_listener_config, owner,
	    "uid of the file's owner; 0: as it is", .min = 0, .max = ID_MAX),
	BSK_FIELD(bsk_unix_listener_config, group,
	    "gid of the file's group; 0: as it is", .min = 0, .max = ID_MAX),
	BSK_FIELD(bsk_unix_listener_config, lock,
	    "keep PATH.lock locked meanwhile"),
	BSK_FIELD(bsk_unix_listener_config, keep_file,
	    "leave the socket's file at the end"),
	BSK_FIELD(bsk_unix_listener_config, wait,
	    "only bind, until told to listen"),
	BSK_FIELD(bsk_unix_listener_config, backlog,
	    "connections that may wait", .min = 0, .max = 65535,
	    .preset = "128"),
	BSK_FIELD(bsk_unix_listener_config, accept,
	    "what is made of a connection", .names = accept_names,
	    .preset = "\"stream\""),
	BSK_FIELD(bsk_unix_listener_config, to, "who is told"),
	BSK_FIELD(bsk_unix_listener_config, announce,
	    "tell of each connection, whatever is made of it"),
	BSK_FIELD(bsk_unix_listener_config, pidfd,
	    "have a pidfd of the peer in that"),
	BSK_FIELD(bsk_unix_listener_config, frame, "how to cut what is read",
	    .names = bsk_frame_names, .preset = "\"none\""),
	BSK_FIELD(bsk_unix_listener_config, max_frame,
	    "bytes in the largest frame", .min = 0, .max = 1 << 30,
	    .unit = BSK_UNIT_BYTES, .preset = "\"1MiB\""),
	BSK_FIELD(bsk_unix_listener_config, tls, "on which terms to speak TLS",
	    .type = &bsk_tls_server_type),
	BSK_FIELD(bsk_unix_listener_config, max_connections,
	    "connections at a time", .min = 0, .max = 1 << 20,
	    .preset = "1024"),
	BSK_FIELD(bsk_unix_listener_config, credit,
	    "connections to hand over before more are asked for", .min = 0,
	    .max = 1 << 20),
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
	BSK_FIELD(bsk_unix_listener_config, shed_ns,
	    "without descriptors for so long, hang up on who waits",
	    .json = "shed", .unit = BSK_UNIT_NS, .min = 0, .max = INT64_MAX,
	    .preset = "\"10s\""),
};
const struct bsk_type bsk_unix_listener_config_type =
	BSK_OWNING_TYPE(bsk_unix_listener_config,
	    "where and how to listen", listener_fields);

static const struct bsk_field ready_fields[] = {
	BSK_FIELD(bsk_listener_ready, path, "where it listens"),
};
const struct bsk_type bsk_listener_ready_type =
	BSK_OWNING_TYPE(bsk_listener_ready, "a listener listens", ready_fields);

static const struct bsk_field failed_fields[] = {
	BSK_FIELD(bsk_listener_failed, error, "a negative errno"),
	BSK_FIELD(bsk_listener_failed, path, "where it was to listen"),
	BSK_FIELD(bsk_listener_failed, text, "why"),
	BSK_FIELD(bsk_listener_failed, field, "of the config, at fault"),
};
const struct bsk_type bsk_listener_failed_type = BSK_OWNING_TYPE(
    bsk_listener_failed, "a listener cannot listen", failed_fields);

static const struct bsk_field start_fields[] = {
	BSK_FIELD(bsk_listener_start, reserved, "0"),
};
const struct bsk_type bsk_listener_start_type =
	BSK_TYPE(bsk_listener_start, "listen now", start_fields);

static const struct bsk_field stop_fields[] = {
	BSK_FIELD(bsk_listener_stop, drain,
	    "have the connections finish first"),
	BSK_FIELD(bsk_listener_stop, timeout_ns, "how long they may take",
	    .json = "timeout", .unit = BSK_UNIT_NS, .min = 0,
	    .max = INT64_MAX),
};
const struct bsk_type bsk_listener_stop_type =
	BSK_CONTROL_TYPE(bsk_listener_stop, "listen no more", stop_fields);

static const struct bsk_field credit_fields[] = {
	BSK_FIELD(bsk_listener_credit, count, "connections that are over"),
};
const struct bsk_type bsk_listener_credit_type =
	BSK_TYPE(bsk_listener_credit, "hand over more", credit_fields);

static const struct bsk_field accepted_fields[] = {
	BSK_FIELD(bsk_unix_accepted, fd, "the connection"),
	BSK_FIELD(bsk_unix_accepted, pid, "the peer's process"),
	BSK_FIELD(bsk_unix_accepted, uid, "the peer's user"),
	BSK_FIELD(bsk_unix_accepted, gid, "the peer's group"),
	BSK_FIELD(bsk_unix_accepted, pidfd, "the peer's process, as such"),
	BSK_FIELD(bsk_unix_accepted, peer, "the name of the peer's socket"),
	BSK_FIELD(bsk_unix_accepted, connection, "the child that serves it"),
};
const struct bsk_type bsk_unix_accepted_type = BSK_OWNING_TYPE(
    bsk_unix_accepted, "somebody has connected", accepted_fields);

static const struct bsk_field client_fields[] = {
	BSK_FIELD(bsk_unix_client, connection, "the child that serves it"),
	BSK_FIELD(bsk_unix_client, pid, "the peer's process"),
	BSK_FIELD(bsk_unix_client, uid, "the peer's user"),
	BSK_FIELD(bsk_unix_client, gid, "the peer's group"),
};
const struct bsk_type bsk_unix_client_type = BSK_TYPE(
    bsk_unix_client, "a connection that is served", client_fields);

static const struct bsk_field listener_status_fields[] = {
	BSK_FIELD(bsk_unix_listener_status, path, "where it listens"),
	BSK_FIELD(bsk_unix_listener_status, serving, "it listens"),
	BSK_FIELD(bsk_unix_listener_status, paused, "descriptors are out"),
	BSK_FIELD(bsk_unix_listener_status, connections, "now"),
	BSK_FIELD(bsk_unix_listener_status, accepted, "ever",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_unix_listener_status, refused, "hung up on at once",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_unix_listener_status, failures, "of accept(2)",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_unix_listener_status, clients, "the first of them",
	    .element = BSK_KIND_STRUCT, .type = &bsk_unix_client_type,
	    .max = BSK_STATUS_LIST_MAX),
	BSK_FIELD(bsk_unix_listener_status, fds, "the socket that listens",
	    .element = BSK_KIND_STRUCT, .type = &bsk_resource_type),
};
const struct bsk_type bsk_unix_listener_status_type =
	BSK_OWNING_TYPE(bsk_unix_listener_status, "how a listener stands",
	    listener_status_fields);
