/* actors/nng_types.c - what the messages of <buskin/nng.h> are made of. */
#include <buskin/nng.h>

static const char *const protocols[] = {
	[BSK_NNG_REP] = "rep",
	[BSK_NNG_REP + 1] = NULL,
};

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_nng_socket_config, url, "where to listen: ipc://PATH",
	    .marks = BSK_REQUIRED, .min = 7, .max = 127),
	BSK_FIELD(bsk_nng_socket_config, protocol, "what to speak",
	    .names = protocols, .preset = "\"rep\""),
	BSK_FIELD(bsk_nng_socket_config, own_directory,
	    "make the socket's directory, for us alone, and remove it"),
	BSK_FIELD(bsk_nng_socket_config, contexts,
	    "requests that are served at once", .min = 0, .max = 64,
	    .preset = "8"),
	BSK_FIELD(bsk_nng_socket_config, message_max,
	    "the longest message that is taken", .unit = BSK_UNIT_BYTES,
	    .min = 0, .max = 1 << 30, .preset = "\"64KiB\""),
	BSK_FIELD(bsk_nng_socket_config, answer_ns,
	    "how long a request waits for its answer", .json = "answer",
	    .unit = BSK_UNIT_NS, .min = 0, .max = INT64_MAX,
	    .preset = "\"10s\""),
	BSK_FIELD(bsk_nng_socket_config, close_ns,
	    "how long closing may take", .json = "close",
	    .unit = BSK_UNIT_NS, .min = 0, .max = INT64_MAX,
	    .preset = "\"2s\""),
};
const struct bsk_type bsk_nng_socket_config_type = BSK_OWNING_TYPE(
    bsk_nng_socket_config, "how to make an nng socket", config_fields);

static const struct bsk_field listening_fields[] = {
	BSK_FIELD(bsk_nng_listening, url, "where"),
};
const struct bsk_type bsk_nng_listening_type = BSK_OWNING_TYPE(
    bsk_nng_listening, "an nng socket listens", listening_fields);

static const struct bsk_field request_fields[] = {
	BSK_FIELD(bsk_nng_request, request, "number for the answer"),
	BSK_FIELD(bsk_nng_request, body, "what the peer asks"),
};
const struct bsk_type bsk_nng_request_type = BSK_OWNING_TYPE(
    bsk_nng_request, "a peer asks", request_fields);

static const struct bsk_field answer_fields[] = {
	BSK_FIELD(bsk_nng_answer, request, "number of the request"),
	BSK_FIELD(bsk_nng_answer, body, "what the peer gets"),
};
const struct bsk_type bsk_nng_answer_type = BSK_OWNING_TYPE(
    bsk_nng_answer, "the answer to a peer's request", answer_fields);
