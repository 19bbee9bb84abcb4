/* buskin/tls.h - TLS over a stream.
 *
 * A tls actor makes a stream of the descriptor in its config and speaks TLS
 * over it, as client or as server: what it is sent as bsk_bytes it encrypts,
 * what it decrypts it emits through "data". So it is sent to as a stream is,
 * hears bsk_stream_pause, _resume and _abort as a stream does, and like one
 * tells its parent bsk_stream_eof and, once and last, bsk_stream_ended, with
 * figures that count plain bytes. Listeners, connectors and framers put one in
 * front of a stream when their config has `tls`.
 *
 * To its parent it tells bsk_tls_ready once, after the handshake, or
 * bsk_tls_failed, once, and then bsk_stream_ended. What it is sent before it
 * is ready waits.
 *
 * The peer is verified unless `verify` says otherwise: a client wants a
 * certificate for `server_name` from an issuer it trusts; a server that is
 * given issuers (`ca`) wants one from its clients.
 *
 * Asked to stop (bsk_stop), it encrypts what waits, says close_notify, waits
 * for the peer's, and ends; during the handshake it ends at once. TLS has no
 * half close: bsk_stream_finish is refused, and `half_close` has no effect.
 * Files (bsk_stream_sendfile) are read and encrypted, in their place.
 *
 * A library that was built without TLS refuses a config that asks for it, with
 * -ENOTSUP, and has no class "tls" in its list.
 */
#ifndef BUSKIN_TLS_H
#define BUSKIN_TLS_H

#include <buskin/actor.h>
#include <buskin/stream.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Which side of the handshake. */
enum bsk_tls_role {
	BSK_TLS_CLIENT, /* "client": it speaks first */
	BSK_TLS_SERVER  /* "server" */
};

/* Whether the peer is verified. */
enum bsk_tls_verify {
	BSK_TLS_VERIFY_FULL, /* "full": its issuer, and of a server its name */
	BSK_TLS_VERIFY_NONE  /* "none": whoever it is */
};

/* The most names in `alpn`. */
#define BSK_TLS_ALPN_MAX 32

/* On which terms to speak TLS. Files are PEM, and are read anew for each
 * connection. */
struct bsk_tls_terms {
	bsk_text server_name; /* of a client: the name, or the address, that
	                       * the server's certificate must be for; may be
	                       * empty only where nobody is verified */
	int32_t verify;       /* enum bsk_tls_verify */
	bsk_text ca;          /* file of the issuers that are trusted; none:
	                       * those of the machine */
	bsk_text certificate; /* file of our certificate and of those between
	                       * it and its issuer; a server must have one */
	bsk_text key;         /* file of the certificate's key */
	bsk_text passphrase;  /* of the key; secret */
	bsk_list alpn;        /* of bsk_text: the application protocols that we
	                       * speak, best first, 1..255 bytes each; up to
	                       * BSK_TLS_ALPN_MAX */
	int64_t handshake_timeout_ns; /* positive; 0: 60 s */
	int64_t shutdown_timeout_ns;  /* for the peer's close_notify, positive;
	                       * 0: 30 s */
};
BSK_DECLARE(bsk_tls_terms);

/* The same struct as a server's config has it in JSON: certificate and key
 * must be given, and there is no server name. */
extern const struct bsk_type bsk_tls_server_type;

/* The same struct as a client's config has it in JSON: the server's name must
 * be given, if only as "". */
extern const struct bsk_type bsk_tls_client_type;

/* How to make a tls actor. */
struct bsk_tls_config {
	int32_t role;     /* enum bsk_tls_role */
	bool in_the_clear; /* pass bytes as they are, until bsk_tls_start */
	struct bsk_tls_terms terms;      /* see there */
	struct bsk_stream_config stream; /* of the stream to speak over; its
	                   * water marks are 512 and 128 KiB by default */
	uint64_t read_high_water; /* while our reader is paused: reading from
	                   * the stream stops when so many bytes or more wait;
	                   * 0: 256 KiB */
	uint64_t read_low_water; /* and goes on when no more than this; 0: a
	                   * quarter of `read_high_water` */
};
BSK_DECLARE(bsk_tls_config);

/* Speak TLS from here on: what was sent before goes, and what was read before
 * came, in the clear. For a tls actor that began in the clear; a second one, or
 * one to another, is refused: -EALREADY. May be asked. */
struct bsk_tls_start {
	bsk_buf received; /* bytes that were read in the clear already but are
	                   * the peer's first of TLS */
};
BSK_DECLARE(bsk_tls_start);

/* To the parent: the handshake is done. */
struct bsk_tls_ready {
	bsk_text version; /* "TLSv1.3" */
	bsk_text cipher;  /* "TLS_AES_256_GCM_SHA384" */
	bsk_text alpn;    /* the protocol that was agreed on; none */
	bsk_text subject; /* of the peer's certificate; none: it has none */
	bsk_text issuer;  /* the same */
	bool verified;    /* the peer is who it should be */
};
BSK_DECLARE(bsk_tls_ready);

/* Why TLS failed. */
enum bsk_tls_cause {
	BSK_TLS_CONFIG,   /* "config": the terms cannot work; see `field` */
	BSK_TLS_TIMEOUT,  /* "timeout": the handshake took too long */
	BSK_TLS_UNTRUSTED, /* "untrusted": the peer's certificate */
	BSK_TLS_PROTOCOL, /* "protocol": what came is no TLS, or the peer will
	                   * not have ours */
	BSK_TLS_HANGUP    /* "hangup": the peer left during the handshake */
};

/* To the parent: there will be no TLS, or no more of it. */
struct bsk_tls_failed {
	int32_t error;  /* -EINVAL or what a file failed with, -ETIMEDOUT,
	                 * -EKEYREJECTED, -EPROTO, -ECONNABORTED */
	int32_t cause;  /* enum bsk_tls_cause */
	bsk_text text;  /* for people; the verifier's own words, if it was it */
	bsk_text field; /* of the terms, if one is at fault */
};
BSK_DECLARE(bsk_tls_failed);

/* How far it has come. */
enum bsk_tls_state {
	BSK_TLS_UNWRAPPED, /* "unwrapped": in the clear */
	BSK_TLS_HANDSHAKE, /* "handshake" */
	BSK_TLS_WRAPPED,   /* "wrapped": bytes go both ways */
	BSK_TLS_FLUSHING,  /* "flushing": the last bytes go out */
	BSK_TLS_SHUTDOWN   /* "shutdown": our close_notify was said */
};

/* How it stands: the status of the class "tls". */
struct bsk_tls_status {
	int32_t state;    /* enum bsk_tls_state */
	int32_t role;     /* enum bsk_tls_role */
	bsk_text version; /* this and the next five: as in bsk_tls_ready; */
	bsk_text cipher;  /* none before it is ready */
	bsk_text alpn;    /* see `version` */
	bsk_text subject; /* see `version` */
	bsk_text issuer;  /* see `version` */
	bool verified;    /* see `version` */
	bool truncated;   /* the peer left without close_notify */
	bool paused;      /* our reader wants nothing now */
	uint64_t read_bytes;     /* plain, emitted */
	uint64_t written_bytes;  /* plain, encrypted */
	uint64_t received_bytes; /* from the stream */
	uint64_t sent_bytes;     /* to the stream */
	uint64_t unread_bytes;   /* received and not yet emitted */
	uint64_t waiting_bytes;  /* plain, not yet encrypted */
};
BSK_DECLARE(bsk_tls_status);

/* The ports of a tls actor. */
enum bsk_tls_port {
	BSK_TLS_DATA, /* "data", out: bsk_bytes, what was decrypted */
	BSK_TLS_BYTES /* "bytes", in: bsk_bytes, to be encrypted */
};

/* The class "tls". */
extern const struct bsk_class bsk_tls_class;

/* --- for who puts one in front of a stream ------------------------------ */

/* What is wrong with terms. */
struct bsk_tls_fault {
	int error;         /* 0: nothing; a negative errno */
	const char *field; /* of struct bsk_tls_terms, or NULL; for ever */
	char text[256];    /* for people */
};

/* Looks whether terms can work, as far as can be told without their files.
 * Returns 0 or `ret_fault->error`: -EINVAL, or -ENOTSUP (built without TLS).
 * A role that is none is field "role".
 * Any thread may call it. */
int bsk_tls_look(enum bsk_tls_role role, const struct bsk_tls_terms *terms,
    struct bsk_tls_fault *ret_fault);

/* The same, and reads the files: as far as can be told without a peer. Also
 * -ENOMEM, or what a file failed with. */
int bsk_tls_check(const struct bsk_os *os, enum bsk_tls_role role,
    const struct bsk_tls_terms *terms, struct bsk_tls_fault *ret_fault);

/* The same of the field "tls" of a config: terms in a parcel, or NULL, which is
 * good. The files are read where `os` is not NULL. */
int bsk_tls_fits(const struct bsk_os *os, enum bsk_tls_role role,
    const struct bsk_parcel *terms, struct bsk_config_fault *ret_fault);

/* Makes a child that reads and writes a descriptor: a stream, or on the terms
 * in a parcel (NULL: none) a tls actor with its stream; both are wired and sent
 * to alike. The descriptors of `stream` move into it. As bsk_spawn. */
int bsk_tls_spawn_over(bsk_ctx *ctx, enum bsk_tls_role role,
    const struct bsk_parcel *terms, const struct bsk_stream_config *stream,
    const struct bsk_spawn_options *options, bsk_ref *ret_ref);

#ifdef __cplusplus
}
#endif

#endif
