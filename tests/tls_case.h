/* tls_case.h - a tls actor on one end of a socket, and a peer for the other:
 * what tests of TLS begin with.
 */
#ifndef TLS_CASE_H
#define TLS_CASE_H

#include <buskin/tls.h>

#include "clerk.h"
#include "tls_peer.h"

/* The test that runs: each has a process of its own. */
struct tls_case {
	bsk_system *system;
	struct clerk *clerk;   /* the actor's parent */
	bsk_ref tls;           /* the actor */
	struct tls_peer *peer; /* what it speaks to */
	int fds[2];            /* [1] is the peer's, until it has it */
};
extern struct tls_case tls_case;

/* A checked fixture: certificates, a system, a clerk, a pair of sockets. */
void tls_case_begin(void);
void tls_case_end(void);

/* One of the files of tls_peer_certificates. */
bsk_text tls_case_file(const char *name);

/* Good terms. */
struct bsk_tls_terms tls_case_client(void);
struct bsk_tls_terms tls_case_server(void);

/* Spawns the actor on fds[0]. */
void tls_case_spawn_with(struct bsk_tls_config config);
void tls_case_spawn(enum bsk_tls_role role, struct bsk_tls_terms terms);

/* Makes the peer; makes both and waits until they are ready. */
void tls_case_meet(bool is_server);
void tls_case_connect(enum bsk_tls_role role);

/* Waits for what the actor says of its end, of a failure, of how it stands. */
const struct bsk_stream_ended *tls_case_ended(void);
const struct bsk_tls_failed *tls_case_failed(void);
const struct bsk_tls_status *tls_case_status(void);

#endif
