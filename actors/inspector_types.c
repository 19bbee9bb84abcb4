/* actors/inspector_types.c - what the messages of <buskin/inspector.h> are
 * made of. */
#include <buskin/inspector.h>

/* The longest name that anything can have: what is longer is told so before it
 * is quoted. */
#define WORD_MAX 63

static const char *const rights[] = {
	[BSK_RIGHT_READ] = "read",
	[BSK_RIGHT_TAP] = "tap",
	[BSK_RIGHT_CONTROL] = "control",
	[BSK_RIGHT_SEND] = "send",
	[BSK_RIGHT_SEND + 1] = NULL,
};

static const char *const ends[] = {
	[BSK_GUARD_DONE] = "done",
	[BSK_GUARD_RUDE] = "rude",
	[BSK_GUARD_STUCK] = "stuck",
	[BSK_GUARD_STUCK + 1] = NULL,
};

static const struct bsk_field listen_fields[] = {
	BSK_FIELD(bsk_inspector_listen, url, "where: ipc://PATH",
	    .marks = BSK_REQUIRED, .min = 7, .max = 113),
	BSK_FIELD(bsk_inspector_listen, mode, "of the socket's file",
	    .unit = BSK_UNIT_MODE, .preset = "\"0600\""),
	BSK_FIELD(bsk_inspector_listen, rights, "what peers may do",
	    .element = BSK_KIND_U8, .names = rights, .min = 0, .max = 4,
	    .preset = "[\"read\"]"),
};
const struct bsk_type bsk_inspector_listen_type = BSK_OWNING_TYPE(
    bsk_inspector_listen, "one endpoint of the inspector", listen_fields);

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_inspector_config, listen, "the endpoints",
	    .element = BSK_KIND_STRUCT, .type = &bsk_inspector_listen_type,
	    .marks = BSK_REQUIRED, .min = 1, .max = 8),
	BSK_FIELD(bsk_inspector_config, connections, "at once",
	    .min = 0, .max = 4096, .preset = "64"),
	BSK_FIELD(bsk_inspector_config, request_max,
	    "the longest request that is read", .unit = BSK_UNIT_BYTES,
	    .min = 0, .max = 16 << 20, .preset = "\"64KiB\""),
	BSK_FIELD(bsk_inspector_config, greeting_ns,
	    "how long a peer may take to greet", .json = "greeting",
	    .unit = BSK_UNIT_NS, .min = 0, .max = INT64_MAX,
	    .preset = "\"2s\""),
	BSK_FIELD(bsk_inspector_config, idle_ns,
	    "how long a connection may be idle", .json = "idle",
	    .unit = BSK_UNIT_NS, .min = 0, .max = INT64_MAX,
	    .preset = "\"1m\""),
};
const struct bsk_type bsk_inspector_config_type = BSK_OWNING_TYPE(
    bsk_inspector_config, "how to make an inspector", config_fields);

static const struct bsk_field request_fields[] = {
	BSK_FIELD(bsk_inspector_request, v, "version of the protocol",
	    .marks = BSK_REQUIRED, .min = BSK_INSPECTOR_VERSION,
	    .max = BSK_INSPECTOR_VERSION),
	BSK_FIELD(bsk_inspector_request, id, "comes back in the answer",
	    .marks = BSK_REQUIRED),
	BSK_FIELD(bsk_inspector_request, op, "what to do",
	    .marks = BSK_REQUIRED, .max = WORD_MAX),
};
const struct bsk_type bsk_inspector_request_type = BSK_OWNING_TYPE(
    bsk_inspector_request, "a request to the inspector", request_fields);

static const struct bsk_field which_fields[] = {
	BSK_FIELD(bsk_inspector_which, name, "its registered name",
	    .max = WORD_MAX),
	BSK_FIELD(bsk_inspector_which, id, "its ref, index.generation"),
};
const struct bsk_type bsk_inspector_which_type = BSK_OWNING_TYPE(
    bsk_inspector_which, "which actor", which_fields);

static const struct bsk_field traffic_fields[] = {
	BSK_FIELD(bsk_inspector_traffic, accepted, "connections, ever",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_inspector_traffic, strangers,
	    "hung up on: another user's", .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_inspector_traffic, left, "hung up before they were in",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_inspector_traffic, refused,
	    "hung up on: there was no memory", .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_inspector_traffic, rude,
	    "hung up on: no proper greeting", .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_inspector_traffic, cut_requests,
	    "longer than allowed", .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_inspector_traffic, renewed,
	    "nng sockets that were stuck and replaced"),
	BSK_FIELD(bsk_inspector_traffic, connections, "connections now"),
};
const struct bsk_type bsk_inspector_traffic_type = BSK_TYPE(
    bsk_inspector_traffic, "how the connections at one endpoint fare",
    traffic_fields);

static const struct bsk_field door_fields[] = {
	BSK_FIELD(bsk_inspector_door_config, path, "where clients connect"),
	BSK_FIELD(bsk_inspector_door_config, mode, "of that file",
	    .unit = BSK_UNIT_MODE),
	BSK_FIELD(bsk_inspector_door_config, desk, "who is told of traffic"),
	BSK_FIELD(bsk_inspector_door_config, connections, "at once"),
	BSK_FIELD(bsk_inspector_door_config, request_max,
	    "the longest request that is read", .unit = BSK_UNIT_BYTES),
	BSK_FIELD(bsk_inspector_door_config, greeting_ns,
	    "how long a client may take to greet", .unit = BSK_UNIT_NS),
	BSK_FIELD(bsk_inspector_door_config, idle_ns,
	    "how long a connection may be idle", .unit = BSK_UNIT_NS),
};
const struct bsk_type bsk_inspector_door_config_type = BSK_OWNING_TYPE(
    bsk_inspector_door_config, "how to make a door", door_fields);

static const struct bsk_field behind_fields[] = {
	BSK_FIELD(bsk_inspector_behind, path, "where nng listens"),
	BSK_FIELD(bsk_inspector_behind, number, "of the socket"),
};
const struct bsk_type bsk_inspector_behind_type = BSK_OWNING_TYPE(
    bsk_inspector_behind, "where nng is, behind the door", behind_fields);

static const struct bsk_field stuck_fields[] = {
	BSK_FIELD(bsk_inspector_stuck, number, "of the socket"),
};
const struct bsk_type bsk_inspector_stuck_type = BSK_TYPE(
    bsk_inspector_stuck, "nng's socket is stuck", stuck_fields);

static const struct bsk_field guard_fields[] = {
	BSK_FIELD(bsk_inspector_guard_config, client, "the connection"),
	BSK_FIELD(bsk_inspector_guard_config, path, "of nng's own socket"),
	BSK_FIELD(bsk_inspector_guard_config, socket, "its number"),
	BSK_FIELD(bsk_inspector_guard_config, message_max,
	    "beyond this a message is cut", .unit = BSK_UNIT_BYTES),
	BSK_FIELD(bsk_inspector_guard_config, greeting_ns,
	    "how long the client may take to greet", .unit = BSK_UNIT_NS),
	BSK_FIELD(bsk_inspector_guard_config, idle_ns,
	    "how long both may be silent", .unit = BSK_UNIT_NS),
};
const struct bsk_type bsk_inspector_guard_config_type = BSK_OWNING_TYPE(
    bsk_inspector_guard_config, "how to make a guard", guard_fields);

static const struct bsk_field guarded_fields[] = {
	BSK_FIELD(bsk_inspector_guarded, end, "how the connection ended",
	    .names = ends),
	BSK_FIELD(bsk_inspector_guarded, socket, "of nng, by number"),
	BSK_FIELD(bsk_inspector_guarded, cut_requests,
	    "messages that were too long", .unit = BSK_UNIT_COUNTER),
};
const struct bsk_type bsk_inspector_guarded_type = BSK_TYPE(
    bsk_inspector_guarded, "a guarded connection ended", guarded_fields);

static const struct bsk_field desk_fields[] = {
	BSK_FIELD(bsk_inspector_desk_config, right, "the most it allows",
	    .names = rights),
	BSK_FIELD(bsk_inspector_desk_config, request_max,
	    "the longest request that is read", .unit = BSK_UNIT_BYTES),
};
const struct bsk_type bsk_inspector_desk_config_type = BSK_TYPE(
    bsk_inspector_desk_config, "how to make a desk", desk_fields);
