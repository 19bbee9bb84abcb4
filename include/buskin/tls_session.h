/* buskin/tls_session.h - how a tls actor goes through its states.
 *
 * The state only goes forward: unwrapped, handshake, wrapped, flushing,
 * shutdown. Whatever comes is first noted in the session, and then
 * bsk_tls_session_go does all that can be done: so an end that comes while the
 * reader is paused waits behind the bytes before it. For the actor "tls".
 */
#ifndef BUSKIN_TLS_SESSION_H
#define BUSKIN_TLS_SESSION_H

#include <buskin/notice.h>
#include <buskin/tls_wire.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The timers of the actor. */
enum bsk_tls_timer {
	BSK_TLS_TIMER_HANDSHAKE, /* it takes too long */
	BSK_TLS_TIMER_SHUTDOWN,  /* the same */
	BSK_TLS_TIMER_LINGER     /* nothing more has come to be written */
};

/* A session; zeros at first. */
struct bsk_tls_session {
	struct bsk_tls_wire wire; /* what carries the bytes */
	const struct bsk_tls_config *config; /* of the actor */
	bsk_notice *turn;     /* to the actor: go on */
	struct bsk_tls_ready agreed; /* the texts are its own */
	enum bsk_tls_state state; /* goes forward only */
	int reason;           /* of the end, if it was not the stream's */
	uint64_t farewell;    /* bytes of our close_notify */
	bool paused;          /* our reader wants nothing now */
	bool used;            /* somebody has sent us something */
	bool lingering;       /* an answer may be on its way */
	bool deaf;            /* what is decrypted matters no more */
	bool truncated;       /* the peer left without close_notify */
	bool eof;             /* the stream reads no more */
	bool broken;          /* the peer said no farewell: a reset is no end */
	bool peer_done;       /* the peer writes no more, and that was told */
	bool stopped;         /* the stream was told to finish */
	bool over;            /* the stream has ended; as it said: */
	struct bsk_stream_ended ended; /* see `over` */
};

/* Begins the handshake. */
int bsk_tls_session_shake(struct bsk_tls_session *session, bsk_ctx *ctx);

/* Does all that can be done now. Returns 0 or -ENOMEM. */
int bsk_tls_session_go(struct bsk_tls_session *session, bsk_ctx *ctx);

/* Goes towards the end, as soon as nothing more has come to be written for as
 * long as the stream is to linger. */
int bsk_tls_session_linger(struct bsk_tls_session *session, bsk_ctx *ctx);

/* Goes towards the end: in the handshake, that is at once. */
int bsk_tls_session_end(struct bsk_tls_session *session, bsk_ctx *ctx);

/* Ends at once. */
int bsk_tls_session_abort(struct bsk_tls_session *session, bsk_ctx *ctx);

/* Ends at once, for a timer has run out: that is told. */
int bsk_tls_session_time_out(struct bsk_tls_session *session, bsk_ctx *ctx,
    enum bsk_tls_timer timer);

#ifdef __cplusplus
}
#endif

#endif
