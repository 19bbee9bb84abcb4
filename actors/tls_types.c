/* actors/tls_types.c - the words of TLS. */
#include <buskin/tls.h>

static const char *const role_names[] = {
	[BSK_TLS_CLIENT] = "client",
	[BSK_TLS_SERVER] = "server",
	NULL,
};

static const char *const verify_names[] = {
	[BSK_TLS_VERIFY_FULL] = "full",
	[BSK_TLS_VERIFY_NONE] = "none",
	NULL,
};

static const char *const cause_names[] = {
	[BSK_TLS_CONFIG] = "config",
	[BSK_TLS_TIMEOUT] = "timeout",
	[BSK_TLS_UNTRUSTED] = "untrusted",
	[BSK_TLS_PROTOCOL] = "protocol",
	[BSK_TLS_HANGUP] = "hangup",
	NULL,
};

static const char *const state_names[] = {
	[BSK_TLS_UNWRAPPED] = "unwrapped",
	[BSK_TLS_HANDSHAKE] = "handshake",
	[BSK_TLS_WRAPPED] = "wrapped",
	[BSK_TLS_FLUSHING] = "flushing",
	[BSK_TLS_SHUTDOWN] = "shutdown",
	NULL,
};

/* The terms are one struct and three tables: what must be given, and what may
 * be given at all, depends on the side. */
#define SERVER_NAME(...) \
	BSK_FIELD(bsk_tls_terms, server_name, \
	    "whom the server's certificate must be for; \"\" where nobody is " \
	    "verified", .max = 253, __VA_ARGS__)
#define CERTIFICATE(...) \
	BSK_FIELD(bsk_tls_terms, certificate, \
	    "PEM file of our certificate and of those between it and its " \
	    "issuer", .min = 1, __VA_ARGS__)
#define KEY(...) \
	BSK_FIELD(bsk_tls_terms, key, "PEM file of its key", .min = 1, \
	    __VA_ARGS__)
#define REST \
	BSK_FIELD(bsk_tls_terms, verify, "whether the peer is verified", \
	    .names = verify_names, .preset = "\"full\""), \
	BSK_FIELD(bsk_tls_terms, ca, \
	    "PEM file of the issuers that are trusted", .min = 1), \
	BSK_FIELD(bsk_tls_terms, passphrase, "of the key", \
	    .marks = BSK_SECRET, .max = 1024), \
	BSK_FIELD(bsk_tls_terms, alpn, \
	    "application protocols, best first", .element = BSK_KIND_TEXT, \
	    .max = 32), \
	BSK_FIELD(bsk_tls_terms, handshake_timeout_ns, \
	    "how long the handshake may take", .json = "handshake_timeout", \
	    .unit = BSK_UNIT_NS, .min = 1, .max = INT64_MAX, \
	    .preset = "\"60s\""), \
	BSK_FIELD(bsk_tls_terms, shutdown_timeout_ns, \
	    "how long to wait for the peer's close_notify", \
	    .json = "shutdown_timeout", .unit = BSK_UNIT_NS, .min = 1, \
	    .max = INT64_MAX, .preset = "\"30s\"")

static const struct bsk_field terms_fields[] = {
	SERVER_NAME(.marks = 0), CERTIFICATE(.marks = 0), KEY(.marks = 0), REST,
};
const struct bsk_type bsk_tls_terms_type = BSK_OWNING_TYPE(
    bsk_tls_terms, "on which terms to speak TLS", terms_fields);

static const struct bsk_field server_fields[] = {
	CERTIFICATE(.marks = BSK_REQUIRED), KEY(.marks = BSK_REQUIRED), REST,
};
const struct bsk_type bsk_tls_server_type = {
	.name = "bsk_tls_server", .doc = "on which terms to serve TLS",
	.size = sizeof(struct bsk_tls_terms), .fields = server_fields,
	.field_count = sizeof(server_fields) / sizeof(server_fields[0]),
	.marks = BSK_TYPE_OWNS,
};

static const struct bsk_field client_fields[] = {
	SERVER_NAME(.marks = BSK_REQUIRED), CERTIFICATE(.marks = 0),
	KEY(.marks = 0), REST,
};
const struct bsk_type bsk_tls_client_type = {
	.name = "bsk_tls_client", .doc = "on which terms to be a TLS client",
	.size = sizeof(struct bsk_tls_terms), .fields = client_fields,
	.field_count = sizeof(client_fields) / sizeof(client_fields[0]),
	.marks = BSK_TYPE_OWNS,
};

static const struct bsk_field config_fields[] = {
	BSK_FIELD(bsk_tls_config, role, "which side of the handshake",
	    .names = role_names, .preset = "\"client\""),
	BSK_FIELD(bsk_tls_config, in_the_clear,
	    "pass bytes as they are, until told to start"),
	BSK_FIELD(bsk_tls_config, terms, "on which terms",
	    .type = &bsk_tls_terms_type),
	BSK_FIELD(bsk_tls_config, stream, "the stream to speak over",
	    .type = &bsk_stream_config_type),
	BSK_FIELD(bsk_tls_config, read_high_water,
	    "bytes that wait for a paused reader at which reading stops",
	    .unit = BSK_UNIT_BYTES, .preset = "\"256KiB\""),
	BSK_FIELD(bsk_tls_config, read_low_water,
	    "bytes that wait for it at which reading goes on",
	    .unit = BSK_UNIT_BYTES, .preset = "\"64KiB\""),
};
const struct bsk_type bsk_tls_config_type = BSK_OWNING_TYPE(
    bsk_tls_config, "how to speak TLS over a descriptor", config_fields);

static const struct bsk_field start_fields[] = {
	BSK_FIELD(bsk_tls_start, received,
	    "bytes of TLS that were read in the clear already"),
};
const struct bsk_type bsk_tls_start_type = BSK_OWNING_TYPE(
    bsk_tls_start, "speak TLS from here on", start_fields);

#define AGREED(tag) \
	BSK_FIELD(tag, version, "of the protocol"), \
	BSK_FIELD(tag, cipher, "what is used to encrypt"), \
	BSK_FIELD(tag, alpn, "the application protocol agreed on"), \
	BSK_FIELD(tag, subject, "of the peer's certificate"), \
	BSK_FIELD(tag, issuer, "of the peer's certificate"), \
	BSK_FIELD(tag, verified, "the peer is who it should be")

static const struct bsk_field ready_fields[] = { AGREED(bsk_tls_ready) };
const struct bsk_type bsk_tls_ready_type = BSK_OWNING_TYPE(
    bsk_tls_ready, "the TLS handshake is done", ready_fields);

static const struct bsk_field failed_fields[] = {
	BSK_FIELD(bsk_tls_failed, error, "a negative errno"),
	BSK_FIELD(bsk_tls_failed, cause, "of what kind",
	    .names = cause_names),
	BSK_FIELD(bsk_tls_failed, text, "why"),
	BSK_FIELD(bsk_tls_failed, field, "of the terms, if one is at fault"),
};
const struct bsk_type bsk_tls_failed_type =
	BSK_OWNING_TYPE(bsk_tls_failed, "TLS has failed", failed_fields);

static const struct bsk_field status_fields[] = {
	BSK_FIELD(bsk_tls_status, state, "how far it has come",
	    .names = state_names),
	BSK_FIELD(bsk_tls_status, role, "which side of the handshake",
	    .names = role_names),
	AGREED(bsk_tls_status),
	BSK_FIELD(bsk_tls_status, truncated,
	    "the peer left without close_notify"),
	BSK_FIELD(bsk_tls_status, paused, "our reader wants nothing now"),
	BSK_FIELD(bsk_tls_status, read_bytes, "plain, emitted",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_tls_status, written_bytes, "plain, encrypted",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_tls_status, received_bytes, "from the stream",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_tls_status, sent_bytes, "to the stream",
	    .unit = BSK_UNIT_COUNTER),
	BSK_FIELD(bsk_tls_status, unread_bytes, "received, not yet emitted",
	    .unit = BSK_UNIT_BYTES),
	BSK_FIELD(bsk_tls_status, waiting_bytes, "plain, not yet encrypted",
	    .unit = BSK_UNIT_BYTES),
};
const struct bsk_type bsk_tls_status_type =
	BSK_OWNING_TYPE(bsk_tls_status, "how TLS stands", status_fields);
